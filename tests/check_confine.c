#include "base/confine.h"

#include "config.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Any user but root, who may look into every process. */
#define SOMEBODY 65534

static const struct landlock_wish nothing;

/* What a child finds that has confined itself; shared with it. */
static struct outcome {
	struct confine confine;
	int no_new_privileges;
	int dumpable;
	int file; /* why it could not be opened, or 0 */
} * outcome;

static void
set_up(void)
{
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(outcome != MAP_FAILED);
}

static void
tear_down(void)
{
	(void)munmap(outcome, sizeof(*outcome));
}

static void
become_somebody(void)
{
	if (geteuid() == 0 && (setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0))
		_exit(1);
	/* Which a change of the user takes away. */
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* Gives up what is wanted in *outcome; the child's status. */
static int
confined(bool somebody)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (somebody)
			become_somebody();
		confine_begin(&outcome->confine, &nothing);
		outcome->no_new_privileges =
		    (int)syscall(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
		outcome->dumpable =
		    (int)syscall(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
		outcome->file = open("/", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
		(void)syscall(SYS_personality, 0xffffffffL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

/* A part that the kernel or this build lacks is named on standard error. */
static bool
is_lacking(enum confine_part part)
{
	const char *why = outcome->confine.why[part];

	if (confine_is_in_force(&outcome->confine, part))
		return false;
	ck_assert_msg(strstr(why, "Landlock") != NULL ||
			  (SANITIZED && part == CONFINE_SYSTEM_CALLS),
	    "part %d: %s", (int)part, why);
	(void)fprintf(stderr, "# skipped: %s\n", why);
	return true;
}

/* valgrind makes calls of its own, which are not on the list. */
static bool
is_watched(void)
{
	const char *sanitizers = getenv("SANITIZERS");

	return sanitizers != NULL && strcmp(sanitizers, "valgrind") == 0;
}

static int
expected_status(enum confine_part part)
{
	return part == CONFINE_SYSTEM_CALLS && !is_lacking(part) ? SIGSYS : 0;
}

START_TEST(each_part_is_in_force_by_itself)
{
	const enum confine_part part = (enum confine_part)_i;
	bool *wanted = outcome->confine.wanted;
	int status;

	if (part == CONFINE_SYSTEM_CALLS && is_watched())
		return;
	wanted[part] = true;
	/* Who isn't root can't have the others without it. */
	wanted[CONFINE_PRIVILEGES] = part != CONFINE_CORE_DUMPS;
	status = confined(false);
	for (int other = 0; other < CONFINE_PARTS; other++)
		if (wanted[other])
			(void)is_lacking((enum confine_part)other);
		else
			ck_assert_str_eq(
			    outcome->confine.why[other], "switched off");
	ck_assert_int_eq(WTERMSIG(status), expected_status(part));
	/* The list has no call to ask for it. */
	if (WTERMSIG(status) == 0) {
		ck_assert_int_eq(
		    outcome->no_new_privileges, wanted[CONFINE_PRIVILEGES]);
		ck_assert_int_eq(outcome->dumpable, part != CONFINE_CORE_DUMPS);
	}
	ck_assert_int_eq(outcome->file,
	    part == CONFINE_FILES && !is_lacking(part) ? EACCES : 0);
}
END_TEST

START_TEST(with_nothing_wanted_nothing_changes)
{
	ck_assert_int_eq(confined(false), 0);
	ck_assert_int_eq(outcome->no_new_privileges, 0);
	ck_assert_int_eq(outcome->dumpable, 1);
	ck_assert_int_eq(outcome->file, 0);
	confine_tell(&outcome->confine);
	ck_assert_str_eq(support_log(),
	    "info confine: in force: nothing; not: privileges (switched off), "
	    "files (switched off), system_calls (switched off), core_dumps "
	    "(switched off)\n");
}
END_TEST

/* All but root need it; and the log says what came of that. */
START_TEST(without_the_first_the_next_two_fail_and_it_is_told)
{
	outcome->confine.wanted[CONFINE_FILES] = true;
	outcome->confine.wanted[CONFINE_SYSTEM_CALLS] = true;
	ck_assert_int_eq(confined(true), 0);
	ck_assert(!confine_is_in_force(&outcome->confine, CONFINE_FILES));
	ck_assert(
	    !confine_is_in_force(&outcome->confine, CONFINE_SYSTEM_CALLS));
	ck_assert_int_eq(outcome->file, 0);
	confine_tell(&outcome->confine);
	ck_assert_ptr_nonnull(
	    strstr(support_log(), "warning confine: in force: nothing; not: "));
}
END_TEST

static int
environment_of(pid_t process)
{
	int fd = open(
	    arena_printf(support_arena(), "/proc/%d/environ", (int)process),
	    O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	(void)close(fd);
	return 0;
}

/* By a user who is not root: what he finds of a process of his. */
static int
look_into_another(void)
{
	int pipes[2];
	char byte;
	int found;
	pid_t child;

	become_somebody();
	if (pipe(pipes) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		confine_begin(&outcome->confine, &nothing);
		if (write(pipes[1], "x", 1) == 1)
			(void)pause();
		_exit(0);
	}
	found = read(pipes[0], &byte, 1) == 1 ? environment_of(child) : -1;
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return found;
}

START_TEST(others_of_its_user_can_not_read_its_environment)
{
	const bool dumps = _i != 0;
	int status;
	pid_t child;

	outcome->confine.wanted[CONFINE_CORE_DUMPS] = !dumps;
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(look_into_another());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), dumps ? 0 : EACCES);
}
END_TEST

#define OFF "switched off"

static const struct told {
	struct confine confine;
	const char *line;
} told[] = {
    {{.landlock = 7},
	"info confine: in force: privileges, files (Landlock 7), system_calls, "
	"core_dumps\n"},
    {{.landlock = 2},
	"info confine: in force: privileges, files (Landlock 2, which knows no "
	"TCP ports), system_calls, core_dumps\n"},
    {{.why = {[CONFINE_FILES] = OFF}},
	"info confine: in force: privileges, system_calls, core_dumps; not: "
	"files (switched off)\n"},
    {{.wanted = {[CONFINE_FILES] = true},
	 .why = {[CONFINE_FILES] = "the kernel has no Landlock"}},
	"warning confine: in force: privileges, system_calls, core_dumps; not: "
	"files (the kernel has no Landlock)\n"},
    {{.wanted = {[CONFINE_SYSTEM_CALLS] = true},
	 .why = {OFF, OFF, "Permission denied", OFF}},
	"warning confine: in force: nothing; not: privileges (switched off), "
	"files (switched off), system_calls (Permission denied), core_dumps "
	"(switched off)\n"},
};

START_TEST(one_line_says_what_is_in_force)
{
	confine_tell(&told[_i].confine);
	ck_assert_str_eq(support_log(), told[_i].line);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("confine");
	TCase *test_case = support_case(suite, "parts");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_loop_test(
	    test_case, each_part_is_in_force_by_itself, 0, CONFINE_PARTS);
	tcase_add_test(test_case, with_nothing_wanted_nothing_changes);
	if (!is_watched())
		tcase_add_test(test_case,
		    without_the_first_the_next_two_fail_and_it_is_told);
	tcase_add_loop_test(
	    test_case, others_of_its_user_can_not_read_its_environment, 0, 2);
	tcase_add_loop_test(test_case, one_line_says_what_is_in_force, 0,
	    sizeof(told) / sizeof(told[0]));
	return support_run(suite);
}
