#include "web/listener.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/record.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MODULE "listener"

/*
 * The kernel's own limit (net.core.somaxconn) cuts it. A unix socket whose
 * queue is full refuses at once, and nginx answers 502: so it is long.
 */
#define BACKLOG 4096

/* Connections that may wait in one slot for their request. */
#define WAITING_MAX 256
/*
 * What a request may take up to the end of its parameters: more than the
 * setting limits.header_bytes allows, and less than a socket's buffer holds.
 */
#define LOOK_BYTES (128 * 1024)
/* How long they may; a web server sends its request with the connection. */
#define WAITING_US (10 * 1000000UL)
/* How long one that is waiting when we stop is still given. */
#define STOPPING_US (1 * 1000000UL)
/* The pause when the process is out of file descriptors or memory. */
#define EXHAUSTED_MS 100

struct waiting {
	int fd;
	uint64_t since_us;
};

struct listener {
	int socket;
	int stop;
	int epoll;
	uint64_t stopped_us; /* 0: not stopped */
	size_t count;
	struct waiting waiting[WAITING_MAX]; /* the oldest first */
	unsigned char look[LOOK_BYTES];
};

/* Opening */

/* A unix socket's file that nobody listens on: left by a kill -9. */
static bool
socket_is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale;

	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)address,
		    sizeof(*address)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int
