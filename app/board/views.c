#include "board/views.h"

#include "base/digest.h"
#include "board/board.h"
#include "board/change.h"
#include "board/registry.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A power of two. Half of it stays empty, so that searches are short. */
#define INDEX_SIZE (2 * VIEWS_MAX)

struct entry {
	char slug[BOARD_SLUG_BYTES];
	struct change_views post;
};

struct table {
	struct entry entries[VIEWS_MAX];
	size_t count;
	uint16_t index[INDEX_SIZE]; /* 1 + the entry's place; 0: none */
};

_Static_assert(VIEWS_MAX < UINT16_MAX, "the index has places as uint16_t");

/*
 * Two tables: while one is being written, which takes as long as Redis takes,
 * the other is counted in. The lock is for the one that is counted in.
 */
struct views {
	pthread_mutex_t lock;
	struct table *counting;
	struct table *writing; /* empty between two writes */
};

enum err
views_create(struct views **created)
{
	struct views *views = calloc(1, sizeof(*views));

	if (views == NULL)
		return ERR_NO_MEMORY;
	pthread_mutex_init(&views->lock, NULL);
	views->counting = calloc(1, sizeof(*views->counting));
	views->writing = calloc(1, sizeof(*views->writing));
	if (views->counting == NULL || views->writing == NULL) {
		views_destroy(views);
		return ERR_NO_MEMORY;
	}
	*created = views;
	return ERR_OK;
}

void
views_destroy(struct views *views)
{
	if (views == NULL)
		return;
	pthread_mutex_destroy(&views->lock);
	free(views->counting);
	free(views->writing);
	free(views);
}

/*
 * Whoever makes it collide on purpose makes one look take as long as a walk
 * through the table, which is short: no need of a key.
 */
static uint64_t
hash_of(const char *slug, uint64_t id)
{
	uint64_t hash = digest_quick(DIGEST_QUICK, slug, strlen(slug));

	hash = digest_quick(hash, &id, sizeof(id));
	return hash ^ hash >> 32;
}

/* Where the index has a post, or where it is to have it. */
static uint16_t *
table_find(struct table *table, const char *slug, uint64_t id)
{
	size_t place = hash_of(slug, id) % INDEX_SIZE;

	while (table->index[place] != 0) {
		const struct entry *entry =
		    &table->entries[table->index[place] - 1];

		if (entry->post.id == id && strcmp(entry->slug, slug) == 0)
			break;
		place = (place + 1) % INDEX_SIZE;
	}
	return &table->index[place];
}

static void
table_add(struct table *table, const char *slug, uint64_t id, uint64_t count)
{
	uint16_t *place = table_find(table, slug, id);
	struct entry *entry;

	if (*place == 0) {
		if (table->count == VIEWS_MAX)
			return;
		entry = &table->entries[table->count++];
		*place = (uint16_t)table->count;
		memcpy(entry->slug, slug, strlen(slug) + 1);
		entry->post = (struct change_views){.id = id};
	}
	table->entries[*place - 1].post.count += count;
}

static void
table_clear(struct table *table)
{
	table->count = 0;
	memset(table->index, 0, sizeof(table->index));
}

void
views_count(struct views *views, const char *slug, uint64_t id)
{
	if (views == NULL || strlen(slug) >= BOARD_SLUG_BYTES)
		return;
	pthread_mutex_lock(&views->lock);
	table_add(views->counting, slug, id, 1);
	pthread_mutex_unlock(&views->lock);
}

/* What was counted till now; from now on an empty table is counted in. */
static struct table *
views_take(struct views *views)
{
	struct table *taken;

	pthread_mutex_lock(&views->lock);
	taken = views->counting;
	views->counting = views->writing;
	views->writing = taken;
	pthread_mutex_unlock(&views->lock);
	return taken;
}

/* Adds what could not be written to what was counted meanwhile. */
static void
views_keep(struct views *views, const struct entry *entries, size_t count)
{
	pthread_mutex_lock(&views->lock);
	for (size_t i = 0; i < count; i++)
		table_add(views->counting, entries[i].slug, entries[i].post.id,
		    entries[i].post.count);
	pthread_mutex_unlock(&views->lock);
}

static int
compare_slugs(const void *left, const void *right)
{
	return strcmp(((const struct entry *)left)->slug,
	    ((const struct entry *)right)->slug);
}

/* The first of the entries, as many as one script of one board takes. */
static enum err
write_some(struct store *store, const struct entry *entries, size_t count,
    size_t *written)
{
	struct change_views posts[CHANGE_VIEWS_MAX];
	size_t some = 0;

	while (some < count && some < CHANGE_VIEWS_MAX &&
	       strcmp(entries[some].slug, entries[0].slug) == 0) {
		posts[some] = entries[some].post;
		some++;
	}
	*written = some;
	arena_reset(store->arena);
	store->prefix =
	    registry_prefix(store->arena, store->first, entries[0].slug);
	return store->prefix == NULL ? ERR_NO_MEMORY
				     : change_views(store, posts, some);
}

/*
 * Asked before anything is written: a Redis that hangs carries out what it was
 * sent when it goes on, also what nobody waits for any more, and views that
 * were sent each time would count as often.
 */
static enum err
ask_redis(struct store *store)
{
	arena_reset(store->arena);
	return board_ping(store);
}

enum err
views_write(struct views *views, struct store *store)
{
	struct table *table = views_take(views);
	enum err lost = ERR_OK;
	enum err err = ERR_OK;
	size_t done = 0;

	if (table->count == 0)
		return ERR_OK;
	qsort(table->entries, table->count, sizeof(table->entries[0]),
	    compare_slugs);
	err = ask_redis(store);
	while (err == ERR_OK && done < table->count) {
		size_t written;

		err = write_some(store, &table->entries[done],
		    table->count - done, &written);
		if (err == ERR_UNAVAILABLE || err == ERR_NO_MEMORY)
			break;
		if (err != ERR_OK)
			lost = err;
		err = ERR_OK;
		done += written;
	}
	store->prefix = store->first;
	views_keep(views, &table->entries[done], table->count - done);
	table_clear(table);
	return err != ERR_OK ? err : lost;
}
