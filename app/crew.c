#include "crew.h"

#include "base/log.h"
#include "web/lobby.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Its lines are the worker's. */
#define MODULE "worker"

/* Between two writes of the views; after failures twice as long each time. */
#define VIEWS_PAUSE_MS	   1000
#define VIEWS_PAUSE_MAX_MS 32000

static void *
crew_thread(void *slot)
{
	slot_run(slot);
	return NULL;
}

/* Gives the lobby when it failed, else NULL. */
static void *
crew_lobby_thread(void *lobby)
{
	if (lobby_run(lobby))
		return NULL;
	/* Without its socket a worker is of no use: let it end. */
	(void)kill(getpid(), SIGTERM);
	return lobby;
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

enum err
crew_dismiss(struct crew *crew)
{
	void *failed = NULL;

	if (crew->stop >= 0 &&
	    write(crew->stop, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		log_error(MODULE, "can't stop the slots: %s", strerror(errno));
	if (crew->lobby_started)
		(void)pthread_join(crew->lobby_thread, &failed);
	else if (crew->lobby != NULL)
		lobby_close(crew->lobby);
	for (size_t i = 0; i < crew->started; i++)
		(void)pthread_join(crew->threads[i], NULL);
	/* The first one lent its templates to the others. */
	while (crew->made > 0)
		slot_free(&crew->slots[--crew->made]);
	lobby_destroy(crew->lobby);
	crew_end_views(crew);
	watch_stop(crew->watch);
	if (crew->leaves_pages && crew->publisher != NULL)
		publisher_drop_all(crew->publisher);
	publisher_destroy(crew->publisher);
	pool_destroy(crew->pool);
	if (crew->stop >= 0)
		close(crew->stop);
	free(crew->threads);
	free(crew->slots);
	free(crew);
	return failed == NULL ? ERR_OK : ERR_INTERNAL;
}

size_t
crew_slots_at_once(const struct conf *conf)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < 1)
		return 1;
	return (uint64_t)processors < conf->slots ? (size_t)processors
						  : (size_t)conf->slots;
}

static enum err
crew_make_slots(struct crew *crew)
{
	struct slot_shared shared = {.conf = &crew->conf,
	    .pool = crew->pool,
	    .views = crew->views,
	    .publisher = crew->publisher,
	    .at_once = crew_slots_at_once(&crew->conf)};
	size_t count = (size_t)crew->conf.slots;

	crew->slots = calloc(count, sizeof(*crew->slots));
	crew->threads = calloc(count, sizeof(*crew->threads));
	if (crew->slots == NULL || crew->threads == NULL)
		return ERR_NO_MEMORY;
	while (crew->made < count) {
		struct gateway *gateway;
		enum err err = gateway_create(crew->lobby, &gateway);

		if (err != ERR_OK)
			return err;
		err = slot_init(&crew->slots[crew->made], &shared, gateway);
		crew->made++;
		if (err != ERR_OK)
			return err;
		shared.view = crew->slots[0].view;
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
	crew->lobby_started =
	    crew->views_started &&
	    thread_starts(&crew->lobby_thread, crew_lobby_thread, crew->lobby);
	return crew->lobby_started ? ERR_OK : ERR_NO_MEMORY;
}

enum err
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
		err = publisher_create(&crew->conf, &crew->publisher);
	if (err == ERR_OK)
		err = lobby_create(socket, crew->stop,
		    crew->conf.limits.queue_ms * 1000, &crew->lobby);
	if (err == ERR_OK)
		err = crew_make_slots(crew);
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

void
crew_watch(struct crew *crew)
{
	if (crew->publisher == NULL ||
	    watch_start(&crew->conf, crew->pool, crew->publisher,
		&crew->watch) == ERR_OK)
		return;
	/* What is there is of before a reload, and nobody would drop it. */
	publisher_drop_all(crew->publisher);
	log_error(MODULE, "no page is published");
}
