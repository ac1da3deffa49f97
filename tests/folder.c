#include "folder.h"

#include "support.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 65536

char folder[64];
struct pagestore *folder_store;
static char above[48];

void
folder_create(void)
{
	support_folder(above, sizeof(above));
	(void)snprintf(folder, sizeof(folder), "%s/store", above);
	folder_store = NULL;
	folder_open(FOLDER_FILES, FOLDER_BYTES);
}

void
folder_open(uint64_t files, uint64_t bytes)
{
	pagestore_destroy(folder_store);
	ck_assert_int_eq(
	    pagestore_create(folder, files, bytes, &folder_store), ERR_OK);
}

static int
remove_entry(
    const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

void
folder_destroy(void)
{
	pagestore_destroy(folder_store);
	(void)nftw(above, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
folder_path(const char *name)
{
	return arena_printf(support_arena(), "%s/%s", folder, name);
}

static bool
look_at(const char *name, struct stat *status)
{
	return lstat(folder_path(name), status) == 0;
}

bool
folder_has(const char *name)
{
	struct stat status;

	return look_at(name, &status);
}

mode_t
folder_mode(const char *name)
{
	struct stat status;

	ck_assert_msg(look_at(name, &status), "no %s", name);
	return status.st_mode & 07777;
}

int64_t
folder_time(const char *name)
{
	struct stat status;

	ck_assert_msg(look_at(name, &status), "no %s", name);
	ck_assert_int_eq(status.st_mtim.tv_nsec, 0);
	return status.st_mtim.tv_sec;
}

const char *
folder_read(const char *name)
{
	char *text = arena_zalloc(support_arena(), 1, TEXT_MAX);
	int file = open(folder_path(name), O_RDONLY | O_CLOEXEC);

	ck_assert_ptr_nonnull(text);
	if (file < 0)
		return "";
	ck_assert_int_ge(read(file, text, TEXT_MAX - 1), 0);
	(void)close(file);
	return text;
}

size_t
folder_count(const char *name)
{
	DIR *list = opendir(folder_path(name));
	struct dirent *entry;
	size_t count = 0;

	while (list != NULL && (entry = readdir(list)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			count++;
	if (list != NULL)
		(void)closedir(list);
	return count;
}

static size_t files;

static int
count_file(
    const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)path;
	(void)status;
	(void)walk;
	files += flag != FTW_D;
	return 0;
}

size_t
folder_files(void)
{
	files = 0;
	(void)nftw(folder, count_file, 8, FTW_PHYS);
	return files;
}

void
folder_wipe(const char *name)
{
	(void)nftw(folder_path(name), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void
folder_make_file(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	ck_assert_int_ge(file, 0);
	(void)close(file);
}

struct pagestore_unit
unit_site(void)
{
	return (struct pagestore_unit){.kind = PAGESTORE_SITE, .slug = ""};
}

struct pagestore_unit
unit_lists(const char *slug)
{
	return (struct pagestore_unit){.kind = PAGESTORE_LISTS, .slug = slug};
}

struct pagestore_unit
unit_thread(const char *slug, uint64_t id)
{
	return (struct pagestore_unit){
	    .kind = PAGESTORE_THREAD, .slug = slug, .id = id};
}

struct pagestore_page
folder_page(const char *name, const char *text)
{
	return (struct pagestore_page){.name = name,
	    .plain = text,
	    .plain_length = strlen(text),
	    .validator = FOLDER_VALIDATOR};
}

int
folder_enter(struct pagestore_unit unit)
{
	int entered = pagestore_enter(folder_store, &unit);

	ck_assert_int_ge(entered, 0);
	return entered;
}

bool
folder_put(int entered, const char *name, const char *text)
{
	struct pagestore_page page = folder_page(name, text);
	bool done = pagestore_put(folder_store, entered, &page);

	ck_assert_int_eq(close(entered), 0);
	return done;
}

bool
folder_publish(struct pagestore_unit unit)
{
	int entered = pagestore_enter(folder_store, &unit);

	return entered >= 0 && folder_put(entered, "name", "text");
}

bool
folder_drop(struct pagestore_unit unit)
{
	return pagestore_drop(folder_store, &unit);
}
