/*
 * madang import: from a backup, or from a tutorial's Redis. See board/import.
 */
#include "owner_call.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/lines.h"
#include "base/redisurl.h"
#include "board/import.h"
#include "board/tutorial.h"
#include "progress.h"
#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of one line that is taken apart. */
#define LINE_BYTES (256UL * 1024 * 1024)

/* For a password that nobody sees among the processes. */
#define PASSWORD_VARIABLE "TUTORIAL_PASSWORD"

struct loading {
	struct owner *owner;
	const char *name; /* of the file, for a sentence */
	struct lines_in *lines;
	struct arena *arena;
	struct import *import;
	struct progress progress;
	uint64_t bytes; /* of the file that progress knows of */
	bool measured;	/* its size is known */
	uint64_t began_us;
};

/* What is wrong with the file; the status. */
static int
damaged(struct loading *loading, const char *what)
{
	progress_end(&loading->progress);
	return owner_failed(OWNER_EXIT_USAGE, "%s, line %" PRIu64 ": %s.",
	    loading->name, lines_in_number(loading->lines), what);
}

static const char *
end_words(enum lines_end end)
{
	switch (end) {
	case LINES_READ_FAILED:
		return strerror(errno);
	case LINES_NO_GZIP:
		return "it is no backup: it is not compressed by gzip";
	case LINES_DAMAGED:
		return "it is damaged here or a little further on";
	case LINES_END:
	case LINES_CUT:
		return "it ends here, before its end";
	case LINES_TOO_LONG:
		return "it is longer than a line of a backup can be";
	case LINES_MORE:
		return "something follows its end";
	case LINES_NO_MEMORY:
	case LINES_LINE:
		break;
	}
	return "there is no memory for it";
}

static int
failed_by(struct loading *loading, enum err err)
{
	progress_end(&loading->progress);
	if (err == ERR_CONFLICT)
		return owner_failed(OWNER_EXIT_USAGE, "It was not done: %s.",
		    import_trouble(loading->import));
	if (err == ERR_FULL)
		return owner_failed(OWNER_EXIT_USAGE,
		    "It was not done: there are more boards than can be.");
	(void)owner_failed_by(err);
	return OWNER_EXIT_USAGE;
}

static void
tell_progress(struct loading *loading)
{
	uint64_t bytes = lines_in_bytes(loading->lines);

	if (loading->measured && bytes / 1024 > loading->bytes) {
		progress_add(&loading->progress, bytes / 1024 - loading->bytes);
		loading->bytes = bytes / 1024;
	}
}

/* The next line. EXIT_SUCCESS, or the status of what is wrong. */
static int
next_line(struct loading *loading, struct dump_line *line)
{
	const char *text;
	const char *wrong;
	size_t length;
	enum lines_end end;

	arena_reset(loading->arena);
	end = lines_read(loading->lines, &text, &length);
	if (end != LINES_LINE)
		return damaged(loading, end_words(end));
	wrong = dump_read(loading->arena, text, length, line);
	if (wrong != NULL)
		return damaged(loading, wrong);
	tell_progress(loading);
	return EXIT_SUCCESS;
}

static int
read_begin(struct loading *loading)
{
	struct dump_line line;
	int status = next_line(loading, &line);

	if (status != EXIT_SUCCESS)
		return status;
	if (line.kind != DUMP_BEGIN)
		return damaged(loading, "a backup begins otherwise");
	if (line.version != DUMP_FORMAT)
		return damaged(loading,
		    "it is a backup of a format that this Madang "
		    "does not know: a newer one wrote it");
	return EXIT_SUCCESS;
}

