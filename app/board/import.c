#include "board/import.h"

#include "base/clock.h"
#include "base/seal.h"
#include "board/board.h"
#include "board/keyscan.h"
#include "board/pack.h"
#include "board/registry.h"
#include "store/keys.h"
#include "store/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one call: a batch, and the longest line there may be once more. */
#define WORK_BYTES (128UL * 1024 * 1024)

/* A batch is sent when it has one of these: some milliseconds for Redis. */
#define BATCH_LINES 200
#define BATCH_BYTES (512UL * 1024)

/* Ids that a list grows by in one step. */
#define LIST_STEP "5000"

#define TOKEN_BYTES (2 * SEAL_KEY_BYTES + 1)

struct import_board {
	char slug[BOARD_SLUG_BYTES];
	char *prefix;
	uint64_t layout;
};

struct import {
	struct store store;  /* with an arena of its own, reset by each call */
	struct arena *batch; /* of the lines that wait */
	struct buf packed;
	size_t waiting;		    /* lines */
	struct import_board *board; /* whose they are */
	struct import_board boards[REGISTRY_MAX];
	size_t count;
	uint64_t patience_us;
	struct import_sums sums;
	char token[TOKEN_BYTES];
	char trouble[256];
};

static void
begin_call(struct import *import)
{
	arena_reset(import->store.arena);
	import->store.until_us = clock_monotonic_us() + import->patience_us;
}

static void
begin_batch(struct import *import)
{
	arena_reset(import->batch);
	buf_init(&import->packed, import->batch);
	import->waiting = 0;
}

static enum err
conflict(struct import *import, const char *slug, const char *what)
{
	(void)snprintf(import->trouble, sizeof(import->trouble), "board %s %s",
	    slug[0] == '\0' ? "/" : slug, what);
	return ERR_CONFLICT;
}

/* import.lua, for a board. What it gave is ERR_CONFLICT where it gives up. */
static enum err
run(struct import *import, const struct import_board *board, const char *step,
    const struct command *more, struct reply *reply)
{
	struct store *store = &import->store;
	char *last_id = key_of_board(store->arena, board->prefix, KEY_LAST_ID);
	struct command words;
	enum err err;

	if (last_id == NULL)
		return ERR_NO_MEMORY;
	command_of(&words, last_id, board->prefix, import->token, step, NULL);
	for (size_t i = 0; more != NULL && i < more->count; i++)
		command_add(&words, more->words[i], more->lengths[i]);
	err = script_run(store, SCRIPT_IMPORT, &words, reply);
	if (err == ERR_OK && script_says(reply, "lost"))
		return conflict(import, board->slug,
		    "is being imported by another command, which began later");
	if (err == ERR_OK && script_says(reply, "taken"))
		return conflict(import, board->slug,
		    "has posts already, or had some: an import wants an empty "
		    "one");
	return err;
}

static enum err
send_batch(struct import *import)
{
	struct command more = {.count = 0};
	struct reply reply;
	struct buf whole;
	enum err err;

	if (import->waiting == 0)
		return ERR_OK;
	begin_call(import);
	buf_init(&whole, import->store.arena);
	pack_list(&whole, import->waiting);
	buf_append(&whole, import->packed.data, import->packed.length);
	if (whole.failed || import->packed.failed)
		return ERR_NO_MEMORY;
	command_add(&more, whole.data, whole.length);
	err = run(import, import->board, "write", &more, &reply);
	if (err == ERR_OK && !script_says(&reply, "written"))
		err = ERR_INTERNAL;
	begin_batch(import);
	return err;
}

