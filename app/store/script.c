#include "store/script.h"

#include "base/clock.h"
#include "base/number.h"
#include "store/scripts.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum err
store_run(struct store *store, const struct command *commands, size_t count,
    struct reply *replies)
{
	uint64_t start = clock_monotonic_us();
	enum err err = pool_run(store->pool, store->arena, store->until_us,
	    commands, count, replies);

	store->spent_us += clock_monotonic_us() - start;
	store->round_trips++;
	return err;
}

uint64_t
reply_number(const struct reply *reply, uint64_t maximum)
{
	uint64_t number = 0;

	if (reply->type == REPLY_INTEGER && reply->integer > 0 &&
	    (uint64_t)reply->integer <= maximum)
		return (uint64_t)reply->integer;
	if (reply->type == REPLY_TEXT)
		(void)number_parse(
		    reply->text, reply->length, 1, maximum, &number);
	return number;
}

_Static_assert(sizeof(script_sources) / sizeof(script_sources[0]) == SCRIPTS,
    "enum script and the scripts of Makefile.am differ");

const char *
script_text(enum script script)
{
	return script_sources[script].text;
}

static enum err
script_try(struct store *store, const char *verb, const char *script,
    const struct command *words, size_t keys, struct reply *reply)
{
	struct command command;
	char count[24];

	(void)snprintf(count, sizeof(count), "%zu", keys);
	command_of(&command, verb, script, count, NULL);
	for (size_t i = 0; i < words->count; i++)
		command_add(&command, words->words[i], words->lengths[i]);
	return store_run(store, &command, 1, reply);
}

enum err
script_run(struct store *store, enum script script, const struct command *words,
    size_t keys, struct reply *reply)
{
	const struct script_source *source = &script_sources[script];
	enum err err =
	    script_try(store, "EVALSHA", source->sha1, words, keys, reply);

	if (err == ERR_OK && reply->type == REPLY_ERROR &&
	    strncmp(reply->text, "NOSCRIPT", 8) == 0)
		err =
		    script_try(store, "EVAL", source->text, words, keys, reply);
	if (err != ERR_OK)
		return err;
	return reply_check(reply);
}
