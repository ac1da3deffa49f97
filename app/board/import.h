/*
 * Writes boards that are empty, from the lines of a backup (board/dump). Till
 * its last step, which puts all lists of posts in their places at once, readers
 * see empty lists and nobody else can write: madang:schema says "import" and a
 * word of this import's own. An import that ended too soon is begun anew: what
 * it left is taken away first. Knows no file and no terminal.
 */
#ifndef MADANG_BOARD_IMPORT_H
#define MADANG_BOARD_IMPORT_H

#include "base/err.h"
#include "board/dump.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct import;

struct import_sums {
	uint64_t lines;
	uint64_t boards;
	uint64_t posts; /* and replies: their lines */
	uint64_t wiped; /* keys that an import left that ended too soon */
};

/*
 * The store is of the first board; its until_us does not count, patience_us
 * does, for each round trip. Takes away what earlier imports left.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err import_create(
    const struct store *store, uint64_t patience_us, struct import **import);
void import_destroy(struct import *import); /* NULL is fine */

/*
 * A line of a post, of views, or of a board; written by and by. ERR_CONFLICT:
 * it can't be, import_trouble says why. ERR_FULL: one board more than there may
 * be. Errors as above.
 */
enum err import_line(struct import *import, const struct dump_line *line);

/* The last step. Errors as of import_line. */
enum err import_finish(struct import *import);

/* Instead of it: takes away what was written. Errors as of import_line. */
enum err import_abandon(struct import *import);

const struct import_sums *import_sums_of(const struct import *import);
/* Why it was ERR_CONFLICT: a sentence without its end; lives as import. */
const char *import_trouble(const struct import *import);

#endif
