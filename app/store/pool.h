/*
 * Connections to Redis, shared by the slots.
 */
#ifndef MADANG_STORE_POOL_H
#define MADANG_STORE_POOL_H

#include "base/arena.h"
#include "base/err.h"
#include "store/connection.h"

#include <stddef.h>
#include <stdint.h>

struct pool_settings {
	struct connection_settings redis;
	uint64_t wait_ms; /* for a connection that others have in use */
	size_t size;	  /* connections, at most */
};

struct pool;

/*
 * Connects nothing yet. The settings' texts are borrowed for the pool's life.
 * ERR_NO_MEMORY.
 */
enum err pool_create(const struct pool_settings *settings, struct pool **pool);
/* All connections have been returned. NULL is fine. */
void pool_destroy(struct pool *pool);

/*
 * Sends count commands in one write and reads their replies: one round trip.
 * replies[i] belongs to commands[i]; an error of Redis is a REPLY_ERROR, not
 * an error of the run. Whatever is run must bear to be run twice: when a kept
 * connection turns out to be dead (Redis was restarted) the whole run is
 * tried again, once, on a new one.
 * until: clock_monotonic_us() after which nothing is waited for. After a
 * failure one run at a time tries Redis, and those beside it fail at once
 * when that takes long.
 * ERR_UNAVAILABLE (logged when Redis goes away and when it is back),
 * ERR_NO_MEMORY.
 */
enum err pool_run(struct pool *pool, struct arena *arena, uint64_t until,
    const struct command *commands, size_t count, struct reply *replies);

#endif
