/*
 * What the parts of `madang check` share: what they look at, and the lines of
 * the report. Each line is a sentence; one that is wrong, or an advice, ends
 * with what to do.
 */
#ifndef MADANG_INSPECT_REPORT_H
#define MADANG_INSPECT_REPORT_H

#include "base/arena.h"
#include "base/conf.h"
#include "inspect_walk.h"

#include <stdbool.h>
#include <sys/types.h>

struct pool;

/* What the owner asks for; NULL: not given. */
struct inspect_options {
	const char *config;	/* the settings' file */
	const char *web_user;	/* the web server's user */
	const char *url;	/* the board's, through the web server */
	const char *nginx_conf; /* nginx's configuration; "-": standard input */
};

struct inspection {
	const struct conf *conf;
	const struct inspect_options *options;
	struct arena *arena;
	struct pool *pool;
	struct person web; /* name "": nobody knows */
	struct person worker;
	pid_t worker_process; /* who listens on the socket; 0: unknown */
	bool fine;
};

/* A line that begins with "right  ", "WRONG  " (not fine) or "advice ". */
void report_right(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void report_wrong(struct inspection *inspection, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void report_advice(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The parts. */
void inspect_redis(struct inspection *inspection);
void inspect_secrets(struct inspection *inspection);
void inspect_machine(struct inspection *inspection);
void inspect_confinement(struct inspection *inspection);
/* Also finds out who the worker is. */
void inspect_socket(struct inspection *inspection);
void inspect_pages(struct inspection *inspection);
/* Its first line may name the web server's user: so it is read early. */
struct nginx_conf;
struct nginx_conf *inspect_nginx_read(struct inspection *inspection);
void inspect_nginx(
    struct inspection *inspection, const struct nginx_conf *nginx);
void inspect_web(struct inspection *inspection);

/* Milliseconds that a visitor waits at most, by the settings. */
uint64_t inspect_patience_ms(const struct conf *conf);

#endif
