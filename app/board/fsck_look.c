#include "board/fsck_look.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/text.h"
#include "board/post.h"
#include "store/keys.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* A sentence is cut to so many bytes: others' words may be in it. */
#define WORDS_MAX_BYTES 1024

/* What a script says of one finding, in this order. */
enum part { PART_ID, PART_CODE, PART_MENDABLE, PART_WORDS, PARTS };

/* And of a look. */
enum found {
	FOUND_COUNT,
	FOUND_FINDINGS,
	FOUND_BESIDE,
	FOUND_LATER,
	FOUND_PARTS
};

#define SETS_OF_BOARD 3
#define SET_SEEN      0
#define SET_SORTED    1
#define SET_ASKED_FOR 2

/*
 * What the tutorial's app writes in four steps may be there in part: what is
 * wrong with the newest posts has to be so for a moment.
 */
#define MOMENT_NS 100000000

/* A finding that was tried to be mended. */
struct tried {
	const struct tried *next;
	const char *name; /* "id code" */
};

/* One look and what comes of it. */
struct look {
	struct fsck_work *work;
	const struct fsck_words *words;
	const struct tried *tried;
	size_t mended; /* in this round */
	bool any;
};

void
fsck_set_board(struct fsck_work *work, struct fsck_board *board)
{
	work->board = board;
	work->store.prefix = board->prefix;
}

void
fsck_begin(struct fsck_work *work)
{
	arena_reset(work->store.arena);
	work->store.until_us = clock_monotonic_us() + work->fsck->patience_us;
}

static size_t
set_of_board(const struct fsck_work *work, size_t set)
{
	return (size_t)(work->board - work->boards) * SETS_OF_BOARD + set;
}

static void
mark_seen(struct fsck_work *work, uint64_t id)
{
	fsck_marks_add(work->marks, set_of_board(work, SET_SEEN), id);
}

bool
fsck_was_seen(const struct fsck_work *work, uint64_t id)
{
	return fsck_marks_have(work->marks, set_of_board(work, SET_SEEN), id);
}

void
fsck_mark_sorted(struct fsck_work *work, uint64_t id)
{
	fsck_marks_add(work->marks, set_of_board(work, SET_SORTED), id);
}

static bool
was_sorted(const struct fsck_work *work, uint64_t id)
{
	return fsck_marks_have(work->marks, set_of_board(work, SET_SORTED), id);
}

void
fsck_word(struct fsck_words *words, const char *word, size_t length)
{
	words->words[words->count] = word;
	words->lengths[words->count++] = length;
}

enum err
fsck_ask(struct fsck_work *work, const struct fsck_words *words,
    const char *wanted, struct reply *reply)
{
	struct command command;
	enum err err = script_begin(&work->store, &command);

	if (err != ERR_OK)
		return err;
	script_add(&command, words->mode);
	script_add(&command, wanted);
	err = script_add_number(
	    &work->store, &command, work->fsck->trash_seconds);
	for (size_t i = 0; i < words->count; i++)
		command_add(&command, words->words[i], words->lengths[i]);
	work->store.until_us = clock_monotonic_us() + work->fsck->patience_us;
	if (err == ERR_OK)
		err = script_run(&work->store, words->script, &command, reply);
	return err == ERR_OK && reply->type != REPLY_ARRAY ? ERR_INTERNAL : err;
}

void
fsck_tell(
    struct fsck_work *work, uint64_t id, const char *words, enum fsck_end end)
{
	const struct fsck_finding finding = {
	    .slug = work->board->slug, .id = id, .words = words, .end = end};

	work->sums->found++;
	if (end == FSCK_MENDED)
		work->sums->mended++;
	work->fsck->tell(work->fsck->context, &finding);
}

static bool
is_finding(const struct reply *finding)
{
	return finding->type == REPLY_ARRAY && finding->count == PARTS &&
	       finding->items[PART_ID].type == REPLY_TEXT &&
	       finding->items[PART_CODE].type == REPLY_TEXT &&
	       finding->items[PART_WORDS].type == REPLY_TEXT;
}

