/*
 * The names of the keys in Redis, in one place. README describes them all.
 */
#ifndef MADANG_STORE_KEYS_H
#define MADANG_STORE_KEYS_H

#include "base/arena.h"

#include <stdint.h>

/* The version of the layout that this worker writes (madang:schema). */
#define KEYS_SCHEMA 1

/* The kinds of key that a board has one of. */
#define KEY_LAST_ID "last_id"
#define KEY_POST_ID "post_id"
#define KEY_SCHEMA  "madang:schema"
#define KEY_ONCE    "madang:once:" /* and a digest of who posted what */

/* The kinds of key that a post has one of: followed by its id. */
#define KEY_NAME "news:name:"
#define KEY_TEXT "news:post:"
#define KEY_META "news:meta:"

/* In the arena; NULL: out of memory. */
char *key_of_board(struct arena *arena, const char *prefix, const char *kind);
char *key_of_post(
    struct arena *arena, const char *prefix, const char *kind, uint64_t id);

#endif
