/*
 * Who replies to whom in a thread that is made up by chance, and in which
 * order it is read.
 */
#ifndef MADANG_BOARD_SHAPE_H
#define MADANG_BOARD_SHAPE_H

#include "board/sample.h"

#include <stddef.h>
#include <stdint.h>

#define SHAPE_REPLIES_MAX 60
#define SHAPE_DEPTH_MAX	  5

/* Replies are numbered in the order of time, from 0. */
struct shape {
	size_t count;
	size_t parents[SHAPE_REPLIES_MAX]; /* count: the post itself */
	uint64_t depths[SHAPE_REPLIES_MAX];
	size_t order[SHAPE_REPLIES_MAX]; /* of reading */
};

/* count: 1 to SHAPE_REPLIES_MAX. */
void shape_make(struct sample *sample, size_t count, struct shape *shape);

#endif
