#include "fuzz.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

#define ARENA_BYTES (4 * 1024 * 1024UL)

/* Cleaned text is UTF-8, and cleaning it again changes nothing. */
static void
clean(struct arena *arena, const char *data, size_t length, bool one_line)
{
	const struct text_rules rules = {
	    .one_line = one_line, .max_chars = 100};
	struct text once = {.data = NULL};
	struct text twice = {.data = NULL};
	enum err err = text_clean(arena, data, length, &rules, &once);

	assert((err == ERR_OK) == text_is_utf8(data, length));
	if (err != ERR_OK)
		return;
	assert(strlen(once.data) == once.length);
	assert(text_is_utf8(once.data, once.length));
	assert(once.chars <= once.length);
	assert(once.problem != TEXT_FINE || once.chars <= rules.max_chars);
	err = text_clean(arena, once.data, once.length, &rules, &twice);
	assert(err == ERR_OK);
	assert(once.length == twice.length && once.chars == twice.chars);
	assert(once.problem == twice.problem);
	assert(memcmp(once.data, twice.data, once.length) == 0);
}

/* Repaired text is UTF-8, as long as allowed, and needs no more repair. */
static void
repair(struct arena *arena, const char *data, size_t length, size_t max_bytes)
{
	char *once = text_repair(arena, data, length, max_bytes);
	char *twice;

	assert(once != NULL && strlen(once) <= max_bytes);
	assert(text_is_utf8(once, strlen(once)));
	assert(strchr(once, '\r') == NULL);
	twice = text_repair(arena, once, strlen(once), max_bytes);
	assert(twice != NULL && strcmp(once, twice) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);

	assert(arena != NULL);
	clean(arena, (const char *)data, size, true);
	clean(arena, (const char *)data, size, false);
	repair(arena, (const char *)data, size, size);
	repair(arena, (const char *)data, size, SIZE_MAX);
	repair(arena, (const char *)data, size, size > 0 ? data[0] : 0);
	arena_destroy(arena);
	return 0;
}
