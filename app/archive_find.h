/*
 * Where the links of a page lead in an archive: what is in it is what its
 * state says, and which post is where Redis is asked for.
 */
#ifndef MADANG_ARCHIVE_FIND_H
#define MADANG_ARCHIVE_FIND_H

#include "archive_files.h"
#include "archive_links.h"
#include "archive_state.h"

#include "base/arena.h"
#include "base/conf.h"
#include "store/pool.h"

struct archive_finder {
	const struct conf *conf;
	struct pool *pool;
	struct arena *arena; /* its own: it is emptied for each link */
	const struct archive_files *files;
	const struct archive_state *state;

	/* The page whose links these are. */
	const char *slug;
	const char *file;
	const char *html;
};

/* The slug of the only board that is in it; NULL: they all are. */
const char *archive_alone(const struct archive_state *state);

/* An archive_links.find; the context is a finder. Errors of Redis. */
enum err archive_find(void *context, const struct archive_link *link,
    struct archive_target *target);

/* A use of a board in an arena, beginning now. ERR_NO_MEMORY. */
enum err archive_store(const struct conf *conf, struct pool *pool,
    struct arena *arena, const char *slug, struct store *store);

#endif
