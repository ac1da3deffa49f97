#include "board/change.h"

#include "base/digest.h"
#include "base/metrics.h"
#include "base/number.h"
#include "base/text.h"
#include "board/board.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A slug, a slash, an id; more is none of ours. */
#define MOVED_MAX_BYTES 64

/* So long a script that Redis ran twice is one recommendation. */
#define NONCE_SECONDS "60"

/*
 * What each script may say, beside "wait". Another word is none of theirs,
 * and no change is taken for made because of it.
 */
static const char *const answers[SCRIPTS][6] = {
    [SCRIPT_POST] = {"posted", "again", "gone", "full", "would"},
    [SCRIPT_EDIT] = {"edited", "same", "gone", "conflict"},
    [SCRIPT_DELETE] = {"deleted", "gone"},
    [SCRIPT_RESTORE] = {"restored", "gone", "orphan", "moved"},
    [SCRIPT_RECOMMEND] = {"on", "off", "gone"},
    [SCRIPT_NOTICE] = {"on", "off", "gone"},
    [SCRIPT_VIEWS] = {"counted"},
    [SCRIPT_MOVE] = {"moved", "gone", "full"},
    [SCRIPT_BOARD] = {"set", "known", "missing", "full"},
};

/* A number for which nought is none. */
static enum err
add_number_or_none(struct store *store, struct command *words, uint64_t number)
{
	if (number != 0)
		return script_add_number(store, words, number);
	script_add(words, "");
	return ERR_OK;
}

/* The number at a place of a script's reply; 0: there is none. */
static uint64_t
number_at(const struct reply *reply, size_t place)
{
	return place < reply->count
		   ? reply_number(&reply->items[place], POST_ID_MAX)
		   : 0;
}

static bool
is_answer(const struct reply *reply, enum script script)
{
	for (size_t i = 0; answers[script][i] != NULL; i++)
		if (script_says(reply, answers[script][i]))
			return true;
	return false;
}

/*
 * Runs it. "gone" is ERR_NOT_FOUND, "wait" ERR_TOO_OFTEN; what else it says,
 * the caller reads.
 */
static enum err
run(struct store *store, enum script script, const struct command *words,
    struct reply *reply)
{
	enum err err = script_run(store, script, words, reply);

	if (err != ERR_OK)
		return err;
	if (limit_is_over(store, reply))
		return ERR_TOO_OFTEN;
	if (!is_answer(reply, script))
		return ERR_INTERNAL;
	return script_says(reply, "gone") ? ERR_NOT_FOUND : ERR_OK;
}

/* That a post, or a reply in the thread of root, is there or was. */
static void
tell_of_post(const struct store *store, uint64_t id, uint64_t root)
{
	if (root == 0) {
		store_tell(store, KEY_POST_ID, 0, 0);
		store_tell(store, KEY_META, id, id);
	} else {
		store_tell(store, KEY_META, id, root);
		/* How many replies the thread has stands in lists too. */
		store_tell(store, KEY_META, root, root);
	}
}

/* That what a post says, or of it, is another now; root 0: it is no reply. */
static void
tell_of_words(const struct store *store, uint64_t id, uint64_t root)
{
	store_tell(store, KEY_META, id, root == 0 ? id : root);
}

/* Begins the words of a script about a post. */
static enum err
begin_with(struct store *store, uint64_t id, struct command *words)
{
	enum err err = script_begin(store, words);

	return err != ERR_OK ? err : script_add_number(store, words, id);
}

static enum err
posted_of_reply(struct store *store, const struct reply *reply,
    struct change_posted *posted)
{
	if (script_says(reply, "full"))
		return ERR_FULL;
	*posted = (struct change_posted){.would = script_says(reply, "would")};
	if (posted->would)
		return ERR_OK;
	if (reply->count != 6)
		return ERR_INTERNAL;
	posted->again = script_says(reply, "again");
	posted->id = number_at(reply, 1);
	posted->root = number_at(reply, 3);
	posted->place = number_at(reply, 4);
	posted->age_ms = number_at(reply, 5);
	if (posted->id == 0)
		return ERR_INTERNAL;
	return access_key_of_reply(store, &reply->items[2], &posted->key);
}

