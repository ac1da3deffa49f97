/*
 * A slot: what one request at a time needs, made once. Its gateway, its
 * arena, its view; the pool and the settings it shares with the others.
 */
#ifndef MADANG_SLOT_H
#define MADANG_SLOT_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "store/store.h"
#include "view/view.h"
#include "web/gateway.h"

#include <stdbool.h>

struct views;

struct slot {
	const struct conf *conf;
	struct pool *pool;
	struct views *views;
	struct gateway *gateway;
	struct arena *arena;
	struct view *view;
};

/*
 * Fills a slot for a gateway, which becomes the slot's own (also when this
 * fails). Settings, pool and views are borrowed. ERR_CONFIG (templates,
 * logged), ERR_NO_MEMORY.
 */
enum err slot_init(struct slot *slot, const struct conf *conf,
    struct pool *pool, struct views *views, struct gateway *gateway);
void slot_free(struct slot *slot);

/* Answers requests until the gateway stops. False: it failed for good. */
bool slot_run(struct slot *slot);

/*
 * The pool that slots of these settings share with whoever writes the views.
 * ERR_NO_MEMORY.
 */
enum err slot_pool_create(const struct conf *conf, struct pool **pool);

/* One request's use of a pool, beginning now. */
struct store slot_store(
    const struct conf *conf, struct pool *pool, struct arena *arena);

#endif
