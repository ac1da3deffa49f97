#include "board/post.h"

#include "base/number.h"
#include "base/text.h"
#include "store/keys.h"

#include <string.h>

/*
 * One MGET reads so many posts' names, or names and texts: a command of sixty
 * keys costs Redis and hiredis far less than forty commands.
 */
#define POSTS_PER_MGET ((COMMAND_WORDS_MAX - 1) / 2)

/* What is known beyond name and text, in the order of meta_fields. */
enum meta {
	META_TIME,
	META_EDITED,
	META_VERSION,
	META_PARENT,
	META_ROOT,
	META_DEPTH,
	META_REPLIES,
	META_RECOMMENDS,
	META_CATEGORY,
	META_TITLE,
	META_FLAGS,
	META_MOVED,
	META_FIELDS
};

#define FLAG_SECRET 's'

static const char *const meta_fields[META_FIELDS] = {
    [META_TIME] = "time",
    [META_EDITED] = "edited",
    [META_VERSION] = "version",
    [META_PARENT] = "parent",
    [META_ROOT] = "root",
    [META_DEPTH] = "depth",
    [META_REPLIES] = "replies",
    [META_RECOMMENDS] = "recommends",
    [META_CATEGORY] = "category",
    [META_TITLE] = "title",
    [META_FLAGS] = "flags",
    [META_MOVED] = "moved",
};

static enum err
add_key(
    struct store *store, struct command *command, const char *kind, uint64_t id)
{
	char *key = key_of_post(store->arena, store->prefix, kind, id);

	if (key == NULL)
		return ERR_NO_MEMORY;
	command_add(command, key, strlen(key));
	return ERR_OK;
}

/* MGET of the names of count posts, and of their texts if they are wanted. */
static enum err
texts_command(struct store *store, const uint64_t *ids, size_t count,
    enum post_part part, struct command *command)
{
	enum err err = ERR_OK;

	command_of(command, "MGET", NULL);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = add_key(store, command, KEY_NAME, ids[i]);
		if (err == ERR_OK && part == POST_WHOLE)
			err = add_key(store, command, KEY_TEXT, ids[i]);
	}
	return err;
}

static enum err
meta_command(struct store *store, uint64_t id, struct command *command)
{
	enum err err;

	command_of(command, "HMGET", NULL);
	err = add_key(store, command, KEY_META, id);
	for (size_t i = 0; i < META_FIELDS && err == ERR_OK; i++)
		command_add(command, meta_fields[i], strlen(meta_fields[i]));
	return err;
}

static enum err
views_command(struct store *store, uint64_t id, struct command *command)
{
	char *field = arena_alloc(store->arena, NUMBER_TEXT_BYTES);
	enum err err;

	if (field == NULL)
		return ERR_NO_MEMORY;
	command_of(command, "HGET", NULL);
	err = add_key(store, command, KEY_VIEWS, id / KEY_VIEWS_POSTS);
	command_add(command, field, number_write(id, field));
	return err;
}

/* The first bytes of a text. */
static enum err
line_command(struct store *store, uint64_t id, struct command *command)
{
	static const char last[] = "1023";
	enum err err;

	_Static_assert(POST_ROW_TEXT_BYTES == 1024, "GETRANGE's end");
	command_of(command, "GETRANGE", NULL);
	err = add_key(store, command, KEY_TEXT, id);
	command_add(command, "0", 1);
	command_add(command, last, sizeof(last) - 1);
	return err;
}

static bool
has_flag(const struct reply *flags, char flag)
{
	return flags->type == REPLY_TEXT &&
	       memchr(flags->text, flag, flags->length) != NULL;
}

/* Without a last character that the length may have cut in two. */
static size_t
whole_length(const struct reply *line)
{
	size_t length = line->length;

	if (length < POST_ROW_TEXT_BYTES)
		return length;
	while (length > 0 &&
	       ((unsigned char)line->text[length - 1] & 0xc0) == 0x80)
		length--;
	return length > 0 ? length - 1 : 0;
}

static const char *
text_of_reply(struct store *store, const struct reply *reply, size_t max_bytes)
{
	return reply->type != REPLY_TEXT
		   ? ""
		   : text_repair(
			 store->arena, reply->text, reply->length, max_bytes);
}

