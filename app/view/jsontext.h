/*
 * JSON (RFC 8259), through jansson, whose header only this module includes. A
 * page opens objects and arrays, puts values into them and closes them; the
 * text is written at the end, or not at all. Until then jansson keeps it in
 * memory of its own, beside the request's. Knows no page.
 *
 *	jsontext_create(arena, &json)
 *	jsontext_number(json, "total", 1);
 *	jsontext_array(json, "posts");
 *	jsontext_object(json, NULL);
 *	jsontext_string(json, "name", post->name);
 *	jsontext_close(json);
 *	jsontext_close(json);
 *	jsontext_finish(json, out)
 *
 * is {"total":1,"posts":[{"name":"…"}]} and a line feed.
 */
#ifndef MADANG_VIEW_JSONTEXT_H
#define MADANG_VIEW_JSONTEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The most objects and arrays in each other, the outermost counted. */
#define JSONTEXT_DEPTH_MAX 8

/* Above it readers round: RFC 7493, section 2.2. */
#define JSONTEXT_NUMBER_MAX ((UINT64_C(1) << 53) - 1)

struct jsontext;

/*
 * Once, before there are threads, and while /dev/urandom is in reach: jansson
 * would seed its hashes when the first object is made.
 */
void jsontext_init(void);

/*
 * The outermost value is an object, and is open. What is put into it lives on
 * the heap until jsontext_finish or jsontext_destroy: each jsontext needs one
 * of them, and the arena must live until then. ERR_NO_MEMORY.
 */
enum err jsontext_create(struct arena *arena, struct jsontext **json);

/*
 * For ways on which nothing is written; NULL is fine. Not after
 * jsontext_finish.
 */
void jsontext_destroy(struct jsontext *json);

/*
 * In an object a value has a name, in an array NULL. Values stay in their
 * order. A failure is remembered and returned by jsontext_finish, so that a
 * run of these needs no test: ERR_NO_MEMORY; ERR_INTERNAL for a name too many
 * or too few, one that is there already, one too many to close, and for
 * nesting that is too deep.
 */
void jsontext_object(struct jsontext *json, const char *name);
void jsontext_array(struct jsontext *json, const char *name);
void jsontext_close(struct jsontext *json);

/* text is copied; what is not UTF-8 is ERR_INTERNAL, NULL becomes null. */
void jsontext_string(struct jsontext *json, const char *name, const char *text);
/* Above JSONTEXT_NUMBER_MAX it is that. */
void jsontext_number(struct jsontext *json, const char *name, uint64_t number);
void jsontext_boolean(struct jsontext *json, const char *name, bool value);
void jsontext_null(struct jsontext *json, const char *name);

/*
 * Appends the text, without white space, and a line feed to out, and frees
 * what json holds. No <, >, &, U+2028 and U+2029 are in it but as escapes, so
 * that it does no harm where someone puts it into HTML or a script. On an
 * error nothing is appended: the first one that is remembered, ERR_INTERNAL
 * when something beside the outermost object is open, ERR_NO_MEMORY.
 */
enum err jsontext_finish(struct jsontext *json, struct buf *out);

#endif
