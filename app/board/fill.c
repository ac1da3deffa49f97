#include "board/fill.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "board/board.h"
#include "board/change.h"
#include "board/shape.h"
#include "store/keys.h"
#include "store/script.h"

#include <inttypes.h>
#include <string.h>

#define MINUTE_MS     UINT64_C(60000)
#define POST_EVERY_MS (7 * MINUTE_MS)

/* One round trip and one step of Redis: a few milliseconds. */
#define BATCH_POSTS 256
#define BATCH_BYTES (64UL * 1024 * 1024) /* far more than it takes */

#define REPLIES_USUAL_MAX 6
_Static_assert(SHAPE_REPLIES_MAX + 2 <= COMMAND_WORDS_MAX, "RPUSH of a thread");

#define SEED	UINT64_C(0x6d6164616e67)
#define NOTICES 2

/* Posts in one MSET, of a name and a text each. */
#define POSTS_PER_MSET ((COMMAND_WORDS_MAX - 1) / 4)
/* Commands that a post has beside its texts and metas, at most. */
#define COMMANDS_PER_POST 6

/* A post before it has an id. */
struct plan {
	struct sample sample;
	enum sample_language language;
	uint64_t time_ms;
	size_t replies;
};

struct filling {
	const struct fill *fill;
	struct store store; /* with an arena of our own, reset by each batch */
	struct board_info info; /* in the caller's arena */
	uint64_t before;	/* posts that were there */
	uint64_t now_ms;
	uint64_t notices[NOTICES]; /* ids, the newer one first; 0: none yet */
};

struct batch {
	struct filling *filling;
	struct arena *arena;
	struct command *commands;
	size_t count;
	struct command *texts; /* an MSET that may have room; NULL: none */
	struct command *views; /* likewise */
	uint64_t views_bucket;
	struct buf entries; /* for the script that lists them */
	bool failed;	    /* out of memory */
};

static void
add_word(struct batch *batch, struct command *command, const char *word)
{
	if (word == NULL)
		batch->failed = true;
	else
		command_add(command, word, strlen(word));
}

static void
add_number(struct batch *batch, struct command *command, uint64_t number)
{
	add_word(
	    batch, command, arena_printf(batch->arena, "%" PRIu64, number));
}

static void
add_key(
    struct batch *batch, struct command *command, const char *kind, uint64_t id)
{
	add_word(batch, command,
	    key_of_post(batch->arena, batch->filling->store.prefix, kind, id));
}

static struct command *
begin_command(struct batch *batch, const char *verb)
{
	struct command *command = &batch->commands[batch->count++];

	command_of(command, verb, NULL);
	return command;
}

/* A command about a key of a post's. */
static struct command *
begin_key(struct batch *batch, const char *verb, const char *kind, uint64_t id)
{
	struct command *command = begin_command(batch, verb);

	add_key(batch, command, kind, id);
	return command;
}

static void
add_field(struct batch *batch, struct command *meta, const char *field,
    uint64_t number)
{
	add_word(batch, meta, field);
	add_number(batch, meta, number);
}

static void
add_texts(struct batch *batch, uint64_t id, const char *name, const char *text)
{
	if (batch->texts == NULL || batch->texts->count + 4 > COMMAND_WORDS_MAX)
		batch->texts = begin_command(batch, "MSET");
	add_key(batch, batch->texts, KEY_NAME, id);
	add_word(batch, batch->texts, name);
	add_key(batch, batch->texts, KEY_TEXT, id);
	add_word(batch, batch->texts, text);
}

static void
add_views(struct batch *batch, uint64_t id, uint64_t count)
{
	uint64_t bucket = id / KEY_VIEWS_POSTS;

	if (batch->views == NULL || bucket != batch->views_bucket ||
	    batch->views->count + 2 > COMMAND_WORDS_MAX) {
		batch->views = begin_key(batch, "HSET", KEY_VIEWS, bucket);
		batch->views_bucket = bucket;
	}
	add_number(batch, batch->views, id);
	add_number(batch, batch->views, count);
}

/* What one of board/sample's functions composes. */
static const char *
compose(struct batch *batch, struct plan *plan,
    void (*write)(struct sample *, enum sample_language, struct buf *))
{
	struct buf text;

	buf_init(&text, batch->arena);
	write(&plan->sample, plan->language, &text);
	if (text.failed)
		batch->failed = true;
	return text.failed ? "" : text.data;
}

