/*
 * The border to the web server: FastCGI through libfcgi, or plain CGI. The
 * only module that knows libfcgi. One gateway per slot.
 */
#ifndef MADANG_WEB_GATEWAY_H
#define MADANG_WEB_GATEWAY_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gateway;
struct lobby;

/* Once, before threads. ERR_INTERNAL. */
enum err gateway_init(void);

/* FastCGI with those who come to a lobby, which outlives it. ERR_NO_MEMORY. */
enum err gateway_create(struct lobby *lobby, struct gateway **gateway);
/* One request of plain CGI: the environment, standard input and output. */
enum err gateway_create_cgi(struct gateway **gateway);
void gateway_destroy(struct gateway *gateway); /* NULL is fine */

/*
 * Waits for a request and gives its CGI environment, which lives until
 * gateway_finish. NULL: the lobby is closed.
 */
char *const *gateway_accept(struct gateway *gateway);
/* Whether it has waited for too long: see lobby_take. */
bool gateway_is_late(const struct gateway *gateway);

/*
 * Reads the body: exactly length bytes, and a NUL behind them, in the arena.
 * ERR_TIMEOUT when they have not come within ms milliseconds, or soon, where
 * others are waited for; ERR_MALFORMED when there are fewer, ERR_NO_MEMORY.
 */
enum err gateway_read(struct gateway *gateway, struct arena *arena,
    size_t length, uint64_t ms, const char **body);

/* Sends the answer, once. False: the other side is gone. */
bool gateway_write(struct gateway *gateway, const char *head,
    size_t head_length, const char *body, size_t body_length);

/* Ends the request. */
void gateway_finish(struct gateway *gateway);

#endif
