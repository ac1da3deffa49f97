#include "board/thread.h"

#include "base/number.h"
#include "store/keys.h"

#include <inttypes.h>
#include <string.h>

/* The commands of the first round trip, in their order. */
enum {
	AT_INFO = 0,
	AT_POST = AT_INFO + BOARD_INFO_COMMANDS,
	AT_KEY = AT_POST + POST_COMMANDS,
	AT_LENGTH,
	AT_ENTRIES,
	AT_LAST,
	AT_WORDS, /* only with a token */
	COMMANDS
};

static enum err
make_commands(struct store *store, const struct thread_query *query,
    struct command *commands)
{
	uint64_t number = query->number == 0 ? 1 : query->number;
	uint64_t first = (number - 1) * query->size;
	char *list =
	    key_of_post(store->arena, store->prefix, KEY_REPLIES, query->id);
	char *start = query->tail
			  ? arena_printf(store->arena, "-%" PRIu64, query->size)
			  : arena_printf(store->arena, "%" PRIu64, first);
	const char *stop = query->tail ? "-1"
				       : arena_printf(store->arena, "%" PRIu64,
					     first + query->size - 1);
	char *last = key_of_board(store->arena, store->prefix, KEY_LAST_ID);
	enum err err;

	if (list == NULL || start == NULL || stop == NULL || last == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[AT_LAST], "GET", last, NULL);
	command_of(&commands[AT_LENGTH], "LLEN", list, NULL);
	command_of(&commands[AT_ENTRIES], "LRANGE", list, start, stop, NULL);
	err = board_info_commands(store, &commands[AT_INFO]);
	if (err == ERR_OK)
		err = post_commands(store, query->id, &commands[AT_POST]);
	if (err == ERR_OK)
		err = access_key_command(store, &commands[AT_KEY]);
	if (err == ERR_OK)
		err = post_words_command(store, query->id, &commands[AT_WORDS]);
	return err;
}

static enum err
read_post(struct store *store, const struct thread_query *query,
    const struct reply *replies, struct thread *thread)
{
	enum err err =
	    board_info_of_replies(store, &replies[AT_INFO], &thread->info);

	thread->was_there =
	    reply_number(&replies[AT_LAST], POST_ID_MAX) >= query->id;
	/* Before the post: a token may be looked at when that is gone. */
	if (err == ERR_OK)
		err =
		    access_key_of_reply(store, &replies[AT_KEY], &thread->key);
	if (err == ERR_OK)
		err = post_of_replies(
		    store, query->id, &replies[AT_POST], &thread->post);
	if (err != ERR_OK)
		return err;
	thread->granted =
	    query->token[0] != '\0' && !thread->post.deleted &&
	    access_is_granted(&thread->key, query->id, query->token);
	thread->hidden = thread->post.secret;
	if (thread->post.secret && thread->granted)
		err = post_reveal(store, &replies[AT_WORDS], &thread->post);
	return err;
}

/* The id of an entry "id:depth". */
static bool
parse_entry(const struct reply *entry, uint64_t *id)
{
	const char *colon;

	if (entry->type != REPLY_TEXT)
		return false;
	colon = memchr(entry->text, ':', entry->length);
	return colon != NULL &&
	       number_parse(entry->text, (size_t)(colon - entry->text), 1,
		   POST_ID_MAX, id);
}

static enum err
read_replies(
    struct store *store, const struct reply *entries, struct thread *thread)
{
	size_t count = 0;
	uint64_t *ids;

	if (entries->type != REPLY_ARRAY)
		return ERR_OK;
	ids = arena_zalloc(store->arena, entries->count, sizeof(*ids));
	thread->replies = arena_zalloc(
	    store->arena, entries->count, sizeof(*thread->replies));
	if (ids == NULL || thread->replies == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < entries->count; i++)
		if (parse_entry(&entries->items[i], &ids[count]))
			count++;
	return post_find_many(
	    store, ids, count, POST_WHOLE, thread->replies, &thread->count);
}

