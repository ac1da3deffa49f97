/*
 * A post: its fields and its rules. Knows no HTTP and no template.
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

struct post {
	uint64_t id;
	const char *title; /* "": it has none (the contract's have not) */
	const char *name;  /* UTF-8, in the arena, as is text */
	const char *text;
	uint64_t time_ms; /* Unix time; 0: unknown (a post of the tutorial) */
};

/* What somebody wants to post: names and texts are cleaned (base/text). */
struct post_draft {
	const char *client; /* who sends it; an address */
	const char *title;  /* NULL or "": none */
	size_t title_length;
	const char *name;
	size_t name_length;
	const char *text;
	size_t text_length;
	uint64_t once_seconds; /* 1 or more: till then it is the same post */
};

/*
 * Writes a post, in one step, and gives its id once Redis has it. *again:
 * the same client posted the same within once_seconds, and *id is that one's.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL: nothing is known to be
 * written, and the same draft can be sent again without doubling it.
 */
enum err post_create(struct store *store, const struct post_draft *draft,
    uint64_t *id, bool *again);

/* One post. ERR_NOT_FOUND, ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL. */
enum err post_find(struct store *store, uint64_t id, struct post *post);

/*
 * Several posts in one round trip, in the order of ids. Ids without a name
 * or a text, and those whose keys are of another type, are left out: *found
 * counts those in posts, which has room for count. Errors as above, but
 * never ERR_NOT_FOUND.
 */
enum err post_find_many(struct store *store, const uint64_t *ids, size_t count,
    struct post *posts, size_t *found);

#endif
