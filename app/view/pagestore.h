/*
 * The page store: pages as files, which a web server sends by itself. It knows
 * folders and names, not what is on a page or when it is right.
 *
 * Pages that go together lie in one folder, a unit. Who makes a page enters
 * its unit before he reads what the page is made of, and puts the page into
 * that very folder, held by its descriptor. Who changes what pages are made of
 * throws the unit away, by one rename, before he says that it is done. So a
 * page from before a change ends where nobody finds it, whichever of the two
 * is later, and whatever threads, processes and hosts they are in: no lock, no
 * clock, and any number of pages in the same time.
 *
 *   FOLDER/pages/site/                 of the site: the boards, its map
 *   FOLDER/pages/b.SLUG/lists/         lists of a board; the first has no slug
 *   FOLDER/pages/b.SLUG/threads/tN/M/  post 100·N+M; no N below 100
 *   FOLDER/trash/                      units that were thrown away
 *
 * What is in the folder may be removed at any time, and is made again; so is
 * the folder itself, by who may make it (a confined worker may not).
 */
#ifndef MADANG_VIEW_PAGESTORE_H
#define MADANG_VIEW_PAGESTORE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pagestore_kind { PAGESTORE_SITE, PAGESTORE_LISTS, PAGESTORE_THREAD };

struct pagestore_unit {
	enum pagestore_kind kind;
	const char *slug; /* of the board; "": the first one */
	uint64_t id;	  /* of the post */
};

/* Posts whose units can be thrown away together: see pagestore_drop_near. */
#define PAGESTORE_NEAR 100

/* Names of pages: letters, digits, "-" and ".". */
#define PAGESTORE_NAME_BYTES 96

/* One page as it is sent; texts are borrowed. */
struct pagestore_page {
	const char *name;
	const char *plain;
	size_t plain_length;
	const char *gzip; /* NULL: there is no compressed form */
	size_t gzip_length;
	/*
	 * Becomes the files' time, in seconds: nginx makes an ETag of time and
	 * size, and this is the worker's part of that (web/conditional.h).
	 */
	uint32_t validator;
};

struct pagestore;

/*
 * Makes the store's folder, unless it is there: for a process that will not be
 * allowed to. Logged when it fails.
 */
void pagestore_make(const char *folder);

/*
 * Touches no file. folder is borrowed and absolute; files and bytes are what
 * the store may hold. ERR_NO_MEMORY.
 */
enum err pagestore_create(const char *folder, uint64_t files, uint64_t bytes,
    struct pagestore **store);
void pagestore_destroy(struct pagestore *store); /* NULL is fine */

/*
 * A unit's folder, made if need be: a descriptor, which the caller closes.
 * -1: it can't be made, logged once till it works again; or the store is full,
 * or others throw away faster than we make.
 */
int pagestore_enter(struct pagestore *store, const struct pagestore_unit *unit);

/*
 * After nothing was put into a unit that was entered: takes the folders away
 * that were made for it, as far as they are empty. Else who asks for what there
 * is not would fill the store.
 */
void pagestore_leave(
    struct pagestore *store, const struct pagestore_unit *unit);

/*
 * Puts a page into a unit that was entered. False: it could not (a full disk),
 * logged as above, or the unit was thrown away and swept. True does not say
 * that a request finds it: the unit may have been thrown away meanwhile.
 */
bool pagestore_put(
    struct pagestore *store, int unit, const struct pagestore_page *page);

/*
 * Throw pages away: after each of these no request finds them any more. By any
 * thread. False: it failed, and old pages may be seen; logged.
 */
bool pagestore_drop(struct pagestore *store, const struct pagestore_unit *unit);
/* The threads of the posts id - id % PAGESTORE_NEAR and the 99 after. */
bool pagestore_drop_near(
    struct pagestore *store, const char *slug, uint64_t id);
bool pagestore_drop_threads(struct pagestore *store, const char *slug);
bool pagestore_drop_board(struct pagestore *store, const char *slug);
bool pagestore_drop_all(struct pagestore *store);

/* Sets the metrics of its size, as far as this process knows it. */
void pagestore_tell(const struct pagestore *store);

/*
 * Removes what was thrown away and, when the store has more than it may, all.
 * By one thread of a process, now and then; a large store takes it seconds.
 */
void pagestore_sweep(struct pagestore *store);
/* From then on a sweep ends soon, without having done all. By any thread. */
void pagestore_stop_sweeping(struct pagestore *store);

#endif
