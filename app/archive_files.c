#include "archive_files.h"

#include "owner_call.h"

#include "base/file.h"
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a file is written before it is put into its place. */
#define FRESH ".madang-new"

#define COPY_BYTES 65536

static enum err
failed(const struct archive_files *files, const char *doing, const char *path)
{
	(void)owner_failed(EXIT_FAILURE, "can't %s %s%s%s: %s", doing,
	    files->name, path[0] != '\0' ? "/" : "", path, strerror(errno));
	return ERR_CONFIG;
}

/* Whether nothing is in the folder, but what a run that ended early left. */
static bool
is_empty(int folder)
{
	int copy = dup(folder);
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	bool empty = listing != NULL;

	while (empty && (entry = readdir(listing)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0 ||
			strcmp(entry->d_name, FRESH) == 0;
	if (listing != NULL)
		(void)closedir(listing);
	else if (copy >= 0)
		(void)close(copy);
	return empty;
}

enum err
archive_files_open(
    struct archive_files *files, const char *name, const char *mark)
{
	*files = (struct archive_files){.name = name, .folder = -1};
	if (mkdir(name, 0777) != 0 && errno != EEXIST)
		return failed(files, "make", "");
	files->folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->folder < 0)
		return failed(files, "open", "");
	if (flock(files->folder, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return failed(files, "lock", "");
		(void)owner_failed(
		    EXIT_FAILURE, "Another madang is writing into %s.", name);
		return ERR_CONFIG;
	}
	if (archive_files_have(files, mark) || is_empty(files->folder))
		return ERR_OK;
	(void)owner_failed(EXIT_FAILURE,
	    "%s is not empty, and no archive of Madang's: nothing is written "
	    "there.",
	    name);
	return ERR_CONFIG;
}

void
archive_files_close(struct archive_files *files)
{
	if (files->folder >= 0)
		(void)close(files->folder);
	files->folder = -1;
}

/* The folders on the way to a file. */
static enum err
make_folders(const struct archive_files *files, const char *path)
{
	char folder[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		(void)snprintf(
		    folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		if (mkdirat(files->folder, folder, 0777) != 0 &&
		    errno != EEXIST)
			return failed(files, "make", folder);
	}
	return ERR_OK;
}

/* A new file that is put into its place by put_fresh; < 0: none (told). */
static int
open_fresh(const struct archive_files *files)
{
	int file = openat(files->folder, FRESH,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (file < 0)
		(void)failed(files, "write", FRESH);
	return file;
}

/* Closes it; what was written of it may only now turn out not to be. */
static enum err
put_fresh(const struct archive_files *files, int file, const char *path)
{
	enum err err;

	if (close(file) != 0)
		return failed(files, "write", path);
	if (renameat(files->folder, FRESH, files->folder, path) == 0)
		return ERR_OK;
	if (errno != ENOENT)
		return failed(files, "write", path);
	err = make_folders(files, path);
	if (err != ERR_OK)
		return err;
	return renameat(files->folder, FRESH, files->folder, path) == 0
		   ? ERR_OK
		   : failed(files, "write", path);
}

enum err
archive_files_write(const struct archive_files *files, const char *path,
    const void *data, size_t length)
{
	int file = open_fresh(files);
	enum err err;

	if (file < 0)
		return ERR_CONFIG;
	if (file_write(file, data, length))
		return put_fresh(files, file, path);
	err = failed(files, "write", path);
	(void)close(file);
	return err;
}

/* One file, from its folder. */
static enum err
copy_file(const struct archive_files *files, int folder, const char *name,
    const char *to)
{
	char bytes[COPY_BYTES];
	char path[PATH_MAX];
	ssize_t length = -1;
	int source = openat(folder, name, O_RDONLY | O_CLOEXEC);
	int file = source < 0 ? -1 : open_fresh(files);

	(void)snprintf(path, sizeof(path), "%s/%s", to, name);
	while (file >= 0 && (length = read(source, bytes, sizeof(bytes))) > 0 &&
	       file_write(file, bytes, (size_t)length)) {
	}
	if (source >= 0)
		(void)close(source);
	if (length == 0)
		return put_fresh(files, file, path);
	if (file >= 0)
		(void)close(file);
	return file < 0 && source >= 0 ? ERR_CONFIG
				       : failed(files, "write", path);
}

enum err
archive_files_copy(
    const struct archive_files *files, const char *from, const char *to)
{
	DIR *listing = opendir(from);
	struct dirent *entry;
	enum err err = ERR_OK;

	if (listing == NULL) {
		(void)owner_failed(
		    EXIT_FAILURE, "can't read %s: %s", from, strerror(errno));
		return ERR_CONFIG;
	}
	while (err == ERR_OK && (entry = readdir(listing)) != NULL)
		if (entry->d_name[0] != '.')
			err =
			    copy_file(files, dirfd(listing), entry->d_name, to);
	(void)closedir(listing);
	return err;
}

enum err
archive_files_read(const struct archive_files *files, const char *path,
    char *text, size_t size)
{
	int file = openat(files->folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (file < 0)
		return errno == ENOENT ? ERR_NOT_FOUND
				       : failed(files, "read", path);
	length = read(file, text, size);
	(void)close(file);
	if (length < 0)
		return failed(files, "read", path);
	if ((size_t)length == size)
		return ERR_NOT_FOUND;
	text[length] = '\0';
	return ERR_OK;
}

bool
archive_files_have(const struct archive_files *files, const char *path)
{
	return faccessat(files->folder, path, F_OK, 0) == 0;
}

enum err
archive_files_remove(const struct archive_files *files, const char *path)
{
	char whole[PATH_MAX];
	int length = snprintf(whole, sizeof(whole), "%s/%s", files->name, path);

	if (length < 0 || (size_t)length >= sizeof(whole)) {
		errno = ENAMETOOLONG;
		return failed(files, "remove", path);
	}
	return tree_remove(whole, false, NULL, NULL)
		   ? ERR_OK
		   : failed(files, "remove", path);
}
