#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
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
