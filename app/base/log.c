#include "base/log.h"

#include "base/clock.h"
#include "base/digest.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <utf8proc.h>

/* A line with its newline: below PIPE_BUF, so that a pipe keeps it whole. */
#define LINE_MAX_BYTES 1024

/* Room for a character that the end of a line would cut. */
#define MESSAGE_MAX_BYTES (LINE_MAX_BYTES + 4)

static const char *const level_words[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
};

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

/* Bytes of the character at text that can be shown as it is; 0: none. */
static size_t
printable_bytes(const char *text, size_t length)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t bytes = utf8proc_iterate(
	    (const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &c);

	if (bytes <= 0 || utf8proc_category(c) == UTF8PROC_CATEGORY_CC)
		return 0;
	return (size_t)bytes;
}

/*
 * Copies text to out, what would upset a terminal or a reader of lines as
 * \xNN. Stops before the first character that doesn't fit into room bytes.
 * Returns the bytes written; there is no NUL behind them.
 */
static size_t
escape(char *out, size_t room, const char *text)
{
	size_t length = strlen(text);
	size_t written = 0;
	size_t i = 0;

	while (i < length) {
		size_t bytes = printable_bytes(text + i, length - i);
		char code[sizeof("\\xNN")];

		if (bytes > room - written ||
		    (bytes == 0 && room - written < sizeof(code) - 1))
			break;
		if (bytes > 0) {
			memcpy(out + written, text + i, bytes);
			written += bytes;
			i += bytes;
			continue;
		}
		(void)snprintf(code, sizeof(code), "\\x%02X",
		    (unsigned)(unsigned char)text[i]);
		memcpy(out + written, code, sizeof(code) - 1);
		written += sizeof(code) - 1;
		i++;
	}
	return written;
}

/* "2026-01-31T12:00:00Z warning pool: ", into size bytes. */
static size_t
write_prefix(char *line, size_t size, enum log_level level, const char *module)
{
	struct tm utc;
	time_t now = time(NULL);
	size_t length = 0;
	int added;

	/* The journal puts its own time in front. */
	if (getenv("JOURNAL_STREAM") == NULL && gmtime_r(&now, &utc) != NULL)
		length = strftime(line, size, "%Y-%m-%dT%H:%M:%SZ ", &utc);
	added = snprintf(line + length, size - length,
	    "%s %s: ", level_words[level], module);
	if (added < 0)
		return length;
	if ((size_t)added >= size - length)
		return size - 1;
	return length + (size_t)added;
}

static void __attribute__((format(printf, 3, 0)))
log_write(enum log_level level, const char *module, const char *format,
    va_list arguments)
{
	char message[MESSAGE_MAX_BYTES];
	char line[LINE_MAX_BYTES];
	int saved_errno = errno;
	size_t length = 0;

	if (vsnprintf(message, sizeof(message), format, arguments) < 0)
		message[0] = '\0';
	if (current_sink == NULL)
		length = write_prefix(line, sizeof(line), level, module);
	length += escape(line + length, sizeof(line) - 1 - length, message);
	if (current_sink != NULL) {
		line[length] = '\0';
		current_sink(sink_context, level, module, line);
	} else {
		line[length++] = '\n';
		/* A failure is ignored: there is nobody left to tell. */
		if (write(STDERR_FILENO, line, length) < 0)
			errno = saved_errno;
	}
	errno = saved_errno;
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
