#include "board/tally.h"

#include "base/clock.h"
#include "board/post.h"
#include "store/keys.h"

#include <string.h>

/* Posts in one round trip. */
#define PIECE 1000
/* For one: its commands, and what Redis answers. */
#define PIECE_BYTES (16UL * 1024 * 1024)

#define MEMORY_FIELD "used_memory_human:"

/* The value of INFO's field; NULL: it is not there. */
static const char *
memory_of(struct arena *arena, const struct reply *info)
{
	const char *at;

	if (info->type != REPLY_TEXT)
		return NULL;
	at = strstr(info->text, MEMORY_FIELD);
	if (at == NULL)
		return NULL;
	at += strlen(MEMORY_FIELD);
	return arena_copy(arena, at, strcspn(at, "\r\n"));
}

/* What is known without looking at the posts. */
static enum err
read_totals(struct store *store, struct tally *tally)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	char *notices = key_of_board(store->arena, store->prefix, KEY_NOTICES);
	char *last_id = key_of_board(store->arena, store->prefix, KEY_LAST_ID);
	struct command commands[4];
	struct reply replies[4];
	enum err err;

	if (list == NULL || notices == NULL || last_id == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "LLEN", list, NULL);
	command_of(&commands[1], "LLEN", notices, NULL);
	command_of(&commands[2], "GET", last_id, NULL);
	command_of(&commands[3], "INFO", "memory", NULL);
	err = store_run(store, commands, 4, replies);
	for (size_t i = 0; i < 3 && err == ERR_OK; i++)
		err = reply_check(&replies[i]);
	if (err != ERR_OK)
		return err;
	tally->posts = reply_number(&replies[0], POST_ID_MAX);
	tally->notices = reply_number(&replies[1], POST_ID_MAX);
	tally->last_id = reply_number(&replies[2], POST_ID_MAX);
	tally->memory = memory_of(store->arena, &replies[3]);
	return ERR_OK;
}

/* Adds up so many posts' replies. */
static enum err
count_piece(
    struct store *store, const uint64_t *ids, size_t count, struct tally *tally)
{
	struct command *commands =
	    arena_alloc(store->arena, count * sizeof(*commands));
	struct reply *replies =
	    arena_zalloc(store->arena, count, sizeof(*replies));
	enum err err;

	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		char *meta =
		    key_of_post(store->arena, store->prefix, KEY_META, ids[i]);

		if (meta == NULL)
			return ERR_NO_MEMORY;
		command_of(
		    &commands[i], "HMGET", meta, "replies", "flags", NULL);
	}
	err = store_run(store, commands, count, replies);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct reply *items = replies[i].items;

		err = reply_check(&replies[i]);
		if (replies[i].type != REPLY_ARRAY || replies[i].count != 2)
			continue;
		tally->replies += reply_number(&items[0], POST_ID_MAX);
		if (items[1].type == REPLY_TEXT &&
		    strchr(items[1].text, 's') != NULL)
			tally->secret++;
	}
	return err;
}

/* From the oldest post on: what comes meanwhile moves no other. */
static enum err
count_posts(struct store *store, uint64_t patience_us, struct tally *tally)
{
	enum err err = ERR_OK;
	uint64_t total = tally->posts;

	for (uint64_t first = 0; first < total && err == ERR_OK;
	     first += PIECE) {
		uint64_t *ids;
		size_t count;

		arena_reset(store->arena);
		store->until_us = clock_monotonic_us() + patience_us;
		err = board_read_ids(store, first, PIECE, &ids, &count, &total);
		if (err == ERR_OK && count > 0)
			err = count_piece(store, ids, count, tally);
	}
	tally->posts = total;
	return err;
}

enum err
tally_board(
    const struct store *store, uint64_t patience_us, struct tally *tally)
{
	struct store reader = *store;
	enum err err;

	*tally = (struct tally){.memory = NULL};
	reader.until_us = clock_monotonic_us() + patience_us;
	err = board_read_info(&reader, &tally->info);
	if (err == ERR_OK)
		err = read_totals(&reader, tally);
	if (err != ERR_OK)
		return err;
	reader.arena = arena_create(PIECE_BYTES);
	if (reader.arena == NULL)
		return ERR_NO_MEMORY;
	err = count_posts(&reader, patience_us, tally);
	arena_destroy(reader.arena);
	return err;
}
