/*
 * One request's use of Redis: the pool, the arena that replies live in, the
 * moment when waiting ends, and what it cost so far.
 */
#ifndef MADANG_STORE_STORE_H
#define MADANG_STORE_STORE_H

#include "base/arena.h"
#include "store/limit.h"
#include "store/pool.h"

#include <stdint.h>

/*
 * What was written, for who keeps copies of what he read: one of the kinds of
 * key (store/keys.h), and of a post the id and that of its thread's post, which
 * is its own if it is no reply. Both 0: neither is known, or there is none.
 */
struct store_change {
	const char *prefix;
	const char *kind;
	uint64_t id;
	uint64_t root;
};

/* By whichever thread has written, before it says that it is done. */
typedef void store_hear(void *context, const struct store_change *change);

struct store {
	struct pool *pool;
	struct arena *arena;
	const char *prefix; /* of every key of the board */
	const char *first;  /* the same of the first board of the site */
	const char *pepper; /* a setting: see access_key */
	store_hear *hear;   /* NULL: nobody keeps copies */
	void *hear_context;
	struct limit limit;
	/* clock_monotonic_us(): no waiting beyond it; 0: Redis isn't asked */
	uint64_t until_us;

	uint64_t spent_us; /* in Redis and on the way there */
	unsigned round_trips;
	uint64_t wait_seconds; /* after ERR_TOO_OFTEN: to the next write */
};

/*
 * One round trip: see pool_run. Counts it. Every command may be run twice.
 * ERR_UNAVAILABLE at once, without a word, when Redis is not to be asked.
 */
enum err store_run(struct store *store, const struct command *commands,
    size_t count, struct reply *replies);

/* Tells of a key that was written: of kind, of a post, or of none (0, 0). */
void store_tell(
    const struct store *store, const char *kind, uint64_t id, uint64_t root);

/* A number that is a text or an integer; 0: there is none up to maximum. */
uint64_t reply_number(const struct reply *reply, uint64_t maximum);

#endif
