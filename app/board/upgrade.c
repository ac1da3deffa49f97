#include "board/upgrade.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "board/board.h"
#include "board/keyscan.h"
#include "board/layout.h"
#include "board/registry.h"
#include "store/keys.h"
#include "store/script.h"

#include <stdlib.h>
#include <string.h>

/* Of one batch: the names of keys, twice. */
#define WORK_BYTES (32UL * 1024 * 1024)

/*
 * From each layout to the next. What has no word of the script's changes no key
 * that is there: it only added kinds of key.
 *
 * No place in the walk over the keys is kept: SCAN's cursors don't outlive
 * Redis. An upgrade that was broken off walks over all of them again, and what
 * was done stays as it is.
 */
static const struct step {
	const char *what;
	const char *back;
	const char *mode;  /* of upgrade.lua; NULL: nothing is changed */
	const char *match; /* the keys that are changed */
	enum key_kind kind;
} steps[KEYS_SCHEMA] = {
    [0] = {.what = "nothing is changed", .back = ""},
    [1] = {.what = "nothing is changed", .back = ""},
    [2] = {.what = "who recommended what can't be found out any more",
	.back = "an older Madang reads these keys, too, once madang:schema of "
		"each board is 2 again",
	.mode = "recommend",
	.match = "*" KEY_RECOMMEND "*",
	.kind = KEY_KIND_RECOMMEND},
};

struct work {
	const struct upgrade *upgrade;
	struct store store; /* with an arena of its own */
	uint64_t from;
	uint64_t changed;
	bool done; /* by another */
};

static void
begin_call(struct work *work)
{
	arena_reset(work->store.arena);
	work->store.until_us =
	    clock_monotonic_us() + work->upgrade->patience_us;
}

/* upgrade.lua. packed: keys, or NULL. */
static enum err
run(struct work *work, const char *step, const struct buf *packed)
{
	struct store *store = &work->store;
	char *last_id = key_of_board(store->arena, store->prefix, KEY_LAST_ID);
	struct command words;
	struct reply reply;
	enum err err;

	if (last_id == NULL)
		return ERR_NO_MEMORY;
	command_of(&words, last_id, store->prefix, NULL);
	err = script_add_number(store, &words, work->from);
	if (err == ERR_OK)
		err = script_add_number(store, &words, work->from + 1);
	script_add(&words, step);
	if (err == ERR_OK && packed != NULL) {
		err = script_add_random(store, &words);
		command_add(&words, packed->data, packed->length);
	}
	if (err == ERR_OK)
		err = script_run(store, SCRIPT_UPGRADE, &words, &reply);
	if (err != ERR_OK)
		return err;
	work->done = script_says(&reply, "done");
	if (script_says(&reply, "changed") && reply.count == 2)
		work->changed += reply_number(&reply.items[1], POST_ID_MAX);
	return script_says(&reply, "other") ? ERR_CONFIG : ERR_OK;
}

static enum err
change_keys(struct work *work, const struct step *step)
{
	size_t prefix = strlen(work->store.prefix);
	struct keyscan scan;
	enum err err = ERR_OK;

	keyscan_begin(&scan, step->match);
	while (!scan.ended && err == ERR_OK && !work->done) {
		const struct reply *keys;
		struct buf packed;
		size_t count;

		begin_call(work);
		err = keyscan_next(&scan, &work->store, &keys, &count);
		buf_init(&packed, work->store.arena);
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			if (keys[i].length > prefix &&
			    memcmp(keys[i].text, work->store.prefix, prefix) ==
				0 &&
			    key_name_of(
				keys[i].text + prefix, keys[i].length - prefix)
				    .kind == step->kind)
				buf_append(
				    &packed, keys[i].text, keys[i].length + 1);
		if (err == ERR_OK && packed.failed)
			err = ERR_NO_MEMORY;
		if (err == ERR_OK && packed.length > 0)
			err = run(work, step->mode, &packed);
	}
	return err;
}

static enum err
make_step(struct work *work, const char *slug)
{
	const struct upgrade *upgrade = work->upgrade;
	const struct step *step = &steps[work->from];
	enum err err;

	work->changed = 0;
	work->done = false;
	begin_call(work);
	err = run(work, "begin", NULL);
	if (err == ERR_OK)
		upgrade->begin(
		    upgrade->context, slug, work->from, step->what, step->back);
	if (err == ERR_OK && !work->done && step->mode != NULL)
		err = change_keys(work, step);
	if (err == ERR_OK && !work->done) {
		begin_call(work);
		err = run(work, "end", NULL);
	}
	if (err == ERR_OK)
		upgrade->end(
		    upgrade->context, slug, work->from + 1, work->changed);
	return err;
}

static enum err
upgrade_board(struct work *work, const char *slug)
{
	enum layout layout = LAYOUT_OLDER;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		begin_call(work);
		err = layout_read(&work->store, &layout, &work->from);
		if (err != ERR_OK)
			return err;
		if (layout == LAYOUT_IMPORT)
			return ERR_BUSY;
		if (layout == LAYOUT_UNKNOWN)
			return ERR_CONFIG;
		if (layout != LAYOUT_OLDER && layout != LAYOUT_UPGRADE)
			return ERR_OK;
		err = make_step(work, slug);
	}
	return err;
}

/* The boards, in an arena of their own. */
static enum err
find_boards(struct work *work, struct arena *arena, const struct reply **slugs,
    size_t *count)
{
	struct store reader = work->store;
	char *key = key_of_board(arena, reader.first, KEY_BOARDS);
	struct reply reply;
	struct command command;
	enum err err;

	reader.arena = arena;
	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "LRANGE", key, "0", "-1", NULL);
	err = store_run(&reader, &command, 1, &reply);
	if (err == ERR_OK && reply_check(&reply) == ERR_UNAVAILABLE)
		err = ERR_UNAVAILABLE;
	*slugs = reply.items;
	*count = err == ERR_OK ? reply.count : 0;
	return err;
}

enum err
upgrade_run(const struct store *store, const struct upgrade *upgrade)
{
	struct work work = {.upgrade = upgrade, .store = *store};
	struct arena *arena = arena_create(WORK_BYTES);
	const struct reply *slugs = NULL;
	size_t count = 0;
	enum err err = ERR_NO_MEMORY;

	work.store.arena = arena_create(WORK_BYTES);
	if (arena == NULL || work.store.arena == NULL)
		goto out;
	begin_call(&work);
	work.store.prefix = store->first;
	err = find_boards(&work, arena, &slugs, &count);
	if (err == ERR_OK)
		err = upgrade_board(&work, "");
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (slugs[i].type != REPLY_TEXT ||
		    !registry_slug_is_valid(slugs[i].text))
			continue;
		work.store.prefix =
		    registry_prefix(arena, store->first, slugs[i].text);
		err = work.store.prefix == NULL
			  ? ERR_NO_MEMORY
			  : upgrade_board(&work, slugs[i].text);
	}
out:
	arena_destroy(work.store.arena);
	arena_destroy(arena);
	return err;
}
