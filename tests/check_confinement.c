#include "confinement.h"

#include "config.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a child that can't be confined here. */
#define NOT_HERE 77

static char home[32];
static struct conf conf;
static int redis; /* what listens on the port that is Redis's by the settings */
static uint16_t redis_port;

static const char *
path_of(const char *name)
{
	return arena_printf(support_arena(), "%s/%s", home, name);
}

static void
make(const char *name, bool folder)
{
	int fd;

	if (folder) {
		ck_assert_int_eq(mkdir(path_of(name), 0700), 0);
		return;
	}
	fd = open(path_of(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

static void
set(char setting[CONF_TEXT_MAX], const char *name)
{
	(void)snprintf(setting, CONF_TEXT_MAX, "%s", path_of(name));
}

static void
listen_as_redis(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	redis = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(redis, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(listen(redis, 8), 0);
	ck_assert_int_eq(
	    getsockname(redis, (struct sockaddr *)&address, &length), 0);
	redis_port = ntohs(address.sin_port);
	(void)snprintf(conf.redis.address, CONF_TEXT_MAX, "127.0.0.1:%u",
	    (unsigned)redis_port);
}

static void
set_up(void)
{
	const char *sanitizers = getenv("SANITIZERS");

	support_folder(home, sizeof(home));
	make("etc", true);
	make("etc/madang.hdf", false);
	make("log", true);
	make("log/madang.log", false);
	make("templates", true);
	make("templates/page.cs", false);
	make("web", true);
	make("web/assets.hdf", false);
	make("run", true);
	make("run/madang.sock", false);
	make("store", true);
	make("other", true);
	make("other/file", false);
	conf_defaults(&conf);
	/* valgrind makes calls of its own, which are not on the list. */
	conf.confine.system_calls =
	    sanitizers == NULL || strcmp(sanitizers, "valgrind") != 0;
	set(conf.files.templates, "templates");
	set(conf.files.assets, "web/assets.hdf");
	set(conf.listen, "run/madang.sock");
	set(conf.log.to, "log/madang.log");
	set(conf.pages.folder, "store/pages");
	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "https://example.org");
	listen_as_redis();
}

static void
tear_down(void)
{
	(void)close(redis);
	ck_assert_int_eq(
	    system(arena_printf(support_arena(), "rm -rf %s", home)), 0);
}

/* A worker's confinement, in this process and for good. */
static struct confinement *
confine_here(void)
{
	struct confinement *confinement;

	if (confinement_begin(&conf, path_of("etc/madang.hdf"), &confinement) !=
	    ERR_OK)
		_exit(1);
	support_log_clear();
	confinement_tell(confinement);
	if (strstr(support_log(), "files (Landlock") == NULL)
		_exit(NOT_HERE);
	return confinement;
}

/* Runs a claim in a process of its own, which may be skipped, and says so. */
static void
in_a_worker(void (*claim)(struct confinement *confinement))
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		claim(confine_here());
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "status %x", (unsigned)status);
	if (WEXITSTATUS(status) == NOT_HERE)
		(void)fprintf(stderr, "# skipped: no Landlock here\n");
	else
		ck_assert_int_eq(WEXITSTATUS(status), 0);
}

static int
opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

/* Says on standard error what went wrong, and ends the child. */
static void
must(const char *what, int given, int expected)
{
	if (given == expected)
		return;
	(void)fprintf(stderr, "%s: %s, not %s\n", what, strerror(given),
	    strerror(expected));
	_exit(1);
}

static const struct row {
	const char *name;
	int flags;
	int expected;
} rows[] = {
    {"etc/madang.hdf", O_RDONLY, 0},
    {"etc/madang.hdf", O_WRONLY, EACCES},
    {"etc/new", O_WRONLY | O_CREAT, EACCES},
    {"templates/page.cs", O_RDONLY, 0},
    {"templates/page.cs", O_RDWR, EACCES},
    {"web/assets.hdf", O_RDONLY, 0},
    {"web/assets.hdf", O_WRONLY | O_TRUNC, EACCES},
    {"store/pages/new", O_RDWR | O_CREAT, 0},
    {"log/madang.log", O_WRONLY | O_APPEND, 0},
    {"log/new", O_WRONLY | O_APPEND | O_CREAT, 0},
    {"run/new", O_WRONLY | O_CREAT, EACCES},
    {"other/file", O_WRONLY, EACCES},
    {"other/new", O_WRONLY | O_CREAT, EACCES},
};

/* A sanitizer reads all there is: it looks for names of functions. */
static const char *const secrets[] = {
    "/etc/passwd", "/proc/self/environ", "/root", "/home", "/tmp", "/"};

static void
reach(struct confinement *confinement)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		must(rows[i].name, opens(path_of(rows[i].name), rows[i].flags),
		    rows[i].expected);
	must("its socket", unlink(path_of("run/madang.sock")), 0);
	if (!SANITIZED)
		must("its log", opens(path_of("log/madang.log"), O_RDONLY),
		    EACCES);
	for (size_t i = 0;
	     !SANITIZED && i < sizeof(secrets) / sizeof(secrets[0]); i++)
		must(secrets[i], opens(secrets[i], O_RDONLY), EACCES);
	confinement_destroy(confinement);
}

START_TEST(a_worker_reaches_what_it_needs_and_no_more)
{
	in_a_worker(reach);
}
END_TEST

