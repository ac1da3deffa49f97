/*
 * Keeps what is published true: a thread that hears from Redis what changes,
 * and has the pages thrown away that are old by it.
 */
#ifndef MADANG_WATCH_H
#define MADANG_WATCH_H

#include "base/conf.h"
#include "base/err.h"
#include "pages/publisher.h"
#include "store/pool.h"

struct watch;

/*
 * Begins it, all borrowed till watch_stop. As soon as Redis can be heard, what
 * is published goes, since nobody knows what changed before, and the publisher
 * may publish; likewise each time after that it could not. ERR_INTERNAL (no
 * thread, logged), ERR_NO_MEMORY.
 */
enum err watch_start(const struct conf *conf, struct pool *pool,
    struct publisher *publisher, struct watch **watch);

/* Ends it. What is published stays. NULL is fine. */
void watch_stop(struct watch *watch);

#endif
