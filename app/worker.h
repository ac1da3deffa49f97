/*
 * The worker: slots (threads) that answer requests, the signals that stop or
 * reload them, and the same for one request of plain CGI.
 */
#ifndef MADANG_WORKER_H
#define MADANG_WORKER_H

#include "base/conf.h"
#include "base/err.h"
#include "web/listener.h"

/*
 * Reads the settings anew, for SIGHUP: the same file, environment and
 * command line as at start.
 */
typedef enum err worker_load(void *context, struct conf *conf);

/* A listening socket, closed by whoever opened it. */
struct worker_door {
	int socket;
	/*
	 * What it was opened as, by this process for itself: once the worker
	 * ends nobody gets in any more, and a path is removed. NULL: it was
	 * handed to us, and stays open for others.
	 */
	const char *name;
	struct listener_file file; /* of that path */
};

/*
 * Serves until SIGTERM, SIGINT or SIGUSR1: then finishes what is in hand and
 * gives ERR_OK. config: the settings' file, or NULL. The service manager is
 * told how it goes. On SIGHUP loads settings and templates again; when they are
 * broken it says so and goes on with the old ones. Errors are those of the
 * start, logged. It confines the process (confinement.h), for good.
 */
enum err worker_serve(const struct conf *conf, const char *config,
    const struct worker_door *door, worker_load *load, void *context);

/* Answers the one request of plain CGI; confined likewise. */
enum err worker_answer_cgi(const struct conf *conf);

#endif