static int
connects(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0
		   ? 0
		   : errno;
}

static void
reach_redis(struct confinement *confinement)
{
	if (strstr(support_log(), "no TCP ports") != NULL)
		_exit(NOT_HERE);
	must("Redis", connects(redis_port), 0);
	/* Nobody may listen there: then it would be refused otherwise. */
	must("another port", connects(1), EACCES);
	must("the port of names", connects(53), EACCES);
	confinement_destroy(confinement);
}

START_TEST(it_connects_to_redis_alone)
{
	in_a_worker(reach_redis);
}
END_TEST

/* What a reload may change, and how. */
static void
same(struct conf *changed)
{
	(void)snprintf(changed->site.title, CONF_TEXT_MAX, "Another");
}

static void
another_store(struct conf *changed)
{
	set(changed->pages.folder, "other/pages");
}

static void
a_store_that_is_not_there(struct conf *changed)
{
	set(changed->pages.folder, "away/pages");
}

static void
no_store(struct conf *changed)
{
	changed->pages.folder[0] = '\0';
}

static void
other_templates(struct conf *changed)
{
	set(changed->files.templates, "other");
}

static void
templates_by_another_name(struct conf *changed)
{
	set(changed->files.templates, "web/../templates");
}

static void
other_assets(struct conf *changed)
{
	set(changed->files.assets, "other/assets.hdf");
}

static void
other_listen(struct conf *changed)
{
	set(changed->listen, "other/madang.sock");
}

static void
redis_by_name(struct conf *changed)
{
	(void)snprintf(changed->redis.address, CONF_TEXT_MAX, "localhost:%u",
	    (unsigned)redis_port);
}

static void
redis_by_socket(struct conf *changed)
{
	set(changed->redis.address, "other/redis.sock");
}

static const struct change {
	void (*make)(struct conf *changed);
	const char *named; /* in the log; NULL: it suits */
} changes[] = {
    {same, NULL},
    {templates_by_another_name, NULL},
    {no_store, NULL},
    {other_listen, NULL}, /* which a reload does not open */
    {redis_by_socket, NULL},
    {another_store, "/other is out of this worker's reach"},
    {a_store_that_is_not_there, "/away is out of this worker's reach"},
    {other_templates, "/other is out of this worker's reach"},
    {other_assets, "/other is out of this worker's reach"},
    {redis_by_name, "/etc is out of this worker's reach"},
};

static const struct change *changed;

static void
reload(struct confinement *confinement)
{
	struct conf next = conf;
	bool suits;

	changed->make(&next);
	support_log_clear();
	suits = confinement_suits(confinement, &next);
	confinement_destroy(confinement);
	if (suits != (changed->named == NULL) ||
	    (!suits && strstr(support_log(), changed->named) == NULL)) {
		(void)fputs(support_log(), stderr);
		_exit(1);
	}
}

START_TEST(a_reload_to_what_is_out_of_reach_is_told_from_others)
{
	changed = &changes[_i];
	in_a_worker(reload);
}
END_TEST

/* What was there before is another one now, by the same name. */
static void
reload_replaced(struct confinement *confinement)
{
	support_log_clear();
	must("it suits",
	    confinement_suits(confinement, &conf) ? EEXIST : EACCES, EACCES);
	if (strstr(support_log(), "/templates is out of") == NULL)
		_exit(1);
	confinement_destroy(confinement);
}

START_TEST(a_folder_that_was_replaced_is_another)
{
	int ready[2], replaced[2];
	char byte;
	int status;
	pid_t child;

	ck_assert_int_eq(pipe(ready) | pipe(replaced), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct confinement *confinement = confine_here();

		if (write(ready[1], "x", 1) == 1 &&
		    read(replaced[0], &byte, 1) == 1)
			reload_replaced(confinement);
		_exit(0);
	}
	(void)close(ready[1]);
	if (read(ready[0], &byte, 1) == 1) {
		ck_assert_int_eq(
		    rename(path_of("templates"), path_of("old")), 0);
		make("templates", true);
		ck_assert_int_eq(write(replaced[1], "x", 1), 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == NOT_HERE);
}
END_TEST

START_TEST(the_page_stores_folder_is_made_before)
{
	struct stat status;
	mode_t mask = umask(077);

	in_a_worker(confinement_destroy);
	(void)umask(mask);
	ck_assert_int_eq(stat(conf.pages.folder, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0755);
}
END_TEST

START_TEST(without_an_address_of_the_site_there_is_no_store)
{
	conf.site.url[0] = '\0';
	in_a_worker(confinement_destroy);
	ck_assert_int_ne(access(conf.pages.folder, F_OK), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("confinement");
	TCase *test_case = support_case(suite, "worker");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, a_worker_reaches_what_it_needs_and_no_more);
	tcase_add_test(test_case, it_connects_to_redis_alone);
	tcase_add_loop_test(test_case,
	    a_reload_to_what_is_out_of_reach_is_told_from_others, 0,
	    sizeof(changes) / sizeof(changes[0]));
	tcase_add_test(test_case, a_folder_that_was_replaced_is_another);
	tcase_add_test(test_case, the_page_stores_folder_is_made_before);
	tcase_add_test(
	    test_case, without_an_address_of_the_site_there_is_no_store);
	return support_run(suite);
}
