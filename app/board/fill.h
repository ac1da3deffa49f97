/*
 * Fills a board with posts and replies made up by board/sample, for
 * demonstrations and measurements. Whoever reads the board meanwhile, and
 * whenever it is broken off, finds it whole: each batch is one step.
 */
#ifndef MADANG_BOARD_FILL_H
#define MADANG_BOARD_FILL_H

#include "base/err.h"
#include "board/sample.h"
#include "store/store.h"

#include <stdint.h>

/* Some minutes lie between two posts: those of more would be before 1970. */
#define FILL_POSTS_MAX 4000000

struct fill {
	uint64_t posts; /* that are no replies; 1 to FILL_POSTS_MAX */
	const char *slug;
	enum sample_language language; /* of the categories, if it has none */
	uint64_t patience_us;	       /* for one batch */
	void (*tell)(void *context, uint64_t written); /* after each batch */
	void *context;
};

/*
 * Writes the posts behind those that are there, the newest of now. The store's
 * until_us does not count. *written: how many there are, also after an error.
 * ERR_NOT_FOUND (no such board), ERR_INVALID (no room for ids),
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err fill_board(
    const struct store *store, const struct fill *fill, uint64_t *written);

#endif
