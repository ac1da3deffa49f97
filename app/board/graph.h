/*
 * Which change makes which pages old: one table, by the key that was written.
 * Who keeps copies of pages throws away what it says, whoever wrote: we,
 * another worker, the tutorial's app or somebody by hand.
 */
#ifndef MADANG_BOARD_GRAPH_H
#define MADANG_BOARD_GRAPH_H

#include "base/err.h"
#include "board/board.h"
#include "store/store.h"

#include <stddef.h>
#include <stdint.h>

/* Pages that one change makes old. */
#define GRAPH_THREAD 1u /* the pages of the thread that a post is in */
#define GRAPH_LISTS  2u /* all lists and feeds of the board, / and /latest */
#define GRAPH_ROW    4u /* the same, if the post is no reply: its row there */
#define GRAPH_POST   (GRAPH_THREAD | GRAPH_ROW)
#define GRAPH_SITE   8u	 /* /boards, the maps */
#define GRAPH_BOARD  16u /* all that is in the frame of the board's pages */
#define GRAPH_ALL    32u /* every page */
/*
 * The lists, and the threads of the posts 100·N to 100·N+99, within
 * GRAPH_LATER_MS: numbers that may be seen late.
 */
#define GRAPH_LATER    64u
#define GRAPH_LATER_MS 30000

/* The pages for one of the kinds of key (store/keys.h). */
unsigned graph_of_kind(const char *kind);

/* A key that was written. */
struct graph_change {
	char slug[BOARD_SLUG_BYTES]; /* of its board */
	uint64_t id;		     /* of a post, or the N of views; 0: none */
	unsigned pages;		     /* GRAPH_… */
};

/*
 * Reads a key's name, anybody's bytes; first is the first board's prefix. What
 * is no key of ours has no pages.
 */
struct graph_change graph_of_key(
    const char *first, const char *key, size_t length);

/*
 * The slug of the board that a prefix is of. False: of none.
 */
bool graph_slug_of_prefix(
    const char *first, const char *prefix, char slug[BOARD_SLUG_BYTES]);

/*
 * The posts of the threads that posts are in, by Redis: roots[i] is ids[i] for
 * what is no reply, and 0 where nothing tells any more, as after a key that was
 * removed by hand. One round trip for each GRAPH_ROOTS_MAX ids.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
#define GRAPH_ROOTS_MAX 50
enum err graph_find_roots(
    struct store *store, const uint64_t *ids, size_t count, uint64_t *roots);

#endif
