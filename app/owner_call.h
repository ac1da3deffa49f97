/*
 * One call of an owner's command: what it was given, what it needs, and what
 * all of them say alike. The commands themselves are in owner_board.c and
 * owner_post.c, and owner.c has the table of them.
 */
#ifndef MADANG_OWNER_CALL_H
#define MADANG_OWNER_CALL_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "board/board.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_EXIT_USAGE 2

/* Redis may take so long for an owner's command: nobody waits for a page. */
#define OWNER_COMMAND_MS 10000

struct publisher;

/* What the command line says, behind and beside the command's own word. */
struct owner_words {
	const char *verb;
	char **words;
	size_t count;
	const char *board; /* NULL: not given, as is title */
	const char *title;
	const char *from_tutorial;
	bool all;
	bool repair;
};

struct owner {
	const struct owner_words *said; /* behind the command's own words */
	struct conf conf;
	struct arena *arena;
	struct pool *pool;
	struct publisher *publisher; /* NULL: workers throw pages away */
	const char *slug;	     /* of --board; "": the first */
	struct store store;	     /* of that board */
};

/* The commands: they give the exit status. --board's board is there. */
int owner_list_boards(struct owner *owner);
int owner_add_board(struct owner *owner);
int owner_title_board(struct owner *owner);
int owner_add_category(struct owner *owner);
int owner_tell_stats(struct owner *owner);
int owner_fill(struct owner *owner);
int owner_put_notice(struct owner *owner);
int owner_delete_post(struct owner *owner);
int owner_restore_post(struct owner *owner);
int owner_move_post(struct owner *owner);
int owner_publish(struct owner *owner);
int owner_fsck(struct owner *owner);
int owner_backup(struct owner *owner);
int owner_import(struct owner *owner);
int owner_upgrade(struct owner *owner);

/* A line to standard output; gives EXIT_SUCCESS. */
int owner_done(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line to standard error; gives status. */
int owner_failed(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for an error that no command can do anything about. */
int owner_failed_by(enum err err);
int owner_failed_board(const char *slug);

/* How a board is called in a sentence. */
const char *owner_board_name(const char *slug);

/* A use of a board, beginning now. Its prefix is NULL for lack of memory. */
struct store owner_store(struct owner *owner, const char *slug);
/* ERR_NOT_FOUND: there is no such board; and those of Redis. */
enum err owner_read_board(
    struct owner *owner, const char *slug, struct board_info *info);

/*
 * Words into what they stand for. False, and a line told: they don't. A board
 * is its slug, or / for the first one.
 */
bool owner_parse_slug(const char *word);
bool owner_parse_board(const char *word, const char **slug);
bool owner_parse_id(const char *word, uint64_t *id);
/*
 * A title or a category, cleaned; what calls it in a sentence. EXIT_SUCCESS, or
 * a line is told and this is the exit status.
 */
int owner_parse_line(struct owner *owner, const char *what, const char *word,
    size_t max_chars, const char **line);

#endif
