/*
 * What is sent to Redis and what comes back: a command of words, a reply of
 * its kinds. Knows no connection.
 */
#ifndef MADANG_STORE_COMMAND_H
#define MADANG_STORE_COMMAND_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define COMMAND_WORDS_MAX 64

/*
 * A text of Redis is cut to so many bytes: what others wrote there must not
 * take a request's memory. More than any post of ours has.
 */
#define REPLY_TEXT_MAX_BYTES (264 * 1024)

/* One Redis command. The words are borrowed: they outlive its run. */
struct command {
	size_t count;
	const char *words[COMMAND_WORDS_MAX];
	size_t lengths[COMMAND_WORDS_MAX];
};

/* command_of(&c, "GET", key, NULL): words are NUL-terminated texts. */
void command_of(struct command *command, const char *word, ...)
    __attribute__((sentinel));
/* Adds a word that may hold any byte. At most COMMAND_WORDS_MAX in all. */
void command_add(struct command *command, const char *data, size_t length);

/*
 * Commands as Redis reads them, one behind the other, in the arena. A list
 * sends some nine hundred words: hiredis takes seven times as long for them.
 * ERR_NO_MEMORY.
 */
enum err command_write(struct arena *arena, const struct command *commands,
    size_t count, char **data, size_t *length);

enum reply_type {
	REPLY_NIL,
	REPLY_TEXT, /* a bulk string or a status */
	REPLY_INTEGER,
	REPLY_ARRAY,
	REPLY_ERROR /* text is Redis's own sentence */
};

struct reply {
	enum reply_type type;
	int64_t integer;
	const char *text; /* NUL-terminated; may hold NULs: see length */
	size_t length;
	struct reply *items;
	size_t count;
};

/*
 * What a REPLY_ERROR means: ERR_UNAVAILABLE for LOADING, READONLY, OOM,
 * MISCONF, NOAUTH, NOPERM, BUSY and their like, which pass or which the owner
 * mends; ERR_INTERNAL for others (WRONGTYPE). Logged, seldom. ERR_OK for any
 * other type of reply.
 */
enum err reply_check(const struct reply *reply);

/*
 * Of a REPLY_ERROR that is ERR_UNAVAILABLE the word that says why ("OOM");
 * NULL for any other reply.
 */
const char *reply_refusal(const struct reply *reply);

#endif
