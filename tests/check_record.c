#include "web/record.h"

#include "echo.h"
#include "peer.h"
#include "support.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BEGIN "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"

/* What is said before the connection is closed; padded by NULs. */
static const struct {
	const char *name;
	const char *bytes;
	size_t length;
	bool refused; /* the worker closes it itself, and says so */
} peers[] = {
    {"nothing", "", 0, false},
    {"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27, true},
    {"zeros", "\0\0\0\0\0\0\0\0", 8, true},
    {"a later version", "\2\1\0\1\0\10\0\0", 8, true},
    {"one byte", "\1", 1, false},
    {"a management record", "\1\11\0\0\0\20\0\0\16\0FCGI_MAX_CONNS", 24, true},
    {"an unknown management record", "\1\143\0\0\0\0\0\0", 8, true},
    {"parameters first", "\1\4\0\1\0\0\0\0", 8, true},
    {"a request of id 0", "\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0", 16, true},
    {"a short begin", "\1\1\0\1\0\4\0\0\0\1\0\0", 12, true},
    {"a begin with padding",
	"\1\1\0\1\0\10\1\0\0\1\0\0\0\0\0\0\0\1\4\0\1\0\0\0\0", 25, true},
    {"a begin alone", BEGIN, 16, false},
    {"a second begin", BEGIN BEGIN, 32, true},
    {"an abort", BEGIN "\1\2\0\1\0\0\0\0", 24, true},
    {"parameters of another id", BEGIN "\1\4\0\2\0\0\0\0", 24, true},
    {"a body before its time", BEGIN "\1\5\0\1\0\0\0\0", 24, true},
    {"a role nobody knows",
	"\1\1\0\1\0\10\0\0\0\11\0\0\0\0\0\0\1\4\0\1\0\0\0\0", 24, false},
    {"a name beyond its record",
	BEGIN "\1\4\0\1\0\4\0\0\177\177ab\1\4\0\1\0\0\0\0", 36, true},
    {"a name of two gigabytes",
	BEGIN "\1\4\0\1\0\11\0\0\377\377\377\377\1abcd\1\4\0\1\0\0\0\0", 41,
	true},
    {"a value beyond its record",
	BEGIN "\1\4\0\1\0\6\0\0\1\200\0\0\2v\1\4\0\1\0\0\0\0", 38, true},
    {"half a length", BEGIN "\1\4\0\1\0\2\0\0\1\200\1\4\0\1\0\0\0\0", 34, true},
    {"a pair in two records",
	BEGIN "\1\4\0\1\0\3\0\0\1\200\0\1\4\0\1\0\4\0\0\0\1nv"
	      "\1\4\0\1\0\0\0\0",
	47, false},
    {"a whole request", BEGIN "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0", 32, false},
};

#define PEERS (sizeof(peers) / sizeof(peers[0]))

START_TEST(the_worker_survives_a_peer_that_leaves)
{
	int fd = peer_dial();

	peer_say(fd, peers[_i].bytes, peers[_i].length);
	(void)close(fd);
	peer_assert_answered();
}
END_TEST

START_TEST(the_worker_survives_a_peer_that_stays)
{
	int fd = peer_dial();
	char byte;

	peer_say(fd, peers[_i].bytes, peers[_i].length);
	peer_assert_answered();
	if (peers[_i].refused) {
		ck_assert_msg(recv(fd, &byte, 1, 0) <= 0, "%s", peers[_i].name);
		ck_assert_str_eq(support_log(),
		    "warning lobby: closed a connection: not FastCGI\n");
	} else {
		ck_assert_str_eq(support_log(), "");
	}
	(void)close(fd);
}
END_TEST

START_TEST(what_no_request_begins_with_is_told)
{
	size_t head;
	enum record_state state = record_look(
	    (const unsigned char *)peers[_i].bytes, peers[_i].length, &head);

	ck_assert_int_eq(state == RECORD_BROKEN, peers[_i].refused);
}
END_TEST

/* Up to its last byte a request is not there; after it, it is. */
START_TEST(a_request_is_whole_with_its_last_parameter)
{
	struct buf request = peer_request(peer_plain);
	const unsigned char *data = (const unsigned char *)request.data;
	size_t length = request.length;
	size_t head = 0;

	for (size_t i = 0; i < request.length; i++)
		ck_assert_int_eq(record_look(data, i, &head), RECORD_WAIT);
	ck_assert_int_eq(record_look(data, length, &head), RECORD_WHOLE);
	ck_assert_uint_eq(head, length);
	peer_add_record(&request, STDIN, "body", 4);
	ck_assert_int_eq(record_look((const unsigned char *)request.data,
			     request.length, &head),
	    RECORD_WHOLE);
	ck_assert_uint_eq(head, length);
}
END_TEST

START_TEST(padding_is_passed_over)
{
	static const unsigned char padded[] =
	    BEGIN "\1\4\0\1\0\4\3\0\1\1ab\377\377\377"
		  "\1\4\0\1\0\0\2\0\377\377";
	size_t length = sizeof(padded) - 1;
	size_t head = 0;

	for (size_t i = 0; i < length; i++)
		ck_assert_int_eq(record_look(padded, i, &head), RECORD_WAIT);
	ck_assert_int_eq(record_look(padded, length, &head), RECORD_WHOLE);
	ck_assert_uint_eq(head, length);
}
END_TEST

#define VALUES_OFTEN                                                           \
	"\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS"            \
	"\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS\16\0FCGI_MAX_CONNS"

/* What comes as a body of at least four bytes. */
static const struct {
	const char *bytes;
	size_t length;
	const char *body;
	bool ended;
	bool broken;
} bodies[] = {
    {"\1\5\0\1\0\4\0\0body\1\5\0\1\0\0\0\0", 20, "body", true, false},
    {"\1\5\0\1\0\2\3\0bo\0\0\0\1\5\0\1\0\2\0\0dy", 23, "body", false, false},
    {"\1\5\0\1\0\4\0\0bo", 10, "bo", false, false},
    {"\1\5\0\1\0\0\2\0\0\0", 10, "", true, false},
    {"\1\5\0\2\0\4\0\0body", 12, "", false, true},
    {"\2\5\0\1\0\4\0\0body", 12, "", false, true},
    {"\1\2\0\1\0\0\0\0", 8, "", false, true},
    {"\1\5\0\1\0\2\0\0bo\1\10\0\1\0\2\0\0dy", 20, "bo", false, true},
    {"\1\11\0\0\0\140\0\0" VALUES_OFTEN, 104, "", false, true},
    {"\1\143\0\0\0\0\0\0", 8, "", false, true},
};

/* Whether it comes at once or byte by byte. */
START_TEST(a_body_is_what_its_own_records_hold)
{
	const unsigned char *data = (const unsigned char *)bodies[_i].bytes;
	struct record_body body = {.id = 1};
	size_t length = bodies[_i].length;
	char whole[8] = "";
	char bytes[8] = "";
	size_t got = 0;

	(void)record_body_take(&body, &data, &length, whole, 7);
	ck_assert_str_eq(whole, bodies[_i].body);
	ck_assert(body.ended == bodies[_i].ended);
	ck_assert(body.broken == bodies[_i].broken);
	body = (struct record_body){.id = 1};
	data = (const unsigned char *)bodies[_i].bytes;
	for (size_t i = 0; i < bodies[_i].length; i++) {
		length = 1;
		got += record_body_take(
		    &body, &data, &length, bytes + got, 7 - got);
		if (length == 1)
			data++;
	}
	ck_assert_str_eq(bytes, bodies[_i].body);
	ck_assert(body.ended == bodies[_i].ended);
	ck_assert(body.broken == bodies[_i].broken);
}
END_TEST

/* libfcgi would answer what it asks for, beyond its stack. */
START_TEST(a_body_that_asks_for_values_harms_nobody)
{
	static const char *const pairs[] = {"CONTENT_LENGTH", "4", NULL};
	static const char often[] = VALUES_OFTEN;
	struct buf request = peer_request(pairs);
	unsigned char header[] = {1, 9, 0, 0, 0, sizeof(often) - 1, 0, 0};
	int fd = peer_dial();

	buf_append(&request, header, sizeof(header));
	buf_append(&request, often, sizeof(often) - 1);
	peer_add_record(&request, STDIN, "body", 4);
	peer_say(fd, request.data, request.length);
	ck_assert_ptr_nonnull(strstr(peer_read_answer(fd).data,
	    arena_printf(support_arena(), "err %d\n", (int)ERR_MALFORMED)));
	(void)close(fd);
	peer_assert_answered();
}
END_TEST

static void
add_records(Suite *suite)
{
	TCase *test_case = support_case(suite, "records");

	tcase_add_loop_test(
	    test_case, what_no_request_begins_with_is_told, 0, PEERS);
	tcase_add_test(test_case, a_request_is_whole_with_its_last_parameter);
	tcase_add_test(test_case, padding_is_passed_over);
	tcase_add_loop_test(test_case, a_body_is_what_its_own_records_hold, 0,
	    sizeof(bodies) / sizeof(bodies[0]));
}

static void
add_peers(Suite *suite)
{
	TCase *test_case = support_case(suite, "peers");

	tcase_add_checked_fixture(test_case, echo_start, echo_stop);
	tcase_add_loop_test(
	    test_case, the_worker_survives_a_peer_that_leaves, 0, PEERS);
	tcase_add_loop_test(
	    test_case, the_worker_survives_a_peer_that_stays, 0, PEERS);
	tcase_add_test(test_case, a_body_that_asks_for_values_harms_nobody);
}

int
main(void)
{
	Suite *suite = suite_create("record");

	add_records(suite);
	add_peers(suite);
	return support_run(suite);
}
