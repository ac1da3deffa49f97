#include "base/setting.h"

#include "base/log.h"
#include "base/address.h"
#include "base/client.h"
#include "base/logplace.h"
#include "base/number.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_TEMPLATES MADANG_DATADIR "/templates"
#define DEFAULT_ASSETS	  MADANG_DATADIR "/web/assets.hdf"
#define DEFAULT_REDIS	  "/run/madang/redis.sock"
/* RFC 3986 section 2.3: what is not written as %XX. */
#define PLAIN_IN_PATH                                                          \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_Static_assert(sizeof(DEFAULT_ASSETS) <= CONF_TEXT_MAX &&
		   sizeof(DEFAULT_TEMPLATES) <= CONF_TEXT_MAX,
    "the data directory's name is too long for a setting");

static const char *check_given(const char *text);
static const char *check_word(const char *text);
static const char *check_folder(const char *text);
static const char *check_listen(const char *text);
static const char *check_address(const char *text);
static const char *check_url(const char *text);
static const char *check_language(const char *text);
static const char *check_time_zone(const char *text);
static const char *check_networks(const char *text);
static const char *check_log_to(const char *text);
static const char *check_log_format(const char *text);
static const char *check_log_level(const char *text);

/* A field's name in struct conf is the setting's name. */
/* clang-format off */
#define TEXT_SETTING(field, text, check) \
	{#field, SETTING_TEXT, offsetof(struct conf, field), text, check, 0, 0, 0}
#define SECRET_SETTING(field) \
	{#field, SETTING_SECRET, offsetof(struct conf, field), "", NULL, 0, 0, 0}
#define NUMBER_SETTING(field, number, minimum, maximum) \
	{#field, SETTING_NUMBER, offsetof(struct conf, field), NULL, NULL, \
	 number, minimum, maximum}

/* In the order of struct conf and of conf/madang.hdf. */
const struct setting settings[] = {
	TEXT_SETTING(listen, "", check_listen),
	NUMBER_SETTING(listen_beyond_loopback, 0, 0, 1),
	NUMBER_SETTING(slots, 8, 1, 256),
	NUMBER_SETTING(linger_ms, 0, 0, 60000),

	TEXT_SETTING(site.title, "Madang", check_given),
	TEXT_SETTING(site.url, "", check_url),
	TEXT_SETTING(site.language, "en", check_language),
	TEXT_SETTING(site.time_zone, "UTC", check_time_zone),
	NUMBER_SETTING(site.page_size, 20, 1, 100),
	NUMBER_SETTING(site.home_size, 5, 0, 100),
	NUMBER_SETTING(site.latest_size, 3, 1, 100),
	NUMBER_SETTING(site.replies_size, 50, 1, 100),

	TEXT_SETTING(files.templates, DEFAULT_TEMPLATES, check_given),
	TEXT_SETTING(files.assets, DEFAULT_ASSETS, check_given),

	TEXT_SETTING(pages.folder, "", check_folder),
	NUMBER_SETTING(pages.files, 100000, 100, 10000000),
	NUMBER_SETTING(pages.bytes, 536870912, 1048576, 1099511627776),

	TEXT_SETTING(redis.address, DEFAULT_REDIS, check_address),
	TEXT_SETTING(redis.user, "", check_word),
	SECRET_SETTING(redis.password),
	NUMBER_SETTING(redis.database, 0, 0, 1000000),
	TEXT_SETTING(redis.prefix, "", check_word),
	NUMBER_SETTING(redis.connect_ms, 500, 1, 60000),
	NUMBER_SETTING(redis.command_ms, 700, 1, 60000),
	NUMBER_SETTING(redis.wait_ms, 300, 1, 60000),

	NUMBER_SETTING(post.name_chars, 40, 1, 200),
	NUMBER_SETTING(post.title_chars, 100, 1, 200),
	NUMBER_SETTING(post.text_chars, 10000, 1, 20000),
	NUMBER_SETTING(post.once_seconds, 60, 1, 3600),
	NUMBER_SETTING(post.trash_days, 30, 1, 3650),
	SECRET_SETTING(post.pepper),

	NUMBER_SETTING(writing.client_burst, 20, 0, 1000000),
	NUMBER_SETTING(writing.client_per_hour, 360, 1, 3600000),
	NUMBER_SETTING(writing.all_burst, 3000, 0, 1000000),
	NUMBER_SETTING(writing.all_per_hour, 36000, 1, 3600000),
	TEXT_SETTING(writing.unlimited, "127.0.0.0/8 ::1", check_networks),
	TEXT_SETTING(writing.proxies, "", check_networks),

	NUMBER_SETTING(limits.body_bytes, 262144, 1024, 16777216),
	NUMBER_SETTING(limits.fields, 32, 9, 1000),
	NUMBER_SETTING(limits.header_bytes, 65536, 1024, 98304),
	NUMBER_SETTING(limits.uri_bytes, 8192, 64, 65536),
	NUMBER_SETTING(limits.body_ms, 10000, 100, 600000),
	NUMBER_SETTING(limits.queue_ms, 500, 1, 60000),
	NUMBER_SETTING(limits.request_bytes, 67108864, 1048576, 1073741824),

	TEXT_SETTING(log.to, "", check_log_to),
	TEXT_SETTING(log.format, "text", check_log_format),
	TEXT_SETTING(log.level, "info", check_log_level),
	NUMBER_SETTING(log.requests, 0, 0, 1),

	TEXT_SETTING(watch.allow, "", check_networks),

	NUMBER_SETTING(confine.privileges, 1, 0, 1),
	NUMBER_SETTING(confine.files, 1, 0, 1),
	NUMBER_SETTING(confine.system_calls, 1, 0, 1),
	NUMBER_SETTING(confine.core_dumps, 1, 0, 1),
};
/* clang-format on */

const size_t setting_count = sizeof(settings) / sizeof(settings[0]);
_Static_assert(sizeof(settings) / sizeof(settings[0]) <= SETTINGS_MAX,
    "there are more settings than SETTINGS_MAX");

static const char *
check_given(const char *text)
{
	return text[0] != '\0' ? NULL : "must not be empty";
}

static const char *
check_word(const char *text)
{
	return strchr(text, ' ') == NULL ? NULL : "must not hold a space";
}

/* The same wherever the worker is started from, and room for names below. */
static const char *
check_folder(const char *text)
{
	if (text[0] == '\0' || (text[0] == '/' && strlen(text) <= 255))
		return NULL;
	return "must be empty, or a path of at most 255 bytes that begins "
	       "with a slash";
}

static const char *
check_listen(const char *text)
{
	char host[ADDRESS_HOST_MAX];
	int port;

	/* Without a host it is every address of the machine. */
	if (text[0] == '\0' || strchr(text, '/') != NULL ||
	    (address_split(text, host, &port) && port != 0))
		return NULL;
	return "must be empty, a path with a slash, or host:port";
}

static const char *
check_address(const char *text)
{
	char host[ADDRESS_HOST_MAX];
	int port;

	if (text[0] == '/' ||
	    (address_split(text, host, &port) && host[0] != '\0' && port != 0))
		return NULL;
	return "must be a path that begins with a slash, or host:port";
}

/* Scheme and host, and perhaps a port: links are put together with it. */
/* How many bytes of a path one character in it takes; 0: it is not plain. */
static size_t
path_character(const char *path)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *high, *low;
	unsigned byte;

	if (path[0] != '\0' && strchr(PLAIN_IN_PATH, path[0]) != NULL)
		return 1;
	if (path[0] != '%' || path[1] == '\0' || path[2] == '\0')
		return 0;
	high = strchr(digits, path[1]);
	low = strchr(digits, path[2]);
	if (high == NULL || low == NULL)
		return 0;
	byte = (unsigned)(high - digits) << 4 | (unsigned)(low - digits);
	if (byte < 0x20 || byte == 0x7f || byte == '/' ||
	    strchr(PLAIN_IN_PATH, (int)byte) != NULL)
		return 0;
	return 3;
}

/*
 * A path must be spelled as web/http spells the base of a request, since what
 * is published is known by that: there is one way to write each.
 */
static const char *
check_url_path(const char *path)
{
	while (path[0] != '\0') {
		const char *piece = path + 1;
		size_t bytes;

		for (path = piece; path[0] != '/' && path[0] != '\0';
		     path += bytes) {
			bytes = path_character(path);
			if (bytes == 0)
				return "may have letters, digits, - . _ ~ and "
				       "others as %EA in its path";
		}
		if (path == piece)
			return "must not end with a slash, nor have two "
			       "together in its path";
		if (strspn(piece, ".") == (size_t)(path - piece) &&
		    path - piece <= 2)
			return "must not have . or .. in its path";
	}
	return NULL;
}

static const char *
check_url(const char *text)
{
	const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
			   : strncmp(text, "http://", 7) == 0 ? text + 7
							      : "";
	size_t plain =
	    strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789.-:[]");

	if (text[0] == '\0')
		return NULL;
	if (plain > 0 && (host[plain] == '\0' || host[plain] == '/'))
		return check_url_path(host + plain);
	return "must be empty, or like https://example.org or "
	       "https://example.org/board";
}

static const char *
check_language(const char *text)
{
	if (strcmp(text, "en") == 0 || strcmp(text, "ko") == 0)
		return NULL;
	return "must be en or ko";
}

/*
 * The name of a file in the system's folder of zones: no path to elsewhere,
 * and none of the rules that POSIX lets TZ spell out.
 */
static const char *
check_time_zone(const char *text)
{
	size_t plain =
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789+-_/");

	if (plain > 0 && text[plain] == '\0' && text[0] != '/')
		return NULL;
	return "must be a zone's name like Asia/Seoul";
}

static const char *
check_networks(const char *text)
{
	return client_networks_are_fine(text)
		   ? NULL
		   : "must be addresses or blocks of them, as in 192.0.2.1 "
		     "2001:db8::/32";
}

static const char *
check_log_to(const char *text)
{
	return logplace_is_good(text)
		   ? NULL
		   : "must be empty, a path that begins with a slash, syslog, "
		     "or syslog: and a socket's path";
}

static const char *
check_log_format(const char *text)
{
	if (strcmp(text, "text") == 0 || strcmp(text, "json") == 0)
		return NULL;
	return "must be text or json";
}

static const char *
check_log_level(const char *text)
{
	if (strcmp(text, "error") == 0 || strcmp(text, "warning") == 0 ||
	    strcmp(text, "info") == 0)
		return NULL;
	return "must be error, warning or info";
}

static char *
text_at(const struct setting *setting, struct conf *conf)
{
	return (char *)conf + setting->offset;
}

static void
put_number(const struct setting *setting, struct conf *conf, uint64_t number)
{
	memcpy((char *)conf + setting->offset, &number, sizeof(number));
}

static bool
has_control(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == '\x7f')
			return true;
	}
	return false;
}

