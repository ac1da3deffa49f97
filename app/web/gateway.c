#include "web/gateway.h"

#include "base/clock.h"
#include "base/log.h"
#include "web/listener.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fcgiapp.h>

#define MODULE "gateway"

/*
 * A web server sends a request's parameters in one go, and takes an answer
 * as fast as it can: a longer pause than this is the end of the connection.
 */
#define PEER_TIMEOUT_S 5
/* How long libfcgi waits for the other side to close, after an answer. */
#define CLOSE_TIMEOUT_MS "200"

extern char **environ;

struct gateway {
	bool cgi;
	bool cgi_done;
	struct listener *listener;
	FCGX_Request request;
	int fd; /* of the request in hand: for time-outs */
};

enum err
gateway_init(void)
{
	/* The default of two seconds would let a peer hold a slot so long. */
	(void)setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", CLOSE_TIMEOUT_MS, 0);
	if (FCGX_Init() != 0) {
		log_error(MODULE, "libfcgi can't start");
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

enum err
gateway_create(int socket, int stop, struct gateway **created)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));
	enum err err;

	if (gateway == NULL)
		return ERR_NO_MEMORY;
	err = listener_create(socket, stop, &gateway->listener);
	if (err != ERR_OK) {
		free(gateway);
		return err;
	}
	/*
	 * No listening socket for libfcgi: its accept would block without a
	 * way to be woken, and hold a slot for whoever connects and says
	 * nothing. We accept, and hand it connections with a request.
	 */
	(void)FCGX_InitRequest(&gateway->request, -1, 0);
	*created = gateway;
	return ERR_OK;
}

enum err
gateway_create_cgi(struct gateway **created)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	if (gateway == NULL)
		return ERR_NO_MEMORY;
	gateway->cgi = true;
	*created = gateway;
	return ERR_OK;
}

void
gateway_destroy(struct gateway *gateway)
{
	if (gateway == NULL)
		return;
	if (!gateway->cgi)
		FCGX_Free(&gateway->request, 1);
	listener_destroy(gateway->listener);
	free(gateway);
}

static void
set_timeout(int fd, int option, uint64_t us)
{
	struct timeval timeout = {.tv_sec = (time_t)(us / 1000000),
	    .tv_usec = (suseconds_t)(us % 1000000)};

	(void)setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout));
}

/*
 * Lets libfcgi read a request's parameters from a connection. It closes what
 * breaks the protocol and then wants to accept anew, which fails at once for
 * want of a socket.
 */
static bool
gateway_begin(struct gateway *gateway, int fd)
{
	set_timeout(fd, SO_RCVTIMEO, PEER_TIMEOUT_S * 1000000UL);
	set_timeout(fd, SO_SNDTIMEO, PEER_TIMEOUT_S * 1000000UL);
	gateway->fd = fd;
	gateway->request.ipcFd = fd;
	/* Or FCGX_Accept_r would close it as the previous request's. */
	gateway->request.keepConnection = 1;
	if (FCGX_Accept_r(&gateway->request) != 0)
		return false;
	/* A kept connection would pin a slot to one of the web server's. */
	gateway->request.keepConnection = 0;
	return true;
}

char *const *
gateway_accept(struct gateway *gateway, bool *failed)
{
	*failed = false;
	if (gateway->cgi) {
		bool done = gateway->cgi_done;

		gateway->cgi_done = true;
		return done ? NULL : environ;
	}
	for (;;) {
		int fd = listener_accept(gateway->listener, failed);

		if (fd < 0)
			return NULL;
		if (gateway_begin(gateway, fd))
			return gateway->request.envp;
	}
}

/* Up to size bytes of plain CGI's body; 0 at its end, -1 with errno. */
static ssize_t
cgi_read(char *data, size_t size, uint64_t until)
{
	for (;;) {
		uint64_t now = clock_monotonic_us();
		int ms = now < until ? (int)((until - now) / 1000 + 1) : 0;
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
		int ready = poll(&input, 1, ms);

		if (ready == 0)
			errno = EAGAIN;
		if (ready > 0)
			return read(STDIN_FILENO, data, size);
		if (ready == 0 || errno != EINTR)
			return -1;
	}
}

/* The same of FastCGI's. */
static ssize_t
fcgi_read(struct gateway *gateway, char *data, size_t size, uint64_t until)
{
	FCGX_Stream *in = gateway->request.in;
	uint64_t now = clock_monotonic_us();
	int first;

	if (now >= until) {
		errno = EAGAIN;
		return -1;
	}
	set_timeout(gateway->fd, SO_RCVTIMEO, until - now);
	/*
	 * One byte makes libfcgi read what is there; the rest of that comes
	 * without waiting. Asking for size bytes at once would wait for them
	 * all, and the time-out begin anew with each packet.
	 */
	errno = 0;
	first = FCGX_GetChar(in);
	if (first == EOF) {
		errno = FCGX_GetError(in);
		return errno == 0 ? 0 : -1;
	}
	data[0] = (char)first;
	if (in->stop - in->rdNext < (ptrdiff_t)(size - 1))
		size = (size_t)(in->stop - in->rdNext) + 1;
	return 1 + FCGX_GetStr(data + 1, (int)(size - 1), in);
}

enum err
gateway_read(struct gateway *gateway, struct arena *arena, size_t length,
    uint64_t ms, const char **body)
{
	uint64_t until = clock_monotonic_us() + ms * 1000;
	char *data = arena_alloc(arena, length + 1);
	size_t got = 0;

	if (data == NULL || length > INT_MAX)
		return ERR_NO_MEMORY;
	while (got < length) {
		ssize_t count =
		    gateway->cgi
			? cgi_read(data + got, length - got, until)
			: fcgi_read(gateway, data + got, length - got, until);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return ERR_TIMEOUT;
		if (count <= 0)
			return ERR_MALFORMED;
		got += (size_t)count;
	}
	data[length] = '\0';
	*body = data;
	return ERR_OK;
}

static bool
cgi_write(const char *data, size_t length)
{
	while (length > 0) {
		ssize_t count = write(STDOUT_FILENO, data, length);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		data += count;
		length -= (size_t)count;
	}
	return true;
}

bool
gateway_write(struct gateway *gateway, const char *data, size_t length)
{
	if (gateway->cgi)
		return cgi_write(data, length);
	if (length > INT_MAX)
		return false;
	return FCGX_PutStr(data, (int)length, gateway->request.out) ==
	       (int)length;
}

void
gateway_finish(struct gateway *gateway)
{
	if (!gateway->cgi)
		FCGX_Finish_r(&gateway->request);
	gateway->fd = -1;
}
