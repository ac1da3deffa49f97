/*
 * A slot: what one request at a time needs, made once. Its gateway, its
 * arena, its view; the pool and the settings it shares with the others.
 */
#ifndef MADANG_SLOT_H
#define MADANG_SLOT_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "pages/page.h"
#include "store/store.h"
#include "view/view.h"
#include "web/gateway.h"

#include <stdbool.h>
#include <stdint.h>

struct publisher;
struct views;

/* What slots share; all of it is borrowed. */
struct slot_shared {
	const struct conf *conf;
	struct pool *pool;
	struct views *views;
	struct publisher *publisher; /* NULL: nothing is published */
	/* Whose templates are used; NULL: the slot reads them. */
	const struct view *view;
	size_t at_once; /* slots that then render at the same time */
};

struct slot {
	struct slot_shared shared;
	struct gateway *gateway;
	struct arena *arena;
	struct view *view;
	uint64_t ids; /* the next request's is made of it */
	char id[17];  /* and stands here */
};

/*
 * Fills a slot for a gateway, which becomes the slot's own (also when this
 * fails); NULL for who only wants pages of it. ERR_CONFIG (templates, logged),
 * ERR_NO_MEMORY.
 */
enum err slot_init(struct slot *slot, const struct slot_shared *shared,
    struct gateway *gateway);
void slot_free(struct slot *slot);

/*
 * What slots need of the process: templates, digests, JSON, the time zone.
 * Once, before threads. ERR_NO_MEMORY, ERR_INTERNAL (logged).
 */
enum err slot_prepare(const struct conf *conf);

/* Answers requests until the gateway stops. */
void slot_run(struct slot *slot);

/* How Redis is reached; the texts are conf's. */
struct connection_settings slot_redis(const struct conf *conf);

/*
 * A page of the slot for a request, beginning now; what answers it goes into
 * the response. Both must outlive it.
 */
struct page slot_page(struct slot *slot, const struct http_request *request,
    struct http_response *response);

/*
 * The pool that slots of these settings share with whoever writes the views.
 * ERR_NO_MEMORY.
 */
enum err slot_pool_create(const struct conf *conf, struct pool **pool);

/* One request's use of a pool, beginning now. */
struct store slot_store(
    const struct conf *conf, struct pool *pool, struct arena *arena);

#endif
