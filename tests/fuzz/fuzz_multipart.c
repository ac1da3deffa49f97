#include "fuzz.h"

#include "web/multipart.h"

#include <string.h>

#define ARENA_BYTES (16 * 1024 * 1024UL)
#define PARTS_MAX   16

static void
check_pairs(const struct form_pairs *pairs, const char *body, size_t length)
{
	size_t i;

	assert(pairs->count <= PARTS_MAX);
	for (i = 0; i < pairs->count; i++) {
		const struct form_pair *pair = &pairs->list[i];

		assert(pair->name != NULL && pair->value != NULL);
		assert(text_is_utf8(pair->name, strlen(pair->name)));
		assert(strlen(pair->value) == pair->length);
		assert(text_is_utf8(pair->value, pair->length));
		/* A value stands in the body as it is. */
		assert(memmem(body, length, pair->value, pair->length) != NULL);
	}
}

/* The first line of an input is the Content-Type, the rest is the body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct form_pairs pairs = {.max = PARTS_MAX};
	const char *body = size > 0 ? memchr(data, '\n', size) : NULL;
	const char *type;
	size_t length;
	enum err err;

	assert(arena != NULL);
	if (body == NULL) {
		arena_destroy(arena);
		return 0;
	}
	type = arena_copy(arena, data, (size_t)(body - (const char *)data));
	assert(type != NULL);
	body++;
	length = size - (size_t)(body - (const char *)data);
	err = multipart_parse(arena, type, body, length, &pairs);
	assert(
	    err == ERR_OK || err == ERR_MALFORMED || err == ERR_BODY_TOO_LARGE);
	check_pairs(&pairs, body, length);
	arena_destroy(arena);
	return 0;
}