/* What is known beyond name and text; a hash of another type is none. */
static enum err
post_set_meta(struct store *store, const struct reply *meta, struct post *post)
{
	const struct reply *items = meta->items;

	if (reply_check(meta) == ERR_UNAVAILABLE)
		return ERR_UNAVAILABLE;
	post->title = "";
	post->moved = "";
	if (meta->type != REPLY_ARRAY || meta->count != META_FIELDS)
		return ERR_OK;
	post->time_ms = reply_number(&items[META_TIME], POST_TIME_MAX_MS);
	post->edited_ms = reply_number(&items[META_EDITED], POST_TIME_MAX_MS);
	post->version = reply_number(&items[META_VERSION], POST_ID_MAX);
	post->parent = reply_number(&items[META_PARENT], POST_ID_MAX);
	post->root = reply_number(&items[META_ROOT], POST_ID_MAX);
	post->depth = reply_number(&items[META_DEPTH], POST_ID_MAX);
	post->replies = reply_number(&items[META_REPLIES], POST_ID_MAX);
	post->recommends = reply_number(&items[META_RECOMMENDS], POST_ID_MAX);
	post->category = reply_number(&items[META_CATEGORY], POST_ID_MAX);
	post->secret = has_flag(&items[META_FLAGS], FLAG_SECRET);
	post->deleted = has_flag(&items[META_FLAGS], 'd');
	post->by_writer = has_flag(&items[META_FLAGS], 'w');
	post->has_password = has_flag(&items[META_FLAGS], 'p');
	post->title =
	    text_of_reply(store, &items[META_TITLE], POST_TITLE_MAX_BYTES);
	post->moved = text_of_reply(store, &items[META_MOVED], 64);
	return post->title == NULL || post->moved == NULL ? ERR_NO_MEMORY
							  : ERR_OK;
}

/*
 * A post of its name, its text and what else is known. MGET gives nil for a
 * key of another type: for a reader that is a post that is not there.
 */
static enum err
post_make(struct store *store, const struct reply *name,
    const struct reply *text, const struct reply *meta, struct post *post)
{
	uint64_t id = post->id;
	enum err err;

	*post = (struct post){.id = id, .name = "", .text = ""};
	err = post_set_meta(store, meta, post);
	if (err != ERR_OK)
		return err;
	if (name->type != REPLY_TEXT || text->type != REPLY_TEXT)
		return post->deleted ? ERR_OK : ERR_NOT_FOUND;
	post->deleted = false;
	post->name = text_of_reply(store, name, POST_NAME_MAX_BYTES);
	if (post->secret)
		post->title = "";
	else
		post->text = text_of_reply(store, text, POST_TEXT_MAX_BYTES);
	return post->name == NULL || post->text == NULL ? ERR_NO_MEMORY
							: ERR_OK;
}

/* The items of an array of texts, or why there are none. */
static enum err
check_texts(const struct reply *texts, size_t needed)
{
	enum err err = reply_check(texts);

	if (err == ERR_OK &&
	    (texts->type != REPLY_ARRAY || texts->count < needed))
		err = ERR_INTERNAL;
	return err;
}

/* Where commands_of put each post's commands. */
struct layout {
	enum post_part part;
	size_t mgets; /* first */
	size_t each;  /* then so many a post */
};

static struct layout
layout_of(enum post_part part, size_t count)
{
	return (struct layout){.part = part,
	    .mgets = (count - 1) / POSTS_PER_MGET + 1,
	    .each = part == POST_WHOLE ? 1 : 3};
}

static enum err
commands_of(struct store *store, const struct layout *layout,
    const uint64_t *ids, size_t count, struct command *commands)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i += POSTS_PER_MGET) {
		size_t rest = count - i;

		err = texts_command(store, &ids[i],
		    rest < POSTS_PER_MGET ? rest : POSTS_PER_MGET, layout->part,
		    commands++);
	}
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = meta_command(store, ids[i], commands++);
		if (err == ERR_OK && layout->part == POST_ROW)
			err = line_command(store, ids[i], commands++);
		if (err == ERR_OK && layout->part == POST_ROW)
			err = views_command(store, ids[i], commands++);
	}
	return err;
}

/* A row shows the first line of a post without a title. */
static size_t
line_length(const struct reply *line, const struct reply *meta)
{
	if (meta->type == REPLY_ARRAY && meta->count == META_FIELDS &&
	    meta->items[META_TITLE].type == REPLY_TEXT &&
	    meta->items[META_TITLE].length > 0)
		return 0;
	return whole_length(line);
}

