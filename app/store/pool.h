/*
 * Connections to Redis, shared by the slots: the only module that knows
 * hiredis. A connection serves one thread at a time; after any error it is
 * closed, never used again. Nothing of hiredis leaves here: replies are
 * copied into the caller's arena. hiredis writes to connections that Redis may
 * have closed: the program ignores SIGPIPE.
 */
#ifndef MADANG_STORE_POOL_H
#define MADANG_STORE_POOL_H

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

struct pool_settings {
	const char *address; /* "/path/of/socket" or "host:port" */
	const char *user;    /* "" for none */
	const char *password;
	uint64_t database;
	uint64_t connect_ms;
	uint64_t command_ms;
	uint64_t wait_ms; /* for a connection that others have in use */
	size_t size;	  /* connections, at most */
};

struct pool;

/*
 * Connects nothing yet. The settings' texts are borrowed for the pool's life.
 * ERR_NO_MEMORY.
 */
enum err pool_create(const struct pool_settings *settings, struct pool **pool);
/* All connections have been returned. NULL is fine. */
void pool_destroy(struct pool *pool);

/*
 * Sends count commands in one write and reads their replies: one round trip.
 * replies[i] belongs to commands[i]; an error of Redis is a REPLY_ERROR, not
 * an error of the run. Whatever is run must bear to be run twice: when a kept
 * connection turns out to be dead (Redis was restarted) the whole run is
 * tried again, once, on a new one.
 * until: clock_monotonic_us() after which nothing is waited for. After a
 * failure one run at a time tries Redis, and those beside it fail at once
 * when that takes long.
 * ERR_UNAVAILABLE (logged when Redis goes away and when it is back),
 * ERR_NO_MEMORY.
 */
enum err pool_run(struct pool *pool, struct arena *arena, uint64_t until,
    const struct command *commands, size_t count, struct reply *replies);

/*
 * What a REPLY_ERROR means: ERR_UNAVAILABLE for LOADING, READONLY, OOM,
 * MISCONF, NOAUTH, NOPERM, BUSY and their like, which pass or which the owner
 * mends; ERR_INTERNAL for others (WRONGTYPE). Logged. ERR_OK for any other
 * type of reply.
 */
enum err reply_check(const struct reply *reply);

#endif
