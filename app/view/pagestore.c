#include "view/pagestore.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE "pages"

/* The setting has at most 255 bytes. */
#define PATH_BYTES 512

/* Others throw a folder away between our making and our opening it. */
#define TRIES 3

/* How often what is there is counted anew: others publish and remove too. */
#define COUNT_US UINT64_C(60000000)

/* Folders and files are for the web server, which is another user. */
#define FOLDER_MODE 0755
#define FILE_MODE   0644

struct pagestore {
	const char *folder;
	uint64_t files_max;
	uint64_t bytes_max;
	/* What is there, as far as this process knows. */
	atomic_uint_fast64_t files;
	atomic_uint_fast64_t bytes;
	uint64_t counted_us; /* by who sweeps */
	/*
	 * Given to temporary files and to trash, with the process's number.
	 * They begin with the time: another store may have that number too, in
	 * this process or in another container.
	 */
	atomic_uint_fast64_t names;
	atomic_bool failing; /* and the log said so */
	atomic_bool stopped; /* who sweeps shall come to an end */
};

enum err
pagestore_create(const char *folder, uint64_t files, uint64_t bytes,
    struct pagestore **created)
{
	struct pagestore *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return ERR_NO_MEMORY;
	store->folder = folder;
	store->files_max = files;
	store->bytes_max = bytes;
	atomic_init(&store->names, clock_monotonic_us());
	*created = store;
	return ERR_OK;
}

void
pagestore_destroy(struct pagestore *store)
{
	free(store);
}

/* Failures */

static void
tell_failure(struct pagestore *store, const char *what)
{
	int failure = errno;

	if (!atomic_exchange(&store->failing, true))
		log_error(MODULE, "%s in %s failed: %s", what, store->folder,
		    strerror(failure));
}

static void
tell_success(struct pagestore *store)
{
	if (atomic_load_explicit(&store->failing, memory_order_relaxed) &&
	    atomic_exchange(&store->failing, false))
		log_info(MODULE, "publishing in %s works again", store->folder);
}

/* Names */

/* A name below the folder's pages, or those themselves. */
static void
path_of(const struct pagestore *store, char path[PATH_BYTES], const char *slug,
    const char *rest)
{
	(void)snprintf(
	    path, PATH_BYTES, "%s/pages/b.%s%s", store->folder, slug, rest);
}

/* "t" and the hundreds of an id. */
static void
path_of_near(const struct pagestore *store, char path[PATH_BYTES],
    const char *slug, uint64_t id)
{
	char rest[64];

	if (id < PAGESTORE_NEAR)
		(void)snprintf(rest, sizeof(rest), "/threads/t");
	else
		(void)snprintf(rest, sizeof(rest), "/threads/t%" PRIu64,
		    id / PAGESTORE_NEAR);
	path_of(store, path, slug, rest);
}

static void
path_of_unit(const struct pagestore *store, char path[PATH_BYTES],
    const struct pagestore_unit *unit)
{
	size_t length;

	switch (unit->kind) {
	case PAGESTORE_SITE:
		(void)snprintf(
		    path, PATH_BYTES, "%s/pages/site", store->folder);
		return;
	case PAGESTORE_LISTS:
		path_of(store, path, unit->slug, "/lists");
		return;
	case PAGESTORE_THREAD:
		path_of_near(store, path, unit->slug, unit->id);
		length = strlen(path);
		/* As the last digits of the id are written: 5, but 105's 05. */
		(void)snprintf(path + length, PATH_BYTES - length,
		    unit->id < PAGESTORE_NEAR ? "/%" PRIu64 : "/%02" PRIu64,
		    unit->id % PAGESTORE_NEAR);
		return;
	}
}

/* Counting */

/* What was removed is not there any more, as far as we had counted it. */
static void
subtract(atomic_uint_fast64_t *counter, uint64_t less)
{
	uint64_t now = atomic_load(counter);

	while (!atomic_compare_exchange_weak(
	    counter, &now, now > less ? now - less : 0))
		continue;
}

/* Folders */

/* Root may run a command; what it makes is not for root alone to remove. */
static void
give_to_owner(const struct pagestore *store, const char *path)
{
	struct stat owner;

	/* It may be thrown away by now. */
	if (geteuid() == 0 && stat(store->folder, &owner) == 0 &&
	    lchown(path, owner.st_uid, owner.st_gid) != 0 && errno != ENOENT)
		log_warning(
		    MODULE, "%s stays root's: %s", path, strerror(errno));
}

