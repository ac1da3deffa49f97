/*
 * A Redis of the test's own, on a socket in a new folder below /tmp, with the
 * settings that Madang asks for; and a short way to talk to it. It ends with
 * the process that started it, however that one ends.
 */
#ifndef MADANG_TESTS_SERVER_H
#define MADANG_TESTS_SERVER_H

#include "store/store.h"

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What main returns where there is no redis-server: the test is skipped. */
#define SERVER_SKIP 77

/* Long enough for everything, also under valgrind: no test waits for it. */
#define SERVER_LONG_MS 20000

struct server {
	char folder[64];
	char socket[80];
	pid_t pid; /* 0: not running */
};

/* Whether there is a redis-server; says so on standard error if not. */
bool server_is_installed(void);

/* The folder alone: its data stay from start to start. */
void server_create(struct server *server);
/* Stops it if it runs, and removes the folder. */
void server_destroy(struct server *server);

/* Returns once it answers. port: on 127.0.0.1 besides; 0 for none. */
void server_start(struct server *server, uint16_t port);
/* As an owner stops it; and as a power cut does (kill -9). */
void server_stop(struct server *server);
void server_kill(struct server *server);
/* SIGSTOP: connections are accepted, nothing is answered. And SIGCONT. */
void server_pause(const struct server *server);
void server_resume(const struct server *server);
/* A port of 127.0.0.1 that nobody uses. */
uint16_t server_free_port(void);

/* A number that Redis tells of itself: INFO's section, and the field. */
long server_info(struct store *store, const char *section, const char *name);

/* How to reach it: no password, long limits, eight connections. */
struct pool_settings server_settings(const struct server *server);
/* A pool of those settings. */
struct pool *server_pool(const struct server *server);
/* The running test's use of a pool: its arena, no prefix, a long time. */
struct store server_store(struct pool *pool);

/* One command of NULL-terminated words. The test fails when it doesn't run. */
struct reply server_ask(struct store *store, const char *const *words);
#define ASK(store, ...)                                                        \
	server_ask(store, (const char *const[]){__VA_ARGS__, NULL})
/* The same, and the test fails when Redis gives an error. */
struct reply server_do(struct store *store, const char *const *words);
#define DO(store, ...)                                                         \
	server_do(store, (const char *const[]){__VA_ARGS__, NULL})

/* What a test of the cases below has; each test begins with new ones. */
struct server_test {
	struct server server;
	struct pool_settings settings; /* of pool; see server_reopen */
	struct pool *pool;
	struct store store; /* of pool */
};
extern struct server_test here;

/* One Redis for all tests of the case, emptied before each. */
TCase *server_case(Suite *suite, const char *name);
/* Each test has a Redis that it may stop, kill and set up. */
TCase *server_own_case(Suite *suite, const char *name);
/* After here.settings was changed: another pool and store. */
void server_reopen(void);

#endif
