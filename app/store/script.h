/*
 * Writes are Lua scripts: each is one step for Redis, all or nothing. Their
 * sources are in store/scripts/ and built into the binary.
 */
#ifndef MADANG_STORE_SCRIPT_H
#define MADANG_STORE_SCRIPT_H

#include "store/store.h"

/* In the order of Makefile.am's lua_sources, behind shared.lua. */
enum script {
	SCRIPT_WHERE,
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
	SCRIPTS
};

/* Its source, for a reader's EVAL in a pipeline with other commands. */
const char *script_text(enum script script);

/*
 * Runs a script, in one round trip if Redis has it: keys words are its KEYS,
 * then the rest its ARGV. EVALSHA, and EVAL when Redis does not have it
 * (NOSCRIPT: it never ran). The script must recognise being run a second time
 * with the same words, or bear it (views). ERR_UNAVAILABLE, ERR_NO_MEMORY,
 * ERR_INTERNAL when the script gives an error (logged).
 */
enum err script_run(struct store *store, enum script script,
    const struct command *words, size_t keys, struct reply *reply);

#endif