static bool
make_folder(struct pagestore *store, const char *path)
{
	if (mkdir(path, FOLDER_MODE) != 0)
		return errno == EEXIST;
	/* One that is asked for may stay empty: it counts too. */
	atomic_fetch_add(&store->files, 1);
	atomic_fetch_add(&store->bytes, tree_room(1));
	give_to_owner(store, path);
	/* Whatever the umask is. */
	return chmod(path, FOLDER_MODE) == 0 || errno == ENOENT;
}

/* A folder of the store with those above it, and the store's own. */
static bool
make_folders(struct pagestore *store, const char *path)
{
	char part[PATH_BYTES];
	size_t at = strlen(store->folder);

	(void)snprintf(part, sizeof(part), "%s", path);
	while (part[at] != '\0') {
		part[at] = '\0';
		if (!make_folder(store, part))
			return false;
		part[at] = '/';
		at += 1 + strcspn(&part[at + 1], "/");
	}
	return make_folder(store, part);
}

void
pagestore_make(const char *folder)
{
	struct pagestore store = {.folder = folder};

	if (!make_folder(&store, folder))
		tell_failure(&store, "making the folder");
}

static bool
is_full(const struct pagestore *store)
{
	return atomic_load_explicit(&store->files, memory_order_relaxed) + 2 >
		   store->files_max ||
	       atomic_load_explicit(&store->bytes, memory_order_relaxed) >
		   store->bytes_max;
}

/* Whether it failed because others throw folders away beside us. */
static bool
is_disturbed(const struct pagestore *store)
{
	int failure = errno;
	bool disturbed = failure == ENOENT && access(store->folder, F_OK) == 0;

	errno = failure;
	return disturbed;
}

int
pagestore_enter(struct pagestore *store, const struct pagestore_unit *unit)
{
	char path[PATH_BYTES];

	/* Who sweeps makes room in a moment. */
	if (is_full(store)) {
		metrics_add(METRIC_PAGES_FULL, 1);
		return -1;
	}
	path_of_unit(store, path, unit);
	for (int i = 0; i < TRIES; i++) {
		int folder =
		    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (folder >= 0)
			return folder;
		if (errno == ENOENT && make_folders(store, path))
			continue;
		if (!is_disturbed(store)) {
			tell_failure(store, "publishing");
			break;
		}
	}
	return -1;
}

void
pagestore_leave(struct pagestore *store, const struct pagestore_unit *unit)
{
	size_t least = strlen(store->folder) + strlen("/pages");
	char path[PATH_BYTES];

	path_of_unit(store, path, unit);
	/* Who has entered it beside us finds that it was thrown away. */
	while (strlen(path) > least && rmdir(path) == 0) {
		subtract(&store->files, 1);
		subtract(&store->bytes, tree_room(1));
		*strrchr(path, '/') = '\0';
	}
}

/* Files */

/* A file without a name that a request could have, then with it. */
static bool
put_file(struct pagestore *store, int unit, const char *name,
    const struct pagestore_page *page, bool gzip)
{
	const char *data = gzip ? page->gzip : page->plain;
	size_t length = gzip ? page->gzip_length : page->plain_length;
	const struct timespec times[2] = {
	    {.tv_sec = page->validator}, {.tv_sec = page->validator}};
	char temporary[64];
	int file, failure;
	bool done;

	(void)snprintf(temporary, sizeof(temporary), ".%ld.%" PRIu64,
	    (long)getpid(), (uint64_t)atomic_fetch_add(&store->names, 1));
	file = openat(unit, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    FILE_MODE);
	if (file < 0)
		return false;
	done = file_write(file, data, length) && fchmod(file, FILE_MODE) == 0 &&
	       futimens(file, times) == 0;
	if (close(file) != 0)
		done = false;
	if (done && renameat(unit, temporary, unit, name) == 0) {
		atomic_fetch_add(&store->files, 1);
		atomic_fetch_add(&store->bytes, tree_room(length));
		return true;
	}
	failure = errno;
	(void)unlinkat(unit, temporary, 0);
	errno = failure;
	return false;
}

bool
pagestore_put(
    struct pagestore *store, int unit, const struct pagestore_page *page)
{
	char compressed[PAGESTORE_NAME_BYTES + 4];
	bool done = true;

	(void)snprintf(compressed, sizeof(compressed), "%s.gz", page->name);
	/* This one first: without it the plain one has another Vary. */
	if (page->gzip != NULL)
		done = put_file(store, unit, compressed, page, true);
	if (done)
		done = put_file(store, unit, page->name, page, false);
	metrics_add(done ? METRIC_PAGES_PUBLISHED : METRIC_PAGES_FAILED, 1);
	if (done)
		tell_success(store);
	else if (errno != ENOENT)
		tell_failure(store, "publishing");
	return done;
}

/* Throwing away */

