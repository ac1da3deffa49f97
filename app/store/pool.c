#include "store/pool.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "pool"

/*
 * While Redis is away one request at a time probes it. Others wait for how
 * that goes, but only so long after its beginning: a refusal comes sooner, and
 * a Redis that hangs must not hold every slot for a time-out each.
 */
#define PROBE_PATIENCE_US 50000

/*
 * A Redis that answers some and not others is away and back with each of
 * them: after a few lines the log has one pair of them in so long.
 */
#define TELL_US	       10000000
#define TELL_AHEAD_MAX 2

struct pool {
	struct pool_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t returned;
	struct connection **idle; /* open connections that nobody uses */
	size_t idle_count;
	size_t in_use;
	bool away;	     /* the last run failed */
	bool told;	     /* and the log said so */
	uint64_t telling_us; /* when what it said so far is due */
	bool probing;	     /* somebody tries whether that is still so */
	uint64_t probing_since_us;
	size_t probes; /* since Redis is away */
	pthread_cond_t probed;
};

/* One run's place in the pool. */
struct place {
	struct connection *connection; /* NULL: to be opened */
	bool probe;	   /* this run tells the others how Redis does */
	bool first_probe;  /* and is the first one that does */
	char failure[256]; /* why it failed */
};

enum err
pool_create(const struct pool_settings *settings, struct pool **created)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attributes;

	if (pool == NULL)
		return ERR_NO_MEMORY;
	pool->settings = *settings;
	pool->idle = calloc(settings->size, sizeof(*pool->idle));
	if (pool->idle == NULL) {
		free(pool);
		return ERR_NO_MEMORY;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->returned, &attributes);
	pthread_cond_init(&pool->probed, &attributes);
	pthread_condattr_destroy(&attributes);
	metrics_add(METRIC_POOL_SIZE, settings->size);
	*created = pool;
	return ERR_OK;
}

void
pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	assert(pool->in_use == 0);
	metrics_subtract(METRIC_POOL_SIZE, pool->settings.size);
	for (size_t i = 0; i < pool->idle_count; i++)
		connection_close(pool->idle[i]);
	pthread_cond_destroy(&pool->probed);
	pthread_cond_destroy(&pool->returned);
	pthread_mutex_destroy(&pool->lock);
	free(pool->idle);
	free(pool);
}

/* Waits for one of the places. False: all stay taken for too long. */
static bool
wait_for_place(struct pool *pool, uint64_t until)
{
	struct timespec moment =
	    clock_moment(clock_monotonic_us() +
			 clock_left(until, pool->settings.wait_ms * 1000));
	int failure = 0;

	if (pool->in_use >= pool->settings.size)
		metrics_add(METRIC_POOL_WAITS, 1);
	while (pool->in_use >= pool->settings.size && failure == 0)
		failure = pthread_cond_timedwait(
		    &pool->returned, &pool->lock, &moment);
	return pool->in_use < pool->settings.size;
}

/*
 * While Redis is away: place->probe makes the caller who tries it. False:
 * another one does or did, and it is still away.
 */
static bool
wait_for_probe(struct pool *pool, struct place *place)
{
	struct timespec moment;
	int failure = 0;

	place->probe = pool->away && !pool->probing;
	if (place->probe) {
		pool->probing = true;
		pool->probing_since_us = clock_monotonic_us();
		place->first_probe = pool->probes++ == 0;
	}
	if (!pool->away || place->probe)
		return true;
	moment = clock_moment(pool->probing_since_us + PROBE_PATIENCE_US);
	while (pool->probing && failure == 0)
		failure =
		    pthread_cond_timedwait(&pool->probed, &pool->lock, &moment);
	return !pool->away;
}

/* Takes a place, and an open connection with it if there is one. */
static bool
pool_enter(struct pool *pool, uint64_t until, struct place *place)
{
	bool free_place;
	bool entered;

	*place = (struct place){.connection = NULL};
	pthread_mutex_lock(&pool->lock);
	entered = wait_for_probe(pool, place);
	free_place = !entered || wait_for_place(pool, until);
	if (entered && free_place) {
		pool->in_use++;
		metrics_add(METRIC_POOL_IN_USE, 1);
		if (pool->idle_count > 0)
			place->connection = pool->idle[--pool->idle_count];
	} else if (place->probe) {
		pool->probing = false;
		pthread_cond_broadcast(&pool->probed);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!free_place)
		metrics_add(METRIC_POOL_TIMEOUTS, 1);
	if (!free_place)
		log_seldom(LOG_LEVEL_WARNING, MODULE, "in use",
		    "all %zu connections to Redis stayed in use for %llu ms",
		    pool->settings.size,
		    (unsigned long long)pool->settings.wait_ms);
	return entered && free_place;
}

