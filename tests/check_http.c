#include "web/http.h"

#include "support.h"

#include <locale.h>
#include <string.h>

#define VARIABLES_MAX 16

static const struct http_limits limits = {
    .body_bytes = 1000, .header_bytes = 2000, .uri_bytes = 100};

static enum err
parse(const char *const *environment, struct http_request *request)
{
	char **copy =
	    arena_zalloc(support_arena(), VARIABLES_MAX + 1, sizeof(*copy));
	size_t i;

	for (i = 0; i < VARIABLES_MAX && environment[i] != NULL; i++)
		copy[i] = arena_copy(
		    support_arena(), environment[i], strlen(environment[i]));
	return http_request_parse(support_arena(), copy, &limits, request);
}

START_TEST(a_request_of_nginx_is_read)
{
	static const char *const environment[] = {"QUERY_STRING=posted=3",
	    "REQUEST_METHOD=POST",
	    "CONTENT_TYPE=application/x-www-form-urlencoded",
	    "CONTENT_LENGTH=25", "SCRIPT_NAME=/board", "PATH_INFO=/all/page/2",
	    "REQUEST_URI=/board/all/page/2?posted=3", "REQUEST_SCHEME=https",
	    "HTTPS=on", "REMOTE_ADDR=192.0.2.1", "HTTP_HOST=example.com:8080",
	    "HTTP_ORIGIN=https://example.com:8080",
	    "HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ACCEPT_LANGUAGE=ko-KR,ko",
	    "HTTP_COOKIE=language=ko", NULL};
	struct http_request request;

	ck_assert_int_eq(parse(environment, &request), ERR_OK);
	ck_assert_int_eq(request.method, HTTP_POST);
	ck_assert_str_eq(request.base, "/board");
	ck_assert_str_eq(request.path, "/all/page/2");
	ck_assert_str_eq(request.query, "posted=3");
	ck_assert_str_eq(request.scheme, "https");
	ck_assert_str_eq(request.host, "example.com:8080");
	ck_assert_str_eq(request.client, "192.0.2.1");
	ck_assert_str_eq(request.origin, "https://example.com:8080");
	ck_assert_str_eq(request.sec_fetch_site, "same-origin");
	ck_assert_str_eq(request.accept_language, "ko-KR,ko");
	ck_assert_str_eq(request.cookie, "language=ko");
	ck_assert_str_eq(
	    request.content_type, "application/x-www-form-urlencoded");
	ck_assert_uint_eq(request.content_length, 25);
	ck_assert_str_eq(request.body, "");
}
END_TEST

START_TEST(what_was_not_sent_is_empty)
{
	static const char *const environment[] = {"REQUEST_METHOD=GET", NULL};
	struct http_request request;

	memset(&request, 0xff, sizeof(request));
	ck_assert_int_eq(parse(environment, &request), ERR_OK);
	ck_assert_int_eq(request.method, HTTP_GET);
	ck_assert_str_eq(request.base, "");
	ck_assert_str_eq(request.path, "/");
	ck_assert_str_eq(request.query, "");
	ck_assert_str_eq(request.scheme, "http");
	ck_assert_str_eq(request.host, "");
	ck_assert_str_eq(request.client, "");
	ck_assert_str_eq(request.origin, "");
	ck_assert_str_eq(request.sec_fetch_site, "");
	ck_assert_str_eq(request.accept_language, "");
	ck_assert_str_eq(request.cookie, "");
	ck_assert_str_eq(request.content_type, "");
	ck_assert_uint_eq(request.content_length, 0);
	ck_assert_str_eq(request.body, "");
}
END_TEST

#define GET "REQUEST_METHOD=GET"
#define TEN "1234567890"
#define GA  "\xea\xb0\x80"

