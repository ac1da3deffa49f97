#include "owner.h"

#include "board/board.h"
#include "pages/publisher.h"
#include "slot.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a command does with the options. */
#define BOARD  1u  /* takes --board, and that board has to be there */
#define TITLE  2u  /* wants --title */
#define ALL    4u  /* wants --all */
#define REPAIR 8u  /* takes --repair */
#define FINDS  16u /* 1 is what it finds, 2 that it can't */
#define SOURCE 32u /* wants --from-tutorial */
#define BUSY   64u /* also while the board is not of this layout */

static const struct verb {
	const char *name;
	const char *second; /* NULL: the name is one word */
	const char *usage;
	size_t words;
	unsigned options;
	int (*run)(struct owner *owner);
} verbs[] = {
    {"board", "list", "", 0, 0, owner_list_boards},
    {"board", "add", " SLUG --title TITLE", 1, TITLE, owner_add_board},
    {"board", "title", " TITLE [--board SLUG]", 1, BOARD, owner_title_board},
    {"board", "category", " NAME [--board SLUG]", 1, BOARD, owner_add_category},
    {"notice", NULL, " ID on|off [--board SLUG]", 2, BOARD, owner_put_notice},
    {"delete", NULL, " ID [--board SLUG]", 1, BOARD, owner_delete_post},
    {"restore", NULL, " ID [--board SLUG]", 1, BOARD, owner_restore_post},
    {"move", NULL, " ID BOARD [--board SLUG]", 2, BOARD, owner_move_post},
    {"stats", NULL, " [--board SLUG]", 0, BOARD, owner_tell_stats},
    {"fill", NULL, " N [--board SLUG]", 1, BOARD, owner_fill},
    {"publish", NULL, " --all FOLDER [--board SLUG]", 1, BOARD | ALL,
	owner_publish},
    {"fsck", NULL, " [--repair] [--board SLUG]", 0, BOARD | REPAIR | FINDS,
	owner_fsck},
    {"backup", NULL, " FILE [--board SLUG]", 1, BOARD | FINDS | BUSY,
	owner_backup},
    {"import", NULL, " FILE", 1, FINDS | BUSY, owner_import},
    {"import", NULL, " --from-tutorial redis://HOST:PORT", 0,
	SOURCE | FINDS | BUSY, owner_import},
    {"upgrade", NULL, "", 0, BUSY, owner_upgrade},
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

bool
owner_knows(const char *verb)
{
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verb, verbs[i].name) == 0)
			return true;
	return false;
}

static void
print_verb(FILE *stream, const char *before, const struct verb *verb)
{
	(void)fprintf(stream, "%s madang %s%s%s%s\n", before, verb->name,
	    verb->second != NULL ? " " : "",
	    verb->second != NULL ? verb->second : "", verb->usage);
}

void
owner_print_usage(FILE *stream)
{
	for (size_t i = 0; i < VERBS; i++)
		print_verb(stream, "      ", &verbs[i]);
}

void
owner_print_usage_of(FILE *stream, const char *verb)
{
	const char *before = "Usage:";

	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(verb, verbs[i].name) == 0) {
			print_verb(stream, before, &verbs[i]);
			before = "      ";
		}
}

static bool
words_fit(const struct verb *verb, const struct owner_words *said)
{
	size_t own = verb->second != NULL ? 1 : 0;
	unsigned given = (said->board != NULL ? BOARD : 0) |
			 (said->title != NULL ? TITLE : 0) |
			 (said->all ? ALL : 0) | (said->repair ? REPAIR : 0) |
			 (said->from_tutorial != NULL ? SOURCE : 0);

	return said->count == verb->words + own &&
	       (given & ~verb->options) == 0 &&
	       (verb->options & (TITLE | ALL | SOURCE) & ~given) == 0;
}

static bool
is_meant(const struct verb *verb, const struct owner_words *said)
{
	return strcmp(said->verb, verb->name) == 0 &&
	       (verb->second == NULL ||
		   (said->count > 0 &&
		       strcmp(said->words[0], verb->second) == 0));
}