enum err
thread_read(struct store *store, const struct thread_query *query,
    struct thread *thread)
{
	struct command *commands =
	    arena_alloc(store->arena, COMMANDS * sizeof(*commands));
	struct reply *replies =
	    arena_zalloc(store->arena, COMMANDS, sizeof(*replies));
	const struct reply *length;
	enum err err;

	*thread = (struct thread){
	    .post = {.title = "", .name = "", .text = "", .moved = ""},
	    .number = query->number,
	    .pages = 1};
	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	err = make_commands(store, query, commands);
	if (err == ERR_OK)
		err = store_run(store, commands,
		    query->token[0] != '\0' ? COMMANDS : AT_WORDS, replies);
	if (err == ERR_OK)
		err = read_post(store, query, replies, thread);
	length = &replies[AT_LENGTH];
	if (err == ERR_OK && length->type == REPLY_INTEGER &&
	    length->integer > 0) {
		thread->total = (uint64_t)length->integer;
		thread->pages = number_of_pages(thread->total, query->size);
	}
	if (err != ERR_OK || query->number == 0)
		return err;
	if (thread->post.secret || thread->post.moved[0] != '\0')
		return ERR_OK;
	if (query->number > thread->pages)
		return ERR_NOT_FOUND;
	return read_replies(store, &replies[AT_ENTRIES], thread);
}

enum err
thread_locate(
    struct store *store, const struct post *reply, struct thread_place *place)
{
	char *list =
	    key_of_post(store->arena, store->prefix, KEY_REPLIES, reply->root);
	char *entry = arena_printf(
	    store->arena, "%" PRIu64 ":%" PRIu64, reply->id, reply->depth);
	struct command commands[2];
	struct reply found[2];
	enum err err;

	if (list == NULL || entry == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "LPOS", list, entry, NULL);
	err = post_flags_command(store, reply->root, &commands[1]);
	if (err == ERR_OK)
		err = store_run(store, commands, 2, found);
	if (err == ERR_OK)
		err = reply_check(&found[0]);
	if (err == ERR_OK)
		err = reply_check(&found[1]);
	if (err != ERR_OK)
		return err;
	if (found[0].type != REPLY_INTEGER || found[0].integer < 0)
		return ERR_NOT_FOUND;
	place->number = (uint64_t)found[0].integer;
	place->secret = post_flags_are_secret(&found[1]);
	return ERR_OK;
}

/* The commands that look for a thread in the list, in their order. */
enum {
	FIND_INFO = 0,
	FIND_POST = FIND_INFO + BOARD_INFO_COMMANDS,
	FIND_PLACE = FIND_POST + POST_COMMANDS,
	FIND_COMMANDS
};

static enum err
find_place(struct store *store, uint64_t id, struct board_place *place)
{
	struct command command;
	struct reply reply;
	enum err err = board_locate_command(store, id, &command);

	if (err == ERR_OK)
		err = store_run(store, &command, 1, &reply);
	return err != ERR_OK ? err : board_place_of_reply(&reply, place);
}

enum err
thread_find_listed(
    struct store *store, uint64_t id, struct thread_listed *listed)
{
	struct command commands[FIND_COMMANDS];
	struct reply found[FIND_COMMANDS];
	struct post *post = &listed->post;
	enum err err = board_info_commands(store, &commands[FIND_INFO]);

	*listed = (struct thread_listed){.id = id};
	if (err == ERR_OK)
		err = post_commands(store, id, &commands[FIND_POST]);
	if (err == ERR_OK)
		err = board_locate_command(store, id, &commands[FIND_PLACE]);
	if (err == ERR_OK)
		err = store_run(store, commands, FIND_COMMANDS, found);
	if (err == ERR_OK)
		err = board_info_of_replies(
		    store, &found[FIND_INFO], &listed->info);
	if (err == ERR_OK)
		err = post_of_replies(store, id, &found[FIND_POST], post);
	if (err == ERR_OK)
		err = board_place_of_reply(&found[FIND_PLACE], &listed->place);
	if (err != ERR_OK || post->root == 0)
		return err;
	listed->id = post->root;
	return find_place(store, post->root, &listed->place);
}
