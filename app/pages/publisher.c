#include "pages/publisher.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/digest.h"
#include "board/graph.h"
#include "board/registry.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/*
 * Requests are remembered in so many places, by 16 bits of what was asked for,
 * until another one takes the place. Who walks through a million old pages
 * asks once for each, and publishes none of them.
 */
#define SEEN_PLACES 65536

/* Keys that were noted, and views: more than that and everything goes. */
#define NOTES_MAX 1024

/* Keys of one post come one after another: so far back it is looked for. */
#define NOTES_BACK 16

/* When the lists of a board are old by the time of day. */
struct due {
	char slug[BOARD_SLUG_BYTES];
	uint64_t until_ms; /* 0: the place is free */
};

struct notes {
	struct graph_change changes[NOTES_MAX];
	size_t count;
	bool all; /* and more */
};

struct publisher {
	struct pagestore *files;
	const char *first; /* the prefix of the first board */
	atomic_bool hearing;
	atomic_bool stale; /* something that is old could not be thrown away */
	_Atomic uint16_t seen[SEEN_PLACES];
	pthread_mutex_t due_lock;
	struct due due[REGISTRY_MAX];
	/* By the one thread that listens: */
	struct notes now;
	struct notes later; /* what may be seen late */
	uint64_t later_us;  /* since then there is something in it */
};

bool
publisher_is_wanted(const struct conf *conf)
{
	return conf->pages.folder[0] != '\0' && conf->site.url[0] != '\0';
}

enum err
publisher_create(const struct conf *conf, struct publisher **created)
{
	struct publisher *publisher;

	*created = NULL;
	if (!publisher_is_wanted(conf))
		return ERR_OK;
	publisher = calloc(1, sizeof(*publisher));
	if (publisher == NULL)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&publisher->due_lock, NULL);
	publisher->first = conf->redis.prefix;
	if (pagestore_create(conf->pages.folder, conf->pages.files,
		conf->pages.bytes, &publisher->files) != ERR_OK) {
		publisher_destroy(publisher);
		return ERR_NO_MEMORY;
	}
	*created = publisher;
	return ERR_OK;
}

void
publisher_destroy(struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	pagestore_destroy(publisher->files);
	pthread_mutex_destroy(&publisher->due_lock);
	free(publisher);
}

/* Publishing */

bool
publisher_has_seen(struct publisher *publisher, const char *name,
    const struct pagestore_unit *unit)
{
	/* Who makes two collide on purpose has one published early. */
	uint64_t hash = DIGEST_QUICK ^ unit->id;
	_Atomic uint16_t *place;
	uint16_t mark;

	hash = digest_quick(hash, unit->slug, strlen(unit->slug));
	hash = digest_quick(hash, name, strlen(name));
	hash ^= hash >> 32;
	place = &publisher->seen[hash % SEEN_PLACES];
	/* Never the 0 of an empty place. */
	mark = (uint16_t)(hash >> 16 | 1);
	if (atomic_load_explicit(place, memory_order_relaxed) == mark) {
		metrics_add(METRIC_PAGES_AGAIN, 1);
		return true;
	}
	metrics_add(METRIC_PAGES_FIRST, 1);
	atomic_store_explicit(place, mark, memory_order_relaxed);
	return false;
}

int
publisher_enter(struct publisher *publisher, const struct pagestore_unit *unit)
{
	if (atomic_load(&publisher->hearing) && !atomic_load(&publisher->stale))
		return pagestore_enter(publisher->files, unit);
	metrics_add(METRIC_PAGES_DEAF, 1);
	return -1;
}

void
publisher_tell(const struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	metrics_set(
	    METRIC_PAGES_HEARING, atomic_load(&publisher->hearing) ? 1 : 0);
	pagestore_tell(publisher->files);
}

/* The place of a board, or a free one; NULL: there are too many boards. */
static struct due *
find_due(struct publisher *publisher, const char *slug)
{
	struct due *free_place = NULL;

	for (size_t i = 0; i < REGISTRY_MAX; i++) {
		struct due *due = &publisher->due[i];

		if (due->until_ms != 0 && strcmp(due->slug, slug) == 0)
			return due;
		if (due->until_ms == 0 && free_place == NULL)
			free_place = due;
	}
	return free_place;
}

