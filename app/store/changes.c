#include "store/changes.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/keys.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE	"changes"
#define CHANNEL "__redis__:invalidate"

struct changes {
	struct connection *connection;
	uint64_t command_us;
	bool asked; /* for a sign of life, and there was none yet */
};

/* The log has said that Redis can't be listened to. */
static atomic_bool away;

static void
tell_away(const char *reason)
{
	if (!atomic_exchange(&away, true))
		log_warning(MODULE,
		    "can't hear from Redis what changes, so that no page is "
		    "published: %s",
		    reason);
}

/*
 * The commands that begin it. Prefixes must not overlap (Redis refuses them):
 * what begins with a brace is a board that was added, also where the first
 * board's keys do.
 */
static enum err
begin_commands(struct arena *arena, const char *prefix, uint64_t id,
    struct command commands[2])
{
	static const char *const kinds[] = {KEY_POST_ID, "news:", KEY_BOARD};
	char *number = arena_printf(arena, "%" PRIu64, id);

	if (number == NULL)
		return ERR_NO_MEMORY;
	command_of(&commands[0], "CLIENT", "TRACKING", "ON", "REDIRECT", number,
	    "BCAST", "PREFIX", "{", NULL);
	for (size_t i = 0;
	     prefix[0] != '{' && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *key = key_of_board(arena, prefix, kinds[i]);

		if (key == NULL)
			return ERR_NO_MEMORY;
		command_add(&commands[0], "PREFIX", 6);
		command_add(&commands[0], key, strlen(key));
	}
	command_of(&commands[1], "SUBSCRIBE", CHANNEL, NULL);
	return ERR_OK;
}

static enum err
tell_failure(struct changes *changes, enum err err)
{
	tell_away(err == ERR_NO_MEMORY
		      ? "out of memory"
		      : connection_failure(changes->connection));
	return err;
}

/* Runs commands of which each must go well; when not, tells why. */
static enum err
ask(struct changes *changes, struct arena *arena,
    const struct command *commands, size_t count, struct reply *replies)
{
	uint64_t until = clock_monotonic_us() + changes->command_us;
	enum err err = connection_run(
	    changes->connection, until, arena, commands, count, replies);

	if (err != ERR_OK)
		return tell_failure(changes, err);
	for (size_t i = 0; i < count; i++)
		if (replies[i].type == REPLY_ERROR) {
			tell_away(replies[i].text);
			return ERR_UNAVAILABLE;
		}
	return ERR_OK;
}

static enum err
begin(struct changes *changes, const char *prefix, struct arena *arena)
{
	struct command commands[2];
	struct reply replies[2];
	enum err err;

	command_of(&commands[0], "CLIENT", "ID", NULL);
	err = ask(changes, arena, commands, 1, replies);
	if (err != ERR_OK)
		return err;
	err = begin_commands(
	    arena, prefix, (uint64_t)replies[0].integer, commands);
	return err != ERR_OK ? tell_failure(changes, err)
			     : ask(changes, arena, commands, 2, replies);
}

enum err
changes_open(const struct connection_settings *settings, const char *prefix,
    struct arena *arena, struct changes **opened)
{
	struct changes *changes = calloc(1, sizeof(*changes));
	uint64_t until = clock_monotonic_us() + settings->connect_ms * 1000 +
			 settings->command_ms * 1000;
	char reason[256];
	enum err err;

	if (changes == NULL)
		return ERR_NO_MEMORY;
	changes->command_us = settings->command_ms * 1000;
	changes->connection =
	    connection_open(settings, until, reason, sizeof(reason));
	if (changes->connection == NULL) {
		tell_away(reason);
		free(changes);
		return ERR_UNAVAILABLE;
	}
	err = begin(changes, prefix, arena);
	if (err != ERR_OK) {
		changes_close(changes);
		return err;
	}
	if (atomic_exchange(&away, false))
		log_info(MODULE, "hears from Redis what changes");
	*opened = changes;
	return ERR_OK;
}

void
changes_close(struct changes *changes)
{
	if (changes == NULL)
		return;
	connection_close(changes->connection);
	free(changes);
}

int
changes_fd(const struct changes *changes)
{
	return connection_fd(changes->connection);
}

/* ["message", channel, keys or nil], or the answer to our PING. */
static void
hear_message(struct changes *changes, const struct reply *message,
    changes_hear *hear, void *context)
{
	const struct reply *keys;

	if (message->type != REPLY_ARRAY || message->count < 2 ||
	    message->items[0].type != REPLY_TEXT)
		return;
	if (strcmp(message->items[0].text, "pong") == 0)
		changes->asked = false;
	if (message->count != 3 ||
	    strcmp(message->items[0].text, "message") != 0)
		return;
	keys = &message->items[2];
	if (keys->type != REPLY_ARRAY)
		hear(context, NULL, 0);
	for (size_t i = 0; keys->type == REPLY_ARRAY && i < keys->count; i++)
		if (keys->items[i].type == REPLY_TEXT)
			hear(context, keys->items[i].text,
			    keys->items[i].length);
}

enum err
changes_read(struct changes *changes, struct arena *arena, changes_hear *hear,
    void *context)
{
	uint64_t until = clock_monotonic_us() + changes->command_us;
	struct reply message;
	enum err err;

	while ((err = connection_next(
		    changes->connection, arena, until, &message)) == ERR_OK)
		hear_message(changes, &message, hear, context);
	return err == ERR_TIMEOUT ? ERR_OK : tell_failure(changes, err);
}

enum err
changes_ask_for_life(struct changes *changes, struct arena *arena)
{
	uint64_t until = clock_monotonic_us() + changes->command_us;
	struct command command;
	enum err err = ERR_UNAVAILABLE;

	command_of(&command, "PING", NULL);
	if (!changes->asked)
		err = connection_send(
		    changes->connection, arena, until, &command);
	changes->asked = true;
	return err == ERR_OK ? ERR_OK : tell_failure(changes, err);
}

bool
changes_is_alive(const struct changes *changes)
{
	return !changes->asked;
}
