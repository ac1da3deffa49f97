#include "base/tree.h"

#include <errno.h>
#include <fts.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

/* As most file systems have it. */
#define BLOCK_BYTES 4096

uint64_t
tree_room(uint64_t bytes)
{
	return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static FTS *
open_tree(const char *path)
{
	char *const roots[] = {(char *)(uintptr_t)path, NULL};

	return fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
}

static void
add_file(struct tree_size *size, const FTSENT *entry)
{
	size->files++;
	size->bytes += tree_room((uint64_t)entry->fts_statp->st_size);
}

static bool
is_stopped(const atomic_bool *stop)
{
	return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed);
}

struct tree_size
tree_measure(const char *path, const atomic_bool *stop)
{
	struct tree_size size = {0};
	FTS *tree = open_tree(path);
	FTSENT *entry;

	if (tree == NULL)
		return size;
	while ((entry = fts_read(tree)) != NULL && !is_stopped(stop))
		if (entry->fts_info == FTS_F || entry->fts_info == FTS_DP)
			add_file(&size, entry);
	(void)fts_close(tree);
	return size;
}

/* False: it stays. */
static bool
remove_entry(const FTSENT *entry, bool keep, struct tree_size *removed)
{
	switch (entry->fts_info) {
	case FTS_D: /* comes again, behind what is in it */
		return true;
	case FTS_DP:
		if (keep && entry->fts_level == 0)
			return true;
		if (rmdir(entry->fts_accpath) != 0)
			return errno == ENOENT;
		break;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		errno = entry->fts_errno;
		/* Below a file there is nothing. */
		return errno == ENOENT || errno == ENOTDIR;
	default:
		if (unlink(entry->fts_accpath) != 0)
			return errno == ENOENT;
		break;
	}
	if (removed != NULL)
		add_file(removed, entry);
	return true;
}

bool
tree_remove(const char *path, bool keep, struct tree_size *removed,
    const atomic_bool *stop)
{
	FTS *tree = open_tree(path);
	FTSENT *entry;
	int failure = 0;

	if (tree == NULL)
		return errno == ENOENT;
	while ((entry = fts_read(tree)) != NULL && !is_stopped(stop))
		if (!remove_entry(entry, keep, removed))
			failure = errno;
	if (entry != NULL)
		errno = ECANCELED;
	/* 0 at the end, and for want of memory not. */
	if (errno != 0)
		failure = errno;
	(void)fts_close(tree);
	errno = failure;
	return failure == 0;
}
