#include "board/backup.h"

#include "base/clock.h"
#include "base/digest.h"
#include "board/backup_read.h"
#include "store/changes.h"
#include "store/keys.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* Of one call: replies, and the lines that are made of them. */
#define WORK_BYTES (256UL * 1024 * 1024)

/* What changed and was not read again yet: then it is. */
#define CHANGED_MAX	65536
#define CHANGED_BUCKETS (2 * CHANGED_MAX)

struct changed {
	struct backup_unit units[CHANGED_MAX];
	size_t count;
	size_t buckets[CHANGED_BUCKETS]; /* a place among units, and 1 */
	bool all; /* nobody knows which: everything has to be read again */
	bool full;
};

struct run {
	struct backup_work work;
	struct changes *changes;
	struct arena *heads_arena;
	struct changed changed;
	struct backup_unit taken[CHANGED_MAX];
	size_t scanned;	   /* boards whose keys were walked over */
	uint64_t until_us; /* no moment is looked for any longer; 0: not yet */
};

static bool
is_same(const struct backup_unit *one, const struct backup_unit *other)
{
	return one->board == other->board && one->number == other->number &&
	       one->views == other->views;
}

static void
note_changed(struct changed *changed, const struct backup_unit *unit)
{
	uint64_t key[] = {unit->board, unit->number, unit->views};
	size_t bucket = (size_t)digest_quick(DIGEST_QUICK, key, sizeof(key)) %
			CHANGED_BUCKETS;

	while (changed->buckets[bucket] != 0) {
		if (is_same(
			&changed->units[changed->buckets[bucket] - 1], unit))
			return;
		bucket = (bucket + 1) % CHANGED_BUCKETS;
	}
	if (changed->count == CHANGED_MAX) {
		changed->full = true;
		return;
	}
	changed->units[changed->count] = *unit;
	changed->buckets[bucket] = ++changed->count;
}

/* The board whose key it is, or none: boards then. */
static size_t
board_of(const struct backup_work *work, const char *key, size_t length,
    size_t *prefix)
{
	size_t board = 0;

	for (; board < work->boards; board++) {
		*prefix = strlen(work->prefixes[board]);
		if (*prefix <= length &&
		    memcmp(work->prefixes[board], key, *prefix) == 0 &&
		    key_name_of(key + *prefix, length - *prefix).kind !=
			KEY_KIND_NONE)
			break;
	}
	return board;
}

/* The unit that a key belongs to. False: none. */
static bool
unit_of(const struct backup_work *work, const char *key, size_t length,
    struct backup_unit *unit)
{
	size_t prefix;
	size_t board = board_of(work, key, length, &prefix);
	struct key_name name;

	if (board == work->boards)
		return false;
	name = key_name_of(key + prefix, length - prefix);
	*unit = (struct backup_unit){.board = board,
	    .number = name.number,
	    .led = (unsigned)name.kind,
	    .views = name.kind == KEY_KIND_VIEWS};
	return name.kind >= KEY_KIND_NAME && name.kind <= KEY_KIND_VIEWS;
}

/* A changes_hear. */
static void
hear(void *context, const char *key, size_t length)
{
	struct run *run = context;
	struct backup_unit unit;

	if (key == NULL)
		run->changed.all = true;
	else if (unit_of(&run->work, key, length, &unit)) {
		unit.led = 0;
		note_changed(&run->changed, &unit);
	}
}

/* Hears of all that was written before it was called. */
static enum err
catch_up(struct run *run)
{
	struct pollfd polled = {
	    .fd = changes_fd(run->changes), .events = POLLIN};
	enum err err;

	backup_begin(&run->work);
	err = changes_ask_for_life(run->changes, run->work.store.arena);
	while (err == ERR_OK) {
		err = changes_read(
		    run->changes, run->work.store.arena, hear, run);
		if (err != ERR_OK || changes_is_alive(run->changes))
			break;
		if (clock_left(run->work.store.until_us, UINT64_MAX) == 0)
			return ERR_UNAVAILABLE;
		(void)poll(&polled, 1, 100);
	}
	/* Everything was emptied, or more changed than can be kept. */
	if (err == ERR_OK && (run->changed.all || run->changed.full))
		err = ERR_TOO_OFTEN;
	return err;
}

static size_t
take_changed(struct run *run)
{
	struct changed *changed = &run->changed;
	size_t count = changed->count;

	if (count == 0)
		return 0;
	memcpy(run->taken, changed->units, count * sizeof(run->taken[0]));
	changed->count = 0;
	memset(changed->buckets, 0, sizeof(changed->buckets));
	return count;
}

