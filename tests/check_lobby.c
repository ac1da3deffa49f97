/*
 * Where connections wait, with the slots' side of it in the test's hand.
 */
#include "web/lobby.h"

#include "echo.h"
#include "peer.h"
#include "support.h"

#include "base/clock.h"
#include "web/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LATE_US UINT64_C(500000)

static struct {
	int socket;
	int stop;
	struct lobby *lobby;
	pthread_t thread;
	bool joined;
} here;

static void *
run(void *unused)
{
	(void)unused;
	return lobby_run(here.lobby) ? NULL : &here;
}

/* Who connects waits before its door. */
static void
create_on(int socket)
{
	here.socket = socket;
	here.stop = eventfd(0, EFD_CLOEXEC);
	here.joined = false;
	ck_assert_int_eq(
	    lobby_create(here.socket, here.stop, LATE_US, &here.lobby), ERR_OK);
}

static void
open_door(void)
{
	ck_assert_int_eq(pthread_create(&here.thread, NULL, run, NULL), 0);
}

static void
tell_to_stop(void)
{
	ck_assert_int_eq(write(here.stop, &(uint64_t){1}, sizeof(uint64_t)), 8);
}

static void
join(void)
{
	void *failed;

	ck_assert_int_eq(pthread_join(here.thread, &failed), 0);
	ck_assert_ptr_null(failed);
	here.joined = true;
}

static void
close_all(void)
{
	if (!here.joined) {
		tell_to_stop();
		join();
	}
	lobby_destroy(here.lobby);
	(void)close(here.stop);
	(void)close(here.socket);
}

static void
set_up_closed(void)
{
	int socket = -1;

	echo_open_folder();
	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	create_on(socket);
}

static void
set_up(void)
{
	set_up_closed();
	open_door();
}

static void
tear_down(void)
{
	close_all();
	echo_remove_folder();
}

/* One that asks for something, by a path of its own. */
static int
arrive(const char *path)
{
	const char *const pairs[] = {"PATH_INFO", path, NULL};
	struct buf request = peer_request(pairs);
	int fd = peer_dial();

	peer_say(fd, request.data, request.length);
	return fd;
}

/* The next one, whoever it is. */
static int
take_any(bool *late)
{
	size_t head;

	return lobby_take(here.lobby, &head, late);
}

/* The next one: *late, and whether it asks for the path. */
static void
take(const char *path, bool *late)
{
	char said[256];
	size_t head;
	int fd = lobby_take(here.lobby, &head, late);
	ssize_t length;

	ck_assert_int_ge(fd, 0);
	length = recv(fd, said, sizeof(said), MSG_PEEK);
	ck_assert_uint_eq((size_t)length, head);
	ck_assert_int_gt(length, 0);
	ck_assert_ptr_nonnull(memmem(said, (size_t)length, path, strlen(path)));
	(void)close(fd);
}

/*
 * With their requests before the door opens: who is let in and has yet to send
 * one may be overtaken, by who brings it along.
 */
START_TEST(who_comes_first_is_taken_first)
{
	static const char *const paths[] = {"/first", "/second", "/third"};
	int fds[3];
	bool late;

	for (int i = 0; i < 3; i++)
		fds[i] = arrive(paths[i]);
	open_door();
	for (int i = 0; i < 3; i++) {
		take(paths[i], &late);
		(void)close(fds[i]);
	}
}
END_TEST

START_TEST(who_has_waited_too_long_is_late)
{
	uint64_t start_us = clock_monotonic_us();
	int fd = arrive("/at-once");
	bool late;

	take("/at-once", &late);
	if (clock_monotonic_us() - start_us < LATE_US)
		ck_assert(!late);
	(void)close(fd);
	fd = arrive("/late");
	peer_sleep_ms(LATE_US / 1000 + 300);
	take("/late", &late);
	ck_assert(late);
	(void)close(fd);
}
END_TEST

/* Asks and is taken at once, as far as this machine lets it. */
static bool
take_at_once(void)
{
	uint64_t start_us = clock_monotonic_us();
	int fd = arrive("/calm");
	bool late;

	take("/calm", &late);
	(void)close(fd);
	return clock_monotonic_us() - start_us < LATE_US / 4;
}

START_TEST(lateness_is_an_event_and_its_end_another)
{
	int fds[3];
	bool late;

	for (int i = 0; i < 3; i++)
		fds[i] = arrive("/late");
	peer_sleep_ms(LATE_US / 1000 + 300);
	for (int i = 0; i < 3; i++) {
		take("/late", &late);
		ck_assert(late);
		(void)close(fds[i]);
		ck_assert_str_eq(support_log(),
		    "warning lobby: more is asked than the slots can answer: "
		    "who has waited for 500 ms is told to come back\n");
	}
	while (!take_at_once())
		continue;
	ck_assert_ptr_nonnull(strstr(support_log(),
	    "\ninfo lobby: nobody waits any more; 3 were told to come "
	    "back\n"));
}
END_TEST

