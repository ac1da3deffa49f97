/*
 * Which process serves a socket. Who opened it may be another than the worker:
 * systemd, or spawn-fcgi, which has gone.
 */
#ifndef MADANG_INSPECT_WORKER_H
#define MADANG_INSPECT_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

struct worker_found {
	pid_t process;
	uid_t user;
};

/*
 * The worker of a socket, a path or host:port; opened_by: who listens by the
 * kernel's word, 0: not known. Only root sees which socket a process has; for
 * others it is the one whose user all workers that run have in common. False:
 * there is none, or there are several and no telling which.
 */
bool worker_find(
    const char *socket, pid_t opened_by, struct worker_found *found);

#endif
