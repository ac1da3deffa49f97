#include "worker.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/notify.h"
#include "base/number.h"
#include "board/board.h"
#include "board/upgrade.h"
#include "board/views.h"
#include "confinement.h"
#include "crew.h"
#include "slot.h"
#include "web/listener.h"
#include "web/lobby.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MODULE "worker"

/* Between two looks at a Redis whose keys may still have to be upgraded. */
#define UPGRADE_PAUSE_S 2

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

static void
tell_upgrade(void *context, const char *slug, uint64_t from, const char *what,
    const char *back)
{
	char key[BOARD_SLUG_BYTES + NUMBER_TEXT_BYTES];

	(void)context;
	(void)snprintf(
	    key, sizeof(key), "%s/%llu", slug, (unsigned long long)from);
	/* Of a step that something keeps from its end it is told again. */
	log_seldom(LOG_LEVEL_INFO, MODULE, key,
	    "board /%s: its keys become those of layout %llu, from %llu: %s; "
	    "to go back: %s",
	    slug, (unsigned long long)from + 1, (unsigned long long)from, what,
	    back[0] != '\0' ? back : "nothing has to be done");
}

static void
tell_upgraded(void *context, const char *slug, uint64_t to, uint64_t changed)
{
	(void)context;
	log_info(MODULE, "board /%s: is of layout %llu; %llu changed", slug,
	    (unsigned long long)to, (unsigned long long)changed);
}

/* The layout of an older Madang becomes ours. Errors as of upgrade_run. */
static enum err
upgrade_keys(const struct conf *conf, struct store *store)
{
	const struct upgrade upgrade = {
	    .patience_us =
		(conf->redis.wait_ms + conf->redis.command_ms) * 1000,
	    .begin = tell_upgrade,
	    .end = tell_upgraded};

	return upgrade_run(store, &upgrade);
}

/*
 * ERR_CONFIG when the keys in Redis were written by a newer Madang, which we
 * would spoil. That Redis is away is no reason not to start; *waits then: an
 * older layout would still have to become ours.
 */
static enum err
look_at_redis(const struct conf *conf, bool *waits)
{
	struct arena *arena = arena_create((size_t)conf->limits.request_bytes);
	struct pool *pool = NULL;
	struct store store;
	enum err err = ERR_NO_MEMORY;

	if (arena == NULL || slot_pool_create(conf, &pool) != ERR_OK)
		goto out;
	store = slot_store(conf, pool, arena);
	err = upgrade_keys(conf, &store);
	*waits = err == ERR_UNAVAILABLE || err == ERR_BUSY;
	if (err == ERR_BUSY) {
		log_warning(MODULE,
		    "a board is being imported: till then it can't be written "
		    "to; if it was broken off, import it again");
		err = ERR_OK;
	}
	store = slot_store(conf, pool, arena);
	if (err == ERR_OK)
		err = board_ping(&store);
	if (err == ERR_CONFIG)
		log_error(MODULE,
		    "Redis at %s holds keys that this Madang does not know, "
		    "perhaps a newer one's: it will not touch them",
		    conf->redis.address);
	else if (err == ERR_OK)
		advise(&store);
	else if (err == ERR_UNAVAILABLE || err == ERR_BUSY)
		err = ERR_OK;
out:
	pool_destroy(pool);
	arena_destroy(arena);
	return err;
}

/* Whether two crews publish to the same folder. */
static bool
same_pages(const struct crew *one, const struct crew *other)
{
	return one->publisher != NULL && other->publisher != NULL &&
	       strcmp(one->conf.pages.folder, other->conf.pages.folder) == 0;
}

static bool
same_confinement(const struct conf *one, const struct conf *other)
{
	return memcmp(&one->confine, &other->confine, sizeof(one->confine)) ==
	       0;
}

/* What outlives each crew, and what a reload goes by. */
struct again {
	struct notify notify;
	struct confinement *confinement;
	worker_load *load;
	void *context;
	bool upgrade_waits;
};

