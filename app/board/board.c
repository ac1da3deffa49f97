#include "board/board.h"

#include "base/number.h"
#include "base/text.h"
#include "board/layout.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <string.h>

#define FIELD_CATEGORIES "categories"

/* Ids that are looked at in one round trip to count them. */
#define COUNT_STEP 100

static bool
is_first(const struct store *store)
{
	return strcmp(store->prefix, store->first) == 0;
}

const char *
board_category(const struct board_info *info, uint64_t number)
{
	return number > 0 && number <= info->categories_count
		   ? info->categories[number - 1]
		   : "";
}

enum err
board_info_commands(
    struct store *store, struct command commands[BOARD_INFO_COMMANDS])
{
	char *board = key_of_board(store->arena, store->prefix, KEY_BOARD);
	char *boards = key_of_board(store->arena, store->first, KEY_BOARDS);

	if (board == NULL || boards == NULL)
		return ERR_NO_MEMORY;
	command_of(
	    &commands[0], "HMGET", board, BOARD_TITLE, FIELD_CATEGORIES, NULL);
	command_of(&commands[1], "EXISTS", boards, NULL);
	return ERR_OK;
}

/* Names of categories, one a line. */
static enum err
set_categories(
    struct store *store, const struct reply *lines, struct board_info *info)
{
	char *text;

	if (lines->type != REPLY_TEXT || lines->length == 0)
		return ERR_OK;
	text = text_repair(
	    store->arena, lines->text, lines->length, POST_TEXT_MAX_BYTES);
	if (text == NULL)
		return ERR_NO_MEMORY;
	while (text != NULL && info->categories_count < BOARD_CATEGORIES_MAX)
		info->categories[info->categories_count++] =
		    strsep(&text, "\n");
	return ERR_OK;
}

enum err
board_info_of_replies(struct store *store,
    const struct reply replies[BOARD_INFO_COMMANDS], struct board_info *info)
{
	const struct reply *fields = &replies[0];

	*info = (struct board_info){.exists = is_first(store), .title = ""};
	for (size_t i = 0; i < BOARD_INFO_COMMANDS; i++)
		if (reply_check(&replies[i]) == ERR_UNAVAILABLE)
			return ERR_UNAVAILABLE;
	info->others =
	    replies[1].type == REPLY_INTEGER && replies[1].integer > 0;
	if (fields->type == REPLY_ARRAY && fields->count == 2) {
		if (fields->items[0].type == REPLY_TEXT) {
			info->exists = true;
			info->title =
			    text_repair(store->arena, fields->items[0].text,
				fields->items[0].length, BOARD_TITLE_MAX_BYTES);
		}
		if (info->title == NULL)
			return ERR_NO_MEMORY;
		if (set_categories(store, &fields->items[1], info) != ERR_OK)
			return ERR_NO_MEMORY;
	}
	return info->exists ? ERR_OK : ERR_NOT_FOUND;
}

enum err
board_read_info(struct store *store, struct board_info *info)
{
	struct command commands[BOARD_INFO_COMMANDS];
	struct reply replies[BOARD_INFO_COMMANDS];
	enum err err = board_info_commands(store, commands);

	if (err == ERR_OK)
		err = store_run(store, commands, BOARD_INFO_COMMANDS, replies);
	return err != ERR_OK ? err
			     : board_info_of_replies(store, replies, info);
}

static enum err
range_command(struct command *command, struct arena *arena, const char *list,
    int64_t first, int64_t last)
{
	char *start = arena_printf(arena, "%" PRId64, first);
	char *stop = arena_printf(arena, "%" PRId64, last);

	if (start == NULL || stop == NULL)
		return ERR_NO_MEMORY;
	command_of(command, "LRANGE", list, start, stop, NULL);
	return ERR_OK;
}

/* The ids of a list's reply, in the arena; what is no id is left out. */
static enum err
ids_of_reply(struct arena *arena, const struct reply *reply, uint64_t **ids,
    size_t *count)
{
	enum err err = reply_check(reply);

	*count = 0;
	if (err != ERR_OK)
		return err;
	if (reply->type != REPLY_ARRAY)
		return ERR_INTERNAL;
	*ids = arena_zalloc(arena, reply->count, sizeof(**ids));
	if (*ids == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < reply->count; i++)
		if (reply->items[i].type == REPLY_TEXT &&
		    number_parse(reply->items[i].text, reply->items[i].length,
			1, POST_ID_MAX, &(*ids)[*count]))
			(*count)++;
	return ERR_OK;
}

/* How many entries a list has. */
static enum err
length_of_reply(const struct reply *reply, uint64_t *length)
{
	enum err err = reply_check(reply);

	if (err == ERR_OK &&
	    (reply->type != REPLY_INTEGER || reply->integer < 0))
		err = ERR_INTERNAL;
	if (err == ERR_OK)
		*length = (uint64_t)reply->integer;
	return err;
}