static uint64_t
not_after_now(const struct batch *batch, uint64_t time_ms)
{
	return time_ms < batch->filling->now_ms ? time_ms
						: batch->filling->now_ms;
}

/* The category of a post: most have one, few the first, which is notices. */
static uint64_t
choose_category(const struct board_info *info, struct sample *sample)
{
	uint64_t chance = sample_below(sample, 100);
	uint64_t category = 1;

	if (chance < 15 || info->categories_count == 0)
		return 0;
	if (chance >= 20 && info->categories_count > 1)
		category = 2 + sample_below(sample, info->categories_count - 1);
	return board_category(info, category)[0] != '\0' ? category : 0;
}

static uint64_t
add_recommends(struct batch *batch, struct sample *sample, uint64_t id)
{
	uint64_t count = 1 + sample_below(sample, 5);
	struct command *set = begin_key(batch, "SADD", KEY_RECOMMEND, id);

	for (uint64_t i = 0; i < count; i++) {
		uint64_t high = sample_below(sample, UINT64_MAX);
		uint64_t low = sample_below(sample, UINT64_MAX);

		add_word(batch, set,
		    arena_printf(
			batch->arena, "%016" PRIx64 "%016" PRIx64, high, low));
	}
	return count;
}

/* The one version before: as scripts/edit.lua keeps it. */
static void
add_version(struct batch *batch, uint64_t id, uint64_t time_ms,
    const char *name, const char *title, const char *text)
{
	struct command *command;
	struct buf version;

	buf_init(&version, batch->arena);
	buf_printf(&version, "%" PRIu64, time_ms);
	buf_append(&version, "", 1);
	buf_append(&version, name, strlen(name) + 1);
	buf_append(&version, title, strlen(title) + 1);
	buf_text(&version, text);
	/* A batch that is sent twice has it once. */
	(void)begin_key(batch, "DEL", KEY_VERSIONS, id);
	command = begin_key(batch, "LPUSH", KEY_VERSIONS, id);
	if (version.failed)
		batch->failed = true;
	else
		command_add(command, version.data, version.length);
}

/* A post without its replies. Gives its author's name. */
static const char *
add_post(struct batch *batch, struct plan *plan, uint64_t id)
{
	struct filling *filling = batch->filling;
	struct sample *sample = &plan->sample;
	const char *name = sample_name(sample, plan->language);
	const char *title = sample_below(sample, 10) == 0
				? ""
				: compose(batch, plan, sample_title);
	const char *text = compose(batch, plan, sample_text);
	uint64_t category = choose_category(&filling->info, sample);
	struct command *meta = begin_key(batch, "HSET", KEY_META, id);

	add_texts(batch, id, name, text);
	add_field(batch, meta, "time", plan->time_ms);
	if (title[0] != '\0') {
		add_word(batch, meta, "title");
		add_word(batch, meta, title);
	}
	if (category != 0)
		add_field(batch, meta, "category", category);
	if (plan->replies > 0)
		add_field(batch, meta, "replies", plan->replies);
	if (sample_below(sample, 20) == 0)
		add_field(batch, meta, "recommends",
		    add_recommends(batch, sample, id));
	if (sample_below(sample, 200) == 0) {
		add_field(batch, meta, "edited",
		    not_after_now(
			batch, plan->time_ms +
				   MINUTE_MS * sample_below(sample, 1440)));
		add_field(batch, meta, "version", 1);
		add_version(batch, id, plan->time_ms, name, title,
		    compose(batch, plan, sample_reply));
	}
	add_views(
	    batch, id, sample_below(sample, 30) * sample_below(sample, 30));
	buf_printf(&batch->entries, "%" PRIu64 ":%" PRIu64 " ", id, category);
	if (category == 1 || filling->notices[NOTICES - 1] == 0) {
		memmove(&filling->notices[1], &filling->notices[0],
		    (NOTICES - 1) * sizeof(filling->notices[0]));
		filling->notices[0] = id;
	}
	return name;
}

static void
add_replies(
    struct batch *batch, struct plan *plan, uint64_t root, const char *writer)
{
	struct sample *sample = &plan->sample;
	struct shape shape;
	struct command *list;
	uint64_t time_ms = plan->time_ms;

