/*
 * Forms: what a body holds, read against a table of the fields that a page
 * declares. A page never sees an undeclared field or an undecoded byte.
 * application/x-www-form-urlencoded (WHATWG URL, section 5) here,
 * multipart/form-data (RFC 7578) in web/multipart.
 */
#ifndef MADANG_WEB_FORM_H
#define MADANG_WEB_FORM_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum form_kind {
	FORM_LINE,  /* one line of people's text, cleaned */
	FORM_TEXT,  /* lines of people's text, cleaned */
	FORM_TOKEN, /* ours, coming back: kept as it is, 1 to max_chars bytes */
	FORM_PASSWORD /* any UTF-8, kept as it is, 1 to max_chars bytes */
};

struct form_field {
	const char *name;
	enum form_kind kind;
	size_t max_chars;
};

enum form_state { FORM_ABSENT, FORM_VALID, FORM_INVALID };

struct form_value {
	enum form_state state;
	/* Why it is FORM_INVALID; TEXT_EMPTY also where it is FORM_ABSENT. */
	enum text_problem problem;
	const char *typed; /* as it came, to be shown again; "" when absent */
	const char *text;  /* cleaned; what is stored; "" when absent */
	size_t length;	   /* of text, bytes */
	size_t chars;	   /* of text, as people count */
};

/* A name and a value as they came, decoded. */
struct form_pair {
	const char *name;
	const char *value;
	size_t length; /* of value; it has no NUL inside */
};

struct form_pairs {
	struct form_pair *list;
	size_t count;
	size_t max; /* over it: ERR_BODY_TOO_LARGE */
};

/*
 * Reads a body by its Content-Type into values[i] for fields[i]. Of a field
 * sent twice the first counts. max_fields bounds what was sent, declared or
 * not. ERR_MALFORMED (broken encoding, invalid UTF-8, NUL), ERR_MEDIA_TYPE,
 * ERR_BODY_TOO_LARGE (too many fields), ERR_NO_MEMORY. That a field is absent
 * or invalid is no error: its value says so.
 */
enum err form_read(struct arena *arena, const char *content_type,
    const char *body, size_t length, size_t max_fields,
    const struct form_field *fields, size_t count, struct form_value *values);

/* The same for a query string: "posted=3". */
enum err form_read_query(struct arena *arena, const char *query,
    size_t max_fields, const struct form_field *fields, size_t count,
    struct form_value *values);

/*
 * Decodes "a=b&c=d" into pairs, whose list it allocates. ERR_MALFORMED for a
 * % that is not followed by two hexadecimal digits, for NUL and for invalid
 * UTF-8.
 */
enum err form_parse_urlencoded(struct arena *arena, const char *data,
    size_t length, struct form_pairs *pairs);

#endif
