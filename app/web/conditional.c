#include "web/conditional.h"

#include "base/digest.h"
#include "web/header.h"

#include <stdio.h>
#include <string.h>

/* Every file system has times of so many bits. */
#define VALIDATOR_MAX INT32_MAX

/* "VALIDATOR-": what the tags of one page have in common. */
#define START_BYTES 16

#define DIGITS "0123456789abcdef"

/*
 * The item of a list of entity tags that begins so, or is "*"; tags are
 * compared weakly (section 8.8.3.2): the web server weakens a tag when it
 * compresses. Ours are hexadecimal, so that a comma is never part of one.
 * data NULL: there is none.
 */
static struct header_piece
find_tag(const char *list, const char *start)
{
	struct header_piece rest = header_whole(list);
	struct header_piece item;

	while (header_next(&rest, ',', &item)) {
		size_t weak =
		    item.length > 2 && memcmp(item.data, "W/", 2) == 0 ? 2 : 0;
		size_t length = item.length - weak;

		if (length > strlen(start) + 1 &&
		    memcmp(item.data + weak, start, strlen(start)) == 0 &&
		    strspn(item.data + weak + strlen(start), DIGITS) ==
			length - strlen(start) - 1 &&
		    item.data[item.length - 1] == '"')
			return item;
		if (item.length == 1 && item.data[0] == '*')
			return item;
	}
	return (struct header_piece){NULL, 0};
}

static char *
make_tag(struct arena *arena, uint32_t validator, size_t length)
{
	return arena_printf(arena, "\"%x-%zx\"", (unsigned)validator, length);
}

enum err
conditional_apply(struct arena *arena, const struct http_request *request,
    struct http_response *response)
{
	const struct buf *body = &response->body;
	char start[START_BYTES];
	struct header_piece known;

	if (response->status != 200 || response->cache_control == NULL ||
	    body->failed)
		return ERR_OK;
	response->validator =
	    1 +
	    (uint32_t)(digest_number(body->data, body->length) % VALIDATOR_MAX);
	response->etag = make_tag(arena, response->validator, body->length);
	if (response->etag == NULL)
		return ERR_NO_MEMORY;
	(void)snprintf(
	    start, sizeof(start), "\"%x-", (unsigned)response->validator);
	known = find_tag(request->if_none_match, start);
	if (known.data == NULL)
		return ERR_OK;
	response->status = 304;
	/* The visitor's own: it may be that of the compressed form. */
	if (known.length > 1)
		response->etag = arena_copy(arena, known.data, known.length);
	return response->etag == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* Whether gzip is among what Accept-Encoding takes (section 12.5.3). */
static bool
takes_gzip(const char *header)
{
	struct header_piece rest = header_whole(header);
	struct header_piece item;

	while (header_next(&rest, ',', &item)) {
		struct header_weighted coding;

		if (header_parse_weighted(item, &coding) &&
		    header_equals(coding.name, "gzip"))
			return coding.weight > 0;
	}
	return false;
}

void
conditional_encode(struct arena *arena, const struct http_request *request,
    struct http_response *response, const struct buf *gzip)
{
	const char *tag;

	if (response->status != 200 || !takes_gzip(request->accept_encoding))
		return;
	tag = make_tag(arena, response->validator, gzip->length);
	if (tag == NULL)
		return;
	response->etag = tag;
	response->encoding = "gzip";
	response->body = *gzip;
}
