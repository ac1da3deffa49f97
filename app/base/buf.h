/*
 * A string that grows, in an arena. A failed append is remembered, so that
 * a run of appends needs one test at its end.
 */
#ifndef MADANG_BASE_BUF_H
#define MADANG_BASE_BUF_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
	struct arena *arena;
	char *data; /* NUL-terminated once anything was appended */
	size_t length;
	size_t capacity;
	bool failed; /* out of memory at some append: data is incomplete */
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_append(struct buf *buf, const void *data, size_t length);
void buf_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
