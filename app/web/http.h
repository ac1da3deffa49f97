/*
 * HTTP as Madang sees it: a typed request made from CGI variables (RFC 3875)
 * and a body, and an answer with all its headers. Knows no page and no
 * transport: web/gateway brings the bytes and takes them away.
 */
#ifndef MADANG_WEB_HTTP_H
#define MADANG_WEB_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

/* How much of a request is read; over it the parser answers an error. */
struct http_limits {
	size_t body_bytes;
	size_t header_bytes; /* all CGI variables together */
	size_t uri_bytes;    /* path and query */
};

/*
 * Texts are NUL-terminated, in the arena or the environment passed in, and
 * never NULL: what was not sent is "". Only path and query are known to be
 * UTF-8 (path) and ASCII (query); the other headers are the client's bytes.
 */
struct http_request {
	enum http_method method;
	const char *base;   /* of SCRIPT_NAME, for links: "" or "/x" */
	const char *path;   /* PATH_INFO, decoded: "/" or "/all/page/2" */
	const char *query;  /* QUERY_STRING, not decoded */
	const char *scheme; /* "http" or "https" */
	const char *host;   /* Host header */
	const char *client; /* REMOTE_ADDR */
	const char *forwarded_for; /* X-Forwarded-For, its last line */
	const char *origin;
	const char *sec_fetch_site;
	const char *accept_language;
	const char *cookie;
	const char *accept_encoding;
	const char *if_none_match;
	const char *id; /* 32 hexadecimal digits, from the web server */
	const char *content_type;
	size_t content_length;
	const char *body; /* content_length bytes once the gateway read them */
};

/* A GET of nowhere by nobody: every text is "". To begin one by hand with. */
extern const struct http_request http_request_blank;

/*
 * The request of a CGI environment ("NAME=value" strings, NULL-terminated).
 * ERR_MALFORMED (no or broken method, path, query, length; invalid UTF-8 or a
 * control character in the path), ERR_URI_TOO_LONG, ERR_HEADERS_TOO_LARGE,
 * ERR_BODY_TOO_LARGE, ERR_NO_MEMORY. On an error the fields parsed so far are
 * set and the others are "": enough to answer with a page in the visitor's
 * language.
 */
enum err http_request_parse(struct arena *arena, char *const *environment,
    const struct http_limits *limits, struct http_request *request);

/* A cookie's value (RFC 6265 section 4.2), in the arena, or NULL. */
const char *http_cookie(
    struct arena *arena, const char *header, const char *name);

/*
 * Whether a request that changes something may come from where it says it
 * does: by Sec-Fetch-Site, else by Origin against Host (what Go 1.25's
 * http.CrossOriginProtection does). True for GET and HEAD, and for clients
 * that send neither header, which are no browsers.
 */
bool http_same_origin(const struct http_request *request);

struct http_response {
	enum err error; /* why it is no success; ERR_OK otherwise */
	unsigned status;
	const char *content_type;  /* NULL: no body */
	const char *cache_control; /* NULL: no-store */
	const char *location;	   /* NULL, or a path of ours, encoded */
	const char *allow;	   /* NULL, or the methods of a 405 */
	const char *set_cookie;	   /* NULL, or one whole cookie */
	const char *etag;	   /* NULL, or the entity tag */
	const char *encoding;	   /* NULL, or Content-Encoding */
	uint32_t validator;	   /* what the tag was made of; 0: none */
	const char *language;	   /* NULL, or Content-Language */
	const char *id;		   /* NULL, or X-Request-Id */
	unsigned retry_after;	   /* seconds; 0: no header */
	struct buf body;

	/* For Server-Timing. */
	uint64_t total_us;
	uint64_t redis_us;
	unsigned round_trips;
};

/* A status of 500 without a body, until somebody says better. */
void http_response_init(struct http_response *response, struct arena *arena);

/*
 * The status line and every header in CGI form, the security headers among
 * them, and the empty line. One place, so that no answer leaves without them.
 * out->failed tells of lack of memory, for these or for the body.
 */
void http_response_head(const struct http_response *response, struct buf *out);

/* How many bytes of response->body.data follow; none to a HEAD. */
size_t http_response_length(
    const struct http_response *response, const struct http_request *request);

/* The status that an error is answered with: 503 for ERR_UNAVAILABLE, … */
unsigned http_status(enum err err);

/* "Service Unavailable" for 503 (RFC 9110 section 15); "" for unknown ones. */
const char *http_reason(unsigned status);

#endif
