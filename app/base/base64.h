/*
 * Bytes as letters that any text can hold: RFC 4648, section 4, padded.
 */
#ifndef MADANG_BASE_BASE64_H
#define MADANG_BASE_BASE64_H

#include "base/arena.h"

#include <stddef.h>

/* NUL-terminated, in the arena; NULL: out of memory. */
char *base64_write(struct arena *arena, const char *data, size_t length);

/*
 * The bytes, in the arena, with a NUL behind them. NULL: out of memory, or
 * they are not written so.
 */
char *base64_read(
    struct arena *arena, const char *text, size_t text_length, size_t *length);

#endif
