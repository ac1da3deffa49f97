/*
 * Makes the keys of boards that an older Madang wrote those of this one, before
 * it serves them. Whoever is killed in the middle, or does it at the same time
 * as another, does no harm: each batch is one script, which can be run again,
 * and the version is raised by the last one. Meanwhile every version reads, and
 * none writes.
 */
#ifndef MADANG_BOARD_UPGRADE_H
#define MADANG_BOARD_UPGRADE_H

#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

struct upgrade {
	uint64_t patience_us; /* for each round trip */
	/* A step begins: slug "" is the first board; what changes, and how to
	 * go back. */
	void (*begin)(void *context, const char *slug, uint64_t from,
	    const char *what, const char *back);
	/* It has ended; so many things were changed. */
	void (*end)(
	    void *context, const char *slug, uint64_t to, uint64_t changed);
	void *context;
};

/*
 * All boards that are of an older layout. The store is of the first board; its
 * until_us does not count. ERR_BUSY: a board is being imported. ERR_CONFIG: one
 * is of a layout that nobody knows. ERR_UNAVAILABLE, ERR_NO_MEMORY,
 * ERR_INTERNAL.
 */
enum err upgrade_run(const struct store *store, const struct upgrade *upgrade);

#endif
