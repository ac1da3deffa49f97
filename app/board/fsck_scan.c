#include "board/fsck_scan.h"

#include "base/number.h"
#include "base/text.h"
#include "board/board.h"
#include "board/fsck_text.h"
#include "board/keyscan.h"
#include "store/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For the keys of one round trip, and what one bucket of Redis has more. */
#define SCAN_BYTES (16UL * 1024 * 1024)

/* Hashes of views in one look: a hundred posts each. */
#define VIEWS_BATCH 4

/* What we put before the names of keys beside the tutorial's two. */
static const char *const ours[] = {"news:", "madang:"};

/* What is looked at where such a key is come upon. */
enum subject {
	SUBJECT_UNKNOWN,
	SUBJECT_BOARD, /* nothing: it was, or is in the end */
	SUBJECT_POST,
	SUBJECT_VIEWS,
	SUBJECT_CATEGORY,
	SUBJECT_PASSING
};

static const struct kind {
	const char *name;
	enum subject subject;
	enum fsck_text text; /* what it says, if it is people's */
	const char *seconds; /* that it may stay; NULL: for ever */
} kinds[] = {
    {KEY_LAST_ID, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_POST_ID, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_NOTICES, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_BOARD, SUBJECT_BOARD, FSCK_TEXT_BOARD, NULL},
    {KEY_BOARDS, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_SECRET, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_SCHEMA, SUBJECT_BOARD, FSCK_TEXT_NONE, NULL},
    {KEY_NAME, SUBJECT_POST, FSCK_TEXT_NAME, NULL},
    {KEY_TEXT, SUBJECT_POST, FSCK_TEXT_POST, NULL},
    {KEY_META, SUBJECT_POST, FSCK_TEXT_META, NULL},
    {KEY_WORDS, SUBJECT_POST, FSCK_TEXT_WORDS, NULL},
    {KEY_REPLIES, SUBJECT_POST, FSCK_TEXT_NONE, NULL},
    {KEY_VERSIONS, SUBJECT_POST, FSCK_TEXT_VERSIONS, NULL},
    {KEY_RECOMMEND, SUBJECT_POST, FSCK_TEXT_NONE, NULL},
    {KEY_TRASH, SUBJECT_POST, FSCK_TEXT_TRASH, NULL},
    {KEY_VIEWS, SUBJECT_VIEWS, FSCK_TEXT_NONE, NULL},
    {KEY_CATEGORY, SUBJECT_CATEGORY, FSCK_TEXT_NONE, NULL},
    {KEY_ONCE, SUBJECT_PASSING, FSCK_TEXT_NONE, "60"},
    {KEY_TRIES, SUBJECT_PASSING, FSCK_TEXT_NONE, "600"},
    {KEY_LIMIT, SUBJECT_PASSING, FSCK_TEXT_NONE, "86400"},
    {KEY_DAY, SUBJECT_PASSING, FSCK_TEXT_NONE, "86400"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A key of a board's. */
struct found {
	struct fsck_board *board;
	enum subject subject;
	enum fsck_text text;
	bool gives_id;
	uint64_t id;	     /* or number of views, of a category; 0: none */
	const char *seconds; /* of its kind */
	const char *name;
	size_t length;
};

struct scan {
	struct fsck_work *work;
	struct arena *arena; /* of the keys' names, reset by each piece */
	struct found *found;
	size_t count;
	uint64_t *ids; /* room for count */
};

/* What is behind a board's prefix. False: it is no key of ours. */
static bool
read_kind(const char *key, size_t length, struct found *found)
{
	for (size_t i = 0; i < KINDS; i++) {
		const struct kind *kind = &kinds[i];
		size_t bytes = strlen(kind->name);
		bool whole = kind->name[bytes - 1] != ':';

		if (length < bytes || memcmp(key, kind->name, bytes) != 0 ||
		    (whole && length != bytes))
			continue;
		found->text = kind->text;
		found->subject = kind->subject;
		found->seconds = kind->seconds;
		found->gives_id = strcmp(kind->name, KEY_VERSIONS) != 0 &&
				  strcmp(kind->name, KEY_RECOMMEND) != 0;
		if (whole || kind->subject == SUBJECT_PASSING ||
		    number_parse(key + bytes, length - bytes,
			kind->subject == SUBJECT_VIEWS ? 0 : 1, POST_ID_MAX,
			&found->id))
			return true;
	}
	found->text = FSCK_TEXT_NONE;
	found->subject = SUBJECT_UNKNOWN;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (length >= strlen(ours[i]) &&
		    memcmp(key, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

static bool
read_key(
    const struct fsck_work *work, const struct reply *key, struct found *found)
{
	*found = (struct found){.id = 0};
	for (size_t i = 0; i < work->fsck->boards; i++) {
		struct fsck_board *board = &work->boards[i];
		size_t bytes = strlen(board->prefix);

		if (key->length >= bytes &&
		    memcmp(key->text, board->prefix, bytes) == 0 &&
		    read_kind(key->text + bytes, key->length - bytes, found)) {
			found->board = board;
			found->name = key->text;
			found->length = key->length;
			return true;
		}
	}
	return false;
}

/*
 * Whether an id is given, for last_id: what scripts take for a sign of that.
 */
static void
note_id(const struct found *found)
{
	if (found->subject == SUBJECT_POST && found->gives_id &&
	    found->board->largest < found->id)
		found->board->largest = found->id;
}

/* By board, by what is looked at, and by id: a batch each. */
static int
compare_found(const void *left, const void *right)
{
	const struct found *a = left;
	const struct found *b = right;

	if (a->board != b->board)
		return a->board < b->board ? -1 : 1;
	if (a->subject != b->subject)
		return a->subject < b->subject ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* Posts that no list led to. */
static enum err
look_at_posts(struct scan *scan, const struct found *found, size_t count)
{
	size_t unseen = 0;

	for (size_t i = 0; i < count; i++)
		if (!fsck_was_seen(scan->work, found[i].id) &&
		    (unseen == 0 || scan->ids[unseen - 1] != found[i].id))
			scan->ids[unseen++] = found[i].id;
	return fsck_look_at_posts(scan->work, scan->ids, unseen, FSCK_FOUND);
}

static enum err
look_at_views(struct scan *scan, const struct found *found, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i += VIEWS_BATCH) {
		struct fsck_words words = {
		    .script = SCRIPT_FSCK_KEYS, .mode = "views"};
		char text[VIEWS_BATCH * (NUMBER_TEXT_BYTES + 1)];
		size_t length = 0;

		for (size_t j = i; j < count && j < i + VIEWS_BATCH; j++) {
			length += number_write(found[j].id, text + length);
			text[length++] = ' ';
		}
		fsck_word(&words, text, length);
		err = fsck_look(scan->work, &words, NULL, NULL);
	}
	return err;
}

/* Of a number that no board has: those it has were looked at. */
static enum err
look_at_categories(struct scan *scan, const struct found *found, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		char kind[sizeof(KEY_CATEGORY) + NUMBER_TEXT_BYTES];

		if (found[i].id <= BOARD_CATEGORIES_MAX)
			continue;
		(void)snprintf(
		    kind, sizeof(kind), KEY_CATEGORY "%" PRIu64, found[i].id);
		err = fsck_walk(scan->work, kind);
	}
	return err;
}

static enum err
look_at_passing(struct scan *scan, const struct found *found, size_t count)
{
	enum err err = ERR_OK;
	size_t done = 0;

	while (done < count && err == ERR_OK) {
		struct fsck_words words = {
		    .script = SCRIPT_FSCK_KEYS, .mode = "expire"};

		for (; done < count && words.count < FSCK_WORDS_MAX; done++) {
			const char *seconds = found[done].seconds;

			fsck_word(&words, found[done].name, found[done].length);
			fsck_word(&words, seconds, strlen(seconds));
		}
		err = fsck_look(scan->work, &words, NULL, NULL);
	}
	return err;
}

static enum err
tell_unknown(struct scan *scan, const struct found *found, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *words;
		char *name;

		fsck_begin(scan->work);
		name = text_repair(scan->work->store.arena, found[i].name,
		    found[i].length, FSCK_NAME_MAX_BYTES);
		words = name == NULL
			    ? NULL
			    : arena_printf(scan->work->store.arena,
				  "the key %s is none that Madang knows: if "
				  "nobody else needs it, delete it",
				  name);
		if (words == NULL)
			return ERR_NO_MEMORY;
		fsck_tell(scan->work, 0, words, FSCK_LEFT);
	}
	return ERR_OK;
}

/* Keys of one board, all of one subject. */
static enum err
look_at_some(struct scan *scan, const struct found *found, size_t count)
{
	fsck_set_board(scan->work, found->board);
	switch (found->subject) {
	case SUBJECT_UNKNOWN:
		return tell_unknown(scan, found, count);
	case SUBJECT_POST:
		return look_at_posts(scan, found, count);
	case SUBJECT_VIEWS:
		return look_at_views(scan, found, count);
	case SUBJECT_CATEGORY:
		return look_at_categories(scan, found, count);
	case SUBJECT_PASSING:
		return look_at_passing(scan, found, count);
	case SUBJECT_BOARD:
		break;
	}
	return ERR_OK;
}

/* What the texts of a piece's keys are. */
static enum err
look_at_texts(struct scan *scan, const struct found *found, size_t count)
{
	enum err err = ERR_OK;
	size_t done = 0;

	fsck_set_board(scan->work, found->board);
	while (done < count && err == ERR_OK) {
		struct fsck_text_key keys[FSCK_TEXTS];
		size_t some = 0;

		for (; done < count && some < FSCK_TEXTS; done++)
			if (found[done].text != FSCK_TEXT_NONE)
				keys[some++] = (struct fsck_text_key){
				    .text = found[done].text,
				    .id = found[done].id,
				    .name = found[done].name,
				    .length = found[done].length};
		if (some > 0)
			err = fsck_look_at_texts(scan->work, keys, some);
	}
	return err;
}

static enum err
look_at_piece(struct scan *scan)
{
	enum err err = ERR_OK;
	size_t end;

	qsort(scan->found, scan->count, sizeof(*scan->found), compare_found);
	for (size_t i = 0; i < scan->count && err == ERR_OK; i = end) {
		const struct found *first = &scan->found[i];

		for (end = i; end < scan->count &&
			      scan->found[end].board == first->board &&
			      scan->found[end].subject == first->subject;
		     end++)
			;
		err = look_at_some(scan, first, end - i);
		if (err == ERR_OK)
			err = look_at_texts(scan, first, end - i);
	}
	return err;
}

/* Those of the next keys that are a board's; *read: how many there were. */
static enum err
read_piece(struct scan *scan, struct keyscan *next, size_t *read)
{
	struct store store = scan->work->store;
	const struct reply *keys;
	enum err err;

	arena_reset(scan->arena);
	fsck_begin(scan->work);
	store.arena = scan->arena;
	store.until_us = scan->work->store.until_us;
	err = keyscan_next(next, &store, &keys, read);
	if (err != ERR_OK)
		return err;
	scan->count = 0;
	scan->found =
	    arena_alloc(scan->arena, (*read + 1) * sizeof(*scan->found));
	scan->ids = arena_alloc(scan->arena, (*read + 1) * sizeof(*scan->ids));
	if (scan->found == NULL || scan->ids == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < *read; i++) {
		struct found *found = &scan->found[scan->count];

		if (!read_key(scan->work, &keys[i], found))
			continue;
		note_id(found);
		scan->count++;
	}
	return ERR_OK;
}

enum err
fsck_scan(struct fsck_work *work)
{
	struct scan scan = {.work = work, .arena = arena_create(SCAN_BYTES)};
	const struct fsck *fsck = work->fsck;
	struct keyscan next;
	size_t read;
	enum err err = scan.arena == NULL ? ERR_NO_MEMORY : ERR_OK;

	keyscan_begin(&next, NULL);
	while (err == ERR_OK && !next.ended) {
		err = read_piece(&scan, &next, &read);
		if (err == ERR_OK)
			err = look_at_piece(&scan);
		if (err != ERR_OK)
			break;
		work->sums->keys += scan.count;
		if (fsck->all)
			work->sums->others += read - scan.count;
		fsck->step(fsck->context, read);
	}
	arena_destroy(scan.arena);
	return err;
}
