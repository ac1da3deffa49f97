#include "web/conditional.h"

#include "base/digest.h"
#include "web/header.h"

#include <string.h>

/*
 * Whether a list of entity tags has one, compared weakly (section 8.8.3.2).
 * Ours are hexadecimal, so that the comma is never part of one.
 */
static bool
list_has_tag(const char *list, const char *tag)
{
	struct header_piece rest = header_whole(list);
	struct header_piece item;

	while (header_next(&rest, ',', &item)) {
		if (item.length >= 2 && memcmp(item.data, "W/", 2) == 0) {
			item.data += 2;
			item.length -= 2;
		}
		if (item.length == strlen(tag) &&
		    memcmp(item.data, tag, item.length) == 0)
			return true;
		if (item.length == 1 && item.data[0] == '*')
			return true;
	}
	return false;
}

enum err
conditional_apply(struct arena *arena, const struct http_request *request,
    struct http_response *response)
{
	char hex[DIGEST_HEX_BYTES];

	if (response->status != 200 || response->cache_control == NULL ||
	    response->body.failed)
		return ERR_OK;
	digest_hex(response->body.data, response->body.length, hex);
	response->etag = arena_printf(arena, "W/\"%s\"", hex);
	if (response->etag == NULL)
		return ERR_NO_MEMORY;
	if (list_has_tag(request->if_none_match, response->etag + 2))
		response->status = 304;
	return ERR_OK;
}
