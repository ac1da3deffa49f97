#include "worker.h"

#include "base/digest.h"
#include "base/log.h"
#include "board/board.h"
#include "board/views.h"
#include "slot.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define MODULE "worker"

/* Between two writes of the views; after failures twice as long each time. */
#define VIEWS_PAUSE_MS	   1000
#define VIEWS_PAUSE_MAX_MS 32000

/*
 * Slots that were started together, with the settings they run under. A
 * reload starts a new crew on the same socket before the old one stops, so
 * that no request waits for it.
 */
struct crew {
	struct conf conf;
	struct pool *pool;
	int stop; /* eventfd: readable once the crew shall stop */
	struct slot *slots;
	pthread_t *threads;
	size_t made;	/* slots */
	size_t started; /* threads */
	struct views *views;
	struct arena *views_arena; /* of who writes them */
	pthread_t views_thread;
	bool views_started;
};

/* Gives the slot when it failed, else NULL. */
static void *
crew_thread(void *slot)
{
	if (slot_run(slot))
		return NULL;
	/* Without its socket a worker is of no use: let it end. */
	(void)kill(getpid(), SIGTERM);
	return slot;
}

static enum err
crew_write_views(struct crew *crew)
{
	struct store store =
	    slot_store(&crew->conf, crew->pool, crew->views_arena);

	return views_write(crew->views, &store);
}

/* Writes the views until the crew shall stop. */
static void *
crew_views_thread(void *context)
{
	struct crew *crew = context;
	struct pollfd stop = {.fd = crew->stop, .events = POLLIN};
	int wait_ms = VIEWS_PAUSE_MS;

	while (poll(&stop, 1, wait_ms) <= 0) {
		if (crew_write_views(crew) == ERR_OK)
			wait_ms = VIEWS_PAUSE_MS;
		else if (wait_ms < VIEWS_PAUSE_MAX_MS)
			wait_ms *= 2;
	}
	return NULL;
}

/* After the slots have ended: nothing is counted any more. */
static void
crew_end_views(struct crew *crew)
{
	if (crew->views_started) {
		(void)pthread_join(crew->views_thread, NULL);
		if (crew_write_views(crew) != ERR_OK)
			log_warning(
			    MODULE, "the views since the last write are lost");
	}
	views_destroy(crew->views);
	arena_destroy(crew->views_arena);
}

/*
 * Tells the slots to stop, waits for what they have in hand, frees all.
 * ERR_INTERNAL when a slot had failed.
 */
