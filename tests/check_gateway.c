#include "web/gateway.h"

#include "echo.h"
#include "peer.h"
#include "support.h"

#include "base/clock.h"
#include "web/listener.h"

#include <linux/sockios.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECOND_US   (1000 * 1000UL)
#define SILENT	    300
#define LARGE_BYTES (200 * 1024UL)
#define HALF_BYTES  20 /* of a request: BEGIN_REQUEST, a bit of PARAMS */
#define DRIP_MS	    30

START_TEST(parameters_and_body_arrive)
{
	static const char long_value[] =
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "more than 127 bytes";
	static const char *const pairs[] = {"REQUEST_METHOD", "POST", "EMPTY",
	    "", "LONG", long_value, "KOREAN", "홍길동", "CONTENT_LENGTH", "11",
	    NULL};
	struct buf request = peer_request(pairs);
	int fd = peer_dial();
	const char *text;

	peer_add_record(&request, STDIN, "hello ", 6);
	peer_add_record(&request, STDIN, "world", 5);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	text = peer_read_answer(fd).data;
	ck_assert_ptr_nonnull(strstr(text, "\nREQUEST_METHOD=POST\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nEMPTY=\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, arena_printf(support_arena(), "\nLONG=%s\n", long_value)));
	ck_assert_ptr_nonnull(strstr(text, "\nKOREAN=홍길동\n"));
	ck_assert_ptr_nonnull(strstr(text, "err 0\n"));
	peer_assert_ends_with(text, "\n\nhello world");
	(void)close(fd);
}
END_TEST

START_TEST(a_large_body_arrives_whole)
{
	static const char *const pairs[] = {
	    "REQUEST_METHOD", "POST", "CONTENT_LENGTH", "180000", NULL};
	struct buf request = peer_request(pairs);
	char *body = arena_alloc(support_arena(), 180000);
	int fd = peer_dial();
	const char *text;

	for (size_t i = 0; i < 180000; i++)
		body[i] = "0123456789abcdefghijklmnop"[i % 26];
	for (size_t i = 0; i < 180000; i += 60000)
		peer_add_record(&request, STDIN, body + i, 60000);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	text = strstr(peer_read_answer(fd).data, "\n\n");
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(strlen(text + 2), 180000);
	ck_assert_int_eq(memcmp(text + 2, body, 180000), 0);
	(void)close(fd);
}
END_TEST

START_TEST(a_request_that_comes_byte_by_byte_is_answered)
{
	struct buf request = peer_request(peer_plain);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "", 0);
	for (size_t i = 0; i < request.length; i++) {
		peer_say(fd, request.data + i, 1);
		peer_sleep_ms(1);
	}
	peer_assert_ends_with(
	    peer_read_answer(fd).data, "REQUEST_METHOD=GET\n\n");
	(void)close(fd);
}
END_TEST

/* More than a socket's buffer holds: it is read as it comes. */
START_TEST(parameters_of_60_kib_arrive)
{
	char *value = arena_alloc(support_arena(), 60 * 1024 + 1);
	const char *pairs[] = {"REQUEST_METHOD", "GET", "LARGE", value, NULL};
	struct buf request;
	int fd = peer_dial();

	memset(value, 'v', 60 * 1024);
	value[60 * 1024] = '\0';
	request = peer_request(pairs);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	ck_assert_ptr_nonnull(strstr(peer_read_answer(fd).data, value));
	(void)close(fd);
}
END_TEST

START_TEST(an_answer_of_200_kib_goes_out_whole)
{
	static const char *const pairs[] = {
	    "REQUEST_METHOD", "GET", "ANSWER_BYTES", "204800", NULL};
	struct buf request = peer_request(pairs);
	int fd = peer_dial();
	struct buf whole;
	size_t head = strlen("Status: 200 OK\r\n\r\nerr 0\n");

	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	whole = peer_read_answer(fd);
	ck_assert_uint_eq(whole.length, head + LARGE_BYTES + 1);
	for (size_t i = 0; i < LARGE_BYTES; i++)
		ck_assert_int_eq(
		    whole.data[head + i], "abcdefghijklmnopqrstuvwxyz"[i % 26]);
	(void)close(fd);
}
END_TEST

static atomic_int sent;

/* Counts what the gateway calls; libc has the same. */
ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	sent++;
	return syscall(SYS_sendmsg, fd, message, flags);
}

