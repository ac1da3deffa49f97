#include "web/gateway.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "web/lobby.h"
#include "web/record.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fcgiapp.h>

#define MODULE "gateway"

/*
 * A web server takes an answer as fast as it can: a longer pause than this is
 * the end of the connection.
 */
#define PEER_TIMEOUT_S 5
/* What is read of a body at once. */
#define INPUT_BYTES 16384
/*
 * A body comes with its request, from a web server that collects it first. One
 * that passes it on as it comes (Apache's mod_proxy_fcgi) lets whoever sends
 * slowly wait here: after so long he has to share half of the slots.
 */
#define BRIEF_US 50000
/* How long libfcgi waits for the other side to close, after an answer. */
#define CLOSE_TIMEOUT_MS "200"

extern char **environ;

struct gateway {
	bool cgi;
	bool cgi_done;
	struct lobby *lobby; /* not ours */
	bool late;
	FCGX_Request request;
	int head; /* a file in memory, for libfcgi to read from; -1: none */
	int fd;	  /* of the request in hand */
	struct record_body body;
	const unsigned char *input_at; /* what was read and not taken yet */
	size_t input_length;
	unsigned char input[INPUT_BYTES];
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
gateway_create(struct lobby *lobby, struct gateway **created)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	if (gateway == NULL)
		return ERR_NO_MEMORY;
	gateway->lobby = lobby;
	lobby_join(lobby);
	/*
	 * No listening socket for libfcgi: its accept would block without a
	 * way to be woken, and hold a slot for whoever connects and says
	 * nothing. We accept, and hand it requests.
	 */
	gateway->head = -1;
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
	gateway->head = -1;
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
	if (gateway->head >= 0)
		close(gateway->head);
	free(gateway);
}

/* Room for a request's parameters where libfcgi reads them. */
static bool
gateway_empty_head(struct gateway *gateway)
{
	if (gateway->head < 0)
		gateway->head = memfd_create("request", MFD_CLOEXEC);
	if (gateway->head >= 0 && ftruncate(gateway->head, 0) == 0 &&
	    lseek(gateway->head, 0, SEEK_SET) == 0)
		return true;
	log_error(MODULE, "can't keep a request: %s", strerror(errno));
	return false;
}

/* Puts them there: length bytes, which have all come, as the lobby says. */
static bool
gateway_keep_head(struct gateway *gateway, int fd, size_t length)
{
	size_t kept = 0;

	if (!gateway_empty_head(gateway))
		return false;
	while (kept < length) {
		size_t left = length - kept;
		ssize_t got = recv(fd, gateway->input,
		    left < INPUT_BYTES ? left : INPUT_BYTES, MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || pwrite(gateway->head, gateway->input,
				    (size_t)got, (off_t)kept) != got)
			return false;
		kept += (size_t)got;
	}
	return true;
}

/*
 * What has come of the body, mostly all of it: also the record that says that
 * there is none. What nobody had read when the worker is killed would make an
 * error of the answer's end, and the web server throw away what it has of it.
 */
static void
gateway_begin_body(struct gateway *gateway)
{
	ssize_t got;

	gateway->body = (struct record_body){.id = gateway->request.requestId};
	got = recv(gateway->fd, gateway->input, INPUT_BYTES, MSG_DONTWAIT);
	gateway->input_at = gateway->input;
	gateway->input_length = got > 0 ? (size_t)got : 0;
}

/*
 * Lets libfcgi read a request's parameters, and nothing behind them: see
 * web/record. It closes what breaks the protocol and then wants to accept
 * anew, which fails at once for want of a socket.
 */
static bool
gateway_begin(struct gateway *gateway, int fd, size_t head)
{
	const struct timeval timeout = {.tv_sec = PEER_TIMEOUT_S};

	if (!gateway_keep_head(gateway, fd, head))
		return false;
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	gateway->request.ipcFd = gateway->head;
	/* Or FCGX_Accept_r would close it as the previous request's. */
	gateway->request.keepConnection = 1;
	if (FCGX_Accept_r(&gateway->request) != 0) {
		gateway->head = -1;
		return false;
	}
	gateway->request.ipcFd = fd;
	/* A kept connection would pin a slot to one of the web server's. */
	gateway->request.keepConnection = 0;
	gateway->fd = fd;
	gateway_begin_body(gateway);
	return true;
}