/* The command that is meant; NULL, and what there is, when none is. */
static const struct verb *
find_verb(const struct owner_words *said)
{
	bool known = false;

	for (size_t i = 0; i < VERBS; i++) {
		if (is_meant(&verbs[i], said) && words_fit(&verbs[i], said))
			return &verbs[i];
		known = known || is_meant(&verbs[i], said);
	}
	for (size_t i = 0; i < VERBS; i++)
		if (known ? is_meant(&verbs[i], said)
			  : strcmp(said->verb, verbs[i].name) == 0)
			print_verb(stderr, "Usage:", &verbs[i]);
	return NULL;
}

/* The status when the command can't even begin. */
static int
status_of_failure(const struct verb *verb)
{
	return verb->options & FINDS ? OWNER_EXIT_USAGE : EXIT_FAILURE;
}

/* With settings, memory and pool: is the board there? A status if it is not. */
static int
find_board(struct owner *owner, const struct verb *verb)
{
	struct board_info info;
	enum err err;

	owner->store = owner_store(owner, owner->slug);
	err = owner->store.prefix == NULL ? ERR_NO_MEMORY
					  : board_ping(&owner->store);
	if (err == ERR_BUSY && (verb->options & BUSY))
		err = ERR_OK;
	if (err == ERR_BUSY)
		return owner_failed(EXIT_FAILURE,
		    "The board is being imported or upgraded, or has to be: "
		    "madang upgrade does the latter.");
	if (err == ERR_CONFIG)
		return owner_failed(EXIT_FAILURE,
		    "%s holds keys that this Madang does not know.",
		    owner->conf.redis.address);
	if (err == ERR_OK && (verb->options & BOARD))
		err = board_read_info(&owner->store, &info);
	if (err == ERR_NOT_FOUND)
		return owner_failed_board(owner->slug);
	return err != ERR_OK ? owner_failed_by(err) : EXIT_SUCCESS;
}

/*
 * In the page store root goes as the user whose it is, as the workers do: it
 * would follow any link that a worker, taken over, had put there.
 */
static bool
goes_as_owner(const char *folder)
{
	struct stat of;
	const struct passwd *user;

	if (geteuid() != 0)
		return true;
	if (stat(folder, &of) != 0)
		return false;
	user = getpwuid(of.st_uid);
	return user != NULL && initgroups(user->pw_name, of.st_gid) == 0 &&
	       setegid(of.st_gid) == 0 && seteuid(of.st_uid) == 0;
}

/*
 * Pages that a command makes old go before it ends. Who may not write in their
 * folder leaves that to the workers, which hear of it a moment later.
 */
static enum err
open_pages(struct owner *owner, const struct verb *verb)
{
	/* An archive makes nothing old, and is for whoever makes it. */
	if ((verb->options & ALL) ||
	    access(owner->conf.pages.folder, W_OK) != 0 ||
	    !goes_as_owner(owner->conf.pages.folder))
		return ERR_OK;
	return publisher_create(&owner->conf, &owner->publisher);
}

int
owner_run(worker_load *load, void *context, const struct owner_words *said)
{
	const struct verb *verb = find_verb(said);
	struct owner_words rest = *said;
	struct owner owner = {.said = &rest, .slug = ""};
	int status;

	if (verb == NULL || (said->board != NULL &&
				!owner_parse_board(said->board, &owner.slug)))
		return OWNER_EXIT_USAGE;
	if (verb->second != NULL) {
		rest.words++;
		rest.count--;
	}
	if (load(context, &owner.conf) != ERR_OK)
		return status_of_failure(verb);
	/* A Redis that hangs up is an error, not the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (owner.conf.redis.command_ms < OWNER_COMMAND_MS)
		owner.conf.redis.command_ms = OWNER_COMMAND_MS;
	owner.arena = arena_create((size_t)owner.conf.limits.request_bytes);
	if (owner.arena == NULL ||
	    slot_pool_create(&owner.conf, &owner.pool) != ERR_OK ||
	    open_pages(&owner, verb) != ERR_OK)
		status = owner_failed_by(ERR_NO_MEMORY);
	else
		status = find_board(&owner, verb);
	status = status == EXIT_SUCCESS ? verb->run(&owner)
					: status_of_failure(verb);
	publisher_destroy(owner.publisher);
	pool_destroy(owner.pool);
	arena_destroy(owner.arena);
	return status;
}