/* What the last line says against what was read. */
static int
check_end(struct loading *loading, const struct dump_line *line)
{
	char digest[LINES_DIGEST_BYTES];
	const char *text;
	size_t length;
	enum lines_end end;

	lines_in_digest(loading->lines, digest);
	if (line->number != lines_in_number(loading->lines))
		return damaged(loading, "it tells of more or fewer lines");
	if (line->texts[DUMP_SHA256].data == NULL ||
	    strcmp(line->texts[DUMP_SHA256].data, digest) != 0)
		return damaged(loading,
		    "what is before it is not what was written: its digest is "
		    "another");
	end = lines_read(loading->lines, &text, &length);
	if (end == LINES_END)
		return EXIT_SUCCESS;
	return damaged(loading,
	    end == LINES_LINE ? end_words(LINES_MORE) : end_words(end));
}

/* All lines, the last one checked: then nothing is missing. */
static int
read_lines(struct loading *loading)
{
	struct dump_line line;
	int status = read_begin(loading);

	while (status == EXIT_SUCCESS) {
		enum err err;

		status = next_line(loading, &line);
		if (status != EXIT_SUCCESS)
			return status;
		if (line.kind == DUMP_END)
			return check_end(loading, &line);
		if (line.kind == DUMP_BEGIN)
			return damaged(loading, "it begins a second time");
		err = import_line(loading->import, &line);
		if (err != ERR_OK)
			return failed_by(loading, err);
	}
	return status;
}

/* A board that is not whole goes again; where Redis is away, by the next. */
static void
abandon(struct loading *loading)
{
	progress_end(&loading->progress);
	if (import_abandon(loading->import) == ERR_OK)
		(void)owner_failed(OWNER_EXIT_USAGE, "Nothing was imported.");
	else
		(void)owner_failed(OWNER_EXIT_USAGE,
		    "What was imported so far is not shown, and goes with the "
		    "next import.");
}

static int
finish(struct loading *loading)
{
	const struct import_sums *sums = import_sums_of(loading->import);
	enum err err = import_finish(loading->import);
	uint64_t us = clock_monotonic_us() - loading->began_us;

	progress_end(&loading->progress);
	if (err != ERR_OK)
		return failed_by(loading, err);
	if (sums->wiped > 0)
		(void)owner_done("%" PRIu64
				 " keys of an import that had not ended were "
				 "taken away first.",
		    sums->wiped);
	return owner_done("%" PRIu64 " posts and replies of %" PRIu64
			  " board%s are imported, in %.1f seconds.",
	    sums->posts, sums->boards, sums->boards == 1 ? "" : "s",
	    (double)us / 1e6);
}

static int
load(struct loading *loading, int file)
{
	struct stat found;
	struct store store = owner_store(loading->owner, "");
	enum err err = lines_open(file, DUMP_LINE_MAX_BYTES, &loading->lines);
	int status;

	loading->arena = arena_create(LINE_BYTES);
	if (err == ERR_OK && loading->arena == NULL)
		err = ERR_NO_MEMORY;
	if (err == ERR_OK)
		err = import_create(
		    &store, OWNER_COMMAND_MS * 1000, &loading->import);
	if (err != ERR_OK)
		return failed_by(loading, err);
	loading->measured = fstat(file, &found) == 0 && S_ISREG(found.st_mode);
	if (loading->measured)
		progress_begin(&loading->progress, "KB", 0,
		    (uint64_t)found.st_size / 1024);
	status = read_lines(loading);
	if (status == EXIT_SUCCESS)
		status = finish(loading);
	if (status != EXIT_SUCCESS)
		abandon(loading);
	return status;
}

static int
import_file(struct owner *owner)
{
	struct loading loading = {.owner = owner,
	    .name = owner->said->words[0],
	    .began_us = clock_monotonic_us()};
	bool standard = strcmp(loading.name, "-") == 0;
	int file =
	    standard ? STDIN_FILENO : open(loading.name, O_RDONLY | O_CLOEXEC);
	int status;

	if (file < 0)
		return owner_failed(OWNER_EXIT_USAGE, "%s can't be read: %s.",
		    loading.name, strerror(errno));
	if (standard)
		loading.name = "standard input";
	status = load(&loading, file);
	import_destroy(loading.import);
	lines_close(loading.lines);
	arena_destroy(loading.arena);
	if (!standard)
		(void)close(file);
	return status;
}

