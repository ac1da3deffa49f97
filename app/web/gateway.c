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
#include <sys/uio.h>
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
/* What a record of an answer holds at most: in eights, as records like it. */
#define OUTPUT_BYTES (65535 & ~7UL)
/* Records that are sent with one call: a mebibyte. */
#define AT_ONCE 16
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

/* Records as sendmsg(2) takes them. */
struct sending {
	unsigned char headers[AT_ONCE][RECORD_HEADER_BYTES];
	unsigned char end[RECORD_END_BYTES];
	struct iovec vector[3 * AT_ONCE + 1]; /* with two parts of each */
	size_t count;
};

static void
sending_add(struct sending *sending, void *data, size_t length)
{
	sending->vector[sending->count++] =
	    (struct iovec){.iov_base = data, .iov_len = length};
}

/* Puts as much of an answer there as can be; the end, too, if that is all. */
static void
sending_fill(struct sending *sending, struct iovec parts[2], int id)
{
	sending->count = 0;
	for (size_t i = 0; i < AT_ONCE; i++) {
		size_t whole = parts[0].iov_len + parts[1].iov_len;
		size_t length = whole < OUTPUT_BYTES ? whole : OUTPUT_BYTES;

		if (whole == 0)
			break;
		record_begin_output(sending->headers[i], id, length);
		sending_add(sending, sending->headers[i], RECORD_HEADER_BYTES);
		for (size_t j = 0; j < 2; j++) {
			size_t some = parts[j].iov_len < length
					  ? parts[j].iov_len
					  : length;

			if (some == 0)
				continue;
			sending_add(sending, parts[j].iov_base, some);
			parts[j].iov_base = (char *)parts[j].iov_base + some;
			parts[j].iov_len -= some;
			length -= some;
		}
	}
	if (parts[0].iov_len + parts[1].iov_len > 0)
		return;
	record_end_output(sending->end, id);
	sending_add(sending, sending->end, RECORD_END_BYTES);
}

static bool
sending_send(struct sending *sending, int fd)
{
	struct msghdr message = {
	    .msg_iov = sending->vector, .msg_iovlen = sending->count};

	while (message.msg_iovlen > 0) {
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
		size_t left = (size_t)sent;

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		while (message.msg_iovlen > 0 &&
		       left >= message.msg_iov->iov_len) {
			left -= message.msg_iov->iov_len;
			message.msg_iov++;
			message.msg_iovlen--;
		}
		if (message.msg_iovlen > 0) {
			message.msg_iov->iov_base =
			    (char *)message.msg_iov->iov_base + left;
			message.msg_iov->iov_len -= left;
		}
	}
	return true;
}

/*
 * With its end, and with one call, of which the kernel takes all at once that
 * fits the socket (some 200 KiB). libfcgi would send 8 KiB at a time, and of a
 * worker that is killed between two of them a reader had a part of his page.
 */
static bool
fcgi_write(struct gateway *gateway, struct iovec parts[2])
{
	struct sending sending;

	do {
		sending_fill(&sending, parts, gateway->request.requestId);
		if (!sending_send(&sending, gateway->fd))
			return false;
	} while (parts[0].iov_len + parts[1].iov_len > 0);
	return true;
}

bool
gateway_write(struct gateway *gateway, const char *head, size_t head_length,
    const char *body, size_t body_length)
{
	struct iovec parts[2] = {
	    {.iov_base = (void *)(uintptr_t)head, .iov_len = head_length},
	    {.iov_base = (void *)(uintptr_t)body, .iov_len = body_length},
	};

	if (gateway->cgi)
		return file_write(STDOUT_FILENO, head, head_length) &&
		       file_write(STDOUT_FILENO, body, body_length);
	return fcgi_write(gateway, parts);
}

void
gateway_finish(struct gateway *gateway)
{
	/* Not FCGX_Finish_r, which would send an end of its own. */
	if (!gateway->cgi)
		FCGX_Free(&gateway->request, 1);
	gateway->fd = -1;
}
