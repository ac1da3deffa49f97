/*
 * Asking others, for `madang check`, with patience of so many milliseconds and
 * no more: a FastCGI program by its socket, as a web server would (FastCGI 1.0,
 * a responder), and a web server by the program curl, which knows TLS, names
 * and encodings better than anything that could be written here.
 */
#ifndef MADANG_INSPECT_ASK_H
#define MADANG_INSPECT_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ASK_TEXT_BYTES (64 * 1024)

enum ask_result {
	ASK_ANSWERED,
	ASK_ABSENT,   /* there is no such socket, host or program */
	ASK_REFUSED,  /* nobody listens */
	ASK_DENIED,   /* whoever runs this may not connect */
	ASK_FULL,     /* more wait already than the kernel keeps */
	ASK_SILENT,   /* no answer in time */
	ASK_NONSENSE, /* not the protocol */
	ASK_FAILED    /* all else: text says why */
};

struct ask_answer {
	/* Header lines, an empty line, and the body, as far as there is room.
	 */
	char text[ASK_TEXT_BYTES];
	size_t length;
	unsigned status; /* of HTTP */
	bool loopback;	 /* the other side is this machine */
	/* Of a unix socket, who listens; else 0. */
	pid_t process;
	uid_t user;
};

/*
 * GET path by the FastCGI program at an address, a path of a socket or
 * host:port.
 */
enum ask_result ask_fastcgi(
    const char *address, const char *path, int ms, struct ask_answer *answer);

/*
 * GET of a URL, http or https, no redirect followed; header: one of the
 * request's, or NULL. Where it isn't answered text is curl's own sentence.
 */
enum ask_result ask_web(
    const char *url, const char *header, int ms, struct ask_answer *answer);

/*
 * A header's value into text, of size bytes; false, and "", without it. Names
 * are compared as HTTP does.
 */
bool ask_header(
    const struct ask_answer *answer, const char *name, char *text, size_t size);
bool ask_has_header(const struct ask_answer *answer, const char *name);
const char *ask_body(const struct ask_answer *answer);

#endif
