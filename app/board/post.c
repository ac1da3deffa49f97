#include "board/post.h"

#include "base/number.h"
#include "base/text.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Year 9999: what a page can show as a date. */
#define TIME_MAX_MS UINT64_C(253402300799999)

#define COMMANDS_PER_POST 3

enum err
post_create(struct store *store, const struct post_draft *draft, uint64_t *id,
    bool *again)
{
	char *keys[] = {
	    key_of_board(store->arena, store->prefix, KEY_LAST_ID),
	    key_of_board(store->arena, store->prefix, KEY_POST_ID),
	    key_of_board(store->arena, store->prefix, KEY_ONCE),
	    key_of_board(store->arena, store->prefix, KEY_SCHEMA),
	};
	const size_t keys_count = sizeof(keys) / sizeof(keys[0]);
	struct command words = {.count = 0};
	struct reply reply;
	char seconds[24];
	char schema[24];
	enum err err;

	for (size_t i = 0; i < keys_count; i++) {
		if (keys[i] == NULL)
			return ERR_NO_MEMORY;
		command_add(&words, keys[i], strlen(keys[i]));
	}
	(void)snprintf(
	    seconds, sizeof(seconds), "%" PRIu64, draft->once_seconds);
	(void)snprintf(schema, sizeof(schema), "%d", KEYS_SCHEMA);
	command_add(&words, store->prefix, strlen(store->prefix));
	command_add(&words, draft->client, strlen(draft->client));
	command_add(&words, draft->name, draft->name_length);
	command_add(&words, draft->text, draft->text_length);
	command_add(&words, seconds, strlen(seconds));
	command_add(&words, schema, strlen(schema));
	err = script_run(store, SCRIPT_POST, &words, keys_count, &reply);
	if (err != ERR_OK)
		return err;
	if (reply.type != REPLY_ARRAY || reply.count != 2 ||
	    reply.items[0].type != REPLY_TEXT ||
	    reply.items[1].type != REPLY_INTEGER ||
	    !number_parse(
		reply.items[0].text, reply.items[0].length, 1, POST_ID_MAX, id))
		return ERR_INTERNAL;
	*again = reply.items[1].integer != 0;
	return ERR_OK;
}

/* The three commands that read a post. */
static enum err
post_commands(struct store *store, uint64_t id, struct command *commands)
{
	char *name = key_of_post(store->arena, store->prefix, KEY_NAME, id);
	char *text = key_of_post(store->arena, store->prefix, KEY_TEXT, id);
	char *meta = key_of_post(store->arena, store->prefix, KEY_META, id);

	if (name == NULL || text == NULL || meta == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "GET", name, NULL);
	command_of(&commands[1], "GET", text, NULL);
	command_of(&commands[2], "HGET", meta, "time", NULL);
	return ERR_OK;
}

/*
 * A post of the three replies. A key of another type is, for a reader, a post
 * that is not there; a Redis that refuses to answer is an error.
 */
static enum err
post_of_replies(
    struct store *store, const struct reply *replies, struct post *post)
{
	for (size_t i = 0; i < COMMANDS_PER_POST; i++) {
		enum err err = reply_check(&replies[i]);

		if (err == ERR_UNAVAILABLE)
			return err;
	}
	if (replies[0].type != REPLY_TEXT || replies[1].type != REPLY_TEXT)
		return ERR_NOT_FOUND;
	post->name = text_repair(store->arena, replies[0].text,
	    replies[0].length, POST_NAME_MAX_BYTES);
	post->text = text_repair(store->arena, replies[1].text,
	    replies[1].length, POST_TEXT_MAX_BYTES);
	if (post->name == NULL || post->text == NULL)
		return ERR_NO_MEMORY;
	post->time_ms = 0;
	if (replies[2].type == REPLY_TEXT)
		(void)number_parse(replies[2].text, replies[2].length, 1,
		    TIME_MAX_MS, &post->time_ms);
	return ERR_OK;
}

enum err
post_find_many(struct store *store, const uint64_t *ids, size_t count,
    struct post *posts, size_t *found)
{
	struct command *commands = arena_zalloc(
	    store->arena, count * COMMANDS_PER_POST, sizeof(*commands));
	struct reply *replies = arena_zalloc(
	    store->arena, count * COMMANDS_PER_POST, sizeof(*replies));
	enum err err;

	*found = 0;
	if (count == 0)
		return ERR_OK;
	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count; i++) {
		err = post_commands(
		    store, ids[i], &commands[i * COMMANDS_PER_POST]);
		if (err != ERR_OK)
			return err;
	}
	err = store_run(store, commands, count * COMMANDS_PER_POST, replies);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		struct post *post = &posts[*found];

		err = post_of_replies(
		    store, &replies[i * COMMANDS_PER_POST], post);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		post->id = ids[i];
		(*found)++;
	}
	return ERR_OK;
}

enum err
post_find(struct store *store, uint64_t id, struct post *post)
{
	size_t found;
	enum err err = post_find_many(store, &id, 1, post, &found);

	if (err == ERR_OK && found == 0)
		return ERR_NOT_FOUND;
	return err;
}
