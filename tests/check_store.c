#include "server.h"
#include "support.h"

#include "store/keys.h"
#include "store/script.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define MANY_COMMANDS 61 /* a page of 20 posts, and one */

/* Replies */

static const struct {
	const char *data;
	size_t length;
} bytes[] = {
    {"", 0},
    {"plain", 5},
    {"\0", 1},
    {"a\0b\0", 4},
    {"$5\r\nhello\r\n", 11},
    {"*1\r\n", 4},
    {"%s %b %n", 8},
    {"\xff\xfe\x80", 3},
    {"홍길동", 9},
};

START_TEST(any_bytes_come_back_as_they_went)
{
	struct command commands[2];
	struct reply replies[2];

	command_of(&commands[0], "SET", NULL);
	command_add(&commands[0], bytes[_i].data, bytes[_i].length);
	command_add(&commands[0], bytes[_i].data, bytes[_i].length);
	command_of(&commands[1], "GET", NULL);
	command_add(&commands[1], bytes[_i].data, bytes[_i].length);
	ck_assert_int_eq(store_run(&here.store, commands, 2, replies), ERR_OK);
	ck_assert_str_eq(replies[0].text, "OK");
	ck_assert_int_eq(replies[1].type, REPLY_TEXT);
	ck_assert_uint_eq(replies[1].length, bytes[_i].length);
	ck_assert_mem_eq(replies[1].text, bytes[_i].data, bytes[_i].length + 1);
}
END_TEST

START_TEST(a_text_comes_back_as_it_went_up_to_its_limit)
{
	const size_t length = REPLY_TEXT_MAX_BYTES + (size_t)_i;
	char *data = arena_alloc(support_arena(), length);
	struct command command;
	struct reply reply;

	for (size_t i = 0; i < length; i++)
		data[i] = (char)(i * 31 >> 3);
	command_of(&command, "ECHO", NULL);
	command_add(&command, data, length);
	ck_assert_int_eq(store_run(&here.store, &command, 1, &reply), ERR_OK);
	ck_assert_uint_eq(reply.length, REPLY_TEXT_MAX_BYTES);
	ck_assert_mem_eq(reply.text, data, REPLY_TEXT_MAX_BYTES);
	ck_assert_int_eq(reply.text[REPLY_TEXT_MAX_BYTES], '\0');
}
END_TEST

