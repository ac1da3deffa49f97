/*
 * What Redis tells of keys that were written, by whomever: a real one.
 */
#include "store/changes.h"

#include "server.h"
#include "support.h"

#include "base/buf.h"
#include "base/clock.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* A key of the test's own that every prefix hears of: the end of the rest. */
#define END_KEY "{end}:"

#define MANY 20000

static struct changes *changes;
static struct buf heard; /* "key key ", and "* " for all keys */
static size_t keys_heard;

static void
hear(void *context, const char *key, size_t length)
{
	ck_assert_ptr_eq(context, &heard);
	keys_heard++;
	if (key == NULL) {
		buf_text(&heard, "* ");
		return;
	}
	ck_assert_int_eq(key[length], '\0');
	buf_append(&heard, key, length);
	buf_text(&heard, " ");
}

static void
set_up(void)
{
	changes = NULL;
	keys_heard = 0;
	buf_init(&heard, support_arena());
	buf_text(&heard, "");
}

static void
tear_down(void)
{
	changes_close(changes);
}

static enum err
open_with(const char *prefix)
{
	struct pool_settings settings = here.settings;

	changes_close(changes);
	changes = NULL;
	return changes_open(&settings.redis, prefix, support_arena(), &changes);
}

static void
open_changes(const char *prefix)
{
	ck_assert_int_eq(open_with(prefix), ERR_OK);
}

static enum err
read_changes(void)
{
	return changes_read(changes, support_arena(), hear, &heard);
}

/* Whether something could be read, for at most so long. */
static bool
wait_for_more(int ms)
{
	struct pollfd ready = {.fd = changes_fd(changes), .events = POLLIN};

	return poll(&ready, 1, ms) > 0;
}

/* Where something begins in what was heard, which may hold any byte. */
static char *
find_heard(const char *part)
{
	return memmem(heard.data, heard.length, part, strlen(part));
}

/* Reads until so much was heard, or a connection ends. */
static enum err
read_until(const char *part)
{
	uint64_t until = clock_monotonic_us() + SERVER_LONG_MS * UINT64_C(1000);
	enum err err = ERR_OK;

	while (err == ERR_OK && find_heard(part) == NULL) {
		ck_assert_uint_lt(clock_monotonic_us(), until);
		if (wait_for_more(100))
			err = read_changes();
	}
	return err;
}

/* What was heard of what was written until now. */
static const char *
hear_all(void)
{
	char *end;

	(void)DO(&here.store, "SET", END_KEY, "x");
	ck_assert_int_eq(read_until(END_KEY), ERR_OK);
	end = find_heard(END_KEY);
	ck_assert_str_eq(end, END_KEY " ");
	heard.length = (size_t)(end - heard.data);
	*end = '\0';
	return heard.data;
}

static void
assert_heard(const char *keys)
{
	ck_assert_str_eq(hear_all(), keys);
}

/* What is heard */

START_TEST(every_way_to_write_is_heard)
{
	open_changes("");
	(void)DO(&here.store, "SET", "news:name:1", "n");
	(void)DO(&here.store, "LPUSH", "post_id", "1");
	(void)DO(&here.store, "HSET", "news:meta:1", "title", "t");
	(void)DO(&here.store, "HINCRBY", "news:views:0", "1", "1");
	(void)DO(&here.store, "RPUSH", "madang:boards", "free");
	(void)DO(&here.store, "DEL", "news:name:1");
	(void)DO(&here.store, "UNLINK", "post_id");
	(void)DO(&here.store, "RENAME", "news:meta:1", "news:meta:2");
	(void)DO(&here.store, "COPY", "news:meta:2", "news:meta:3");
	assert_heard("news:name:1 post_id news:meta:1 news:views:0 "
		     "madang:boards news:name:1 post_id news:meta:1 "
		     "news:meta:2 news:meta:3 ");
}
END_TEST

START_TEST(what_is_only_read_is_not_heard)
{
	(void)DO(&here.store, "SET", "news:name:1", "n");
	open_changes("");
	(void)DO(&here.store, "GET", "news:name:1");
	(void)DO(&here.store, "EXISTS", "news:name:1");
	(void)DO(&here.store, "DEL", "news:name:2");
	assert_heard("");
}
END_TEST

