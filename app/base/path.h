/*
 * A path of ours, read into what a table of routes can be searched for: a
 * pattern, the numbers in it, the board and the format. Knows no route: what
 * is read here need not exist.
 */
#ifndef MADANG_BASE_PATH_H
#define MADANG_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_PATTERN_BYTES 64 /* with the NUL */
#define PATH_NUMBERS_MAX   2
#define PATH_SLUG_MAX	   32
/* Ids of posts and numbers of pages; neither has more digits. */
#define PATH_NUMBER_MAX UINT64_C(99999999999999)

enum path_format { PATH_HTML, PATH_JSON, PATH_ATOM };

/* "", ".json" or ".atom": what an address in a format ends with. */
const char *path_suffix(enum path_format format);

/* "/boards/free/posts/5/views/" is "/posts/#/views", 5, "free". */
struct path {
	/* Below its board: "/", or pieces without a slash at the end. */
	char pattern[PATH_PATTERN_BYTES];
	uint64_t numbers[PATH_NUMBERS_MAX]; /* one for each # of the pattern */
	size_t count;			    /* of numbers */
	char slug[PATH_SLUG_MAX + 1];	    /* "": none was named */
	enum path_format format; /* by the suffix, which the pattern lacks */
	bool trailing_slash;	 /* there was one too many: "/all/" */
};

/*
 * Reads a decoded path. False, and *path untouched, when it can't be one of
 * ours: it has an empty piece, "." or "..", a character other than letters,
 * digits and "-._~", a board in a board, a slug that is none, nothing before
 * its suffix, or too much of anything. A number that isn't canonical, or not
 * within 1 to PATH_NUMBER_MAX, is a word like others.
 */
bool path_parse(const char *text, struct path *path);

#endif
