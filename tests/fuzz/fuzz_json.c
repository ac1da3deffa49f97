#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "view/jsontext.h"

#include <jansson.h>
#include <string.h>

#define ARENA_BYTES (16 * 1024 * 1024UL)

/* {"a":1,"in":[{"text":"…"},"…"]} */
static enum err
write_nested(struct arena *arena, const char *text, struct buf *out)
{
	struct jsontext *json = NULL;
	enum err err = jsontext_create(arena, &json);

	assert(err == ERR_OK);
	buf_init(out, arena);
	jsontext_number(json, "a", 1);
	jsontext_array(json, "in");
	jsontext_object(json, NULL);
	jsontext_string(json, "text", text);
	jsontext_close(json);
	jsontext_string(json, NULL, text);
	jsontext_close(json);
	return jsontext_finish(json, out);
}

static void
is_harmless(const struct buf *out)
{
	assert(out->length == strlen(out->data));
	assert(out->data[out->length - 1] == '\n');
	for (size_t i = 0; i + 1 < out->length; i++) {
		unsigned char byte = (unsigned char)out->data[i];

		assert(byte >= 0x20 && strchr("<>&", byte) == NULL);
		/* U+2028 and U+2029; the line feed is behind any of them. */
		if (byte == 0xe2 && (unsigned char)out->data[i + 1] == 0x80)
			assert(
			    ((unsigned char)out->data[i + 2] & 0xfe) != 0xa8);
	}
}

/* What is written holds the text, as another reader of JSON finds it. */
static void
comes_back(const struct buf *out, const char *text)
{
	json_error_t error;
	json_t *root = json_loads(out->data, JSON_REJECT_DUPLICATES, &error);
	json_t *in = json_object_get(root, "in");
	json_t *inner = json_object_get(json_array_get(in, 0), "text");

	assert(root != NULL && json_object_size(root) == 2);
	assert(json_integer_value(json_object_get(root, "a")) == 1);
	assert(json_array_size(in) == 2);
	assert(json_string_length(inner) == strlen(text));
	assert(strcmp(json_string_value(inner), text) == 0);
	assert(json_equal(inner, json_array_get(in, 1)));
	json_decref(root);
}

static void
write_and_read(struct arena *arena, const char *text)
{
	struct buf out;
	enum err err = write_nested(arena, text, &out);

	if (!text_is_utf8(text, strlen(text))) {
		assert(err == ERR_INTERNAL && out.length == 0);
		return;
	}
	assert(err == ERR_OK);
	is_harmless(&out);
	comes_back(&out, text);
}

/* Calls in any order, one a byte: text as a whole, or nothing and why. */
static void
write_in_any_order(struct arena *arena, const uint8_t *data, size_t size)
{
	static const char *const names[] = {NULL, "a", "b", "\xff"};
	struct jsontext *json = NULL;
	struct buf out;
	json_t *root;

	buf_init(&out, arena);
	if (jsontext_create(arena, &json) != ERR_OK)
		return;
	for (size_t i = 0; i < size; i++) {
		const char *name = names[data[i] >> 3 & 3];

		switch (data[i] & 7) {
		case 0:
			jsontext_object(json, name);
			break;
		case 1:
			jsontext_array(json, name);
			break;
		case 2:
			jsontext_close(json);
			break;
		case 3:
			jsontext_string(json, name, names[data[i] >> 5 & 3]);
			break;
		case 4:
			jsontext_number(json, name,
			    data[i] < 128 ? data[i] : UINT64_MAX - data[i]);
			break;
		case 5:
			jsontext_boolean(json, name, data[i] < 128);
			break;
		default:
			jsontext_null(json, name);
		}
	}
	if (size % 5 == 4) {
		jsontext_destroy(json);
		return;
	}
	if (jsontext_finish(json, &out) != ERR_OK) {
		assert(out.length == 0);
		return;
	}
	is_harmless(&out);
	root = json_loads(out.data, JSON_REJECT_DUPLICATES, NULL);
	assert(root != NULL);
	json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	char *repaired;
	char *raw;

	assert(arena != NULL);
	repaired = text_repair(arena, (const char *)data, size, SIZE_MAX);
	raw = arena_copy(arena, data, size);
	assert(repaired != NULL && raw != NULL);
	write_and_read(arena, repaired);
	/* As it is, up to the first NUL: controls, and what is no UTF-8. */
	write_and_read(arena, raw);
	write_in_any_order(arena, data, size);
	arena_destroy(arena);
	/* With little memory. */
	arena = arena_create(0);
	assert(arena != NULL);
	while (arena_alloc(arena, (size_t)64 << size % 5) != NULL)
		continue;
	write_in_any_order(arena, data, size);
	arena_destroy(arena);
	return 0;
}
