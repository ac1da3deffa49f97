/*
 * A board: what it is called, and its posts in their order, newest first, by
 * pages.
 */
#ifndef MADANG_BOARD_BOARD_H
#define MADANG_BOARD_BOARD_H

#include "base/err.h"
#include "board/access.h"
#include "board/post.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_CATEGORIES_MAX  50
#define BOARD_NOTICES_MAX     10
#define BOARD_TITLE_MAX_BYTES 1024
#define BOARD_SLUG_BYTES      33 /* the longest and its NUL */

/* The field of KEY_BOARD that has its title. */
#define BOARD_TITLE "title"

/* What every page of a board says of it. Texts are in the arena. */
struct board_info {
	bool exists;	   /* the first board always does */
	bool others;	   /* there is more than one */
	const char *title; /* "": the first board has the site's */
	const char *categories[BOARD_CATEGORIES_MAX]; /* [0] is category 1 */
	size_t categories_count; /* "" among them: one that was given up */
};

/* The name of a category; "": there is none of that number. */
const char *board_category(const struct board_info *info, uint64_t number);

/*
 * For those who read it among other things, in a round trip of their own: the
 * commands, and what comes of their replies. store->first tells the first
 * board. ERR_NO_MEMORY, ERR_UNAVAILABLE, ERR_NOT_FOUND (no such board).
 */
#define BOARD_INFO_COMMANDS 2
enum err board_info_commands(
    struct store *store, struct command commands[BOARD_INFO_COMMANDS]);
enum err board_info_of_replies(struct store *store,
    const struct reply replies[BOARD_INFO_COMMANDS], struct board_info *info);

/* It alone: one round trip. Errors as above. */
enum err board_read_info(struct store *store, struct board_info *info);

/* Which posts of a board are asked for. */
struct board_query {
	uint64_t category; /* 0: all */
	uint64_t number;   /* of the page, 1 to POST_ID_MAX */
	uint64_t size;	   /* posts on a page, 1 to 100 */
	uint64_t skip;	   /* so many of the newest posts are left out */
	enum post_part part;
	bool notices; /* also those that stand above the list */
	bool key;     /* also the board's key */
};

struct board_page {
	struct board_info info;
	struct post *posts; /* in the arena, newest first */
	size_t count;
	struct post *notices; /* likewise */
	size_t notices_count;
	struct access_key key;
	uint64_t number; /* 1 is the newest page */
	uint64_t pages;	 /* at least 1, also of an empty board */
	uint64_t total;	 /* posts on the board, or in the category */
};

/*
 * A page: two round trips, whatever its number and however many posts there
 * are. ERR_NOT_FOUND past the last page, without the board, without the
 * category; an empty board has page 1. ERR_UNAVAILABLE, ERR_NO_MEMORY,
 * ERR_INTERNAL.
 */
enum err board_read_page(struct store *store, const struct board_query *query,
    struct board_page *page);

/*
 * The ids of a slice of the list, counted from the oldest post, for a map of
 * the site: first 0 and size 3 gives the three oldest. One round trip.
 */
enum err board_read_ids(struct store *store, uint64_t first, uint64_t size,
    uint64_t **ids, size_t *count, uint64_t *total);

/*
 * How many posts at the head of the list, or of a category's, are newer than
 * one, and how many it has at all. Costs by what it counts: a round trip for
 * each hundred. Errors as of board_read_ids.
 */
enum err board_count_newer(struct store *store, uint64_t category,
    uint64_t newest, uint64_t *newer, uint64_t *total);

/* Where a post stands on its board. */
struct board_place {
	bool listed;	   /* false: the list has not got it; the rest is 0 */
	uint64_t position; /* 0 is the newest */
	uint64_t newer;	   /* the id next to it; 0: it is the newest */
	uint64_t older;	   /* likewise */
};

/*
 * Looks for a post in the list, whose order is that of ids, in two or three
 * looks of Redis among a million posts: the command (it is a script's, sent
 * whole), and what comes of its reply. ERR_NO_MEMORY, ERR_UNAVAILABLE,
 * ERR_INTERNAL (no list).
 */
enum err board_locate_command(
    struct store *store, uint64_t id, struct command *command);
enum err board_place_of_reply(
    const struct reply *reply, struct board_place *place);

/*
 * Whether Redis answers and its keys are of a layout that we know.
 * ERR_UNAVAILABLE, ERR_CONFIG (not a layout of ours: a newer Madang wrote
 * them), ERR_BUSY (they are being imported or upgraded, or have to be),
 * ERR_NO_MEMORY.
 */
enum err board_ping(struct store *store);

/*
 * The same, and whether it takes writes: in the same round trip, and without
 * writing. *refusal is Redis's word for why it refuses ("READONLY"), else NULL.
 */
enum err board_is_ready(struct store *store, const char **refusal);

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
