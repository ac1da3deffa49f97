#include "base/landlock.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>

/*
 * Before it, nothing can be moved from one folder to another; the page store
 * would not work.
 */
#define VERSION_MIN 2

/* What came after version 2, for headers of that time. */
#define TRUNCATE      (UINT64_C(1) << 14) /* version 3 */
#define IOCTL_DEVICE  (UINT64_C(1) << 15) /* 5 */
#define PORT_BIND     (UINT64_C(1) << 0)  /* 4 */
#define PORT_CONNECT  (UINT64_C(1) << 1)
#define RULE_PORT     2
#define SCOPE_SOCKETS (UINT64_C(1) << 0) /* 6 */
#define SCOPE_SIGNALS (UINT64_C(1) << 1)

/* All rights of version 2. */
#define RIGHTS_2 ((LANDLOCK_ACCESS_FS_REFER << 1) - 1)

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_RUN  (RIGHTS_READ | LANDLOCK_ACCESS_FS_EXECUTE)
#define RIGHTS_CHANGE                                                          \
	(RIGHTS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                         \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |   \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |        \
	    LANDLOCK_ACCESS_FS_REFER | TRUNCATE)
/* Those that a rule for a file may have; else it is refused. */
#define RIGHTS_OF_FILE                                                         \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |           \
	    LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEVICE)

static const uint64_t rights_of[] = {
    [LANDLOCK_READ] = RIGHTS_READ,
    [LANDLOCK_RUN] = RIGHTS_RUN,
    [LANDLOCK_REMOVE] = LANDLOCK_ACCESS_FS_REMOVE_FILE,
    [LANDLOCK_WRITE] =
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG,
    [LANDLOCK_CHANGE] = RIGHTS_CHANGE,
};

/* struct landlock_ruleset_attr and landlock_net_port_attr, as they are now. */
struct ruleset {
	uint64_t files;
	uint64_t ports;
	uint64_t scoped;
};

struct port_rule {
	uint64_t allowed;
	uint64_t port;
};

/* The kernel takes a longer struct than it knows if the rest is zero. */
static struct ruleset
ruleset_of(int version)
{
	struct ruleset set = {.files = RIGHTS_2};

	if (version >= 3)
		set.files |= TRUNCATE;
	if (version >= LANDLOCK_PORTS_VERSION)
		set.ports = PORT_BIND | PORT_CONNECT;
	if (version >= 5)
		set.files |= IOCTL_DEVICE;
	if (version >= 6)
		set.scoped = SCOPE_SOCKETS | SCOPE_SIGNALS;
	return set;
}

static bool
add_place(int rules, uint64_t handled, const struct landlock_place *place)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = rights_of[place->access] & handled,
	    .parent_fd = open(place->path, O_PATH | O_CLOEXEC)};
	struct stat status;
	long failed;
	int failure;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
	if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
		rule.allowed_access &= RIGHTS_OF_FILE;
	failed = syscall(
	    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	failure = errno;
	(void)close(rule.parent_fd);
	errno = failure;
	return failed == 0;
}

static bool
add_port(int rules, uint16_t port)
{
	struct port_rule rule = {.allowed = PORT_CONNECT, .port = port};

	return syscall(SYS_landlock_add_rule, rules, RULE_PORT, &rule, 0) == 0;
}

/* False: errno has why. */
static bool
restrict_to(
    int rules, const struct ruleset *set, const struct landlock_wish *wish)
{
	for (size_t i = 0; i < wish->place_count; i++)
		if (!add_place(rules, set->files, &wish->places[i]))
			return false;
	for (size_t i = 0; set->ports != 0 && i < wish->port_count; i++)
		if (!add_port(rules, wish->ports[i]))
			return false;
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0;
}

static int
version_of_kernel(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version < 0 ? 0 : (int)version;
}

int
landlock_restrict(const struct landlock_wish *wish, char *why, size_t why_size)
{
	int version = version_of_kernel();
	struct ruleset set = ruleset_of(version);
	bool done;
	int rules;

	if (version < VERSION_MIN) {
		(void)snprintf(why, why_size,
		    version == 0 ? "the kernel has no Landlock"
				 : "the kernel's Landlock is too old");
		return 0;
	}
	rules = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	done = rules >= 0 && restrict_to(rules, &set, wish);
	if (!done)
		(void)snprintf(why, why_size, "%s", strerror(errno));
	if (rules >= 0)
		(void)close(rules);
	return done ? version : 0;
}

#else

int
landlock_restrict(const struct landlock_wish *wish, char *why, size_t why_size)
{
	(void)wish;
	(void)snprintf(why, why_size, "built without Landlock");
	return 0;
}

#endif