/* Nobody can kill a worker that has sent a part of a page. */
START_TEST(a_page_and_its_end_are_sent_with_one_call)
{
	static const char *const pairs[] = {
	    "REQUEST_METHOD", "GET", "ANSWER_BYTES", "150000", NULL};
	struct buf request = peer_request(pairs);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "", 0);
	sent = 0;
	peer_say(fd, request.data, request.length);
	ck_assert_uint_gt(peer_read_answer(fd).length, 150000);
	ck_assert_int_eq(sent, 1);
	(void)close(fd);
}
END_TEST

/*
 * A worker that is killed then leaves nothing unread, which would turn the end
 * of the connection into an error, and the answer into none.
 */
START_TEST(a_request_is_read_to_its_end_before_it_is_answered)
{
	static const char *const pairs[] = {
	    "REQUEST_METHOD", "GET", "ANSWER_BYTES", "8000000", NULL};
	struct buf request = peer_request(pairs);
	int fd = peer_dial();
	int unread = -1;
	char byte;

	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	/* The answer waits for us to read it; it has begun. */
	ck_assert_int_eq(recv(fd, &byte, 1, MSG_PEEK), 1);
	ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &unread), 0);
	ck_assert_int_eq(unread, 0);
	(void)close(fd);
}
END_TEST

START_TEST(a_connection_ends_with_its_answer)
{
	struct buf request;
	int fd = peer_dial();
	char byte;

	buf_init(&request, support_arena());
	/* FCGI_KEEP_CONN: it is not kept all the same. */
	peer_add_begin(&request, ROLE_RESPONDER, true);
	peer_add_record(&request, PARAMS, "", 0);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	(void)peer_read_answer(fd);
	ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
	(void)close(fd);
}
END_TEST

/* Those who hold nobody up */

static void
assert_is_answered_quickly(void)
{
	uint64_t start_us = clock_monotonic_us();

	peer_assert_answered();
	ck_assert_uint_lt(clock_monotonic_us() - start_us, SECOND_US);
}

START_TEST(connections_that_say_nothing_hold_nobody_up)
{
	static int silent[SILENT];

	for (size_t i = 0; i < SILENT; i++)
		silent[i] = peer_dial();
	assert_is_answered_quickly();
	assert_is_answered_quickly();
	for (size_t i = 0; i < SILENT; i++)
		(void)close(silent[i]);
	assert_is_answered_quickly();
}
END_TEST

START_TEST(half_a_request_holds_nobody_up)
{
	struct buf request = peer_request(peer_plain);
	int halves[HALF_BYTES + 1];

	for (size_t i = 1; i <= HALF_BYTES; i++) {
		halves[i] = peer_dial();
		peer_say(halves[i], request.data, i);
	}
	assert_is_answered_quickly();
	/* One more byte each, and it is still half a request. */
	for (size_t i = 1; i <= HALF_BYTES; i++)
		peer_say(halves[i], request.data + i, 1);
	assert_is_answered_quickly();
	/* The rest: it was not forgotten. */
	peer_add_record(&request, STDIN, "", 0);
	for (size_t i = 1; i <= HALF_BYTES; i++) {
		peer_say(
		    halves[i], request.data + i + 1, request.length - i - 1);
		peer_assert_ends_with(
		    peer_read_answer(halves[i]).data, "REQUEST_METHOD=GET\n\n");
		(void)close(halves[i]);
	}
}
END_TEST

/* Bodies that are late */

static const char *const posting[] = {
    "REQUEST_METHOD", "POST", "CONTENT_LENGTH", "1000", NULL};