START_TEST(a_script_or_a_transaction_is_heard_of_key_by_key)
{
	static const char script[] =
	    "for _, key in ipairs({'news:meta:3', 'news:name:3', 'post_id', "
	    "'last_id'}) do redis.call('SET', key, 'x') end";

	open_changes("");
	(void)DO(&here.store, "EVAL", script, "0");
	/* Once each: the order within a script is none. */
	assert_heard("news:meta:3 news:name:3 post_id ");
}
END_TEST

static const struct {
	const char *prefix;
	const char *key;
	bool heard;
} prefixes[] = {
    {"", "post_id", true},
    {"", "news:notices", true},
    {"", "news:name:1", true},
    {"", "madang:board", true},
    {"", "madang:boards", true},
    {"", "{free}:news:name:1", true},
    {"", "last_id", false},
    {"", "madang:once:1", false},
    {"", "madang:tries:1", false},
    {"", "madang:secret", false},
    {"", "x:post_id", false},
    {"", "session:1", false},
    {"x:", "x:post_id", true},
    {"x:", "x:news:meta:1", true},
    {"x:", "x:madang:board", true},
    {"x:", "{free}:post_id", true},
    {"x:", "post_id", false},
    {"x:", "x:last_id", false},
    {"x:", "y:post_id", false},
    {"{a}:", "{a}:post_id", true},
    {"{a}:", "{b}:post_id", true},
    {"{a}:", "{a}:madang:boards", true},
    {"{a}:", "post_id", false},
    {"{a}:b:", "{a}:b:news:name:1", true},
};

START_TEST(only_keys_of_our_boards_are_heard)
{
	const char *key = prefixes[_i].key;

	open_changes(prefixes[_i].prefix);
	(void)DO(&here.store, "SET", key, "x");
	assert_heard(prefixes[_i].heard
			 ? arena_printf(support_arena(), "%s ", key)
			 : "");
}
END_TEST

START_TEST(a_name_is_any_bytes)
{
	open_changes("");
	(void)DO(&here.store, "EVAL",
	    "redis.call('SET', 'news:a\\0b', 'x') "
	    "redis.call('SET', 'news:\\255\\r\\n', 'x')",
	    "0");
	(void)hear_all();
	ck_assert_uint_eq(heard.length, 9 + 9);
	ck_assert_int_eq(memcmp(heard.data, "news:a\0b news:\xff\r\n ", 18), 0);
}
END_TEST

START_TEST(what_expires_is_heard_again)
{
	open_changes("");
	(void)DO(&here.store, "SET", "news:trash:1", "x", "PX", "50");
	ck_assert_int_eq(read_until("news:trash:1 news:trash:1 "), ERR_OK);
}
END_TEST

START_TEST(all_keys_at_once_are_heard_as_such)
{
	static const char *const commands[] = {"FLUSHDB", "FLUSHALL"};

	(void)DO(&here.store, "SET", "news:name:1", "n");
	open_changes("");
	(void)DO(&here.store, commands[_i]);
	(void)DO(&here.store, "SET", "news:name:2", "n");
	assert_heard("* news:name:2 ");
}
END_TEST

START_TEST(a_key_is_heard_each_time)
{
	open_changes("");
	for (int i = 0; i < 3; i++)
		(void)DO(&here.store, "SET", "news:name:1", "same");
	assert_heard("news:name:1 news:name:1 news:name:1 ");
}
END_TEST

START_TEST(many_keys_are_heard_one_by_one)
{
	open_changes("");
	(void)DO(&here.store, "EVAL",
	    "for id = 1, ARGV[1] do redis.call('SET', 'news:name:' .. id, "
	    "'n') end",
	    "0", "20000");
	(void)hear_all();
	ck_assert_uint_eq(keys_heard, MANY + 1);
}
END_TEST

START_TEST(listeners_hear_the_same)
{
	struct changes *other;

	open_changes("");
	other = changes;
	changes = NULL;
	open_changes("x:");
	(void)DO(&here.store, "SET", "{free}:post_id", "x");
	assert_heard("{free}:post_id ");
	changes_close(changes);
	changes = other;
	heard.length = 0;
	ck_assert_int_eq(read_until(END_KEY), ERR_OK);
	ck_assert_str_eq(heard.data, "{free}:post_id " END_KEY " ");
}
END_TEST

