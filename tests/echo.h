/*
 * The worker of the gateway's tests: a gateway in a thread, as a slot has it,
 * that answers each request with what it got.
 */
#ifndef MADANG_TESTS_ECHO_H
#define MADANG_TESTS_ECHO_H

#include "web/gateway.h"

#include "base/arena.h"

#include <stdint.h>

/* How long a body may take. */
#define ECHO_BODY_MS 400

/* A folder for the test, and the path of a socket in it. */
void echo_open_folder(void);
void echo_remove_folder(void);
const char *echo_folder(void);
const char *echo_path(void);

/* On a socket of the caller's; or on echo_path(), as a fixture. */
void echo_start_on(int socket);
void echo_stop_on(void);
void echo_start(void);
void echo_stop(void);

/* Writes to the eventfd; microseconds until the thread had ended. */
void echo_tell_to_stop(void);
uint64_t echo_join(void);

/* A variable's value in a CGI environment, or "". */
const char *echo_variable(char *const *environment, const char *name);

/*
 * Answers a request of gateway: "err N", N being what reading the body came
 * to, then a line for each parameter, an empty line, and the body; or, if
 * ANSWER_BYTES was sent, so many letters in place of the parameters.
 */
void echo_answer(
    struct gateway *gateway, struct arena *arena, char *const *environment);

#endif
