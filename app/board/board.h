/*
 * A board: its posts in their order, newest first, by pages.
 */
#ifndef MADANG_BOARD_BOARD_H
#define MADANG_BOARD_BOARD_H

#include "base/err.h"
#include "board/post.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board_page {
	struct post *posts; /* in the arena, newest first */
	size_t count;
	uint64_t number; /* 1 is the newest page */
	uint64_t pages;	 /* at least 1, also of an empty board */
	uint64_t total;	 /* posts on the board */
};

/*
 * Page number (1 to POST_ID_MAX) of size posts (1 to 100): two round trips,
 * whatever the number and however many posts there are. ERR_NOT_FOUND past the
 * last page; an empty board has page 1. ERR_UNAVAILABLE, ERR_NO_MEMORY,
 * ERR_INTERNAL.
 */
enum err board_read_page(struct store *store, uint64_t number, uint64_t size,
    struct board_page *page);

/* Where a post stands on its board. */
struct board_place {
	bool listed;	   /* false: the list has not got it; the rest is 0 */
	uint64_t position; /* 0 is the newest */
	uint64_t newer;	   /* the id next to it; 0: it is the newest */
	uint64_t older;	   /* likewise */
};

/*
 * Looks for a post in the list, whose order is that of ids: one round trip,
 * and some twenty looks of Redis among a million posts. ERR_UNAVAILABLE,
 * ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err board_locate(
    struct store *store, uint64_t id, struct board_place *place);

/*
 * Whether Redis answers and its keys are of a layout that we know.
 * ERR_UNAVAILABLE, ERR_CONFIG (not a layout of ours: a newer Madang wrote
 * them), ERR_NO_MEMORY.
 */
enum err board_ping(struct store *store);

/* One of the settings that an owner should have in Redis. */
struct board_advice {
	const char *setting; /* "appendfsync" */
	const char *wanted;  /* "always" */
	const char *found;   /* in the arena; NULL: Redis doesn't say */
	const char *reason;  /* an English sentence for the log */
};
#define BOARD_ADVICE 3

/*
 * Reads the settings that keep posts safe. advice[i].found may equal .wanted.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY.
 */
enum err board_advise(
    struct store *store, struct board_advice advice[BOARD_ADVICE]);

#endif
