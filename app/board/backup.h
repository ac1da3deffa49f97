/*
 * All of a board, or of all boards, as lines (board/dump) of one moment, while
 * others read and write. Knows no file and no terminal.
 *
 * The keys are read one after another, and Redis tells meanwhile which of them
 * were written: those are read again, and a later line about a post takes the
 * place of an earlier one. The last of them are read in one step together with
 * what a board has one of. If Redis then tells that nothing was written between
 * the last look at what changed and that step, the lines are the keys as they
 * were at it; else it is tried again.
 */
#ifndef MADANG_BOARD_BACKUP_H
#define MADANG_BOARD_BACKUP_H

#include "base/err.h"
#include "store/connection.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct backup {
	const struct connection_settings *redis; /* to hear of changes */
	const char *by;				 /* the program: "madang 1.0" */
	const char *slug;     /* of the only board that is meant; NULL: all */
	uint64_t patience_us; /* for each round trip */
	uint64_t quiet_us;    /* for the moment in which nobody writes */
	/* A line, without its line feed. False: it failed, and that was told */
	bool (*write)(void *context, const char *line, size_t length);
	/* The digest of the lines so far, for the last one. */
	void (*digest)(void *context, char *hex);
	/* Something of a post is left out: a sentence without its end. */
	void (*tell)(void *context, const char *slug, const char *words);
	/* So many more keys are done. */
	void (*step)(void *context, uint64_t count);
	void *context;
};

struct backup_sums {
	uint64_t lines;
	uint64_t boards;
	uint64_t posts;	   /* and replies: their lines */
	uint64_t again;	   /* lines about what had changed */
	uint64_t left_out; /* keys of another type, posts beyond all measure */
};

/* About how many keys there are. ERR_UNAVAILABLE, ERR_NO_MEMORY. */
enum err backup_measure(const struct store *store, uint64_t *keys);

/*
 * The store is of the first board; its until_us does not count. It takes some
 * megabytes of memory however large the boards are. ERR_INTERNAL: a line could
 * not be written. ERR_TOO_OFTEN: others wrote all the time. ERR_UNAVAILABLE,
 * ERR_NO_MEMORY.
 */
enum err backup_run(const struct store *store, const struct backup *backup,
    struct backup_sums *sums);

#endif
