/*
 * The table of settings: each one's name, kind, range, default, and its place
 * in struct conf. For base/conf and the command line. A new setting is a field
 * in conf.h, a row in setting.c and some lines in conf/madang.hdf.
 */
#ifndef MADANG_BASE_SETTING_H
#define MADANG_BASE_SETTING_H

#include "base/conf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A secret is a text that neither the log nor anyone else gets to see. */
enum setting_kind { SETTING_TEXT, SETTING_SECRET, SETTING_NUMBER };

struct setting {
	const char *name; /* dotted */
	enum setting_kind kind;
	size_t offset; /* in struct conf: char[CONF_TEXT_MAX] or uint64_t */
	const char *text;
	/* What a text must be, for the log, or NULL. Absent: any will do. */
	const char *(*check)(const char *text);
	uint64_t number;
	uint64_t minimum;
	uint64_t maximum;
};

/* No fewer than there are: for a caller's array with one place for each. */
#define SETTINGS_MAX 64

extern const struct setting settings[];
extern const size_t setting_count;

/* The index of a dotted name, or setting_count. */
size_t setting_find(const char *name);

/* The index for REDIS_USER (redis.user), or setting_count. */
size_t setting_find_upper(const char *name);

/* Puts the default into conf. */
void setting_reset(const struct setting *setting, struct conf *conf);

/*
 * Puts a value of length bytes into conf, or returns false after a log line
 * that begins with where ("conf/madang.hdf:12").
 */
bool setting_set(const struct setting *setting, struct conf *conf,
    const char *where, const char *value, size_t length);

/* The value in conf as text; a secret that is set reads "(hidden)". */
void setting_show(const struct setting *setting, const struct conf *conf,
    char text[CONF_TEXT_MAX]);

#endif
