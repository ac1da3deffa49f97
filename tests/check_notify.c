/*
 * What a service manager hears: here it is the test, which listens.
 */
#include "base/notify.h"

#include "support.h"

#include "base/arena.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The manager's socket, at a name as NOTIFY_SOCKET has it. */
static int
manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, name, strlen(name));
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		(void)unlink(name);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			    strlen(name) + (name[0] == '@' ? 0 : 1))),
	    0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", name, 1), 0);
	return fd;
}

static const char *
heard(int fd)
{
	static char states[512];
	ssize_t length = recv(fd, states, sizeof(states) - 1, 0);

	states[length < 0 ? 0 : length] = '\0';
	return states;
}

/* A path, and an abstract name: each test runs with both. */
static const char *
name_of(int i)
{
	return arena_printf(support_arena(), "%s/tmp/madang-notify-%ld",
	    i == 0 ? "" : "@", (long)getpid());
}

START_TEST(a_manager_hears_what_state_it_is_in)
{
	const char *name = name_of(_i);
	struct notify notify;
	int fd = manager(name);

	notify_open(&notify);
	notify_ready(&notify, "Serving with 8 slots");
	ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=Serving with 8 slots");
	notify_reloading(&notify);
	ck_assert_int_eq(
	    strncmp(heard(fd), "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	notify_stopping(&notify);
	ck_assert_int_eq(strncmp(heard(fd), "STOPPING=1\n", 11), 0);
	ck_assert_str_eq(heard(fd), "");
	notify_close(&notify);
	(void)close(fd);
	(void)unlink(name);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_manager_that_comes_back_is_told_again)
{
	const char *name = name_of(_i);
	struct notify notify;
	int fd = manager(name);

	notify_open(&notify);
	(void)close(fd);
	notify_ready(&notify, "nobody hears");
	ck_assert_int_eq(
	    support_count("warning notify: can't tell the service manager"), 1);
	fd = manager(name);
	notify_ready(&notify, "again");
	ck_assert_str_eq(heard(fd), "READY=1\nSTATUS=again");
	notify_close(&notify);
	(void)close(fd);
	(void)unlink(name);
}
END_TEST

START_TEST(what_it_starts_does_not_speak_for_it)
{
	const char *name = name_of(_i);
	struct notify notify;
	int fd = manager(name);

	notify_open(&notify);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_int_ne(fcntl(notify.socket, F_GETFD) & FD_CLOEXEC, 0);
	notify_close(&notify);
	(void)close(fd);
	(void)unlink(name);
}
END_TEST

START_TEST(without_a_manager_nothing_is_said)
{
	struct notify notify;

	(void)unsetenv("NOTIFY_SOCKET");
	notify_open(&notify);
	notify_ready(&notify, "nobody hears");
	notify_reloading(&notify);
	notify_stopping(&notify);
	notify_close(&notify);
	ck_assert_int_eq(notify.socket, -1);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

#define NAME_60 "123456789012345678901234567890123456789012345678901234567890"

static const char *const wrong[] = {
    "relative/notify", "@", "/", "vsock:2:1234", "/" NAME_60 NAME_60};

START_TEST(a_name_that_is_no_socket_is_logged_and_nothing_said)
{
	struct notify notify;

	ck_assert_int_eq(setenv("NOTIFY_SOCKET", wrong[_i], 1), 0);
	notify_open(&notify);
	ck_assert_int_eq(notify.socket, -1);
	notify_ready(&notify, "nobody hears");
	ck_assert_int_eq(support_count("NOTIFY_SOCKET is"), 1);
	ck_assert_int_eq(support_count("\n"), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *test_case = support_case(suite, "states");

	tcase_add_loop_test(
	    test_case, a_manager_hears_what_state_it_is_in, 0, 2);
	tcase_add_loop_test(
	    test_case, a_manager_that_comes_back_is_told_again, 0, 2);
	tcase_add_loop_test(
	    test_case, what_it_starts_does_not_speak_for_it, 0, 2);
	tcase_add_test(test_case, without_a_manager_nothing_is_said);
	tcase_add_loop_test(test_case,
	    a_name_that_is_no_socket_is_logged_and_nothing_said, 0,
	    sizeof(wrong) / sizeof(wrong[0]));
	return support_run(suite);
}
