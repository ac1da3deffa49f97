/*
 * The names of the keys in Redis, in one place. README describes them all.
 */
#ifndef MADANG_STORE_KEYS_H
#define MADANG_STORE_KEYS_H

#include "base/arena.h"

#include <stdint.h>

/* The version of the layout that this worker writes (madang:schema). */
#define KEYS_SCHEMA 3

/* The kinds of key that a board has one of. */
#define KEY_LAST_ID "last_id"
#define KEY_POST_ID "post_id"
#define KEY_NOTICES "news:notices"  /* ids of the posts above the list */
#define KEY_BOARD   "madang:board"  /* its title and its categories */
#define KEY_SECRET  "madang:secret" /* the key of private links and digests */
#define KEY_SCHEMA  "madang:schema"

/* The slugs of the boards beside the first one; with the first one's prefix. */
#define KEY_BOARDS "madang:boards"

/* The kinds of key that a post has one of: followed by its id. */
#define KEY_NAME      "news:name:"
#define KEY_TEXT      "news:post:"
#define KEY_META      "news:meta:"
#define KEY_WORDS     "news:secret:" /* what a secret post says */
#define KEY_REPLIES   "news:replies:"
#define KEY_VERSIONS  "news:versions:"
#define KEY_RECOMMEND "news:recommend:"
#define KEY_TRASH     "news:trash:" /* what was deleted: by scripts only */

/* Followed by the number of a category: the ids of its posts. */
#define KEY_CATEGORY "news:category:"

/* Followed by a number: views of the posts 100 times it and the 99 after. */
#define KEY_VIEWS	"news:views:"
#define KEY_VIEWS_POSTS 100

/* What passes, which only scripts read and write. */
#define KEY_DAY	  "madang:day"
#define KEY_ONCE  "madang:once:"  /* followed by a digest */
#define KEY_TRIES "madang:tries:" /* by a post, a client, or both */
#define KEY_LIMIT "madang:limit:" /* by a client, or "all" */

/* Lists that an import has not finished: by its script only. */
#define KEY_IMPORT "madang:import:"

/* In the arena; NULL: out of memory. */
char *key_of_board(struct arena *arena, const char *prefix, const char *kind);
char *key_of_post(
    struct arena *arena, const char *prefix, const char *kind, uint64_t id);

#endif
