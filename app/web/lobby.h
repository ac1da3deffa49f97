/*
 * Where connections from the web server wait: those whose request has not
 * arrived yet, and then, in the order of their arrival, for a slot. One that
 * says nothing, or half of its request, costs a place in a poll set, never a
 * slot: any number of them leaves nobody hanging.
 *
 * A thread lets them in; slots take them out. So it is known how long each has
 * waited: who comes late shall not ask Redis any more but be told to come back.
 */
#ifndef MADANG_WEB_LOBBY_H
#define MADANG_WEB_LOBBY_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lobby;

/* Connections that are in it at the most: each is a file of the process. */
#define LOBBY_GUESTS_MAX 2048

/*
 * On a listening socket. It closes soon after stop (an eventfd) becomes
 * readable. Longer than late_us nobody waits and is served all the same.
 * ERR_NO_MEMORY, ERR_INTERNAL (logged).
 */
enum err lobby_create(
    int socket, int stop, uint64_t late_us, struct lobby **lobby);
/* Nobody uses it any more. NULL is fine. */
void lobby_destroy(struct lobby *lobby);

/*
 * Lets connections in until it is told to stop, or until the socket fails for
 * good (logged): then false. For a thread of its own; slots wait meanwhile.
 */
bool lobby_run(struct lobby *lobby);

/*
 * Lets nobody in any more: what lobby_run does at its end, and what is left to
 * do for the slots' sake where it never runs.
 */
void lobby_close(struct lobby *lobby);

/*
 * To be called before it is told to stop, where its socket is nobody else's:
 * whoever comes later is then refused by the kernel, and who has come is
 * served. Else another lobby, or another process, goes on with the socket.
 */
void lobby_be_last(struct lobby *lobby);

/*
 * The next connection whose request is there, up to the end of its parameters,
 * which are the next *head bytes to be read; the caller closes it. -1 once the
 * lobby has closed and all that were in it are served. *late: it has waited for
 * over late_us (the log says when that begins and when it is over).
 */
int lobby_take(struct lobby *lobby, size_t *head, bool *late);

/* One slot more takes from it. */
void lobby_join(struct lobby *lobby);

/*
 * Whether a slot may wait for somebody who sends slowly: half of them may at
 * once, and one of one. Whoever may says when that is over.
 */
bool lobby_begin_patience(struct lobby *lobby);
void lobby_end_patience(struct lobby *lobby);

#endif
