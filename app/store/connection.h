/*
 * One connection to Redis: the only module that knows hiredis. It serves one
 * thread at a time; after any error it is out of step, to be closed and never
 * used again. Nothing of hiredis leaves here: replies are read into the
 * caller's arena. hiredis writes to connections that Redis may have closed: the
 * program ignores SIGPIPE.
 */
#ifndef MADANG_STORE_CONNECTION_H
#define MADANG_STORE_CONNECTION_H

#include "base/arena.h"
#include "store/command.h"

#include <stdbool.h>

struct connection_settings {
	const char *address; /* "/path/of/socket" or "host:port" */
	const char *user;    /* "" for none */
	const char *password;
	uint64_t database;
	uint64_t connect_ms;
	uint64_t command_ms;
};

struct connection;

/*
 * A new connection, logged in, its database chosen; until
 * clock_monotonic_us(). NULL, and why in reason, of size bytes.
 */
struct connection *connection_open(const struct connection_settings *settings,
    uint64_t until, char *reason, size_t size);
void connection_close(struct connection *connection); /* NULL is fine */

/* For poll(). */
int connection_fd(const struct connection *connection);

/*
 * Whether more has been read than replies were taken. After a run, which knows
 * how many it wants, they are out of step: one was damaged on its way.
 */
bool connection_has_more(const struct connection *connection);

/*
 * Sends count commands in one write and reads their replies. ERR_UNAVAILABLE,
 * which is not logged: connection_failure says why; also, with nothing sent,
 * when something had come that nobody asked for. ERR_NO_MEMORY.
 */
enum err connection_run(struct connection *connection, uint64_t until,
    struct arena *arena, const struct command *commands, size_t count,
    struct reply *replies);

/*
 * For a connection that Redis talks on unasked: sends a command whose reply
 * connection_next gives, among others. Errors as above.
 */
enum err connection_send(struct connection *connection, struct arena *arena,
    uint64_t until, const struct command *command);

/*
 * The next reply, if it has begun to arrive; nothing is waited for but its end,
 * until then. ERR_TIMEOUT: none has. Other errors as above.
 */
enum err connection_next(struct connection *connection, struct arena *arena,
    uint64_t until, struct reply *reply);

/*
 * Right after a failure: what happened, in words that live as long as the
 * connection; whether the other side had hung up, perhaps long ago, or nothing
 * was sent: another connection may do better.
 */
const char *connection_failure(const struct connection *connection);
bool connection_was_dead(const struct connection *connection);

#endif
