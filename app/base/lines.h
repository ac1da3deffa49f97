/*
 * Lines of text in a gzip file that is written or read in one go, in a memory
 * that does not grow with it. Both sides add up the SHA-256 of what the lines
 * are before they are compressed: whoever writes the last line can put there
 * what was before it. Knows no content.
 */
#ifndef MADANG_BASE_LINES_H
#define MADANG_BASE_LINES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_DIGEST_BYTES 65 /* 64 hexadecimal digits and a NUL */

struct lines_out;
struct lines_in;

/* To a file that is open; it stays open. ERR_NO_MEMORY. */
enum err lines_create(int file, struct lines_out **out);
void lines_discard(struct lines_out *out); /* NULL is fine */

/* One line, without its line feed. False: see errno. */
bool lines_write(struct lines_out *out, const char *line, size_t length);

/* The digest of all lines so far, each with its line feed. */
void lines_out_digest(
    const struct lines_out *out, char digest[LINES_DIGEST_BYTES]);

/* Ends the file's format; writes what is left. False: see errno. */
bool lines_finish(struct lines_out *out);

/* From a file that is open; it stays open. ERR_NO_MEMORY. */
enum err lines_open(int file, size_t longest, struct lines_in **in);
void lines_close(struct lines_in *in); /* NULL is fine */

enum lines_end {
	LINES_LINE,	   /* there is one */
	LINES_END,	   /* the file is whole, and its last line was read */
	LINES_READ_FAILED, /* see errno */
	LINES_NO_GZIP,	   /* it doesn't begin as such a file */
	LINES_DAMAGED,	   /* a checksum, or what can't be unpacked */
	LINES_CUT,	   /* it ends before its end */
	LINES_TOO_LONG,	   /* a line has more than longest bytes */
	LINES_MORE,	   /* something follows its end */
	LINES_NO_MEMORY
};

/*
 * The next line, without its line feed and without a NUL, till the next call.
 * After anything but LINES_LINE there is nothing more to be read.
 */
enum lines_end lines_read(
    struct lines_in *in, const char **line, size_t *length);

/*
 * The digest of the lines before the one that lines_read gave last, and how
 * many there are with it.
 */
void lines_in_digest(
    const struct lines_in *in, char digest[LINES_DIGEST_BYTES]);
uint64_t lines_in_number(const struct lines_in *in);
/* How much of the file was taken. */
uint64_t lines_in_bytes(const struct lines_in *in);

#endif
