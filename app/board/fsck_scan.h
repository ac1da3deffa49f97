/*
 * The second half of board/fsck: a walk over all keys, for what no list leads
 * to, and for the texts in them.
 */
#ifndef MADANG_BOARD_FSCK_SCAN_H
#define MADANG_BOARD_FSCK_SCAN_H

#include "board/fsck_look.h"

/* Errors as of fsck_look. */
enum err fsck_scan(struct fsck_work *work);

/* The lists of a kind: reads them from the oldest on. In fsck.c. */
enum err fsck_walk(struct fsck_work *work, const char *kind);

#endif
