#include "base/syscalls.h"

#include "config.h"

#include "support.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_IN_FORCE 255

/* Families of sockets, as the kernel numbers them. */
#define FAMILY_ALG   38
#define FAMILY_VSOCK 40
#define FAMILY_HIGH  0x1000001L /* AF_UNIX in the bits that count least */

/*
 * What a child does that has the list: gives 0, or an errno. A call by its
 * number, so that it is what it says; what it is told is none of its business.
 */
struct call {
	const char *name;
	long number;
	long arguments[2];
};

#define CALL(name, ...)                                                        \
	{                                                                      \
#name, SYS_##name,                                             \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}

static int
run_call(const void *context)
{
	const struct call *call = context;

	return syscall(call->number, call->arguments[0], call->arguments[1], 0L,
		   0L, 0L, 0L) < 0
		   ? errno
		   : 0;
}

/* The status that the child ends with. */
static int
status_of(int (*run)(const void *context), const void *context)
{
	char why[80];
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (!syscalls_restrict(why, sizeof(why))) {
			(void)fprintf(stderr, "# %s\n", why);
			_exit(NOT_IN_FORCE);
		}
		_exit(run(context));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static void
assert_killed(const char *name, int status)
{
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
	    "%s ends with status %x", name, (unsigned)status);
}

static void
assert_gives(const char *name, int status, int failure)
{
	ck_assert_msg(WIFEXITED(status), "%s ends with status %x", name,
	    (unsigned)status);
	ck_assert_msg(WEXITSTATUS(status) == failure, "%s gives %s", name,
	    strerror(WEXITSTATUS(status)));
}

static const struct call forbidden[] = {CALL(execve, 0, 0),
    CALL(execveat, -1, 0),
#ifdef SYS_fork
    CALL(fork, 0, 0), CALL(vfork, 0, 0),
#endif
    CALL(clone, SIGCHLD, 0), CALL(clone, 0, 0), CALL(clone, CLONE_VM, 0),
    CALL(ptrace, 0, 0), CALL(process_vm_readv, 0, 0),
    CALL(process_vm_writev, 0, 0), CALL(kcmp, 0, 0), CALL(setuid, 0, 0),
    CALL(setgid, 0, 0), CALL(setreuid, 0, 0), CALL(setregid, 0, 0),
    CALL(setresuid, 0, 0), CALL(setresgid, 0, 0), CALL(setgroups, 0, 0),
    CALL(setfsuid, 0, 0), CALL(setfsgid, 0, 0), CALL(capset, 0, 0),
    CALL(mount, 0, 0), CALL(umount2, 0, 0), CALL(pivot_root, 0, 0),
    CALL(chroot, 0, 0), CALL(unshare, 0, 0), CALL(setns, -1, 0),
    CALL(mknodat, -1, 0), CALL(bpf, 0, 0), CALL(kexec_load, 0, 0),
    CALL(init_module, 0, 0), CALL(finit_module, -1, 0),
    CALL(delete_module, 0, 0), CALL(io_uring_setup, 0, 0),
    CALL(io_uring_enter, -1, 0), CALL(io_uring_register, -1, 0),
    CALL(keyctl, 0, 0), CALL(add_key, 0, 0), CALL(request_key, 0, 0),
    CALL(userfaultfd, 0, 0), CALL(perf_event_open, 0, 0),
    CALL(personality, 0xffffffff, 0), CALL(reboot, 0, 0),
    CALL(settimeofday, 0, 0), CALL(socket, AF_UNSPEC, SOCK_STREAM),
    CALL(socket, AF_PACKET, SOCK_RAW), CALL(socket, FAMILY_ALG, SOCK_SEQPACKET),
    CALL(socket, FAMILY_VSOCK, SOCK_STREAM),
    CALL(socket, FAMILY_HIGH, SOCK_STREAM)};

START_TEST(what_only_an_intruder_calls_ends_the_process)
{
	assert_killed(forbidden[_i].name, status_of(run_call, &forbidden[_i]));
}
END_TEST

/* What a new libc may try, and what nobody has thought of. */
static const struct call unknown[] = {CALL(timerfd_create, 0, 0),
    CALL(inotify_init1, 0, 0), CALL(prctl, 4 /* PR_SET_DUMPABLE */, 1),
    CALL(seccomp, 0, 0), CALL(socketpair, AF_UNIX, SOCK_STREAM),
    CALL(getppid, 0, 0), CALL(timer_create, 0, 0), CALL(linkat, 0, 0),
    CALL(symlinkat, 0, 0), CALL(ioctl, 0, 0), CALL(wait4, -1, 0),
#ifdef SYS_clone3
    CALL(clone3, 0, 0),
#endif
    {"one that no kernel has", 100000, {0}}};

START_TEST(any_other_call_seems_to_be_one_that_the_kernel_lacks)
{
	assert_gives(
	    unknown[_i].name, status_of(run_call, &unknown[_i]), ENOSYS);
}
END_TEST

static const struct call needed[] = {CALL(getpid, 0, 0),
    CALL(socket, AF_UNIX, SOCK_STREAM), CALL(socket, AF_INET, SOCK_STREAM),
    CALL(socket, AF_NETLINK, SOCK_RAW), CALL(sched_yield, 0, 0)};

START_TEST(what_a_worker_needs_goes_on)
{
	assert_gives(needed[_i].name, status_of(run_call, &needed[_i]), 0);
}
END_TEST

static void *
nothing(void *context)
{
	return context;
}

static int
make_a_thread(const void *context)
{
	pthread_t thread;
	void *given = NULL;
	int failure =
	    pthread_create(&thread, NULL, nothing, (void *)(uintptr_t)context);

	if (failure != 0)
		return failure;
	failure = pthread_join(thread, &given);
	return failure != 0 ? failure : given != context;
}

START_TEST(threads_can_be_made)
{
	assert_gives("a thread", status_of(make_a_thread, "given"), 0);
}
END_TEST

static int
abort_here(const void *context)
{
	(void)context;
	abort();
}

START_TEST(abort_ends_it_as_ever)
{
	int status = status_of(abort_here, NULL);

	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGABRT);
}
END_TEST

