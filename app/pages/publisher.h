/*
 * What is published, and what is no longer: this joins board/graph (which
 * change makes which pages old) with view/pagestore (how pages come and go).
 * One for all slots of a process; a process and its neighbours on the machine
 * share the folder.
 */
#ifndef MADANG_PAGES_PUBLISHER_H
#define MADANG_PAGES_PUBLISHER_H

#include "base/conf.h"
#include "base/err.h"
#include "store/store.h"
#include "view/pagestore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct publisher;

/*
 * Whether the settings want one: not without pages.folder, nor without site.url
 * (each Host would want pages of its own, and who makes one up would have it
 * published).
 */
bool publisher_is_wanted(const struct conf *conf);

/*
 * conf is borrowed. NULL, without an error, when none is wanted. Nothing is
 * published before publisher_set_hearing. ERR_NO_MEMORY.
 */
enum err publisher_create(
    const struct conf *conf, struct publisher **publisher);
void publisher_destroy(struct publisher *publisher); /* NULL is fine */

/* For pages/publish, by any slot. */

/*
 * Counts a request. True: the same was asked for before, not too many others
 * ago, and may be published.
 */
bool publisher_has_seen(struct publisher *publisher, const char *name,
    const struct pagestore_unit *unit);

/* As pagestore_enter; -1 also while changes are not heard of. */
int publisher_enter(
    struct publisher *publisher, const struct pagestore_unit *unit);

/* As pagestore_leave. */
void publisher_leave(
    struct publisher *publisher, const struct pagestore_unit *unit);

/*
 * As pagestore_put, for a page of a unit that was entered as folder. It is good
 * until a time in Unix milliseconds at most; 0: whatever the time.
 */
bool publisher_put(struct publisher *publisher,
    const struct pagestore_unit *unit, int folder,
    const struct pagestore_page *page, uint64_t until_ms);

/* A store_hear, with a publisher: throws away what is old by a change. */
void publisher_hear(void *publisher, const struct store_change *change);
/* Has a store tell it of changes. A publisher that is NULL hears nothing. */
void publisher_attach(struct publisher *publisher, struct store *store);

/* Sets the metrics of it. NULL is fine. */
void publisher_tell(const struct publisher *publisher);

/* For who listens to Redis, one thread of a process. */

/* Whether changes are heard of: without that nothing may be published. */
void publisher_set_hearing(struct publisher *publisher, bool hearing);

/* Throws everything away. */
void publisher_drop_all(struct publisher *publisher);

/*
 * A changes_hear, with a publisher: takes the names of keys that were written.
 * What they make old goes at publisher_settle, which asks Redis what it has to
 * know; where that fails, more goes than had to.
 */
void publisher_note(void *publisher, const char *key, size_t length);
void publisher_settle(struct publisher *publisher, struct store *store);

/*
 * Throws away what is old by the time of day, or by changes that may be seen
 * late; and all, where something could not be thrown away: till that works
 * nothing is published. To be called every second or so, with
 * clock_monotonic_us(). What is published while Redis is away stays.
 */
void publisher_tick(struct publisher *publisher, uint64_t now_us);

/*
 * Makes room, which may take seconds: for a thread that does nothing else,
 * every second or so. Once told to stop, by any thread, it does no more.
 */
void publisher_sweep(struct publisher *publisher);
void publisher_stop_sweeping(struct publisher *publisher);

#endif
