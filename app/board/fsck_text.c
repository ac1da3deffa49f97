#include "board/fsck_text.h"

#include "base/text.h"
#include "board/board.h"
#include "board/change.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 3

/* What a version has before its text: its time, name and title. */
#define VERSION_NULS 3

/* A text of a key, and the most bytes of it that pages show. */
struct part {
	const char *field; /* of a hash; NULL: the key itself */
	const char *what;
	size_t max_bytes;
};

static const struct rule {
	const char *verb;
	struct part parts[FIELDS_MAX]; /* up to one without a name */
} rules[] = {
    [FSCK_TEXT_NAME] = {"GETRANGE", {{NULL, "name", POST_NAME_MAX_BYTES}}},
    [FSCK_TEXT_POST] = {"GETRANGE", {{NULL, "text", POST_TEXT_MAX_BYTES}}},
    [FSCK_TEXT_META] = {"HMGET", {{"title", "title", POST_TITLE_MAX_BYTES}}},
    [FSCK_TEXT_WORDS] = {"HMGET",
	{{"title", "secret title", POST_TITLE_MAX_BYTES},
	    {"text", "secret text", POST_TEXT_MAX_BYTES}}},
    [FSCK_TEXT_TRASH] = {"HMGET",
	{{"name", "name in the trash", POST_NAME_MAX_BYTES},
	    {"text", "text in the trash", POST_TEXT_MAX_BYTES},
	    {"meta:title", "title in the trash", POST_TITLE_MAX_BYTES}}},
    [FSCK_TEXT_VERSIONS] = {"LRANGE",
	{{NULL, "earlier text", POST_TEXT_MAX_BYTES}}},
    [FSCK_TEXT_BOARD] = {"HMGET",
	{{BOARD_TITLE, "title", BOARD_TITLE_MAX_BYTES},
	    {"categories", "list of categories", POST_TEXT_MAX_BYTES}}},
};

static enum err
make_command(struct fsck_work *work, const struct fsck_text_key *key,
    struct command *command)
{
	const struct rule *rule = &rules[key->text];
	size_t max_bytes = rule->parts[0].max_bytes;
	char *end;

	command_of(command, rule->verb, NULL);
	command_add(command, key->name, key->length);
	if (key->text == FSCK_TEXT_VERSIONS)
		max_bytes = CHANGE_VERSIONS_MAX - 1;
	for (size_t i = 0; i < FIELDS_MAX && rule->parts[i].field != NULL; i++)
		command_add(command, rule->parts[i].field,
		    strlen(rule->parts[i].field));
	if (rule->parts[0].field != NULL)
		return ERR_OK;
	/* One byte more than may be: whether there is one. */
	end = arena_printf(work->store.arena, "%zu", max_bytes);
	if (end == NULL)
		return ERR_NO_MEMORY;
	command_add(command, "0", 1);
	command_add(command, end, strlen(end));
	return ERR_OK;
}

/* "its name is not UTF-8 …", and what can be done about it. */
static enum err
tell_text(struct fsck_work *work, const struct fsck_text_key *key,
    const struct part *part, const char *fault)
{
	char *name = text_repair(
	    work->store.arena, key->name, key->length, FSCK_NAME_MAX_BYTES);
	char *words = name == NULL ? NULL
				   : arena_printf(work->store.arena,
					 "its %s, in %s, %s: write it anew",
					 part->what, name, fault);

	if (words == NULL)
		return ERR_NO_MEMORY;
	fsck_tell(work, key->id, words, FSCK_LEFT);
	return ERR_OK;
}

static enum err
look_at_text(struct fsck_work *work, const struct fsck_text_key *key,
    const struct part *part, const struct reply *text)
{
	if (text->type != REPLY_TEXT)
		return ERR_OK;
	if (text->length > part->max_bytes)
		return tell_text(
		    work, key, part, "is longer than what pages show");
	if (!text_is_utf8(text->text, text->length))
		return tell_text(work, key, part,
		    "is not UTF-8, and pages show signs for what is wrong");
	return ERR_OK;
}

/* Of a version its text, behind what else it has: all of it UTF-8. */
static enum err
look_at_version(struct fsck_work *work, const struct fsck_text_key *key,
    const struct reply *version)
{
	const struct part *part = &rules[FSCK_TEXT_VERSIONS].parts[0];
	struct reply rest = *version;

	if (version->type != REPLY_TEXT)
		return ERR_OK;
	for (int i = 0; i < VERSION_NULS; i++) {
		const char *end = memchr(rest.text, '\0', rest.length);

		if (end == NULL)
			return tell_text(work, key, part,
			    "has not a time, a name and a title before it");
		if (!text_is_utf8(rest.text, (size_t)(end - rest.text)))
			return tell_text(work, key, part,
			    "has something before it that is not UTF-8");
		rest.length -= (size_t)(end - rest.text) + 1;
		rest.text = end + 1;
	}
	return look_at_text(work, key, part, &rest);
}

static enum err
look_at_reply(struct fsck_work *work, const struct fsck_text_key *key,
    const struct reply *reply)
{
	const struct rule *rule = &rules[key->text];
	enum err err = ERR_OK;

	/* Another type is found elsewhere. */
	if (reply->type == REPLY_ERROR)
		return strncmp(reply->text, "WRONGTYPE", 9) == 0
			   ? ERR_OK
			   : reply_check(reply);
	if (reply->type == REPLY_TEXT)
		return look_at_text(work, key, &rule->parts[0], reply);
	if (reply->type != REPLY_ARRAY)
		return ERR_OK;
	for (size_t i = 0; i < reply->count && err == ERR_OK; i++)
		if (key->text == FSCK_TEXT_VERSIONS)
			err = look_at_version(work, key, &reply->items[i]);
		else if (i < FIELDS_MAX && rule->parts[i].what != NULL)
			err = look_at_text(
			    work, key, &rule->parts[i], &reply->items[i]);
	return err;
}

enum err
fsck_look_at_texts(
    struct fsck_work *work, const struct fsck_text_key *keys, size_t count)
{
	struct command *commands;
	struct reply *replies;
	enum err err = ERR_OK;

	fsck_begin(work);
	commands = arena_alloc(work->store.arena, count * sizeof(*commands));
	replies = arena_zalloc(work->store.arena, count, sizeof(*replies));
	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = make_command(work, &keys[i], &commands[i]);
	if (err == ERR_OK)
		err = store_run(&work->store, commands, count, replies);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = look_at_reply(work, &keys[i], &replies[i]);
	return err;
}
