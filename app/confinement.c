#include "confinement.h"

#include "config.h"

#include "base/address.h"
#include "base/confine.h"
#include "base/log.h"
#include "pages/publisher.h"
#include "view/pagestore.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MODULE "confine"

#define PLACES_MAX 16
#define PORTS_MAX  2
#define LIBC_FILES 2 /* that the C library reads by itself */
#define PORT_DNS   53

/* A place, and what was there when the worker was confined. */
struct spot {
	char path[PATH_MAX];
	enum landlock_access access;
	dev_t device;
	ino_t inode; /* 0: nothing */
};

struct reach {
	struct spot spots[PLACES_MAX];
	size_t spot_count;
	uint16_t ports[PORTS_MAX];
	size_t port_count;
};

struct confinement {
	struct confine confine;
	struct reach reach;
	char config[PATH_MAX]; /* "": none */
};

static void
add_spot(struct reach *reach, const char *path, enum landlock_access access)
{
	struct spot *spot = &reach->spots[reach->spot_count];
	struct stat status;

	if (path[0] == '\0' || reach->spot_count == PLACES_MAX)
		return;
	reach->spot_count++;
	(void)snprintf(spot->path, sizeof(spot->path), "%s", path);
	spot->access = access;
	if (stat(path, &status) == 0) {
		spot->device = status.st_dev;
		spot->inode = status.st_ino;
	}
}

/*
 * The folder that a file is in: a rule for the file alone would end when an
 * editor puts another file in its place.
 */
static void
add_folder_of(
    struct reach *reach, const char *file, enum landlock_access access)
{
	char folder[PATH_MAX];
	char *slash;

	if (file[0] == '\0')
		return;
	(void)snprintf(folder, sizeof(folder), "%s", file);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		slash[slash == folder ? 1 : 0] = '\0';
	add_spot(reach, folder, access);
}

/*
 * What getaddrinfo reads whenever Redis is connected to: its files in /etc,
 * one of which may be a link, and the libraries of /etc/nsswitch.conf.
 */
static void
add_names(struct reach *reach)
{
	static const char *const folders[] = {
	    "/etc", "/lib", "/lib64", "/usr/lib", "/usr/lib64"};
	char *real = realpath("/etc/resolv.conf", NULL);

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		add_spot(reach, folders[i], LANDLOCK_READ);
	if (real != NULL)
		add_folder_of(reach, real, LANDLOCK_READ);
	free(real);
	reach->ports[reach->port_count++] = PORT_DNS;
}

static bool
is_number(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 ||
	       inet_pton(AF_INET6, host, address) == 1;
}

/* Connecting to a unix socket takes no right. */
static void
add_redis(struct reach *reach, const char *address)
{
	char host[ADDRESS_HOST_MAX];
	int port;

	if (address[0] == '/' || !address_split(address, host, &port))
		return;
	reach->ports[reach->port_count++] = (uint16_t)port;
	if (!is_number(host))
		add_names(reach);
}

/*
 * Its folder may be removed by its owner, and made again by another worker,
 * whose pages this one has to throw away: so it is the folder that it is in,
 * unless that is the root of everything.
 */
static void
add_store(struct reach *reach, const char *folder)
{
	if (strchr(folder + 1, '/') != NULL)
		add_folder_of(reach, folder, LANDLOCK_CHANGE);
	else
		add_spot(reach, folder, LANDLOCK_CHANGE);
}

/*
 * The time zone is not among it: its file has been read, and it changes only
 * with a new start.
 */
static void
find_reach(const struct conf *conf, const char *config, struct reach *reach)
{
	*reach = (struct reach){.spot_count = 0};
#if SANITIZED
	/* Who reports a fault runs a program that reads ours. */
	add_spot(reach, "/", LANDLOCK_RUN);
#endif
	add_folder_of(reach, config, LANDLOCK_READ);
	add_spot(reach, conf->files.templates, LANDLOCK_READ);
	add_folder_of(reach, conf->files.assets, LANDLOCK_READ);
	if (publisher_is_wanted(conf))
		add_store(reach, conf->pages.folder);
	/* What is rotated is made again by who writes it. */
	if (conf->log.to[0] == '/')
		add_folder_of(reach, conf->log.to, LANDLOCK_WRITE);
	add_redis(reach, conf->redis.address);
}

