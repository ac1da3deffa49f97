/*
 * The units that a backup reads: posts and views, and what boards have one of;
 * from a script's reply to lines.
 */
#ifndef MADANG_BOARD_BACKUP_READ_H
#define MADANG_BOARD_BACKUP_READ_H

#include "base/buf.h"
#include "board/backup.h"
#include "board/board.h"
#include "board/dump.h"
#include "board/keyscan.h"
#include "board/registry.h"

/* Read in one step in the end, and at most so many before. */
#define BACKUP_LAST_UNITS 64

struct backup_unit {
	size_t board; /* its place among the boards */
	uint64_t number;
	unsigned led; /* the kind of key that led to it; 0: it changed */
	bool views;   /* no post */
};

struct backup_work {
	const struct backup *backup;
	struct backup_sums *sums;
	struct store store; /* with an arena of its own */
	char slugs[REGISTRY_MAX][BOARD_SLUG_BYTES];
	char *prefixes[REGISTRY_MAX];
	size_t boards;
};

/* Before each round trip: the arena is empty, the time begins anew. */
void backup_begin(struct backup_work *work);

/* A line, counted. ERR_INTERNAL, ERR_NO_MEMORY. */
enum err backup_put(struct backup_work *work, const struct dump_line *line);

/*
 * Reads units and writes their lines. heads: at the same moment also what each
 * board has one of, as lines with a line feed each, into a buf of another
 * arena, and the slugs of boards; then all units in one step, or ERR_FULL if
 * they are too many for one. NULL: without.
 */
struct backup_heads {
	struct buf lines;
	char slugs[REGISTRY_MAX][BOARD_SLUG_BYTES];
	size_t count;
};
enum err backup_read(struct backup_work *work, const struct backup_unit *units,
    size_t count, struct backup_heads *heads);

#endif
