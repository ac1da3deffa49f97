#include "inspect.h"

#include "board/board.h"
#include "slot.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A line of the report; gives back whether it was a good one. */
static bool __attribute__((format(printf, 2, 3)))
report(bool fine, const char *format, ...)
{
	va_list arguments;

	(void)fputs(fine ? "right  " : "WRONG  ", stdout);
	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)putchar('\n');
	return fine;
}

static bool
inspect_time_zone(const struct conf *conf)
{
	char path[CONF_TEXT_MAX + 32];

	(void)snprintf(
	    path, sizeof(path), "/usr/share/zoneinfo/%s", conf->site.time_zone);
	if (strcmp(conf->site.time_zone, "UTC") == 0 || access(path, R_OK) == 0)
		return report(true, "time zone: %s", conf->site.time_zone);
	return report(false,
	    "time zone: %s is not in /usr/share/zoneinfo (package tzdata); "
	    "times would be shown in UTC",
	    conf->site.time_zone);
}

static bool
inspect_templates(const struct conf *conf)
{
	struct view *view;

	if (view_init() != ERR_OK ||
	    view_create(conf->files.templates, conf->files.assets, 1, &view) !=
		ERR_OK)
		return report(false,
		    "templates: see above; they are read from %s and %s",
		    conf->files.templates, conf->files.assets);
	view_destroy(view);
	return report(
	    true, "templates: all of %s can be used", conf->files.templates);
}

static bool
inspect_advice(struct store *store)
{
	struct board_advice advice[BOARD_ADVICE];
	bool fine = true;

	if (board_advise(store, advice) != ERR_OK)
		return report(false, "Redis: its settings can't be read");
	for (size_t i = 0; i < BOARD_ADVICE; i++) {
		const struct board_advice *one = &advice[i];

		if (one->found == NULL)
			fine &= report(false,
			    "Redis: it doesn't tell its %s; make sure that "
			    "it is %s, or %s",
			    one->setting, one->wanted, one->reason);
		else if (strcmp(one->found, one->wanted) == 0)
			(void)report(
			    true, "Redis: %s is %s", one->setting, one->found);
		else
			fine &= report(false,
			    "Redis: %s is %s; it should be %s, or %s",
			    one->setting, one->found, one->wanted, one->reason);
	}
	return fine;
}

static bool
inspect_redis(const struct conf *conf, struct pool *pool, struct arena *arena)
{
	struct store store = slot_store(conf, pool, arena);
	enum err err = board_ping(&store);

	if (err == ERR_CONFIG)
		return report(false,
		    "Redis: %s holds keys that this Madang does not know",
		    conf->redis.address);
	if (err != ERR_OK)
		return report(false, "Redis: %s does not answer: see above",
		    conf->redis.address);
	(void)report(true, "Redis: %s answers", conf->redis.address);
	return inspect_advice(&store);
}

bool
inspect_all(worker_load *load, void *context, const char *config)
{
	struct arena *arena;
	struct pool *pool = NULL;
	struct conf conf;
	bool fine;

	if (load(context, &conf) != ERR_OK)
		return report(false, "settings: see above");
	(void)report(true, "settings: %s",
	    config != NULL ? config : "no file, so the defaults");
	fine = inspect_time_zone(&conf);
	fine &= inspect_templates(&conf);
	arena = arena_create((size_t)conf.limits.request_bytes);
	if (arena != NULL && slot_pool_create(&conf, &pool) == ERR_OK)
		fine &= inspect_redis(&conf, pool, arena);
	else
		fine = report(false, "memory: there is none");
	pool_destroy(pool);
	arena_destroy(arena);
	return fine;
}
