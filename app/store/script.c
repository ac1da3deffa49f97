#include "store/script.h"

#include "base/number.h"
#include "base/seal.h"
#include "store/keys.h"
#include "store/scripts.h"

#include <string.h>

#define STRING_OF(number) #number
#define SCHEMA_OF(number) STRING_OF(number)

_Static_assert(sizeof(script_sources) / sizeof(script_sources[0]) == SCRIPTS,
    "enum script and the scripts of Makefile.am differ");

const char *
script_text(enum script script)
{
	return script_sources[script].text;
}

enum err
script_begin(struct store *store, struct command *words)
{
	char *last_id = key_of_board(store->arena, store->prefix, KEY_LAST_ID);

	if (last_id == NULL)
		return ERR_NO_MEMORY;
	command_of(words, last_id, store->prefix, SCHEMA_OF(KEYS_SCHEMA), NULL);
	return ERR_OK;
}

void
script_add(struct command *words, const char *word)
{
	command_add(words, word, strlen(word));
}

enum err
script_add_number(struct store *store, struct command *words, uint64_t number)
{
	char *word = arena_alloc(store->arena, NUMBER_TEXT_BYTES);

	if (word == NULL)
		return ERR_NO_MEMORY;
	command_add(words, word, number_write(number, word));
	return ERR_OK;
}

enum err
script_add_random(struct store *store, struct command *words)
{
	char *random = arena_alloc(store->arena, SEAL_KEY_BYTES);

	if (random == NULL)
		return ERR_NO_MEMORY;
	seal_random((unsigned char *)random, SEAL_KEY_BYTES);
	command_add(words, random, SEAL_KEY_BYTES);
	return ERR_OK;
}

/* last_id is the one of its words that is among KEYS. */
static enum err
script_try(struct store *store, const char *verb, const char *script,
    const struct command *words, struct reply *reply)
{
	struct command command;

	command_of(&command, verb, script, "1", NULL);
	for (size_t i = 0; i < words->count; i++)
		command_add(&command, words->words[i], words->lengths[i]);
	return store_run(store, &command, 1, reply);
}

enum err
script_run(struct store *store, enum script script, const struct command *words,
    struct reply *reply)
{
	const struct script_source *source = &script_sources[script];
	enum err err = script_try(store, "EVALSHA", source->sha1, words, reply);

	if (err == ERR_OK && reply->type == REPLY_ERROR &&
	    strncmp(reply->text, "NOSCRIPT", 8) == 0)
		err = script_try(store, "EVAL", source->text, words, reply);
	return err != ERR_OK ? err : reply_check(reply);
}

bool
script_says(const struct reply *reply, const char *word)
{
	return reply->type == REPLY_ARRAY && reply->count > 0 &&
	       reply->items[0].type == REPLY_TEXT &&
	       strcmp(reply->items[0].text, word) == 0;
}
