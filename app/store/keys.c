#include "store/keys.h"

#include <inttypes.h>

char *
key_of_board(struct arena *arena, const char *prefix, const char *kind)
{
	return arena_printf(arena, "%s%s", prefix, kind);
}

char *
key_of_post(
    struct arena *arena, const char *prefix, const char *kind, uint64_t id)
{
	return arena_printf(arena, "%s%s%" PRIu64, prefix, kind, id);
}