	shape_make(sample, plan->replies, &shape);
	for (size_t i = 0; i < shape.count; i++) {
		uint64_t id = root + 1 + i;
		struct command *meta = begin_key(batch, "HSET", KEY_META, id);
		bool by_writer = sample_below(sample, 5) == 0;
		const char *name = sample_name(sample, plan->language);

		add_texts(batch, id, by_writer ? writer : name,
		    compose(batch, plan, sample_reply));
		time_ms += MINUTE_MS * (1 + sample_below(sample, 90));
		add_field(batch, meta, "time", not_after_now(batch, time_ms));
		add_field(batch, meta, "parent",
		    shape.parents[i] == shape.count
			? root
			: root + 1 + shape.parents[i]);
		add_field(batch, meta, "root", root);
		add_field(batch, meta, "depth", shape.depths[i]);
		if (by_writer) {
			add_word(batch, meta, "flags");
			add_word(batch, meta, "w");
		}
	}
	(void)begin_key(batch, "DEL", KEY_REPLIES, root);
	list = begin_key(batch, "RPUSH", KEY_REPLIES, root);
	for (size_t i = 0; i < shape.count; i++)
		add_word(batch, list,
		    arena_printf(batch->arena, "%" PRIu64 ":%" PRIu64,
			root + 1 + shape.order[i],
			shape.depths[shape.order[i]]));
}

/* Posts first to first + count - 1 of all, and how many ids they need. */
static size_t
make_plans(const struct filling *filling, uint64_t first, size_t count,
    struct plan *plans)
{
	size_t ids = count;

	for (size_t i = 0; i < count; i++) {
		struct plan *plan = &plans[i];
		struct sample *sample = &plan->sample;
		uint64_t age = filling->fill->posts - 1 - (first + i);

		sample_begin(sample, SEED + filling->before + first + i);
		plan->language = sample_below(sample, 10) < 7 ? SAMPLE_KOREAN
							      : SAMPLE_ENGLISH;
		plan->time_ms = filling->now_ms - age * POST_EVERY_MS -
				sample_below(sample, POST_EVERY_MS);
		plan->replies = 0;
		if (sample_below(sample, 4) == 0)
			plan->replies =
			    1 + sample_below(sample, REPLIES_USUAL_MAX);
		if (sample_below(sample, 1000) == 0)
			plan->replies = SHAPE_REPLIES_MAX;
		ids += plan->replies;
	}
	return ids;
}

static enum err
reserve_ids(struct store *store, size_t count, uint64_t *first)
{
	struct command words;
	struct reply reply;
	enum err err = script_begin(store, &words);

	if (err != ERR_OK)
		return err;
	script_add(&words, "reserve");
	err = script_add_number(store, &words, count);
	if (err == ERR_OK)
		err = script_run(store, SCRIPT_FILL, &words, &reply);
	if (err != ERR_OK)
		return err;
	if (script_says(&reply, "full"))
		return ERR_INVALID;
	return script_says(&reply, "reserved") && reply.count == 2 &&
		       number_parse(reply.items[1].text, reply.items[1].length,
			   1, POST_ID_MAX, first)
		   ? ERR_OK
		   : ERR_INTERNAL;
}

/* The script that lists the posts, sent whole. */
static enum err
add_listing(struct batch *batch)
{
	struct command *command = begin_command(batch, "EVAL");
	struct command words;
	enum err err = script_begin(&batch->filling->store, &words);

	if (err != ERR_OK || batch->entries.failed)
		return ERR_NO_MEMORY;
	script_add(&words, "list");
	command_add(&words, batch->entries.data, batch->entries.length);
	script_add(command, script_text(SCRIPT_FILL));
	script_add(command, "1");
	for (size_t i = 0; i < words.count; i++)
		command_add(command, words.words[i], words.lengths[i]);
	return ERR_OK;
}