/* False: it can't be remembered. */
static bool
remember_due(struct publisher *publisher, const char *slug, uint64_t until_ms)
{
	struct due *due;

	pthread_mutex_lock(&publisher->due_lock);
	due = find_due(publisher, slug);
	if (due != NULL && (due->until_ms == 0 || due->until_ms > until_ms)) {
		due->until_ms = until_ms;
		(void)strncpy(due->slug, slug, sizeof(due->slug) - 1);
	}
	pthread_mutex_unlock(&publisher->due_lock);
	return due != NULL;
}

void
publisher_leave(struct publisher *publisher, const struct pagestore_unit *unit)
{
	pagestore_leave(publisher->files, unit);
}

bool
publisher_put(struct publisher *publisher, const struct pagestore_unit *unit,
    int folder, const struct pagestore_page *page, uint64_t until_ms)
{
	/* Only lists have a time; they go with their board's others. */
	if (until_ms != 0 && !remember_due(publisher, unit->slug, until_ms))
		return false;
	return pagestore_put(publisher->files, folder, page);
}

/* Throwing away */

/* What failed is tried again, see publisher_tick. */
static void
note_dropped(struct publisher *publisher, bool dropped)
{
	if (!dropped)
		atomic_store(&publisher->stale, true);
}

static void
drop(struct publisher *publisher, enum pagestore_kind kind, const char *slug,
    uint64_t id)
{
	const struct pagestore_unit unit = {
	    .kind = kind, .slug = slug, .id = id};

	note_dropped(publisher, pagestore_drop(publisher->files, &unit));
}

static void
drop_lists(struct publisher *publisher, const char *slug)
{
	struct due *due;

	/* Before the pages: what is published meanwhile is due anew. */
	pthread_mutex_lock(&publisher->due_lock);
	due = find_due(publisher, slug);
	if (due != NULL)
		due->until_ms = 0;
	pthread_mutex_unlock(&publisher->due_lock);
	drop(publisher, PAGESTORE_LISTS, slug, 0);
}

void
publisher_drop_all(struct publisher *publisher)
{
	note_dropped(publisher, pagestore_drop_all(publisher->files));
}

/* What a change makes old, except in threads. */
static void
drop_around(struct publisher *publisher, const char *slug, unsigned pages)
{
	if (pages & GRAPH_ALL)
		publisher_drop_all(publisher);
	if (pages & GRAPH_BOARD)
		note_dropped(
		    publisher, pagestore_drop_board(publisher->files, slug));
	if (pages & GRAPH_LISTS)
		drop_lists(publisher, slug);
	if (pages & GRAPH_SITE)
		drop(publisher, PAGESTORE_SITE, "", 0);
}

/* Of a post, whose thread's is root; 0: nobody knows. */
static void
drop_of_post(struct publisher *publisher, const char *slug, unsigned pages,
    uint64_t id, uint64_t root)
{
	if (root == 0)
		note_dropped(
		    publisher, pagestore_drop_threads(publisher->files, slug));
	else if (pages & GRAPH_THREAD)
		drop(publisher, PAGESTORE_THREAD, slug, root);
	/* A reply's own address may say that it is gone. */
	if (root != id && (pages & GRAPH_THREAD))
		drop(publisher, PAGESTORE_THREAD, slug, id);
	if ((pages & GRAPH_ROW) && (root == 0 || root == id))
		drop_lists(publisher, slug);
}

void
publisher_hear(void *context, const struct store_change *change)
{
	struct publisher *publisher = context;
	unsigned pages = graph_of_kind(change->kind);
	char slug[BOARD_SLUG_BYTES];

	if (!graph_slug_of_prefix(publisher->first, change->prefix, slug)) {
		publisher_drop_all(publisher);
		return;
	}
	drop_around(publisher, slug, pages);
	if (pages & GRAPH_POST)
		drop_of_post(publisher, slug, pages, change->id, change->root);
}

void
publisher_attach(struct publisher *publisher, struct store *store)
{
	store->hear = publisher == NULL ? NULL : publisher_hear;
	store->hear_context = publisher;
}

/* Listening */

void
publisher_set_hearing(struct publisher *publisher, bool hearing)
{
	atomic_store(&publisher->hearing, hearing);
}

static bool
is_noted(const struct notes *notes, const struct graph_change *change)
{
	size_t back = notes->count < NOTES_BACK ? notes->count : NOTES_BACK;

	for (size_t i = notes->count - back; i < notes->count; i++) {
		const struct graph_change *other = &notes->changes[i];

		if (other->id == change->id && other->pages == change->pages &&
		    strcmp(other->slug, change->slug) == 0)
			return true;
	}
	return false;
}

