/*
 * The part of `madang check` that looks at the machine: files and memory that
 * a worker may take, the kernel's queue, the clock, what can be given up.
 */
#include "inspect_report.h"

#include "base/clock.h"
#include "base/confine.h"
#include "web/listener.h"
#include "web/lobby.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_BYTES 256

/* A connection of the web server's and one to Redis; and the process's own. */
#define FILES_OF_SLOT	 2
#define FILES_OF_PROCESS 32

/* A second before this was written: 2026-01-01, UTC. */
#define CLOCK_MIN_MS UINT64_C(1767225600000)

/* The rest of a line of a file of /proc that begins so; false without it. */
static bool
read_line(const char *path, const char *begin, char rest[LINE_BYTES])
{
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES];
	bool found = false;

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, begin, strlen(begin)) == 0) {
			(void)snprintf(
			    rest, LINE_BYTES, "%s", line + strlen(begin));
			found = true;
		}
	(void)fclose(file);
	return found;
}

/* How many files the worker may have open: its own limit, if it runs. */
static uint64_t
files_of_worker(const struct inspection *inspection)
{
	struct rlimit limit = {.rlim_cur = 0};
	char path[64];
	char rest[LINE_BYTES];
	uint64_t files;

	(void)snprintf(path, sizeof(path), "/proc/%ld/limits",
	    (long)inspection->worker_process);
	if (inspection->worker_process != 0 &&
	    read_line(path, "Max open files", rest))
		return sscanf(rest, "%" SCNu64, &files) == 1 ? files
							     : UINT64_MAX;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return (uint64_t)limit.rlim_cur;
}

static void
inspect_files(struct inspection *inspection)
{
	uint64_t slots = inspection->conf->slots;
	uint64_t least = FILES_OF_PROCESS + FILES_OF_SLOT * (slots + 2);
	uint64_t most = least + LOBBY_GUESTS_MAX;
	uint64_t files = files_of_worker(inspection);
	const char *whose = inspection->worker_process != 0
				? "the worker"
				: "a program started from here";

	if (files < least)
		report_wrong(inspection,
		    "files: %s may open %" PRIu64 ", and %" PRIu64
		    " slots take %" PRIu64
		    ": set LimitNOFILE= of its unit, or ulimit -n before it "
		    "starts, to %" PRIu64,
		    whose, files, slots, least, most);
	else if (files < most)
		report_advice(
		    "files: %s may open %" PRIu64 ": room for %" PRIu64
		    " connections that wait; for all that may, set "
		    "LimitNOFILE= of its unit, or ulimit -n before it starts, "
		    "to %" PRIu64,
		    whose, files, files - least, most);
	else
		report_right("files: %s may open %" PRIu64
			     ", and takes %" PRIu64 " at the most",
		    whose, files, most);
}

static void
inspect_memory(const struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;
	uint64_t wanted = conf->slots * conf->limits.request_bytes >> 20;
	char rest[LINE_BYTES];
	uint64_t free_kib;

	if (!read_line("/proc/meminfo", "MemAvailable:", rest) ||
	    sscanf(rest, "%" SCNu64, &free_kib) != 1)
		return;
	if (wanted > free_kib >> 10)
		report_advice("memory: %" PRIu64
			      " slots of limits.request_bytes may take %" PRIu64
			      " MiB when all make the longest pages at once, "
			      "and %" PRIu64
			      " are free: set slots or limits.request_bytes "
			      "lower",
		    conf->slots, wanted, free_kib >> 10);
	else
		report_right("memory: %" PRIu64 " slots take at most %" PRIu64
			     " MiB, and %" PRIu64 " are free",
		    conf->slots, wanted, free_kib >> 10);
}

static void
inspect_queue(void)
{
	char rest[LINE_BYTES];
	unsigned most;

	if (!read_line("/proc/sys/net/core/somaxconn", "", rest) ||
	    sscanf(rest, "%u", &most) != 1)
		return;
	if (most < LISTENER_BACKLOG)
		report_advice(
		    "queue: the kernel keeps %u connections for a socket, and "
		    "%d are of use: sysctl -w net.core.somaxconn=%d, and the "
		    "same in /etc/sysctl.d/madang.conf; then start the worker "
		    "again",
		    most, LISTENER_BACKLOG, LISTENER_BACKLOG);
}

void
inspect_machine(struct inspection *inspection)
{
	if (clock_unix_ms() < CLOCK_MIN_MS)
		report_wrong(inspection,
		    "clock: it is before this program was written: set it, "
		    "and let it follow a time server (timedatectl set-ntp "
		    "true)");
	inspect_files(inspection);
	inspect_memory(inspection);
	inspect_queue();
}

/*
 * By trying: a child gives up what a worker does, and tells. What it may reach
 * then does not matter.
 */
static bool
try_confinement(const struct conf *conf, struct confine *confine)
{
	const struct landlock_wish nothing = {.place_count = 0};
	ssize_t got = -1;
	int ends[2];
	pid_t child;

	*confine = (struct confine){
	    .wanted = {[CONFINE_PRIVILEGES] = conf->confine.privileges != 0,
		[CONFINE_FILES] = conf->confine.files != 0,
		[CONFINE_SYSTEM_CALLS] = conf->confine.system_calls != 0,
		[CONFINE_CORE_DUMPS] = conf->confine.core_dumps != 0}};
	if (pipe(ends) != 0)
		return false;
	child = fork();
	if (child == 0) {
		confine_begin(confine, &nothing);
		/* It fits into a pipe. */
		_exit(write(ends[1], confine, sizeof(*confine)) ==
			      (ssize_t)sizeof(*confine)
			  ? 0
			  : 1);
	}
	(void)close(ends[1]);
	if (child > 0) {
		got = read(ends[0], confine, sizeof(*confine));
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	(void)close(ends[0]);
	return got == (ssize_t)sizeof(*confine);
}

void
inspect_confinement(struct inspection *inspection)
{
	struct confine confine;

	if (!try_confinement(inspection->conf, &confine)) {
		report_wrong(inspection,
		    "confinement: it could not be tried: see the log of a "
		    "worker's start");
		return;
	}
	for (size_t i = 0; i < CONFINE_PARTS; i++) {
		const char *name = confine_name((enum confine_part)i);

		if (!confine.wanted[i])
			report_advice("confinement: confine.%s is 0: set it "
				      "to 1, unless you debug the worker",
			    name);
		else if (!confine_is_in_force(&confine, (enum confine_part)i))
			report_advice("confinement: confine.%s will not be in "
				      "force: %s",
			    name, confine.why[i]);
		else if (i == CONFINE_FILES)
			report_right("confinement: confine.%s will be in "
				     "force, by Landlock %d%s",
			    name, confine.landlock,
			    confine.landlock < LANDLOCK_PORTS_VERSION
				? ", which knows no TCP ports"
				: "");
		else
			report_right(
			    "confinement: confine.%s will be in force", name);
	}
}
