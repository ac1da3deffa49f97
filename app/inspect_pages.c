/*
 * The part of `madang check` that looks at files: the page store, which the
 * worker writes and the web server reads, and the settings' file with its
 * secrets.
 */
#include "inspect_report.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1024 * 1024)

/* "pages.folder" and what is in it; see view/pagestore.h. */
#define PAGES_BELOW "/pages"

static void
report_missing(struct inspection *inspection, const char *folder)
{
	const struct person *worker = &inspection->worker;
	struct walk_fault fault;
	char above[PATH_MAX];
	char quoted[PATH_MAX];
	char *slash;

	(void)snprintf(above, sizeof(above), "%s", folder);
	slash = strrchr(above, '/');
	slash[slash == above ? 1 : 0] = '\0';
	if (person_is_known(worker) && inspection->worker_process == 0 &&
	    walk_to(worker, above, WALK_WRITE | WALK_ENTER, WALK_BY_ALL,
		&fault) == WALK_REACHES) {
		report_right(
		    "page store: %s is made when the worker starts", folder);
		return;
	}
	walk_quote(folder, quoted, sizeof(quoted));
	report_wrong(inspection,
	    "page store: there is no %s; as root: install -d -o %s -m 0755 %s",
	    folder,
	    person_is_known(worker) ? worker->name : "USER-OF-THE-WORKER",
	    quoted);
}

/* The folder is the worker's own: that he may write by a group is rare. */
static void
inspect_writing(struct inspection *inspection, const char *folder)
{
	const struct person *worker = &inspection->worker;
	struct walk_fault fault;
	struct stat status;
	char quoted[PATH_MAX];

	if (!person_is_known(worker)) {
		report_advice("page store: whether the worker may write to %s "
			      "is not known, as it does not run",
		    folder);
		return;
	}
	switch (walk_to(worker, folder, WALK_READ | WALK_WRITE | WALK_ENTER,
	    WALK_BY_ALL, &fault)) {
	case WALK_REACHES:
		report_right("page store: the worker's user %s may write to %s",
		    worker->name, folder);
		break;
	case WALK_MISSES:
		walk_quote(folder, quoted, sizeof(quoted));
		if (strcmp(fault.path, folder) == 0 &&
		    stat(folder, &status) == 0 && status.st_uid != worker->uid)
			(void)snprintf(fault.command, sizeof(fault.command),
			    "chown -R %s %s", worker->name, quoted);
		report_wrong(inspection,
		    "page store: the worker's user %s %s; as root: %s",
		    worker->name, fault.what, fault.command);
		break;
	default:
		report_advice("page store: this user can't look at %s: run "
			      "this as root",
		    fault.path);
	}
}

static void
inspect_reading(struct inspection *inspection, const char *folder)
{
	/* Folders of each kind; those that are there are looked at. */
	static const char *const below[] = {PAGES_BELOW "/b./lists",
	    PAGES_BELOW "/site", PAGES_BELOW "/b./threads", PAGES_BELOW, ""};
	const struct person *web = &inspection->web;
	struct walk_fault fault;

	if (!person_is_known(web)) {
		report_advice("page store: whether the web server may read it "
			      "is not known: give its user, --web-user NAME");
		return;
	}
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s%s", folder, below[i]);
		switch (walk_to(web, path, WALK_ENTER, WALK_BY_ALL, &fault)) {
		case WALK_MISSES:
			report_wrong(inspection,
			    "page store: the web server's user %s %s; as "
			    "root: %s",
			    web->name, fault.what, fault.command);
			return;
		case WALK_UNSEEN:
			report_advice("page store: this user can't look at %s, "
				      "which %s must pass: run this as root",
			    fault.path, web->name);
			return;
		default:
			break;
		}
	}
	report_right("page store: the web server's user %s may read in %s",
	    web->name, folder);
}