static const char *
err_line(enum err err)
{
	return arena_printf(support_arena(), "\r\n\r\nerr %d\n", (int)err);
}

/* Reads an answer and says after how many microseconds. */
static uint64_t
assert_answer(int fd, uint64_t start_us, enum err err)
{
	const char *text = peer_read_answer(fd).data;

	ck_assert_msg(strstr(text, err_line(err)) != NULL, "%s", text);
	return clock_monotonic_us() - start_us;
}

START_TEST(a_body_that_does_not_come_is_a_timeout)
{
	struct buf request = peer_request(posting);
	uint64_t start_us = clock_monotonic_us();
	uint64_t us;
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "some", 4);
	peer_say(fd, request.data, request.length);
	us = assert_answer(fd, start_us, ERR_TIMEOUT);
	ck_assert_uint_ge(us, ECHO_BODY_MS * 1000UL);
	ck_assert_uint_lt(us, ECHO_BODY_MS * 1000UL + SECOND_US);
	(void)close(fd);
	peer_assert_answered();
}
END_TEST

struct dripper {
	int fd;
	bool records; /* a record each time, or a bare byte */
};

static void *
drip(void *context)
{
	static const unsigned char one[] = {
	    1, STDIN, 0, PEER_ID, 0, 1, 0, 0, 'x'};
	const struct dripper *dripper = context;
	size_t i = 0;

	for (;;) {
		const unsigned char *data =
		    dripper->records ? one : &one[i++ % sizeof(one)];
		size_t length = dripper->records ? sizeof(one) : 1;

		if (send(dripper->fd, data, length, MSG_NOSIGNAL) < 0)
			return NULL;
		peer_sleep_ms(DRIP_MS);
	}
}

START_TEST(a_body_that_drips_is_a_timeout_of_its_total_time)
{
	struct buf request = peer_request(posting);
	struct dripper dripper = {.fd = peer_dial(), .records = _i == 0};
	uint64_t start_us = clock_monotonic_us();
	pthread_t thread;
	uint64_t us;

	peer_say(dripper.fd, request.data, request.length);
	ck_assert_int_eq(pthread_create(&thread, NULL, drip, &dripper), 0);
	us = assert_answer(dripper.fd, start_us, ERR_TIMEOUT);
	ck_assert_uint_ge(us, ECHO_BODY_MS * 1000UL);
	ck_assert_uint_lt(us, ECHO_BODY_MS * 1000UL + SECOND_US);
	(void)shutdown(dripper.fd, SHUT_RDWR);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	(void)close(dripper.fd);
	peer_assert_answered();
}
END_TEST

START_TEST(a_body_that_is_too_short_is_malformed)
{
	struct buf request = peer_request(posting);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "short", 5);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	(void)assert_answer(fd, clock_monotonic_us(), ERR_MALFORMED);
	(void)close(fd);
}
END_TEST

START_TEST(a_body_whose_sender_stops_in_the_middle_is_malformed)
{
	struct buf request = peer_request(posting);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "short", 5);
	peer_say(fd, request.data, request.length);
	ck_assert_int_eq(shutdown(fd, SHUT_WR), 0);
	(void)assert_answer(fd, clock_monotonic_us(), ERR_MALFORMED);
	(void)close(fd);
	peer_assert_answered();
}
END_TEST