/* Whether the log may say again that Redis is away. Under the lock. */
static bool
may_tell(struct pool *pool)
{
	uint64_t now = clock_monotonic_us();

	if (pool->telling_us < now)
		pool->telling_us = now;
	if (pool->telling_us > now + TELL_AHEAD_MAX * TELL_US)
		return false;
	pool->telling_us += TELL_US;
	return true;
}

/*
 * Gives the place back, and its connection unless that was closed. err tells
 * whether Redis is away; the log hears of it when that changes.
 */
static void
pool_leave(struct pool *pool, struct place *place, enum err err)
{
	bool away = err == ERR_UNAVAILABLE;
	bool changed;

	pthread_mutex_lock(&pool->lock);
	pool->away = away;
	changed = pool->told != away && (!away || may_tell(pool));
	if (changed)
		pool->told = away;
	if (!away)
		pool->probes = 0;
	if (place->probe) {
		pool->probing = false;
		pthread_cond_broadcast(&pool->probed);
	}
	pool->in_use--;
	metrics_subtract(METRIC_POOL_IN_USE, 1);
	metrics_set(METRIC_REDIS_UP, away ? 0 : 1);
	if (place->connection != NULL)
		pool->idle[pool->idle_count++] = place->connection;
	pthread_cond_signal(&pool->returned);
	pthread_mutex_unlock(&pool->lock);
	if (changed && away)
		log_error(MODULE, "Redis at %s is away: %s",
		    pool->settings.redis.address, place->failure);
	else if (changed)
		log_info(MODULE, "Redis at %s is back",
		    pool->settings.redis.address);
}

/* Closes a connection: out of step after an error, whatever it was. */
static void
place_close(struct place *place)
{
	connection_close(place->connection);
	place->connection = NULL;
}

/* What is to be run: count commands, and where their replies go. */
struct run {
	const struct command *commands;
	size_t count;
	struct reply *replies;
};

/* Runs the commands on the place's connection, opened if need be. */
static enum err
place_run(struct pool *pool, struct place *place, struct arena *arena,
    uint64_t until, const struct run *run)
{
	enum err err;

	if (place->connection == NULL) {
		place->connection = connection_open(&pool->settings.redis,
		    until, place->failure, sizeof(place->failure));
		metrics_add(place->connection != NULL
				? METRIC_REDIS_CONNECTED
				: METRIC_REDIS_NOT_CONNECTED,
		    1);
	}
	if (place->connection == NULL)
		return ERR_UNAVAILABLE;
	until = clock_monotonic_us() +
		clock_left(until, pool->settings.redis.command_ms * 1000);
	err = connection_run(place->connection, until, arena, run->commands,
	    run->count, run->replies);
	if (err == ERR_UNAVAILABLE)
		(void)snprintf(place->failure, sizeof(place->failure), "%s",
		    connection_failure(place->connection));
	/* Which reply is whose is not known: none counts. */
	if (err == ERR_OK && connection_has_more(place->connection)) {
		(void)snprintf(place->failure, sizeof(place->failure),
		    "it answered more than was asked");
		err = ERR_UNAVAILABLE;
	}
	return err;
}

enum err
pool_run(struct pool *pool, struct arena *arena, uint64_t until,
    const struct command *commands, size_t count, struct reply *replies)
{
	const struct run run = {commands, count, replies};
	struct place place;
	bool kept;
	bool dead;
	enum err err;

	/* Redis can't be blamed for it: its connections stay. */
	if (clock_left(until, 1) == 0) {
		log_seldom(LOG_LEVEL_WARNING, MODULE, "no time",
		    "no time was left to ask Redis");
		return ERR_UNAVAILABLE;
	}
	if (!pool_enter(pool, until, &place))
		return ERR_UNAVAILABLE;
	/* Whoever probes first has waited for a slot already, perhaps. */
	if (place.first_probe)
		until = clock_monotonic_us() +
			clock_left(
			    until, pool->settings.redis.command_ms * 1000 / 2);
	do {
		kept = place.connection != NULL;
		err = place_run(pool, &place, arena, until, &run);
		dead = place.connection != NULL && err == ERR_UNAVAILABLE &&
		       connection_was_dead(place.connection);
		if (err != ERR_OK && place.connection != NULL)
			place_close(&place);
	} while (kept && dead);
	pool_leave(pool, &place, err);
	return err;
}
