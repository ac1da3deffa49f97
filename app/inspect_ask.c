#include "inspect_ask.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/number.h"
#include "web/listener.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* FastCGI 1.0, sections 3.3 and 8. */
#define RECORD_HEAD	8
#define RECORD_BEGIN	1
#define RECORD_END	3
#define RECORD_PARAMS	4
#define RECORD_STDIN	5
#define RECORD_STDOUT	6
#define RECORD_STDERR	7
#define ROLE_RESPONDER	1
#define REQUEST_BYTES	2048
#define PAIR_TEXT_BYTES 127 /* longer ones are written otherwise */

static enum ask_result
result_of(int error)
{
	switch (error) {
	case ENOENT:
		return ASK_ABSENT;
	case ECONNREFUSED:
		return ASK_REFUSED;
	case EACCES:
	case EPERM:
		return ASK_DENIED;
	case EAGAIN:
		return ASK_FULL;
	case ETIMEDOUT:
		return ASK_SILENT;
	default:
		return ASK_FAILED;
	}
}

/* Connects a socket that doesn't block. False: errno has why. */
static bool
connects(
    int fd, const struct sockaddr *address, socklen_t length, uint64_t until)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	socklen_t size = sizeof(int);
	int failure = 0;

	if (connect(fd, address, length) == 0)
		return true;
	if (errno != EINPROGRESS)
		return false;
	if (poll(&ready, 1, answer_left_ms(until)) <= 0) {
		errno = ETIMEDOUT;
		return false;
	}
	(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size);
	errno = failure;
	return failure == 0;
}

static int
connect_unix(const char *path, uint64_t until, struct ask_answer *answer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	answer->loopback = true;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (!connects(
		fd, (struct sockaddr *)&address, sizeof(address), until)) {
		int failure = errno;

		close(fd);
		errno = failure;
		return -1;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
		answer->process = peer.pid;
		answer->user = peer.uid;
	}
	return fd;
}

static int
connect_tcp(const char *address, uint64_t until, struct ask_answer *answer)
{
	struct addrinfo *found = address_resolve(address);
	int failure = EINVAL;
	int fd = -1;

	if (found == NULL) {
		/* As a path that is not there. */
		errno = errno == EADDRNOTAVAIL ? ENOENT : errno;
		return -1;
	}
	answer->loopback = listener_is_loopback(found->ai_addr);
	fd = socket(
	    found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    !connects(fd, found->ai_addr, found->ai_addrlen, until)) {
		failure = errno;
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	errno = failure;
	return fd;
}

struct request {
	unsigned char data[REQUEST_BYTES];
	size_t length;
};

static void
add_record(struct request *request, int kind, size_t content)
{
	const unsigned char head[RECORD_HEAD] = {1, (unsigned char)kind, 0, 1,
	    (unsigned char)(content >> 8), (unsigned char)content, 0, 0};

	memcpy(request->data + request->length, head, RECORD_HEAD);
	request->length += RECORD_HEAD;
}

static void
add_pair(struct request *request, const char *name, const char *value)
{
	size_t name_length = strnlen(name, PAIR_TEXT_BYTES);
	size_t value_length = strnlen(value, PAIR_TEXT_BYTES);
	unsigned char *to = request->data + request->length;

	to[0] = (unsigned char)name_length;
	to[1] = (unsigned char)value_length;
	memcpy(to + 2, name, name_length);
	memcpy(to + 2 + name_length, value, value_length);
	request->length += 2 + name_length + value_length;
}

static void
make_request(struct request *request, const char *path)
{
	static const struct {
		const char *name;
		const char *value;
	} pairs[] = {
	    {"REQUEST_METHOD", "GET"},
	    {"GATEWAY_INTERFACE", "CGI/1.1"},
	    {"SERVER_PROTOCOL", "HTTP/1.1"},
	    {"SERVER_NAME", "localhost"},
	    {"SERVER_PORT", "80"},
	    {"HTTP_HOST", "localhost"},
	    {"REMOTE_ADDR", "127.0.0.1"},
	    {"REQUEST_SCHEME", "http"},
	    {"SCRIPT_NAME", ""},
	    {"QUERY_STRING", ""},
	};
	size_t head;
	size_t content;

	request->length = 0;
	add_record(request, RECORD_BEGIN, 8);
	memset(request->data + request->length, 0, 8);
	request->data[request->length + 1] = ROLE_RESPONDER;
	request->length += 8;
	head = request->length;
	request->length += RECORD_HEAD;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		add_pair(request, pairs[i].name, pairs[i].value);
	add_pair(request, "PATH_INFO", path);
	add_pair(request, "REQUEST_URI", path);
	content = request->length - head - RECORD_HEAD;
	request->length = head;
	add_record(request, RECORD_PARAMS, content);
	request->length += content;
	add_record(request, RECORD_PARAMS, 0);
	add_record(request, RECORD_STDIN, 0);
}

/* Exactly so many bytes; ASK_NONSENSE when the other side ends before. */
static enum ask_result
read_whole(int fd, unsigned char *data, size_t length, uint64_t until)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t done = 0;

	while (done < length) {
		ssize_t got = recv(fd, data + done, length - done, 0);

		if (got > 0)
			done += (size_t)got;
		else if (got == 0 || errno == ECONNRESET)
			return ASK_NONSENSE;
		else if (errno != EAGAIN && errno != EINTR)
			return result_of(errno);
		else if (poll(&ready, 1, answer_left_ms(until)) == 0)
			return ASK_SILENT;
	}
	return ASK_ANSWERED;
}

