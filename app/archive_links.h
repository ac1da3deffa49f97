/*
 * The links of a page that becomes a file: addresses of the board become
 * relative paths to the files of an archive, which work wherever its folder
 * is. Reads HTML of our own templates only, whose attributes are in double
 * quotes; asks others what is in the archive.
 */
#ifndef MADANG_ARCHIVE_LINKS_H
#define MADANG_ARCHIVE_LINKS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"

#include <stdbool.h>
#include <stddef.h>

/* "boards/SLUG/category/N/page/N.html", and room to spare. */
#define ARCHIVE_FILE_BYTES 128

/*
 * The file of a page, from the archive's folder on: "posts/17.html" is
 * /posts/17. alone is the slug of the only board that is in the archive, whose
 * files then stand at the top; NULL: they all are. False: no file can be it.
 */
bool archive_file_of(
    const struct path *path, const char *alone, char file[ARCHIVE_FILE_BYTES]);

/* A link that was found. */
struct archive_link {
	struct path path;
	const char *fragment; /* what stands behind #, as in HTML; "": none */
	bool own; /* a template made it; else it is in somebody's words */
};

/* Where it leads in the archive. */
struct archive_target {
	char file[ARCHIVE_FILE_BYTES]; /* "": nowhere */
	const char *fragment;	       /* of it; "": none */
};

struct archive_links {
	const char *file;     /* that the page becomes */
	const char *site_url; /* what people write before paths; "": unknown */
	/* Finds the target of a link; an error of its own ends the reading. */
	enum err (*find)(void *context, const struct archive_link *link,
	    struct archive_target *target);
	void *context;
};

/*
 * Appends the page to out. A link that leads nowhere loses its address, or is
 * but words if somebody wrote it; what leads elsewhere, to others, stays.
 * ERR_NO_MEMORY, what find gives, and ERR_INTERNAL (no HTML of ours).
 */
enum err archive_links_rewrite(const struct archive_links *links,
    const char *html, size_t length, struct buf *out);

#endif