/* The text is not logged: it may be a password, put under a wrong name. */
static bool
set_text(const struct setting *setting, struct conf *conf, const char *where,
    const char *value, size_t length)
{
	char text[CONF_TEXT_MAX];
	const char *fault;

	if (length >= CONF_TEXT_MAX) {
		log_error("conf", "%s: %s must have at most %d bytes", where,
		    setting->name, CONF_TEXT_MAX - 1);
		return false;
	}
	if (!text_is_utf8(value, length) || has_control(value, length)) {
		log_error("conf",
		    "%s: %s must be UTF-8 without control characters", where,
		    setting->name);
		return false;
	}
	memcpy(text, value, length);
	text[length] = '\0';
	fault = setting->check != NULL ? setting->check(text) : NULL;
	if (fault != NULL) {
		log_error("conf", "%s: %s %s", where, setting->name, fault);
		return false;
	}
	memcpy(text_at(setting, conf), text, length + 1);
	return true;
}

static bool
set_number(const struct setting *setting, struct conf *conf, const char *where,
    const char *value, size_t length)
{
	uint64_t number;

	if (!number_parse(
		value, length, setting->minimum, setting->maximum, &number)) {
		log_error("conf",
		    "%s: %s must be a number from %" PRIu64 " to %" PRIu64,
		    where, setting->name, setting->minimum, setting->maximum);
		return false;
	}
	put_number(setting, conf, number);
	return true;
}

