/*
 * The socket that the web server connects to: how it is opened, or told from
 * what else a program may be started with. What comes over it is web/lobby's.
 */
#ifndef MADANG_WEB_LISTENER_H
#define MADANG_WEB_LISTENER_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Connections that the kernel keeps for us; its own limit (net.core.somaxconn)
 * cuts it. A unix socket whose queue is full refuses at once, and nginx answers
 * 502: so it is long.
 */
#define LISTENER_BACKLOG 4096

/*
 * Opens a listening socket: a path, which has a slash (mode 0660; a stale one
 * that nobody listens on is replaced), or host:port. beyond: also where other
 * machines reach it. ERR_CONFIG after a log line.
 */
enum err listener_open(const char *address, bool beyond, int *socket);

/* The file of a path that listener_open just opened, to know it again. */
struct listener_file {
	dev_t device;
	ino_t inode; /* 0: there is none */
};
struct listener_file listener_file_of(const char *address);

/*
 * Before a socket that listener_open opened is closed: nobody finds it any
 * more, and a successor can have its own at the same path. A successor that has
 * it already keeps it: as long as ours is open, no other file has its number.
 */
void listener_leave(const char *address, struct listener_file file);

/*
 * For a socket that somebody else has opened: ERR_CONFIG after a log
 * line, which calls it by that name, when other machines reach it and may not.
 */
enum err listener_check(const char *name, int socket, bool beyond);

/* Whether who connects to an address is on this machine. */
struct sockaddr;
bool listener_is_loopback(const struct sockaddr *address);

/*
 * Whoever would come is turned away, while those who have are still there to
 * be accepted: for a socket that is this process's alone, before it is shut.
 */
void listener_refuse(int socket);

/*
 * A socket that systemd gave by sd_listen_fds(3)'s protocol, moved to file
 * descriptor 0, where all other starters put theirs. Nothing, if it gave none.
 */
void listener_adopt(void);

/* Whether an error of accept(2) concerns one connection, or nobody. */
bool listener_goes_on(int error);

/* Whether it concerns the machine, and may pass. */
bool listener_is_exhausted(int error);

/* Whether fd is a listening socket: how FastCGI programs are started. */
bool listener_is_open(int fd);

#endif