enum err
board_read_ids(struct store *store, uint64_t first, uint64_t size,
    uint64_t **ids, size_t *count, uint64_t *total)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	struct command commands[2];
	struct reply replies[2];
	enum err err;

	if (list == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "LLEN", list, NULL);
	err = range_command(&commands[1], store->arena, list,
	    -(int64_t)(first + size), -(int64_t)first - 1);
	if (err == ERR_OK)
		err = store_run(store, commands, 2, replies);
	if (err == ERR_OK)
		err = length_of_reply(&replies[0], total);
	return err != ERR_OK
		   ? err
		   : ids_of_reply(store->arena, &replies[1], ids, count);
}

/* What the first round trip of a page brings. */
struct slice {
	uint64_t *ids;
	size_t count;
	uint64_t *notices;
	size_t notices_count;
};

/* The commands of the first round trip: these, then those asked for. */
enum {
	AT_INFO = 0,
	AT_LENGTH = AT_INFO + BOARD_INFO_COMMANDS,
	AT_IDS,
	AT_MORE, /* notices, key */
	COMMANDS = AT_MORE + 2
};

/* The list, or that of a category. */
static char *
key_of_list(struct store *store, uint64_t category)
{
	return category == 0
		   ? key_of_board(store->arena, store->prefix, KEY_POST_ID)
		   : key_of_post(
			 store->arena, store->prefix, KEY_CATEGORY, category);
}

static enum err
make_commands(struct store *store, const struct board_query *query,
    struct command commands[COMMANDS], size_t *count)
{
	int64_t first =
	    (int64_t)((query->number - 1) * query->size + query->skip);
	char *list = key_of_list(store, query->category);
	char *notices = key_of_board(store->arena, store->prefix, KEY_NOTICES);
	enum err err = board_info_commands(store, &commands[AT_INFO]);

	if (err != ERR_OK || list == NULL || notices == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[AT_LENGTH], "LLEN", list, NULL);
	err = range_command(&commands[AT_IDS], store->arena, list, first,
	    first + (int64_t)query->size - 1);
	*count = AT_MORE;
	if (err == ERR_OK && query->notices)
		err = range_command(&commands[(*count)++], store->arena,
		    notices, 0, BOARD_NOTICES_MAX - 1);
	if (err == ERR_OK && query->key)
		err = access_key_command(store, &commands[(*count)++]);
	return err;
}

static enum err
read_slice(struct store *store, const struct board_query *query,
    struct board_page *page, struct slice *slice)
{
	struct command commands[COMMANDS];
	struct reply replies[COMMANDS];
	const struct reply *more = &replies[AT_MORE];
	size_t count;
	enum err err = make_commands(store, query, commands, &count);

	if (err == ERR_OK)
		err = store_run(store, commands, count, replies);
	if (err == ERR_OK)
		err = board_info_of_replies(
		    store, &replies[AT_INFO], &page->info);
	if (err == ERR_OK)
		err = length_of_reply(&replies[AT_LENGTH], &page->total);
	if (err == ERR_OK)
		err = ids_of_reply(
		    store->arena, &replies[AT_IDS], &slice->ids, &slice->count);
	if (err == ERR_OK && query->notices)
		err = ids_of_reply(store->arena, more++, &slice->notices,
		    &slice->notices_count);
	if (err == ERR_OK && query->key)
		err = access_key_of_reply(store, more, &page->key);
	return err;
}

/* Notices and posts are read at once, and then told apart again. */
static enum err
read_posts(struct store *store, enum post_part part, const struct slice *slice,
    struct board_page *page)
{
	size_t count = slice->notices_count + slice->count;
	uint64_t *ids = arena_zalloc(store->arena, count, sizeof(*ids));
	size_t found = 0;
	enum err err;

	page->posts = arena_zalloc(store->arena, count, sizeof(*page->posts));
	page->notices = page->posts;
	if (ids == NULL || page->posts == NULL)
		return ERR_NO_MEMORY;
	if (slice->notices_count > 0)
		memcpy(
		    ids, slice->notices, slice->notices_count * sizeof(*ids));
	if (slice->count > 0)
		memcpy(ids + slice->notices_count, slice->ids,
		    slice->count * sizeof(*ids));
	err = post_find_many(store, ids, count, part, page->posts, &found);
	/* A notice that is not there any more has left no gap. */
	for (size_t i = 0;
	     i < slice->notices_count && page->notices_count < found; i++)
		if (page->posts->id == slice->notices[i]) {
			page->posts++;
			page->notices_count++;
		}
	page->count = found - page->notices_count;
	return err;
}

enum err
board_read_page(struct store *store, const struct board_query *query,
    struct board_page *page)
{
	struct slice slice = {.count = 0};
	enum err err;