static void
count_post(const struct change_posted *posted)
{
	metrics_add(posted->again	? METRIC_DUPLICATES
		    : posted->root != 0 ? METRIC_REPLIES
					: METRIC_POSTS,
	    1);
}

enum err
change_post(struct store *store, const struct change_post *post,
    struct change_posted *posted)
{
	const struct change_words *said = &post->words;
	struct command words;
	struct reply reply;
	enum err err = script_begin(store, &words);

	if (err != ERR_OK)
		return err;
	script_add(&words, post->client);
	command_add(&words, said->name, said->name_length);
	command_add(&words, said->text, said->text_length);
	err = script_add_number(store, &words, post->once_seconds);
	command_add(&words, said->title, said->title_length);
	if (err == ERR_OK)
		err = add_number_or_none(store, &words, post->parent);
	if (err == ERR_OK)
		err = add_number_or_none(
		    store, &words, post->parent == 0 ? said->category : 0);
	script_add(&words, said->secret && post->parent == 0 ? "1" : "");
	if (post->asks)
		script_add(&words, "?");
	else if (post->password != NULL)
		command_add(
		    &words, (const char *)post->password, PASSWORD_BYTES);
	else
		script_add(&words, "");
	script_add(&words, post->by_writer ? "1" : "");
	if (err == ERR_OK)
		err = script_add_random(store, &words);
	if (err == ERR_OK)
		err = limit_add(store, &words);
	if (err == ERR_OK)
		err = run(store, SCRIPT_POST, &words, &reply);
	if (err == ERR_OK)
		err = posted_of_reply(store, &reply, posted);
	/* Who didn't ask would take it for written. */
	if (err == ERR_OK && posted->would && !post->asks)
		err = ERR_INTERNAL;
	if (err == ERR_OK && !posted->would) {
		count_post(posted);
		tell_of_post(store, posted->id, posted->root);
	}
	return err;
}

static enum err
conflict_of_reply(struct store *store, const struct reply *reply,
    struct change_conflict *conflict)
{
	if (reply->count != 7)
		return ERR_INTERNAL;
	conflict->found = true;
	conflict->version = number_at(reply, 1);
	conflict->name = text_repair(store->arena, reply->items[2].text,
	    reply->items[2].length, POST_NAME_MAX_BYTES);
	conflict->title = text_repair(store->arena, reply->items[3].text,
	    reply->items[3].length, POST_TITLE_MAX_BYTES);
	conflict->text = text_repair(store->arena, reply->items[4].text,
	    reply->items[4].length, POST_TEXT_MAX_BYTES);
	conflict->category = number_at(reply, 5);
	conflict->secret = reply->items[6].length > 0;
	return conflict->name == NULL || conflict->title == NULL ||
		       conflict->text == NULL
		   ? ERR_NO_MEMORY
		   : ERR_OK;
}

enum err
change_edit(struct store *store, uint64_t id, uint64_t version,
    const struct change_words *said, struct change_conflict *conflict)
{
	struct command words;
	struct reply reply;
	enum err err = begin_with(store, id, &words);

	conflict->found = false;
	if (err == ERR_OK)
		err = script_add_number(store, &words, version);
	if (err != ERR_OK)
		return err;
	command_add(&words, said->name, said->name_length);
	command_add(&words, said->title, said->title_length);
	command_add(&words, said->text, said->text_length);
	err = add_number_or_none(store, &words, said->category);
	script_add(&words, said->secret ? "1" : "");
	if (err == ERR_OK)
		err = script_add_number(store, &words, CHANGE_VERSIONS_MAX);
	if (err == ERR_OK)
		err = limit_add(store, &words);
	if (err == ERR_OK)
		err = run(store, SCRIPT_EDIT, &words, &reply);
	if (err == ERR_OK && script_says(&reply, "edited")) {
		metrics_add(METRIC_EDITS, 1);
		tell_of_words(store, id, number_at(&reply, 2));
	}
	if (err != ERR_OK || !script_says(&reply, "conflict"))
		return err;
	return conflict_of_reply(store, &reply, conflict);
}

