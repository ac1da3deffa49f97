/*
 * madang backup: see board/backup.
 */
#include "owner_call.h"

#include "config.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/lines.h"
#include "board/backup.h"
#include "board/layout.h"
#include "progress.h"
#include "slot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* So long a moment is looked for in which nobody writes. */
#define QUIET_US UINT64_C(60000000)

struct saving {
	const char *name; /* of the file; "-": standard output */
	char *partial;	  /* what it is called until it is whole; NULL: - */
	int file;
	struct lines_out *lines;
	struct progress progress;
	uint64_t began_us;
	bool opened; /* partial is ours */
	bool failed; /* a write, which was told */
};

static bool
write_failed(struct saving *saving)
{
	if (!saving->failed) {
		progress_end(&saving->progress);
		(void)owner_failed(EXIT_FAILURE, "%s can't be written: %s",
		    saving->name, strerror(errno));
	}
	saving->failed = true;
	return false;
}

static bool
put_line(void *context, const char *line, size_t length)
{
	struct saving *saving = context;

	return lines_write(saving->lines, line, length) || write_failed(saving);
}

static void
give_digest(void *context, char *hex)
{
	const struct saving *saving = context;

	lines_out_digest(saving->lines, hex);
}

static void
tell_left_out(void *context, const char *slug, const char *words)
{
	struct saving *saving = context;

	progress_end(&saving->progress);
	(void)fprintf(
	    stderr, "madang: board %s: %s\n", owner_board_name(slug), words);
}

static void
count_keys(void *context, uint64_t count)
{
	struct saving *saving = context;

	progress_add(&saving->progress, count);
}

/*
 * A device, a pipe or a link would go, and a file come in its place: of root's
 * /dev/null, too, or of /dev/stdout.
 */
static bool
may_be_replaced(const char *name)
{
	struct stat found;

	return lstat(name, &found) != 0 || S_ISREG(found.st_mode);
}

/*
 * What was there already may be another's, who then reads it through what he
 * has open, or another name of a file that is not meant.
 */
static bool
is_ours_alone(int file)
{
	struct stat found;

	return fstat(file, &found) == 0 && S_ISREG(found.st_mode) &&
	       found.st_uid == geteuid() && found.st_nlink == 1;
}

/* Whether nobody else writes the file, which then is ours till we end. */
static bool
is_alone(const struct saving *saving)
{
	struct stat ours;
	struct stat named;

	return flock(saving->file, LOCK_EX | LOCK_NB) == 0 &&
	       fstat(saving->file, &ours) == 0 &&
	       lstat(saving->partial, &named) == 0 &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/*
 * The file has its name only once it is whole. It is as secret as the Redis is:
 * nobody else reads it.
 */
static bool
open_file(struct saving *saving)
{
	if (strcmp(saving->name, "-") == 0) {
		saving->file = STDOUT_FILENO;
		if (isatty(STDOUT_FILENO) != 1)
			return true;
		(void)owner_failed(EXIT_FAILURE,
		    "a backup is no text for a terminal: give a file's name, "
		    "or pass it on");
		return false;
	}
	if (!may_be_replaced(saving->name)) {
		(void)owner_failed(EXIT_FAILURE,
		    "%s is there, and is no plain file: give another name, or "
		    "- to pass the backup on",
		    saving->name);
		return false;
	}
	if (asprintf(&saving->partial, "%s.partial", saving->name) < 0) {
		saving->partial = NULL;
		(void)owner_failed_by(ERR_NO_MEMORY);
		return false;
	}
	/* A pipe that somebody put there is not waited for. */
	saving->file = open(saving->partial,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
	    S_IRUSR | S_IWUSR);
	if (saving->file < 0)
		return write_failed(saving);
	if (!is_ours_alone(saving->file)) {
		(void)owner_failed(EXIT_FAILURE,
		    "%s is there, and is no plain file of yours alone: take it "
		    "away, or give another name",
		    saving->partial);
		return false;
	}
	if (!is_alone(saving)) {
		(void)owner_failed(EXIT_FAILURE,
		    "%s is being written by another command", saving->partial);
		return false;
	}
	/* What an earlier one left goes. */
	saving->opened = fchmod(saving->file, S_IRUSR | S_IWUSR) == 0 &&
			 ftruncate(saving->file, 0) == 0;
	return saving->opened || write_failed(saving);
}

/* The file's name, on the disk as its bytes are. */
static bool
keep_file(struct saving *saving)
{
	char *path = strdup(saving->name);
	int folder = -1;
	bool fine = path != NULL && fsync(saving->file) == 0 &&
		    rename(saving->partial, saving->name) == 0;

	if (fine)
		folder =
		    open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		/* Some file systems can't: the file is there all the same. */
		(void)fsync(folder);
		(void)close(folder);
	}
	free(path);
	return fine || write_failed(saving);
}