/* Whether variable is name in upper case with _ for each dot. */
static bool
is_upper_of(const char *variable, const char *name)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		char c = name[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (c == '.')
			c = '_';
		if (variable[i] != c)
			return false;
	}
	return variable[i] == '\0';
}

size_t
setting_find(const char *name)
{
	size_t i = 0;

	while (i < setting_count && strcmp(settings[i].name, name) != 0)
		i++;
	return i;
}

size_t
setting_find_upper(const char *name)
{
	size_t i = 0;

	while (i < setting_count && !is_upper_of(name, settings[i].name))
		i++;
	return i;
}

void
setting_reset(const struct setting *setting, struct conf *conf)
{
	if (setting->kind == SETTING_NUMBER)
		put_number(setting, conf, setting->number);
	else
		(void)snprintf(
		    text_at(setting, conf), CONF_TEXT_MAX, "%s", setting->text);
}

bool
setting_set(const struct setting *setting, struct conf *conf, const char *where,
    const char *value, size_t length)
{
	if (setting->kind == SETTING_NUMBER)
		return set_number(setting, conf, where, value, length);
	return set_text(setting, conf, where, value, length);
}

void
setting_show(const struct setting *setting, const struct conf *conf,
    char text[CONF_TEXT_MAX])
{
	const char *from = (const char *)conf + setting->offset;
	uint64_t number;

	if (setting->kind == SETTING_NUMBER) {
		memcpy(&number, from, sizeof(number));
		(void)snprintf(text, CONF_TEXT_MAX, "%" PRIu64, number);
	} else if (setting->kind == SETTING_SECRET && from[0] != '\0') {
		(void)snprintf(text, CONF_TEXT_MAX, "(hidden)");
	} else {
		(void)snprintf(text, CONF_TEXT_MAX, "%s", from);
	}
}