static enum ask_result
read_records(int fd, uint64_t until, struct ask_answer *answer)
{
	unsigned char content[UINT16_MAX + UINT8_MAX];
	unsigned char head[RECORD_HEAD];
	enum ask_result result;

	for (;;) {
		size_t length;

		result = read_whole(fd, head, sizeof(head), until);
		if (result != ASK_ANSWERED)
			return result;
		if (head[0] != 1 || head[1] < RECORD_END ||
		    head[1] > RECORD_STDERR)
			return ASK_NONSENSE;
		length = (size_t)head[4] << 8 | head[5];
		result = read_whole(fd, content, length + head[6], until);
		if (result != ASK_ANSWERED)
			return result;
		if (head[1] == RECORD_STDOUT)
			answer_keep(answer, content, length);
		else if (head[1] == RECORD_END)
			return answer->length > 0 ? ASK_ANSWERED : ASK_NONSENSE;
	}
}

/* CGI's own header (RFC 3875, section 6.3.3); without it it is a 200. */
static void
read_cgi_status(struct ask_answer *answer)
{
	char text[64];
	uint64_t status;

	answer->status = 200;
	if (ask_header(answer, "Status", text, sizeof(text)) &&
	    number_parse(text, strspn(text, "0123456789"), 100, 999, &status))
		answer->status = (unsigned)status;
}

enum ask_result
ask_fastcgi(
    const char *address, const char *path, int ms, struct ask_answer *answer)
{
	uint64_t until = clock_monotonic_us() + (uint64_t)ms * 1000;
	struct request request;
	enum ask_result result;
	int fd;

	memset(answer, 0, sizeof(*answer));
	fd = strchr(address, '/') != NULL ? connect_unix(address, until, answer)
					  : connect_tcp(address, until, answer);
	if (fd < 0) {
		result = result_of(errno);
		(void)snprintf(
		    answer->text, sizeof(answer->text), "%s", strerror(errno));
		return result;
	}
	make_request(&request, path);
	/* It is small: the kernel takes all of it or nothing. */
	result = send(fd, request.data, request.length, MSG_NOSIGNAL) ==
			 (ssize_t)request.length
		     ? read_records(fd, until, answer)
		     : ASK_NONSENSE;
	close(fd);
	if (result == ASK_ANSWERED)
		read_cgi_status(answer);
	return result;
}
