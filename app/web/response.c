#include "web/http.h"

#include "base/log.h"

#include <inttypes.h>
#include <string.h>

static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const unsigned statuses[ERR_COUNT] = {
    [ERR_OK] = 200,
    [ERR_MALFORMED] = 400,
    [ERR_INVALID] = 400,
    [ERR_FORBIDDEN] = 403,
    [ERR_NOT_FOUND] = 404,
    [ERR_METHOD] = 405,
    [ERR_CONFLICT] = 409,
    [ERR_FULL] = 422,
    [ERR_TOO_MANY] = 429,
    [ERR_TOO_OFTEN] = 429,
    [ERR_TIMEOUT] = 408,
    [ERR_BODY_TOO_LARGE] = 413,
    [ERR_URI_TOO_LONG] = 414,
    [ERR_MEDIA_TYPE] = 415,
    [ERR_HEADERS_TOO_LARGE] = 431,
    [ERR_NO_MEMORY] = 503,
    [ERR_UNAVAILABLE] = 503,
    [ERR_BUSY] = 503,
};

/*
 * On every answer. No page of ours has a script; connect-src is for tools that
 * look at a page from inside it (Lighthouse fetches robots.txt so). form-action
 * also governs where a form's redirect may lead:
 * ours stay on the same origin.
 *
 * X-Frame-Options says for browsers of before what frame-ancestors says (RFC
 * 7034; scanners look for it, too).
 *
 * No Cross-Origin-Opener-Policy: it protects scripts, of which there are none,
 * and makes a browser begin a process anew for the first page that it sees of
 * us (a tenth of a second on a phone as Lighthouse has it).
 */
static const struct {
	const char *name;
	const char *value;
} security_headers[] = {
    {"Content-Security-Policy",
	"default-src 'none'; style-src 'self'; img-src 'self'; "
	"connect-src 'self'; form-action 'self'; base-uri 'none'; "
	"frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"},
    {"Permissions-Policy",
	"browsing-topics=(), camera=(), geolocation=(), microphone=(), "
	"payment=(), usb=()"},
};

unsigned
http_status(enum err err)
{
	if ((size_t)err >= ERR_COUNT || statuses[err] == 0)
		return 500;
	return statuses[err];
}

const char *
http_reason(unsigned status)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "";
}

void
http_response_init(struct http_response *response, struct arena *arena)
{
	*response = (struct http_response){.status = 500};
	buf_init(&response->body, arena);
}

/*
 * Every header goes through here. A line break in a value would let whoever
 * wrote it add headers, or a body, of his own (CWE-113).
 */
static void
write_header(struct buf *out, const char *name, const char *value)
{
	size_t i;

	if (value == NULL)
		return;
	for (i = 0; value[i] != '\0'; i++) {
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f) {
			log_error("http",
			    "%s not sent: a control character in its value",
			    name);
			return;
		}
	}
	buf_text(out, name);
	buf_text(out, ": ");
	buf_text(out, value);
	buf_text(out, "\r\n");
}

/* Milliseconds; no floating point, whose decimal sign is the locale's. */
static void
write_timing(struct buf *out, const struct http_response *response)
{
	buf_printf(out,
	    "Server-Timing: total;dur=%" PRIu64 ".%03u, "
	    "redis;dur=%" PRIu64 ".%03u;desc=\"%u round trips\"\r\n",
	    response->total_us / 1000, (unsigned)(response->total_us % 1000),
	    response->redis_us / 1000, (unsigned)(response->redis_us % 1000),
	    response->round_trips);
}

/*
 * Status comes first: without it a server takes a Location that begins with
 * a slash for an order to serve that path itself (RFC 3875 section 6.2.2).
 */
static void
write_head(struct buf *out, const struct http_response *response)
{
	size_t i;

	buf_printf(out, "Status: %u %s\r\n", response->status,
	    http_reason(response->status));
	/* What describes the page is the page's own, which a 304 lacks. */
	if (response->status != 304) {
		write_header(out, "Content-Type", response->content_type);
		write_header(out, "Content-Language", response->language);
	}
	write_header(out, "Cache-Control",
	    response->cache_control != NULL ? response->cache_control
					    : "no-store");
	if (response->language != NULL)
		write_header(out, "Vary", "Accept-Language, Cookie");
	if (response->encoding != NULL) {
		/* Else the web server adds this when it compresses. */
		write_header(out, "Vary", "Accept-Encoding");
		write_header(out, "Content-Encoding", response->encoding);
	}
	write_header(out, "ETag", response->etag);
	write_header(out, "Location", response->location);
	write_header(out, "Allow", response->allow);
	write_header(out, "Set-Cookie", response->set_cookie);
	if (response->retry_after > 0)
		buf_printf(out, "Retry-After: %u\r\n", response->retry_after);
	for (i = 0; i < sizeof(security_headers) / sizeof(security_headers[0]);
	     i++)
		write_header(
		    out, security_headers[i].name, security_headers[i].value);
	write_header(out, "X-Request-Id", response->id);
	write_timing(out, response);
}

/* RFC 9110 section 8.6: these have no body, and don't say how long. */
static bool
is_bodiless(const struct http_response *response)
{
	return response->status == 204 || response->status == 304;
}

void
http_response_head(const struct http_response *response, struct buf *out)
{
	/* Half a page must not leave as a whole one. */
	if (response->body.failed) {
		out->failed = true;
		return;
	}
	write_head(out, response);
	if (!is_bodiless(response))
		buf_printf(out, "Content-Length: %zu\r\n",
		    response->content_type != NULL ? response->body.length : 0);
	buf_text(out, "\r\n");
}

size_t
http_response_length(
    const struct http_response *response, const struct http_request *request)
{
	if (is_bodiless(response) || request->method == HTTP_HEAD ||
	    response->content_type == NULL)
		return 0;
	return response->body.length;
}