/* Moves it to where no request leads. False: it failed, with errno. */
static bool
rename_away(struct pagestore *store, const char *path)
{
	char trash[PATH_BYTES];
	char name[PATH_BYTES];

	(void)snprintf(trash, sizeof(trash), "%s/trash", store->folder);
	(void)snprintf(name, sizeof(name), "%s/trash/%ld.%" PRIu64,
	    store->folder, (long)getpid(),
	    (uint64_t)atomic_fetch_add(&store->names, 1));
	if (rename(path, name) == 0)
		return true;
	/* Either there is no trash yet, or nothing to throw away. */
	if (errno != ENOENT || access(path, F_OK) != 0)
		return errno == ENOENT;
	return make_folders(store, trash) &&
	       (rename(path, name) == 0 || errno == ENOENT);
}

/*
 * A full disk may have no room for a name in the trash. Then the files go at
 * once: by the end none of before is left.
 */
static bool
throw_away(struct pagestore *store, const char *path)
{
	for (int i = 0; i < TRIES; i++) {
		if (rename_away(store, path))
			return true;
		if (tree_remove(path, false, NULL, NULL))
			return true;
	}
	/* It is tried each second. */
	log_seldom(LOG_LEVEL_ERROR, MODULE, store->folder,
	    "%s can't be removed: visitors may see old pages until it is: %s",
	    path, strerror(errno));
	return false;
}

bool
pagestore_drop(struct pagestore *store, const struct pagestore_unit *unit)
{
	static const enum metric metrics[] = {
	    [PAGESTORE_SITE] = METRIC_PAGES_DROPPED_SITE,
	    [PAGESTORE_LISTS] = METRIC_PAGES_DROPPED_LISTS,
	    [PAGESTORE_THREAD] = METRIC_PAGES_DROPPED_THREADS};
	char path[PATH_BYTES];

	metrics_add(metrics[unit->kind], 1);
	path_of_unit(store, path, unit);
	return throw_away(store, path);
}

bool
pagestore_drop_near(struct pagestore *store, const char *slug, uint64_t id)
{
	char path[PATH_BYTES];

	metrics_add(METRIC_PAGES_DROPPED_THREADS, 1);
	path_of_near(store, path, slug, id);
	return throw_away(store, path);
}

bool
pagestore_drop_threads(struct pagestore *store, const char *slug)
{
	char path[PATH_BYTES];

	metrics_add(METRIC_PAGES_DROPPED_THREADS, 1);
	path_of(store, path, slug, "/threads");
	return throw_away(store, path);
}

bool
pagestore_drop_board(struct pagestore *store, const char *slug)
{
	char path[PATH_BYTES];

	metrics_add(METRIC_PAGES_DROPPED_BOARD, 1);
	path_of(store, path, slug, "");
	return throw_away(store, path);
}

bool
pagestore_drop_all(struct pagestore *store)
{
	char path[PATH_BYTES];

	metrics_add(METRIC_PAGES_DROPPED_ALL, 1);
	(void)snprintf(path, sizeof(path), "%s/pages", store->folder);
	return throw_away(store, path);
}

void
pagestore_tell(const struct pagestore *store)
{
	metrics_set(METRIC_PAGES_FILES, atomic_load(&store->files));
	metrics_set(METRIC_PAGES_BYTES, atomic_load(&store->bytes));
}

/* Sweeping */

static void
count_anew(struct pagestore *store)
{
	char path[PATH_BYTES];
	struct tree_size size;

	(void)snprintf(path, sizeof(path), "%s/pages", store->folder);
	size = tree_measure(path, &store->stopped);
	if (atomic_load(&store->stopped))
		return;
	atomic_store(&store->files, size.files);
	atomic_store(&store->bytes, size.bytes);
	store->counted_us = clock_monotonic_us();
}

static void
empty_trash(struct pagestore *store)
{
	char path[PATH_BYTES];
	struct tree_size removed = {0};

	(void)snprintf(path, sizeof(path), "%s/trash", store->folder);
	/* What stays now goes the next time. */
	(void)tree_remove(path, true, &removed, &store->stopped);
	subtract(&store->files, removed.files);
	subtract(&store->bytes, removed.bytes);
}

void
pagestore_stop_sweeping(struct pagestore *store)
{
	atomic_store(&store->stopped, true);
}

void
pagestore_sweep(struct pagestore *store)
{
	empty_trash(store);
	if (is_full(store) ||
	    clock_left(store->counted_us + COUNT_US, COUNT_US) == 0)
		count_anew(store);
	if (!is_full(store))
		return;
	(void)pagestore_drop_all(store);
	empty_trash(store);
	count_anew(store);
}