static void
inspect_store_room(const struct conf *conf)
{
	struct statvfs disk;
	uint64_t room;

	if (statvfs(conf->pages.folder, &disk) != 0)
		return;
	room = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (room < conf->pages.bytes)
		report_advice("page store: it may take %" PRIu64
			      " MiB (pages.bytes), and %" PRIu64
			      " are free there: set pages.bytes lower",
		    conf->pages.bytes >> 20, room >> 20);
}

void
inspect_pages(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;
	const char *folder = conf->pages.folder;
	struct stat status;

	if (folder[0] == '\0') {
		report_right("page store: none, as pages.folder is empty: the "
			     "worker makes each page");
		return;
	}
	if (conf->site.url[0] == '\0')
		report_wrong(inspection,
		    "page store: pages.folder does nothing without site.url: "
		    "set it to the site's address, like https://example.org");
	if (stat(folder, &status) != 0) {
		report_missing(inspection, folder);
		return;
	}
	if (!S_ISDIR(status.st_mode)) {
		report_wrong(inspection,
		    "page store: %s is no folder: set pages.folder to one",
		    folder);
		return;
	}
	inspect_writing(inspection, folder);
	inspect_reading(inspection, folder);
	inspect_store_room(conf);
}

/* What the file alone has, without the environment. */
static bool
file_has_secrets(const char *path)
{
	FILE *file = fopen(path, "re");
	char *data = malloc(CONFIG_BYTES_MAX);
	struct conf *conf = malloc(sizeof(*conf));
	bool has = false;

	if (file != NULL && data != NULL && conf != NULL) {
		size_t length = fread(data, 1, CONFIG_BYTES_MAX, file);

		conf_defaults(conf);
		has = conf_parse(conf, path, data, length) == ERR_OK &&
		      (conf->redis.password[0] != '\0' ||
			  conf->post.pepper[0] != '\0');
	}
	if (file != NULL)
		(void)fclose(file);
	free(data);
	free(conf);
	return has;
}

/* Others shall not read it; the worker must go on to. */
static void
report_open_file(struct inspection *inspection, const char *path, uid_t owner)
{
	const struct person *worker = &inspection->worker;
	char quoted[PATH_MAX];

	walk_quote(path, quoted, sizeof(quoted));
	if (!person_is_known(worker) || worker->uid == owner)
		report_wrong(inspection,
		    "secrets: everybody on this machine may read %s, which has "
		    "a password or the pepper; as root: chmod o-rwx %s",
		    path, quoted);
	else
		report_wrong(inspection,
		    "secrets: everybody on this machine may read %s, which has "
		    "a password or the pepper; as root: chgrp %s %s && chmod "
		    "u=rw,g=r,o= %s",
		    path, worker->group, quoted, quoted);
}

static void
inspect_config(struct inspection *inspection, const char *path)
{
	const struct person anybody = person_anybody();
	struct walk_fault fault;
	struct stat status;
	char *real = realpath(path, NULL);

	if (real == NULL || stat(real, &status) != 0) {
		free(real);
		return;
	}
	if (file_has_secrets(real)) {
		if (walk_to(&anybody, real, WALK_READ, WALK_BY_ALL, &fault) ==
		    WALK_REACHES)
			report_open_file(inspection, real, status.st_uid);
		else
			report_right(
			    "secrets: not everybody may read %s", real);
	}
	if (person_is_known(&inspection->worker) &&
	    walk_to(&inspection->worker, real, WALK_READ, WALK_BY_GROUP,
		&fault) == WALK_MISSES)
		report_wrong(inspection,
		    "settings: the worker's user %s %s; as root: %s",
		    inspection->worker.name, fault.what, fault.command);
	free(real);
}

void
inspect_secrets(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;

	if (inspection->options->config != NULL)
		inspect_config(inspection, inspection->options->config);
	if (conf->post.pepper[0] == '\0')
		report_advice("secrets: post.pepper is empty, so whoever has "
			      "Redis's files can make private links and tell "
			      "who wrote what: set it to a long text that "
			      "nobody knows (openssl rand -hex 32)");
}
