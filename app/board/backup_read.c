#include "board/backup_read.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "board/layout.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <string.h>

/* What a call of the script gives at the least, if there is so much. */
#define ENOUGH_BYTES "1048576"
/* The last step gives all, or it is none. */
#define ENOUGH_LAST_BYTES "33554432"

/* Units in one call. */
#define UNITS_MAX 1024

/* What the script says of boards, in this order. */
enum head { HEAD_LAST_ID, HEAD_SECRET, HEAD_LAYOUT, HEAD_ABOUT, HEAD_NOTICES };

void
backup_begin(struct backup_work *work)
{
	arena_reset(work->store.arena);
	work->store.until_us = clock_monotonic_us() + work->backup->patience_us;
}

/* One that is longer is told of, and left out. */
static bool
is_too_long(struct backup_work *work, const struct dump_line *line,
    const struct buf *text)
{
	char *words;

	if (dump_line_fits(text->data, text->length))
		return false;
	work->sums->left_out++;
	words = arena_printf(work->store.arena,
	    "what there is of %" PRIu64 " is too large", line->number);
	work->backup->tell(work->backup->context, line->slug,
	    words != NULL ? words : "something is too large");
	return true;
}

enum err
backup_put(struct backup_work *work, const struct dump_line *line)
{
	struct buf text;
	enum err err;

	buf_init(&text, work->store.arena);
	err = dump_write(line, &text);
	if (err != ERR_OK || is_too_long(work, line, &text))
		return err;
	if (!work->backup->write(work->backup->context, text.data, text.length))
		return ERR_INTERNAL;
	work->sums->lines++;
	return ERR_OK;
}