char *const *
gateway_accept(struct gateway *gateway)
{
	if (gateway->cgi) {
		bool done = gateway->cgi_done;

		gateway->cgi_done = true;
		return done ? NULL : environ;
	}
	for (;;) {
		size_t head;
		int fd = lobby_take(gateway->lobby, &head, &gateway->late);

		if (fd < 0)
			return NULL;
		if (gateway_begin(gateway, fd, head))
			return gateway->request.envp;
		close(fd);
	}
}

bool
gateway_is_late(const struct gateway *gateway)
{
	return gateway->late;
}

/* Up to size bytes of a file or a connection; 0 at its end, -1 with errno. */
static ssize_t
read_until(int fd, void *data, size_t size, uint64_t until)
{
	for (;;) {
		uint64_t now = clock_monotonic_us();
		struct pollfd input = {.fd = fd, .events = POLLIN};
		int ready = 0;

		if (now < until)
			ready =
			    poll(&input, 1, (int)((until - now) / 1000 + 1));
		if (ready == 0)
			errno = EAGAIN;
		if (ready > 0)
			return read(fd, data, size);
		if (ready == 0 || errno != EINTR)
			return -1;
	}
}

/* The same of a body in FastCGI's records. */
static ssize_t
fcgi_read(struct gateway *gateway, char *data, size_t size, uint64_t until)
{
	struct record_body *body = &gateway->body;

	for (;;) {
		size_t got = record_body_take(body, &gateway->input_at,
		    &gateway->input_length, data, size);
		ssize_t some;

		if (got > 0 || body->ended)
			return (ssize_t)got;
		if (body->broken) {
			errno = EPROTO;
			return -1;
		}
		some =
		    read_until(gateway->fd, gateway->input, INPUT_BYTES, until);
		if (some <= 0)
			return some;
		gateway->input_at = gateway->input;
		gateway->input_length = (size_t)some;
	}
}

/* The rest of a body of which *got bytes are there. */
static enum err
read_body(struct gateway *gateway, char *data, size_t length, uint64_t until,
    size_t *got)
{
	while (*got < length) {
		char *at = data + *got;
		size_t size = length - *got;
		ssize_t count = gateway->cgi
				    ? read_until(STDIN_FILENO, at, size, until)
				    : fcgi_read(gateway, at, size, until);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return ERR_TIMEOUT;
		if (count <= 0)
			return ERR_MALFORMED;
		*got += (size_t)count;
	}
	return ERR_OK;
}

enum err
gateway_read(struct gateway *gateway, struct arena *arena, size_t length,
    uint64_t ms, const char **body)
{
	uint64_t now = clock_monotonic_us();
	uint64_t until = now + ms * 1000;
	uint64_t briefly = until;
	char *data = arena_alloc(arena, length + 1);
	size_t got = 0;
	enum err err;

	if (data == NULL || length > INT_MAX)
		return ERR_NO_MEMORY;
	if (!gateway->cgi && briefly > now + BRIEF_US)
		briefly = now + BRIEF_US;
	err = read_body(gateway, data, length, briefly, &got);
	if (err == ERR_TIMEOUT && briefly < until &&
	    lobby_begin_patience(gateway->lobby)) {
		err = read_body(gateway, data, length, until, &got);
		lobby_end_patience(gateway->lobby);
	}
	if (err != ERR_OK)
		return err;
	data[length] = '\0';
	*body = data;
	return ERR_OK;
}

bool
gateway_write(struct gateway *gateway, const char *data, size_t length)
{
	if (gateway->cgi)
		return file_write(STDOUT_FILENO, data, length);
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
