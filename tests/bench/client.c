#include "client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t
client_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void
client_request(
    char *request, size_t size, int port, const char *path, bool gzip)
{
	(void)snprintf(request, size,
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s\r\n", path, port,
	    gzip ? "Accept-Encoding: gzip\r\n" : "");
}

void
client_dial(struct client *client, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};

	if (client->fd > 0)
		(void)close(client->fd);
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (client->fd < 0 || connect(client->fd, (struct sockaddr *)&address,
				  sizeof(address)) != 0) {
		perror("connect");
		exit(EXIT_FAILURE);
	}
	(void)setsockopt(
	    client->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	/* Else ports run out: each would wait for a minute once closed. */
	(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER,
	    &(struct linger){.l_onoff = 1}, sizeof(struct linger));
	client->port = port;
	client->busy = false;
}

static enum client_state
end(struct client *client, enum client_state state)
{
	client->busy = false;
	return state;
}

enum client_state
client_send(struct client *client, const char *request)
{
	size_t length = strlen(request);

	client->busy = true;
	client->length = 0;
	client->to_come = -1;
	client->closes = client->chunked = client->last = false;
	if (send(client->fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
		return end(client, CLIENT_FAILED);
	return CLIENT_MORE;
}

/* What a chunk's line of hexadecimal digits says, a byte at a time. */
static enum client_state
read_digit(struct client *client, char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = strchr(digits, byte | 0x20);

	if (byte == '\r')
		return CLIENT_MORE;
	if (byte == '\n') {
		client->last = client->length == 0;
		/* The line break behind it is part of it. */
		client->to_come = (long long)client->length + 2;
		client->length = 0;
		return CLIENT_MORE;
	}
	if (byte == '\0' || digit == NULL || client->length > 1L << 32)
		return CLIENT_FAILED;
	client->length = client->length * 16 + (size_t)(digit - digits);
	return CLIENT_MORE;
}

/* Of a body: with chunks, length is the size of the one that begins. */
static enum client_state
read_body(struct client *client, const char *data, size_t count)
{
	enum client_state state = CLIENT_MORE;

	while (count > 0 && state == CLIENT_MORE) {
		size_t taken = 1;

		if (client->to_come > 0) {
			taken = (long long)count < client->to_come
				    ? count
				    : (size_t)client->to_come;
			client->to_come -= (long long)taken;
			if (client->to_come == 0 &&
			    (!client->chunked || client->last))
				return CLIENT_DONE;
		} else if (client->chunked) {
			state = read_digit(client, *data);
		} else {
			return CLIENT_FAILED;
		}
		data += taken;
		count -= taken;
	}
	return state;
}

/* Of a head, and what of the body came with it. */
static enum client_state
read_head(struct client *client)
{
	char *body, *field;
	size_t more;

	client->head[client->length] = '\0';
	body = strstr(client->head, "\r\n\r\n");
	if (body == NULL)
		return client->length < CLIENT_HEAD_BYTES ? CLIENT_MORE
							  : CLIENT_FAILED;
	*body = '\0';
	body += 4;
	more = (size_t)(client->head + client->length - body);
	client->length = 0;
	field = strcasestr(client->head, "\r\nContent-Length:");
	client->chunked =
	    strcasestr(client->head, "\r\nTransfer-Encoding: chunked") != NULL;
	client->closes =
	    strcasestr(client->head, "\r\nConnection: close") != NULL;
	if (strncmp(client->head, "HTTP/1.1 200 ", 13) != 0 ||
	    (field == NULL && !client->chunked))
		return CLIENT_FAILED;
	client->to_come =
	    client->chunked ? 0 : strtoll(strchr(field, ':') + 1, NULL, 10);
	if (!client->chunked && client->to_come == 0)
		return CLIENT_DONE;
	return read_body(client, body, more);
}

enum client_state
client_receive(struct client *client)
{
	static char body[256 * 1024];
	bool heading = client->to_come < 0;
	char *to = heading ? client->head + client->length : body;
	size_t room =
	    heading ? CLIENT_HEAD_BYTES - client->length : sizeof(body);
	ssize_t got = recv(client->fd, to, room, MSG_DONTWAIT);
	enum client_state state;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return CLIENT_MORE;
	if (got <= 0)
		return end(client, CLIENT_FAILED);
	if (heading) {
		client->length += (size_t)got;
		state = read_head(client);
	} else {
		state = read_body(client, body, (size_t)got);
	}
	return state == CLIENT_MORE ? state : end(client, state);
}