static void
confine_to(struct confine *confine, const struct reach *reach)
{
	struct landlock_place places[PLACES_MAX + LIBC_FILES] = {
	    /* How many processors there are, and how memory is given back. */
	    {"/sys/devices/system/cpu/online", LANDLOCK_READ},
	    {"/proc/sys/vm/overcommit_memory", LANDLOCK_READ}};
	const struct landlock_wish wish = {.places = places,
	    .place_count = LIBC_FILES + reach->spot_count,
	    .ports = reach->ports,
	    .port_count = reach->port_count};

	for (size_t i = 0; i < reach->spot_count; i++)
		places[LIBC_FILES + i] =
		    (struct landlock_place){.path = reach->spots[i].path,
			.access = reach->spots[i].access};
	confine_begin(confine, &wish);
}

enum err
confinement_begin(
    const struct conf *conf, const char *config, struct confinement **begun)
{
	struct confinement *confinement = calloc(1, sizeof(*confinement));

	if (confinement == NULL)
		return ERR_NO_MEMORY;
	(void)snprintf(confinement->config, sizeof(confinement->config), "%s",
	    config != NULL ? config : "");
	confinement->confine = (struct confine){
	    .wanted = {[CONFINE_PRIVILEGES] = conf->confine.privileges != 0,
		[CONFINE_FILES] = conf->confine.files != 0,
		[CONFINE_SYSTEM_CALLS] = conf->confine.system_calls != 0,
		[CONFINE_CORE_DUMPS] = conf->confine.core_dumps != 0}};
	if (publisher_is_wanted(conf))
		pagestore_make(conf->pages.folder);
	find_reach(conf, confinement->config, &confinement->reach);
	/* Its file goes when the worker ends; a reload leaves it. */
	if (strchr(conf->listen, '/') != NULL)
		add_folder_of(
		    &confinement->reach, conf->listen, LANDLOCK_REMOVE);
	confine_to(&confinement->confine, &confinement->reach);
	*begun = confinement;
	return ERR_OK;
}

void
confinement_destroy(struct confinement *confinement)
{
	free(confinement);
}

void
confinement_tell(const struct confinement *confinement)
{
	confine_tell(&confinement->confine);
}

/* Whether it is the same place now as one was then, for the same use. */
static bool
has_spot(const struct reach *reach, const struct spot *spot)
{
	for (size_t i = 0; i < reach->spot_count; i++) {
		const struct spot *then = &reach->spots[i];

		if (then->access == spot->access &&
		    then->device == spot->device &&
		    then->inode == spot->inode &&
		    (spot->inode != 0 || strcmp(then->path, spot->path) == 0))
			return true;
	}
	return false;
}

static bool
has_port(const struct reach *reach, uint16_t port)
{
	for (size_t i = 0; i < reach->port_count; i++)
		if (reach->ports[i] == port)
			return true;
	return false;
}

static bool
ports_suit(const struct confinement *confinement, const struct reach *reach)
{
	if (confinement->confine.landlock < LANDLOCK_PORTS_VERSION)
		return true;
	for (size_t i = 0; i < reach->port_count; i++) {
		if (has_port(&confinement->reach, reach->ports[i]))
			continue;
		log_error(MODULE,
		    "TCP port %u is out of this worker's reach since it "
		    "started: start it again",
		    (unsigned)reach->ports[i]);
		return false;
	}
	return true;
}

bool
confinement_suits(
    const struct confinement *confinement, const struct conf *conf)
{
	struct reach *reach;
	bool suits = true;

	if (!confine_is_in_force(&confinement->confine, CONFINE_FILES))
		return true;
	reach = calloc(1, sizeof(*reach));
	if (reach == NULL)
		return false;
	find_reach(conf, confinement->config, reach);
	for (size_t i = 0; i < reach->spot_count && suits; i++) {
		suits = has_spot(&confinement->reach, &reach->spots[i]);
		if (!suits)
			log_error(MODULE,
			    "%s is out of this worker's reach: it is not what "
			    "was there when the worker started. Start it again",
			    reach->spots[i].path);
	}
	suits = suits && ports_suit(confinement, reach);
	free(reach);
	return suits;
}
