/*
 * What there is on a board, for its owner: counted post by post, so that it
 * takes seconds on a board of a million.
 */
#ifndef MADANG_BOARD_TALLY_H
#define MADANG_BOARD_TALLY_H

#include "base/err.h"
#include "board/board.h"
#include "store/store.h"

#include <stdint.h>

struct tally {
	struct board_info info;
	uint64_t posts;	  /* that are no replies */
	uint64_t replies; /* of posts that are there */
	uint64_t secret;  /* of the posts */
	uint64_t notices;
	uint64_t last_id;
	const char *memory; /* of all of Redis: "1.25M"; NULL: it won't say */
};

/*
 * Counts while others may post: then the numbers are of different moments.
 * patience_us: for each round trip; the store's until_us does not count.
 * Texts are in the store's arena. ERR_NOT_FOUND (no such board),
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err tally_board(
    const struct store *store, uint64_t patience_us, struct tally *tally);

#endif
