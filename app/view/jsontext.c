#include "view/jsontext.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* As UTF-8 these two differ in the last byte only: A8 and A9. */
#define SEPARATOR_START "\xe2\x80"

struct jsontext {
	/* What is open, the outermost first; each belongs to the one before. */
	json_t *open[JSONTEXT_DEPTH_MAX];
	size_t depth;
	enum err err;
};

static void
remember(struct jsontext *json, enum err err)
{
	if (json->err == ERR_OK)
		json->err = err;
}

void
jsontext_init(void)
{
	json_object_seed(0); /* at random */
}

enum err
jsontext_create(struct arena *arena, struct jsontext **json)
{
	struct jsontext *created = arena_zalloc(arena, 1, sizeof(*created));

	if (created == NULL)
		return ERR_NO_MEMORY;
	created->open[0] = json_object();
	if (created->open[0] == NULL)
		return ERR_NO_MEMORY;
	created->depth = 1;
	*json = created;
	return ERR_OK;
}

void
jsontext_destroy(struct jsontext *json)
{
	if (json != NULL)
		json_decref(json->open[0]);
}

/* Whether a value may stand here under this name. */
static bool
fits(const json_t *parent, const char *name)
{
	if (json_is_array(parent))
		return name == NULL;
	return name != NULL && json_object_get(parent, name) == NULL &&
	       text_is_utf8(name, strlen(name));
}

/*
 * Puts a value, which now belongs to json, into what is open. NULL stands for
 * one that there was no memory for. False when it could not be put there.
 */
static bool
put(struct jsontext *json, const char *name, json_t *value)
{
	json_t *parent = json->open[json->depth - 1];
	int result;

	if (value == NULL) {
		remember(json, ERR_NO_MEMORY);
		return false;
	}
	if (!fits(parent, name)) {
		remember(json, ERR_INTERNAL);
		json_decref(value);
		return false;
	}
	/* Both free the value when they fail. */
	if (name != NULL)
		result = json_object_set_new(parent, name, value);
	else
		result = json_array_append_new(parent, value);
	if (result != 0)
		remember(json, ERR_NO_MEMORY);
	return result == 0;
}

/* What is put after a failure would go to the wrong place: it goes nowhere. */
static void
open_value(struct jsontext *json, const char *name, json_t *(*create)(void))
{
	json_t *value;

	if (json->err != ERR_OK)
		return;
	if (json->depth == JSONTEXT_DEPTH_MAX) {
		remember(json, ERR_INTERNAL);
		return;
	}
	value = create();
	if (put(json, name, value))
		json->open[json->depth++] = value;
}

void
jsontext_object(struct jsontext *json, const char *name)
{
	open_value(json, name, json_object);
}

void
jsontext_array(struct jsontext *json, const char *name)
{
	open_value(json, name, json_array);
}

void
jsontext_close(struct jsontext *json)
{
	if (json->err != ERR_OK)
		return;
	if (json->depth == 1)
		remember(json, ERR_INTERNAL);
	else
		json->depth--;
}

void
jsontext_string(struct jsontext *json, const char *name, const char *text)
{
	size_t length;

	if (json->err != ERR_OK)
		return;
	if (text == NULL) {
		jsontext_null(json, name);
		return;
	}
	length = strlen(text);
	/* jansson itself would not tell this from a want of memory. */
	if (!text_is_utf8(text, length)) {
		remember(json, ERR_INTERNAL);
		return;
	}
	(void)put(json, name, json_stringn_nocheck(text, length));
}

void
jsontext_number(struct jsontext *json, const char *name, uint64_t number)
{
	if (json->err != ERR_OK)
		return;
	if (number > JSONTEXT_NUMBER_MAX)
		number = JSONTEXT_NUMBER_MAX;
	(void)put(json, name, json_integer((json_int_t)number));
}

void
jsontext_boolean(struct jsontext *json, const char *name, bool value)
{
	if (json->err == ERR_OK)
		(void)put(json, name, json_boolean(value));
}

void
jsontext_null(struct jsontext *json, const char *name)
{
	if (json->err == ERR_OK)
		(void)put(json, name, json_null());
}

/* The escape of what stands at text, and its bytes there; NULL: none. */
static const char *
find_escape(const char *text, size_t *bytes)
{
	*bytes = 1;
	switch (text[0]) {
	case '<':
		return "\\u003c";
	case '>':
		return "\\u003e";
	case '&':
		return "\\u0026";
	default:
		break;
	}
	*bytes = strlen(SEPARATOR_START) + 1;
	if (strncmp(text, SEPARATOR_START, strlen(SEPARATOR_START)) != 0)
		return NULL;
	switch ((unsigned char)text[2]) {
	case 0xa8:
		return "\\u2028";
	case 0xa9:
		return "\\u2029";
	default:
		return NULL;
	}
}

/*
 * In a JSON text these characters can stand in strings only, names included:
 * its own syntax has none of them, and no escape that jansson writes does. So
 * they may be replaced in the finished text without reading it.
 */
static void
append_harmless(struct buf *out, const char *text)
{
	size_t done = 0;
	size_t i = 0;

	while (text[i] != '\0') {
		size_t bytes;
		const char *escape = find_escape(text + i, &bytes);

		if (escape == NULL) {
			i++;
			continue;
		}
		buf_append(out, text + done, i - done);
		buf_text(out, escape);
		i += bytes;
		done = i;
	}
	buf_append(out, text + done, i - done);
}

static enum err
write_text(const struct jsontext *json, struct buf *out)
{
	size_t before = out->length;
	char *text;

	if (json->err != ERR_OK)
		return json->err;
	if (json->depth != 1)
		return ERR_INTERNAL;
	/* All of it is UTF-8 and a tree: only memory can be wanting. */
	text = json_dumps(json->open[0], JSON_COMPACT | JSON_PRESERVE_ORDER);
	if (text == NULL)
		return ERR_NO_MEMORY;
	append_harmless(out, text);
	buf_text(out, "\n");
	free(text);
	if (!out->failed)
		return ERR_OK;
	out->length = before;
	if (out->data != NULL)
		out->data[before] = '\0';
	return ERR_NO_MEMORY;
}

enum err
jsontext_finish(struct jsontext *json, struct buf *out)
{
	enum err err = write_text(json, out);

	jsontext_destroy(json);
	return err;
}
