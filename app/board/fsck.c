#include "board/fsck.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/number.h"
#include "board/board.h"
#include "board/fsck_scan.h"
#include "board/registry.h"
#include "store/keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For one look or one piece of keys, with the texts of some. */
#define WORK_BYTES (32UL * 1024 * 1024)

/* Entries of a list in one round trip. */
#define PIECE_ENTRIES 500
/* What is no number of a post is cut to so much: it is only told. */
#define ENTRY_BYTES 256
/* So often a list is read anew because it was put in order. */
#define RESTARTS_MAX 5

/* What looks wrong with one piece of a list. */
#define SUSPECTS_MAX  32
#define SUSPECT_BYTES (ENTRY_BYTES + 16)

/* How far a list was read. */
struct place {
	uint64_t read;		/* entries, from the oldest on */
	char last[ENTRY_BYTES]; /* the newest of them; "": none */
	uint64_t last_id;	/* the newest that is one; 0: none */
};

struct walk {
	struct fsck_work *work;
	const char *kind;
	struct place place;
	uint64_t entries; /* that were looked at */
	int restarts;	  /* since it was put in order */
	bool disordered;  /* that was told */
	bool mended;
	char suspects[SUSPECTS_MAX][SUSPECT_BYTES];
	size_t suspects_count;
	uint64_t ids[PIECE_ENTRIES];
	size_t count;
};

/* Has the script look at what looks wrong. */
static enum err
look_at_list(struct walk *walk)
{
	struct fsck_words words = {.script = SCRIPT_FSCK_KEYS, .mode = "list"};
	bool mended = false;
	enum err err;

	fsck_word(&words, walk->kind, strlen(walk->kind));
	for (size_t i = 0; i < walk->suspects_count; i++)
		fsck_word(&words, walk->suspects[i], strlen(walk->suspects[i]));
	walk->suspects_count = 0;
	err = fsck_look(walk->work, &words, NULL, &mended);
	walk->mended |= mended;
	return err;
}

static void __attribute__((format(printf, 2, 3)))
suspect(struct walk *walk, const char *format, ...)
{
	va_list arguments;

	if (walk->suspects_count == SUSPECTS_MAX)
		return;
	va_start(arguments, format);
	(void)vsnprintf(walk->suspects[walk->suspects_count++], SUSPECT_BYTES,
	    format, arguments);
	va_end(arguments);
}

/* Whether it is the list of posts, whose entries nothing else marks. */
static bool
is_post_list(const struct walk *walk)
{
	return strcmp(walk->kind, KEY_POST_ID) == 0;
}

/* Whether it was read before: where the list is in order it can't be. */
static bool
was_read(const struct walk *walk, uint64_t id)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->ids[i] == id)
			return true;
	return is_post_list(walk) && walk->restarts == 0 &&
	       fsck_was_seen(walk->work, id);
}

/* What is too long for a word of ours, or has a NUL in it. */
static void
tell_strange(struct walk *walk, const struct reply *entry)
{
	char words[ENTRY_BYTES];

	(void)snprintf(words, sizeof(words),
	    "%s%s has an entry of %zu bytes that is no number of a post: take "
	    "it away with LREM",
	    walk->work->board->prefix, walk->kind, entry->length);
	fsck_tell(walk->work, 0, words, FSCK_LEFT);
}

/* An entry, and how it stands behind the one before it. */
static void
take_entry(struct walk *walk, const struct reply *entry)
{
	uint64_t id;

	(void)snprintf(
	    walk->place.last, sizeof(walk->place.last), "%s", entry->text);
	if (strlen(walk->place.last) != entry->length) {
		tell_strange(walk, entry);
		return;
	}
	if (!number_parse(entry->text, entry->length, 1, POST_ID_MAX, &id)) {
		suspect(walk, "entry %s", walk->place.last);
		return;
	}
	if (id < walk->place.last_id && !walk->disordered) {
		/* One is enough: all of the list is mended at once. */
		suspect(walk, "order %" PRIu64 " %" PRIu64, id,
		    walk->place.last_id);
		walk->disordered = true;
	}
	if (id == walk->place.last_id ||
	    (walk->disordered && was_read(walk, id)))
		suspect(walk, "double %" PRIu64, id);
	walk->place.last_id = id;
	walk->ids[walk->count++] = id;
}

