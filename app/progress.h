/*
 * How far a long work is, for who waits for it: one line that moves on a
 * terminal, a line for each tenth elsewhere. To standard error.
 */
#ifndef MADANG_PROGRESS_H
#define MADANG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "pages" */
	uint64_t total;	  /* of them, about */
	uint64_t done;

	uint64_t before; /* done as this run began */
	uint64_t began_us;
	uint64_t told_us;
	uint64_t told; /* tenths */
	bool terminal;
	bool open; /* a line has no end yet */
};

void progress_begin(
    struct progress *progress, const char *what, uint64_t done, uint64_t total);
/* So many more are done. */
void progress_add(struct progress *progress, uint64_t count);
/* Ends the line, if one is open: others have something to say. */
void progress_end(struct progress *progress);

#endif
