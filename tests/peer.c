#include "peer.h"

#include "echo.h"
#include "support.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEADER_BYTES	 8
#define RECORD_MAX_BYTES 65535

#define PATIENCE_S 20
#define ANSWER_MAX (1024 * 1024UL)

void
peer_be_patient(int fd)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
}

int
peer_dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, echo_path(), strlen(echo_path()));
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	peer_be_patient(fd);
	return fd;
}

void
peer_say(int fd, const void *data, size_t length)
{
	const char *rest = data;

	while (length > 0) {
		ssize_t sent = send(fd, rest, length, MSG_NOSIGNAL);

		ck_assert_msg(sent > 0, "send: %s", strerror(errno));
		rest += sent;
		length -= (size_t)sent;
	}
}

void
peer_add_record(
    struct buf *out, enum record_type type, const void *data, size_t length)
{
	const unsigned char header[HEADER_BYTES] = {1, (unsigned char)type, 0,
	    PEER_ID, (unsigned char)(length >> 8), (unsigned char)length, 0, 0};

	ck_assert_uint_le(length, RECORD_MAX_BYTES);
	buf_append(out, header, sizeof(header));
	buf_append(out, data, length);
}

static void
add_length(struct buf *out, size_t length)
{
	const unsigned char bytes[4] = {(unsigned char)(0x80 | length >> 24),
	    (unsigned char)(length >> 16), (unsigned char)(length >> 8),
	    (unsigned char)length};

	/* Up to 127 one byte, else four with the highest bit set. */
	if (length < 128)
		buf_append(out, &bytes[3], 1);
	else
		buf_append(out, bytes, sizeof(bytes));
}

static void
add_pair(struct buf *out, const char *name, const char *value)
{
	add_length(out, strlen(name));
	add_length(out, strlen(value));
	buf_text(out, name);
	buf_text(out, value);
}

void
peer_add_begin(struct buf *out, unsigned char role, bool keep)
{
	const unsigned char body[8] = {0, role, keep ? 1 : 0, 0, 0, 0, 0, 0};

	peer_add_record(out, BEGIN_REQUEST, body, sizeof(body));
}

struct buf
peer_request(const char *const *pairs)
{
	struct buf params;
	struct buf out;

	buf_init(&params, support_arena());
	for (; *pairs != NULL; pairs += 2)
		add_pair(&params, pairs[0], pairs[1]);
	buf_init(&out, support_arena());
	peer_add_begin(&out, ROLE_RESPONDER, false);
	peer_add_record(&out, PARAMS, params.data, params.length);
	peer_add_record(&out, PARAMS, "", 0);
	return out;
}

static void
receive(int fd, unsigned char *data, size_t length)
{
	while (length > 0) {
		ssize_t got = recv(fd, data, length, 0);

		ck_assert_msg(
		    got > 0, "recv: %s", got == 0 ? "closed" : strerror(errno));
		data += got;
		length -= (size_t)got;
	}
}

struct buf
peer_read_answer(int fd)
{
	unsigned char header[HEADER_BYTES];
	unsigned char content[RECORD_MAX_BYTES + 255];
	struct buf out;

	buf_init(&out, support_arena());
	buf_text(&out, "");
	for (;;) {
		size_t length;

		receive(fd, header, sizeof(header));
		length = (size_t)(header[4] << 8 | header[5]);
		receive(fd, content, length + header[6]);
		if (header[1] == END_REQUEST)
			break;
		if (header[1] == STDOUT)
			buf_append(&out, content, length);
		ck_assert_uint_le(out.length, ANSWER_MAX);
	}
	ck_assert(!out.failed);
	return out;
}

const char *const peer_plain[] = {"REQUEST_METHOD", "GET", NULL};

void
peer_assert_answered(void)
{
	struct buf request = peer_request(peer_plain);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	ck_assert_str_eq(
	    peer_read_answer(fd).data + strlen("Status: 200 OK\r\n\r\n"),
	    "err 0\nFCGI_ROLE=RESPONDER\nREQUEST_METHOD=GET\n\n");
	(void)close(fd);
}

void
peer_assert_ends_with(const char *text, const char *end)
{
	ck_assert_msg(strlen(text) >= strlen(end) &&
			  strcmp(text + strlen(text) - strlen(end), end) == 0,
	    "\"%s\" does not end with \"%s\"", text, end);
}

void
peer_sleep_ms(long ms)
{
	(void)nanosleep(&(struct timespec){.tv_sec = ms / 1000,
			    .tv_nsec = ms % 1000 * 1000000},
	    NULL);
}
