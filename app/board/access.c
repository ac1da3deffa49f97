#include "board/access.h"

#include "base/client.h"
#include "base/clock.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Who is wrong may be guessing: so often he is heard in TRIES_SECONDS. */
#define TRIES_OF_CLIENT_AT_POST "5"
#define TRIES_OF_CLIENT		"30"
#define TRIES_AT_POST		"50"
#define TRIES_SECONDS		"600"

enum err
access_key_command(struct store *store, struct command *command)
{
	char *key = key_of_board(store->arena, store->prefix, KEY_SECRET);

	if (key == NULL)
		return ERR_NO_MEMORY;
	command_of(command, "GET", key, NULL);
	return ERR_OK;
}

enum err
access_key_of_reply(
    struct store *store, const struct reply *reply, struct access_key *key)
{
	enum err err = reply_check(reply);

	*key = (struct access_key){.known = false};
	if (err != ERR_OK)
		return err;
	if (reply->type != REPLY_TEXT || reply->length != SEAL_KEY_BYTES)
		return ERR_OK;
	seal_derive(
	    (const unsigned char *)reply->text, store->pepper, key->bytes);
	key->known = true;
	return ERR_OK;
}

enum err
access_make_key(struct store *store, struct access_key *key)
{
	char *name = key_of_board(store->arena, store->prefix, KEY_SECRET);
	unsigned char bytes[SEAL_KEY_BYTES];
	struct command commands[2];
	struct reply replies[2];
	enum err err;

	if (name == NULL)
		return ERR_NO_MEMORY;
	seal_random(bytes, sizeof(bytes));
	command_of(&commands[0], "SETNX", name, NULL);
	command_add(&commands[0], (const char *)bytes, sizeof(bytes));
	command_of(&commands[1], "GET", name, NULL);
	err = store_run(store, commands, 2, replies);
	if (err == ERR_OK)
		err = reply_check(&replies[0]);
	if (err == ERR_OK)
		err = access_key_of_reply(store, &replies[1], key);
	return err == ERR_OK && !key->known ? ERR_INTERNAL : err;
}

static void
name_post(uint64_t id, char what[32])
{
	(void)snprintf(what, 32, "post %" PRIu64, id);
}

void
access_token(const struct access_key *key, uint64_t id, uint64_t until,
    char token[SEAL_TEXT_BYTES])
{
	char what[32];

	name_post(id, what);
	seal_make(key->bytes, what, until, token);
}

bool
access_is_granted(const struct access_key *key, uint64_t id, const char *token)
{
	char what[32];

	if (!key->known)
		return false;
	name_post(id, what);
	return seal_verify(key->bytes, what, token, clock_unix_ms() / 1000);
}

void
access_client(const struct access_key *key, const char *purpose,
    const char *address, char digest[ACCESS_CLIENT_BYTES])
{
	char name[CLIENT_NAME_BYTES];

	client_name(address, name);
	seal_digest_text(key->bytes, purpose, name, digest);
}

/* What the script says of the try: its first word is the answer. */
static enum err
judge(const struct reply *reply, const struct access_try *attempt,
    enum access_answer *answer, uint64_t *seconds)
{
	bool right = false;
	enum err err;

	*seconds = 0;
	if (script_says(reply, "gone")) {
		*answer = ACCESS_GONE;
		return ERR_OK;
	}
	if (script_says(reply, "none")) {
		*answer = ACCESS_NO_PASSWORD;
		return ERR_OK;
	}
	if (script_says(reply, "wait") && reply->count == 2 &&
	    reply->items[1].type == REPLY_INTEGER) {
		*answer = ACCESS_WAIT;
		*seconds = reply->items[1].integer > 0
			       ? (uint64_t)reply->items[1].integer
			       : 1;
		return ERR_OK;
	}
	if (!script_says(reply, "try") || reply->count != 2 ||
	    reply->items[1].type != REPLY_TEXT ||
	    reply->items[1].length != PASSWORD_BYTES)
		return ERR_INTERNAL;
	err = password_verify(&attempt->password,
	    (const unsigned char *)reply->items[1].text, &right);
	*answer = right ? ACCESS_RIGHT : ACCESS_WRONG;
	return err;
}

/* The words of the script; last is "back" for a try that was none. */
static enum err
try_words(struct store *store, const struct access_try *attempt,
    const char *client, const char *last, struct command *words)
{
	enum err err = script_begin(store, words);

	if (err == ERR_OK)
		err = script_add_number(store, words, attempt->id);
	if (err != ERR_OK)
		return err;
	script_add(words, client);
	script_add(words, TRIES_OF_CLIENT_AT_POST);
	script_add(words, TRIES_OF_CLIENT);
	script_add(words, TRIES_AT_POST);
	script_add(words, TRIES_SECONDS);
	script_add(words, last);
	return script_add_random(store, words);
}

enum err
access_try(struct store *store, const struct access_try *attempt,
    struct access_key *key, enum access_answer *answer, uint64_t *seconds)
{
	char client[ACCESS_CLIENT_BYTES];
	struct command words;
	struct reply reply;
	enum err judged;
	enum err err = access_make_key(store, key);

	if (err != ERR_OK)
		return err;
	access_client(key, "try", attempt->password.client, client);
	err = try_words(store, attempt, client, "", &words);
	if (err == ERR_OK)
		err = script_run(store, SCRIPT_TRY, &words, &reply);
	if (err != ERR_OK)
		return err;
	judged = judge(&reply, attempt, answer, seconds);
	/*
	 * Only guesses count. That this fails is no reason to turn the writer
	 * away: the count expires.
	 */
	if (script_says(&reply, "try") &&
	    (judged != ERR_OK || *answer == ACCESS_RIGHT) &&
	    try_words(store, attempt, client, "back", &words) == ERR_OK)
		(void)script_run(store, SCRIPT_TRY, &words, &reply);
	return judged;
}