static enum err
set_prefix(struct import *import, struct import_board *board)
{
	struct store *store = &import->store;
	char *prefix;

	begin_call(import);
	prefix = registry_prefix(store->arena, store->first, board->slug);
	board->prefix = prefix == NULL ? NULL : strdup(prefix);
	board->layout = KEYS_SCHEMA;
	return board->prefix == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* Whether an import that ended too soon has left a key. */
static bool
is_left(const struct import_board *board, const struct reply *key)
{
	size_t prefix = strlen(board->prefix);

	return key->length > prefix &&
	       memcmp(key->text, board->prefix, prefix) == 0 &&
	       key_name_of(key->text + prefix, key->length - prefix).kind !=
		   KEY_KIND_NONE;
}

static enum err
wipe_keys(struct import *import, const struct import_board *board,
    const struct buf *packed, size_t count)
{
	struct command more = {.count = 0};
	struct buf whole;
	struct reply reply;

	buf_init(&whole, import->store.arena);
	pack_list(&whole, count);
	buf_append(&whole, packed->data, packed->length);
	if (whole.failed || packed->failed)
		return ERR_NO_MEMORY;
	command_add(&more, whole.data, whole.length);
	import->sums.wiped += count;
	return run(import, board, "wipe", &more, &reply);
}

/* All that an import left of a board, and its word in the end. */
static enum err
wipe_board(struct import *import, const struct import_board *board)
{
	struct keyscan scan;
	struct buf packed;
	size_t wiped = 0;
	enum err err = ERR_OK;

	keyscan_begin(&scan, NULL);
	while (!scan.ended && err == ERR_OK) {
		const struct reply *keys;
		size_t count;

		begin_call(import);
		err = keyscan_next(&scan, &import->store, &keys, &count);
		buf_init(&packed, import->store.arena);
		wiped = 0;
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			if (is_left(board, &keys[i])) {
				pack_text(
				    &packed, keys[i].text, keys[i].length);
				wiped++;
			}
		if (err == ERR_OK && wiped > 0)
			err = wipe_keys(import, board, &packed, wiped);
	}
	if (err != ERR_OK)
		return err;
	begin_call(import);
	buf_init(&packed, import->store.arena);
	pack_word(&packed,
	    key_of_board(import->store.arena, board->prefix, KEY_SCHEMA));
	import->sums.wiped--;
	return wipe_keys(import, board, &packed, 1);
}

/* The board of a key madang:schema. False: it is none. */
static bool
board_of_schema(const struct import *import, const struct reply *key,
    struct import_board *board)
{
	size_t prefix = strlen(import->store.first);
	const char *first = import->store.first;

	board->slug[0] = '\0';
	if (key->length > prefix && memcmp(key->text, first, prefix) == 0 &&
	    strcmp(key->text + prefix, KEY_SCHEMA) == 0)
		return true;
	prefix = key_slug_of(key->text, key->length, board->slug);
	return prefix > 0 && strcmp(key->text + prefix, KEY_SCHEMA) == 0;
}

/* What the key of a layout says is that an import has not ended. */
static enum err
wipe_if_left(struct import *import, struct import_board *board)
{
	struct command command;
	struct reply reply;
	char *key;
	enum err err = set_prefix(import, board);

	if (err != ERR_OK)
		return err;
	key = key_of_board(import->store.arena, board->prefix, KEY_SCHEMA);
	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "GET", key, NULL);
	err = store_run(&import->store, &command, 1, &reply);
	if (err != ERR_OK || reply.type != REPLY_TEXT ||
	    strncmp(reply.text, "import ", 7) != 0)
		return err;
	err = run(import, board, "begin", NULL, &reply);
	if (err == ERR_OK)
		err = wipe_board(import, board);
	return err;
}

/* Of whatever board. */
static enum err
wipe_all(struct import *import)
{
	struct import_board found[REGISTRY_MAX];
	struct keyscan scan;
	size_t count = 0;
	enum err err = ERR_OK;

	keyscan_begin(&scan, "*" KEY_SCHEMA);
	while (!scan.ended && err == ERR_OK) {
		const struct reply *keys;
		size_t some;

		begin_call(import);
		err = keyscan_next(&scan, &import->store, &keys, &some);
		for (size_t i = 0; err == ERR_OK && i < some; i++)
			if (count < REGISTRY_MAX &&
			    board_of_schema(import, &keys[i], &found[count]))
				count++;
	}
	for (size_t i = 0; i < count; i++) {
		found[i].prefix = NULL;
		if (err == ERR_OK)
			err = wipe_if_left(import, &found[i]);
		free(found[i].prefix);
	}
	return err;
}

enum err
import_create(
    const struct store *store, uint64_t patience_us, struct import **created)
{
	static const char hex[] = "0123456789abcdef";
	struct import *import = calloc(1, sizeof(*import));
	unsigned char random[SEAL_KEY_BYTES];
	enum err err;

	if (import == NULL)
		return ERR_NO_MEMORY;
	import->store = *store;
	import->patience_us = patience_us;
	import->store.arena = arena_create(WORK_BYTES);
	import->batch = arena_create(WORK_BYTES);
	seal_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		import->token[2 * i] = hex[random[i] >> 4];
		import->token[2 * i + 1] = hex[random[i] & 15];
	}
	if (import->store.arena == NULL || import->batch == NULL) {
		import_destroy(import);
		return ERR_NO_MEMORY;
	}
	begin_batch(import);
	*created = import;
	err = wipe_all(import);
	if (err != ERR_OK) {
		import_destroy(import);
		*created = NULL;
	}
	return err;
}

