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

/*
 * One MGET reads so many posts' names and texts: a command of forty keys costs
 * Redis and hiredis far less than forty commands.
 */
#define POSTS_PER_MGET ((COMMAND_WORDS_MAX - 1) / 2)

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
	command_add(&words, draft->title != NULL ? draft->title : "",
	    draft->title_length);
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

/* MGET of the names and texts of count posts. */
static enum err
texts_command(struct store *store, const uint64_t *ids, size_t count,
    struct command *command)
{
	command_of(command, "MGET", NULL);
	for (size_t i = 0; i < count; i++) {
		char *name =
		    key_of_post(store->arena, store->prefix, KEY_NAME, ids[i]);
		char *text =
		    key_of_post(store->arena, store->prefix, KEY_TEXT, ids[i]);

		if (name == NULL || text == NULL)
			return ERR_NO_MEMORY;
		command_add(command, name, strlen(name));
		command_add(command, text, strlen(text));
	}
	return ERR_OK;
}

static enum err
meta_command(struct store *store, uint64_t id, struct command *command)
{
	char *meta = key_of_post(store->arena, store->prefix, KEY_META, id);

	if (meta == NULL)
		return ERR_NO_MEMORY;
	command_of(command, "HMGET", meta, "time", "title", NULL);
	return ERR_OK;
}

/* What is known beyond name and text; a hash of another type is none. */
static enum err
post_set_meta(struct store *store, const struct reply *meta, struct post *post)
{
	post->time_ms = 0;
	post->title = "";
	if (meta->type != REPLY_ARRAY || meta->count != 2)
		return ERR_OK;
	if (meta->items[0].type == REPLY_TEXT)
		(void)number_parse(meta->items[0].text, meta->items[0].length,
		    1, TIME_MAX_MS, &post->time_ms);
	if (meta->items[1].type == REPLY_TEXT)
		post->title = text_repair(store->arena, meta->items[1].text,
		    meta->items[1].length, POST_TITLE_MAX_BYTES);
	return post->title == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/*
 * A post of its three replies. MGET gives nil for a key of another type: for
 * a reader that is a post that is not there.
 */
static enum err
post_of_replies(struct store *store, const struct reply *name,
    const struct reply *text, const struct reply *meta, struct post *post)
{
	if (name->type != REPLY_TEXT || text->type != REPLY_TEXT)
		return ERR_NOT_FOUND;
	post->name = text_repair(
	    store->arena, name->text, name->length, POST_NAME_MAX_BYTES);
	post->text = text_repair(
	    store->arena, text->text, text->length, POST_TEXT_MAX_BYTES);
	if (post->name == NULL || post->text == NULL)
		return ERR_NO_MEMORY;
	return post_set_meta(store, meta, post);
}

/*
 * The replies to commands_of: an MGET for each POSTS_PER_MGET posts, then
 * what else is known. A Redis that refuses is an error.
 */
static enum err
posts_of_replies(struct store *store, const struct reply *replies,
    const uint64_t *ids, size_t count, struct post *posts, size_t *found)
{
	const struct reply *metas = replies + (count - 1) / POSTS_PER_MGET + 1;

	for (size_t i = 0; i < count; i++) {
		const struct reply *texts = &replies[i / POSTS_PER_MGET];
		size_t first = i % POSTS_PER_MGET * 2;
		struct post *post = &posts[*found];
		enum err err = reply_check(texts);

		if (err != ERR_OK)
			return err;
		if (texts->type != REPLY_ARRAY || texts->count < first + 2)
			return ERR_INTERNAL;
		if (reply_check(&metas[i]) == ERR_UNAVAILABLE)
			return ERR_UNAVAILABLE;
		err = post_of_replies(store, &texts->items[first],
		    &texts->items[first + 1], &metas[i], post);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err != ERR_OK)
			return err;
		post->id = ids[i];
		(*found)++;
	}
	return ERR_OK;
}

static enum err
commands_of(struct store *store, const uint64_t *ids, size_t count,
    struct command *commands)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i += POSTS_PER_MGET) {
		size_t rest = count - i;

		err = texts_command(store, &ids[i],
		    rest < POSTS_PER_MGET ? rest : POSTS_PER_MGET, commands++);
	}
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = meta_command(store, ids[i], commands++);
	return err;
}

enum err
post_find_many(struct store *store, const uint64_t *ids, size_t count,
    struct post *posts, size_t *found)
{
	struct command *commands;
	struct reply *replies;
	size_t commands_count;
	enum err err;

	*found = 0;
	if (count == 0)
		return ERR_OK;
	commands_count = (count - 1) / POSTS_PER_MGET + 1 + count;
	commands =
	    arena_zalloc(store->arena, commands_count, sizeof(*commands));
	replies = arena_zalloc(store->arena, commands_count, sizeof(*replies));
	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	err = commands_of(store, ids, count, commands);
	if (err == ERR_OK)
		err = store_run(store, commands, commands_count, replies);
	if (err != ERR_OK)
		return err;
	return posts_of_replies(store, replies, ids, count, posts, found);
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
