/*
 * Writes are Lua scripts: each is one step for Redis, all or nothing. Their
 * sources are in store/scripts/ and built into the binary.
 */
#ifndef MADANG_STORE_SCRIPT_H
#define MADANG_STORE_SCRIPT_H

#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * In the order of Makefile.am's lua_sources; shared.lua, fsck.lua and
 * fsck_thread.lua stand before others and are none.
 */
enum script {
	SCRIPT_WHERE,
	SCRIPT_ROOTS,
	SCRIPT_POST,
	SCRIPT_EDIT,
	SCRIPT_DELETE,
	SCRIPT_RESTORE,
	SCRIPT_RECOMMEND,
	SCRIPT_TRY,
	SCRIPT_NOTICE,
	SCRIPT_VIEWS,
	SCRIPT_MOVE,
	SCRIPT_BOARD,
	SCRIPT_FILL,
	SCRIPT_DUMP,
	SCRIPT_IMPORT,
	SCRIPT_UPGRADE,
	SCRIPT_FSCK_POSTS,
	SCRIPT_FSCK_KEYS,
	SCRIPTS
};

/* Its source, for a reader's EVAL in a pipeline with other commands. */
const char *script_text(enum script script);

/*
 * The words of a script that writes: begun with those that all of them get
 * (see scripts/shared.lua), and its own added. ERR_NO_MEMORY.
 */
enum err script_begin(struct store *store, struct command *words);
void script_add(struct command *words, const char *word);
enum err script_add_number(
    struct store *store, struct command *words, uint64_t number);
/* SEAL_KEY_BYTES that nobody can foretell: a script has no such by itself. */
enum err script_add_random(struct store *store, struct command *words);

/*
 * Runs a script, in one round trip if Redis has it: EVALSHA, and EVAL when
 * Redis does not have it (NOSCRIPT: it never ran). The script must recognise
 * being run a second time with the same words, or bear it (views).
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL when the script gives an error
 * (logged).
 */
enum err script_run(struct store *store, enum script script,
    const struct command *words, struct reply *reply);

/* Whether a script's reply begins with the word. */
bool script_says(const struct reply *reply, const char *word);

#endif
