#include "board/layout.h"

#include "base/number.h"
#include "store/keys.h"

#include <string.h>

#define IMPORT	"import "
#define UPGRADE "upgrade "

enum layout
layout_of(const char *text, size_t length, uint64_t *version)
{
	uint64_t number;

	*version = 0;
	if (length == 0)
		return LAYOUT_NONE;
	if (strncmp(text, IMPORT, strlen(IMPORT)) == 0)
		return LAYOUT_IMPORT;
	if (strncmp(text, UPGRADE, strlen(UPGRADE)) == 0) {
		const char *from = text + strlen(UPGRADE);

		return number_parse(from, strcspn(from, " "), 0,
			   KEYS_SCHEMA - 1, version)
			   ? LAYOUT_UPGRADE
			   : LAYOUT_UNKNOWN;
	}
	if (!number_parse(text, length, 0, KEYS_SCHEMA, &number))
		return LAYOUT_UNKNOWN;
	if (number == KEYS_SCHEMA)
		return LAYOUT_OURS;
	*version = number;
	return LAYOUT_OLDER;
}

enum err
layout_of_reply(
    const struct reply *reply, enum layout *layout, uint64_t *version)
{
	enum err err = reply_check(reply);

	*version = 0;
	*layout = LAYOUT_UNKNOWN;
	/* A key of another type is none of ours. */
	if (err == ERR_INTERNAL)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	/* An empty text was written by somebody. */
	if (reply->type != REPLY_TEXT || reply->length > 0)
		*layout = layout_of(reply->text, reply->length, version);
	return ERR_OK;
}

enum err
layout_read(struct store *store, enum layout *layout, uint64_t *version)
{
	char *key = key_of_board(store->arena, store->prefix, KEY_SCHEMA);
	struct command command;
	struct reply reply;
	enum err err;

	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "GET", key, NULL);
	err = store_run(store, &command, 1, &reply);
	return err != ERR_OK ? err : layout_of_reply(&reply, layout, version);
}