/* Who writes hears that it was done after the others heard of it. */
START_TEST(a_change_is_there_when_the_write_is_answered)
{
	open_changes("");
	for (int i = 0; i < 200; i++) {
		heard.length = 0;
		(void)DO(&here.store, "SET", "news:name:1", "n");
		ck_assert_int_eq(read_changes(), ERR_OK);
		ck_assert_uint_gt(heard.length, 0);
	}
}
END_TEST

START_TEST(nothing_to_read_is_no_failure_and_does_not_wait)
{
	uint64_t start;

	open_changes("");
	start = clock_monotonic_us();
	ck_assert_int_eq(read_changes(), ERR_OK);
	ck_assert_int_eq(read_changes(), ERR_OK);
	ck_assert_uint_lt(clock_monotonic_us() - start, 1000000);
	ck_assert_uint_eq(keys_heard, 0);
	changes_close(NULL);
}
END_TEST

START_TEST(a_change_that_takes_more_than_the_memory_is_told)
{
	struct arena *small = arena_create(1);

	open_changes("");
	(void)DO(&here.store, "EVAL",
	    "for id = 1, ARGV[1] do redis.call('SET', 'news:name:' .. id, "
	    "'n') end",
	    "0", "20000");
	ck_assert(wait_for_more(SERVER_LONG_MS));
	ck_assert_ptr_nonnull(small);
	while (changes_read(changes, small, hear, &heard) == ERR_OK)
		ck_assert(wait_for_more(SERVER_LONG_MS));
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("warning changes: "), 1);
	ck_assert_int_eq(support_count("out of memory"), 1);
	arena_destroy(small);
}
END_TEST

/* Who may */

/* A user of every right but what words take away. */
static void
make_user(const char *less)
{
	(void)DO(&here.store, "ACL", "SETUSER", "limited", "reset", "on",
	    ">pass word", "~*", "&*", "+@all", less);
	here.settings.redis.user = "limited";
	here.settings.redis.password = "pass word";
}

START_TEST(a_user_logs_in_and_a_database_is_chosen)
{
	make_user("+@all");
	here.settings.redis.database = 3;
	server_reopen();
	open_changes("");
	(void)DO(&here.store, "SET", "news:name:1", "n");
	assert_heard("news:name:1 ");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

static const struct {
	const char *less;
	const char *password;
	const char *word;
} refused[] = {
    {"-client", "pass word", "NOPERM"},
    {"-client|tracking", "pass word", "NOPERM"},
    {"-subscribe", "pass word", "NOPERM"},
    {"resetchannels", "pass word", "NOPERM"},
    {"+@all", "wrong", "WRONGPASS"},
    {"off", "pass word", "WRONGPASS"},
};

START_TEST(a_redis_that_refuses_is_told_once_with_its_words)
{
	make_user(refused[_i].less);
	here.settings.redis.password = refused[_i].password;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(open_with(""), ERR_UNAVAILABLE);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("warning changes: can't hear"), 1);
	ck_assert_int_eq(support_count(refused[_i].word), 1);

	support_log_clear();
	make_user("+@all");
	ck_assert_int_eq(open_with(""), ERR_OK);
	ck_assert_str_eq(
	    support_log(), "info changes: hears from Redis what changes\n");
}
END_TEST

/* Redis away */

START_TEST(a_redis_that_is_not_there_is_told_once)
{
	server_stop(&here.server);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(open_with(""), ERR_UNAVAILABLE);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("warning changes: can't hear"), 1);
	server_start(&here.server, 0);
	ck_assert_int_eq(open_with(""), ERR_OK);
	ck_assert_int_eq(open_with(""), ERR_OK);
	ck_assert_int_eq(support_count("\n"), 2);
	ck_assert_int_eq(support_count("info changes: hears"), 1);
}
END_TEST

static void
kill_listener(void)
{
	(void)DO(&here.store, "CLIENT", "KILL", "TYPE", "pubsub");
}

static void
stop_redis(void)
{
	server_stop(&here.server);
}

static void
kill_redis(void)
{
	server_kill(&here.server);
}

static void (*const ends[])(void) = {kill_listener, stop_redis, kill_redis};

