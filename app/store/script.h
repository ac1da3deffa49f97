/*
 * Writes are Lua scripts: each is one step for Redis, all or nothing. Their
 * sources are in store/scripts/ and built into the binary.
 */
#ifndef MADANG_STORE_SCRIPT_H
#define MADANG_STORE_SCRIPT_H

#include "store/store.h"

enum script { SCRIPT_POST, SCRIPT_WHERE, SCRIPTS };

/*
 * Runs a script, in one round trip if Redis has it: keys words are its KEYS,
 * then the rest its ARGV. EVALSHA, and EVAL when Redis does not have it
 * (NOSCRIPT: it never ran). The script must recognise being run a second time
 * with the same words. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL when the
 * script gives an error (logged).
 */
enum err script_run(struct store *store, enum script script,
    const struct command *words, size_t keys, struct reply *reply);

#endif
