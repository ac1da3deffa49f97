/*
 * Connections from the web server: the listening socket that all slots share
 * and, for each slot, a waiting room for those whose request has not arrived
 * yet. A connection that says nothing, or half of its request, costs a place
 * in a poll set, never a slot: any number of them leaves nobody hanging.
 */
#ifndef MADANG_WEB_LISTENER_H
#define MADANG_WEB_LISTENER_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Opens a listening socket: a path, which has a slash (mode 0660; a stale one
 * that nobody listens on is replaced), or host:port. ERR_CONFIG after a log
 * line.
 */
enum err listener_open(const char *address, int *socket);

/* Whether fd is a listening socket: how FastCGI programs are started. */
bool listener_is_open(int fd);

struct listener;

/*
 * A slot's own view of the socket. It stops soon after stop (an eventfd)
 * becomes readable. ERR_NO_MEMORY, ERR_INTERNAL (logged).
 */
enum err listener_create(int socket, int stop, struct listener **listener);
void listener_destroy(struct listener *listener); /* NULL is fine */

/*
 * The next connection whose request is there; the caller closes it. -1
 * once stopped, after those that were waiting have been served, or when the
 * socket fails for good (logged; *failed is then true).
 */
int listener_accept(struct listener *listener, bool *failed);

#endif
