/*
 * What somebody answered to `madang check`: header lines and a body, as far as
 * there is room; or why not. Knows no protocol.
 */
#ifndef MADANG_INSPECT_ANSWER_H
#define MADANG_INSPECT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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
 * A header's value into text, of size bytes; false, and "", without it. Names
 * are compared as HTTP does.
 */
bool ask_header(
    const struct ask_answer *answer, const char *name, char *text, size_t size);
bool ask_has_header(const struct ask_answer *answer, const char *name);
const char *ask_body(const struct ask_answer *answer);

/* For who asks: adds bytes to the text, as far as there is room. */
void answer_keep(
    struct ask_answer *answer, const unsigned char *data, size_t length);
/* What is left until a moment (clock_monotonic_us), in ms, for poll(). */
int answer_left_ms(uint64_t until);

#endif
