#include "board/tutorial.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "board/post.h"
#include "store/keys.h"

#include <inttypes.h>
#include <string.h>

/* Posts in one round trip. */
#define PIECE_POSTS 100

#define ENTRY_MAX_BYTES 64

struct copy {
	struct store *source;
	const struct tutorial *tutorial;
	struct import *import;
	struct tutorial_sums *sums;
	uint64_t largest; /* id */
};

static void
begin_call(struct copy *copy)
{
	arena_reset(copy->source->arena);
	copy->source->until_us =
	    clock_monotonic_us() + copy->tutorial->patience_us;
}

static void
leave_out(struct copy *copy, const struct reply *entry, const char *why)
{
	char *shown = text_repair(
	    copy->source->arena, entry->text, entry->length, ENTRY_MAX_BYTES);

	copy->sums->left_out++;
	copy->tutorial->tell(
	    copy->tutorial->context, shown != NULL ? shown : "?", why);
}

/* Why a name or a text can't be taken; NULL: it can. */
static const char *
fault_of(const struct reply *reply, bool name)
{
	size_t most = name ? POST_NAME_MAX_BYTES : POST_TEXT_MAX_BYTES;

	if (reply->type == REPLY_NIL)
		return name ? "it has no name" : "it has no text";
	if (reply->type != REPLY_TEXT)
		return name ? "its name is a key of another type"
			    : "its text is a key of another type";
	if (reply->length > most)
		return name ? "its name is longer than 8 KB"
			    : "its text is longer than 256 KB";
	if (!text_is_utf8(reply->text, reply->length))
		return name ? "its name is not UTF-8" : "its text is not UTF-8";
	return NULL;
}

/* Of a piece: an id each, and what is read of it. */
struct piece {
	const struct reply *entries;
	uint64_t ids[PIECE_POSTS]; /* 0: it is none */
	struct command commands[2 * PIECE_POSTS];
	struct reply replies[2 * PIECE_POSTS];
};

static enum err
copy_post(struct copy *copy, const struct piece *piece, size_t i)
{
	const struct reply *name = &piece->replies[2 * i];
	const struct reply *text = &piece->replies[2 * i + 1];
	struct dump_line line = {
	    .kind = DUMP_POST, .slug = "", .number = piece->ids[i]};
	const char *fault = NULL;

	if (piece->ids[i] == 0)
		fault = "it is no number of a post";
	if (fault == NULL)
		fault = fault_of(name, true);
	if (fault == NULL)
		fault = fault_of(text, false);
	if (fault != NULL) {
		leave_out(copy, &piece->entries[i], fault);
		return ERR_OK;
	}
	line.texts[DUMP_NAME] = (struct dump_text){name->text, name->length};
	line.texts[DUMP_TEXT] = (struct dump_text){text->text, text->length};
	copy->sums->copied++;
	if (copy->largest < line.number)
		copy->largest = line.number;
	return import_line(copy->import, &line);
}

static enum err
copy_piece(struct copy *copy, struct piece *piece, size_t count)
{
	struct arena *arena = copy->source->arena;
	enum err err;

	for (size_t i = 0; i < count; i++) {
		const struct reply *entry = &piece->entries[i];
		char *name;
		char *text;

		piece->ids[i] = 0;
		(void)number_parse(
		    entry->text, entry->length, 1, POST_ID_MAX, &piece->ids[i]);
		name = key_of_post(arena, "", KEY_NAME, piece->ids[i]);
		text = key_of_post(arena, "", KEY_TEXT, piece->ids[i]);
		if (name == NULL || text == NULL)
			return ERR_NO_MEMORY;
		command_of(&piece->commands[2 * i], "GET", name, NULL);
		command_of(&piece->commands[2 * i + 1], "GET", text, NULL);
	}
	err =
	    store_run(copy->source, piece->commands, 2 * count, piece->replies);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		/* Redis refuses everything, or it is another type's. */
		if (reply_check(&piece->replies[2 * i]) == ERR_UNAVAILABLE)
			return ERR_UNAVAILABLE;
		err = copy_post(copy, piece, i);
	}
	if (err == ERR_OK)
		copy->tutorial->step(copy->tutorial->context, count);
	return err;
}

/* From the oldest on: what is posted meanwhile moves nothing. */
static enum err
copy_posts(struct copy *copy)
{
	uint64_t done = 0;
	size_t count;

	do {
		struct arena *arena = copy->source->arena;
		struct command command;
		struct reply reply;
		struct piece *piece;
		char *first;
		char *last;
		enum err err;

		begin_call(copy);
		first = arena_printf(arena, "-%" PRIu64, done + PIECE_POSTS);
		last = arena_printf(arena, "-%" PRIu64, done + 1);
		piece = arena_alloc(arena, sizeof(*piece));
		if (first == NULL || last == NULL || piece == NULL)
			return ERR_NO_MEMORY;
		command_of(&command, "LRANGE", KEY_POST_ID, first, last, NULL);
		err = store_run(copy->source, &command, 1, &reply);
		if (err == ERR_OK)
			err = reply_check(&reply);
		if (err != ERR_OK)
			return err;
		count = reply.count;
		piece->entries = reply.items;
		if (count > PIECE_POSTS)
			return ERR_INTERNAL;
		if (count > 0)
			err = copy_piece(copy, piece, count);
		if (err != ERR_OK)
			return err;
		done += count;
	} while (count == PIECE_POSTS);
	return ERR_OK;
}

/* last_id, or what it has to be at the least. */
static enum err
copy_head(struct copy *copy)
{
	struct dump_line line = {.kind = DUMP_BOARD, .slug = ""};
	char digits[NUMBER_TEXT_BYTES];
	struct command command;
	struct reply reply;
	uint64_t last;
	enum err err;

	begin_call(copy);
	command_of(&command, "GET", KEY_LAST_ID, NULL);
	err = store_run(copy->source, &command, 1, &reply);
	if (err == ERR_OK && reply_check(&reply) == ERR_UNAVAILABLE)
		err = ERR_UNAVAILABLE;
	if (err != ERR_OK)
		return err;
	last = reply.type == REPLY_TEXT ? reply_number(&reply, POST_ID_MAX) : 0;
	if (last < copy->largest)
		last = copy->largest;
	line.texts[DUMP_LAST_ID] =
	    (struct dump_text){digits, number_write(last, digits)};
	return import_line(copy->import, &line);
}

enum err
tutorial_measure(struct store *source, uint64_t *count)
{
	struct command commands[2];
	struct reply replies[2];
	enum err err;

	command_of(&commands[0], "LLEN", KEY_POST_ID, NULL);
	command_of(&commands[1], "EXISTS", KEY_SCHEMA, NULL);
	err = store_run(source, commands, 2, replies);
	for (size_t i = 0; i < 2 && err == ERR_OK; i++)
		err = reply_check(&replies[i]);
	if (err == ERR_OK && replies[1].integer > 0)
		err = ERR_CONFLICT;
	*count = err == ERR_OK ? reply_number(&replies[0], POST_ID_MAX) : 0;
	return err;
}

enum err
tutorial_copy(struct store *source, const struct tutorial *tutorial,
    struct import *import, struct tutorial_sums *sums)
{
	struct copy copy = {.source = source,
	    .tutorial = tutorial,
	    .import = import,
	    .sums = sums};
	enum err err = copy_posts(&copy);

	return err != ERR_OK ? err : copy_head(&copy);
}
