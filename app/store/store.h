/*
 * One request's use of Redis: the pool, the arena that replies live in, the
 * moment when waiting ends, and what it cost so far.
 */
#ifndef MADANG_STORE_STORE_H
#define MADANG_STORE_STORE_H

#include "base/arena.h"
#include "store/pool.h"

#include <stdint.h>

struct store {
	struct pool *pool;
	struct arena *arena;
	const char *prefix; /* of every key of the board */
	const char *first;  /* the same of the first board of the site */
	const char *pepper; /* a setting: see access_key */
	uint64_t until_us;  /* clock_monotonic_us(): no waiting beyond it */

	uint64_t spent_us; /* in Redis and on the way there */
	unsigned round_trips;
};

/*
 * One round trip: see pool_run. Counts it. Every command may be run twice.
 */
enum err store_run(struct store *store, const struct command *commands,
    size_t count, struct reply *replies);

/* A number that is a text or an integer; 0: there is none up to maximum. */
uint64_t reply_number(const struct reply *reply, uint64_t maximum);

#endif