START_TEST(a_connection_that_ends_is_told_after_what_came_before)
{
	open_changes("");
	(void)DO(&here.store, "SET", "news:name:1", "n");
	ends[_i]();
	ck_assert_int_eq(read_until("never"), ERR_UNAVAILABLE);
	ck_assert_str_eq(heard.data, "news:name:1 ");
	ck_assert_int_eq(read_changes(), ERR_UNAVAILABLE);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("warning changes: can't hear"), 1);
}
END_TEST

START_TEST(a_redis_that_lives_is_asked_again_and_again)
{
	open_changes("");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
		    changes_ask_for_life(changes, support_arena()), ERR_OK);
		ck_assert(wait_for_more(SERVER_LONG_MS));
		ck_assert_int_eq(read_changes(), ERR_OK);
	}
	/* An answer is no change. */
	ck_assert_uint_eq(keys_heard, 0);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_redis_that_hangs_is_found_out_the_second_time)
{
	open_changes("");
	server_pause(&here.server);
	ck_assert_int_eq(
	    changes_ask_for_life(changes, support_arena()), ERR_OK);
	ck_assert(!wait_for_more(50));
	ck_assert_int_eq(read_changes(), ERR_OK);
	ck_assert_int_eq(
	    changes_ask_for_life(changes, support_arena()), ERR_UNAVAILABLE);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("no answer in time"), 1);
	server_resume(&here.server);
}
END_TEST

START_TEST(a_redis_that_hangs_is_not_waited_for_long)
{
	uint64_t start = clock_monotonic_us();

	here.settings.redis.connect_ms = 100;
	here.settings.redis.command_ms = 100;
	server_pause(&here.server);
	ck_assert_int_eq(open_with(""), ERR_UNAVAILABLE);
	server_resume(&here.server);
	ck_assert_uint_lt(clock_monotonic_us() - start, 5000000);
	ck_assert_int_eq(support_count("\n"), 1);
}
END_TEST

static void
add_hearing(Suite *suite)
{
	TCase *hearing = server_case(suite, "hearing");

	tcase_add_checked_fixture(hearing, set_up, tear_down);
	tcase_add_test(hearing, every_way_to_write_is_heard);
	tcase_add_test(hearing, what_is_only_read_is_not_heard);
	tcase_add_test(
	    hearing, a_script_or_a_transaction_is_heard_of_key_by_key);
	tcase_add_loop_test(
	    hearing, only_keys_of_our_boards_are_heard, 0, ROWS(prefixes));
	tcase_add_test(hearing, a_name_is_any_bytes);
	tcase_add_test(hearing, what_expires_is_heard_again);
	tcase_add_loop_test(hearing, all_keys_at_once_are_heard_as_such, 0, 2);
	tcase_add_test(hearing, a_key_is_heard_each_time);
	tcase_add_test(hearing, many_keys_are_heard_one_by_one);
	tcase_add_test(hearing, listeners_hear_the_same);
	tcase_add_test(hearing, a_change_is_there_when_the_write_is_answered);
	tcase_add_test(
	    hearing, nothing_to_read_is_no_failure_and_does_not_wait);
	tcase_add_test(
	    hearing, a_change_that_takes_more_than_the_memory_is_told);
	tcase_add_test(hearing, a_redis_that_lives_is_asked_again_and_again);
	tcase_add_test(hearing, a_user_logs_in_and_a_database_is_chosen);
	tcase_add_loop_test(hearing,
	    a_redis_that_refuses_is_told_once_with_its_words, 0, ROWS(refused));
}

static void
add_away(Suite *suite)
{
	TCase *away = server_own_case(suite, "Redis away");

	tcase_add_checked_fixture(away, set_up, tear_down);
	tcase_add_test(away, a_redis_that_is_not_there_is_told_once);
	tcase_add_loop_test(away,
	    a_connection_that_ends_is_told_after_what_came_before, 0,
	    ROWS(ends));
	tcase_add_test(away, a_redis_that_hangs_is_found_out_the_second_time);
	tcase_add_test(away, a_redis_that_hangs_is_not_waited_for_long);
}

int
main(void)
{
	Suite *suite = suite_create("changes");

	if (!server_is_installed())
		return SERVER_SKIP;
	/* As the worker does: hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	add_hearing(suite);
	add_away(suite);
	return support_run(suite);
}