/* Reads what changed, until few enough is left. */
static enum err
read_changed(struct run *run, size_t few)
{
	enum err err = catch_up(run);

	while (err == ERR_OK && run->changed.count > few) {
		size_t count = take_changed(run);

		if (run->until_us != 0 && clock_monotonic_us() > run->until_us)
			return ERR_TOO_OFTEN;
		err = backup_read(&run->work, run->taken, count, NULL);
		if (err == ERR_OK)
			err = catch_up(run);
	}
	return err;
}

static enum err
add_board(struct backup_work *work, const char *slug)
{
	struct store *store = &work->store;
	char *prefix;

	backup_begin(work);
	prefix = registry_prefix(store->arena, store->first, slug);
	if (prefix != NULL)
		prefix = strdup(prefix);
	if (prefix == NULL)
		return ERR_NO_MEMORY;
	memcpy(work->slugs[work->boards], slug, strlen(slug) + 1);
	work->prefixes[work->boards++] = prefix;
	return ERR_OK;
}

/* Those of the list of boards that are not known yet. */
static enum err
add_boards(struct run *run, const struct backup_heads *heads)
{
	struct backup_work *work = &run->work;
	enum err err = ERR_OK;

	for (size_t i = 0; i < heads->count && err == ERR_OK; i++) {
		size_t known = 0;

		while (known < work->boards &&
		       strcmp(work->slugs[known], heads->slugs[i]) != 0)
			known++;
		if (known == work->boards && known < REGISTRY_MAX)
			err = add_board(work, heads->slugs[i]);
	}
	return err;
}

/* All keys of the boards that were not walked over yet. */
static enum err
walk(struct run *run)
{
	struct backup_work *work = &run->work;
	const struct backup *backup = work->backup;
	size_t first = run->scanned;
	struct keyscan scan;
	enum err err = ERR_OK;

	run->scanned = work->boards;
	keyscan_begin(&scan, NULL);
	while (!scan.ended && err == ERR_OK) {
		const struct reply *keys;
		size_t count;
		size_t units = 0;

		backup_begin(work);
		err = keyscan_next(&scan, &work->store, &keys, &count);
		if (err == ERR_OK && count > CHANGED_MAX)
			err = ERR_INTERNAL;
		for (size_t i = 0; err == ERR_OK && i < count; i++)
			if (unit_of(work, keys[i].text, keys[i].length,
				&run->taken[units]) &&
			    run->taken[units].board >= first)
				units++;
		if (err == ERR_OK)
			err = backup_read(work, run->taken, units, NULL);
		if (err == ERR_OK)
			err = read_changed(run, CHANGED_MAX / 16);
		if (err == ERR_OK)
			backup->step(backup->context, count);
	}
	return err;
}

static bool
has_new_board(const struct run *run, const struct backup_heads *heads)
{
	const struct backup_work *work = &run->work;

	if (work->backup->slug != NULL)
		return false;
	for (size_t i = 0; i < heads->count; i++) {
		size_t known = 0;

		while (known < work->boards &&
		       strcmp(work->slugs[known], heads->slugs[i]) != 0)
			known++;
		if (known == work->boards && known < REGISTRY_MAX)
			return true;
	}
	return false;
}

/* What boards have one of, as it was at the last step. */
static enum err
put_heads(struct backup_work *work, const struct buf *lines)
{
	const char *line = lines->data;

	for (size_t i = 0; i < work->boards; i++) {
		const char *end = memchr(
		    line, '\n', lines->length - (size_t)(line - lines->data));

		if (end == NULL)
			return ERR_INTERNAL;
		if (!work->backup->write(
			work->backup->context, line, (size_t)(end - line)))
			return ERR_INTERNAL;
		work->sums->lines++;
		work->sums->boards++;
		line = end + 1;
	}
	return ERR_OK;
}

/* The last units and the heads of one moment; *done: there was such. */
static enum err
end_at_a_moment(struct run *run, struct backup_heads *heads, bool *done)
{
	size_t count;
	enum err err = read_changed(run, BACKUP_LAST_UNITS);

	*done = false;
	if (err != ERR_OK)
		return err;
	arena_reset(run->heads_arena);
	buf_init(&heads->lines, run->heads_arena);
	buf_append(&heads->lines, "", 0);
	count = take_changed(run);
	err = backup_read(&run->work, run->taken, count, heads);
	if (err == ERR_FULL)
		return backup_read(&run->work, run->taken, count, NULL);
	if (err == ERR_OK)
		err = catch_up(run);
	*done = err == ERR_OK && run->changed.count == 0;
	return err;
}

