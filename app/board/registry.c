#include "board/registry.h"

#include "base/text.h"
#include "store/keys.h"

#include <string.h>

#define SLUG_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

char *
registry_prefix(struct arena *arena, const char *first, const char *slug)
{
	/* Braces keep a board's keys in one slot of Redis Cluster. */
	return slug[0] == '\0' ? arena_printf(arena, "%s", first)
			       : arena_printf(arena, "{%s}:", slug);
}

bool
registry_slug_is_valid(const char *slug)
{
	size_t length = strlen(slug);

	return length > 0 && length < BOARD_SLUG_BYTES && slug[0] != '-' &&
	       strspn(slug, SLUG_LETTERS) == length;
}

/* What a row tells of one board. */
#define ROW_COMMANDS 2

static enum err
row_commands(struct store *store, const char *slug,
    struct command commands[ROW_COMMANDS])
{
	char *prefix = registry_prefix(store->arena, store->first, slug);
	char *board;
	char *list;

	if (prefix == NULL)
		return ERR_NO_MEMORY;
	board = key_of_board(store->arena, prefix, KEY_BOARD);
	list = key_of_board(store->arena, prefix, KEY_POST_ID);
	if (board == NULL || list == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "HGET", board, BOARD_TITLE, NULL);
	command_of(&commands[1], "LLEN", list, NULL);
	return ERR_OK;
}

enum err
registry_read_slugs(struct store *store, struct board_info *first,
    struct registry_board **boards, size_t *count)
{
	char *key = key_of_board(store->arena, store->first, KEY_BOARDS);
	struct command commands[BOARD_INFO_COMMANDS + 1];
	struct reply replies[BOARD_INFO_COMMANDS + 1];
	const struct reply *slugs = &replies[BOARD_INFO_COMMANDS];
	enum err err = board_info_commands(store, commands);

	*count = 0;
	*boards = arena_zalloc(store->arena, REGISTRY_MAX, sizeof(**boards));
	if (*boards == NULL || key == NULL || err != ERR_OK)
		return ERR_NO_MEMORY;
	command_of(
	    &commands[BOARD_INFO_COMMANDS], "LRANGE", key, "0", "98", NULL);
	_Static_assert(REGISTRY_MAX == 100, "LRANGE's end");
	err = store_run(store, commands, BOARD_INFO_COMMANDS + 1, replies);
	if (err == ERR_OK)
		err = board_info_of_replies(store, replies, first);
	if (err == ERR_OK)
		err = reply_check(slugs);
	if (err != ERR_OK)
		return err;
	(*boards)[(*count)++].slug = "";
	/* Whatever was asked for, there may be more. */
	for (size_t i = 0; i < slugs->count && *count < REGISTRY_MAX; i++)
		if (slugs->items[i].type == REPLY_TEXT &&
		    registry_slug_is_valid(slugs->items[i].text))
			(*boards)[(*count)++].slug = slugs->items[i].text;
	return ERR_OK;
}

/*
 * What a row's replies tell; a key of another type tells nothing.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY.
 */
static enum err
set_row(struct store *store, const struct reply replies[ROW_COMMANDS],
    struct registry_board *board)
{
	const struct reply *title = &replies[0];
	const struct reply *posts = &replies[1];

	if (reply_check(title) == ERR_UNAVAILABLE ||
	    reply_check(posts) == ERR_UNAVAILABLE)
		return ERR_UNAVAILABLE;
	board->title = title->type == REPLY_TEXT
			   ? text_repair(store->arena, title->text,
				 title->length, BOARD_TITLE_MAX_BYTES)
			   : "";
	if (posts->type == REPLY_INTEGER && posts->integer > 0)
		board->posts = (uint64_t)posts->integer;
	return board->title == NULL ? ERR_NO_MEMORY : ERR_OK;
}

enum err
registry_read_rows(
    struct store *store, struct registry_board *boards, size_t count)
{
	struct command *commands = arena_alloc(
	    store->arena, REGISTRY_MAX * ROW_COMMANDS * sizeof(*commands));
	struct reply *replies = arena_zalloc(
	    store->arena, REGISTRY_MAX * ROW_COMMANDS, sizeof(*replies));
	enum err err =
	    commands == NULL || replies == NULL ? ERR_NO_MEMORY : ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = row_commands(
		    store, boards[i].slug, &commands[i * ROW_COMMANDS]);
	if (err == ERR_OK)
		err = store_run(store, commands, count * ROW_COMMANDS, replies);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = set_row(store, &replies[i * ROW_COMMANDS], &boards[i]);
	return err;
}

enum err
registry_read(struct store *store, struct board_info *first,
    struct registry_board **boards, size_t *count)
{
	enum err err = registry_read_slugs(store, first, boards, count);

	return err != ERR_OK ? err : registry_read_rows(store, *boards, *count);
}
