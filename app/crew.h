/*
 * The threads of a worker with all that they share: how they start, and how
 * they end.
 */
#ifndef MADANG_CREW_H
#define MADANG_CREW_H

#include "base/conf.h"
#include "base/err.h"
#include "board/views.h"
#include "pages/publisher.h"
#include "slot.h"
#include "watch.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Slots that were started together, with the settings they run under. A
 * reload starts a new crew on the same socket before the old one stops, so
 * that no request waits for it.
 */
struct crew {
	struct conf conf;
	struct pool *pool;
	int stop; /* eventfd: readable once the crew shall stop */
	struct lobby *lobby;
	pthread_t lobby_thread;
	bool lobby_started;
	struct slot *slots;
	pthread_t *threads;
	size_t made;		     /* slots */
	size_t started;		     /* threads */
	struct publisher *publisher; /* NULL: nothing is published */
	struct watch *watch;	     /* once others may not publish any more */
	bool leaves_pages;	     /* nobody keeps them true after it */
	struct views *views;
	struct arena *views_arena; /* of who writes them */
	pthread_t views_thread;
	bool views_started;
};

/*
 * How many slots render at once: to wait for another slot's rendering is to
 * wait for a processor, which who renders needs anyway.
 */
size_t crew_slots_at_once(const struct conf *conf);

/*
 * All slots are made, settings and templates tried, before the first thread
 * takes a request of the socket, which the caller closes. Errors are logged.
 */
enum err crew_create(
    const struct conf *conf, int socket, struct crew **created);

/*
 * Lets a crew publish: once no other crew of the process does, whose pages may
 * be made by other settings or templates.
 */
void crew_watch(struct crew *crew);

/*
 * Tells the slots to stop, waits for what they have in hand, frees all.
 * ERR_INTERNAL when the lobby had failed.
 */
enum err crew_dismiss(struct crew *crew);

#endif