void
import_destroy(struct import *import)
{
	if (import == NULL)
		return;
	for (size_t i = 0; i < import->count; i++)
		free(import->boards[i].prefix);
	arena_destroy(import->batch);
	arena_destroy(import->store.arena);
	free(import);
}

/* The board of a slug, begun if it is new. */
static enum err
find_board(struct import *import, const char *slug, struct import_board **found)
{
	struct import_board *board = import->boards;
	struct reply reply;
	enum err err;

	while (board < import->boards + import->count &&
	       strcmp(board->slug, slug) != 0)
		board++;
	*found = board;
	if (board < import->boards + import->count)
		return ERR_OK;
	if (import->count == REGISTRY_MAX)
		return ERR_FULL;
	(void)snprintf(board->slug, sizeof(board->slug), "%s", slug);
	err = set_prefix(import, board);
	if (err != ERR_OK)
		return err;
	import->count++;
	err = run(import, board, "begin", NULL, &reply);
	if (err == ERR_CONFLICT)
		import->count--;
	if (err == ERR_CONFLICT)
		free(board->prefix);
	/* "again" is this one, asked twice: what others left is gone. */
	if (err == ERR_OK && !script_says(&reply, "fresh") &&
	    !script_says(&reply, "again"))
		err = ERR_INTERNAL;
	return err;
}

static void
pack_list_of(struct buf *out, const struct dump_list *list)
{
	pack_list(out, list->count);
	for (size_t i = 0; i < list->count; i++)
		pack_text(out, list->items[i].data, list->items[i].length);
}

static void
pack_text_or(struct buf *out, const struct dump_text *text, const char *none)
{
	if (text->data != NULL)
		pack_text(out, text->data, text->length);
	else if (none != NULL)
		pack_word(out, none);
	else
		pack_false(out);
}

/* The lists of a post, in the order of import.lua's. */
static const enum dump_list_part post_lists[] = {DUMP_META, DUMP_WORDS,
    DUMP_VERSIONS, DUMP_RECOMMEND, DUMP_REPLIES, DUMP_TRASH};
#define POST_LISTS (sizeof(post_lists) / sizeof(post_lists[0]))

static void
pack_post(struct buf *out, const struct dump_line *line)
{
	static const char zero[] = {0};

	pack_list(out, 5 + POST_LISTS);
	pack_word(out, "post");
	pack_number(out, line->number);
	pack_text_or(out, &line->texts[DUMP_NAME], NULL);
	pack_text_or(out, &line->texts[DUMP_TEXT], NULL);
	for (size_t i = 0; i < POST_LISTS; i++)
		pack_list_of(out, &line->lists[post_lists[i]]);
	pack_list(out, POST_LISTS);
	for (size_t i = 0; i < POST_LISTS; i++) {
		const struct dump_list *list = &line->lists[post_lists[i]];

		if (list->left_ms == 0 || list->count == 0)
			buf_append(out, zero, 1);
		else
			pack_number(out, list->left_ms);
	}
}

static void
pack_line(struct buf *out, const struct dump_line *line)
{
	switch (line->kind) {
	case DUMP_POST:
		pack_post(out, line);
		break;
	case DUMP_VIEWS:
		pack_list(out, 3);
		pack_word(out, "views");
		pack_number(out, line->number);
		pack_list_of(out, &line->lists[DUMP_COUNTS]);
		break;
	case DUMP_BOARD:
		pack_list(out, 5);
		pack_word(out, "head");
		pack_text_or(out, &line->texts[DUMP_LAST_ID], "");
		pack_text_or(out, &line->texts[DUMP_SECRET_KEY], "");
		pack_list_of(out, &line->lists[DUMP_ABOUT]);
		pack_list_of(out, &line->lists[DUMP_NOTICES]);
		break;
	case DUMP_BEGIN:
	case DUMP_END:
	case DUMP_KINDS:
		break;
	}
}

enum err
import_line(struct import *import, const struct dump_line *line)
{
	struct import_board *board = import->board;
	enum err err = ERR_OK;

	import->sums.lines++;
	if (line->kind == DUMP_BEGIN || line->kind == DUMP_END)
		return ERR_OK;
	if (board == NULL || strcmp(board->slug, line->slug) != 0) {
		err = send_batch(import);
		if (err == ERR_OK)
			err = find_board(import, line->slug, &board);
		if (err != ERR_OK)
			return err;
		import->board = board;
	}
	if (line->kind == DUMP_BOARD && line->version > KEYS_SCHEMA)
		return conflict(import, line->slug,
		    "is of a newer Madang, whose keys this one does not know");
	if (line->kind == DUMP_BOARD && line->version > 0)
		board->layout = line->version;
	import->sums.posts += line->texts[DUMP_NAME].data != NULL;
	pack_line(&import->packed, line);
	import->waiting++;
	if (import->waiting >= BATCH_LINES ||
	    import->packed.length >= BATCH_BYTES)
		err = send_batch(import);
	return err;
}

