/*
 * The part of `madang check` that looks at the worker's socket: who answers,
 * and whether the web server, and nobody else, may connect.
 */
#include "inspect_report.h"

#include "inspect_ask.h"
#include "inspect_worker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A worker that is not stopped answers within what its settings say. */
#define SPARE_MS	500
#define PATIENCE_MAX_MS 10000

/* A file in a socket's place is not looked at any further. */
static bool
inspect_file(struct inspection *inspection, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0 || S_ISSOCK(status.st_mode))
		return true;
	report_wrong(inspection,
	    "socket: %s is a file and no socket: remove it, or set listen to "
	    "another path",
	    path);
	return false;
}

static void
report_answer(struct inspection *inspection, const struct ask_answer *answer)
{
	const char *listen = inspection->conf->listen;
	const char *body = ask_body(answer);

	if (!ask_has_header(answer, "Content-Security-Policy"))
		report_wrong(inspection,
		    "socket: a FastCGI program answers at %s that is not "
		    "Madang: give each a socket of its own",
		    listen);
	else if (answer->status == 503)
		report_wrong(inspection,
		    "socket: the worker at %s answers that it is not well: "
		    "\"%.*s\"; see its log",
		    listen, (int)strcspn(body, "\n"), body);
	else
		report_right("socket: the worker at %s answers", listen);
}

static void
report_silence(struct inspection *inspection, enum ask_result result,
    const struct ask_answer *answer, int ms)
{
	const char *listen = inspection->conf->listen;

	switch (result) {
	case ASK_ABSENT:
		report_wrong(inspection,
		    "socket: there is no %s: start the worker (madang serve), "
		    "or give both the same --listen",
		    listen);
		break;
	case ASK_REFUSED:
		report_wrong(inspection,
		    "socket: nobody listens on %s: start the worker (madang "
		    "serve), which replaces what another left there",
		    listen);
		break;
	case ASK_DENIED:
		report_advice("socket: this user may not connect to %s: run "
			      "this as root, or as the worker's user",
		    listen);
		break;
	case ASK_FULL:
		report_wrong(inspection,
		    "socket: more wait at %s than the kernel keeps: the worker "
		    "hangs or is overrun; start it again, or set slots higher",
		    listen);
		break;
	case ASK_SILENT:
		report_wrong(inspection,
		    "socket: the worker at %s took the connection and said "
		    "nothing in %d ms: it hangs or is overrun; see its log, "
		    "and start it again",
		    listen, ms);
		break;
	case ASK_NONSENSE:
		report_wrong(inspection,
		    "socket: what listens on %s does not speak FastCGI: give "
		    "it and the worker a socket each",
		    listen);
		break;
	default:
		report_wrong(
		    inspection, "socket: %s: %s", listen, answer->text);
	}
}

/* Who serves; without one that runs, whose the socket is that it left. */
static void
find_worker(struct inspection *inspection, const struct ask_answer *answer)
{
	const char *listen = inspection->conf->listen;
	struct worker_found found;
	struct stat status;

	if (answer->length > 0 || answer->process != 0) {
		if (!worker_find(listen, answer->process, &found))
			return;
		inspection->worker_process = found.process;
		(void)person_of_uid(found.user, &inspection->worker);
	} else if (stat(listen, &status) == 0 && S_ISSOCK(status.st_mode) &&
		   status.st_uid != 0) {
		(void)person_of_uid(status.st_uid, &inspection->worker);
	}
}

/* Whether the web server gets there; the walk is that of the kernel. */
static void
inspect_web_user(struct inspection *inspection, const char *path)
{
	const struct person *web = &inspection->web;
	struct walk_fault fault;

	if (!person_is_known(web)) {
		report_advice("socket: whether the web server may connect is "
			      "not known: give its user, --web-user NAME");
		return;
	}
	switch (
	    walk_to(web, path, WALK_READ | WALK_WRITE, WALK_BY_GROUP, &fault)) {
	case WALK_REACHES:
		report_right(
		    "socket: the web server's user %s may connect", web->name);
		break;
	case WALK_MISSES:
		report_wrong(inspection,
		    "socket: the web server's user %s %s; as root: %s",
		    web->name, fault.what, fault.command);
		break;
	case WALK_UNSEEN:
		report_advice("socket: this user can't look at %s, which %s "
			      "must pass: run this as root",
		    fault.path, web->name);
		break;
	case WALK_ABSENT:
		break;
	}
}

/* FastCGI knows no password: who connects can be any visitor. */
static void
inspect_others(struct inspection *inspection, const char *path)
{
	const struct person anybody = person_anybody();
	struct walk_fault fault;
	char quoted[PATH_MAX];

	if (walk_to(&anybody, path, WALK_WRITE, WALK_BY_ALL, &fault) !=
	    WALK_REACHES)
		return;
	walk_quote(path, quoted, sizeof(quoted));
	report_wrong(inspection,
	    "socket: everybody on this machine may connect, and pretend to be "
	    "any visitor; as root: chmod o-rwx %s",
	    quoted);
}

/* listen may be a path from wherever the worker was started. */
static void
inspect_path(struct inspection *inspection, const char *path)
{
	char *real = path[0] == '/' ? NULL : realpath(path, NULL);

	if (real != NULL)
		path = real;
	if (path[0] == '/') {
		inspect_web_user(inspection, path);
		inspect_others(inspection, path);
	}
	free(real);
}

/* A port: what is wrong with it is who else reaches it. */
static void
inspect_reach(struct inspection *inspection, const struct ask_answer *answer)
{
	const struct conf *conf = inspection->conf;

	if (answer->loopback)
		report_advice("socket: every user of this machine may connect "
			      "to %s, and pretend to be any visitor: the path "
			      "of a socket is safer",
		    conf->listen);
	else if (conf->listen_beyond_loopback != 0)
		report_advice("socket: other machines reach %s: let a "
			      "firewall keep all but the web server out, as "
			      "whoever connects can pretend to be any visitor",
		    conf->listen);
	else
		report_wrong(inspection,
		    "socket: other machines would reach %s, and the worker "
		    "refuses that: set listen to a path, or to 127.0.0.1 and "
		    "a port; or, behind a firewall, listen_beyond_loopback = 1",
		    conf->listen);
}

void
inspect_socket(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;
	bool is_path = strchr(conf->listen, '/') != NULL;
	uint64_t patience = inspect_patience_ms(conf) + SPARE_MS;
	int ms = patience < PATIENCE_MAX_MS ? (int)patience : PATIENCE_MAX_MS;
	struct ask_answer *answer;
	enum ask_result result;

	if (geteuid() != 0)
		(void)person_of_uid(geteuid(), &inspection->worker);
	if (conf->listen[0] == '\0') {
		report_right("socket: the one that who starts the worker gives "
			     "it, as listen is empty; --listen SOCKET has it "
			     "looked at");
		return;
	}
	answer = malloc(sizeof(*answer));
	if (answer == NULL ||
	    (is_path && !inspect_file(inspection, conf->listen))) {
		free(answer);
		return;
	}
	result = ask_fastcgi(conf->listen, "/healthz", ms, answer);
	if (result == ASK_ANSWERED)
		report_answer(inspection, answer);
	else
		report_silence(inspection, result, answer, ms);
	find_worker(inspection, answer);
	if (!is_path)
		inspect_reach(inspection, answer);
	else
		inspect_path(inspection, conf->listen);
	free(answer);
}
