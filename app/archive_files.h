/*
 * The folder of an archive. Every file in it is whole: it is written beside
 * its place and then put there. What goes wrong is told in one line to
 * standard error, by the function that it went wrong in: then it gives
 * ERR_CONFIG, and nobody needs to tell it again.
 */
#ifndef MADANG_ARCHIVE_FILES_H
#define MADANG_ARCHIVE_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct archive_files {
	const char *name; /* of the folder, as it was given; borrowed */
	int folder;	  /* a descriptor; -1: not open */
};

/*
 * Makes the folder if it is not there, and keeps others from writing an
 * archive into it meanwhile. A folder with files, but without the one that is
 * named mark, is somebody's.
 */
enum err archive_files_open(
    struct archive_files *files, const char *name, const char *mark);
void archive_files_close(struct archive_files *files);

/* Paths of files are below the folder; folders on their way are made. */
enum err archive_files_write(const struct archive_files *files,
    const char *path, const void *data, size_t length);
/* Each file of another folder, which has no folders, into one of this. */
enum err archive_files_copy(
    const struct archive_files *files, const char *from, const char *to);

/*
 * A small file's text into room for size bytes, with a NUL. ERR_NOT_FOUND: it
 * is not there, or larger, which is not told.
 */
enum err archive_files_read(const struct archive_files *files, const char *path,
    char *text, size_t size);

bool archive_files_have(const struct archive_files *files, const char *path);

/* Takes a file, or a folder with all that is in it, away if it is there. */
enum err archive_files_remove(
    const struct archive_files *files, const char *path);

#endif
