#include "board/keyscan.h"

#include "board/board.h"
#include "board/registry.h"
#include "store/keys.h"

#include <stdio.h>
#include <string.h>

/* Keys in one round trip, about. */
#define COUNT "500"

static const struct {
	const char *name; /* that a number follows where it ends with : */
	enum key_kind kind;
} kinds[] = {
    {KEY_NAME, KEY_KIND_NAME},
    {KEY_TEXT, KEY_KIND_TEXT},
    {KEY_META, KEY_KIND_META},
    {KEY_REPLIES, KEY_KIND_REPLIES},
    {KEY_WORDS, KEY_KIND_WORDS},
    {KEY_VERSIONS, KEY_KIND_VERSIONS},
    {KEY_RECOMMEND, KEY_KIND_RECOMMEND},
    {KEY_TRASH, KEY_KIND_TRASH},
    {KEY_VIEWS, KEY_KIND_VIEWS},
    {KEY_CATEGORY, KEY_KIND_LIST},
    {KEY_POST_ID, KEY_KIND_LIST},
    {KEY_NOTICES, KEY_KIND_LIST},
    {KEY_LAST_ID, KEY_KIND_HEAD},
    {KEY_SECRET, KEY_KIND_HEAD},
};

struct key_name
key_name_of(const char *name, size_t length)
{
	struct key_name found = {.kind = KEY_KIND_NONE};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t bytes = strlen(kinds[i].name);
		bool whole = kinds[i].name[bytes - 1] != ':';

		if (length < bytes || memcmp(name, kinds[i].name, bytes) != 0)
			continue;
		if (whole ? length == bytes
			  : number_parse(name + bytes, length - bytes,
				kinds[i].kind == KEY_KIND_VIEWS ? 0 : 1,
				POST_ID_MAX, &found.number)) {
			found.kind = kinds[i].kind;
			return found;
		}
	}
	if (length >= strlen(KEY_IMPORT) &&
	    memcmp(name, KEY_IMPORT, strlen(KEY_IMPORT)) == 0)
		found.kind = KEY_KIND_IMPORT;
	return found;
}

size_t
key_slug_of(const char *name, size_t length, char *slug)
{
	const char *end = memchr(name, '}', length);
	size_t bytes = end != NULL ? (size_t)(end - name) - 1 : 0;

	if (length == 0 || name[0] != '{' || end == NULL ||
	    bytes >= BOARD_SLUG_BYTES || bytes + 2 >= length || end[1] != ':')
		return 0;
	memcpy(slug, name + 1, bytes);
	slug[bytes] = '\0';
	return registry_slug_is_valid(slug) ? bytes + 3 : 0;
}

void
keyscan_begin(struct keyscan *scan, const char *match)
{
	*scan = (struct keyscan){.match = match, .cursor = "0"};
}

enum err
keyscan_next(struct keyscan *scan, struct store *store,
    const struct reply **keys, size_t *count)
{
	struct command command;
	struct reply reply;
	enum err err;

	command_of(&command, "SCAN", scan->cursor, "COUNT", COUNT,
	    scan->match != NULL ? "MATCH" : NULL, scan->match, NULL);
	err = store_run(store, &command, 1, &reply);
	if (err == ERR_OK)
		err = reply_check(&reply);
	if (err != ERR_OK)
		return err;
	if (reply.type != REPLY_ARRAY || reply.count != 2 ||
	    reply.items[0].type != REPLY_TEXT ||
	    reply.items[0].length >= NUMBER_TEXT_BYTES)
		return ERR_INTERNAL;
	(void)snprintf(
	    scan->cursor, sizeof(scan->cursor), "%s", reply.items[0].text);
	scan->ended = strcmp(scan->cursor, "0") == 0;
	*keys = reply.items[1].items;
	*count = reply.items[1].count;
	return ERR_OK;
}