static int
signal_process(const void *whom)
{
	return kill(*(const pid_t *)whom, 0) == 0 ? 0 : errno;
}

START_TEST(no_other_process_gets_a_signal)
{
	const pid_t parent = getpid();

	assert_gives("a signal", status_of(signal_process, &parent), ENOSYS);
}
END_TEST

/* Waits until the list is there, then calls what is not on it. */
static void *
wait_and_fork(void *context)
{
	char byte;

	if (read(*(int *)context, &byte, 1) == 1)
		(void)syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);
	return NULL;
}

START_TEST(threads_that_there_were_before_have_the_list_too)
{
	int pipes[2];
	int status;
	pid_t child;

	ck_assert_int_eq(pipe(pipes), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		char why[80];
		pthread_t thread;

		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (pthread_create(&thread, NULL, wait_and_fork, &pipes[0]) !=
			0 ||
		    !syscalls_restrict(why, sizeof(why)) ||
		    write(pipes[1], "x", 1) != 1)
			_exit(NOT_IN_FORCE);
		(void)pthread_join(thread, NULL);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	assert_killed("the other thread's", status);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}
END_TEST

#if SANITIZED
START_TEST(a_build_with_a_sanitizer_says_that_it_has_no_list)
{
	char why[80] = "";

	ck_assert(!syscalls_restrict(why, sizeof(why)));
	ck_assert_str_eq(why, "built with sanitizers");
}
END_TEST

#endif

/*
 * A kernel may be without filters, and valgrind's own calls are not on the
 * list. The reason for a skip is not the list's own word: it may be wrong.
 */
static bool
can_be_had(void)
{
	const char *sanitizers = getenv("SANITIZERS");
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return (sanitizers == NULL || strcmp(sanitizers, "valgrind") != 0) &&
	       syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int
main(void)
{
	TCase *test_case;
	Suite *suite;

	if (!SANITIZED && !can_be_had()) {
		(void)fputs("# skipped: no list of calls here\n", stderr);
		return 77;
	}
	suite = suite_create("syscalls");
	test_case = support_case(suite, "list");
#if SANITIZED
	tcase_add_test(
	    test_case, a_build_with_a_sanitizer_says_that_it_has_no_list);
	return support_run(suite);
#endif
	tcase_add_loop_test(test_case,
	    what_only_an_intruder_calls_ends_the_process, 0, COUNT(forbidden));
	tcase_add_loop_test(test_case,
	    any_other_call_seems_to_be_one_that_the_kernel_lacks, 0,
	    COUNT(unknown));
	tcase_add_loop_test(
	    test_case, what_a_worker_needs_goes_on, 0, COUNT(needed));
	tcase_add_test(test_case, threads_can_be_made);
	tcase_add_test(test_case, abort_ends_it_as_ever);
	tcase_add_test(test_case, no_other_process_gets_a_signal);
	tcase_add_test(
	    test_case, threads_that_there_were_before_have_the_list_too);
	return support_run(suite);
}