/*
 * Redis was away when we looked, or could not be written to: now it may be
 * another matter. Till then nothing can be posted to a board of an older
 * layout.
 */
static bool
upgrade_still_waits(struct crew *crew)
{
	struct arena *arena =
	    arena_create((size_t)crew->conf.limits.request_bytes);
	enum err err = ERR_NO_MEMORY;

	if (arena != NULL) {
		struct store store = slot_store(&crew->conf, crew->pool, arena);

		err = upgrade_keys(&crew->conf, &store);
	}
	arena_destroy(arena);
	return err != ERR_OK && err != ERR_CONFIG;
}

static int
wait_for_signal(const sigset_t *signals, struct crew *crew, struct again *again)
{
	const struct timespec pause = {.tv_sec = UPGRADE_PAUSE_S};
	int number;

	do {
		number = sigtimedwait(
		    signals, NULL, again->upgrade_waits ? &pause : NULL);
		if (number < 0 && errno == EAGAIN)
			again->upgrade_waits = upgrade_still_waits(crew);
	} while (number < 0);
	return number;
}

/* A new crew in place of *crew, or the old one goes on. */
static void
reload(struct crew **crew, int socket, struct again *again)
{
	struct conf conf;
	struct crew *fresh;
	bool waits = again->upgrade_waits;

	/* Whatever comes of it, the log's file may have been moved away. */
	(void)log_begin(&(*crew)->conf);
	if (again->load(again->context, &conf) != ERR_OK ||
	    !confinement_suits(again->confinement, &conf) ||
	    log_begin(&conf) != ERR_OK ||
	    look_at_redis(&conf, &waits) != ERR_OK ||
	    crew_create(&conf, socket, &fresh) != ERR_OK) {
		(void)log_begin(&(*crew)->conf);
		metrics_add(METRIC_RELOADS_FAILED, 1);
		metrics_set(METRIC_RELOADED, 0);
		log_error(MODULE, "not reloaded: the old settings and "
				  "templates stay in force");
		return;
	}
	if (strcmp(conf.listen, (*crew)->conf.listen) != 0 ||
	    strcmp(conf.site.time_zone, (*crew)->conf.site.time_zone) != 0 ||
	    !same_confinement(&conf, &(*crew)->conf))
		log_warning(MODULE,
		    "listen, site.time_zone and confine change only when the "
		    "worker is started again");
	(*crew)->leaves_pages = !same_pages(*crew, fresh);
	(void)crew_dismiss(*crew);
	crew_watch(fresh);
	*crew = fresh;
	again->upgrade_waits = waits;
	metrics_add(METRIC_RELOADS, 1);
	metrics_add(METRIC_GENERATION, 1);
	metrics_set(METRIC_RELOADED, 1);
	log_info(MODULE, "reloaded");
}

/* What would end us for a write that fails: that is an error, and told. */
static void
ignore_signals(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a file over the limit of its size */
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
	ignore_signals();
	return signals;
}

/*
 * glibc would give each thread a heap of its own, where what its largest page
 * took stays: a megabyte in all with 8 slots.
 */
static void
share_memory(const struct conf *conf)
{
#ifdef __GLIBC__
	(void)mallopt(M_ARENA_MAX, (int)crew_slots_at_once(conf));
#else
	(void)conf;
#endif
}

/* What both ways of serving need, once, before threads and confinement. */
static enum err
prepare(const struct conf *conf)
{
	enum err err = gateway_init();

	share_memory(conf);
	return err == ERR_OK ? slot_prepare(conf) : err;
}

/*
 * The start, from what needs every file to what needs few: the templates are
 * read as a reload will have to read them.
 */
static enum err
begin(const struct conf *conf, const char *config, int socket,
    struct again *again, struct crew **crew)
{
	enum err err = look_at_redis(conf, &again->upgrade_waits);

	if (err == ERR_OK)
		err = confinement_begin(conf, config, &again->confinement);
	/* All else has had its line. */
	if (err == ERR_NO_MEMORY)
		log_error(MODULE, "can't start: %s", err_text(err));
	if (err != ERR_OK)
		return err;
	confinement_tell(again->confinement);
	return crew_create(conf, socket, crew);
}