/* More than it holds: the kernel keeps the rest till there is room. */
#define CROWD 1300
static int crowd[CROWD];

/* False: with so few files there is no such crowd. */
static bool
crowd_arrives(void)
{
	struct rlimit limit = {.rlim_cur = 4 * CROWD, .rlim_max = 4 * CROWD};

	if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
		(void)fputs("# skipped: too few files for a crowd\n", stderr);
		return false;
	}
	for (int i = 0; i < CROWD; i++)
		crowd[i] = arrive("/crowd");
	return true;
}

/* Takes all of it, and hangs up. */
static void
crowd_is_taken(void)
{
	bool late;

	for (int i = 0; i < CROWD; i++)
		take("/crowd", &late);
	for (int i = 0; i < CROWD; i++)
		(void)close(crowd[i]);
}

START_TEST(a_crowd_is_taken_to_the_last)
{
	if (crowd_arrives())
		crowd_is_taken();
}
END_TEST

START_TEST(a_full_lobby_can_be_told_to_stop)
{
	bool late;

	if (!crowd_arrives())
		return;
	peer_sleep_ms(100);
	tell_to_stop();
	crowd_is_taken();
	ck_assert_int_eq(take_any(&late), -1);
	join();
}
END_TEST

START_TEST(who_is_in_when_it_closes_is_served)
{
	int fds[2] = {arrive("/one"), arrive("/two")};
	bool late;

	open_door();
	tell_to_stop();
	take("/one", &late);
	take("/two", &late);
	ck_assert_int_eq(take_any(&late), -1);
	join();
	ck_assert_int_eq(take_any(&late), -1);
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

/* A client of the lobby's socket, whatever it is; -1: it is refused. */
static int
dial(void)
{
	struct sockaddr_storage name;
	socklen_t length = sizeof(name);
	int fd;

	ck_assert_int_eq(
	    getsockname(here.socket, (struct sockaddr *)&name, &length), 0);
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&name, length) == 0)
		return fd;
	ck_assert_int_eq(errno, ECONNREFUSED);
	(void)close(fd);
	return -1;
}

START_TEST(the_last_one_shuts_the_door_and_serves_who_is_there)
{
	int fds[3] = {arrive("/one"), arrive("/two"), peer_dial()};
	struct buf request = peer_request(peer_plain);
	bool late;

	lobby_be_last(here.lobby);
	tell_to_stop();
	open_door();
	take("/one", &late);
	take("/two", &late);
	/* Who has not said anything yet has a moment for it. */
	peer_say(fds[2], request.data, request.length);
	(void)close(take_any(&late));
	ck_assert_int_eq(take_any(&late), -1);
	join();
	ck_assert_int_eq(dial(), -1);
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
}
END_TEST

/* Nobody is let in behind whom the door closes, and nobody waits in vain. */
START_TEST(a_door_that_is_shut_refuses_who_comes_later)
{
	struct buf request = peer_request(peer_plain);
	int listening = -1;
	int fds[3];
	bool late;

	echo_open_folder();
	ck_assert_int_eq(
	    listener_open(
		_i % 2 == 0 ? echo_path() : "127.0.0.1:0", false, &listening),
	    ERR_OK);
	create_on(listening);
	for (int i = 0; i < 3; i++) {
		fds[i] = dial();
		peer_say(fds[i], request.data, request.length);
	}
	if (_i < 2)
		lobby_be_last(here.lobby);
	open_door();
	tell_to_stop();
	for (int i = 0; i < 3; i++) {
		int taken = take_any(&late);

		ck_assert_int_ge(taken, 0);
		(void)close(taken);
		(void)close(fds[i]);
	}
	join();
	ck_assert_int_eq(take_any(&late), -1);
	fds[0] = dial();
	ck_assert_int_eq(fds[0] >= 0, _i >= 2);
	if (fds[0] >= 0)
		(void)close(fds[0]);
	close_all();
	echo_remove_folder();
}
END_TEST

/* As systemd does when it runs a command of ours with the same socket. */
START_TEST(a_socket_that_others_made_block_keeps_nobody_waiting)
{
	bool late;
	int fd;

	ck_assert_int_eq(fcntl(here.socket, F_SETFL, 0), 0);
	(void)close(arrive("/one"));
	take("/one", &late);
	fd = arrive("/two");
	take("/two", &late);
	(void)close(fd);
	tell_to_stop();
	join();
}
END_TEST

static void *
take_one(void *unused)
{
	bool late;

	(void)unused;
	return take_any(&late) < 0 ? NULL : &here;
}

