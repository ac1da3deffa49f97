/*
 * A connection to a web server on the loopback, as the programs that put load
 * on one need it: HTTP/1.1, kept open, one GET at a time, an answer of 200
 * with a Content-Length or in chunks, whose bytes are counted and forgotten.
 */
#ifndef MADANG_BENCH_CLIENT_H
#define MADANG_BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLIENT_HEAD_BYTES 8192

struct client {
	int fd;
	int port;
	bool busy;   /* a request is in hand */
	int64_t due; /* for the program's own use */

	bool closes; /* after this answer */
	bool chunked;
	bool last;	   /* the chunk of no bytes has begun */
	long long to_come; /* bytes of the body or chunk; -1: of the head */
	size_t length;
	char head[CLIENT_HEAD_BYTES + 1];
};

enum client_state { CLIENT_MORE, CLIENT_DONE, CLIENT_FAILED };

/* Nanoseconds of a clock that only goes on. */
int64_t client_now(void);

/* A request for a path, in room for size bytes. */
void client_request(
    char *request, size_t size, int port, const char *path, bool gzip);

/* Connects, anew if it was connected; without a server the program ends. */
void client_dial(struct client *client, int port);

/* Sends a request, which is less than a socket's buffer holds. */
enum client_state client_send(struct client *client, const char *request);

/*
 * Reads what is there. CLIENT_DONE: the answer is whole. CLIENT_FAILED: there
 * will be none. After either the client is not busy, and is to be dialled
 * when it has failed or closes is set.
 */
enum client_state client_receive(struct client *client);

#endif
