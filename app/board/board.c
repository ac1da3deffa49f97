#include "board/board.h"

#include "base/number.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The ids of a slice of the list, and how many ids the list has. */
static enum err
board_read_ids(struct store *store, uint64_t first, uint64_t size,
    uint64_t *total, const struct reply **ids)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	struct reply *replies = arena_zalloc(store->arena, 2, sizeof(*replies));
	struct command commands[2];
	char start[24];
	char stop[24];
	enum err err;

	if (list == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	(void)snprintf(start, sizeof(start), "%" PRIu64, first);
	(void)snprintf(stop, sizeof(stop), "%" PRIu64, first + size - 1);
	command_of(&commands[0], "LLEN", list, NULL);
	command_of(&commands[1], "LRANGE", list, start, stop, NULL);
	err = store_run(store, commands, 2, replies);
	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = reply_check(&replies[i]);
	if (err != ERR_OK)
		return err;
	if (replies[0].type != REPLY_INTEGER || replies[0].integer < 0 ||
	    replies[1].type != REPLY_ARRAY || replies[1].count > size)
		return ERR_INTERNAL;
	*total = (uint64_t)replies[0].integer;
	*ids = &replies[1];
	return ERR_OK;
}

enum err
board_read_page(struct store *store, uint64_t number, uint64_t size,
    struct board_page *page)
{
	const struct reply *listed;
	uint64_t *ids;
	size_t count = 0;
	enum err err = board_read_ids(
	    store, (number - 1) * size, size, &page->total, &listed);

	if (err != ERR_OK)
		return err;
	page->number = number;
	page->pages = page->total == 0 ? 1 : (page->total - 1) / size + 1;
	page->count = 0;
	if (number > page->pages)
		return ERR_NOT_FOUND;
	ids = arena_zalloc(store->arena, listed->count, sizeof(*ids));
	page->posts =
	    arena_zalloc(store->arena, listed->count, sizeof(*page->posts));
	if (ids == NULL || page->posts == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < listed->count; i++)
		if (listed->items[i].type == REPLY_TEXT &&
		    number_parse(listed->items[i].text, listed->items[i].length,
			1, POST_ID_MAX, &ids[count]))
			count++;
	return post_find_many(store, ids, count, page->posts, &page->count);
}

/* An id of a script's reply; 0: there is none, or it is no id. */
static uint64_t
id_of_reply(const struct reply *reply)
{
	uint64_t id = 0;

	if (reply->type == REPLY_TEXT)
		(void)number_parse(
		    reply->text, reply->length, 1, POST_ID_MAX, &id);
	return id;
}

enum err
board_locate(struct store *store, uint64_t id, struct board_place *place)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	struct command words;
	struct reply reply;
	char number[24];
	enum err err;

	*place = (struct board_place){.listed = false};
	if (list == NULL)
		return ERR_NO_MEMORY;
	(void)snprintf(number, sizeof(number), "%" PRIu64, id);
	command_of(&words, list, number, NULL);
	err = script_run(store, SCRIPT_WHERE, &words, 1, &reply);
	if (err != ERR_OK || reply.type != REPLY_ARRAY || reply.count != 3 ||
	    reply.items[0].type != REPLY_INTEGER || reply.items[0].integer < 0)
		return err;
	place->listed = true;
	place->position = (uint64_t)reply.items[0].integer;
	place->newer = id_of_reply(&reply.items[1]);
	place->older = id_of_reply(&reply.items[2]);
	return ERR_OK;
}

enum err
board_ping(struct store *store)
{
	char *key = key_of_board(store->arena, store->prefix, KEY_SCHEMA);
	struct command command;
	struct reply reply;
	uint64_t schema;
	enum err err;

	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "GET", key, NULL);
	err = store_run(store, &command, 1, &reply);
	if (err == ERR_OK)
		err = reply_check(&reply);
	/* A key of another type is none of ours. */
	if (err != ERR_OK)
		return err == ERR_INTERNAL ? ERR_CONFIG : err;
	if (reply.type == REPLY_TEXT &&
	    !number_parse(reply.text, reply.length, 0, KEYS_SCHEMA, &schema))
		return ERR_CONFIG;
	return ERR_OK;
}

enum err
board_advise(struct store *store, struct board_advice advice[BOARD_ADVICE])
{
	static const struct board_advice wanted[BOARD_ADVICE] = {
	    {"appendonly", "yes", NULL,
		"posts since the last snapshot are lost when Redis stops"},
	    {"appendfsync", "always", NULL,
		"the last second's posts are lost when the machine stops"},
	    {"maxmemory-policy", "noeviction", NULL,
		"posts are thrown away when Redis is full"},
	};
	struct command commands[BOARD_ADVICE];
	struct reply replies[BOARD_ADVICE];
	enum err err;

	memcpy(advice, wanted, sizeof(wanted));
	for (size_t i = 0; i < BOARD_ADVICE; i++)
		command_of(
		    &commands[i], "CONFIG", "GET", wanted[i].setting, NULL);
	err = store_run(store, commands, BOARD_ADVICE, replies);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < BOARD_ADVICE; i++)
		if (replies[i].type == REPLY_ARRAY && replies[i].count == 2)
			advice[i].found = replies[i].items[1].text;
	return ERR_OK;
}