static void
close_file(struct saving *saving)
{
	lines_discard(saving->lines);
	if (saving->partial == NULL)
		return;
	if (saving->failed && saving->opened)
		(void)unlink(saving->partial);
	if (saving->file >= 0)
		(void)close(saving->file);
	free(saving->partial);
}

static enum err
save(struct owner *owner, struct saving *saving, struct backup_sums *sums)
{
	const struct connection_settings redis = slot_redis(&owner->conf);
	const struct backup backup = {.redis = &redis,
	    .by = PACKAGE_STRING,
	    .slug = owner->said->board != NULL ? owner->slug : NULL,
	    .patience_us = OWNER_COMMAND_MS * 1000,
	    .quiet_us = QUIET_US,
	    .write = put_line,
	    .digest = give_digest,
	    .tell = tell_left_out,
	    .step = count_keys,
	    .context = saving};
	struct store store = owner_store(owner, "");
	uint64_t keys;
	enum err err = backup_measure(&store, &keys);

	if (err == ERR_OK)
		err = lines_create(saving->file, &saving->lines);
	if (err != ERR_OK)
		return err;
	progress_begin(&saving->progress, "keys", 0, keys);
	err = backup_run(&store, &backup, sums);
	progress_end(&saving->progress);
	if (err == ERR_OK && !lines_finish(saving->lines))
		(void)write_failed(saving);
	return err;
}

static int
tell_saved(const struct saving *saving, const struct backup_sums *sums)
{
	uint64_t us = clock_monotonic_us() - saving->began_us;

	(void)fprintf(stderr,
	    "madang: %" PRIu64 " posts and replies of %" PRIu64
	    " board%s are saved, in %.1f seconds; %" PRIu64
	    " changed meanwhile.\n",
	    sums->posts, sums->boards, sums->boards == 1 ? "" : "s",
	    (double)us / 1e6, sums->again);
	if (sums->left_out == 0)
		return EXIT_SUCCESS;
	(void)fprintf(stderr,
	    "madang: %" PRIu64 " are left out, see above; madang fsck says "
	    "more.\n",
	    sums->left_out);
	return EXIT_FAILURE;
}

/* An import that has not ended is no board. */
static int
look_at_layout(struct owner *owner)
{
	enum layout layout;
	uint64_t version;
	enum err err = layout_read(&owner->store, &layout, &version);

	if (err != ERR_OK)
		return owner_failed_by(err);
	if (layout == LAYOUT_IMPORT)
		return owner_failed(EXIT_FAILURE,
		    "The board is being imported: there is nothing whole to "
		    "be saved.");
	return EXIT_SUCCESS;
}

int
owner_backup(struct owner *owner)
{
	struct saving saving = {.name = owner->said->words[0],
	    .file = -1,
	    .began_us = clock_monotonic_us()};
	struct backup_sums sums;
	int status = look_at_layout(owner);
	enum err err = digest_init();

	if (status != EXIT_SUCCESS || err != ERR_OK || !open_file(&saving)) {
		close_file(&saving);
		return OWNER_EXIT_USAGE;
	}
	err = save(owner, &saving, &sums);
	if (err == ERR_TOO_OFTEN)
		(void)owner_failed(EXIT_FAILURE,
		    "It was not done: others write so much that there was no "
		    "moment between two of them. Try again later.");
	else if (err != ERR_OK && !saving.failed)
		(void)owner_failed_by(err);
	saving.failed = saving.failed || err != ERR_OK;
	if (!saving.failed && saving.partial != NULL)
		(void)keep_file(&saving);
	status = saving.failed ? OWNER_EXIT_USAGE : tell_saved(&saving, &sums);
	close_file(&saving);
	return status;
}