static void
note(struct notes *notes, const struct graph_change *change)
{
	if (is_noted(notes, change))
		return;
	if (notes->count == NOTES_MAX)
		notes->all = true;
	else
		notes->changes[notes->count++] = *change;
}

static void
forget(struct notes *notes)
{
	notes->count = 0;
	notes->all = false;
}

void
publisher_note(void *context, const char *key, size_t length)
{
	struct publisher *publisher = context;
	struct graph_change change;

	if (key == NULL) {
		publisher->now.all = true;
		return;
	}
	change = graph_of_key(publisher->first, key, length);
	if (change.pages & GRAPH_LATER) {
		if (publisher->later.count == 0)
			publisher->later_us = clock_monotonic_us();
		note(&publisher->later, &change);
	} else if (change.pages != 0) {
		note(&publisher->now, &change);
	}
}

/* The posts of one board among what was noted. */
struct posts {
	uint64_t ids[NOTES_MAX];
	uint64_t roots[NOTES_MAX];
	unsigned pages[NOTES_MAX];
	size_t count;
};

static void
take_posts(struct notes *notes, const char *slug, struct posts *posts)
{
	posts->count = 0;
	for (size_t i = 0; i < notes->count; i++) {
		struct graph_change *change = &notes->changes[i];

		if (!(change->pages & GRAPH_POST) ||
		    strcmp(change->slug, slug) != 0)
			continue;
		posts->ids[posts->count] = change->id;
		posts->pages[posts->count++] = change->pages;
		/* slug may be this one's own. */
		change->pages = 0;
	}
}

static void
settle_posts(struct publisher *publisher, struct store *store, const char *slug)
{
	struct posts *posts = arena_alloc(store->arena, sizeof(*posts));
	enum err err = ERR_NO_MEMORY;

	if (posts != NULL) {
		take_posts(&publisher->now, slug, posts);
		store->prefix =
		    registry_prefix(store->arena, store->first, slug);
		if (store->prefix != NULL)
			err = graph_find_roots(
			    store, posts->ids, posts->count, posts->roots);
	}
	if (err != ERR_OK) {
		note_dropped(
		    publisher, pagestore_drop_board(publisher->files, slug));
		return;
	}
	for (size_t i = 0; i < posts->count; i++)
		drop_of_post(publisher, slug, posts->pages[i], posts->ids[i],
		    posts->roots[i]);
}

void
publisher_settle(struct publisher *publisher, struct store *store)
{
	struct notes *notes = &publisher->now;

	if (notes->all)
		publisher_drop_all(publisher);
	for (size_t i = 0; i < notes->count && !notes->all; i++)
		drop_around(
		    publisher, notes->changes[i].slug, notes->changes[i].pages);
	for (size_t i = 0; i < notes->count && !notes->all; i++)
		if (notes->changes[i].pages & GRAPH_POST)
			settle_posts(publisher, store, notes->changes[i].slug);
	store->prefix = store->first;
	forget(notes);
}

/* Time */

static void
settle_later(struct publisher *publisher)
{
	struct notes *later = &publisher->later;

	if (later->all)
		publisher_drop_all(publisher);
	for (size_t i = 0; i < later->count && !later->all; i++) {
		const struct graph_change *change = &later->changes[i];

		note_dropped(
		    publisher, pagestore_drop_near(publisher->files,
				   change->slug, change->id * PAGESTORE_NEAR));
		drop_lists(publisher, change->slug);
	}
	forget(later);
}

static void
drop_due(struct publisher *publisher)
{
	uint64_t now = clock_unix_ms();

	for (size_t i = 0; i < REGISTRY_MAX; i++) {
		struct due due;

		pthread_mutex_lock(&publisher->due_lock);
		due = publisher->due[i];
		pthread_mutex_unlock(&publisher->due_lock);
		if (due.until_ms != 0 && due.until_ms <= now)
			drop_lists(publisher, due.slug);
	}
}

void
publisher_tick(struct publisher *publisher, uint64_t now_us)
{
	bool hearing = atomic_load(&publisher->hearing);

	if (atomic_exchange(&publisher->stale, false))
		publisher_drop_all(publisher);
	if (hearing)
		drop_due(publisher);
	if (hearing && publisher->later.count > 0 &&
	    now_us >= publisher->later_us + UINT64_C(1000) * GRAPH_LATER_MS)
		settle_later(publisher);
}

void
publisher_sweep(struct publisher *publisher)
{
	pagestore_sweep(publisher->files);
}

void
publisher_stop_sweeping(struct publisher *publisher)
{
	pagestore_stop_sweeping(publisher->files);
}