/* What one environment is read as. */
static const struct {
	const char *environment[VARIABLES_MAX];
	enum err expected;
	enum http_method method;
	const char *base;
	const char *path;
	const char *query;
	const char *scheme;
	size_t length;
} request_rows[] = {
    /* Methods. */
    {{GET}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{"REQUEST_METHOD=HEAD"}, ERR_OK, HTTP_HEAD, "", "/", "", "http", 0},
    {{"REQUEST_METHOD=get"}, ERR_OK, HTTP_OTHER, "", "/", "", "http", 0},
    {{"REQUEST_METHOD=M-SEARCH"}, ERR_OK, HTTP_OTHER, "", "/", "", "http", 0},
    {{NULL}, ERR_MALFORMED, HTTP_OTHER, "", "", "", "http", 0},
    {{"REQUEST_METHOD="}, ERR_MALFORMED, HTTP_OTHER, "", "", "", "http", 0},
    {{"REQUEST_METHOD=GET /"}, ERR_MALFORMED, HTTP_OTHER, "", "", "", "http",
	0},
    {{"REQUEST_METHOD=G\xff"}, ERR_MALFORMED, HTTP_OTHER, "", "", "", "http",
	0},
    /* Environments that nobody should send. */
    {{"", "=", "=x", "A", GET}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{"REQUEST_METHOD", GET}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "REQUEST_METHOD=POST"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "PATH_INFO=", "PATH_INFO=/b"}, ERR_OK, HTTP_GET, "", "/", "", "http",
	0},
    {{"REQUEST_METHODS=x", "XREQUEST_METHOD=x", GET}, ERR_OK, HTTP_GET, "", "/",
	"", "http", 0},
    /* What links begin with. */
    {{GET, "SCRIPT_NAME=/"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/a/b/"}, ERR_OK, HTTP_GET, "/a/b", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/A-z.0_9~"}, ERR_OK, HTTP_GET, "/A-z.0_9~", "/", "",
	"http", 0},
    {{GET, "SCRIPT_NAME=/" GA " \"<%\r\n?#:"}, ERR_OK, HTTP_GET,
	"/%EA%B0%80%20%22%3C%25%0D%0A%3F%23%3A", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=//example.com/x"}, ERR_OK, HTTP_GET, "/example.com/x",
	"/", "", "http", 0},
    {{GET, "SCRIPT_NAME=///"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=x"}, ERR_MALFORMED, HTTP_OTHER, "", "", "", "http", 0},
    {{GET, "SCRIPT_NAME=javascript:x"}, ERR_MALFORMED, HTTP_OTHER, "", "", "",
	"http", 0},
    /* A program that nobody asked for by name is not in it. */
    {{GET, "SCRIPT_NAME=/b/madang.fcgi", "REQUEST_URI=/b/list?x"}, ERR_OK,
	HTTP_GET, "/b", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/madang.cgi", "REQUEST_URI=/list"}, ERR_OK, HTTP_GET,
	"", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/b/madang.cgi", "REQUEST_URI=/b/madang.cgi/list"},
	ERR_OK, HTTP_GET, "/b/madang.cgi", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/b/madang.cgi", "REQUEST_URI=/b/madang.cgi?x"}, ERR_OK,
	HTTP_GET, "/b/madang.cgi", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/b/madang.cgi", "REQUEST_URI=/b/madang.cgi"}, ERR_OK,
	HTTP_GET, "/b/madang.cgi", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/b/madang.cgi", "REQUEST_URI=/b/madang.cgi.x"}, ERR_OK,
	HTTP_GET, "/b", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/b/madang.cgi", "REQUEST_URI="}, ERR_OK, HTTP_GET,
	"/b/madang.cgi", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=/board", "REQUEST_URI=/forum/list"}, ERR_OK, HTTP_GET,
	"/board", "/", "", "http", 0},
    {{GET, "SCRIPT_NAME=.cgi", "REQUEST_URI=/list"}, ERR_MALFORMED, HTTP_OTHER,
	"", "", "", "http", 0},
    /* Paths. */
    {{GET, "PATH_INFO=/" GA}, ERR_OK, HTTP_GET, "", "/" GA, "", "http", 0},
    {{GET, "PATH_INFO=//a/../%41"}, ERR_OK, HTTP_GET, "", "//a/../%41", "",
	"http", 0},
    {{GET, "PATH_INFO=a"}, ERR_MALFORMED, HTTP_GET, "", "", "", "http", 0},
    {{GET, "PATH_INFO=/\xff"}, ERR_MALFORMED, HTTP_GET, "", "", "", "http", 0},
    {{GET, "PATH_INFO=/a\nb"}, ERR_MALFORMED, HTTP_GET, "", "", "", "http", 0},
    {{GET, "PATH_INFO=/\x7f"}, ERR_MALFORMED, HTTP_GET, "", "", "", "http", 0},
    /* Queries. */
    {{GET, "QUERY_STRING=a=%EA%B0&b"}, ERR_OK, HTTP_GET, "", "/", "a=%EA%B0&b",
	"http", 0},
    {{GET, "QUERY_STRING=" GA}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "QUERY_STRING=a b"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "QUERY_STRING=a\r\nb"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    /* 100 bytes of path and query, and 101. */
    {{GET, "PATH_INFO=/" TEN TEN TEN TEN,
	 "QUERY_STRING=" TEN TEN TEN TEN TEN "123456789"},
	ERR_OK, HTTP_GET, "", "/" TEN TEN TEN TEN,
	TEN TEN TEN TEN TEN "123456789", "http", 0},
    {{GET, "PATH_INFO=/" TEN TEN TEN TEN,
	 "QUERY_STRING=" TEN TEN TEN TEN TEN TEN},
	ERR_URI_TOO_LONG, HTTP_GET, "", "", "", "http", 0},
    {{GET, "PATH_INFO=/" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN},
	ERR_URI_TOO_LONG, HTTP_GET, "", "", "", "http", 0},
    /* Schemes. */
    {{GET, "HTTPS=on"}, ERR_OK, HTTP_GET, "", "/", "", "https", 0},
    {{GET, "HTTPS=1"}, ERR_OK, HTTP_GET, "", "/", "", "https", 0},
    {{GET, "HTTPS=OFF"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "HTTPS="}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "HTTPS=off", "REQUEST_SCHEME=HTTPS"}, ERR_OK, HTTP_GET, "", "/", "",
	"https", 0},
    {{GET, "REQUEST_SCHEME=gopher"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    /* Lengths. */
    {{GET, "CONTENT_LENGTH="}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "CONTENT_LENGTH=0"}, ERR_OK, HTTP_GET, "", "/", "", "http", 0},
    {{GET, "CONTENT_LENGTH=1000"}, ERR_OK, HTTP_GET, "", "/", "", "http", 1000},
    {{GET, "CONTENT_LENGTH=1001"}, ERR_BODY_TOO_LARGE, HTTP_GET, "", "/", "",
	"http", 0},
    {{GET, "CONTENT_LENGTH=18446744073709551616"}, ERR_BODY_TOO_LARGE, HTTP_GET,
	"", "/", "", "http", 0},
    {{GET, "CONTENT_LENGTH=" TEN TEN TEN TEN}, ERR_BODY_TOO_LARGE, HTTP_GET, "",
	"/", "", "http", 0},
    {{GET, "CONTENT_LENGTH=-1"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "CONTENT_LENGTH=+1"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "CONTENT_LENGTH=01"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "CONTENT_LENGTH= 1"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "CONTENT_LENGTH=1, 1"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
    {{GET, "CONTENT_LENGTH=0x10"}, ERR_MALFORMED, HTTP_GET, "", "/", "", "http",
	0},
};

START_TEST(each_environment_is_read_or_refused)
{
	size_t i;

	for (i = 0; i < sizeof(request_rows) / sizeof(request_rows[0]); i++) {
		struct http_request request;
		enum err err = parse(request_rows[i].environment, &request);

		ck_assert_msg(err == request_rows[i].expected, "row %zu: %s", i,
		    err_text(err));
		ck_assert_msg(request.method == request_rows[i].method,
		    "row %zu: method %d", i, (int)request.method);
		ck_assert_str_eq(request.base, request_rows[i].base);
		ck_assert_msg(strcmp(request.path, request_rows[i].path) == 0,
		    "row %zu: %s", i, request.path);
		ck_assert_str_eq(request.query, request_rows[i].query);
		ck_assert_str_eq(request.scheme, request_rows[i].scheme);
		ck_assert_uint_eq(
		    request.content_length, request_rows[i].length);
	}
}
END_TEST

START_TEST(variables_over_their_limit_are_refused_with_a_language)
{
	const char *long_one = arena_printf(support_arena(), "X=%0*d", 2000, 0);
	const char *environment[VARIABLES_MAX] = {"REQUEST_METHOD=HEAD",
	    "SCRIPT_NAME=/b", long_one, "HTTP_ACCEPT_LANGUAGE=ko",
	    "HTTP_COOKIE=language=ko"};
	struct http_request request;

	ck_assert_int_eq(parse(environment, &request), ERR_HEADERS_TOO_LARGE);
	ck_assert_int_eq(request.method, HTTP_HEAD);
	ck_assert_str_eq(request.base, "/b");
	ck_assert_str_eq(request.accept_language, "ko");
	ck_assert_str_eq(request.cookie, "language=ko");
}
END_TEST

START_TEST(without_an_environment_there_is_no_request)
{
	struct http_request request;

	ck_assert_int_eq(
	    http_request_parse(support_arena(), NULL, &limits, &request),
	    ERR_MALFORMED);
	ck_assert_str_eq(request.accept_language, "");
}
END_TEST

static const struct {
	const char *header;
	const char *expected;
} cookie_rows[] = {
    {"", NULL},
    {"language=ko", "ko"},
    {"language=", ""},
    {"language", NULL},
    {"a=b; language=ko; c=d", "ko"},
    {"a=b;language=ko", "ko"},
    {" language = ko ", "ko"},
    {"language=\"ko\"", "ko"},
    {"language=\"", "\""},
    {"language=a=b", "a=b"},
    {"language=ko; language=en", "ko"},
    {"Language=ko", NULL},
    {"xlanguage=ko", NULL},
    {"languages=ko", NULL},
    {"a=language=ko", NULL},
    {";;=;language", NULL},
    {"=; ;language=ko", "ko"},
};

START_TEST(a_cookie_is_found_by_its_whole_name)
{
	size_t i;

	for (i = 0; i < sizeof(cookie_rows) / sizeof(cookie_rows[0]); i++) {
		const char *value = http_cookie(
		    support_arena(), cookie_rows[i].header, "language");

		if (cookie_rows[i].expected == NULL)
			ck_assert_ptr_null(value);
		else
			ck_assert_str_eq(value, cookie_rows[i].expected);
	}
}
END_TEST

/* All to the host example.com:8080. */
static const struct {
	enum http_method method;
	const char *site;
	const char *origin;
	bool expected;
} origin_rows[] = {
    {HTTP_GET, "cross-site", "https://evil.example", true},
    {HTTP_HEAD, "cross-site", "https://evil.example", true},
    {HTTP_POST, "same-origin", "", true},
    {HTTP_POST, "none", "", true},
    {HTTP_POST, "same-site", "", false},
    {HTTP_POST, "cross-site", "", false},
    {HTTP_POST, "Same-Origin", "", false},
    {HTTP_POST, "same-origin, cross-site", "", false},
    {HTTP_POST, "invented", "", false},
    {HTTP_POST, "cross-site", "http://example.com:8080", false},
    {HTTP_POST, "same-origin", "https://evil.example", true},
    {HTTP_POST, "", "", true},
    {HTTP_POST, "", "http://example.com:8080", true},
    {HTTP_POST, "", "https://example.com:8080", true},
    {HTTP_POST, "", "http://EXAMPLE.com:8080", true},
    {HTTP_POST, "", "http://example.com", false},
    {HTTP_POST, "", "http://example.com:80801", false},
    {HTTP_POST, "", "http://example.com:808", false},
    {HTTP_POST, "", "http://example.com:8081", false},
    {HTTP_POST, "", "http://www.example.com:8080", false},
    {HTTP_POST, "", "http://evil.example/example.com:8080", false},
    {HTTP_POST, "", "http://example.com:8080@evil.example", false},
    {HTTP_POST, "", "http://example.com:8080 http://evil.example", false},
    {HTTP_POST, "", "http://evil.example://example.com:8080", false},
    {HTTP_POST, "", "null", false},
    {HTTP_POST, "", "example.com:8080", false},
    {HTTP_POST, "", "://example.com:8080", false},
    {HTTP_POST, "", "http://", false},
    {HTTP_POST, "", " ", false},
    {HTTP_OTHER, "cross-site", "", false},
    {HTTP_OTHER, "", "http://evil.example", false},
};

START_TEST(a_change_is_taken_from_our_own_pages_only)
{
	size_t i;

	for (i = 0; i < sizeof(origin_rows) / sizeof(origin_rows[0]); i++) {
		struct http_request request = {
		    .method = origin_rows[i].method,
		    .host = "example.com:8080",
		    .sec_fetch_site = origin_rows[i].site,
		    .origin = origin_rows[i].origin,
		};

		ck_assert_msg(
		    http_same_origin(&request) == origin_rows[i].expected,
		    "row %zu: %s %s", i, origin_rows[i].site,
		    origin_rows[i].origin);
	}
}
END_TEST

START_TEST(an_origin_without_a_host_is_not_the_same_as_none)
{
	struct http_request request = {
	    .method = HTTP_POST,
	    .host = "",
	    .sec_fetch_site = "",
	    .origin = "http://",
	};

	ck_assert(!http_same_origin(&request));
}
END_TEST

static const char *
write_response(const struct http_response *response, bool head_only)
{
	const struct http_request request = {
	    .method = head_only ? HTTP_HEAD : HTTP_GET};
	struct buf out;

	buf_init(&out, support_arena());
	http_response_head(response, &out);
	buf_append(&out, response->body.data,
	    http_response_length(response, &request));
	ck_assert(!out.failed);
	return out.data;
}

#define SECURITY                                                               \
	"Content-Security-Policy: default-src 'none'; style-src 'self'; "      \
	"img-src 'self'; connect-src 'self'; form-action 'self'; "             \
	"base-uri 'none'; frame-ancestors 'none'\r\n"                          \
	"X-Content-Type-Options: nosniff\r\n"                                  \
	"X-Frame-Options: DENY\r\n"                                            \
	"Referrer-Policy: same-origin\r\n"                                     \
	"Permissions-Policy: browsing-topics=(), camera=(), "                  \
	"geolocation=(), microphone=(), payment=(), usb=()\r\n"

#define FULL_HEAD                                                              \
	"Status: 303 See Other\r\n"                                            \
	"Content-Type: text/html; charset=utf-8\r\n"                           \
	"Content-Language: ko\r\n"                                             \
	"Cache-Control: no-cache\r\n"                                          \
	"Vary: Accept-Language, Cookie\r\n"                                    \
	"Location: /?posted=3\r\n"                                             \
	"Allow: GET, HEAD\r\n"                                                 \
	"Set-Cookie: language=ko; Path=/\r\n"                                  \
	"Retry-After: 5\r\n" SECURITY                                          \
	"Server-Timing: total;dur=1.234, redis;dur=0.056;"                     \
	"desc=\"2 round trips\"\r\n"                                           \
	"Content-Length: 5\r\n"                                                \
	"\r\n"

static void
fill_response(struct http_response *response)
{
	http_response_init(response, support_arena());
	response->status = 303;
	response->content_type = "text/html; charset=utf-8";
	response->cache_control = "no-cache";
	response->location = "/?posted=3";
	response->allow = "GET, HEAD";
	response->set_cookie = "language=ko; Path=/";
	response->language = "ko";
	response->retry_after = 5;
	response->total_us = 1234;
	response->redis_us = 56;
	response->round_trips = 2;
	buf_text(&response->body, "hello");
}

START_TEST(a_response_has_every_header)
{
	struct http_response response;

	fill_response(&response);
	ck_assert_str_eq(write_response(&response, false), FULL_HEAD "hello");
	ck_assert_str_eq(write_response(&response, true), FULL_HEAD);
}
END_TEST

START_TEST(a_response_that_nobody_filled_is_a_500)
{
	struct http_response response;

	http_response_init(&response, support_arena());
	ck_assert_str_eq(write_response(&response, false),
	    "Status: 500 Internal Server Error\r\n"
	    "Cache-Control: no-store\r\n" SECURITY
	    "Server-Timing: total;dur=0.000, redis;dur=0.000;"
	    "desc=\"0 round trips\"\r\n"
	    "Content-Length: 0\r\n"
	    "\r\n");
}
END_TEST

START_TEST(a_status_without_a_body_has_no_length)
{
	static const unsigned statuses[] = {204, 304};
	size_t i;

	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct http_response response;
		const char *out;

		fill_response(&response);
		response.status = statuses[i];
		out = write_response(&response, false);
		ck_assert_ptr_null(strstr(out, "Content-Length"));
		ck_assert_ptr_null(strstr(out, "hello"));
	}
}
END_TEST

START_TEST(a_response_is_the_same_in_another_locale)
{
	struct http_response response;

	fill_response(&response);
	if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL)
		(void)setlocale(LC_ALL, "C.UTF-8");
	ck_assert_str_eq(write_response(&response, true), FULL_HEAD);
	(void)setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(half_a_body_is_not_sent)
{
	struct http_response response;
	struct buf out;

	fill_response(&response);
	response.body.failed = true;
	buf_init(&out, support_arena());
	http_response_head(&response, &out);
	ck_assert(out.failed);
	ck_assert_uint_eq(out.length, 0);
}
END_TEST

START_TEST(a_header_with_a_control_character_is_dropped_and_logged)
{
	static const char *const values[] = {"/\r\nSet-Cookie: evil=1",
	    "/\nevil: 1", "/\revil: 1", "\r\n\r\n<script>", "/\x01", "/\x7f",
	    "/a\tb"};
	static const char *const names[] = {"Location", "Set-Cookie", "Allow",
	    "Content-Language", "Cache-Control", "Content-Type"};
	size_t i, n;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct http_response response;
		const char *out;

		http_response_init(&response, support_arena());
		response.location = response.set_cookie = values[i];
		response.allow = response.language = values[i];
		response.cache_control = response.content_type = values[i];
		support_log_clear();
		out = write_response(&response, false);
		ck_assert_ptr_null(strstr(out, "evil"));
		ck_assert_ptr_null(strstr(out, "<script>"));
		for (n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
			const char *line = arena_printf(support_arena(),
			    "error http: %s not sent: a control character in "
			    "its value\n",
			    names[n]);
			ck_assert_ptr_null(strstr(out,
			    arena_printf(support_arena(), "\n%s:", names[n])));
			ck_assert_ptr_nonnull(strstr(support_log(), line));
		}
	}
}
END_TEST

static const struct {
	enum err err;
	unsigned status;
	const char *reason;
} status_rows[] = {
    {ERR_OK, 200, "OK"},
    {ERR_MALFORMED, 400, "Bad Request"},
    {ERR_INVALID, 400, "Bad Request"},
    {ERR_FORBIDDEN, 403, "Forbidden"},
    {ERR_NOT_FOUND, 404, "Not Found"},
    {ERR_METHOD, 405, "Method Not Allowed"},
    {ERR_CONFLICT, 409, "Conflict"},
    {ERR_FULL, 422, "Unprocessable Content"},
    {ERR_TOO_MANY, 429, "Too Many Requests"},
    {ERR_TOO_OFTEN, 429, "Too Many Requests"},
    {ERR_TIMEOUT, 408, "Request Timeout"},
    {ERR_BODY_TOO_LARGE, 413, "Content Too Large"},
    {ERR_URI_TOO_LONG, 414, "URI Too Long"},
    {ERR_MEDIA_TYPE, 415, "Unsupported Media Type"},
    {ERR_HEADERS_TOO_LARGE, 431, "Request Header Fields Too Large"},
    {ERR_NO_MEMORY, 503, "Service Unavailable"},
    {ERR_UNAVAILABLE, 503, "Service Unavailable"},
    {ERR_BUSY, 503, "Service Unavailable"},
    {ERR_INTERNAL, 500, "Internal Server Error"},
    {ERR_CONFIG, 500, "Internal Server Error"},
    {ERR_COUNT, 500, "Internal Server Error"},
};

START_TEST(every_error_has_a_status_with_a_reason)
{
	size_t i;

	ck_assert_uint_eq(
	    sizeof(status_rows) / sizeof(status_rows[0]), ERR_COUNT + 1);
	for (i = 0; i <= ERR_COUNT; i++) {
		unsigned status = http_status(status_rows[i].err);

		ck_assert_uint_eq(status, status_rows[i].status);
		ck_assert_str_eq(http_reason(status), status_rows[i].reason);
	}
	ck_assert_str_eq(http_reason(299), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("http");
	TCase *tests = support_case(suite, "request");

	tcase_add_test(tests, a_request_of_nginx_is_read);
	tcase_add_test(tests, what_was_not_sent_is_empty);
	tcase_add_test(tests, each_environment_is_read_or_refused);
	tcase_add_test(
	    tests, variables_over_their_limit_are_refused_with_a_language);
	tcase_add_test(tests, without_an_environment_there_is_no_request);
	tcase_add_test(tests, a_cookie_is_found_by_its_whole_name);
	tests = support_case(suite, "origin");
	tcase_add_test(tests, a_change_is_taken_from_our_own_pages_only);
	tcase_add_test(tests, an_origin_without_a_host_is_not_the_same_as_none);
	tests = support_case(suite, "response");
	tcase_add_test(tests, a_response_has_every_header);
	tcase_add_test(tests, a_response_that_nobody_filled_is_a_500);
	tcase_add_test(tests, a_status_without_a_body_has_no_length);
	tcase_add_test(tests, a_response_is_the_same_in_another_locale);
	tcase_add_test(tests, half_a_body_is_not_sent);
	tcase_add_test(
	    tests, a_header_with_a_control_character_is_dropped_and_logged);
	tcase_add_test(tests, every_error_has_a_status_with_a_reason);
	return support_run(suite);
}
