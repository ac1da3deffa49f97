/*
 * The boards of a site beside its first one, by the slugs of their addresses.
 */
#ifndef MADANG_BOARD_REGISTRY_H
#define MADANG_BOARD_REGISTRY_H

#include "base/err.h"
#include "board/board.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* More are not shown. */
#define REGISTRY_MAX 100

struct registry_board {
	const char *slug;  /* "": the first board */
	const char *title; /* "": it has none of its own */
	uint64_t posts;
};

/* What keys of a board begin with; NULL: out of memory. */
char *registry_prefix(struct arena *arena, const char *first, const char *slug);

/* Whether it can be a board's: a-z, 0-9 and -, 1 to 32, no - first. */
bool registry_slug_is_valid(const char *slug);

/*
 * The boards, the first one first; in the arena; store is of the first one.
 * Two round trips. *first is what its pages tell of it. ERR_UNAVAILABLE,
 * ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err registry_read(struct store *store, struct board_info *first,
    struct registry_board **boards, size_t *count);

/*
 * The same in its two halves, for those who need but the first or something
 * else for the second: the slugs, and then titles and numbers of posts. One
 * round trip each. Errors as above.
 */
enum err registry_read_slugs(struct store *store, struct board_info *first,
    struct registry_board **boards, size_t *count);
enum err registry_read_rows(
    struct store *store, struct registry_board *boards, size_t count);

#endif