	*page = (struct board_page){.number = query->number};
	err = read_slice(store, query, page, &slice);
	if (err != ERR_OK)
		return err;
	page->total -= query->skip < page->total ? query->skip : page->total;
	page->pages = number_of_pages(page->total, query->size);
	if (query->number > page->pages ||
	    (query->category > 0 &&
		board_category(&page->info, query->category)[0] == '\0'))
		return ERR_NOT_FOUND;
	return read_posts(store, query->part, &slice, page);
}

/* Ids at the list's head, from a place on, and how many it has. */
static enum err
read_head(struct store *store, uint64_t category, uint64_t first,
    uint64_t **ids, size_t *count, uint64_t *total)
{
	char *list = key_of_list(store, category);
	struct command commands[2];
	struct reply replies[2];
	enum err err;

	if (list == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "LLEN", list, NULL);
	err = range_command(&commands[1], store->arena, list, (int64_t)first,
	    (int64_t)first + COUNT_STEP - 1);
	if (err == ERR_OK)
		err = store_run(store, commands, 2, replies);
	if (err == ERR_OK)
		err = length_of_reply(&replies[0], total);
	return err != ERR_OK
		   ? err
		   : ids_of_reply(store->arena, &replies[1], ids, count);
}

enum err
board_count_newer(struct store *store, uint64_t category, uint64_t newest,
    uint64_t *newer, uint64_t *total)
{
	*newer = 0;
	for (;;) {
		uint64_t *ids;
		size_t count;
		size_t i = 0;
		enum err err =
		    read_head(store, category, *newer, &ids, &count, total);

		if (err != ERR_OK)
			return err;
		while (i < count && ids[i] > newest)
			i++;
		*newer += i;
		if (i < COUNT_STEP)
			return ERR_OK;
	}
}

enum err
board_locate_command(struct store *store, uint64_t id, struct command *command)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	char *number = arena_printf(store->arena, "%" PRIu64, id);

	if (list == NULL || number == NULL)
		return ERR_NO_MEMORY;
	/* A page has no round trip to spare for hearing that Redis lost it. */
	command_of(command, "EVAL", script_text(SCRIPT_WHERE), "1", list,
	    number, NULL);
	return ERR_OK;
}

enum err
board_place_of_reply(const struct reply *reply, struct board_place *place)
{
	enum err err = reply_check(reply);

	*place = (struct board_place){.listed = false};
	if (err != ERR_OK || reply->type != REPLY_ARRAY || reply->count != 3 ||
	    reply->items[0].type != REPLY_INTEGER ||
	    reply->items[0].integer < 0)
		return err;
	place->listed = true;
	place->position = (uint64_t)reply->items[0].integer;
	place->newer = reply_number(&reply->items[1], POST_ID_MAX);
	place->older = reply_number(&reply->items[2], POST_ID_MAX);
	return ERR_OK;
}

/* Whether a board whose keys have that layout can be read and written. */
static enum err
judge_layout(enum layout layout)
{
	switch (layout) {
	case LAYOUT_NONE:
	case LAYOUT_OURS:
		return ERR_OK;
	case LAYOUT_OLDER:
	case LAYOUT_UPGRADE:
	case LAYOUT_IMPORT:
		return ERR_BUSY;
	case LAYOUT_UNKNOWN:
		break;
	}
	return ERR_CONFIG;
}

enum err
board_ping(struct store *store)
{
	enum layout layout;
	uint64_t version;
	enum err err = layout_read(store, &layout, &version);

	return err != ERR_OK ? err : judge_layout(layout);
}

/* What Redis says to a write; *refusal: why it would not take it. */
static enum err
judge_write(const struct reply *reply, const char **refusal)
{
	enum err err = reply_check(reply);

	*refusal = reply_refusal(reply);
	/* Whether scripts may write is not known of who may not this. */
	if (*refusal != NULL && strcmp(*refusal, "NOPERM") == 0) {
		*refusal = NULL;
		return ERR_OK;
	}
	return err == ERR_INTERNAL ? ERR_CONFIG : err;
}

enum err
board_is_ready(struct store *store, const char **refusal)
{
	char *key = key_of_board(store->arena, store->prefix, KEY_SCHEMA);
	struct command commands[2];
	struct reply replies[2];
	enum layout layout;
	uint64_t version;
	enum err err;

	*refusal = NULL;
	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "GET", key, NULL);
	/*
	 * By definition it changes nothing, whether the key is there or not,
	 * but Redis refuses it like a post: a disk or memory that is full, a
	 * replica, replicas that are missing. Nothing that INFO tells says as
	 * much of all of these.
	 */
	command_of(&commands[1], "SETRANGE", key, "0", "", NULL);
	err = store_run(store, commands, 2, replies);
	if (err != ERR_OK)
		return err;
	*refusal = reply_refusal(&replies[0]);
	err = layout_of_reply(&replies[0], &layout, &version);
	if (err == ERR_OK)
		err = judge_layout(layout);
	return err != ERR_OK ? err : judge_write(&replies[1], refusal);
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