/* Post i of the replies. */
static enum err
post_at(struct store *store, const struct layout *layout,
    const struct reply *replies, size_t i, struct post *post)
{
	const struct reply *texts = &replies[i / POSTS_PER_MGET];
	const struct reply *own = &replies[layout->mgets + i * layout->each];
	size_t row = i % POSTS_PER_MGET;
	struct reply line;
	enum err err;

	if (layout->part == POST_WHOLE) {
		err = check_texts(texts, row * 2 + 2);
		return err != ERR_OK
			   ? err
			   : post_make(store, &texts->items[row * 2],
				 &texts->items[row * 2 + 1], own, post);
	}
	err = check_texts(texts, row + 1);
	if (err == ERR_OK && reply_check(&own[1]) == ERR_UNAVAILABLE)
		err = ERR_UNAVAILABLE;
	line = own[1];
	if (line.type == REPLY_TEXT)
		line.length = line_length(&line, &own[0]);
	if (err == ERR_OK)
		err = post_make(store, &texts->items[row], &line, own, post);
	if (err == ERR_OK)
		post->views = reply_number(&own[2], POST_ID_MAX);
	return err;
}

enum err
post_find_many(struct store *store, const uint64_t *ids, size_t count,
    enum post_part part, struct post *posts, size_t *found)
{
	struct layout layout;
	struct command *commands;
	struct reply *replies;
	size_t total;
	enum err err;

	*found = 0;
	if (count == 0)
		return ERR_OK;
	layout = layout_of(part, count);
	total = layout.mgets + count * layout.each;
	commands = arena_alloc(store->arena, total * sizeof(*commands));
	replies = arena_zalloc(store->arena, total, sizeof(*replies));
	if (commands == NULL || replies == NULL)
		return ERR_NO_MEMORY;
	err = commands_of(store, &layout, ids, count, commands);
	if (err == ERR_OK)
		err = store_run(store, commands, total, replies);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		posts[*found].id = ids[i];
		err = post_at(store, &layout, replies, i, &posts[*found]);
		if (err == ERR_OK)
			(*found)++;
		else if (err == ERR_NOT_FOUND)
			err = ERR_OK;
	}
	return err;
}

enum err
post_commands(
    struct store *store, uint64_t id, struct command commands[POST_COMMANDS])
{
	enum err err = texts_command(store, &id, 1, POST_WHOLE, &commands[0]);

	if (err == ERR_OK)
		err = meta_command(store, id, &commands[1]);
	if (err == ERR_OK)
		err = views_command(store, id, &commands[2]);
	return err;
}

enum err
post_of_replies(struct store *store, uint64_t id,
    const struct reply replies[POST_COMMANDS], struct post *post)
{
	enum err err = check_texts(&replies[0], 2);

	post->id = id;
	if (err == ERR_OK)
		err = post_make(store, &replies[0].items[0],
		    &replies[0].items[1], &replies[1], post);
	if (err == ERR_OK)
		post->views = reply_number(&replies[2], POST_ID_MAX);
	return err;
}

enum err
post_flags_command(struct store *store, uint64_t id, struct command *command)
{
	const char *field = meta_fields[META_FLAGS];
	enum err err;

	command_of(command, "HGET", NULL);
	err = add_key(store, command, KEY_META, id);
	command_add(command, field, strlen(field));
	return err;
}

bool
post_flags_are_secret(const struct reply *flags)
{
	return has_flag(flags, FLAG_SECRET);
}

enum err
post_words_command(struct store *store, uint64_t id, struct command *command)
{
	enum err err;

	command_of(command, "HMGET", NULL);
	err = add_key(store, command, KEY_WORDS, id);
	command_add(command, "title", 5);
	command_add(command, "text", 4);
	return err;
}

enum err
post_reveal(struct store *store, const struct reply *words, struct post *post)
{
	enum err err = check_texts(words, 2);

	if (err != ERR_OK)
		return err;
	post->title =
	    text_of_reply(store, &words->items[0], POST_TITLE_MAX_BYTES);
	post->text =
	    text_of_reply(store, &words->items[1], POST_TEXT_MAX_BYTES);
	post->secret = false;
	return post->title == NULL || post->text == NULL ? ERR_NO_MEMORY
							 : ERR_OK;
}
