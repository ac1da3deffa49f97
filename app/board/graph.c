#include "board/graph.h"

#include "base/number.h"
#include "board/registry.h"
#include "store/keys.h"
#include "store/script.h"

#include <string.h>

/*
 * The table. A key that is not in it is on no page that is kept: news:secret:ID
 * (words that only a private link shows), news:versions:ID (never kept),
 * news:recommend:ID and news:trash:ID (what pages show of them is in
 * news:meta:ID), last_id, madang:secret, madang:day, madang:once:…,
 * madang:tries:…, madang:limit:…, madang:import:… (which become lists by their
 * names, of which is heard then).
 *
 * All lists go at once, because they are one folder: a post moves the rows of
 * every page behind it, and to find out which of them show a post that was
 * edited would take longer than to make them again.
 */
static const struct {
	const char *kind;
	bool numbered;
	unsigned pages;
} graph[] = {
    /* Who comes or goes moves what is behind, and is counted. */
    {KEY_POST_ID, false, GRAPH_LISTS | GRAPH_SITE},
    {KEY_NOTICES, false, GRAPH_LISTS},
    {KEY_CATEGORY, true, GRAPH_LISTS},
    /* What it says, and how many replies and recommendations it has. */
    {KEY_NAME, true, GRAPH_POST},
    {KEY_TEXT, true, GRAPH_POST},
    {KEY_META, true, GRAPH_POST},
    /* Their order; their number is in news:meta:ID too. */
    {KEY_REPLIES, true, GRAPH_THREAD},
    /* One hash for 100 posts: the 99 beside the one go too, later. */
    {KEY_VIEWS, true, GRAPH_LATER},
    /* The title and the categories are on every page; /boards has titles. */
    {KEY_BOARD, false, GRAPH_BOARD | GRAPH_SITE},
    /* Whether there are others is on every page of every board. */
    {KEY_BOARDS, false, GRAPH_ALL},
};

#define KINDS (sizeof(graph) / sizeof(graph[0]))

unsigned
graph_of_kind(const char *kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(graph[i].kind, kind) == 0)
			return graph[i].pages;
	return 0;
}

/* "{free}:" and what follows; the length of that prefix, or 0. */
static size_t
read_slug(const char *key, size_t length, char slug[BOARD_SLUG_BYTES])
{
	const char *end = memchr(key, '}', length);
	size_t bytes;

	if (length < 3 || key[0] != '{' || end == NULL)
		return 0;
	bytes = (size_t)(end - key) - 1;
	if (bytes == 0 || bytes >= BOARD_SLUG_BYTES || bytes + 3 > length ||
	    end[1] != ':')
		return 0;
	memcpy(slug, key + 1, bytes);
	slug[bytes] = '\0';
	if (strlen(slug) == bytes && registry_slug_is_valid(slug))
		return bytes + 3;
	slug[0] = '\0';
	return 0;
}

bool
graph_slug_of_prefix(
    const char *first, const char *prefix, char slug[BOARD_SLUG_BYTES])
{
	size_t length = strlen(prefix);

	slug[0] = '\0';
	/* The first board's prefix may look like that of another. */
	return strcmp(prefix, first) == 0 ||
	       (length > 0 && read_slug(prefix, length, slug) == length);
}

/* What is behind the prefix of a board. */
static void
read_kind(const char *key, size_t length, struct graph_change *change)
{
	for (size_t i = 0; i < KINDS; i++) {
		size_t bytes = strlen(graph[i].kind);

		if (length < bytes || memcmp(key, graph[i].kind, bytes) != 0)
			continue;
		if (graph[i].numbered
			? number_parse(key + bytes, length - bytes, 0,
			      POST_ID_MAX, &change->id)
			: length == bytes)
			change->pages = graph[i].pages;
	}
}

struct graph_change
graph_of_key(const char *first, const char *key, size_t length)
{
	struct graph_change change = {.pages = 0};
	size_t bytes = strlen(first);

	if (length >= bytes && memcmp(key, first, bytes) == 0)
		read_kind(key + bytes, length - bytes, &change);
	if (change.pages != 0)
		return change;
	bytes = read_slug(key, length, change.slug);
	if (bytes > 0)
		read_kind(key + bytes, length - bytes, &change);
	return change;
}

static enum err
find_some_roots(
    struct store *store, const uint64_t *ids, size_t count, uint64_t *roots)
{
	char *list = key_of_board(store->arena, store->prefix, KEY_POST_ID);
	struct command words;
	struct reply reply;
	enum err err = ERR_OK;

	if (list == NULL)
		return ERR_NO_MEMORY;
	command_of(&words, list, store->prefix, NULL);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = script_add_number(store, &words, ids[i]);
	if (err == ERR_OK)
		err = script_run(store, SCRIPT_ROOTS, &words, &reply);
	if (err != ERR_OK)
		return err;
	if (reply.type != REPLY_ARRAY || reply.count != count)
		return ERR_INTERNAL;
	for (size_t i = 0; i < count; i++)
		roots[i] = reply_number(&reply.items[i], POST_ID_MAX);
	return ERR_OK;
}

enum err
graph_find_roots(
    struct store *store, const uint64_t *ids, size_t count, uint64_t *roots)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i += GRAPH_ROOTS_MAX) {
		size_t rest = count - i;

		err = find_some_roots(store, &ids[i],
		    rest < GRAPH_ROOTS_MAX ? rest : GRAPH_ROOTS_MAX, &roots[i]);
	}
	return err;
}
