/*
 * What header fields have in common (RFC 9110 section 5.6): white space,
 * lists, parameters, names that compare without case. Works on pieces of a
 * text without copying them, and the same in every locale. Knows no header
 * by name.
 */
#ifndef MADANG_WEB_HEADER_H
#define MADANG_WEB_HEADER_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Part of a text that belongs to somebody else; not NUL-terminated. */
struct header_piece {
	const char *data; /* NULL: there is none */
	size_t length;
};

/* The whole of a NUL-terminated text. */
struct header_piece header_whole(const char *text);

/* Without the spaces and tabs at both ends. */
struct header_piece header_trim(struct header_piece piece);

/* Whether both are the same but for the case of ASCII letters. */
bool header_equals(struct header_piece piece, const char *text);

/*
 * Takes the first item of a list off *rest, trimmed, its separator with it.
 * False when the list has no more. An empty list has one empty item.
 */
bool header_next(
    struct header_piece *rest, char separator, struct header_piece *item);

/* What a visitor would take, and how much he would like it. */
struct header_weighted {
	struct header_piece name;
	int weight; /* 0 (not at all) to HEADER_WEIGHT_FULL */
};
#define HEADER_WEIGHT_FULL 1000 /* q=1, in thousandths */

/*
 * Reads an item like "ko-KR" or "gzip;q=0.8" (RFC 9110 section 12.4.2). False
 * when it is broken.
 */
bool header_parse_weighted(
    struct header_piece item, struct header_weighted *weighted);

/*
 * The value of a parameter (name=value or name="value" behind a semicolon),
 * unquoted, in the arena; NULL when the header lacks it, the first when it has
 * several. ERR_MALFORMED for a quote that isn't closed, ERR_NO_MEMORY.
 */
enum err header_parameter(struct arena *arena, struct header_piece header,
    const char *name, const char **value);

#endif