/* One of a board's lists, under a name that is not its own yet. */
static enum err
make_list(
    struct import *import, const struct import_board *board, const char *kind)
{
	struct command more;
	struct reply reply;
	enum err err;

	do {
		begin_call(import);
		command_of(&more, kind, LIST_STEP, NULL);
		err = run(import, board, "list", &more, &reply);
	} while (err == ERR_OK && script_says(&reply, "more"));
	return err;
}

static enum err
make_lists(struct import *import, const struct import_board *board)
{
	struct arena *kinds = arena_create(WORK_BYTES);
	const struct reply *names;
	struct reply reply;
	enum err err = kinds == NULL ? ERR_NO_MEMORY : ERR_OK;

	begin_call(import);
	if (err == ERR_OK)
		err = run(import, board, "lists", NULL, &reply);
	if (err == ERR_OK &&
	    (!script_says(&reply, "lists") || reply.count != 2))
		err = ERR_INTERNAL;
	names = err == ERR_OK ? reply.items[1].items : NULL;
	/* The calls that make them empty the arena that they are in. */
	if (names != NULL) {
		size_t count = reply.items[1].count;
		char **copies = arena_zalloc(kinds, count + 1, sizeof(*copies));

		for (size_t i = 0; copies != NULL && i < count; i++)
			copies[i] =
			    arena_copy(kinds, names[i].text, names[i].length);
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			err = copies == NULL || copies[i] == NULL
				  ? ERR_NO_MEMORY
				  : make_list(import, board, copies[i]);
	}
	arena_destroy(kinds);
	return err;
}

/* {the list of boards, slugs, {prefix, layout, …}}. */
static void
pack_boards(struct import *import, struct buf *out)
{
	size_t others = 0;

	for (size_t i = 0; i < import->count; i++)
		others += import->boards[i].slug[0] != '\0';
	pack_list(out, 3);
	pack_word(out,
	    key_of_board(import->store.arena, import->store.first, KEY_BOARDS));
	pack_list(out, others);
	for (size_t i = 0; i < import->count; i++)
		if (import->boards[i].slug[0] != '\0')
			pack_word(out, import->boards[i].slug);
	pack_list(out, 2 * import->count);
	for (size_t i = 0; i < import->count; i++) {
		pack_word(out, import->boards[i].prefix);
		pack_number(out, import->boards[i].layout);
	}
}

/* Whoever keeps pages of the boards has to forget them. */
static void
tell_written(struct import *import)
{
	struct store store = import->store;

	for (size_t i = 0; i < import->count; i++) {
		store.prefix = import->boards[i].prefix;
		store_tell(&store, KEY_POST_ID, 0, 0);
		store_tell(&store, KEY_BOARD, 0, 0);
	}
}

enum err
import_finish(struct import *import)
{
	struct command more = {.count = 0};
	struct reply reply;
	struct buf packed;
	enum err err = send_batch(import);

	for (size_t i = 0; i < import->count && err == ERR_OK; i++)
		err = make_lists(import, &import->boards[i]);
	if (err != ERR_OK || import->count == 0)
		return err;
	begin_call(import);
	buf_init(&packed, import->store.arena);
	pack_boards(import, &packed);
	if (packed.failed)
		return ERR_NO_MEMORY;
	command_add(&more, packed.data, packed.length);
	err = run(import, &import->boards[0], "finish", &more, &reply);
	if (err == ERR_OK && !script_says(&reply, "finished"))
		err = ERR_INTERNAL;
	import->sums.boards = import->count;
	if (err == ERR_OK)
		tell_written(import);
	return err;
}

enum err
import_abandon(struct import *import)
{
	enum err err = ERR_OK;

	begin_batch(import);
	for (size_t i = 0; i < import->count && err == ERR_OK; i++)
		err = wipe_board(import, &import->boards[i]);
	return err;
}

const struct import_sums *
import_sums_of(const struct import *import)
{
	return &import->sums;
}

const char *
import_trouble(const struct import *import)
{
	return import->trouble;
}