START_TEST(a_peer_that_is_gone_before_its_answer_is_no_event)
{
	static const char *const pairs[] = {
	    "REQUEST_METHOD", "GET", "ANSWER_BYTES", "800000", NULL};
	struct buf request = peer_request(pairs);

	peer_add_record(&request, STDIN, "", 0);
	for (int i = 0; i < 5; i++) {
		int fd = peer_dial();

		peer_say(fd, request.data, request.length);
		(void)close(fd);
	}
	peer_assert_answered();
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* Stopping */

START_TEST(a_gateway_that_waits_stops_at_once)
{
	peer_sleep_ms(50);
	echo_tell_to_stop();
	ck_assert_uint_lt(echo_join(), SECOND_US / 2);
}
END_TEST

START_TEST(a_gateway_with_a_silent_connection_stops_soon)
{
	int fd = peer_dial();
	uint64_t us;

	peer_sleep_ms(100);
	echo_tell_to_stop();
	us = echo_join();
	ck_assert_uint_lt(us, 3 * SECOND_US);
	(void)close(fd);
}
END_TEST

START_TEST(a_connection_from_before_the_stop_is_still_answered)
{
	struct buf request = peer_request(peer_plain);
	int fd = peer_dial();

	peer_add_record(&request, STDIN, "", 0);
	peer_sleep_ms(100);
	echo_tell_to_stop();
	peer_sleep_ms(100);
	peer_say(fd, request.data, request.length);
	peer_assert_ends_with(
	    peer_read_answer(fd).data, "REQUEST_METHOD=GET\n\n");
	(void)echo_join();
	(void)close(fd);
}
END_TEST

static const char *const hosts[] = {
    "127.0.0.1:0", "localhost:0", ":0", "[::1]:0"};

START_TEST(host_and_port_work)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);
	struct buf request = peer_request(peer_plain);
	int socket_fd = -1;
	int fd;

	/* A machine may be without IPv6. */
	if (listener_open(hosts[_i], true, &socket_fd) != ERR_OK && _i == 3)
		return;
	ck_assert_int_ge(socket_fd, 0);
	ck_assert_int_eq(
	    getsockname(socket_fd, (struct sockaddr *)&address, &length), 0);
	echo_start_on(socket_fd);
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	peer_be_patient(fd);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, length), 0);
	peer_add_record(&request, STDIN, "", 0);
	peer_say(fd, request.data, request.length);
	peer_assert_ends_with(
	    peer_read_answer(fd).data, "REQUEST_METHOD=GET\n\n");
	(void)close(fd);
	echo_stop_on();
}
END_TEST

static void
add_requests(Suite *suite)
{
	TCase *test_case = support_case(suite, "requests");

	tcase_add_checked_fixture(test_case, echo_start, echo_stop);
	tcase_add_test(test_case, parameters_and_body_arrive);
	tcase_add_test(test_case, a_large_body_arrives_whole);
	tcase_add_test(
	    test_case, a_request_that_comes_byte_by_byte_is_answered);
	tcase_add_test(test_case, parameters_of_60_kib_arrive);
	tcase_add_test(test_case, an_answer_of_200_kib_goes_out_whole);
	tcase_add_test(test_case, a_page_and_its_end_are_sent_with_one_call);
	tcase_add_test(
	    test_case, a_request_is_read_to_its_end_before_it_is_answered);
	tcase_add_test(test_case, a_connection_ends_with_its_answer);
	tcase_add_test(test_case, connections_that_say_nothing_hold_nobody_up);
	tcase_add_test(test_case, half_a_request_holds_nobody_up);
	tcase_add_test(test_case, a_body_that_does_not_come_is_a_timeout);
	tcase_add_loop_test(
	    test_case, a_body_that_drips_is_a_timeout_of_its_total_time, 0, 2);
	tcase_add_test(test_case, a_body_that_is_too_short_is_malformed);
	tcase_add_test(
	    test_case, a_body_whose_sender_stops_in_the_middle_is_malformed);
	tcase_add_test(
	    test_case, a_peer_that_is_gone_before_its_answer_is_no_event);
	tcase_add_test(test_case, a_gateway_that_waits_stops_at_once);
	tcase_add_test(
	    test_case, a_gateway_with_a_silent_connection_stops_soon);
	tcase_add_test(
	    test_case, a_connection_from_before_the_stop_is_still_answered);
}

static void
add_sockets(Suite *suite)
{
	TCase *test_case = support_case(suite, "sockets");

	tcase_add_loop_test(
	    test_case, host_and_port_work, 0, sizeof(hosts) / sizeof(hosts[0]));
}

int
main(void)
{
	Suite *suite = suite_create("gateway");

	add_requests(suite);
	add_sockets(suite);
	return support_run(suite);
}
