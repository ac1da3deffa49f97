#include "base/logline.h"

#include "base/clock.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <utf8proc.h>

/* What stands behind a message: a request's 32 digits, and marks. */
#define END_MAX_BYTES 64

/* A character of a message as it is written: "\xNN" with its \ doubled. */
#define CHARACTER_MAX_BYTES 8

static const char *const level_words[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
};

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
 * How the character of so many bytes (0: none that can be shown) is written.
 * In a string of JSON all that is left to escape are these two (RFC 8259,
 * section 7): control characters are none any more.
 */
static size_t
write_character(
    char out[CHARACTER_MAX_BYTES], const char *text, size_t bytes, bool json)
{
	if (bytes == 0)
		return (size_t)snprintf(out, CHARACTER_MAX_BYTES, "%s\\x%02X",
		    json ? "\\" : "", (unsigned)(unsigned char)*text);
	if (json && (*text == '"' || *text == '\\')) {
		out[0] = '\\';
		out[1] = *text;
		return 2;
	}
	memcpy(out, text, bytes);
	return bytes;
}

static size_t
escape(char *out, size_t room, const char *text, bool json)
{
	size_t left = strlen(text);
	size_t written = 0;

	while (left > 0) {
		char character[CHARACTER_MAX_BYTES];
		size_t bytes = printable_bytes(text, left);
		size_t length = write_character(character, text, bytes, json);

		if (length > room - written)
			break;
		memcpy(out + written, character, length);
		written += length;
		bytes = bytes > 0 ? bytes : 1;
		text += bytes;
		left -= bytes;
	}
	return written;
}

size_t
logline_escape(char *out, size_t room, const char *text)
{
	return escape(out, room, text, false);
}

/* What was printed of size bytes, whatever of it there was no room for. */
static size_t
printed(int length, size_t size)
{
	if (length < 0)
		return 0;
	return (size_t)length < size ? (size_t)length : size - 1;
}

/* "2026-01-31T12:00:00", without a zone. */
static size_t
write_time(char *line, size_t size, time_t now)
{
	struct tm utc;

	if (gmtime_r(&now, &utc) == NULL)
		return 0;
	return strftime(line, size, "%Y-%m-%dT%H:%M:%S", &utc);
}

/* Puts the end behind the message, for which there is always room. */
static size_t
finish(char *line, size_t length, const char *end)
{
	size_t bytes = strlen(end);

	memcpy(line + length, end, bytes);
	return length + bytes;
}

size_t
logline_text(char line[LOGLINE_MAX_BYTES], const struct logline *logline)
{
	char end[END_MAX_BYTES] = "\n";
	size_t length = 0;

	if (logline->request[0] != '\0')
		(void)snprintf(
		    end, sizeof(end), " (request %.32s)\n", logline->request);
	if (logline->time) {
		length = write_time(line, LOGLINE_MAX_BYTES, time(NULL));
		length += length > 0 ? finish(line + length, 0, "Z ") : 0;
	}
	length += printed(
	    snprintf(line + length, LOGLINE_MAX_BYTES / 2,
		"%s %s: ", level_words[logline->level], logline->module),
	    LOGLINE_MAX_BYTES / 2);
	length += escape(line + length,
	    LOGLINE_MAX_BYTES - strlen(end) - length, logline->message, false);
	return finish(line, length, end);
}

size_t
logline_json(char line[LOGLINE_MAX_BYTES], const struct logline *logline)
{
	uint64_t now = clock_unix_ms();
	char when[32] = "";
	char end[END_MAX_BYTES] = "\"}\n";
	size_t length;

	(void)write_time(when, sizeof(when), (time_t)(now / 1000));
	if (logline->request[0] != '\0')
		(void)snprintf(end, sizeof(end), "\",\"request\":\"%.32s\"}\n",
		    logline->request);
	length = printed(
	    snprintf(line, LOGLINE_MAX_BYTES / 2,
		"{\"time\":\"%s.%03uZ\",\"level\":\"%s\",\"module\":\"%.32s\","
		"\"pid\":%ld,\"message\":\"",
		when, (unsigned)(now % 1000), level_words[logline->level],
		logline->module, (long)getpid()),
	    LOGLINE_MAX_BYTES / 2);
	length += escape(line + length,
	    LOGLINE_MAX_BYTES - strlen(end) - length, logline->message, true);
	return finish(line, length, end);
}
