/*
 * A request by hand: everything that a slot has, a Redis that is away, and
 * what route_answer makes of it.
 */
#ifndef MADANG_TESTS_ASK_H
#define MADANG_TESTS_ASK_H

#include "base/arena.h"
#include "base/conf.h"
#include "base/err.h"
#include "web/http.h"

/* A fixture: default settings, and GET / without any header. */
void ask_set_up(void);
void ask_tear_down(void);
extern struct conf ask_conf;
extern struct http_request ask_request;
extern struct http_response ask_response;

/* Answers ask_request; its reading ended with err, and arena is all it has. */
void ask(void);
void ask_from(struct arena *arena, enum err err);
/* Sends a form's encoded fields. */
void ask_post(const char *path, const char *form);

/* The answer's body, which is there. */
const char *ask_body(void);

/* A whole page in a language, with its status told in it. */
void ask_assert_problem(unsigned status, const char *language);

#endif
