/*
 * How far an archive is, in a file beside its pages, so that a run that ended
 * early can go on. It says which board is meant when: its newest post as the
 * writing began, and how many there were up to that one.
 */
#ifndef MADANG_ARCHIVE_STATE_H
#define MADANG_ARCHIVE_STATE_H

#include "archive_files.h"

#include "board/board.h"
#include "board/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_STATE_FILE ".madang-publish"

struct archive_board {
	char slug[BOARD_SLUG_BYTES]; /* "": the first */
	uint64_t newest;	     /* the id; 0: it is empty */
	uint64_t total;		     /* posts of its list */
};

struct archive_state {
	/* What pages depend on beside the posts: one line. */
	char settings[2304];
	bool alone; /* the only board there is the one that was asked for */
	struct archive_board boards[REGISTRY_MAX];
	size_t count;
	size_t at;	/* the board that is being written; count: none is */
	uint64_t done;	/* of its posts, from the oldest on */
	uint64_t older; /* the id of the last of them; 0: there is none */
};

/*
 * Reads the folder's state. ERR_NOT_FOUND: there is none, or none that this
 * Madang can read; ERR_CONFIG (told).
 */
enum err archive_state_read(
    const struct archive_files *files, struct archive_state *state);
enum err archive_state_write(
    const struct archive_files *files, const struct archive_state *state);

#endif
