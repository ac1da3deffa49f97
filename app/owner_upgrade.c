/*
 * madang upgrade: see board/upgrade.
 */
#include "owner_call.h"

#include "board/upgrade.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void
tell_step(void *context, const char *slug, uint64_t from, const char *what,
    const char *back)
{
	(void)context;
	(void)owner_done("board %s: from layout %" PRIu64 " to %" PRIu64 ": %s",
	    owner_board_name(slug), from, from + 1, what);
	if (back[0] != '\0')
		(void)owner_done("to go back: %s", back);
	(void)fflush(stdout);
}

static void
tell_step_end(void *context, const char *slug, uint64_t to, uint64_t changed)
{
	(void)context;
	(void)owner_done("board %s: is of layout %" PRIu64 "; %" PRIu64
			 " changed",
	    owner_board_name(slug), to, changed);
}

int
owner_upgrade(struct owner *owner)
{
	const struct upgrade upgrade = {.patience_us = OWNER_COMMAND_MS * 1000,
	    .begin = tell_step,
	    .end = tell_step_end};
	struct store store = owner_store(owner, "");
	enum err err = upgrade_run(&store, &upgrade);

	if (err == ERR_BUSY)
		return owner_failed(EXIT_FAILURE,
		    "It was not done: a board is being imported.");
	if (err != ERR_OK)
		return owner_failed_by(err);
	return owner_done("All boards are of the layout that this Madang "
			  "writes.");
}