/* "ms NUL name NUL title NUL text"; ERR_MALFORMED: it is none of that. */
static enum err
version_of_reply(struct store *store, const struct reply *reply,
    struct change_version *version)
{
	const char *parts[4];
	size_t lengths[4];
	const char *at = reply->text;
	size_t rest = reply->length;

	if (reply->type != REPLY_TEXT)
		return ERR_MALFORMED;
	for (int i = 0; i < 4; i++) {
		const char *end = i < 3 ? memchr(at, '\0', rest) : at + rest;

		if (end == NULL)
			return ERR_MALFORMED;
		parts[i] = at;
		lengths[i] = (size_t)(end - at);
		rest -= lengths[i] + (i < 3 ? 1 : 0);
		at = i < 3 ? end + 1 : end;
	}
	version->time_ms = 0;
	(void)number_parse(
	    parts[0], lengths[0], 1, POST_TIME_MAX_MS, &version->time_ms);
	version->name = text_repair(
	    store->arena, parts[1], lengths[1], POST_NAME_MAX_BYTES);
	version->title = text_repair(
	    store->arena, parts[2], lengths[2], POST_TITLE_MAX_BYTES);
	version->text = text_repair(
	    store->arena, parts[3], lengths[3], POST_TEXT_MAX_BYTES);
	return version->name == NULL || version->title == NULL ||
		       version->text == NULL
		   ? ERR_NO_MEMORY
		   : ERR_OK;
}

enum err
change_read_versions(struct store *store, uint64_t id,
    struct change_version **versions, size_t *count)
{
	char *key = key_of_post(store->arena, store->prefix, KEY_VERSIONS, id);
	struct command command;
	struct reply reply;
	enum err err;

	*count = 0;
	*versions =
	    arena_zalloc(store->arena, CHANGE_VERSIONS_MAX, sizeof(**versions));
	if (key == NULL || *versions == NULL)
		return ERR_NO_MEMORY;
	command_of(&command, "LRANGE", key, "0", "19", NULL);
	_Static_assert(CHANGE_VERSIONS_MAX == 20, "LRANGE's end");
	err = store_run(store, &command, 1, &reply);
	if (err == ERR_OK)
		err = reply_check(&reply);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < reply.count && i < CHANGE_VERSIONS_MAX; i++) {
		err = version_of_reply(
		    store, &reply.items[i], &(*versions)[*count]);
		if (err == ERR_NO_MEMORY)
			return err;
		if (err == ERR_OK)
			(*count)++;
	}
	return ERR_OK;
}

enum err
change_delete(
    struct store *store, uint64_t id, uint64_t seconds, uint64_t *root)
{
	struct command words;
	struct reply reply;
	enum err err = begin_with(store, id, &words);

	if (err == ERR_OK)
		err = script_add_number(store, &words, seconds);
	if (err == ERR_OK)
		err = limit_add(store, &words);
	if (err == ERR_OK)
		err = run(store, SCRIPT_DELETE, &words, &reply);
	if (err == ERR_OK) {
		metrics_add(METRIC_DELETES, 1);
		*root = number_at(&reply, 1);
		tell_of_post(store, id, *root);
	}
	return err;
}

enum err
change_restore(
    struct store *store, uint64_t id, struct change_restored *restored)
{
	struct command words;
	struct reply reply;
	enum err err = begin_with(store, id, &words);

	*restored = (struct change_restored){.moved = ""};
	if (err == ERR_OK)
		err = run(store, SCRIPT_RESTORE, &words, &reply);
	if (err != ERR_OK)
		return err;
	if (script_says(&reply, "restored"))
		tell_of_post(store, id, number_at(&reply, 1));
	if (script_says(&reply, "orphan"))
		restored->parent = number_at(&reply, 1);
	if (script_says(&reply, "moved") && reply.count == 2)
		restored->moved = text_repair(store->arena, reply.items[1].text,
		    reply.items[1].length, MOVED_MAX_BYTES);
	return restored->moved == NULL ? ERR_NO_MEMORY : ERR_OK;
}

