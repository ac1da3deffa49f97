#include "fuzz.h"

#include "web/form.h"

#include <string.h>

#define ARENA_BYTES (16 * 1024 * 1024UL)
#define FIELDS_MAX  16

enum { NAME, DATA, TOKEN, FIELDS };
static const struct form_field fields[FIELDS] = {
    [NAME] = {"full_name", FORM_LINE, 40},
    [DATA] = {"data", FORM_TEXT, 100},
    [TOKEN] = {"once", FORM_TOKEN, 10},
};

static void
check_value(const struct form_field *field, const struct form_value *value)
{
	assert(text_is_utf8(value->typed, strlen(value->typed)));
	assert(strlen(value->text) == value->length);
	assert(text_is_utf8(value->text, value->length));
	assert((value->state == FORM_VALID) == (value->problem == TEXT_FINE));
	if (value->state == FORM_VALID)
		assert(value->chars > 0 && value->chars <= field->max_chars);
	if (value->state == FORM_ABSENT)
		assert(value->typed[0] == '\0' && value->length == 0);
}

/* Pairs are UTF-8 without NUL, and no more than were asked for. */
static void
check_pairs(struct arena *arena, const char *data, size_t length, enum err read)
{
	struct form_pairs pairs = {.max = FIELDS_MAX};
	enum err err = form_parse_urlencoded(arena, data, length, &pairs);
	size_t i;

	assert(err == read && pairs.count <= FIELDS_MAX);
	for (i = 0; i < pairs.count; i++) {
		const struct form_pair *pair = &pairs.list[i];

		assert(text_is_utf8(pair->name, strlen(pair->name)));
		assert(strlen(pair->value) == pair->length);
		assert(text_is_utf8(pair->value, pair->length));
	}
}

/* The same as a query, and as the content type of a body. */
static void
check_others(struct arena *arena, const char *data, size_t size, enum err read)
{
	struct form_value values[FIELDS];
	char *text = arena_copy(arena, data, size);
	enum err err;

	assert(text != NULL);
	err = form_read_query(arena, text, FIELDS_MAX, fields, FIELDS, values);
	assert(strlen(text) < size || err == read);
	for (size_t i = 0; i < FIELDS; i++)
		check_value(&fields[i], &values[i]);
	err = form_read(
	    arena, text, data, size, FIELDS_MAX, fields, FIELDS, values);
	assert(err == ERR_OK || err == ERR_MALFORMED || err == ERR_MEDIA_TYPE ||
	       err == ERR_BODY_TOO_LARGE);
	for (size_t i = 0; i < FIELDS; i++)
		check_value(&fields[i], &values[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct form_value values[FIELDS];
	enum err err;
	size_t i;

	assert(arena != NULL);
	err = form_read(arena, "application/x-www-form-urlencoded",
	    (const char *)data, size, FIELDS_MAX, fields, FIELDS, values);
	assert(
	    err == ERR_OK || err == ERR_MALFORMED || err == ERR_BODY_TOO_LARGE);
	for (i = 0; i < FIELDS; i++)
		check_value(&fields[i], &values[i]);
	check_pairs(arena, (const char *)data, size, err);
	check_others(arena, (const char *)data, size, err);
	arena_destroy(arena);
	return 0;
}
