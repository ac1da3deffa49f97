#include "watch.h"

#include "base/clock.h"
#include "base/log.h"
#include "slot.h"
#include "store/changes.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MODULE "watch"

/* Between two looks at what is due, and two signs of life. */
#define TICK_MS 1000

/* Between two tries to hear from Redis; after each as long again. */
#define RETRY_MS     50
#define RETRY_MAX_MS 1000

struct watch {
	const struct conf *conf;
	struct pool *pool;
	struct publisher *publisher;
	struct arena *arena;
	struct connection_settings redis;
	struct changes *changes; /* NULL: Redis can't be heard */
	int retry_ms;
	int stop; /* eventfd */
	pthread_t listener, sweeper;
	int threads; /* that run: the listener, then the sweeper */
};

static void
stop_hearing(struct watch *watch)
{
	publisher_set_hearing(watch->publisher, false);
	changes_close(watch->changes);
	watch->changes = NULL;
	watch->retry_ms = RETRY_MS;
}

/* What was published before this, nobody knows to be right. */
static void
try_to_hear(struct watch *watch)
{
	arena_reset(watch->arena);
	if (changes_open(&watch->redis, watch->conf->redis.prefix, watch->arena,
		&watch->changes) != ERR_OK) {
		watch->retry_ms *= 2;
		if (watch->retry_ms > RETRY_MAX_MS)
			watch->retry_ms = RETRY_MAX_MS;
		return;
	}
	publisher_drop_all(watch->publisher);
	publisher_set_hearing(watch->publisher, true);
}

/* Takes what Redis tells, and acts on it. */
static void
hear(struct watch *watch)
{
	struct store store;
	enum err err;

	arena_reset(watch->arena);
	err = changes_read(
	    watch->changes, watch->arena, publisher_note, watch->publisher);
	store = slot_store(watch->conf, watch->pool, watch->arena);
	publisher_settle(watch->publisher, &store);
	if (err != ERR_OK)
		stop_hearing(watch);
}

static void
tick(struct watch *watch)
{
	publisher_tick(watch->publisher, clock_monotonic_us());
	if (watch->changes != NULL &&
	    changes_ask_for_life(watch->changes, watch->arena) != ERR_OK)
		stop_hearing(watch);
}

static void *
listen_to_redis(void *context)
{
	struct watch *watch = context;
	uint64_t due_us = clock_monotonic_us();
	struct pollfd ready[2] = {{.fd = watch->stop, .events = POLLIN}};

	for (;;) {
		int wait_ms = (int)(clock_left(due_us, TICK_MS * 1000) / 1000);

		if (watch->changes == NULL)
			try_to_hear(watch);
		if (watch->changes == NULL && wait_ms > watch->retry_ms)
			wait_ms = watch->retry_ms;
		/* poll() passes over a descriptor below 0. */
		ready[1] = (struct pollfd){
		    .fd = watch->changes == NULL ? -1
						 : changes_fd(watch->changes),
		    .events = POLLIN};
		(void)poll(ready, 2, wait_ms);
		if (ready[0].revents != 0)
			return NULL;
		if (ready[1].revents != 0)
			hear(watch);
		if (clock_left(due_us, 1) == 0) {
			tick(watch);
			due_us = clock_monotonic_us() + TICK_MS * 1000;
		}
	}
}

/* A thread of its own: a hundred thousand files take it seconds. */
static void *
sweep(void *context)
{
	struct watch *watch = context;
	struct pollfd stop = {.fd = watch->stop, .events = POLLIN};

	do {
		publisher_sweep(watch->publisher);
		(void)poll(&stop, 1, TICK_MS);
	} while (stop.revents == 0);
	return NULL;
}

static bool
start_thread(struct watch *watch, pthread_t *thread, void *(*function)(void *))
{
	int failure = pthread_create(thread, NULL, function, watch);

	if (failure != 0) {
		log_error(
		    MODULE, "can't start a thread: %s", strerror(failure));
		return false;
	}
	watch->threads++;
	return true;
}

/* Logged where it fails. */
static enum err
start(struct watch *watch)
{
	if (watch->stop < 0) {
		log_error(MODULE, "eventfd: %s", strerror(errno));
		return ERR_INTERNAL;
	}
	if (watch->arena == NULL)
		return ERR_NO_MEMORY;
	return start_thread(watch, &watch->listener, listen_to_redis) &&
		       start_thread(watch, &watch->sweeper, sweep)
		   ? ERR_OK
		   : ERR_INTERNAL;
}

enum err
watch_start(const struct conf *conf, struct pool *pool,
    struct publisher *publisher, struct watch **started)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	enum err err;

	if (watch == NULL)
		return ERR_NO_MEMORY;
	*watch = (struct watch){.conf = conf,
	    .pool = pool,
	    .publisher = publisher,
	    .redis = slot_redis(conf),
	    .retry_ms = RETRY_MS,
	    .stop = eventfd(0, EFD_CLOEXEC),
	    .arena = arena_create((size_t)conf->limits.request_bytes)};
	err = start(watch);
	if (err != ERR_OK) {
		watch_stop(watch);
		return err;
	}
	*started = watch;
	return ERR_OK;
}

void
watch_stop(struct watch *watch)
{
	if (watch == NULL)
		return;
	publisher_stop_sweeping(watch->publisher);
	if (watch->threads > 0 &&
	    write(watch->stop, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		log_error(MODULE, "can't stop: %s", strerror(errno));
	if (watch->threads > 0)
		(void)pthread_join(watch->listener, NULL);
	if (watch->threads > 1)
		(void)pthread_join(watch->sweeper, NULL);
	changes_close(watch->changes);
	arena_destroy(watch->arena);
	if (watch->stop >= 0)
		close(watch->stop);
	free(watch);
}