open_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	mode_t mask;
	int bound;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    socket_is_stale(&address))
		(void)unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Whoever can connect can speak for any visitor: no others. */
	mask = umask(0117);
	bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	if (bound != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
open_tcp(const char *address)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	char host[ADDRESS_HOST_MAX];
	char service[8];
	struct addrinfo *found;
	int port;
	int fd;

	if (!address_split(address, host, &port)) {
		errno = EINVAL;
		return -1;
	}
	(void)snprintf(service, sizeof(service), "%d", port);
	/* Without a host: every address of this machine. */
	if (getaddrinfo(
		host[0] != '\0' ? host : NULL, service, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	/* FastCGI knows no password: whoever connects is believed. */
	log_warning(MODULE,
	    "%s is open to all who can reach it, and who can "
	    "must be a web server: a socket's path is safer",
	    address);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
		if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	return fd;
}

enum err
listener_open(const char *address, int *opened)
{
	bool path = strchr(address, '/') != NULL;
	int fd = path ? open_unix(address) : open_tcp(address);

	if (fd < 0 || listen(fd, BACKLOG) != 0) {
		log_error(
		    MODULE, "can't listen on %s: %s", address, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ERR_CONFIG;
	}
	*opened = fd;
	return ERR_OK;
}

bool
listener_is_open(int fd)
{
	int listening = 0;
	socklen_t length = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) ==
		   0 &&
	       listening != 0;
}

/* Waiting */

static bool
watch(const struct listener *listener, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(listener->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

enum err
listener_create(int socket, int stop, struct listener **created)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int flags = fcntl(socket, F_GETFL);

	if (listener == NULL)
		return ERR_NO_MEMORY;
	listener->socket = socket;
	listener->stop = stop;
	listener->epoll = epoll_create1(EPOLL_CLOEXEC);
	/*
	 * Non-blocking, since another slot may be quicker; exclusive, so that
	 * a connection does not wake all slots. Who made the socket we got on
	 * fd 0 may have given it a short queue: listen again.
	 */
	if (listener->epoll < 0 || flags < 0 ||
	    fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    listen(socket, BACKLOG) != 0 ||
	    !watch(listener, socket, EPOLLIN | EPOLLEXCLUSIVE) ||
	    !watch(listener, stop, EPOLLIN)) {
		log_error(
		    MODULE, "can't wait for connections: %s", strerror(errno));
		listener_destroy(listener);
		return ERR_INTERNAL;
	}
	*created = listener;
	return ERR_OK;
}

void
listener_destroy(struct listener *listener)
{
	if (listener == NULL)
		return;
	for (size_t i = 0; i < listener->count; i++)
		close(listener->waiting[i].fd);
	if (listener->epoll >= 0)
		close(listener->epoll);
	free(listener);
}

/* Takes the i-th out of the waiting room. */
static int
waiting_remove(struct listener *listener, size_t i)
{
	int fd = listener->waiting[i].fd;

	(void)epoll_ctl(listener->epoll, EPOLL_CTL_DEL, fd, NULL);
	listener->count--;
	memmove(&listener->waiting[i], &listener->waiting[i + 1],
	    (listener->count - i) * sizeof(listener->waiting[0]));
	return fd;
}

static void
waiting_add(struct listener *listener, int fd)
{
	if (listener->count == WAITING_MAX)
		close(waiting_remove(listener, 0));
	/* At its edge: what has come stays in the socket until it is whole. */
	if (!watch(listener, fd, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
		close(fd);
		return;
	}
	listener->waiting[listener->count++] =
	    (struct waiting){.fd = fd, .since_us = clock_monotonic_us()};
}

/* Closes those that have waited too long. */
static void
waiting_expire(struct listener *listener)
{
	uint64_t now = clock_monotonic_us();

	while (listener->count > 0 &&
	       now - listener->waiting[0].since_us >= WAITING_US)
		close(waiting_remove(listener, 0));
}

/* Milliseconds until something is to be done without an event; -1: never. */
static int
waiting_timeout(const struct listener *listener)
{
	uint64_t now = clock_monotonic_us();
	uint64_t end = UINT64_MAX;

	if (listener->count > 0)
		end = listener->waiting[0].since_us + WAITING_US;
	if (listener->stopped_us != 0 &&
	    end > listener->stopped_us + STOPPING_US)
		end = listener->stopped_us + STOPPING_US;
	if (end == UINT64_MAX)
		return -1;
	return end <= now ? 0 : (int)((end - now) / 1000 + 1);
}

/* Errors of accept(2) that concern one connection, or nobody. */
static bool
accept_goes_on(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR ||
	       error == ECONNABORTED || error == EPROTO || error == EPERM ||
	       error == ENETDOWN || error == EHOSTUNREACH ||
	       error == ENETUNREACH || error == ETIMEDOUT;
}

/* Those that concern the machine, and may pass. */
static bool
accept_is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS;
}

/* What has come over a connection, which is left where it is. */
static enum record_state
connection_look(struct listener *listener, int fd)
{
	ssize_t length =
	    recv(fd, listener->look, LOOK_BYTES, MSG_PEEK | MSG_DONTWAIT);
	enum record_state state;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return RECORD_WAIT;
	if (length <= 0)
		return RECORD_BROKEN; /* the other side is gone */
	state = record_look(listener->look, (size_t)length);
	if (state == RECORD_BROKEN)
		log_warning(MODULE, "closed a connection: not FastCGI");
	if (state != RECORD_WAIT || length < LOOK_BYTES)
		return state;
	log_warning(MODULE, "closed a connection: parameters over %d bytes",
	    LOOK_BYTES);
	return RECORD_BROKEN;
}

/*
 * One that waits has said more, or has hung up: gives it back when its
 * request is there, else -1.
 */
static int
waiting_take(struct listener *listener, const struct epoll_event *event)
{
	enum record_state state;
	size_t i = 0;

	while (i < listener->count && listener->waiting[i].fd != event->data.fd)
		i++;
	if (i == listener->count)
		return -1; /* it has just been closed */
	state = connection_look(listener, event->data.fd);
	if (state == RECORD_WHOLE)
		return waiting_remove(listener, i);
	if (state == RECORD_BROKEN ||
	    (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
		close(waiting_remove(listener, i));
	return -1;
}

/*
 * Accepts a connection: gives it back at once when its request is there, as
 * it mostly is, else -1 after it got a place in the waiting room.
 */
static int
listener_take(struct listener *listener, bool *failed)
{
	int fd = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		/* Without effect, and without harm, on a unix socket. */
		(void)setsockopt(
		    fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		switch (connection_look(listener, fd)) {
		case RECORD_WHOLE:
			return fd;
		case RECORD_WAIT:
			waiting_add(listener, fd);
			return -1;
		default:
			close(fd);
			return -1;
		}
	}
	if (accept_goes_on(errno))
		return -1;
	if (!accept_is_exhausted(errno)) {
		log_error(MODULE, "can't accept: %s", strerror(errno));
		*failed = true;
		return -1;
	}
	log_warning(MODULE, "can't accept for now: %s", strerror(errno));
	/* Who waits without a word makes room. */
	if (listener->count > 0)
		close(waiting_remove(listener, 0));
	else
		(void)nanosleep(
		    &(struct timespec){.tv_nsec = EXHAUSTED_MS * 1000000L},
		    NULL);
	return -1;
}

/* Takes no new ones; those that wait get a moment. */
static void
listener_stop(struct listener *listener)
{
	bool failed = false;

	/* Those that the kernel took in our name are ours to serve. */
	while (listener->count < WAITING_MAX && !failed) {
		int fd = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC);

		failed = fd < 0;
		if (!failed)
			waiting_add(listener, fd);
	}
	(void)epoll_ctl(listener->epoll, EPOLL_CTL_DEL, listener->socket, NULL);
	(void)epoll_ctl(listener->epoll, EPOLL_CTL_DEL, listener->stop, NULL);
	listener->stopped_us = clock_monotonic_us();
}

static bool
listener_is_done(const struct listener *listener)
{
	return listener->stopped_us != 0 &&
	       (listener->count == 0 ||
		   clock_monotonic_us() - listener->stopped_us >= STOPPING_US);
}

int
listener_accept(struct listener *listener, bool *failed)
{
	*failed = false;
	while (!listener_is_done(listener)) {
		struct epoll_event event;
		int ready = epoll_wait(
		    listener->epoll, &event, 1, waiting_timeout(listener));
		int fd;

		if (ready < 0 && errno != EINTR) {
			log_error(MODULE, "can't wait: %s", strerror(errno));
			*failed = true;
			return -1;
		}
		waiting_expire(listener);
		if (ready <= 0)
			continue;
		if (event.data.fd == listener->stop) {
			listener_stop(listener);
			continue;
		}
		fd = event.data.fd == listener->socket
			 ? listener_take(listener, failed)
			 : waiting_take(listener, &event);
		if (fd >= 0 || *failed)
			return fd;
	}
	return -1;
}
