#include "base/log.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/digest.h"
#include "base/logline.h"
#include "base/logplace.h"
#include "base/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MODULE "log"

/* Room for a character that the end of a line would cut. */
#define MESSAGE_MAX_BYTES (LOGLINE_MAX_BYTES + 4)

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
};

/* What log_begin said. */
static atomic_bool as_json;
static atomic_uint least_level = LOG_LEVEL_INFO;

/* Lines that went to standard error since their own place failed. */
static atomic_uint_fast64_t astray;
static atomic_int astray_why; /* errno */

static _Thread_local const char *current_request;

static log_sink *current_sink;
static void *sink_context;

/* Of what is said seldom so much is remembered: more than can be wrong. */
#define SAID_PLACES 16

struct said {
	uint64_t hash; /* of the module and the key */
	uint64_t until_us;
	uint64_t more; /* that were left out */
};

static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;
static struct said said[SAID_PLACES];

void
log_set_sink(log_sink *sink, void *context)
{
	current_sink = sink;
	sink_context = context;
}

void
log_set_request(const char *id)
{
	current_request = id;
}

const char *
log_request(void)
{
	return current_request != NULL ? current_request : "";
}

/* False: not where it belongs; errno tells why. */
static bool
put_line(enum log_level level, const char *module, const char *message)
{
	const struct logline logline = {.level = level,
	    .module = module,
	    .message = message,
	    .request = log_request(),
	    .time = !logplace_has_time()};
	char line[LOGLINE_MAX_BYTES];
	size_t length = atomic_load(&as_json) ? logline_json(line, &logline)
					      : logline_text(line, &logline);

	return logplace_write(level, line, length);
}

/* The first line that is where it belongs again says what is missing there. */
static void
tell_astray(void)
{
	int why = atomic_load(&astray_why);
	char message[128];
	uint64_t lines = atomic_exchange(&astray, 0);

	if (lines == 0)
		return;
	(void)snprintf(message, sizeof(message),
	    "%" PRIu64 " lines before the last one could not be written here "
	    "and went to standard error: %s",
	    lines, strerror(why));
	if (!put_line(LOG_LEVEL_WARNING, MODULE, message))
		atomic_fetch_add(&astray, lines + 1);
}

/* To its place, or to standard error. */
static void
write_line(enum log_level level, const char *module, const char *message)
{
	if (put_line(level, module, message)) {
		if (atomic_load_explicit(&astray, memory_order_relaxed) > 0)
			tell_astray();
		return;
	}
	atomic_store(&astray_why, errno);
	atomic_fetch_add(&astray, 1);
	metrics_add(METRIC_LOG_ASTRAY, 1);
}

static void __attribute__((format(printf, 3, 0)))
log_write(enum log_level level, const char *module, const char *format,
    va_list arguments)
{
	char message[MESSAGE_MAX_BYTES];
	int saved_errno = errno;

	if (vsnprintf(message, sizeof(message), format, arguments) < 0)
		message[0] = '\0';
	if (current_sink != NULL) {
		char line[LOGLINE_MAX_BYTES];
		size_t length = logline_escape(line, sizeof(line) - 1, message);

		line[length] = '\0';
		current_sink(sink_context, level, module, line);
	} else if (level <= atomic_load(&least_level)) {
		write_line(level, module, message);
		metrics_add(
		    (enum metric)(METRIC_LOG_ERRORS + (unsigned)level), 1);
	}
	errno = saved_errno;
}

enum err
log_begin(const struct conf *conf)
{
	unsigned level = LOG_LEVEL_ERROR;

	if (!logplace_open(conf->log.to)) {
		log_error(MODULE, "can't write to %s: %s", conf->log.to,
		    strerror(errno));
		return ERR_CONFIG;
	}
	while (level < LOG_LEVEL_INFO &&
	       strcmp(level_names[level], conf->log.level) != 0)
		level++;
	atomic_store(&least_level, level);
	atomic_store(&as_json, strcmp(conf->log.format, "json") == 0);
	return ERR_OK;
}

void
log_error(const char *module, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(LOG_LEVEL_ERROR, module, format, arguments);
	va_end(arguments);
}

void
log_warning(const char *module, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(LOG_LEVEL_WARNING, module, format, arguments);
	va_end(arguments);
}

void
log_info(const char *module, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(LOG_LEVEL_INFO, module, format, arguments);
	va_end(arguments);
}

/* Where it is remembered, or in the place of the oldest. Under the lock. */
static struct said *
find_said(uint64_t hash)
{
	struct said *oldest = &said[0];

	for (size_t i = 0; i < SAID_PLACES; i++) {
		if (said[i].hash == hash)
			return &said[i];
		if (said[i].until_us < oldest->until_us)
			oldest = &said[i];
	}
	*oldest = (struct said){.hash = hash};
	return oldest;
}

/* Whether to say it now; and how many were left out before. */
static bool
is_time_to_say(const char *module, const char *key, uint64_t *more)
{
	/* Two that collide are one: a line is missing for a minute. */
	uint64_t hash =
	    digest_quick(digest_quick(DIGEST_QUICK, module, strlen(module)),
		key, strlen(key));
	uint64_t now = clock_monotonic_us();
	struct said *place;
	bool now_is_it;

	pthread_mutex_lock(&said_lock);
	place = find_said(hash);
	now_is_it = now >= place->until_us;
	*more = place->more;
	place->more = now_is_it ? 0 : place->more + 1;
	if (now_is_it)
		place->until_us = now + LOG_SELDOM_US;
	pthread_mutex_unlock(&said_lock);
	return now_is_it;
}

static void __attribute__((format(printf, 3, 4)))
log_whole(enum log_level level, const char *module, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write(level, module, format, arguments);
	va_end(arguments);
}

void
log_seldom(enum log_level level, const char *module, const char *key,
    const char *format, ...)
{
	char message[MESSAGE_MAX_BYTES];
	int saved_errno = errno;
	va_list arguments;
	uint64_t more;

	if (!is_time_to_say(module, key, &more))
		return;
	va_start(arguments, format);
	if (vsnprintf(message, sizeof(message), format, arguments) < 0)
		message[0] = '\0';
	va_end(arguments);
	if (more > 0)
		log_whole(level, module, "%s (and %llu times before)", message,
		    (unsigned long long)more);
	else
		log_whole(level, module, "%s", message);
	errno = saved_errno;
}