static void
tell_left_out(void *context, const char *entry, const char *why)
{
	struct loading *loading = context;

	progress_end(&loading->progress);
	(void)printf("post %s is left out: %s\n", entry, why);
	(void)fflush(stdout);
}

static void
count_posts(void *context, uint64_t count)
{
	struct loading *loading = context;

	progress_add(&loading->progress, count);
}

static int
copy_tutorial(struct loading *loading, struct store *source)
{
	const struct tutorial tutorial = {
	    .patience_us = OWNER_COMMAND_MS * 1000,
	    .tell = tell_left_out,
	    .step = count_posts,
	    .context = loading};
	struct tutorial_sums sums = {0};
	struct store store = owner_store(loading->owner, "");
	uint64_t count;
	int status;
	enum err err;

	source->until_us = clock_monotonic_us() + tutorial.patience_us;
	err = tutorial_measure(source, &count);
	if (err == ERR_CONFLICT)
		return owner_failed(OWNER_EXIT_USAGE,
		    "It was not done: that Redis holds a board of Madang's, "
		    "which madang backup copies.");
	if (err == ERR_OK)
		err = import_create(
		    &store, OWNER_COMMAND_MS * 1000, &loading->import);
	if (err != ERR_OK)
		return failed_by(loading, err);
	progress_begin(&loading->progress, "posts", 0, count);
	err = tutorial_copy(source, &tutorial, loading->import, &sums);
	status = err != ERR_OK ? failed_by(loading, err) : finish(loading);
	if (status != EXIT_SUCCESS)
		abandon(loading);
	else if (sums.left_out > 0)
		status = owner_failed(EXIT_FAILURE,
		    "%" PRIu64 " posts are left out, see above.",
		    sums.left_out);
	return status;
}

/* With the password of the environment, if the address has none. */
static bool
read_source(const char *word, struct redisurl *url)
{
	const char *password = getenv(PASSWORD_VARIABLE);

	if (!redisurl_read(word, url))
		return false;
	if (url->password[0] == '\0' && password != NULL)
		(void)snprintf(
		    url->password, sizeof(url->password), "%s", password);
	return true;
}

static int
import_tutorial(struct owner *owner)
{
	struct loading loading = {
	    .owner = owner, .began_us = clock_monotonic_us()};
	struct pool_settings settings = {.redis = slot_redis(&owner->conf),
	    .wait_ms = OWNER_COMMAND_MS,
	    .size = 1};
	struct store source = {.prefix = "", .first = ""};
	struct redisurl url;
	int status;

	/* It may hold a password: it is not repeated. */
	if (!read_source(owner->said->from_tutorial, &url))
		return owner_failed(OWNER_EXIT_USAGE,
		    "What --from-tutorial has is no address of a Redis: "
		    "redis://host:port/database, or unix:/path.");
	settings.redis.address = url.address;
	settings.redis.user = url.user;
	settings.redis.password = url.password;
	settings.redis.database = url.database;
	source.arena = arena_create(LINE_BYTES);
	if (source.arena == NULL ||
	    pool_create(&settings, &source.pool) != ERR_OK)
		status = failed_by(&loading, ERR_NO_MEMORY);
	else
		status = copy_tutorial(&loading, &source);
	import_destroy(loading.import);
	pool_destroy(source.pool);
	arena_destroy(source.arena);
	return status;
}

int
owner_import(struct owner *owner)
{
	bool from_file = owner->said->from_tutorial == NULL;
	int status;

	if (digest_init() != ERR_OK)
		return OWNER_EXIT_USAGE;
	status = from_file ? import_file(owner) : import_tutorial(owner);
	/* The backup of an older layout is of ours then, too. */
	if (status == EXIT_SUCCESS && from_file)
		return owner_upgrade(owner) == EXIT_SUCCESS ? EXIT_SUCCESS
							    : OWNER_EXIT_USAGE;
	return status;
}