static enum err
crew_dismiss(struct crew *crew)
{
	enum err err = ERR_OK;

	if (crew->stop >= 0 &&
	    write(crew->stop, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		log_error(MODULE, "can't stop the slots: %s", strerror(errno));
	for (size_t i = 0; i < crew->started; i++) {
		void *failed;

		(void)pthread_join(crew->threads[i], &failed);
		if (failed != NULL)
			err = ERR_INTERNAL;
	}
	for (size_t i = 0; i < crew->made; i++)
		slot_free(&crew->slots[i]);
	crew_end_views(crew);
	pool_destroy(crew->pool);
	if (crew->stop >= 0)
		close(crew->stop);
	free(crew->threads);
	free(crew->slots);
	free(crew);
	return err;
}

static enum err
crew_make_slots(struct crew *crew, int socket)
{
	size_t count = (size_t)crew->conf.slots;

	crew->slots = calloc(count, sizeof(*crew->slots));
	crew->threads = calloc(count, sizeof(*crew->threads));
	if (crew->slots == NULL || crew->threads == NULL)
		return ERR_NO_MEMORY;
	while (crew->made < count) {
		struct gateway *gateway;
		enum err err = gateway_create(socket, crew->stop, &gateway);

		if (err != ERR_OK)
			return err;
		err = slot_init(&crew->slots[crew->made], &crew->conf,
		    crew->pool, crew->views, gateway);
		crew->made++;
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

static enum err
crew_make_views(struct crew *crew)
{
	crew->views_arena =
	    arena_create((size_t)crew->conf.limits.request_bytes);
	return crew->views_arena == NULL ? ERR_NO_MEMORY
					 : views_create(&crew->views);
}

static bool
thread_starts(pthread_t *thread, void *(*run)(void *), void *context)
{
	int failure = pthread_create(thread, NULL, run, context);

	if (failure != 0)
		log_error(
		    MODULE, "can't start a thread: %s", strerror(failure));
	return failure == 0;
}

static enum err
crew_start(struct crew *crew)
{
	while (crew->started < crew->made) {
		if (!thread_starts(&crew->threads[crew->started], crew_thread,
			&crew->slots[crew->started]))
			return ERR_NO_MEMORY;
		crew->started++;
	}
	crew->views_started =
	    thread_starts(&crew->views_thread, crew_views_thread, crew);
	return crew->views_started ? ERR_OK : ERR_NO_MEMORY;
}

/*
 * All slots are made, settings and templates tried, before the first thread
 * takes a request.
 */
static enum err
crew_create(const struct conf *conf, int socket, struct crew **created)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	enum err err;

	if (crew == NULL)
		return ERR_NO_MEMORY;
	crew->conf = *conf;
	crew->stop = eventfd(0, EFD_CLOEXEC);
	err = crew->stop < 0 ? ERR_NO_MEMORY
			     : slot_pool_create(&crew->conf, &crew->pool);
	if (err == ERR_OK)
		err = crew_make_views(crew);
	if (err == ERR_OK)
		err = crew_make_slots(crew, socket);
	if (err == ERR_OK)
		err = crew_start(crew);
	if (err != ERR_OK) {
		/* Broken templates have had their line. */
		if (err != ERR_CONFIG)
			log_error(MODULE, "can't start %llu slots: %s",
			    (unsigned long long)conf->slots, err_text(err));
		(void)crew_dismiss(crew);
		return err;
	}
	*created = crew;
	return ERR_OK;
}

/* What an owner should know of the Redis, for the log. */
static void
advise(struct store *store)
{
	struct board_advice advice[BOARD_ADVICE];

	if (board_advise(store, advice) != ERR_OK)
		return;
	for (size_t i = 0; i < BOARD_ADVICE; i++) {
		const char *found = advice[i].found;

		if (found == NULL)
			found = "something it doesn't tell";
		if (strcmp(found, advice[i].wanted) != 0)
			log_warning(MODULE,
			    "Redis has %s set to %s; it should be %s, or %s",
			    advice[i].setting, found, advice[i].wanted,
			    advice[i].reason);
	}
}

/*
 * ERR_CONFIG when the keys in Redis were written by a newer Madang, which we
 * would spoil. That Redis is away is no reason not to start.
 */
static enum err
look_at_redis(const struct conf *conf)
{
	struct arena *arena = arena_create((size_t)conf->limits.request_bytes);
	struct pool *pool = NULL;
	struct store store;
	enum err err = ERR_NO_MEMORY;

	if (arena == NULL || slot_pool_create(conf, &pool) != ERR_OK)
		goto out;
	store = slot_store(conf, pool, arena);
	err = board_ping(&store);
	if (err == ERR_CONFIG)
		log_error(MODULE,
		    "Redis at %s holds keys that this Madang does not know, "
		    "perhaps a newer one's: it will not touch them",
		    conf->redis.address);
	else if (err == ERR_OK)
		advise(&store);
	else if (err == ERR_UNAVAILABLE)
		err = ERR_OK;
out:
	pool_destroy(pool);
	arena_destroy(arena);
	return err;
}

/* A new crew in place of *crew, or the old one goes on. */
static void
reload(struct crew **crew, int socket, worker_load *load, void *context)
{
	struct conf conf;
	struct crew *fresh;

	if (load(context, &conf) != ERR_OK || look_at_redis(&conf) != ERR_OK ||
	    crew_create(&conf, socket, &fresh) != ERR_OK) {
		log_error(MODULE, "not reloaded: the old settings and "
				  "templates stay in force");
		return;
	}
	if (strcmp(conf.listen, (*crew)->conf.listen) != 0 ||
	    strcmp(conf.site.time_zone, (*crew)->conf.site.time_zone) != 0)
		log_warning(MODULE, "listen and site.time_zone change only "
				    "when the worker is started again");
	(void)crew_dismiss(*crew);
	*crew = fresh;
	log_info(MODULE, "reloaded");
}

/* The signals that we wait for; blocked in every thread. */
static sigset_t
block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	/* FastCGI's own way to say: finish and go. */
	sigaddset(&signals, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return signals;
}

/* What both ways of serving need, once, before threads. */
static enum err
prepare(const struct conf *conf)
{
	enum err err = gateway_init();

	if (err == ERR_OK)
		err = view_init();
	if (err == ERR_OK)
		err = digest_init();
	(void)setenv("TZ", conf->site.time_zone, 1);
	tzset();
	return err;
}

enum err
worker_serve(
    const struct conf *conf, int socket, worker_load *load, void *context)
{
	struct crew *crew;
	sigset_t signals;
	int signal_number = 0;
	enum err err = prepare(conf);

	/* After libfcgi, which sets handlers of its own. */
	signals = block_signals();
	if (err == ERR_OK)
		err = look_at_redis(conf);
	if (err == ERR_OK)
		err = crew_create(conf, socket, &crew);
	if (err != ERR_OK)
		return err;
	log_info(MODULE, "serving with %zu slots", crew->made);
	while (
	    sigwait(&signals, &signal_number) != 0 || signal_number == SIGHUP)
		if (signal_number == SIGHUP)
			reload(&crew, socket, load, context);
	err = crew_dismiss(crew);
	log_info(MODULE, "stopped");
	return err;
}

/* Answers; the visitor has the answer before what he saw is counted. */
static enum err
answer_cgi(const struct conf *conf, struct pool *pool, struct views *views)
{
	struct gateway *gateway;
	struct slot slot;
	enum err err = gateway_create_cgi(&gateway);

	if (err != ERR_OK)
		return err;
	err = slot_init(&slot, conf, pool, views, gateway);
	if (err == ERR_OK) {
		struct store store;

		(void)slot_run(&slot);
		store = slot_store(conf, pool, slot.arena);
		(void)views_write(views, &store);
	}
	slot_free(&slot);
	return err;
}

enum err
worker_answer_cgi(const struct conf *conf)
{
	struct pool *pool = NULL;
	struct views *views = NULL;
	enum err err = prepare(conf);

	(void)signal(SIGPIPE, SIG_IGN);
	if (err == ERR_OK)
		err = slot_pool_create(conf, &pool);
	if (err == ERR_OK)
		err = views_create(&views);
	if (err == ERR_OK)
		err = answer_cgi(conf, pool, views);
	views_destroy(views);
	pool_destroy(pool);
	return err;
}
