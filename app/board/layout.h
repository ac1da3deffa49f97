/*
 * Which layout a board's keys have, by madang:schema.
 */
#ifndef MADANG_BOARD_LAYOUT_H
#define MADANG_BOARD_LAYOUT_H

#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

enum layout {
	LAYOUT_NONE,	/* nothing was written, or only by the tutorial's app */
	LAYOUT_OURS,	/* KEYS_SCHEMA */
	LAYOUT_OLDER,	/* it has to be upgraded */
	LAYOUT_UPGRADE, /* that was begun, and has not ended */
	LAYOUT_IMPORT,	/* likewise an import */
	LAYOUT_UNKNOWN	/* a newer Madang's, or nobody's */
};

/*
 * Of the board that the store is of. *version: of an older one, and of one
 * whose upgrade was begun, what it is or was; else 0. ERR_UNAVAILABLE,
 * ERR_NO_MEMORY.
 */
enum err layout_read(
    struct store *store, enum layout *layout, uint64_t *version);

/* The same of Redis's answer to a GET of that key. */
enum err layout_of_reply(
    const struct reply *reply, enum layout *layout, uint64_t *version);

/* The same of what the key holds; "" for none. */
enum layout layout_of(const char *text, size_t length, uint64_t *version);

#endif
