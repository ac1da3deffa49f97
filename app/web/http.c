#include "web/http.h"

#include "base/number.h"
#include "base/text.h"
#include "web/header.h"

#include <string.h>

/* 128 bits. */
#define ID_DIGITS 32

/* The CGI variables that Madang reads (RFC 3875 section 4.1). */
enum variable {
	VARIABLE_METHOD,
	VARIABLE_BASE,
	VARIABLE_URI,
	VARIABLE_PATH,
	VARIABLE_QUERY,
	VARIABLE_SCHEME,
	VARIABLE_HTTPS,
	VARIABLE_HOST,
	VARIABLE_CLIENT,
	VARIABLE_FORWARDED_FOR,
	VARIABLE_ORIGIN,
	VARIABLE_SEC_FETCH_SITE,
	VARIABLE_ACCEPT_LANGUAGE,
	VARIABLE_COOKIE,
	VARIABLE_ACCEPT_ENCODING,
	VARIABLE_IF_NONE_MATCH,
	VARIABLE_ID,
	VARIABLE_CONTENT_TYPE,
	VARIABLE_CONTENT_LENGTH,
	VARIABLES
};

static const char *const variable_names[VARIABLES] = {
    [VARIABLE_METHOD] = "REQUEST_METHOD",
    [VARIABLE_BASE] = "SCRIPT_NAME",
    [VARIABLE_URI] = "REQUEST_URI",
    [VARIABLE_PATH] = "PATH_INFO",
    [VARIABLE_QUERY] = "QUERY_STRING",
    [VARIABLE_SCHEME] = "REQUEST_SCHEME",
    [VARIABLE_HTTPS] = "HTTPS",
    [VARIABLE_HOST] = "HTTP_HOST",
    [VARIABLE_CLIENT] = "REMOTE_ADDR",
    [VARIABLE_FORWARDED_FOR] = "HTTP_X_FORWARDED_FOR",
    [VARIABLE_ORIGIN] = "HTTP_ORIGIN",
    [VARIABLE_SEC_FETCH_SITE] = "HTTP_SEC_FETCH_SITE",
    [VARIABLE_ACCEPT_LANGUAGE] = "HTTP_ACCEPT_LANGUAGE",
    [VARIABLE_COOKIE] = "HTTP_COOKIE",
    [VARIABLE_ACCEPT_ENCODING] = "HTTP_ACCEPT_ENCODING",
    [VARIABLE_IF_NONE_MATCH] = "HTTP_IF_NONE_MATCH",
    [VARIABLE_ID] = "REQUEST_ID",
    [VARIABLE_CONTENT_TYPE] = "CONTENT_TYPE",
    [VARIABLE_CONTENT_LENGTH] = "CONTENT_LENGTH",
};

static const struct {
	const char *name;
	enum http_method method;
} methods[] = {
    {"GET", HTTP_GET},
    {"HEAD", HTTP_HEAD},
    {"POST", HTTP_POST},
};

/* The variable that begins an entry "NAME=value", or VARIABLES. */
static size_t
find_variable(const char *entry, size_t name_length)
{
	size_t i;

	for (i = 0; i < VARIABLES; i++) {
		if (strlen(variable_names[i]) == name_length &&
		    memcmp(variable_names[i], entry, name_length) == 0)
			break;
	}
	return i;
}

/*
 * Fills values, "" for what there is not, and tells the bytes of everything,
 * known or not. The first of several counts, as it does for getenv(); but a
 * proxy that adds a line of its own adds it behind the client's.
 */
static size_t
collect_variables(char *const *environment, const char *values[VARIABLES])
{
	bool seen[VARIABLES] = {false};
	size_t bytes = 0;
	size_t i;

	for (i = 0; i < VARIABLES; i++)
		values[i] = "";
	for (; environment != NULL && *environment != NULL; environment++) {
		const char *equals = strchr(*environment, '=');

		bytes += strlen(*environment);
		if (equals == NULL)
			continue;
		i = find_variable(
		    *environment, (size_t)(equals - *environment));
		if (i == VARIABLES || (seen[i] && i != VARIABLE_FORWARDED_FOR))
			continue;
		seen[i] = true;
		values[i] = equals + 1;
	}
	return bytes;
}

