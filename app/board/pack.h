/*
 * Values for a script's one word: MessagePack, which Redis's Lua reads with
 * cmsgpack.unpack. A word that holds many has no limit of their number, and
 * any bytes go through.
 */
#ifndef MADANG_BOARD_PACK_H
#define MADANG_BOARD_PACK_H

#include "base/buf.h"

#include <stddef.h>
#include <stdint.h>

/* A list of so many values, which follow. */
void pack_list(struct buf *out, size_t count);
void pack_text(struct buf *out, const char *data, size_t length);
void pack_word(struct buf *out, const char *word);
/* As decimal digits: Lua's own numbers are not exact. */
void pack_number(struct buf *out, uint64_t number);
void pack_false(struct buf *out);

#endif
