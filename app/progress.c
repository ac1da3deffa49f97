#include "progress.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_CELLS 30

/* A line is not written anew more often than that. */
#define PAUSE_US 100000

/* There may be more in the end than were thought of. */
static uint64_t
parts_done(const struct progress *progress, uint64_t parts)
{
	if (progress->done >= progress->total)
		return parts;
	return progress->done * parts / progress->total;
}

static void
tell(struct progress *progress)
{
	uint64_t now = clock_monotonic_us();
	uint64_t us = now - progress->began_us;
	uint64_t rate =
	    us > 0 ? (progress->done - progress->before) * 1000000 / us : 0;
	int cells = (int)parts_done(progress, BAR_CELLS);

	if (progress->terminal)
		(void)fprintf(stderr, "\r[%.*s%*s] ", cells,
		    "##############################", BAR_CELLS - cells, "");
	(void)fprintf(stderr,
	    "%3" PRIu64 " %%, %" PRIu64 " of %" PRIu64 " %s, %" PRIu64
	    " a second%s",
	    parts_done(progress, 100), progress->done,
	    progress->total > progress->done ? progress->total : progress->done,
	    progress->what, rate, progress->terminal ? " " : "\n");
	progress->open = progress->terminal;
	progress->told_us = now;
	progress->told = parts_done(progress, 10);
}

void
progress_begin(
    struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
	*progress = (struct progress){.what = what,
	    .total = total,
	    .done = done,
	    .before = done,
	    .began_us = clock_monotonic_us(),
	    .terminal = isatty(STDERR_FILENO) == 1};
	progress->told = parts_done(progress, 10);
	if (progress->terminal)
		tell(progress);
}

void
progress_add(struct progress *progress, uint64_t count)
{
	progress->done += count;
	if (progress->terminal
		? clock_monotonic_us() - progress->told_us >= PAUSE_US
		: parts_done(progress, 10) > progress->told)
		tell(progress);
}

void
progress_end(struct progress *progress)
{
	if (!progress->open)
		return;
	tell(progress);
	(void)fputc('\n', stderr);
	progress->open = false;
}
