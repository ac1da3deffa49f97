#include "board/facts.h"

#include "base/number.h"

#include <string.h>

/* What is asked for, in this order. */
enum { CLIENTS_MAX, FOLDER, CLIENTS, SERVER, TIME, COMMANDS };

/* A line of INFO: "connected_clients:1"; what is behind the colon, or NULL. */
static const char *
find_line(struct store *store, const struct reply *reply, const char *name)
{
	const char *line;

	if (reply->type != REPLY_TEXT)
		return NULL;
	line = strstr(reply->text, name);
	if (line == NULL)
		return NULL;
	line += strlen(name);
	return arena_copy(store->arena, line, strcspn(line, "\r\n"));
}

static uint64_t
number_of(const char *text)
{
	uint64_t number = 0;

	if (text != NULL)
		(void)number_parse(text, strlen(text), 0, UINT64_MAX, &number);
	return number;
}

/* The value that CONFIG GET found; NULL: it may not be seen. */
static const char *
config_value(const struct reply *reply)
{
	return reply->type == REPLY_ARRAY && reply->count == 2
		   ? reply->items[1].text
		   : NULL;
}

enum err
facts_read(struct store *store, struct facts *facts)
{
	struct command commands[COMMANDS];
	struct reply replies[COMMANDS];
	enum err err;

	*facts = (struct facts){.version = NULL};
	command_of(&commands[CLIENTS_MAX], "CONFIG", "GET", "maxclients", NULL);
	command_of(&commands[FOLDER], "CONFIG", "GET", "dir", NULL);
	command_of(&commands[CLIENTS], "INFO", "clients", NULL);
	command_of(&commands[SERVER], "INFO", "server", NULL);
	command_of(&commands[TIME], "TIME", NULL);
	err = store_run(store, commands, COMMANDS, replies);
	if (err != ERR_OK)
		return err;
	facts->clients_max = number_of(config_value(&replies[CLIENTS_MAX]));
	facts->folder = config_value(&replies[FOLDER]);
	facts->clients = number_of(
	    find_line(store, &replies[CLIENTS], "connected_clients:"));
	facts->version = find_line(store, &replies[SERVER], "redis_version:");
	if (replies[TIME].type == REPLY_ARRAY && replies[TIME].count == 2)
		facts->unix_s = number_of(replies[TIME].items[0].text);
	return ERR_OK;
}
