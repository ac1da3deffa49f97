/*
 * What a line of the log looks like: as text or as JSON, whatever bytes are in
 * it. Knows not where it goes.
 */
#ifndef MADANG_BASE_LOGLINE_H
#define MADANG_BASE_LOGLINE_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

/* A line with its newline: below PIPE_BUF, so that a pipe keeps it whole. */
#define LOGLINE_MAX_BYTES 1024

struct logline {
	enum log_level level;
	const char *module;
	const char *message; /* any bytes */
	const char *request; /* hexadecimal digits; "": it is of none */
	bool time;	     /* in text; JSON has one always */
};

/*
 * The message with what would upset a terminal or a reader of lines as \xNN:
 * UTF-8 without control characters. Stops before the first character that
 * doesn't fit into room bytes. Gives the bytes written; no NUL is behind them.
 */
size_t logline_escape(char *out, size_t room, const char *text);

/*
 * "2026-01-31T12:00:00Z warning pool: … (request 3f9c…)", and a newline. What
 * is too long loses the end of its message. Gives the bytes written.
 */
size_t logline_text(
    char line[LOGLINE_MAX_BYTES], const struct logline *logline);

/*
 * {"time": "2026-01-31T12:00:00.000Z", "level": …, "module": …, "pid": …,
 * "message": …, "request": …}, without blanks, and a newline; likewise. The
 * message reads as it does in text; request is not there when it is "".
 */
size_t logline_json(
    char line[LOGLINE_MAX_BYTES], const struct logline *logline);

#endif