START_TEST(slots_that_wait_leave_when_it_closes)
{
	pthread_t slots[3];
	void *taken;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(
		    pthread_create(&slots[i], NULL, take_one, NULL), 0);
	tell_to_stop();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(pthread_join(slots[i], &taken), 0);
		ck_assert_ptr_null(taken);
	}
}
END_TEST

START_TEST(a_connection_over_tcp_sends_without_delay)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	struct buf request = peer_request(peer_plain);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int accepted;
	int socket_fd = -1;
	int value = 0;
	bool late;

	ck_assert_int_eq(
	    listener_open("127.0.0.1:0", false, &socket_fd), ERR_OK);
	create_on(socket_fd);
	open_door();
	ck_assert_int_eq(
	    getsockname(socket_fd, (struct sockaddr *)&address, &size), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&address, size), 0);
	peer_say(client, request.data, request.length);
	accepted = take_any(&late);
	ck_assert_int_ge(accepted, 0);
	size = sizeof(value);
	ck_assert_int_eq(
	    getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &value, &size), 0);
	ck_assert_int_eq(value, 1);
	(void)close(accepted);
	(void)close(client);
	close_all();
}
END_TEST

START_TEST(a_lobby_that_nobody_runs_lets_slots_go)
{
	int socket = -1;
	int stop = eventfd(0, EFD_CLOEXEC);
	struct lobby *lobby;
	size_t head;
	bool late;

	echo_open_folder();
	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	ck_assert_int_eq(lobby_create(socket, stop, LATE_US, &lobby), ERR_OK);
	lobby_close(lobby);
	ck_assert_int_eq(lobby_take(lobby, &head, &late), -1);
	lobby_destroy(lobby);
	(void)close(stop);
	(void)close(socket);
	echo_remove_folder();
}
END_TEST

/* So many slots; so many of them may be with who sends slowly. */
static const size_t patience[][2] = {
    {0, 1}, {1, 1}, {2, 1}, {3, 1}, {4, 2}, {8, 4}};

START_TEST(half_of_the_slots_may_be_patient)
{
	size_t slots = patience[_i][0];
	size_t patient = patience[_i][1];

	for (size_t i = 0; i < slots; i++)
		lobby_join(here.lobby);
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < patient; i++)
			ck_assert(lobby_begin_patience(here.lobby));
		ck_assert(!lobby_begin_patience(here.lobby));
		lobby_end_patience(here.lobby);
		ck_assert(lobby_begin_patience(here.lobby));
		for (size_t i = 0; i < patient; i++)
			lobby_end_patience(here.lobby);
	}
}
END_TEST

START_TEST(a_lobby_on_no_socket_is_an_error)
{
	struct lobby *lobby = NULL;
	int stop = eventfd(0, EFD_CLOEXEC);

	ck_assert_int_eq(lobby_create(-1, stop, LATE_US, &lobby), ERR_INTERNAL);
	ck_assert_ptr_null(lobby);
	ck_assert_ptr_nonnull(strstr(support_log(), "error lobby: "));
	lobby_destroy(NULL);
	(void)close(stop);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lobby");
	TCase *outside = support_case(suite, "outside");
	TCase *waiting = support_case(suite, "waiting");
	TCase *others = support_case(suite, "others");

	tcase_add_checked_fixture(outside, set_up_closed, tear_down);
	tcase_add_test(outside, who_comes_first_is_taken_first);
	tcase_add_test(outside, who_is_in_when_it_closes_is_served);
	tcase_add_test(
	    outside, the_last_one_shuts_the_door_and_serves_who_is_there);
	tcase_add_checked_fixture(waiting, set_up, tear_down);
	tcase_add_test(waiting, who_has_waited_too_long_is_late);
	tcase_add_test(waiting, lateness_is_an_event_and_its_end_another);
	tcase_add_test(waiting, a_crowd_is_taken_to_the_last);
	tcase_add_test(waiting, a_full_lobby_can_be_told_to_stop);
	tcase_add_test(
	    waiting, a_socket_that_others_made_block_keeps_nobody_waiting);
	tcase_add_test(waiting, slots_that_wait_leave_when_it_closes);
	tcase_add_loop_test(waiting, half_of_the_slots_may_be_patient, 0,
	    sizeof(patience) / sizeof(patience[0]));
	tcase_add_test(others, a_connection_over_tcp_sends_without_delay);
	tcase_add_loop_test(
	    others, a_door_that_is_shut_refuses_who_comes_later, 0, 4);
	tcase_add_test(others, a_lobby_that_nobody_runs_lets_slots_go);
	tcase_add_test(others, a_lobby_on_no_socket_is_an_error);
	return support_run(suite);
}
