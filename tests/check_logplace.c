#include "support.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/logplace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char home[32];
static struct conf conf;
static FILE *stray; /* what goes to standard error */
static int saved_stderr;

static void
assert_has(const char *text, const char *part)
{
	ck_assert_msg(
	    strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

static const char *
path_of(const char *name)
{
	return arena_printf(support_arena(), "%s/%s", home, name);
}

static void
set_up(void)
{
	support_folder(home, sizeof(home));
	log_set_sink(NULL, NULL);
	(void)setenv("JOURNAL_STREAM", "8:1234", 1);
	(void)signal(SIGXFSZ, SIG_IGN);
	stray = tmpfile();
	ck_assert_ptr_nonnull(stray);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(stray), STDERR_FILENO), 0);
	conf_defaults(&conf);
}

static void
tear_down(void)
{
	(void)logplace_open("");
	ck_assert_int_ge(dup2(saved_stderr, STDERR_FILENO), 0);
	(void)close(saved_stderr);
	(void)fclose(stray);
	ck_assert_int_eq(
	    system(arena_printf(support_arena(), "rm -rf %s", home)), 0);
}

static void
begin(const char *to)
{
	(void)snprintf(conf.log.to, CONF_TEXT_MAX, "%s", to);
	ck_assert_int_eq(log_begin(&conf), ERR_OK);
}

/* The whole of a file, "" when it isn't there; lines without their time. */
static const char *
content(const char *path)
{
	char *text = arena_zalloc(support_arena(), 1, 65536);
	FILE *file = fopen(path, "r");
	char *at = text;

	if (file == NULL)
		return "";
	while (fgets(at, 4096, file) != NULL) {
		if (strlen(at) > 21 && at[20] == ' ' && at[10] == 'T')
			memmove(at, at + 21, strlen(at + 21) + 1);
		at += strlen(at);
	}
	(void)fclose(file);
	return text;
}

static const char *
strayed(void)
{
	return content(
	    arena_printf(support_arena(), "/proc/self/fd/%d", fileno(stray)));
}

START_TEST(a_file_is_appended_to_and_opened_anew)
{
	const char *path = path_of("log");
	struct stat status;

	begin(path);
	log_info("a", "first");
	ck_assert_int_eq(rename(path, path_of("log.1")), 0);
	log_warning("b", "still there");
	begin(path);
	log_error("c", "second");
	begin(path);
	log_error("c", "third");
	ck_assert_str_eq(content(path_of("log.1")),
	    "info a: first\nwarning b: still there\n");
	ck_assert_str_eq(content(path), "error c: second\nerror c: third\n");
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 0777 & ~0640U, 0);
	ck_assert_str_eq(strayed(), "");
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_changes_nothing)
{
	begin(path_of("log"));
	(void)snprintf(
	    conf.log.to, CONF_TEXT_MAX, "%s", path_of("none/of/these"));
	ck_assert_int_eq(log_begin(&conf), ERR_CONFIG);
	log_info("a", "after");
	assert_has(content(path_of("log")), "none/of/these: No such file");
	assert_has(content(path_of("log")), "\ninfo a: after\n");
}
END_TEST

/* A file that may not grow is what a full disk is, without a disk. */
START_TEST(a_full_disk_loses_no_line)
{
	struct rlimit limit;
	struct rlimit before;
	struct stat status;
	const char *text;

	begin(path_of("log"));
	log_info("a", "%500s", "what goes to standard error is shorter");
	ck_assert_int_eq(stat(path_of("log"), &status), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	/* So that the next line is cut in its middle. */
	limit.rlim_cur = (rlim_t)status.st_size + 30;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	log_info("a", "the second, which is cut");
	log_info("a", "the third, of which there is nothing");
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	log_info("a", "the last");
	log_info("a", "and on");
	text = content(path_of("log"));
	assert_has(text, "\ninfo a: the last\nwarning log: 2 lines before the "
			 "last one could not be written here and went to "
			 "standard error: ");
	assert_has(text, "\ninfo a: and on\n");
	ck_assert_str_eq(strayed(),
	    "info a: the second, which is cut\n"
	    "info a: the third, of which there is nothing\n");
}
END_TEST

START_TEST(a_level_is_a_threshold)
{
	(void)snprintf(conf.log.level, CONF_TEXT_MAX, "warning");
	begin("");
	log_info("a", "not worth it");
	log_warning("a", "worth it");
	(void)snprintf(conf.log.level, CONF_TEXT_MAX, "error");
	begin("");
	log_warning("a", "not worth it");
	log_seldom(LOG_LEVEL_ERROR, "a", "k", "also worth it");
	ck_assert_str_eq(
	    strayed(), "warning a: worth it\nerror a: also worth it\n");
	(void)snprintf(conf.log.level, CONF_TEXT_MAX, "info");
	begin("");
}
END_TEST

START_TEST(a_request_is_in_each_line_of_its_thread)
{
	begin("");
	log_set_request("3f9c2b7a11223344");
	log_info("a", "of it");
	log_set_request(NULL);
	log_info("a", "of none");
	ck_assert_str_eq(strayed(),
	    "info a: of it (request 3f9c2b7a11223344)\ninfo a: of none\n");
}
END_TEST

/* Syslog */

static int
syslog_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)unlink(path_of("dev"));
	memcpy(address.sun_path, path_of("dev"), strlen(path_of("dev")) + 1);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static const char *
