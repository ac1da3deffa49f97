/*
 * Copies the board of a tutorial's Redis: last_id, post_id, and of each id in
 * it a name and a text. It only reads there. What is broken is told of, post by
 * post, and left out.
 */
#ifndef MADANG_BOARD_TUTORIAL_H
#define MADANG_BOARD_TUTORIAL_H

#include "base/err.h"
#include "board/import.h"
#include "store/store.h"

#include <stdint.h>

struct tutorial {
	uint64_t patience_us;
	/* An entry of post_id that is left out: text that a terminal shows. */
	void (*tell)(void *context, const char *entry, const char *why);
	void (*step)(void *context, uint64_t count);
	void *context;
};

struct tutorial_sums {
	uint64_t copied;
	uint64_t left_out;
};

/* How many entries there are. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL. */
enum err tutorial_measure(struct store *source, uint64_t *count);

/*
 * source has the tutorial's pool, an arena, and the prefix "". What it writes
 * goes through the import, which the caller finishes. ERR_CONFLICT: it is a
 * board of Madang's, or the import's. Other errors as of import_line.
 */
enum err tutorial_copy(struct store *source, const struct tutorial *tutorial,
    struct import *import, struct tutorial_sums *sums);

#endif