/* The next piece of a list; walk->count may be 0 although *more. */
static enum err
read_piece(struct walk *walk, bool *more)
{
	struct fsck_words words = {.script = SCRIPT_FSCK_KEYS, .mode = "walk"};
	char read[NUMBER_TEXT_BYTES];
	char size[NUMBER_TEXT_BYTES];
	struct reply reply;
	const struct reply *entries;
	enum err err;

	*more = false;
	walk->count = 0;
	fsck_word(&words, walk->kind, strlen(walk->kind));
	fsck_word(&words, read, number_write(walk->place.read, read));
	fsck_word(&words, walk->place.last, strlen(walk->place.last));
	fsck_word(&words, size, number_write(PIECE_ENTRIES, size));
	fsck_begin(walk->work);
	err = fsck_ask(walk->work, &words, "", &reply);
	if (err != ERR_OK)
		return err;
	if (reply.count != 3 || reply.items[2].type != REPLY_ARRAY ||
	    reply.items[2].count > PIECE_ENTRIES)
		return ERR_INTERNAL;
	entries = &reply.items[2];
	*more = entries->count > 0;
	walk->place.read = reply_number(&reply.items[0], UINT64_MAX);
	if (reply.items[1].integer != 1)
		walk->place.last_id = 0;
	for (size_t i = 0; i < entries->count; i++)
		take_entry(walk, &entries->items[i]);
	return ERR_OK;
}

/* What a list other than that of posts has. */
static enum err
look_at_entries(struct walk *walk)
{
	struct fsck_words words = {
	    .script = SCRIPT_FSCK_KEYS, .mode = "entries"};
	char text[PIECE_ENTRIES * (NUMBER_TEXT_BYTES + 1)];
	size_t length = 0;

	for (size_t i = 0; i < walk->count; i++) {
		length += number_write(walk->ids[i], text + length);
		text[length++] = ' ';
	}
	fsck_word(&words, walk->kind, strlen(walk->kind));
	fsck_word(&words, text, length);
	return fsck_look(walk->work, &words, NULL, NULL);
}

static enum err
look_at_piece(struct walk *walk)
{
	struct fsck_work *work = walk->work;
	uint64_t found;
	enum err err = ERR_OK;

	if (walk->suspects_count > 0)
		err = look_at_list(walk);
	if (err != ERR_OK || walk->mended || walk->count == 0)
		return err;
	if (is_post_list(walk))
		return fsck_look_at_posts(
		    work, walk->ids, walk->count, FSCK_LISTED);
	found = work->sums->found;
	err = look_at_entries(walk);
	/* Where one is wrong it may be another that the list should have. */
	if (found == work->sums->found &&
	    strncmp(walk->kind, KEY_CATEGORY, strlen(KEY_CATEGORY)) == 0)
		for (size_t i = 0; i < walk->count; i++)
			fsck_mark_sorted(work, walk->ids[i]);
	return err;
}

/*
 * A piece. One that was mended is read once more; a list that was put in order
 * is so from its beginning.
 */
static enum err
walk_piece(struct walk *walk, bool *more)
{
	const struct place before = walk->place;
	enum err err;

	walk->mended = false;
	err = read_piece(walk, more);
	if (err == ERR_OK)
		err = look_at_piece(walk);
	if (err != ERR_OK || !walk->mended) {
		walk->entries += walk->count;
		return err;
	}
	*more = true;
	walk->place = before;
	if (walk->disordered && walk->restarts < RESTARTS_MAX) {
		walk->restarts++;
		walk->disordered = false;
		walk->place = (struct place){.read = 0};
		walk->entries = 0;
	}
	return ERR_OK;
}

enum err
fsck_walk(struct fsck_work *work, const char *kind)
{
	struct walk *walk = malloc(sizeof(*walk));
	bool more = true;
	enum err err;

	if (walk == NULL)
		return ERR_NO_MEMORY;
	*walk = (struct walk){.work = work, .kind = kind};
	err = look_at_list(walk);
	while (err == ERR_OK && more) {
		err = walk_piece(walk, &more);
		if (err == ERR_OK && !walk->mended)
			work->fsck->step(work->fsck->context, walk->count);
	}
	if (is_post_list(walk))
		work->sums->posts += walk->entries;
	free(walk);
	return err;
}

/* The lists of a board, those of categories before that of posts. */
static enum err
walk_lists(struct fsck_work *work)
{
	enum err err = fsck_walk(work, KEY_NOTICES);

	for (int i = 1; i <= BOARD_CATEGORIES_MAX && err == ERR_OK; i++) {
		char kind[sizeof(KEY_CATEGORY) + NUMBER_TEXT_BYTES];

		(void)snprintf(kind, sizeof(kind), KEY_CATEGORY "%d", i);
		err = fsck_walk(work, kind);
	}
	return err == ERR_OK ? fsck_walk(work, KEY_POST_ID) : err;
}

/* What a board has one of; last, as last_id is behind all that was seen. */
static enum err
look_at_board(struct fsck_work *work)
{
	struct fsck_words words = {.script = SCRIPT_FSCK_KEYS, .mode = "board"};
	char largest[NUMBER_TEXT_BYTES];
	char boards[CONF_TEXT_MAX + sizeof(KEY_BOARDS)] = "";

	if (work->board->slug[0] == '\0')
		(void)snprintf(
		    boards, sizeof(boards), "%s" KEY_BOARDS, work->store.first);
	fsck_word(&words, largest, number_write(work->board->largest, largest));
	fsck_word(&words, boards, strlen(boards));
	fsck_word(&words, "}:" KEY_BOARD, strlen("}:" KEY_BOARD));
	return fsck_look(work, &words, NULL, NULL);
}