/* One transaction; its last command is the script. */
static enum err
batch_run(struct batch *batch)
{
	struct store *store = &batch->filling->store;
	struct reply *replies =
	    arena_zalloc(batch->arena, batch->count, sizeof(*replies));
	const struct reply *done;
	enum err err;

	if (replies == NULL || batch->failed)
		return ERR_NO_MEMORY;
	err = store_run(store, batch->commands, batch->count, replies);
	if (err != ERR_OK)
		return err;
	done = &replies[batch->count - 1];
	for (size_t i = 0; i < batch->count && err == ERR_OK; i++)
		err = reply_check(&replies[i]);
	for (size_t i = 0; i < done->count && err == ERR_OK; i++)
		err = reply_check(&done->items[i]);
	if (err == ERR_OK &&
	    (done->type != REPLY_ARRAY || done->count != batch->count - 2 ||
		!script_says(&done->items[done->count - 1], "listed")))
		err = ERR_INTERNAL;
	return err;
}

static enum err
write_batch(struct filling *filling, uint64_t first, size_t count)
{
	struct plan plans[BATCH_POSTS];
	struct store *store = &filling->store;
	struct batch batch = {.filling = filling, .arena = store->arena};
	size_t ids = make_plans(filling, first, count, plans);
	size_t room =
	    ids + ids / POSTS_PER_MSET + 1 + count * COMMANDS_PER_POST + 3;
	uint64_t id;
	enum err err = reserve_ids(store, ids, &id);

	if (err != ERR_OK)
		return err;
	batch.commands =
	    arena_alloc(batch.arena, room * sizeof(*batch.commands));
	if (batch.commands == NULL)
		return ERR_NO_MEMORY;
	buf_init(&batch.entries, batch.arena);
	(void)begin_command(&batch, "MULTI");
	for (size_t i = 0; i < count; i++) {
		const char *writer = add_post(&batch, &plans[i], id);

		if (plans[i].replies > 0)
			add_replies(&batch, &plans[i], id, writer);
		id += 1 + plans[i].replies;
	}
	err = add_listing(&batch);
	(void)begin_command(&batch, "EXEC");
	if (err == ERR_OK)
		err = batch_run(&batch);
	if (err == ERR_OK)
		store_tell(store, KEY_POST_ID, 0, 0);
	return err;
}

/* The board's categories; one that has none gets some. */
static enum err
prepare(struct store *store, struct filling *filling)
{
	const struct fill *fill = filling->fill;
	uint64_t *ids;
	size_t count;
	enum err err = board_read_info(store, &filling->info);

	if (err == ERR_OK && filling->info.categories_count == 0) {
		for (size_t i = 0; i < SAMPLE_CATEGORIES && err == ERR_OK; i++)
			err = change_board(store, fill->slug, "",
			    sample_category(fill->language, i));
		if (err == ERR_OK)
			err = board_read_info(store, &filling->info);
	}
	if (err != ERR_OK)
		return err;
	/* Another call goes on where this one ends, not from its beginning. */
	return board_read_ids(store, 0, 1, &ids, &count, &filling->before);
}

static void
begin_run(struct filling *filling)
{
	arena_reset(filling->store.arena);
	filling->store.until_us =
	    clock_monotonic_us() + filling->fill->patience_us;
}

static enum err
write_all(struct filling *filling, uint64_t *written)
{
	const struct fill *fill = filling->fill;
	enum err err = ERR_OK;

	while (*written < fill->posts && err == ERR_OK) {
		uint64_t rest = fill->posts - *written;
		size_t count = rest < BATCH_POSTS ? (size_t)rest : BATCH_POSTS;

		begin_run(filling);
		err = write_batch(filling, *written, count);
		if (err == ERR_OK)
			*written += count;
		if (err == ERR_OK && fill->tell != NULL)
			fill->tell(fill->context, *written);
	}
	/* The older one first. */
	for (size_t i = NOTICES; i-- > 0 && err == ERR_OK;) {
		begin_run(filling);
		if (filling->notices[i] != 0)
			err = change_notice(
			    &filling->store, filling->notices[i], true);
	}
	return err;
}

enum err
fill_board(
    const struct store *store, const struct fill *fill, uint64_t *written)
{
	struct filling filling = {
	    .fill = fill, .store = *store, .now_ms = clock_unix_ms()};
	struct store reader = *store;
	enum err err;

	*written = 0;
	filling.store.arena = arena_create(BATCH_BYTES);
	if (filling.store.arena == NULL)
		return ERR_NO_MEMORY;
	reader.until_us = clock_monotonic_us() + fill->patience_us;
	err = prepare(&reader, &filling);
	if (err == ERR_OK)
		err = write_all(&filling, written);
	arena_destroy(filling.store.arena);
	return err;
}
