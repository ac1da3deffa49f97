#include "web/listener.h"

#include "echo.h"
#include "peer.h"
#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(a_stale_socket_is_replaced)
{
	int socket = -1;
	struct stat status;

	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	(void)close(socket);
	ck_assert_int_eq(stat(echo_path(), &status), 0);
	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	ck_assert(listener_is_open(socket));
	(void)close(peer_dial());
	ck_assert_str_eq(support_log(), "");
	(void)close(socket);
}
END_TEST

START_TEST(a_live_socket_is_refused_and_lives_on)
{
	int first = -1;
	int second = -1;

	ck_assert_int_eq(listener_open(echo_path(), false, &first), ERR_OK);
	ck_assert_int_eq(
	    listener_open(echo_path(), false, &second), ERR_CONFIG);
	ck_assert_int_eq(second, -1);
	ck_assert_ptr_nonnull(strstr(support_log(), echo_path()));
	(void)close(peer_dial());
	(void)close(first);
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_refused_and_kept)
{
	FILE *file = fopen(echo_path(), "w");
	struct stat status;
	int socket = -1;

	ck_assert_ptr_nonnull(file);
	(void)fclose(file);
	ck_assert_int_eq(
	    listener_open(echo_path(), false, &socket), ERR_CONFIG);
	ck_assert_int_eq(stat(echo_path(), &status), 0);
	ck_assert(S_ISREG(status.st_mode));
}
END_TEST

