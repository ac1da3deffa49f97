#include "fuzz.h"

#include "base/log.h"
#include "base/text.h"
#include "web/conditional.h"
#include "web/header.h"
#include "web/http.h"
#include "web/language.h"

#include <string.h>
#include <strings.h>

#define ARENA_BYTES   (16 * 1024 * 1024UL)
#define VARIABLES_MAX 32

static const struct http_limits limits = {
    .body_bytes = 1000, .header_bytes = 5000, .uri_bytes = 500};

/* The input's pieces between NULs, as an environment. */
static char **
split(struct arena *arena, const char *data, size_t size)
{
	char **environment =
	    arena_zalloc(arena, VARIABLES_MAX + 1, sizeof(*environment));
	char *at = arena_copy(arena, data, size);
	const char *end = at + size;
	size_t i;

	assert(environment != NULL && at != NULL);
	for (i = 0; i < VARIABLES_MAX && at <= end; i++) {
		environment[i] = at;
		at += strlen(at) + 1;
	}
	return environment;
}

static void
check_request(const struct http_request *request, enum err err)
{
	const char *c;

	assert(strlen(request->path) + strlen(request->query) <=
	       limits.uri_bytes + 1);
	assert(text_is_utf8(request->path, strlen(request->path)));
	for (c = request->path; *c != '\0'; c++)
		assert((unsigned char)*c >= 0x20 && *c != 0x7f);
	for (c = request->query; *c != '\0'; c++)
		assert(*c > 0x20 && *c < 0x7f);
	for (c = request->base; *c != '\0'; c++)
		assert(*c > 0x20 && *c < 0x7f && strchr("\"'<>&", *c) == NULL);
	assert(request->base[0] == '\0' ||
	       (request->base[0] == '/' && request->base[1] != '/'));
	assert(request->content_length <= limits.body_bytes);
	assert(err != ERR_OK || request->path[0] == '/');
	/* Every field is there and ends. */
	assert(strlen(request->scheme) + strlen(request->host) +
		   strlen(request->client) + strlen(request->origin) +
		   strlen(request->sec_fetch_site) + strlen(request->cookie) +
		   strlen(request->if_none_match) +
		   strlen(request->accept_language) +
		   strlen(request->content_type) + strlen(request->body) <
	       SIZE_MAX);
}

/* Whatever of a request comes back in a header adds no line of its own. */
static void
check_response(struct arena *arena, const struct http_request *request)
{
	struct http_response response;
	struct buf out;
	size_t i;

	http_response_init(&response, arena);
	response.status = 303;
	response.location = request->base;
	response.set_cookie = http_cookie(arena, request->cookie, "language");
	response.allow = request->accept_language;
	response.cache_control = request->host;
	response.content_type = request->content_type;
	buf_init(&out, arena);
	http_response_head(&response, &out);
	assert(!out.failed && out.length > 4);
	for (i = 0; i < out.length; i++) {
		if (out.data[i] == '\r')
			assert(out.data[i + 1] == '\n');
		else if (out.data[i] == '\n')
			assert(i > 0 && out.data[i - 1] == '\r');
		else
			assert((unsigned char)out.data[i] >= 0x20);
	}
	assert(strstr(out.data, "\r\n\r\n") == out.data + out.length - 4);
}

/* A page that may be kept, as this visitor gets it. */
static void
check_conditional(struct arena *arena, const struct http_request *request)
{
	struct http_response response;
	struct buf gzip;

	http_response_init(&response, arena);
	response.status = 200;
	response.cache_control = "no-cache";
	buf_text(&response.body, "a page");
	buf_init(&gzip, arena);
	buf_text(&gzip, "zip");
	assert(conditional_apply(arena, request, &response) == ERR_OK);
	conditional_encode(arena, request, &response, &gzip);
	/* The validator of "a page", and what the tag may consist of. */
	assert(strspn(response.etag, "W/\"0123456789abcdef-") ==
	       strlen(response.etag));
	assert(response.status == 304 || response.status == 200);
	assert(response.encoding == NULL || response.status == 200);
	assert(response.status == 200 || request->if_none_match[0] != '\0');
}

/* A parameter of a header is a part of it. */
static void
check_parameter(struct arena *arena, const char *header)
{
	const char *value = NULL;
	enum err err =
	    header_parameter(arena, header_whole(header), "boundary", &value);

	assert(err == ERR_OK || err == ERR_MALFORMED);
	assert(value == NULL || strlen(value) <= strlen(header));
}

/* Who writes from another site's page, and what may tell so. */
static void
check_origin(const struct http_request *request)
{
	bool same = http_same_origin(request);

	if (request->method == HTTP_GET || request->method == HTTP_HEAD)
		assert(same);
	else if (request->sec_fetch_site[0] != '\0')
		assert(same ==
		       (strcmp(request->sec_fetch_site, "same-origin") == 0 ||
			   strcmp(request->sec_fetch_site, "none") == 0));
	else if (request->origin[0] == '\0')
		assert(same);
	else if (same)
		/* Nothing but a scheme is in front of our own name. */
		assert(strcasecmp(strstr(request->origin, "://") + 3,
			   request->host) == 0);
}

static void
ignore_line(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)context;
	(void)level;
	(void)module;
	(void)line;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tags[] = {"en", "ko"};
	struct arena *arena = arena_create(ARENA_BYTES);
	struct http_request request;
	enum err err;

	assert(arena != NULL);
	log_set_sink(ignore_line, NULL);
	memset(&request, 0xff, sizeof(request));
	err = http_request_parse(
	    arena, split(arena, (const char *)data, size), &limits, &request);
	check_request(&request, err);
	check_response(arena, &request);
	check_conditional(arena, &request);
	check_parameter(arena, request.content_type);
	assert(language_negotiate(request.accept_language, tags, 2, 0) < 2);
	check_origin(&request);
	arena_destroy(arena);
	return 0;
}
