#include "store/keys.h"

#include "base/number.h"

#include <string.h>

char *
key_of_board(struct arena *arena, const char *prefix, const char *kind)
{
	return arena_printf(arena, "%s%s", prefix, kind);
}

/* Four times a post, on a page of many: hence no printf. */
char *
key_of_post(
    struct arena *arena, const char *prefix, const char *kind, uint64_t id)
{
	size_t before = strlen(prefix);
	size_t length = strlen(kind);
	char *key = arena_alloc(arena, before + length + NUMBER_TEXT_BYTES);

	if (key == NULL)
		return NULL;
	memcpy(key, prefix, before);
	memcpy(key + before, kind, length);
	(void)number_write(id, key + before + length);
	return key;
}
