/*
 * The web server's side of FastCGI, record by record (its specification,
 * section 8), so that a test can break any rule of it.
 */
#ifndef MADANG_TESTS_PEER_H
#define MADANG_TESTS_PEER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum record_type {
	BEGIN_REQUEST = 1,
	END_REQUEST = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6
};

#define ROLE_RESPONDER 1

/* The request id of all that is said here. */
#define PEER_ID 1

/* A connection to echo_path(). */
int peer_dial(void);
/* The test fails rather than waits for ever. */
void peer_be_patient(int fd);
void peer_say(int fd, const void *data, size_t length);

void peer_add_record(
    struct buf *out, enum record_type type, const void *data, size_t length);
void peer_add_begin(struct buf *out, unsigned char role, bool keep);

/* A request up to its body: names and values in turn, and NULL. */
struct buf peer_request(const char *const *pairs);
extern const char *const peer_plain[]; /* the pairs of a plain GET */

/* The standard output of the answer, which ends with END_REQUEST. */
struct buf peer_read_answer(int fd);

/* A request on a connection of its own gets its answer. */
void peer_assert_answered(void);

void peer_assert_ends_with(const char *text, const char *end);
void peer_sleep_ms(long ms);

#endif
