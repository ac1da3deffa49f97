/*
 * The lines of a backup, one JSON object each: what they say, and how they are
 * written and read. README describes them. Of a line that is read nothing is
 * believed: names and numbers are checked here, and what else a text says is
 * data, as all that Redis holds is. Knows neither Redis nor files.
 */
#ifndef MADANG_BOARD_DUMP_H
#define MADANG_BOARD_DUMP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the format, which is not that of the keys' layout. */
#define DUMP_FORMAT 1

/* A line that is longer is none of ours. */
#define DUMP_LINE_MAX_BYTES (24UL * 1024 * 1024)

/* The name of a field in a hash: others' fields are kept, too. */
#define DUMP_NAME_MAX_BYTES 64

/* So long a deleted post may stay in the trash: ten years. */
#define DUMP_LEFT_MAX_MS UINT64_C(315360000000)

enum dump_kind {
	DUMP_BEGIN, /* the first line */
	DUMP_POST,  /* all of a post or a reply; or that it is not there */
	DUMP_VIEWS, /* of the ids 100 number to 100 number + 99 */
	DUMP_BOARD, /* what a board has one of; of each board one */
	DUMP_END,   /* the last line */
	DUMP_KINDS
};

/* The texts of a line. */
enum dump_text_part {
	DUMP_NAME,
	DUMP_TEXT,
	DUMP_LAST_ID,
	DUMP_SECRET_KEY,
	DUMP_BY, /* which program wrote it */
	DUMP_SHA256,
	DUMP_TEXTS
};

/* Lists of texts. In hashes names and values take turns. */
enum dump_list_part {
	DUMP_META,
	DUMP_WORDS,
	DUMP_VERSIONS,
	DUMP_RECOMMEND,
	DUMP_REPLIES,
	DUMP_TRASH,
	DUMP_COUNTS,
	DUMP_ABOUT,
	DUMP_NOTICES,
	DUMP_LISTS
};

struct dump_text {
	const char
	    *data; /* any bytes, with a NUL behind; NULL: there is none */
	size_t length;
};

struct dump_list {
	struct dump_text *items;
	size_t count;
	uint64_t left_ms; /* till it is gone by itself; 0: it stays */
};

struct dump_line {
	enum dump_kind kind;
	const char *slug; /* of its board; "": the first */
	uint64_t number;  /* a post's id, a number of views, or lines */
	uint64_t version; /* of the format, or of a board's layout; or 0 */
	uint64_t time_ms; /* when the backup began */
	struct dump_text texts[DUMP_TEXTS];
	struct dump_list lists[DUMP_LISTS];
};

/*
 * Whether a line is one that a backup may have: not too long, nor of so many
 * parts that what they are read into would be a hundred times as large.
 */
bool dump_line_fits(const char *text, size_t length);

/* The line, without a line feed. ERR_NO_MEMORY. */
enum err dump_write(const struct dump_line *line, struct buf *out);

/*
 * A line that was read, in the arena. NULL: *line is right; else a sentence,
 * without its end, of what is wrong with it.
 */
const char *dump_read(struct arena *arena, const char *text, size_t length,
    struct dump_line *line);

/* Whether a name may be that of a field. */
bool dump_name_is_valid(const char *name, size_t length);

/* What a JSON object calls the parts, and which kinds of line have them. */
enum dump_form { DUMP_HASH, DUMP_LIST, DUMP_PARTED };
struct dump_part {
	const char *name;
	enum dump_kind kind;
	enum dump_form form; /* of a list; its parts stand between NULs */
};
extern const char *const dump_kind_names[DUMP_KINDS];
extern const struct dump_part dump_text_parts[DUMP_TEXTS];
extern const struct dump_part dump_list_parts[DUMP_LISTS];
/* How a line calls its number and its version; NULL: it has none. */
extern const char *const dump_number_names[DUMP_KINDS];
extern const char *const dump_version_names[DUMP_KINDS];

#endif
