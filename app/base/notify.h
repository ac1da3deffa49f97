/*
 * Tells the service manager how the worker does: sd_notify(3)'s protocol, one
 * datagram to the socket that $NOTIFY_SOCKET names. Without that variable
 * nobody listens, and nothing is sent.
 */
#ifndef MADANG_BASE_NOTIFY_H
#define MADANG_BASE_NOTIFY_H

#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int socket; /* -1: nobody listens */
	struct sockaddr_un address;
	socklen_t length;
};

/*
 * Reads the variable, and removes it: what we might start is not the service.
 * A manager that can't be told is no reason not to serve: it is logged.
 */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* The states that a manager knows; status is a line for people. */
void notify_ready(const struct notify *notify, const char *status);
void notify_reloading(const struct notify *notify);
void notify_stopping(const struct notify *notify);

#endif