enum err
change_recommend(struct store *store,
    const struct change_recommendation *recommendation, bool *on)
{
	struct access_key key = recommendation->key;
	char digest[ACCESS_CLIENT_BYTES];
	unsigned char nonce[SEAL_KEY_BYTES];
	char once[DIGEST_HEX_BYTES];
	char purpose[32];
	struct command words;
	struct reply reply;
	enum err err = key.known ? ERR_OK : access_make_key(store, &key);

	*on = false;
	if (err == ERR_OK)
		err = begin_with(store, recommendation->id, &words);
	if (err != ERR_OK)
		return err;
	/* By post: nobody learns which posts one client recommended. */
	(void)snprintf(
	    purpose, sizeof(purpose), "recommend %" PRIu64, recommendation->id);
	access_client(&key, purpose, recommendation->client, digest);
	seal_random(nonce, sizeof(nonce));
	digest_hex(nonce, sizeof(nonce), once);
	script_add(&words, digest);
	script_add(&words, once);
	script_add(&words, NONCE_SECONDS);
	script_add(&words, recommendation->granted ? "1" : "");
	err = limit_add(store, &words);
	if (err == ERR_OK)
		err = run(store, SCRIPT_RECOMMEND, &words, &reply);
	*on = err == ERR_OK && script_says(&reply, "on");
	if (err != ERR_OK)
		return err;
	metrics_add(*on ? METRIC_RECOMMENDS : METRIC_UNRECOMMENDS, 1);
	tell_of_words(store, recommendation->id, number_at(&reply, 1));
	return err;
}

enum err
change_notice(struct store *store, uint64_t id, bool on)
{
	struct command words;
	struct reply reply;
	enum err err = begin_with(store, id, &words);

	if (err != ERR_OK)
		return err;
	script_add(&words, on ? "on" : "off");
	err = run(store, SCRIPT_NOTICE, &words, &reply);
	if (err == ERR_OK)
		store_tell(store, KEY_NOTICES, 0, 0);
	return err;
}

enum err
change_move(struct store *store, uint64_t id, const char *prefix,
    const char *slug, uint64_t *moved)
{
	struct command words;
	struct reply reply;
	struct store there;
	enum err err = begin_with(store, id, &words);

	if (err != ERR_OK)
		return err;
	script_add(&words, prefix);
	script_add(&words, slug);
	err = run(store, SCRIPT_MOVE, &words, &reply);
	if (err != ERR_OK)
		return err;
	*moved = number_at(&reply, 1);
	if (script_says(&reply, "full"))
		return ERR_INVALID;
	there = *store;
	there.prefix = prefix;
	tell_of_post(store, id, 0);
	tell_of_post(&there, *moved, 0);
	return ERR_OK;
}

enum err
change_views(
    struct store *store, const struct change_views *views, size_t count)
{
	struct command words;
	struct reply reply;
	enum err err = script_begin(store, &words);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = script_add_number(store, &words, views[i].id);
		if (err == ERR_OK)
			err = script_add_number(store, &words, views[i].count);
	}
	if (err == ERR_OK)
		err = run(store, SCRIPT_VIEWS, &words, &reply);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		metrics_add(METRIC_VIEWS, views[i].count);
	return err;
}

enum err
change_board(struct store *store, const char *slug, const char *title,
    const char *category)
{
	char *boards = key_of_board(store->arena, store->first, KEY_BOARDS);
	struct command words;
	struct reply reply;
	enum err err = script_begin(store, &words);

	if (boards == NULL || err != ERR_OK)
		return ERR_NO_MEMORY;
	script_add(
	    &words, strcmp(store->prefix, store->first) == 0 ? "" : boards);
	script_add(&words, slug);
	script_add(&words, title);
	script_add(&words, category);
	err = script_add_number(store, &words, BOARD_CATEGORIES_MAX);
	if (err == ERR_OK)
		err = run(store, SCRIPT_BOARD, &words, &reply);
	if (err != ERR_OK)
		return err;
	if (script_says(&reply, "missing"))
		return ERR_NOT_FOUND;
	if (!script_says(&reply, "set"))
		return ERR_INVALID;
	store_tell(store, KEY_BOARD, 0, 0);
	if (reply.count == 3 && reply.items[2].length > 0)
		store_tell(store, KEY_BOARDS, 0, 0);
	return ERR_OK;
}