/* A text, or one in pieces. */
static enum err
text_of(struct arena *arena, const struct reply *reply, struct dump_text *text)
{
	struct buf all;

	if (reply->type == REPLY_TEXT) {
		*text = (struct dump_text){reply->text, reply->length};
		return ERR_OK;
	}
	buf_init(&all, arena);
	buf_append(&all, "", 0);
	for (size_t i = 0; i < reply->count; i++)
		buf_append(&all, reply->items[i].text, reply->items[i].length);
	*text = (struct dump_text){all.data, all.length};
	return all.failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err
list_of(struct arena *arena, const struct reply *reply, struct dump_list *list)
{
	enum err err = ERR_OK;

	list->items =
	    arena_zalloc(arena, reply->count + 1, sizeof(*list->items));
	if (list->items == NULL)
		return ERR_NO_MEMORY;
	list->count = reply->count;
	for (size_t i = 0; i < reply->count && err == ERR_OK; i++)
		err = text_of(arena, &reply->items[i], &list->items[i]);
	return err;
}

/* What can't be backed up. */
static void
tell_left_out(
    struct backup_work *work, const char *slug, const struct reply *part)
{
	const char *what = strcmp(part->items[0].text, "long") == 0
			       ? "there is more of its post than a backup takes"
			       : "it is of another type than it should be";
	char *name = text_repair(
	    work->store.arena, part->items[1].text, part->items[1].length, 256);
	char *words = name == NULL
			  ? NULL
			  : arena_printf(work->store.arena,
				"the key %s is left out: %s", name, what);

	work->sums->left_out++;
	work->backup->tell(work->backup->context, slug,
	    words != NULL ? words : "a key is left out");
}

/* {part, value, milliseconds left}. */
static enum err
read_part(
    struct backup_work *work, const struct reply *part, struct dump_line *line)
{
	struct arena *arena = work->store.arena;
	const char *name;

	if (part->count < 2)
		return ERR_INTERNAL;
	name = part->items[0].text;
	for (size_t i = 0; i < DUMP_TEXTS; i++)
		if (strcmp(dump_text_parts[i].name, name) == 0)
			return text_of(arena, &part->items[1], &line->texts[i]);
	for (size_t i = 0; i < DUMP_LISTS; i++) {
		struct dump_list *list = &line->lists[i];

		if (strcmp(dump_list_parts[i].name, name) != 0)
			continue;
		if (part->count > 2 && part->items[2].integer > 0)
			list->left_ms = (uint64_t)part->items[2].integer;
		if (list->left_ms > DUMP_LEFT_MAX_MS)
			list->left_ms = DUMP_LEFT_MAX_MS;
		return list_of(arena, &part->items[1], list);
	}
	tell_left_out(work, line->slug, part);
	return ERR_OK;
}

/* {the unit's place, {part …}, …}. */
static enum err
read_unit(struct backup_work *work, const struct backup_unit *units,
    size_t count, const struct reply *found)
{
	struct dump_line line = {.kind = DUMP_POST};
	const struct backup_unit *unit;
	enum err err = ERR_OK;

	if (found->count == 0 || found->items[0].type != REPLY_INTEGER ||
	    found->items[0].integer < 0 ||
	    (uint64_t)found->items[0].integer >= count)
		return ERR_INTERNAL;
	unit = &units[found->items[0].integer];
	if (unit->views)
		line.kind = DUMP_VIEWS;
	line.slug = work->slugs[unit->board];
	line.number = unit->number;
	for (size_t i = 1; i < found->count && err == ERR_OK; i++)
		err = read_part(work, &found->items[i], &line);
	/* What went since its key was come upon: it is heard of. */
	if (err != ERR_OK || (unit->led != 0 && found->count == 1))
		return err;
	work->sums->posts += line.texts[DUMP_NAME].data != NULL;
	work->sums->again += unit->led == 0;
	return backup_put(work, &line);
}

static enum err
read_head(struct backup_work *work, size_t board, const struct reply *found,
    struct buf *lines)
{
	struct dump_line line = {
	    .kind = DUMP_BOARD, .slug = work->slugs[board]};
	const struct reply *parts = found->items;
	struct buf text;
	enum err err = ERR_OK;

	if (found->count != HEAD_NOTICES + 1)
		return ERR_INTERNAL;
	if (parts[HEAD_LAST_ID].length > 0)
		err = text_of(work->store.arena, &parts[HEAD_LAST_ID],
		    &line.texts[DUMP_LAST_ID]);
	if (err == ERR_OK && parts[HEAD_SECRET].length > 0)
		err = text_of(work->store.arena, &parts[HEAD_SECRET],
		    &line.texts[DUMP_SECRET_KEY]);
	/* An older layout; ours, where an upgrade can't have begun. */
	(void)layout_of(
	    parts[HEAD_LAYOUT].text, parts[HEAD_LAYOUT].length, &line.version);
	if (parts[HEAD_LAYOUT].length > 0 && line.version == 0)
		line.version = KEYS_SCHEMA;
	err = list_of(
	    work->store.arena, &parts[HEAD_ABOUT], &line.lists[DUMP_ABOUT]);
	if (err == ERR_OK)
		err = list_of(work->store.arena, &parts[HEAD_NOTICES],
		    &line.lists[DUMP_NOTICES]);
	buf_init(&text, work->store.arena);
	if (err == ERR_OK)
		err = dump_write(&line, &text);
	if (err != ERR_OK || is_too_long(work, &line, &text))
		return err;
	buf_append(lines, text.data, text.length);
	buf_append(lines, "\n", 1);
	return lines->failed ? ERR_NO_MEMORY : ERR_OK;
}

static enum err
read_heads(struct backup_work *work, const struct reply *found,
    const struct reply *slugs, struct backup_heads *heads)
{
	enum err err = found->count == work->boards ? ERR_OK : ERR_INTERNAL;

	for (size_t i = 0; i < found->count && err == ERR_OK; i++)
		err = read_head(work, i, &found->items[i], &heads->lines);
	heads->count = 0;
	for (size_t i = 0; i < slugs->count; i++) {
		const struct reply *slug = &slugs->items[i];

		if (heads->count < REGISTRY_MAX && slug->type == REPLY_TEXT &&
		    registry_slug_is_valid(slug->text))
			memcpy(heads->slugs[heads->count++], slug->text,
			    slug->length + 1);
	}
	return err;
}

static void
add_word(struct buf *words, const char *word)
{
	buf_append(words, word, strlen(word) + 1);
}

static void
add_number(struct buf *words, uint64_t number)
{
	char digits[NUMBER_TEXT_BYTES];

	(void)number_write(number, digits);
	add_word(words, digits);
}

/* dump.lua's words. */
static enum err
ask(struct backup_work *work, const struct backup_unit *units, size_t count,
    bool heads, struct reply *reply)
{
	struct arena *arena = work->store.arena;
	char *boards = key_of_board(arena, work->store.first, KEY_BOARDS);
	const char *enough = heads ? ENOUGH_LAST_BYTES : ENOUGH_BYTES;
	struct command words;
	struct buf packed;
	struct buf prefixes;

	buf_init(&packed, arena);
	buf_append(&packed, "", 0);
	for (size_t i = 0; i < count; i++) {
		add_word(&packed, work->prefixes[units[i].board]);
		add_word(&packed, units[i].views ? "v" : "p");
		add_number(&packed, units[i].number);
		add_number(&packed, units[i].led);
	}
	buf_init(&prefixes, arena);
	buf_append(&prefixes, "", 0);
	for (size_t i = 0; heads && i < work->boards; i++)
		add_word(&prefixes, work->prefixes[i]);
	if (boards == NULL || packed.failed || prefixes.failed)
		return ERR_NO_MEMORY;
	command_of(&words, boards, enough, NULL);
	command_add(&words, packed.data, packed.length);
	command_add(&words, prefixes.data, prefixes.length);
	return script_run(&work->store, SCRIPT_DUMP, &words, reply);
}

enum err
backup_read(struct backup_work *work, const struct backup_unit *units,
    size_t count, struct backup_heads *heads)
{
	size_t from = 0;
	enum err err = ERR_OK;

	while (err == ERR_OK && (from < count || heads != NULL)) {
		size_t some =
		    count - from < UNITS_MAX ? count - from : UNITS_MAX;
		struct reply reply;
		uint64_t done;

		backup_begin(work);
		err = ask(work, units + from, some, heads != NULL, &reply);
		if (err != ERR_OK)
			return err;
		if (reply.type != REPLY_ARRAY || reply.count != 4)
			return ERR_INTERNAL;
		done = (uint64_t)reply.items[0].integer;
		for (size_t i = 0; i < reply.items[1].count && err == ERR_OK;
		     i++)
			err = read_unit(
			    work, units + from, some, &reply.items[1].items[i]);
		if (err == ERR_OK && (done > some || (done == 0 && some > 0)))
			err = ERR_INTERNAL;
		from += done;
		if (heads == NULL || err != ERR_OK)
			continue;
		return from < count ? ERR_FULL
				    : read_heads(work, &reply.items[2],
					  &reply.items[3], heads);
	}
	return err;
}