received(int fd)
{
	char *data = arena_zalloc(support_arena(), 1, 4096);

	return recv(fd, data, 4095, MSG_DONTWAIT) < 0 ? "" : data;
}

START_TEST(syslog_gets_severity_name_and_number)
{
	int fd = syslog_socket();
	const char *data;
	int end = 0;
	int severity = 0;
	long pid = 0;

	begin(arena_printf(support_arena(), "syslog:%s", path_of("dev")));
	log_error("pool", "two\nlines");
	data = received(fd);
	(void)sscanf(data,
	    "<%d>%*3[A-Za-z] %*d %*2[0-9]:%*2[0-9]:%*2[0-9] madang[%ld]: %n",
	    &severity, &pid, &end);
	ck_assert_int_eq(severity, 24 + 3);
	ck_assert_int_eq(pid, getpid());
	ck_assert_str_eq(data + end, "error pool: two\\x0Alines");
	log_info("pool", "x");
	assert_has(received(fd), "<30>");
	(void)close(fd);
	ck_assert_str_eq(strayed(), "");
}
END_TEST

START_TEST(syslog_may_come_later_and_be_started_anew)
{
	int fd;

	begin(arena_printf(support_arena(), "syslog:%s", path_of("dev")));
	log_info("a", "nobody hears");
	ck_assert_str_eq(strayed(), "info a: nobody hears\n");
	fd = syslog_socket();
	log_info("a", "somebody does");
	assert_has(received(fd), "info a: somebody does");
	assert_has(received(fd), "1 lines before the last one");
	(void)close(fd);
	fd = syslog_socket();
	log_info("a", "and still");
	assert_has(received(fd), "info a: and still");
	(void)close(fd);
}
END_TEST

/* Nobody takes what it is sent: the queue of the socket fills up. */
START_TEST(a_syslog_that_hangs_holds_nobody)
{
	int fd = syslog_socket();
	int sent = 0;

	begin(arena_printf(support_arena(), "syslog:%s", path_of("dev")));
	for (int i = 0; i < 2000; i++)
		log_info("a", "%d", i);
	while (received(fd)[0] != '\0')
		sent++;
	ck_assert_int_gt(sent, 0);
	ck_assert_int_lt(sent, 2000);
	assert_has(strayed(), "info a: 1999\n");
	(void)close(fd);
}
END_TEST

static const struct {
	const char *to;
	bool good;
} places[] = {
    {"", true},
    {"/var/log/madang.log", true},
    {"syslog", true},
    {"syslog:/run/log", true},
    {"syslog:", false},
    {"syslog:log", false},
    {"madang.log", false},
    {"stderr", false},
    {"syslogs", false},
};

START_TEST(a_place_is_a_path_or_syslog)
{
	ck_assert_int_eq(logplace_is_good(places[_i].to), places[_i].good);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("logplace");
	TCase *test_case = support_case(suite, "logplace");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, a_file_is_appended_to_and_opened_anew);
	tcase_add_test(test_case, a_file_that_cannot_be_opened_changes_nothing);
	tcase_add_test(test_case, a_full_disk_loses_no_line);
	tcase_add_test(test_case, a_level_is_a_threshold);
	tcase_add_test(test_case, a_request_is_in_each_line_of_its_thread);
	tcase_add_test(test_case, syslog_gets_severity_name_and_number);
	tcase_add_test(test_case, syslog_may_come_later_and_be_started_anew);
	tcase_add_test(test_case, a_syslog_that_hangs_holds_nobody);
	tcase_add_loop_test(test_case, a_place_is_a_path_or_syslog, 0,
	    (int)(sizeof(places) / sizeof(places[0])));
	return support_run(suite);
}
