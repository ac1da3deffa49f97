#include "base/redisurl.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

#define PORT	     "6379"
#define DATABASE_MAX 1000000

static int
digit_of(char letter)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *place = letter == '\0' ? NULL : strchr(digits, letter);

	return place == NULL ? -1 : (int)(place - digits) % 16;
}

/* False: too long, or what follows a % is no byte. */
static bool
read_part(const char *from, size_t length, char *part)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		char byte = from[i];

		if (byte == '%') {
			int high = i + 2 < length ? digit_of(from[i + 1]) : -1;
			int low = high >= 0 ? digit_of(from[i + 2]) : -1;

			if (low < 0 || high * 16 + low == 0)
				return false;
			byte = (char)(high * 16 + low);
			i += 2;
		}
		if (used + 1 >= REDISURL_TEXT_BYTES)
			return false;
		part[used++] = byte;
	}
	part[used] = '\0';
	return true;
}

/* [[user]:password@]. Gives what is behind it; NULL: it is wrong. */
static const char *
read_login(const char *text, size_t length, struct redisurl *url)
{
	const char *at = memrchr(text, '@', length);
	const char *colon;

	if (at == NULL)
		return text;
	colon = memchr(text, ':', (size_t)(at - text));
	if (colon == NULL)
		return NULL;
	if (!read_part(text, (size_t)(colon - text), url->user) ||
	    !read_part(colon + 1, (size_t)(at - colon) - 1, url->password))
		return NULL;
	return at + 1;
}

static bool
read_database(const char *text, struct redisurl *url)
{
	return number_parse(
	    text, strlen(text), 0, DATABASE_MAX, &url->database);
}

static bool
read_host(const char *text, struct redisurl *url)
{
	size_t length = strcspn(text, "/?");
	const char *rest = text + length;
	const char *host = read_login(text, length, url);
	const char *bracket;
	const char *colon;

	if (host == NULL)
		return false;
	length = (size_t)(rest - host);
	bracket = memrchr(host, ']', length);
	colon = memrchr(host, ':', length);
	if (length == 0 || length + sizeof(PORT) >= REDISURL_TEXT_BYTES)
		return false;
	(void)snprintf(url->address, sizeof(url->address), "%.*s%s",
	    (int)length, host,
	    colon != NULL && (bracket == NULL || colon > bracket) ? ""
								  : ":" PORT);
	if (rest[0] == '/' && rest[1] != '\0')
		return read_database(rest + 1, url);
	return rest[0] == '\0' || strcmp(rest, "/") == 0;
}

static bool
read_path(const char *text, struct redisurl *url)
{
	size_t length = strcspn(text, "?");
	const char *query = text + length;
	const char *slash = text;

	if (strncmp(text, "//", 2) == 0) {
		slash = strchr(text + 2, '/');
		if (slash == NULL ||
		    read_login(text + 2, (size_t)(slash - text) - 2, url) !=
			slash)
			return false;
	}
	if (slash[0] != '/' ||
	    !read_part(slash, (size_t)(query - slash), url->address))
		return false;
	if (strncmp(query, "?db=", 4) == 0)
		return read_database(query + 4, url);
	return query[0] == '\0';
}

bool
redisurl_read(const char *text, struct redisurl *url)
{
	static const char tcp[] = "redis://";
	static const char *const paths[] = {"unix:", "redis+socket:"};

	*url = (struct redisurl){.database = 0};
	if (strncmp(text, tcp, strlen(tcp)) == 0)
		return read_host(text + strlen(tcp), url);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (strncmp(text, paths[i], strlen(paths[i])) == 0)
			return read_path(text + strlen(paths[i]), url);
	return false;
}
