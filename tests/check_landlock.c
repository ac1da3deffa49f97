#include "base/landlock.h"

#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* From which version of Landlock on a claim holds. */
#define ANY    2
#define CUTS   3
#define PORTS  LANDLOCK_PORTS_VERSION
#define SCOPES 6

#define NOT_IN_FORCE 255

/* Each is tried in here; the last is not named to Landlock. */
static char home[32];
static const char *const folders[] = {"read", "change", "remove", "other"};
static int named, unnamed, by_file, without_file; /* sockets that listen */
static uint16_t named_port, unnamed_port;
/* A unix socket's name without a file begins with a NUL. */
static char abstract[64];

static const char *
path_of(const char *name)
{
	return name[0] == '/'
		   ? name
		   : arena_printf(support_arena(), "%s/%s", home, name);
}

static int
listen_on_loopback(uint16_t *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(
	    getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* Of a unix socket; a name of a file, or one that begins with "@". */
static struct sockaddr_un
address_of(const char *name, socklen_t *length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	ck_assert_uint_lt(strlen(name), sizeof(address.sun_path));
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	*length =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	return address;
}

static int
listen_by_name(const char *name)
{
	socklen_t length;
	struct sockaddr_un address = address_of(name, &length);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

static void
set_up(void)
{
	support_folder(home, sizeof(home));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *folder = path_of(folders[i]);
		int fd;

		ck_assert_int_eq(mkdir(folder, 0700), 0);
		fd = open(arena_printf(support_arena(), "%s/file", folder),
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		ck_assert_int_eq(write(fd, "old", 3), 3);
		(void)close(fd);
		ck_assert_int_eq(
		    mkdir(arena_printf(support_arena(), "%s/empty", folder),
			0700),
		    0);
	}
	(void)snprintf(abstract, sizeof(abstract), "@%s", home);
	named = listen_on_loopback(&named_port);
	unnamed = listen_on_loopback(&unnamed_port);
	by_file = listen_by_name(path_of("other/socket"));
	without_file = listen_by_name(abstract);
}

static void
tear_down(void)
{
	static const char *const names[] = {
	    "file", "empty/file", "empty", "new", "socket"};

	(void)close(named);
	(void)close(unnamed);
	(void)close(by_file);
	(void)close(without_file);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			(void)remove(path_of(arena_printf(
			    support_arena(), "%s/%s", folders[i], names[k])));
		ck_assert_int_eq(rmdir(path_of(folders[i])), 0);
	}
	ck_assert_int_eq(rmdir(home), 0);
}

/* The version that is in force, for this process from now on. */
static int
restrict_here(char *why, size_t why_size)
{
	const struct landlock_place places[] = {
	    {path_of("read"), LANDLOCK_READ},
	    {path_of("change"), LANDLOCK_CHANGE},
	    {path_of("remove"), LANDLOCK_REMOVE},
	    {path_of("there/is/none"), LANDLOCK_CHANGE},
	};
	const struct landlock_wish wish = {.places = places,
	    .place_count = sizeof(places) / sizeof(places[0]),
	    .ports = &named_port,
	    .port_count = 1};

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return landlock_restrict(&wish, why, why_size);
}

/*
 * The version that a child gets. Where it gets none the kernel must be the
 * reason, and whoever reads the test's output is told so.
 */
static int
version_here(void)
{
	char why[80] = "";
	int status, version;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		version = restrict_here(why, sizeof(why));
		(void)fputs(why, stderr);
		_exit(strstr(why, "andlock") != NULL ? 0
		      : version == 0		     ? NOT_IN_FORCE
						     : version);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	version = WEXITSTATUS(status);
	ck_assert_int_ne(version, NOT_IN_FORCE);
	return version;
}

static bool
is_skipped(int version)
{
	int here = version_here();

	if (here >= version)
		return false;
	(void)fprintf(stderr, "# skipped: it takes Landlock %d, here is %d\n",
	    version, here);
	return true;
}

/* What is tried: gives 0, or why it could not be done. */
typedef int attempt(const char *name);

static int
result(int failed)
{
	return failed == 0 ? 0 : errno;
}

static int
opened(int fd)
{
	if (fd < 0)
		return errno;
	return result(close(fd));
}

static int
reads(const char *name)
{
	return opened(open(path_of(name), O_RDONLY | O_CLOEXEC));
}

static int
writes(const char *name)
{
	return opened(open(path_of(name), O_WRONLY | O_CLOEXEC));
}

static int
adds(const char *name)
{
	return opened(
	    open(path_of(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int
lists(const char *name)
{
	DIR *listing = opendir(path_of(name));

	return listing == NULL ? errno : result(closedir(listing));
}

static int
cuts(const char *name)
{
	return result(truncate(path_of(name), 0));
}

static int
removes(const char *name)
{
	return result(unlink(path_of(name)));
}

static int
removes_folder(const char *name)
{
	return result(rmdir(path_of(name)));
}

static int
makes_folder(const char *name)
{
	return result(mkdir(path_of(name), 0700));
}

static int
makes_pipe(const char *name)
{
	return result(mkfifo(path_of(name), 0600));
}

static int
makes_link(const char *name)
{
	return result(symlink("/etc", path_of(name)));
}

static int
makes_socket(const char *name)
{
	socklen_t length;
	struct sockaddr_un address = address_of(path_of(name), &length);

	return result(bind(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    (struct sockaddr *)&address, length));
}

/* Into another folder, as the page store throws away. */
static int
moves_in(const char *name)
{
	return result(rename(path_of(name), path_of("change/empty/file")));
}

static int
runs(const char *name)
{
	char *const words[] = {(char[]){"program"}, NULL};

	(void)execv(path_of(name), words);
	return errno;
}

static int
connects_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return result(connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    (struct sockaddr *)&address, sizeof(address)));
}

static int
connects(const char *name)
{
	return connects_to(
	    strcmp(name, "named") == 0 ? named_port : unnamed_port);
}

static int
listens(const char *name)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	(void)name;
	return result(bind(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    (struct sockaddr *)&address, sizeof(address)));
}

static int
meets(const char *name)
{
	socklen_t length;
	struct sockaddr_un address =
	    address_of(name[0] == '@' ? abstract : path_of(name), &length);

	return result(connect(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
	    (struct sockaddr *)&address, length));
}

static int
signals(const char *whom)
{
	return result(
	    kill(strcmp(whom, "itself") == 0 ? getpid() : getppid(), 0));
}

static const struct row {
	attempt *try;
	const char *name;
	int expected;
	int version;
} rows[] = {
    {reads, "read/file", 0, ANY},
    {lists, "read", 0, ANY},
    {lists, "read/empty", 0, ANY},
    {writes, "read/file", EACCES, ANY},
    {cuts, "read/file", EACCES, CUTS},
    {adds, "read/new", EACCES, ANY},
    {removes, "read/file", EACCES, ANY},
    {removes_folder, "read/empty", EACCES, ANY},
    {makes_folder, "read/new", EACCES, ANY},
    {moves_in, "read/file", EACCES, ANY},

    {reads, "change/file", 0, ANY},
    {writes, "change/file", 0, ANY},
    {cuts, "change/file", 0, ANY},
    {adds, "change/new", 0, ANY},
    {adds, "change/empty/file", 0, ANY},
    {removes, "change/file", 0, ANY},
    {removes_folder, "change/empty", 0, ANY},
    {makes_folder, "change/new", 0, ANY},
    {moves_in, "change/file", 0, ANY},
    {lists, "change", 0, ANY},
    {makes_link, "change/new", EACCES, ANY},
    {makes_pipe, "change/new", EACCES, ANY},
    {makes_socket, "change/new", EACCES, ANY},

    {removes, "remove/file", 0, ANY},
    {reads, "remove/file", EACCES, ANY},
    {lists, "remove", EACCES, ANY},
    {adds, "remove/new", EACCES, ANY},
    {removes_folder, "remove/empty", EACCES, ANY},

    {reads, "other/file", EACCES, ANY},
    {reads, "change/../other/file", EACCES, ANY},
    {writes, "other/file", EACCES, ANY},
    {cuts, "other/file", EACCES, CUTS},
    {adds, "other/new", EACCES, ANY},
    {removes, "other/file", EACCES, ANY},
    {lists, "other", EACCES, ANY},
    {moves_in, "other/file", EACCES, ANY},
    {reads, "/etc/passwd", EACCES, ANY},
    {lists, "/", EACCES, ANY},
    {writes, "/dev/null", EACCES, ANY},
    {runs, "/bin/true", EACCES, ANY},

    {connects, "named", 0, ANY},
    {connects, "unnamed", EACCES, PORTS},
    {listens, "any port", EACCES, PORTS},
    {meets, "other/socket", 0, ANY},
    {meets, "@", EPERM, SCOPES},
    {signals, "itself", 0, ANY},
    {signals, "its parent", EPERM, SCOPES},
};

/* What it comes to in a child; NOT_IN_FORCE when it isn't confined. */
static int
tried(const struct row *row, bool restricted)
{
	char why[80];
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (restricted && restrict_here(why, sizeof(why)) == 0)
			_exit(NOT_IN_FORCE);
		_exit(row->try(row->name));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(what_is_named_is_within_reach_and_nothing_else)
{
	const struct row *row = &rows[_i];

	if (is_skipped(row->version))
		return;
	ck_assert_msg(tried(row, true) == row->expected, "%s", row->name);
}
END_TEST

/* Else the test above might see another reason than Landlock. */
START_TEST(without_it_all_of_that_is_within_reach)
{
	const struct row *row = &rows[_i];
	int failure = tried(row, false);

	ck_assert_msg(failure == 0, "%s: %s", row->name, strerror(failure));
}
END_TEST

static void *
read_other(void *context)
{
	*(int *)context = reads("other/file");
	return NULL;
}

START_TEST(what_is_open_stays_open_and_later_threads_are_confined)
{
	int fd = open(path_of("other/file"), O_RDWR | O_CLOEXEC);
	int status;
	pid_t child;

	if (is_skipped(ANY))
		return;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		char why[80];
		char byte;
		int in_thread = 0;
		pthread_t thread;

		if (restrict_here(why, sizeof(why)) == 0)
			_exit(1);
		if (read(fd, &byte, 1) != 1 || write(fd, "x", 1) != 1)
			_exit(2);
		if (pthread_create(&thread, NULL, read_other, &in_thread) != 0)
			_exit(3);
		(void)pthread_join(thread, NULL);
		_exit(in_thread == EACCES ? 0 : 4);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	(void)close(fd);
}
END_TEST

int
main(void)
{
	const char *sanitizers = getenv("SANITIZERS");
	TCase *test_case;
	Suite *suite;

	/* valgrind knows none of its calls, and passes none on. */
	if (sanitizers != NULL && strcmp(sanitizers, "valgrind") == 0) {
		(void)fputs("# skipped: valgrind has no Landlock\n", stderr);
		return 77;
	}
	suite = suite_create("landlock");
	test_case = support_case(suite, "reach");
	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_loop_test(test_case,
	    what_is_named_is_within_reach_and_nothing_else, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(test_case, without_it_all_of_that_is_within_reach,
	    0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(
	    test_case, what_is_open_stays_open_and_later_threads_are_confined);
	return support_run(suite);
}
