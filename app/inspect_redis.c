/* The part of `madang check` that looks at Redis, and its machine if ours. */
#include "inspect_report.h"

#include "base/clock.h"
#include "board/board.h"
#include "board/facts.h"
#include "slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define MEBIBYTE   UINT64_C(1048576)
#define ROOM_BYTES (64 * MEBIBYTE) /* less, and posts are soon refused */
#define COMFORT_BYTES                                                          \
	(1024 * MEBIBYTE) /* its file is written anew at times                 \
			   */
#define CLOCKS_APART_S 5

static void
inspect_advice(struct inspection *inspection, struct store *store)
{
	struct board_advice advice[BOARD_ADVICE];

	if (board_advise(store, advice) != ERR_OK) {
		report_wrong(inspection, "Redis: its settings can't be read");
		return;
	}
	for (size_t i = 0; i < BOARD_ADVICE; i++) {
		const struct board_advice *one = &advice[i];

		if (one->found == NULL)
			report_wrong(inspection,
			    "Redis: it doesn't tell its %s; make sure that "
			    "it is %s, or %s",
			    one->setting, one->wanted, one->reason);
		else if (strcmp(one->found, one->wanted) == 0)
			report_right(
			    "Redis: %s is %s", one->setting, one->found);
		else
			report_wrong(inspection,
			    "Redis: %s is %s; it should be %s, or %s",
			    one->setting, one->found, one->wanted, one->reason);
	}
}

/* A number of the kernel's; -1: it doesn't say. */
static int
kernel_number(const char *path)
{
	FILE *file = fopen(path, "re");
	int number = -1;

	if (file != NULL) {
		if (fscanf(file, "%d", &number) != 1)
			number = -1;
		(void)fclose(file);
	}
	return number;
}

static void
inspect_clients(struct inspection *inspection, const struct facts *facts)
{
	uint64_t wanted = inspection->conf->slots + 2;

	if (facts->clients_max == 0 || facts->clients == 0) {
		report_advice(
		    "connections: Redis doesn't tell its maxclients; it must "
		    "be %" PRIu64 " for each worker process, and some more",
		    wanted);
		return;
	}
	/* Those of a worker that runs are among the clients of now. */
	if (facts->clients_max < wanted + 1)
		report_wrong(inspection,
		    "connections: %" PRIu64 " slots take up to %" PRIu64
		    " connections, and Redis has maxclients %" PRIu64
		    ": set maxclients to %" PRIu64
		    " or more, or the setting slots lower",
		    inspection->conf->slots, wanted, facts->clients_max,
		    2 * wanted + 10);
	else if (facts->clients_max < wanted + facts->clients)
		report_advice("connections: %" PRIu64
			      " slots take up to %" PRIu64
			      " connections, and of Redis's %" PRIu64
			      " (maxclients) %" PRIu64
			      " are in use: set maxclients higher",
		    inspection->conf->slots, wanted, facts->clients_max,
		    facts->clients);
	else
		report_right("connections: %" PRIu64
			     " slots take up to %" PRIu64
			     " connections; Redis has %" PRIu64 ", and %" PRIu64
			     " are in use",
		    inspection->conf->slots, wanted, facts->clients_max,
		    facts->clients);
}

static void
inspect_room(struct inspection *inspection, const char *folder)
{
	struct statvfs disk;
	uint64_t room;

	if (folder == NULL || statvfs(folder, &disk) != 0)
		return;
	room = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (room < ROOM_BYTES)
		report_wrong(inspection,
		    "disk: %" PRIu64 " MiB are free in %s, where Redis keeps "
		    "the posts: make room, or posts are soon refused",
		    room / MEBIBYTE, folder);
	else if (room < COMFORT_BYTES)
		report_advice("disk: %" PRIu64 " MiB are free in %s, where "
			      "Redis keeps the posts; when it writes its file "
			      "anew it takes its size once more: make room",
		    room / MEBIBYTE, folder);
	else
		report_right("disk: %" PRIu64
			     " MiB are free in %s, where Redis keeps the posts",
		    room / MEBIBYTE, folder);
}

static bool
redis_is_here(const struct conf *conf)
{
	const char *address = conf->redis.address;

	return address[0] == '/' || strncmp(address, "127.", 4) == 0 ||
	       strncmp(address, "localhost:", 10) == 0 ||
	       strncmp(address, "[::1]:", 6) == 0;
}

/* Huge pages are no matter: Redis 6.2 and newer switch them off for itself. */
static void
inspect_its_machine(struct inspection *inspection, const struct facts *facts)
{
	if (kernel_number("/proc/sys/vm/overcommit_memory") == 0)
		report_advice(
		    "memory: the kernel may refuse Redis the memory to write "
		    "its file anew, as vm.overcommit_memory is 0: sysctl -w "
		    "vm.overcommit_memory=1, and the same in "
		    "/etc/sysctl.d/madang.conf");
	inspect_room(inspection, facts->folder);
}

static void
inspect_clock(struct inspection *inspection, const struct facts *facts)
{
	uint64_t here = clock_unix_ms() / 1000;
	uint64_t apart =
	    here > facts->unix_s ? here - facts->unix_s : facts->unix_s - here;

	if (facts->unix_s != 0 && apart > CLOCKS_APART_S)
		report_wrong(inspection,
		    "clock: Redis's and this machine's are %" PRIu64
		    " seconds apart: let both follow a time server "
		    "(timedatectl set-ntp true)",
		    apart);
}

static void
inspect_facts(struct inspection *inspection, struct store *store)
{
	struct facts facts;

	if (facts_read(store, &facts) != ERR_OK) {
		report_wrong(inspection, "Redis: it doesn't tell about itself");
		return;
	}
	inspect_clients(inspection, &facts);
	inspect_clock(inspection, &facts);
	if (redis_is_here(inspection->conf))
		inspect_its_machine(inspection, &facts);
}

void
inspect_redis(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;
	struct store store =
	    slot_store(conf, inspection->pool, inspection->arena);
	enum err err = board_ping(&store);

	if (err == ERR_CONFIG)
		report_wrong(inspection,
		    "Redis: %s holds keys that this Madang does not know",
		    conf->redis.address);
	else if (err == ERR_BUSY)
		report_wrong(inspection,
		    "Redis: %s holds a board that is being imported, or keys "
		    "of an older layout: a worker that starts upgrades them, "
		    "as madang upgrade does",
		    conf->redis.address);
	else if (err != ERR_OK)
		report_wrong(inspection, "Redis: %s does not answer: see above",
		    conf->redis.address);
	if (err != ERR_OK)
		return;
	report_right("Redis: %s answers", conf->redis.address);
	inspect_advice(inspection, &store);
	store = slot_store(conf, inspection->pool, inspection->arena);
	inspect_facts(inspection, &store);
}
