/*
 * Which ids of which boards were looked at, a bit each: some hundred kilobytes
 * for a million posts. It has a limit; what it has no room for is not marked,
 * and is then looked at once more.
 */
#ifndef MADANG_BOARD_FSCK_MARKS_H
#define MADANG_BOARD_FSCK_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fsck_marks;

/* NULL: out of memory. */
struct fsck_marks *fsck_marks_create(void);
void fsck_marks_destroy(struct fsck_marks *marks); /* NULL is fine */

/* set: one of less than 1,000; ids are those that posts have. */
void fsck_marks_add(struct fsck_marks *marks, size_t set, uint64_t id);
bool fsck_marks_have(const struct fsck_marks *marks, size_t set, uint64_t id);

#endif
