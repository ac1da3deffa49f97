/*
 * madang fsck: says what is wrong with the keys of boards, and mends it.
 */
#include "owner_call.h"

#include "progress.h"

#include "base/clock.h"
#include "board/fsck.h"
#include "board/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct inspection {
	struct progress progress;
	uint64_t began_us;
};

static const char *const ends[] = {
    [FSCK_LEFT] = "left as it is",
    [FSCK_MENDABLE] = "can be repaired",
    [FSCK_MENDED] = "repaired",
};

static void
tell_finding(void *context, const struct fsck_finding *finding)
{
	struct inspection *inspection = context;

	progress_end(&inspection->progress);
	(void)printf("board %s: ", owner_board_name(finding->slug));
	if (finding->id != 0)
		(void)printf("post %" PRIu64 ": ", finding->id);
	(void)printf("%s: %s\n", finding->words, ends[finding->end]);
	(void)fflush(stdout);
}

static void
count_steps(void *context, uint64_t count)
{
	struct inspection *inspection = context;

	progress_add(&inspection->progress, count);
}

/* A slug that stands twice in the list of boards is one. */
static bool
is_known(const char *const *slugs, size_t count, const char *slug)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(slugs[i], slug) == 0)
			return true;
	return false;
}

/* The boards that are meant. */
static enum err
find_boards(struct owner *owner, struct fsck *fsck, const char **slugs)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;
	enum err err;

	fsck->slugs = slugs;
	fsck->all = owner->said->board == NULL;
	slugs[fsck->boards++] = owner->slug;
	if (!fsck->all)
		return ERR_OK;
	err = registry_read_slugs(&owner->store, &first, &boards, &count);
	/* A list of boards that is none: it will be said so. */
	if (err == ERR_INTERNAL)
		return ERR_OK;
	for (size_t i = 1; err == ERR_OK && i < count; i++)
		if (!is_known(slugs, fsck->boards, boards[i].slug))
			slugs[fsck->boards++] = boards[i].slug;
	return err;
}

static void
tell_sums(const struct fsck *fsck, const struct fsck_sums *sums,
    const struct inspection *inspection)
{
	uint64_t left = sums->found - sums->mended;

	(void)owner_done("%" PRIu64 " posts and %" PRIu64
			 " keys of %zu board%s were looked at, in %.1f "
			 "seconds.",
	    sums->posts, sums->keys, fsck->boards, fsck->boards == 1 ? "" : "s",
	    (double)(clock_monotonic_us() - inspection->began_us) / 1e6);
	if (sums->others > 0)
		(void)owner_done("%" PRIu64
				 " other keys are none of Madang's: they were "
				 "left alone.",
		    sums->others);
	if (sums->found == 0)
		(void)owner_done("Nothing is wrong.");
	else if (left == 0)
		(void)owner_done(
		    "%" PRIu64 " faults: all are repaired.", sums->found);
	else
		(void)owner_done("%" PRIu64 " faults: %" PRIu64
				 " are repaired, %" PRIu64 " are left.",
		    sums->found, sums->mended, left);
}

int
owner_fsck(struct owner *owner)
{
	const char *slugs[REGISTRY_MAX];
	struct inspection inspection = {.began_us = clock_monotonic_us()};
	struct fsck fsck = {.repair = owner->said->repair,
	    .trash_seconds = owner->conf.post.trash_days * CLOCK_DAY_SECONDS,
	    .patience_us = OWNER_COMMAND_MS * 1000,
	    .tell = tell_finding,
	    .step = count_steps,
	    .context = &inspection};
	struct fsck_sums sums;
	uint64_t steps;
	enum err err = find_boards(owner, &fsck, slugs);

	if (err == ERR_OK)
		err = fsck_measure(&owner->store, &fsck, &steps);
	if (err == ERR_OK) {
		progress_begin(&inspection.progress, "entries", 0, steps);
		err = fsck_run(&owner->store, &fsck, &sums);
		progress_end(&inspection.progress);
	}
	if (err != ERR_OK) {
		(void)owner_failed_by(err);
		return OWNER_EXIT_USAGE;
	}
	tell_sums(&fsck, &sums, &inspection);
	return sums.found == sums.mended ? EXIT_SUCCESS : EXIT_FAILURE;
}
