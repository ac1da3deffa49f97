#include "inspect_ask.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/number.h"
#include "web/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

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

/* What is left until a moment, in milliseconds, for poll(). */
static int
left_ms(uint64_t until)
{
	return (int)((clock_left(until, UINT64_C(1000000000)) + 999) / 1000);
}

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
	if (poll(&ready, 1, left_ms(until)) <= 0) {
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
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	char host[ADDRESS_HOST_MAX];
	char service[8];
	struct addrinfo *found;
	int failure = EINVAL;
	int port;
	int fd = -1;

	if (!address_split(address, host, &port)) {
		errno = EINVAL;
		return -1;
	}
	(void)snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(
		host[0] != '\0' ? host : NULL, service, &hints, &found) != 0) {
		errno = ENOENT;
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
		else if (poll(&ready, 1, left_ms(until)) == 0)
			return ASK_SILENT;
	}
	return ASK_ANSWERED;
}

static void
keep(struct ask_answer *answer, const unsigned char *data, size_t length)
{
	size_t room = sizeof(answer->text) - 1 - answer->length;

	if (length > room)
		length = room;
	memcpy(answer->text + answer->length, data, length);
	answer->length += length;
	answer->text[answer->length] = '\0';
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
			keep(answer, content, length);
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

/* Whatever a program says until it ends, or until then. */
static enum ask_result
read_output(int pipe, uint64_t until, struct ask_answer *answer)
{
	struct pollfd ready = {.fd = pipe, .events = POLLIN};
	unsigned char data[4096];

	for (;;) {
		ssize_t got;

		if (poll(&ready, 1, left_ms(until)) <= 0)
			return ASK_SILENT;
		got = read(pipe, data, sizeof(data));
		if (got == 0)
			return ASK_ANSWERED;
		if (got > 0)
			keep(answer, data, (size_t)got);
		else if (errno != EINTR)
			return ASK_FAILED;
	}
}

/* Runs curl, its words and its errors in one pipe. 0: it ended well. */
static enum ask_result
run_curl(
    char *const *words, uint64_t until, struct ask_answer *answer, int *status)
{
	posix_spawn_file_actions_t actions;
	enum ask_result result;
	int ends[2];
	pid_t child;
	int failure;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ASK_FAILED;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(
	    &actions, ends[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(
	    &actions, ends[1], STDERR_FILENO);
	failure =
	    posix_spawnp(&child, words[0], &actions, NULL, words, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failure != 0) {
		close(ends[0]);
		return ASK_ABSENT;
	}
	result = read_output(ends[0], until, answer);
	close(ends[0]);
	if (result != ASK_ANSWERED)
		(void)kill(child, SIGKILL);
	while (waitpid(child, status, 0) < 0 && errno == EINTR)
		continue;
	return result;
}

/* "HTTP/1.1 200 OK"; 0: it is none. */
static unsigned
status_of_line(const char *text)
{
	const char *blank = strchr(text, ' ');
	uint64_t status;

	if (strncmp(text, "HTTP/", 5) != 0 || blank == NULL ||
	    !number_parse(
		blank + 1, strspn(blank + 1, "0123456789"), 100, 999, &status))
		return 0;
	return (unsigned)status;
}

enum ask_result
ask_web(const char *url, const char *header, int ms, struct ask_answer *answer)
{
	/* -q: no file of anybody's; else a proxy might answer for it. */
	const char *words[] = {"curl", "-q", "--silent", "--show-error",
	    "--noproxy", "*", "--proto", "=http,https", "--max-time", NULL,
	    "--include", "--url", url, header != NULL ? "--header" : NULL,
	    header, NULL};
	uint64_t until = clock_monotonic_us() + (uint64_t)(ms + 500) * 1000;
	enum ask_result result;
	char seconds[32];
	int status = 0;

	memset(answer, 0, sizeof(*answer));
	(void)snprintf(
	    seconds, sizeof(seconds), "%d.%03d", ms / 1000, ms % 1000);
	words[9] = seconds;
	result =
	    run_curl((char *const *)(uintptr_t)words, until, answer, &status);
	if (result != ASK_ANSWERED)
		return result;
	/* Then it is a sentence of curl's. */
	if (status != 0)
		answer->text[strcspn(answer->text, "\r\n")] = '\0';
	/* 127: a shell's way to say that there is no such program. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return ASK_ABSENT;
	if (status != 0)
		return ASK_FAILED;
	answer->status = status_of_line(answer->text);
	return answer->status != 0 ? ASK_ANSWERED : ASK_NONSENSE;
}

/* The end of the line that begins there: its \n, or the text's end. */
static const char *
line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

static bool
line_is_empty(const char *line)
{
	return line[0] == '\n' || (line[0] == '\r' && line[1] == '\n') ||
	       line[0] == '\0';
}

bool
ask_header(
    const struct ask_answer *answer, const char *name, char *text, size_t size)
{
	size_t length = strlen(name);

	text[0] = '\0';
	for (const char *line = answer->text; !line_is_empty(line);
	     line = *line_end(line) == '\0' ? line_end(line)
					    : line_end(line) + 1) {
		const char *value = line + length + 1;

		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		value += strspn(value, " \t");
		(void)snprintf(
		    text, size, "%.*s", (int)strcspn(value, "\r\n"), value);
		return true;
	}
	return false;
}

bool
ask_has_header(const struct ask_answer *answer, const char *name)
{
	char value[8];

	return ask_header(answer, name, value, sizeof(value));
}

const char *
ask_body(const struct ask_answer *answer)
{
	const char *line = answer->text;

	while (!line_is_empty(line))
		line = *line_end(line) == '\0' ? line_end(line)
					       : line_end(line) + 1;
	return *line_end(line) == '\0' ? line_end(line) : line_end(line) + 1;
}