/*
 * mod_fcgid tells us to end while httpd still has requests that it took for us:
 * those who connect for them in the next moments must find us.
 */
static void
linger(const sigset_t *signals, uint64_t ms)
{
	const struct timespec wait = {.tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)sigtimedwait(signals, NULL, &wait);
}

static void
tell_ready(const struct notify *notify, const struct crew *crew)
{
	char status[64];

	(void)snprintf(
	    status, sizeof(status), "Serving with %zu slots", crew->made);
	notify_ready(notify, status);
}

/*
 * Who wants in from now on is refused by the kernel, so that a web server with
 * other workers asks one of them. The path goes first: a successor that finds
 * nobody listening there puts its own in its place.
 */
static void
shut_door(const struct worker_door *door, struct crew *crew)
{
	if (door->name == NULL)
		return;
	listener_leave(door->name, door->file);
	lobby_be_last(crew->lobby);
}

/* From the first request to the last. */
static enum err
serve(struct crew *crew, const struct worker_door *door,
    const sigset_t *signals, struct again *again)
{
	const struct notify *notify = &again->notify;
	int signal_number;
	enum err err;

	crew_watch(crew);
	log_info(MODULE, "serving with %zu slots", crew->made);
	tell_ready(notify, crew);
	while (
	    (signal_number = wait_for_signal(signals, crew, again)) == SIGHUP) {
		notify_reloading(notify);
		reload(&crew, door->socket, again);
		tell_ready(notify, crew);
	}
	notify_stopping(notify);
	if (signal_number == SIGTERM)
		linger(signals, crew->conf.linger_ms);
	shut_door(door, crew);
	err = crew_dismiss(crew);
	log_info(MODULE, "stopped");
	return err;
}

enum err
worker_serve(const struct conf *conf, const char *config,
    const struct worker_door *door, worker_load *load, void *context)
{
	struct again again = {.load = load, .context = context};
	struct crew *crew;
	enum err err = prepare(conf);
	/* After libfcgi, which sets handlers of its own. */
	sigset_t signals = block_signals();

	/* Before threads: it changes the environment. */
	notify_open(&again.notify);
	if (err == ERR_OK)
		err = begin(conf, config, door->socket, &again, &crew);
	if (err == ERR_OK)
		err = serve(crew, door, &signals, &again);
	else if (door->name != NULL)
		listener_leave(door->name, door->file);
	confinement_destroy(again.confinement);
	notify_close(&again.notify);
	return err;
}

/* Answers; the visitor has the answer before what he saw is counted. */
static enum err
answer_cgi(const struct slot_shared *shared)
{
	struct gateway *gateway;
	struct slot slot;
	enum err err = gateway_create_cgi(&gateway);

	if (err != ERR_OK)
		return err;
	err = slot_init(&slot, shared, gateway);
	if (err == ERR_OK) {
		struct store store;

		slot_run(&slot);
		store = slot_store(shared->conf, shared->pool, slot.arena);
		(void)views_write(shared->views, &store);
	}
	slot_free(&slot);
	return err;
}

enum err
worker_answer_cgi(const struct conf *conf)
{
	struct slot_shared shared = {.conf = conf, .at_once = 1};
	struct confinement *confinement = NULL;
	enum err err = prepare(conf);

	ignore_signals();
	/* No line of the log: there would be one for each request. */
	if (err == ERR_OK)
		err = confinement_begin(conf, NULL, &confinement);
	if (err == ERR_OK)
		err = slot_pool_create(conf, &shared.pool);
	if (err == ERR_OK)
		err = views_create(&shared.views);
	/* It hears of no change, and publishes nothing: it removes. */
	if (err == ERR_OK)
		err = publisher_create(conf, &shared.publisher);
	if (err == ERR_OK)
		err = answer_cgi(&shared);
	publisher_destroy(shared.publisher);
	views_destroy(shared.views);
	pool_destroy(shared.pool);
	confinement_destroy(confinement);
	return err;
}
