/*
 * Folders with all that is in them. Links are never followed. Others may add
 * and remove beside it: what is gone already is no failure.
 */
#ifndef MADANG_BASE_TREE_H
#define MADANG_BASE_TREE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What files and folders there are, and the room that they take on a disk. */
struct tree_size {
	uint64_t files;
	uint64_t bytes;
};

/* The room of a file of so many bytes: whole blocks. */
uint64_t tree_room(uint64_t bytes);

/*
 * A folder with what is in it; nothing for one that is not there. Both walks
 * may take minutes: they end early when *stop is set, which may be NULL.
 */
struct tree_size tree_measure(const char *path, const atomic_bool *stop);

/*
 * Removes what is in a folder and then, unless keep, the folder; what went is
 * added to *removed, which may be NULL. False: something stays, with errno
 * (ECANCELED: it was stopped).
 */
bool tree_remove(const char *path, bool keep, struct tree_size *removed,
    const atomic_bool *stop);

#endif