static enum err
read_last_id(struct fsck_work *work)
{
	struct command command;
	struct reply reply;
	char *key;
	enum err err;

	fsck_begin(work);
	key = key_of_board(work->store.arena, work->store.prefix, KEY_LAST_ID);
	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "GET", key, NULL);
	err = store_run(&work->store, &command, 1, &reply);
	if (err == ERR_OK)
		work->board->last_id = reply_number(&reply, POST_ID_MAX);
	return err;
}

static int
compare_later(const void *left, const void *right)
{
	const struct fsck_later *a = left;
	const struct fsck_later *b = right;

	if (a->board != b->board)
		return a->board < b->board ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/*
 * What depends on others, now that those are mended. The older ones first: a
 * reply finds its place when what it replies to has one.
 */
static enum err
look_at_later(struct fsck_work *work, enum fsck_when when)
{
	enum err err = ERR_OK;

	work->ending = true;
	qsort(work->later, work->later_count, sizeof(*work->later),
	    compare_later);
	for (size_t i = 0; i < work->later_count && err == ERR_OK; i++) {
		const struct fsck_later *later = &work->later[i];

		fsck_set_board(work, &work->boards[later->board]);
		if (when == FSCK_REPLIES || !fsck_is_asked_for(work, later->id))
			err = fsck_look_at_posts(work, &later->id, 1, when);
	}
	return err;
}

static enum err
look_at_all(struct fsck_work *work)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->fsck->boards && err == ERR_OK; i++) {
		fsck_set_board(work, &work->boards[i]);
		err = read_last_id(work);
		if (err == ERR_OK)
			err = walk_lists(work);
	}
	if (err == ERR_OK)
		err = fsck_scan(work);
	if (err == ERR_OK)
		err = look_at_later(work, FSCK_REPLIES);
	if (err == ERR_OK)
		err = look_at_later(work, FSCK_PLACES);
	for (size_t i = 0; i < work->fsck->boards && err == ERR_OK; i++) {
		fsck_set_board(work, &work->boards[i]);
		err = look_at_board(work);
	}
	return err;
}

enum err
fsck_run(
    const struct store *store, const struct fsck *fsck, struct fsck_sums *sums)
{
	struct fsck_work work = {.fsck = fsck, .store = *store, .sums = sums};
	enum err err = ERR_OK;

	*sums = (struct fsck_sums){.posts = 0};
	work.boards =
	    arena_zalloc(store->arena, fsck->boards, sizeof(*work.boards));
	work.marks = fsck_marks_create();
	work.later = calloc(FSCK_LATER_MAX, sizeof(*work.later));
	work.store.arena = arena_create(WORK_BYTES);
	if (work.boards == NULL || work.marks == NULL || work.later == NULL ||
	    work.store.arena == NULL)
		err = ERR_NO_MEMORY;
	for (size_t i = 0; i < fsck->boards && err == ERR_OK; i++) {
		work.boards[i].slug = fsck->slugs[i];
		work.boards[i].prefix =
		    registry_prefix(store->arena, store->first, fsck->slugs[i]);
		if (work.boards[i].prefix == NULL)
			err = ERR_NO_MEMORY;
	}
	if (err == ERR_OK)
		err = look_at_all(&work);
	free(work.later);
	arena_destroy(work.store.arena);
	fsck_marks_destroy(work.marks);
	return err;
}

enum err
fsck_measure(
    const struct store *store, const struct fsck *fsck, uint64_t *steps)
{
	struct store reader = *store;
	struct command command;
	struct reply reply;
	enum err err;

	reader.until_us = clock_monotonic_us() + fsck->patience_us;
	command_of(&command, "DBSIZE", NULL);
	err = store_run(&reader, &command, 1, &reply);
	*steps = err == ERR_OK ? reply_number(&reply, UINT64_MAX) : 0;
	for (size_t i = 0; i < fsck->boards && err == ERR_OK; i++) {
		char *prefix =
		    registry_prefix(store->arena, store->first, fsck->slugs[i]);
		char *list = prefix == NULL ? NULL
					    : key_of_board(store->arena, prefix,
						  KEY_POST_ID);

		if (list == NULL)
			return ERR_NO_MEMORY;
		reader.until_us = clock_monotonic_us() + fsck->patience_us;
		command_of(&command, "LLEN", list, NULL);
		err = store_run(&reader, &command, 1, &reply);
		/* Once as posts, and once more in their categories. */
		if (err == ERR_OK)
			*steps += 2 * reply_number(&reply, POST_ID_MAX);
	}
	return err;
}