START_TEST(an_error_of_redis_is_a_reply)
{
	struct command commands[3];
	struct reply replies[3];

	command_of(&commands[0], "SET", "k", "v", NULL);
	command_of(&commands[1], "LPUSH", "k", "x", NULL);
	command_of(&commands[2], "GET", "k", NULL);
	ck_assert_int_eq(store_run(&here.store, commands, 3, replies), ERR_OK);
	ck_assert_int_eq(replies[1].type, REPLY_ERROR);
	ck_assert_int_eq(strncmp(replies[1].text, "WRONGTYPE ", 10), 0);
	ck_assert_int_eq(replies[2].type, REPLY_TEXT);
	ck_assert_str_eq(replies[2].text, "v");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(replies_of_every_type_are_told_apart)
{
	struct reply reply = DO(&here.store, "EVAL",
	    "return {-7, 'two', false, {3, {}, {{'deep'}}},"
	    " redis.status_reply('FINE'), redis.error_reply('ERR bad')}",
	    "0");

	ck_assert_int_eq(reply.type, REPLY_ARRAY);
	ck_assert_uint_eq(reply.count, 6);
	ck_assert_int_eq(reply.items[0].type, REPLY_INTEGER);
	ck_assert_int_eq(reply.items[0].integer, -7);
	ck_assert_int_eq(reply.items[1].type, REPLY_TEXT);
	ck_assert_str_eq(reply.items[1].text, "two");
	ck_assert_int_eq(reply.items[2].type, REPLY_NIL);
	ck_assert_int_eq(reply.items[3].type, REPLY_ARRAY);
	ck_assert_uint_eq(reply.items[3].count, 3);
	ck_assert_int_eq(reply.items[3].items[0].integer, 3);
	ck_assert_int_eq(reply.items[3].items[1].type, REPLY_ARRAY);
	ck_assert_uint_eq(reply.items[3].items[1].count, 0);
	ck_assert_str_eq(
	    reply.items[3].items[2].items[0].items[0].text, "deep");
	ck_assert_int_eq(reply.items[4].type, REPLY_TEXT);
	ck_assert_str_eq(reply.items[4].text, "FINE");
	ck_assert_int_eq(reply.items[5].type, REPLY_ERROR);
	ck_assert_str_eq(reply.items[5].text, "ERR bad");
	ck_assert_int_eq(ASK(&here.store, "GET", "none").type, REPLY_NIL);
	ck_assert_int_eq(
	    ASK(&here.store, "BLPOP", "none", "0.001").type, REPLY_NIL);
}
END_TEST

START_TEST(an_array_that_comes_in_pieces_is_whole)
{
	struct command command;
	struct reply reply;

	/* Hundreds of kilobytes: many reads, which end anywhere. */
	command_of(&command, "EVAL",
	    "local all = {} for i = 1, 9000 do"
	    " all[i] = {i, {tostring(i), {}}, ('x'):rep(i % 50)} end return "
	    "all",
	    "0", NULL);
	ck_assert_int_eq(store_run(&here.store, &command, 1, &reply), ERR_OK);
	ck_assert_uint_eq(reply.count, 9000);
	for (size_t i = 0; i < reply.count; i++) {
		const struct reply *items = reply.items[i].items;
		char number[24];

		(void)snprintf(number, sizeof(number), "%zu", i + 1);
		ck_assert_uint_eq(reply.items[i].count, 3);
		ck_assert_int_eq(items[0].integer, (int64_t)i + 1);
		ck_assert_uint_eq(items[1].count, 2);
		ck_assert_str_eq(items[1].items[0].text, number);
		ck_assert_int_eq(items[1].items[1].type, REPLY_ARRAY);
		ck_assert_uint_eq(items[2].length, (i + 1) % 50);
	}
}
END_TEST

/* Redis counts what it read from its sockets: this run, and the second INFO. */
START_TEST(many_commands_are_one_round_trip)
{
	struct command commands[MANY_COMMANDS];
	struct reply replies[MANY_COMMANDS];
	char numbers[MANY_COMMANDS][8];
	long reads = server_info(&here.store, "stats", "total_reads_processed");

	for (int i = 0; i < MANY_COMMANDS; i++) {
		(void)snprintf(numbers[i], sizeof(numbers[i]), "%d", i);
		command_of(&commands[i], "ECHO", numbers[i], NULL);
	}
	here.store.round_trips = 0;
	ck_assert_int_eq(
	    store_run(&here.store, commands, MANY_COMMANDS, replies), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 1);
	ck_assert_uint_gt(here.store.spent_us, 0);
	for (int i = 0; i < MANY_COMMANDS; i++)
		ck_assert_str_eq(replies[i].text, numbers[i]);
	ck_assert_int_eq(
	    server_info(&here.store, "stats", "total_reads_processed"),
	    reads + 2);
}
END_TEST

/* As a text and as an array. */
static const char *const large_commands[] = {
    "return ('x'):rep(200000)",
    "local all = {} for i = 1, 5000 do all[i] = i end return {1, all}",
};

START_TEST(a_reply_too_large_for_the_arena_harms_no_later_run)
{
	struct arena *small = arena_create(64UL * 1024);
	struct command commands[2];
	struct reply replies[2];

	ck_assert_ptr_nonnull(small);
	command_of(&commands[0], "EVAL", large_commands[_i], "0", NULL);
	command_of(&commands[1], "ECHO", "late", NULL);
	here.store.arena = small;
	ck_assert_int_eq(
	    store_run(&here.store, commands, 2, replies), ERR_NO_MEMORY);
	here.store.arena = support_arena();
	ck_assert_str_eq(DO(&here.store, "ECHO", "own").text, "own");
	ck_assert_str_eq(support_log(), "");
	arena_destroy(small);
}
END_TEST

START_TEST(keys_begin_with_the_prefix)
{
	struct arena *arena = support_arena();

	ck_assert_str_eq(key_of_board(arena, "", KEY_LAST_ID), "last_id");
	ck_assert_str_eq(
	    key_of_board(arena, "{free}:", KEY_POST_ID), "{free}:post_id");
	ck_assert_str_eq(key_of_post(arena, "", KEY_NAME, 1), "news:name:1");
	ck_assert_str_eq(
	    key_of_post(arena, "{free}:", KEY_TEXT, UINT64_C(99999999999999)),
	    "{free}:news:post:99999999999999");
}
END_TEST

/* Up to 100. */
static const struct {
	enum reply_type type;
	int64_t integer;
	const char *text;
	uint64_t number;
} numbers[] = {
    {REPLY_TEXT, 0, "17", 17},
    {REPLY_TEXT, 0, "100", 100},
    {REPLY_TEXT, 0, "101", 0},
    {REPLY_TEXT, 0, "0", 0},
    {REPLY_TEXT, 0, "-1", 0},
    {REPLY_TEXT, 0, "1x", 0},
    {REPLY_TEXT, 17, "", 0},
    {REPLY_INTEGER, 17, "", 17},
    {REPLY_INTEGER, 101, "", 0},
    {REPLY_INTEGER, -1, "", 0},
    {REPLY_NIL, 17, "17", 0},
    {REPLY_ERROR, 17, "17", 0},
};

START_TEST(a_number_is_a_text_or_an_integer)
{
	const struct reply reply = {.type = numbers[_i].type,
	    .integer = numbers[_i].integer,
	    .text = numbers[_i].text,
	    .length = strlen(numbers[_i].text)};

	ck_assert_uint_eq(reply_number(&reply, 100), numbers[_i].number);
}
END_TEST

/* What an error of Redis means. */
static const struct {
	enum reply_type type;
	const char *text;
	enum err err;
} meanings[] = {
    {REPLY_NIL, "", ERR_OK},
    {REPLY_INTEGER, "", ERR_OK},
    {REPLY_ARRAY, "", ERR_OK},
    {REPLY_TEXT, "OOM is what somebody wrote", ERR_OK},
    {REPLY_ERROR, "LOADING Redis is loading the dataset in memory",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "READONLY You can't write against a read only replica.",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "OOM command not allowed", ERR_UNAVAILABLE},
    {REPLY_ERROR, "MISCONF Errors writing to the AOF file", ERR_UNAVAILABLE},
    {REPLY_ERROR, "NOAUTH Authentication required.", ERR_UNAVAILABLE},
    {REPLY_ERROR, "ERR Protocol error: unauthenticated multibulk length",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "ERR Protocol error: too big mbulk count string",
	ERR_INTERNAL},
    {REPLY_ERROR, "NOPERM this user has no permissions", ERR_UNAVAILABLE},
    {REPLY_ERROR, "WRONGPASS invalid username-password pair", ERR_UNAVAILABLE},
    {REPLY_ERROR, "BUSY Redis is busy running a script.", ERR_UNAVAILABLE},
    {REPLY_ERROR, "MASTERDOWN Link with MASTER is down", ERR_UNAVAILABLE},
    {REPLY_ERROR, "CLUSTERDOWN The cluster is down", ERR_UNAVAILABLE},
    {REPLY_ERROR, "TRYAGAIN Multiple keys request during rehashing of slot",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "NOREPLICAS Not enough good replicas to write.",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "UNKILLABLE Sorry the script already executed writes",
	ERR_UNAVAILABLE},
    /* How Redis 6.2 says it when the command was a script's. */
    {REPLY_ERROR,
	"ERR Error running script (call to f_0a): @user_script:36: "
	"@user_script: 36: -OOM command not allowed when used memory > "
	"'maxmemory'.",
	ERR_UNAVAILABLE},
    {REPLY_ERROR,
	"ERR Error running script (call to f_0a): @user_script:36: "
	"@user_script: 36: -READONLY You can't write against a read only "
	"replica.",
	ERR_UNAVAILABLE},
    {REPLY_ERROR,
	"ERR Error running script (call to f_0a): @user_script:36: "
	"ERR value is not an integer or out of range",
	ERR_INTERNAL},
    {REPLY_ERROR, "DENIED Redis is running in protected mode", ERR_UNAVAILABLE},
    {REPLY_ERROR, "MOVED 3999 127.0.0.1:6381", ERR_UNAVAILABLE},
    {REPLY_ERROR, "ASK 3999 127.0.0.1:6381", ERR_UNAVAILABLE},
    {REPLY_ERROR, "ERR max number of clients reached", ERR_UNAVAILABLE},
    {REPLY_ERROR, "ERR Protocol error: unauthenticated multibulk length",
	ERR_UNAVAILABLE},
    {REPLY_ERROR,
	"ERR The user executing the script can't run this command or "
	"subcommand script: 0a, on @user_script:39.",
	ERR_UNAVAILABLE},
    {REPLY_ERROR, "ERR Protocol error: invalid bulk length", ERR_INTERNAL},
    {REPLY_ERROR, "WRONGTYPE Operation against a key", ERR_INTERNAL},
    {REPLY_ERROR, "ERR unknown command", ERR_INTERNAL},
    {REPLY_ERROR, "ERR the key OOM", ERR_INTERNAL},
    {REPLY_ERROR, "NOSCRIPT No matching script.", ERR_INTERNAL},
    {REPLY_ERROR, "", ERR_INTERNAL},
};

START_TEST(an_error_of_redis_has_its_meaning)
{
	struct reply reply = {.type = meanings[_i].type,
	    .text = meanings[_i].text,
	    .length = strlen(meanings[_i].text)};

	ck_assert_int_eq(reply_check(&reply), meanings[_i].err);
	ck_assert_int_eq(reply_check(&reply), meanings[_i].err);
	if (meanings[_i].type == REPLY_ERROR)
		ck_assert_str_eq(support_log(),
		    arena_printf(support_arena(),
			"error redis: Redis refuses: %s\n", meanings[_i].text));
	else
		ck_assert_str_eq(support_log(), "");
}
END_TEST

/* What Redis says when EVALSHA was taken away from it by its owner. */
START_TEST(the_words_of_a_refused_command_are_not_logged)
{
	static const char text[] =
	    "ERR unknown command 'EVALSHA', with args beginning with: '0a' "
	    "'4' '192.0.2.1' '홍길동' 'my words' ";
	const struct reply reply = {
	    .type = REPLY_ERROR, .text = text, .length = sizeof(text) - 1};

	ck_assert_int_eq(reply_check(&reply), ERR_INTERNAL);
	ck_assert_str_eq(support_log(),
	    "error redis: Redis refuses: ERR unknown command 'EVALSHA'\n");
}
END_TEST

/* Replies that are out of step: MONITOR makes Redis say more than is asked. */

START_TEST(what_nobody_asked_for_is_no_ones_reply)
{
	struct pool *other = server_pool(&here.server);
	struct store watch = server_store(other);

	here.settings.size = 1;
	server_reopen();
	(void)DO(&here.store, "MONITOR");
	(void)DO(&watch, "ECHO", "another's");
	for (int i = 0; i < 10; i++)
		ck_assert_str_eq(DO(&here.store, "ECHO", "own").text, "own");
	ck_assert_str_eq(support_log(), "");
	pool_destroy(other);
}
END_TEST

START_TEST(of_more_replies_than_were_asked_for_none_counts)
{
	struct command commands[2];
	struct reply replies[2];

	here.settings.size = 1;
	server_reopen();
	command_of(&commands[0], "MONITOR", NULL);
	command_of(&commands[1], "ECHO", "a", NULL);
	ck_assert_int_eq(
	    store_run(&here.store, commands, 2, replies), ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(
	    strstr(support_log(), "answered more than was asked"));
	ck_assert_str_eq(DO(&here.store, "ECHO", "own").text, "own");
}
END_TEST

/* Scripts */

/* The script of a post, for its being run; check_post tests what it does. */
static enum err
run_script(const char *text)
{
	struct command words;
	struct reply reply;

	command_of(&words, "last_id", "", "2", "client", "name", text, "60", "",
	    "", "", "", "", "", "by chance", NULL);
	ck_assert_int_eq(limit_add(&here.store, &words), ERR_OK);
	here.store.round_trips = 0;
	return script_run(&here.store, SCRIPT_POST, &words, &reply);
}

START_TEST(a_script_that_redis_lost_is_sent_again)
{
	(void)DO(&here.store, "SCRIPT", "FLUSH");
	ck_assert_int_eq(run_script("one"), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 2);
	ck_assert_int_eq(run_script("two"), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 1);
	(void)DO(&here.store, "SCRIPT", "FLUSH");
	ck_assert_int_eq(run_script("three"), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 2);
	ck_assert_str_eq(DO(&here.store, "GET", "last_id").text, "3");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(an_error_of_a_script_is_logged_once)
{
	(void)DO(&here.store, "SET", "last_id", "many");
	ck_assert_int_eq(run_script("one"), ERR_INTERNAL);
	ck_assert_ptr_nonnull(strstr(support_log(), "Redis refuses: "));
	ck_assert_ptr_eq(strchr(support_log(), '\n'),
	    support_log() + strlen(support_log()) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("store");
	TCase *replies;
	TCase *scripts;

	if (!server_is_installed())
		return SERVER_SKIP;
	/* As the worker does: hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	replies = server_case(suite, "replies");
	tcase_add_loop_test(
	    replies, any_bytes_come_back_as_they_went, 0, ROWS(bytes));
	tcase_add_loop_test(
	    replies, a_text_comes_back_as_it_went_up_to_its_limit, 0, 2);
	tcase_add_test(replies, an_error_of_redis_is_a_reply);
	tcase_add_test(replies, replies_of_every_type_are_told_apart);
	tcase_add_test(replies, an_array_that_comes_in_pieces_is_whole);
	tcase_add_test(replies, many_commands_are_one_round_trip);
	tcase_add_loop_test(replies,
	    a_reply_too_large_for_the_arena_harms_no_later_run, 0,
	    ROWS(large_commands));
	tcase_add_test(replies, keys_begin_with_the_prefix);
	tcase_add_loop_test(
	    replies, a_number_is_a_text_or_an_integer, 0, ROWS(numbers));
	tcase_add_loop_test(
	    replies, an_error_of_redis_has_its_meaning, 0, ROWS(meanings));
	tcase_add_test(replies, the_words_of_a_refused_command_are_not_logged);
	tcase_add_test(replies, what_nobody_asked_for_is_no_ones_reply);
	tcase_add_test(
	    replies, of_more_replies_than_were_asked_for_none_counts);
	scripts = server_case(suite, "scripts");
	tcase_add_test(scripts, a_script_that_redis_lost_is_sent_again);
	tcase_add_test(scripts, an_error_of_a_script_is_logged_once);
	return support_run(suite);
}