/* RFC 9110 section 5.6.2: a method is a token. */
static bool
is_token(const char *text)
{
	static const char marks[] = "!#$%&'*+-.^_`|~";
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		bool is_letter = (text[i] >= 'A' && text[i] <= 'Z') ||
				 (text[i] >= 'a' && text[i] <= 'z');
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (!is_letter && !is_digit && strchr(marks, text[i]) == NULL)
			return false;
	}
	return i > 0;
}

static enum err
parse_method(const char *text, enum http_method *method)
{
	size_t i;

	*method = HTTP_OTHER;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(text, methods[i].name) == 0)
			*method = methods[i].method;
	}
	return is_token(text) ? ERR_OK : ERR_MALFORMED;
}

/* RFC 3986 section 2.3, and the slash that separates segments. */
static bool
is_plain_in_path(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
	       byte == '_' || byte == '~' || byte == '/';
}

static bool
ends_with(const char *name, size_t length, const char *end)
{
	size_t bytes = strlen(end);

	return length >= bytes &&
	       memcmp(name + length - bytes, end, bytes) == 0;
}

/*
 * How much of SCRIPT_NAME the visitor's address begins with. A web server that
 * has files only hands requests on to a program in one of its folders, whose
 * name nobody asked for (Apache's RewriteRule to /board/madang.fcgi): that
 * address begins with the folder.
 */
static size_t
base_length(const char *name, const char *uri)
{
	size_t length = strlen(name);

	if (uri[0] == '\0' || (!ends_with(name, length, ".fcgi") &&
				  !ends_with(name, length, ".cgi")))
		return length;
	if (strncmp(uri, name, length) == 0 &&
	    (uri[length] == '/' || uri[length] == '?' || uri[length] == '\0'))
		return length;
	while (length > 0 && name[length - 1] != '/')
		length--;
	return length;
}

/*
 * SCRIPT_NAME arrives decoded and stands in front of every link, so it is
 * encoded once, here. Slashes in front become one: "//x/" would be a link to
 * another host.
 */
static enum err
parse_base(
    struct arena *arena, const char *name, const char *uri, const char **base)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t length = base_length(name, uri);
	char *text, *to;
	size_t i;

	if (name[0] != '\0' && name[0] != '/')
		return ERR_MALFORMED;
	while (length > 0 && name[length - 1] == '/')
		length--;
	while (length > 1 && name[1] == '/') {
		name++;
		length--;
	}
	if (length > SIZE_MAX / 3 - 1)
		return ERR_NO_MEMORY;
	to = text = arena_alloc(arena, 3 * length + 1);
	if (text == NULL)
		return ERR_NO_MEMORY;
	for (i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (is_plain_in_path(name[i])) {
			*to++ = name[i];
			continue;
		}
		*to++ = '%';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
	*to = '\0';
	*base = text;
	return ERR_OK;
}

static enum err
parse_path(const char *text, const char **path)
{
	size_t i;

	if (text[0] == '\0')
		text = "/";
	if (text[0] != '/' || !text_is_utf8(text, strlen(text)))
		return ERR_MALFORMED;
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return ERR_MALFORMED;
	}
	*path = text;
	return ERR_OK;
}

/* RFC 3986 leaves a query nothing but visible ASCII; browsers encode. */
static enum err
parse_query(const char *text, const char **query)
{
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (text[i] < 0x21 || text[i] > 0x7e)
			return ERR_MALFORMED;
	}
	*query = text;
	return ERR_OK;
}

static enum err
parse_length(const char *text, size_t maximum, size_t *bytes)
{
	size_t length = strlen(text);
	uint64_t number = 0;

	if (length == 0)
		return ERR_OK;
	if (number_parse(text, length, 0, maximum, &number)) {
		*bytes = (size_t)number;
		return ERR_OK;
	}
	/* A number all the same, perhaps one beyond 64 bits. */
	if (text[0] != '0' && strspn(text, "0123456789") == length)
		return ERR_BODY_TOO_LARGE;
	return ERR_MALFORMED;
}

/* Apache and lighttpd say HTTPS=on, IIS "off", nginx's file has both. */
static const char *
choose_scheme(const char *https, const char *scheme)
{
	if (https[0] != '\0' && !header_equals(header_whole(https), "off"))
		return "https";
	return header_equals(header_whole(scheme), "https") ? "https" : "http";
}