static enum err
read_all(struct run *run)
{
	struct backup_heads *heads = calloc(1, sizeof(*heads));
	bool done = false;
	enum err err = heads == NULL ? ERR_NO_MEMORY : ERR_OK;

	while (err == ERR_OK && !done) {
		if (run->scanned < run->work.boards)
			err = walk(run);
		if (run->until_us == 0)
			run->until_us =
			    clock_monotonic_us() + run->work.backup->quiet_us;
		if (err == ERR_OK)
			err = end_at_a_moment(run, heads, &done);
		if (err == ERR_OK && done && has_new_board(run, heads)) {
			done = false;
			err = add_boards(run, heads);
		} else if (err == ERR_OK && !done &&
			   clock_monotonic_us() > run->until_us) {
			err = ERR_TOO_OFTEN;
		}
	}
	if (err == ERR_OK)
		err = put_heads(&run->work, &heads->lines);
	free(heads);
	return err;
}

static enum err
put_begin(struct backup_work *work)
{
	struct dump_line line = {.kind = DUMP_BEGIN,
	    .version = DUMP_FORMAT,
	    .time_ms = clock_unix_ms()};

	backup_begin(work);
	line.texts[DUMP_BY] = (struct dump_text){
	    .data = work->backup->by, .length = strlen(work->backup->by)};
	return backup_put(work, &line);
}

static enum err
put_end(struct backup_work *work)
{
	struct dump_line line = {
	    .kind = DUMP_END, .number = work->sums->lines + 1};
	char digest[DIGEST_SUM_HEX_BYTES];

	backup_begin(work);
	work->backup->digest(work->backup->context, digest);
	line.texts[DUMP_SHA256] =
	    (struct dump_text){.data = digest, .length = strlen(digest)};
	return backup_put(work, &line);
}

/* The boards that there are to begin with. */
static enum err
find_boards(struct run *run)
{
	struct backup_work *work = &run->work;
	struct backup_heads *heads;
	enum err err = add_board(
	    work, work->backup->slug != NULL ? work->backup->slug : "");

	if (err != ERR_OK || work->backup->slug != NULL)
		return err;
	heads = calloc(1, sizeof(*heads));
	if (heads == NULL)
		return ERR_NO_MEMORY;
	buf_init(&heads->lines, run->heads_arena);
	err = backup_read(work, run->taken, 0, heads);
	if (err == ERR_OK)
		err = add_boards(run, heads);
	free(heads);
	return err;
}

enum err
backup_measure(const struct store *store, uint64_t *keys)
{
	struct store reader = *store;
	struct command command;
	struct reply reply;
	enum err err;

	command_of(&command, "DBSIZE", NULL);
	err = store_run(&reader, &command, 1, &reply);
	if (err == ERR_OK)
		err = reply_check(&reply);
	*keys = err == ERR_OK ? reply_number(&reply, POST_ID_MAX) : 0;
	return err;
}

enum err
backup_run(const struct store *store, const struct backup *backup,
    struct backup_sums *sums)
{
	struct run *run = calloc(1, sizeof(*run));
	enum err err = ERR_NO_MEMORY;

	*sums = (struct backup_sums){0};
	if (run == NULL)
		return ERR_NO_MEMORY;
	run->work = (struct backup_work){
	    .backup = backup, .sums = sums, .store = *store};
	run->work.store.arena = arena_create(WORK_BYTES);
	run->heads_arena = arena_create(WORK_BYTES);
	if (run->work.store.arena == NULL || run->heads_arena == NULL)
		goto out;
	err = changes_open(
	    backup->redis, store->first, run->work.store.arena, &run->changes);
	if (err == ERR_OK)
		err = put_begin(&run->work);
	if (err == ERR_OK)
		err = find_boards(run);
	if (err == ERR_OK)
		err = read_all(run);
	if (err == ERR_OK)
		err = put_end(&run->work);
out:
	changes_close(run->changes);
	for (size_t i = 0; i < run->work.boards; i++)
		free(run->work.prefixes[i]);
	arena_destroy(run->heads_arena);
	arena_destroy(run->work.store.arena);
	free(run);
	return err;
}