static enum err
tell_finding(struct look *look, const struct reply *finding, enum fsck_end end)
{
	const struct reply *said = &finding->items[PART_WORDS];
	char *words = text_repair(
	    look->work->store.arena, said->text, said->length, WORDS_MAX_BYTES);

	if (words == NULL)
		return ERR_NO_MEMORY;
	for (char *at = words; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	fsck_tell(look->work,
	    reply_number(&finding->items[PART_ID], POST_ID_MAX), words, end);
	return ERR_OK;
}

/* Who keeps copies of pages hears of what was mended. */
static void
tell_of_change(struct look *look, const struct reply *finding, uint64_t root)
{
	const struct store *store = &look->work->store;
	uint64_t id = reply_number(&finding->items[PART_ID], POST_ID_MAX);

	store_tell(store, KEY_POST_ID, 0, 0);
	if (id != 0) {
		store_tell(store, KEY_META, id, root);
		store_tell(store, KEY_META, root, root);
	} else {
		/* A key of the whole board, or of all: rare enough. */
		store_tell(store, KEY_BOARDS, 0, 0);
	}
}

static bool
was_tried(const struct look *look, const char *name)
{
	for (const struct tried *at = look->tried; at != NULL; at = at->next)
		if (strcmp(at->name, name) == 0)
			return true;
	return false;
}

/* Mends one; what can't be mended is told in the end. */
static enum err
mend_finding(struct look *look, const struct reply *finding, const char *name)
{
	struct fsck_work *work = look->work;
	struct tried *tried = arena_alloc(work->store.arena, sizeof(*tried));
	struct reply reply;
	enum err err;

	if (tried == NULL)
		return ERR_NO_MEMORY;
	*tried = (struct tried){.next = look->tried, .name = name};
	look->tried = tried;
	err = fsck_ask(work, look->words, name, &reply);
	if (err != ERR_OK)
		return err;
	if (script_says(&reply, "mended") && reply.count == 2) {
		tell_of_change(
		    look, finding, reply_number(&reply.items[1], POST_ID_MAX));
		look->mended++;
		look->any = true;
		return tell_finding(look, finding, FSCK_MENDED);
	}
	/* It went with another one that was mended, or by itself. */
	if (script_says(&reply, "fine") && look->mended > 0)
		return tell_finding(look, finding, FSCK_MENDED);
	return ERR_OK;
}

static enum err
mend_findings(struct look *look, const struct reply *findings)
{
	enum err err = ERR_OK;

	look->mended = 0;
	for (size_t i = 0; i < findings->count && err == ERR_OK; i++) {
		const struct reply *one = &findings->items[i];
		const char *name;

		if (!is_finding(one) || one->items[PART_MENDABLE].integer != 1)
			continue;
		name = arena_printf(look->work->store.arena, "%s %s",
		    one->items[PART_ID].text, one->items[PART_CODE].text);
		if (name == NULL)
			return ERR_NO_MEMORY;
		if (!was_tried(look, name))
			err = mend_finding(look, one, name);
	}
	return err;
}

static enum err
tell_findings(struct look *look, const struct reply *findings)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < findings->count && err == ERR_OK; i++) {
		const struct reply *one = &findings->items[i];
		bool mendable =
		    is_finding(one) && one->items[PART_MENDABLE].integer == 1;

		if (is_finding(one))
			err = tell_finding(look, one,
			    mendable && !look->work->fsck->repair
				? FSCK_MENDABLE
				: FSCK_LEFT);
	}
	return err;
}

/* Whether something is wrong with a post that came since the run began. */
static bool
is_new(const struct look *look, const struct reply *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		if (is_finding(&findings->items[i]) &&
		    reply_number(&findings->items[i].items[PART_ID],
			POST_ID_MAX) > look->work->board->last_id)
			return true;
	return false;
}

