/*
 * Posts and replies as they are read. Knows no HTTP and no template.
 */
#ifndef MADANG_BOARD_POST_H
#define MADANG_BOARD_POST_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest id there can be: see scripts/post.lua. */
#define POST_ID_MAX UINT64_C(99999999999999)

/* Of a post that others wrote into Redis, so much is shown. */
#define POST_TITLE_MAX_BYTES (8 * 1024)
#define POST_NAME_MAX_BYTES  (8 * 1024)
#define POST_TEXT_MAX_BYTES  (256 * 1024)

/* The end of the year 9999: what a page can show as a date. */
#define POST_TIME_MAX_MS UINT64_C(253402300799999)

/* What a row of a list needs of a text, to show its first line. */
#define POST_ROW_TEXT_BYTES 1024

struct post {
	uint64_t id;
	const char *title;  /* "": it has none (the contract's have not) */
	const char *name;   /* UTF-8, in the arena, as is text */
	const char *text;   /* title and text are "" while secret is true */
	uint64_t time_ms;   /* Unix time; 0: unknown (a post of the tutorial) */
	uint64_t edited_ms; /* 0: never */
	uint64_t version;   /* how often it was edited */
	uint64_t parent;    /* what it replies to; 0: it is no reply */
	uint64_t root;	    /* the post of its thread; 0: it is no reply */
	uint64_t depth;	    /* 0: no reply; 1: a reply to the post */
	uint64_t replies;   /* in its thread, of a post that is no reply */
	uint64_t recommends;
	uint64_t views;
	uint64_t category; /* 1 is the board's first; 0: none */
	bool secret;	   /* its words are kept from the reader */
	bool deleted;	   /* it only keeps a place for its replies */
	bool by_writer;	   /* a reply of whoever wrote the thread's post */
	bool has_password;
	const char *moved; /* "slug/id" of where it is now; "": it is here */
};

enum post_part {
	POST_WHOLE, /* the whole text */
	POST_ROW    /* the views, and POST_ROW_TEXT_BYTES of the text of a
		     * post without a title */
};

/*
 * Several posts in one round trip, in the order of ids. Ids without a name
 * or a text, and those whose keys are of another type, are left out: *found
 * counts those in posts, which has room for count; but a deleted one that
 * keeps its place is given. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err post_find_many(struct store *store, const uint64_t *ids, size_t count,
    enum post_part part, struct post *posts, size_t *found);

/*
 * For those who read a post among other things, in a round trip of their own:
 * the commands for one whole post, and the post of their replies.
 * ERR_NOT_FOUND, and the errors above.
 */
#define POST_COMMANDS 3
enum err post_commands(
    struct store *store, uint64_t id, struct command commands[POST_COMMANDS]);
enum err post_of_replies(struct store *store, uint64_t id,
    const struct reply replies[POST_COMMANDS], struct post *post);

/* Whether a post is secret: the command that asks, and its reply. */
enum err post_flags_command(
    struct store *store, uint64_t id, struct command *command);
bool post_flags_are_secret(const struct reply *flags);

/*
 * What a secret post says: the command that asks, and its reply put into the
 * post, which then is secret no longer. Only for who may know it.
 */
enum err post_words_command(
    struct store *store, uint64_t id, struct command *command);
enum err post_reveal(
    struct store *store, const struct reply *words, struct post *post);

#endif
