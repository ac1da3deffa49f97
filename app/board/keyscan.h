/*
 * A walk over all keys of a Redis, and what the names of a board's keys say.
 * What is there from the walk's beginning to its end is come upon, perhaps
 * twice; what comes or goes meanwhile, perhaps.
 */
#ifndef MADANG_BOARD_KEYSCAN_H
#define MADANG_BOARD_KEYSCAN_H

#include "base/err.h"
#include "base/number.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first eight in the order of dump.lua's KINDS. */
enum key_kind {
	KEY_KIND_NONE, /* it is none that is backed up */
	KEY_KIND_NAME,
	KEY_KIND_TEXT,
	KEY_KIND_META,
	KEY_KIND_REPLIES,
	KEY_KIND_WORDS,
	KEY_KIND_VERSIONS,
	KEY_KIND_RECOMMEND,
	KEY_KIND_TRASH,
	KEY_KIND_VIEWS,
	KEY_KIND_LIST, /* of posts: it follows from them */
	KEY_KIND_HEAD, /* what a board has one of once it has a post */
	KEY_KIND_IMPORT
};

struct key_name {
	enum key_kind kind;
	uint64_t number; /* of the post, of views; else 0 */
};

/* Of a key without its board's prefix. */
struct key_name key_name_of(const char *name, size_t length);

/* The slug of "{slug}:…", NUL-terminated in slug; bytes of that prefix or 0. */
size_t key_slug_of(const char *name, size_t length, char *slug);

struct keyscan {
	const char *match; /* a pattern, or NULL */
	char cursor[NUMBER_TEXT_BYTES];
	bool ended;
};

void keyscan_begin(struct keyscan *scan, const char *match);
/* The next keys, in the store's arena, perhaps none. Not once it has ended. */
enum err keyscan_next(struct keyscan *scan, struct store *store,
    const struct reply **keys, size_t *count);

#endif
