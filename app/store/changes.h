/*
 * Hears from Redis which keys were written, by whomever: a connection of its
 * own that is told of every key with our prefixes, as clients are that cache
 * (https://redis.io/docs/latest/commands/client-tracking/, BCAST). It works
 * with RESP2: the connection is the one that it redirects to.
 *
 * Redis tells of a write before it answers the one who wrote.
 */
#ifndef MADANG_STORE_CHANGES_H
#define MADANG_STORE_CHANGES_H

#include "base/arena.h"
#include "base/err.h"
#include "store/connection.h"

#include <stdbool.h>
#include <stddef.h>

struct changes;

/*
 * Called for each key that was written, or removed: its name of length bytes,
 * anybody's bytes with a NUL behind them. NULL: all keys were (FLUSHDB).
 */
typedef void changes_hear(void *context, const char *key, size_t length);

/*
 * Begins to listen for keys of a board with this prefix, and of boards that
 * were added; what is written after this has returned is heard of.
 * ERR_UNAVAILABLE (logged once till it succeeds), ERR_NO_MEMORY.
 */
enum err changes_open(const struct connection_settings *settings,
    const char *prefix, struct arena *arena, struct changes **changes);
void changes_close(struct changes *changes); /* NULL is fine */

/* Readable when there is something to read. For poll(). */
int changes_fd(const struct changes *changes);

/*
 * Tells of all that is there, waiting for the end of a message at most. The
 * arena is used, not reset. ERR_UNAVAILABLE: the connection is lost and what
 * was written since is not heard of (logged); ERR_NO_MEMORY likewise.
 */
enum err changes_read(struct changes *changes, struct arena *arena,
    changes_hear *hear, void *context);

/*
 * Asks Redis for a sign of life, which changes_read takes. ERR_UNAVAILABLE,
 * logged, when the one before was not answered since: a connection may die
 * without a word. To be called every second or so.
 */
enum err changes_ask_for_life(struct changes *changes, struct arena *arena);

/*
 * Whether nothing is asked that was not answered. What Redis had answered to
 * anybody before the question was heard of before the answer.
 */
bool changes_is_alive(const struct changes *changes);

#endif
