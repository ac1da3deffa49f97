/*
 * A page of an archive: rendered as a worker renders it for a visitor, and
 * then put into a file, with links to other files.
 */
#ifndef MADANG_ARCHIVE_PAGE_H
#define MADANG_ARCHIVE_PAGE_H

#include "archive_find.h"
#include "progress.h"

#include "slot.h"

#include <stdint.h>

struct archive {
	struct slot slot;    /* renders */
	struct arena *arena; /* for all else; whoever uses it empties it */
	struct archive_files files;
	struct archive_state state;
	struct progress progress;
};

struct archive_render {
	const char *slug;	   /* of the board; "": the first */
	struct page_archive shown; /* as it is to be shown */

	/* What it comes to; all in the slot's arena, till the next one. */
	char file[ARCHIVE_FILE_BYTES];
	const char *html;
	size_t length;
	uint64_t pages;		/* of what is paged */
	struct board_info info; /* of the board */
};

/*
 * Renders the page of a path below its board. ERR_NOT_FOUND (also what is
 * elsewhere now), ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err archive_render(
    struct archive *archive, const char *path, struct archive_render *render);

/* Writes it into its file. The errors above, and ERR_CONFIG (told). */
enum err archive_keep(
    struct archive *archive, const struct archive_render *render);

#endif