/* One look; of what is new a second one. */
static enum err
look_once(struct look *look, struct reply *reply)
{
	static const struct timespec moment = {.tv_nsec = MOMENT_NS};
	enum err err = fsck_ask(look->work, look->words, "", reply);

	for (int i = 0; i < 2 && err == ERR_OK; i++) {
		if (reply->count != FOUND_PARTS ||
		    reply->items[FOUND_FINDINGS].type != REPLY_ARRAY)
			return ERR_INTERNAL;
		if (i == 1 || !is_new(look, &reply->items[FOUND_FINDINGS]))
			break;
		(void)nanosleep(&moment, NULL);
		err = fsck_ask(look->work, look->words, "", reply);
	}
	return err;
}

bool
fsck_is_asked_for(const struct fsck_work *work, uint64_t id)
{
	return fsck_marks_have(
	    work->marks, set_of_board(work, SET_ASKED_FOR), id);
}

/* What is to be looked at in the end; then, whose places are asked for. */
static void
keep_for_later(struct fsck_work *work, const struct reply *ids)
{
	for (size_t i = 0; i < ids->count; i++) {
		uint64_t id = reply_number(&ids->items[i], POST_ID_MAX);

		if (work->ending)
			fsck_marks_add(
			    work->marks, set_of_board(work, SET_ASKED_FOR), id);
		else if (work->later_count < FSCK_LATER_MAX)
			work->later[work->later_count++] = (struct fsck_later){
			    .board = (size_t)(work->board - work->boards),
			    .id = id};
	}
}

enum err
fsck_look(struct fsck_work *work, const struct fsck_words *words, size_t *count,
    bool *mended)
{
	struct look look = {.work = work, .words = words};
	struct reply reply;
	const struct reply *beside;
	enum err err;

	fsck_begin(work);
	do {
		err = look_once(&look, &reply);
		look.mended = 0;
		if (err == ERR_OK && work->fsck->repair)
			err =
			    mend_findings(&look, &reply.items[FOUND_FINDINGS]);
	} while (err == ERR_OK && look.mended > 0);
	if (err == ERR_OK)
		err = tell_findings(&look, &reply.items[FOUND_FINDINGS]);
	if (err != ERR_OK)
		return err;
	beside = &reply.items[FOUND_BESIDE];
	for (size_t i = 0; i < beside->count; i++)
		mark_seen(work, reply_number(&beside->items[i], POST_ID_MAX));
	keep_for_later(work, &reply.items[FOUND_LATER]);
	if (count != NULL)
		*count = (size_t)reply_number(
		    &reply.items[FOUND_COUNT], POST_ID_MAX);
	if (mended != NULL)
		*mended = look.any;
	return ERR_OK;
}

/* "id:flags" each, as the script reads them. */
static size_t
write_posts(const struct fsck_work *work, const uint64_t *ids, size_t count,
    enum fsck_when when, char text[FSCK_BATCH * (NUMBER_TEXT_BYTES + 4)])
{
	static const char letters[] = {
	    [FSCK_LISTED] = 'l', [FSCK_REPLIES] = 'r', [FSCK_PLACES] = 'p'};
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		length += number_write(ids[i], text + length);
		text[length++] = ':';
		if (when != FSCK_FOUND)
			text[length++] = letters[when];
		if (was_sorted(work, ids[i]))
			text[length++] = 'c';
		text[length++] = ' ';
	}
	return length;
}

enum err
fsck_look_at_posts(struct fsck_work *work, const uint64_t *ids, size_t count,
    enum fsck_when when)
{
	char text[FSCK_BATCH * (NUMBER_TEXT_BYTES + 4)];
	enum err err = ERR_OK;

	while (count > 0 && err == ERR_OK) {
		struct fsck_words words = {
		    .script = SCRIPT_FSCK_POSTS, .mode = "posts"};
		size_t some = count < FSCK_BATCH ? count : FSCK_BATCH;
		size_t done = 0;

		fsck_word(
		    &words, text, write_posts(work, ids, some, when, text));
		err = fsck_look(work, &words, &done, NULL);
		if (err == ERR_OK && (done == 0 || done > some))
			err = ERR_INTERNAL;
		for (size_t i = 0; i < done && err == ERR_OK; i++)
			mark_seen(work, ids[i]);
		if (err == ERR_OK) {
			ids += done;
			count -= done;
		}
	}
	return err;
}