/* As nginx makes $request_id. What else may be there stands in no log. */
static const char *
choose_id(const char *text)
{
	return strlen(text) == ID_DIGITS &&
		       strspn(text, "0123456789abcdef") == ID_DIGITS
		   ? text
		   : "";
}

const struct http_request http_request_blank = {
    .method = HTTP_GET,
    .base = "",
    .path = "",
    .query = "",
    .scheme = "",
    .host = "",
    .client = "",
    .forwarded_for = "",
    .origin = "",
    .sec_fetch_site = "",
    .accept_language = "",
    .cookie = "",
    .accept_encoding = "",
    .if_none_match = "",
    .id = "",
    .content_type = "",
    .body = "",
};

enum err
http_request_parse(struct arena *arena, char *const *environment,
    const struct http_limits *limits, struct http_request *request)
{
	const char *values[VARIABLES];
	size_t bytes = collect_variables(environment, values);
	size_t path_length = strlen(values[VARIABLE_PATH]);
	enum err err;

	*request = http_request_blank;
	request->method = HTTP_OTHER;
	request->scheme =
	    choose_scheme(values[VARIABLE_HTTPS], values[VARIABLE_SCHEME]);
	request->host = values[VARIABLE_HOST];
	request->client = values[VARIABLE_CLIENT];
	request->forwarded_for = values[VARIABLE_FORWARDED_FOR];
	request->origin = values[VARIABLE_ORIGIN];
	request->sec_fetch_site = values[VARIABLE_SEC_FETCH_SITE];
	request->accept_language = values[VARIABLE_ACCEPT_LANGUAGE];
	request->cookie = values[VARIABLE_COOKIE];
	request->accept_encoding = values[VARIABLE_ACCEPT_ENCODING];
	request->if_none_match = values[VARIABLE_IF_NONE_MATCH];
	request->id = choose_id(values[VARIABLE_ID]);
	request->content_type = values[VARIABLE_CONTENT_TYPE];
	/* What an error page needs comes before what may be an error. */
	err = parse_base(
	    arena, values[VARIABLE_BASE], values[VARIABLE_URI], &request->base);
	if (err != ERR_OK)
		return err;
	err = parse_method(values[VARIABLE_METHOD], &request->method);
	if (err != ERR_OK)
		return err;
	if (bytes > limits->header_bytes)
		return ERR_HEADERS_TOO_LARGE;
	if (path_length > limits->uri_bytes ||
	    strlen(values[VARIABLE_QUERY]) > limits->uri_bytes - path_length)
		return ERR_URI_TOO_LONG;
	err = parse_path(values[VARIABLE_PATH], &request->path);
	if (err != ERR_OK)
		return err;
	err = parse_query(values[VARIABLE_QUERY], &request->query);
	if (err != ERR_OK)
		return err;
	return parse_length(values[VARIABLE_CONTENT_LENGTH], limits->body_bytes,
	    &request->content_length);
}

const char *
http_cookie(struct arena *arena, const char *header, const char *name)
{
	struct header_piece rest = header_whole(header);
	struct header_piece pair, found;

	while (header_next(&rest, ';', &pair)) {
		/* Names of cookies have a case, unlike names of headers. */
		if (!header_next(&pair, '=', &found) || pair.data == NULL ||
		    found.length != strlen(name) ||
		    memcmp(found.data, name, found.length) != 0)
			continue;
		pair = header_trim(pair);
		if (pair.length >= 2 && pair.data[0] == '"' &&
		    pair.data[pair.length - 1] == '"') {
			pair.data++;
			pair.length -= 2;
		}
		return arena_copy(arena, pair.data, pair.length);
	}
	return NULL;
}

bool
http_same_origin(const struct http_request *request)
{
	const char *host;

	if (request->method == HTTP_GET || request->method == HTTP_HEAD)
		return true;
	if (strcmp(request->sec_fetch_site, "same-origin") == 0 ||
	    strcmp(request->sec_fetch_site, "none") == 0)
		return true;
	/* "same-site" is another host, "cross-site" another site. */
	if (request->sec_fetch_site[0] != '\0')
		return false;
	if (request->origin[0] == '\0')
		return true;
	/* "null" (a sandboxed frame, a file) has no host and is refused. */
	host = strstr(request->origin, "://");
	if (host == NULL || host == request->origin || host[3] == '\0')
		return false;
	return header_equals(header_whole(host + 3), request->host);
}
