/*
 * The settings: conf/madang.hdf says what each is for, the table in setting.c
 * knows its name, type, range and default, and the struct below holds what is
 * in force. Read once at start (and on SIGHUP into a new struct); constant
 * afterwards, shared by all threads.
 *
 * The file is a subset of HDF: `name = value`, `section { … }`, `# comment`.
 * A name may be dotted. Text values may be quoted with ". Each setting can be
 * overridden by the environment: redis.wait_ms is MADANG_REDIS_WAIT_MS.
 */
#ifndef MADANG_BASE_CONF_H
#define MADANG_BASE_CONF_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define CONF_TEXT_MAX 512 /* bytes of a text setting, its NUL included */

struct conf {
	char listen[CONF_TEXT_MAX];	 /* a path, or host:port; "" is fd 0 */
	uint64_t listen_beyond_loopback; /* 0 or 1 */
	uint64_t slots;
	uint64_t linger_ms; /* goes on serving for so long after SIGTERM */

	struct {
		char title[CONF_TEXT_MAX];
		char url[CONF_TEXT_MAX];       /* see conf_site_path; "" */
		char language[CONF_TEXT_MAX];  /* "en" or "ko" */
		char time_zone[CONF_TEXT_MAX]; /* "Asia/Seoul" */
		uint64_t page_size;	       /* posts on a list page */
		uint64_t home_size;	       /* posts below the form of / */
		uint64_t latest_size;	       /* posts on /latest */
		uint64_t replies_size;	       /* replies on a post's page */
	} site;

	struct {
		char templates[CONF_TEXT_MAX]; /* folder of *.cs and *.hdf */
		char assets[CONF_TEXT_MAX];    /* assets.hdf, made by make */
	} files;

	struct {
		char folder[CONF_TEXT_MAX]; /* of the page store; "": none */
		uint64_t files;
		uint64_t bytes;
	} pages;

	struct {
		char address[CONF_TEXT_MAX]; /* /path, or host:port */
		char user[CONF_TEXT_MAX];
		char password[CONF_TEXT_MAX];
		uint64_t database;
		char prefix[CONF_TEXT_MAX]; /* of every key */
		uint64_t connect_ms;
		uint64_t command_ms;
		uint64_t wait_ms; /* for a free connection */
	} redis;

	struct {
		uint64_t name_chars;
		uint64_t title_chars;
		uint64_t text_chars;
		uint64_t once_seconds; /* the same post again is the first */
		uint64_t trash_days;   /* till what was deleted is gone */
		char pepper[CONF_TEXT_MAX]; /* of private links and digests */
	} post;

	struct {
		uint64_t client_burst; /* writes at once; 0: no limit */
		uint64_t client_per_hour;
		uint64_t all_burst; /* likewise, of a board */
		uint64_t all_per_hour;
		char unlimited[CONF_TEXT_MAX]; /* networks; base/client.h */
		char proxies[CONF_TEXT_MAX];   /* likewise */
	} writing;

	struct {
		uint64_t body_bytes;
		uint64_t fields;
		uint64_t header_bytes; /* of the CGI environment */
		uint64_t uri_bytes;
		uint64_t body_ms;	/* for the whole body to arrive */
		uint64_t queue_ms;	/* till a slot takes a request */
		uint64_t request_bytes; /* memory of one request */
	} limits;

	struct {
		char to[CONF_TEXT_MAX];	    /* see base/logplace.h */
		char format[CONF_TEXT_MAX]; /* "text" or "json" */
		char level[CONF_TEXT_MAX];  /* "error", "warning", "info" */
		uint64_t requests;	    /* 0 or 1 */
	} log;

	struct {
		char allow[CONF_TEXT_MAX]; /* networks; base/client.h */
	} watch;

	/* 0 or 1: what a worker gives up at start; see base/confine.h */
	struct {
		uint64_t privileges;
		uint64_t files;
		uint64_t system_calls;
		uint64_t core_dumps;
	} confine;
};

/* Every setting's default. */
void conf_defaults(struct conf *conf);

/*
 * Defaults, then the file (NULL: none), then the environment's MADANG_…
 * variables. ERR_CONFIG after one log line per fault, each with file and
 * line, or the variable's name: an unknown setting, a value that is no number
 * or out of range, a file that can't be read, is no UTF-8 or breaks the
 * format. All faults are logged, not only the first; *conf is then undefined.
 */
enum err conf_load(struct conf *conf, const char *path);

/*
 * The settings of a file's bytes over those in *conf; name stands for the
 * file in the log. What conf_load uses for its file, and what tests and
 * the fuzzer call.
 */
enum err conf_parse(
    struct conf *conf, const char *name, const char *data, size_t length);

/*
 * The path in site.url, below which the board stands: "/board" of
 * "https://example.org/board", spelled as http_request.base is. "": it has
 * none, or nothing is set.
 */
const char *conf_site_path(const struct conf *conf);

/*
 * The i-th setting's dotted name, or NULL past the last; and its value in
 * *conf as text, into the caller's buffer. For tests and `madang check`.
 * A password that is set reads "(hidden)".
 */
const char *conf_name(size_t i);
void conf_value(const struct conf *conf, size_t i, char text[CONF_TEXT_MAX]);

#endif