START_TEST(a_socket_is_for_its_owner_and_group)
{
	mode_t mask = umask(0);
	struct stat status;
	int socket = -1;

	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	ck_assert_int_eq(umask(mask), 0);
	ck_assert_int_eq(stat(echo_path(), &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0660);
	(void)close(socket);
}
END_TEST

#define NAME_50 "12345678901234567890123456789012345678901234567890"

static const char *const refused[] = {
    "/tmp/" NAME_50 NAME_50 NAME_50,
    "/there/is/no/such/folder/madang.sock",
    "nonsense",
    "127.0.0.1:http-or-so",
    "192.0.2.1:9000", /* TEST-NET-1: nobody's address */
    "a host:9000",
};

START_TEST(an_address_that_cannot_be_is_refused_and_logged)
{
	int socket = -1;

	ck_assert_int_eq(
	    listener_open(refused[_i], false, &socket), ERR_CONFIG);
	ck_assert_int_eq(socket, -1);
	ck_assert_ptr_nonnull(strstr(support_log(),
	    arena_printf(support_arena(), "error listener: can't listen on %s",
		refused[_i])));
}
END_TEST

static const char *const beyond[] = {":0", "0.0.0.0:0"};

START_TEST(what_other_machines_reach_is_refused_unless_told_twice)
{
	int socket = -1;

	ck_assert_int_eq(listener_open(beyond[_i], false, &socket), ERR_CONFIG);
	ck_assert_int_eq(socket, -1);
	ck_assert_ptr_nonnull(
	    strstr(support_log(), "set listen_beyond_loopback = 1"));
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(listener_open(beyond[_i], true, &socket), ERR_OK);
	ck_assert(listener_is_open(socket));
	(void)close(socket);
}
END_TEST

static const struct given {
	const char *address;
	int family;
	enum err expected;
} given[] = {
    {"127.0.0.1", AF_INET, ERR_OK},
    {"127.3.2.1", AF_INET, ERR_OK},
    {"0.0.0.0", AF_INET, ERR_CONFIG},
    {"::1", AF_INET6, ERR_OK},
    {"::ffff:127.0.0.1", AF_INET6, ERR_OK},
    {"::ffff:0.0.0.0", AF_INET6, ERR_CONFIG},
    {"::", AF_INET6, ERR_CONFIG},
};

/* Bound to an address; -1: this machine is without that family. */
static int
bound_to(const struct given *row)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};
	bool is_six = row->family == AF_INET6;
	const void *address = is_six ? (void *)&six : (void *)&four;
	int fd = socket(row->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(
	    inet_pton(row->family, row->address,
		is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr),
	    1);
	if (fd >= 0 && is_six)
		(void)setsockopt(
		    fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
	if (fd >= 0 &&
	    bind(fd, address, is_six ? sizeof(six) : sizeof(four)) != 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

START_TEST(a_socket_that_others_opened_is_looked_at_too)
{
	const struct given *row = &given[_i];
	int fd = bound_to(row);

	if (fd < 0 && row->family == AF_INET6) {
		(void)fprintf(stderr, "# skipped: no %s here\n", row->address);
		return;
	}
	ck_assert_int_eq(listener_check("it", fd, false), row->expected);
	ck_assert_int_eq(support_count("can't listen on it"),
	    row->expected == ERR_OK ? 0 : 1);
	ck_assert_int_eq(listener_check("it", fd, true), ERR_OK);
	(void)close(fd);
}
END_TEST

START_TEST(a_path_may_be_relative)
{
	int socket = -1;

	ck_assert_int_eq(chdir(echo_folder()), 0);
	ck_assert_int_eq(
	    listener_open("./madang.sock", false, &socket), ERR_OK);
	(void)close(peer_dial());
	(void)close(socket);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(a_socket_that_is_another_s_by_now_stays)
{
	struct listener_file file;
	struct stat status;
	int first = -1;
	int second = -1;

	ck_assert_int_eq(listener_open(echo_path(), false, &first), ERR_OK);
	file = listener_file_of(echo_path());
	ck_assert_int_eq(unlink(echo_path()), 0);
	ck_assert_int_eq(listener_open(echo_path(), false, &second), ERR_OK);
	listener_leave(echo_path(), file);
	ck_assert_int_eq(stat(echo_path(), &status), 0);
	(void)close(peer_dial());
	listener_leave(echo_path(), listener_file_of(echo_path()));
	ck_assert_int_ne(stat(echo_path(), &status), 0);
	(void)close(first);
	(void)close(second);
}
END_TEST

START_TEST(a_socket_that_is_left_makes_room_for_another)
{
	struct listener_file file;
	struct stat status;
	int first = -1;
	int second = -1;

	ck_assert_int_eq(listener_open(echo_path(), false, &first), ERR_OK);
	file = listener_file_of(echo_path());
	listener_leave(echo_path(), file);
	ck_assert_int_ne(stat(echo_path(), &status), 0);
	ck_assert_int_eq(listener_open(echo_path(), false, &second), ERR_OK);
	(void)close(first);
	(void)close(peer_dial());
	listener_leave(echo_path(), listener_file_of(echo_path()));
	ck_assert_int_ne(stat(echo_path(), &status), 0);
	listener_leave(echo_path(), file);
	listener_leave("127.0.0.1:9000", listener_file_of("127.0.0.1:9000"));
	ck_assert_str_eq(support_log(), "");
	(void)close(second);
}
END_TEST

/* What is on descriptor 0 was opened by somebody else: the worker goes by it.
 */
START_TEST(a_socket_of_ours_is_never_on_descriptor_0)
{
	int socket = -1;

	(void)close(STDIN_FILENO);
	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	ck_assert_int_gt(socket, STDERR_FILENO);
	ck_assert(listener_is_open(socket));
	ck_assert(!listener_is_open(STDIN_FILENO));
	(void)close(socket);
}
END_TEST

static const struct offer {
	const char *pid; /* NULL: ours */
	const char *count;
	bool taken;
} offers[] = {
    {NULL, "1", true},
    {"1", "1", false},
    {NULL, "2", false},
    {NULL, "0", false},
    {"", "1", false},
};

START_TEST(a_socket_of_systemds_is_on_descriptor_0_afterwards)
{
	const char *pid = arena_printf(support_arena(), "%ld", (long)getpid());
	int socket = -1;

	ck_assert_int_eq(listener_open(echo_path(), false, &socket), ERR_OK);
	(void)close(STDIN_FILENO);
	if (socket != 3) {
		ck_assert_int_eq(dup2(socket, 3), 3);
		(void)close(socket);
	}
	(void)setenv(
	    "LISTEN_PID", offers[_i].pid != NULL ? offers[_i].pid : pid, 1);
	(void)setenv("LISTEN_FDS", offers[_i].count, 1);
	listener_adopt();
	ck_assert_int_eq(listener_is_open(STDIN_FILENO), offers[_i].taken);
	ck_assert_int_eq(listener_is_open(3), !offers[_i].taken);
	ck_assert_ptr_null(getenv("LISTEN_PID"));
	ck_assert_ptr_null(getenv("LISTEN_FDS"));
	listener_adopt();
	ck_assert_int_eq(listener_is_open(STDIN_FILENO), offers[_i].taken);
	(void)close(STDIN_FILENO);
	(void)close(3);
}
END_TEST

START_TEST(a_listening_socket_is_told_from_others)
{
	int pipes[2];
	int socket_fd = -1;
	int fd;

	ck_assert_int_eq(listener_open(echo_path(), false, &socket_fd), ERR_OK);
	fd = peer_dial();
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert(listener_is_open(socket_fd));
	ck_assert(!listener_is_open(fd));
	ck_assert(!listener_is_open(pipes[0]));
	ck_assert(!listener_is_open(-1));
	(void)close(fd);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
	(void)close(socket_fd);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener");
	TCase *test_case = support_case(suite, "sockets");

	tcase_add_checked_fixture(
	    test_case, echo_open_folder, echo_remove_folder);
	tcase_add_test(test_case, a_stale_socket_is_replaced);
	tcase_add_test(test_case, a_live_socket_is_refused_and_lives_on);
	tcase_add_test(test_case, a_file_that_is_no_socket_is_refused_and_kept);
	tcase_add_test(test_case, a_socket_is_for_its_owner_and_group);
	tcase_add_loop_test(test_case,
	    an_address_that_cannot_be_is_refused_and_logged, 0,
	    sizeof(refused) / sizeof(refused[0]));
	tcase_add_loop_test(test_case,
	    what_other_machines_reach_is_refused_unless_told_twice, 0,
	    sizeof(beyond) / sizeof(beyond[0]));
	tcase_add_loop_test(test_case,
	    a_socket_that_others_opened_is_looked_at_too, 0,
	    sizeof(given) / sizeof(given[0]));
	tcase_add_test(test_case, a_path_may_be_relative);
	tcase_add_test(test_case, a_socket_that_is_another_s_by_now_stays);
	tcase_add_test(test_case, a_socket_that_is_left_makes_room_for_another);
	tcase_add_test(test_case, a_socket_of_ours_is_never_on_descriptor_0);
	tcase_add_loop_test(test_case,
	    a_socket_of_systemds_is_on_descriptor_0_afterwards, 0,
	    sizeof(offers) / sizeof(offers[0]));
	tcase_add_test(test_case, a_listening_socket_is_told_from_others);
	return support_run(suite);
}
