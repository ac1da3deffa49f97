#include "server.h"
#include "support.h"

#include "base/clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define THREADS	  8
#define RUNS_EACH 200
#define PLACES	  3
#define TRIES	  6

/* What somebody waits for at most who is told that Redis is away. */
#define QUICK_US 3000000
#define LONG_US	 (SERVER_LONG_MS * UINT64_C(1000))

/* One ECHO; its reply is checked when it comes. */
static enum err
echo(struct store *with, const char *text)
{
	struct command command;
	struct reply reply;
	enum err err;

	command_of(&command, "ECHO", text, NULL);
	err = store_run(with, &command, 1, &reply);
	if (err != ERR_OK)
		return err;
	ck_assert_int_eq(reply.type, REPLY_TEXT);
	ck_assert_str_eq(reply.text, text);
	return ERR_OK;
}

static int
count_in_log(const char *word)
{
	const char *at = support_log();
	int count = 0;

	for (; (at = strstr(at, word)) != NULL; at += strlen(word))
		count++;
	return count;
}

static void
sleep_ms(long ms)
{
	(void)nanosleep(&(struct timespec){.tv_sec = ms / 1000,
			    .tv_nsec = ms % 1000 * 1000000},
	    NULL);
}

/* Sharing */

struct blocked {
	pthread_t thread;
	struct store store;
	const char *seconds;
	enum err err;
};

static void *
block(void *context)
{
	struct blocked *blocked = context;
	struct command command;
	struct reply reply;

	command_of(&command, "BLPOP", "none", blocked->seconds, NULL);
	blocked->err = store_run(&blocked->store, &command, 1, &reply);
	return NULL;
}

/* A thread waits in Redis when this returns: watch, another pool's, saw it. */
static void
start_blocked(struct blocked *blocked, const char *seconds, struct store *watch)
{
	long before = server_info(watch, "clients", "blocked_clients");

	blocked->store = here.store;
	blocked->store.arena = arena_create(64UL * 1024);
	blocked->seconds = seconds;
	ck_assert_int_eq(
	    pthread_create(&blocked->thread, NULL, block, blocked), 0);
	while (server_info(watch, "clients", "blocked_clients") == before)
		sleep_ms(5);
}

static enum err
join_blocked(struct blocked *blocked)
{
	ck_assert_int_eq(pthread_join(blocked->thread, NULL), 0);
	arena_destroy(blocked->store.arena);
	return blocked->err;
}

START_TEST(with_all_connections_in_use_a_run_waits_and_gives_up)
{
	struct pool *other = server_pool(&here.server);
	struct store watch = server_store(other);
	struct blocked blocked;
	uint64_t start;

	here.settings.size = 1;
	here.settings.wait_ms = 100;
	server_reopen();
	start_blocked(&blocked, "0", &watch);
	start = clock_monotonic_us();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_UNAVAILABLE);
	ck_assert_uint_ge(clock_monotonic_us() - start, 100000);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	ck_assert_int_eq(count_in_log("all 1 connections"), 1);
	ck_assert_int_eq(count_in_log("away"), 0);

	(void)DO(&watch, "RPUSH", "none", "x");
	ck_assert_int_eq(join_blocked(&blocked), ERR_OK);
	ck_assert_int_eq(echo(&here.store, "b"), ERR_OK);
	pool_destroy(other);
}
END_TEST

START_TEST(a_run_gets_the_connection_that_another_returns)
{
	struct pool *other = server_pool(&here.server);
	struct store watch = server_store(other);
	struct blocked blocked;

	here.settings.size = 1;
	server_reopen();
	start_blocked(&blocked, "0.3", &watch);
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	ck_assert_int_eq(join_blocked(&blocked), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	pool_destroy(other);
}
END_TEST

struct caller {
	pthread_t thread;
	int number;
	int right; /* replies that were its own */
};

static void *
call(void *context)
{
	struct caller *caller = context;
	struct arena *arena = arena_create(64UL * 1024);

	for (int i = 0; i < RUNS_EACH; i++) {
		struct store own = {.pool = here.pool,
		    .arena = arena,
		    .prefix = "",
		    .until_us = clock_monotonic_us() + LONG_US};
		struct command commands[2];
		struct reply replies[2];
		char text[24];

		(void)snprintf(
		    text, sizeof(text), "%d of %d", i, caller->number);
		command_of(&commands[0], "ECHO", text, NULL);
		command_of(&commands[1], "ECHO", text, NULL);
		if (store_run(&own, commands, 2, replies) == ERR_OK &&
		    strcmp(replies[0].text, text) == 0 &&
		    strcmp(replies[1].text, text) == 0)
			caller->right++;
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

START_TEST(threads_get_their_own_replies_over_a_few_connections)
{
	struct caller callers[THREADS];
	long before =
	    server_info(&here.store, "stats", "total_connections_received");

	here.settings.size = PLACES;
	server_reopen();
	for (int i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.number = i};
		ck_assert_int_eq(
		    pthread_create(&callers[i].thread, NULL, call, &callers[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(callers[i].thread, NULL), 0);
		ck_assert_int_eq(callers[i].right, RUNS_EACH);
	}
	ck_assert_int_le(
	    server_info(&here.store, "stats", "total_connections_received"),
	    before + PLACES);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* Time */

START_TEST(a_moment_that_is_past_is_not_waited_for)
{
	uint64_t start = clock_monotonic_us();
	long before;

	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	before =
	    server_info(&here.store, "stats", "total_connections_received");
	here.store.until_us = start;
	ck_assert_int_eq(echo(&here.store, "b"), ERR_UNAVAILABLE);
	here.store.until_us = 0;
	ck_assert_int_eq(echo(&here.store, "c"), ERR_UNAVAILABLE);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	/* Redis isn't blamed for it, and the connection is kept. */
	ck_assert_int_eq(count_in_log("away"), 0);
	here.store = server_store(here.pool);
	ck_assert_int_eq(echo(&here.store, "d"), ERR_OK);
	ck_assert_int_eq(
	    server_info(&here.store, "stats", "total_connections_received"),
	    before);
}
END_TEST

/* Ten replies, each well within a command's time, their sum far beyond. */
START_TEST(replies_that_drip_end_at_the_deadline)
{
	struct command commands[10];
	struct reply replies[10];
	uint64_t start;

	for (int i = 0; i < 10; i++)
		command_of(&commands[i], "BLPOP", "none", "0.5", NULL);
	here.settings.redis.command_ms = _i == 0 ? 1000 : SERVER_LONG_MS;
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	start = clock_monotonic_us();
	if (_i == 1)
		here.store.until_us = start + 1000000;
	ck_assert_int_eq(
	    store_run(&here.store, commands, 10, replies), ERR_UNAVAILABLE);
	ck_assert_uint_ge(clock_monotonic_us() - start, 1000000);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	here.store = server_store(here.pool);
	ck_assert_int_eq(echo(&here.store, "own"), ERR_OK);
}
END_TEST

/* Redis comes and goes */

START_TEST(a_redis_that_is_away_is_told_once_and_quickly)
{
	server_stop(&here.server);
	for (int i = 0; i < TRIES; i++) {
		uint64_t start = clock_monotonic_us();

		ck_assert_int_eq(echo(&here.store, "a"), ERR_UNAVAILABLE);
		ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	}
	ck_assert_int_eq(count_in_log("is away"), 1);
	ck_assert_int_eq(count_in_log("\n"), 1);
	ck_assert_int_eq(count_in_log(here.server.socket), 1);

	server_start(&here.server, 0);
	ck_assert_int_eq(echo(&here.store, "b"), ERR_OK);
	ck_assert_int_eq(echo(&here.store, "c"), ERR_OK);
	ck_assert_int_eq(count_in_log("is back"), 1);
	ck_assert_int_eq(count_in_log("\n"), 2);

	/* The next time is told as well. */
	server_kill(&here.server);
	ck_assert_int_eq(echo(&here.store, "d"), ERR_UNAVAILABLE);
	ck_assert_int_eq(echo(&here.store, "e"), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log("is away"), 2);
	ck_assert_int_eq(count_in_log("\n"), 3);
}
END_TEST

/* Away and back with each run: the log hears of it once in a while. */
START_TEST(a_redis_that_comes_and_goes_does_not_fill_the_log)
{
	struct command command;
	struct reply reply;

	command_of(&command, "BLPOP", "none", "0", NULL);
	for (int i = 0; i < 90; i++) {
		here.store.until_us = clock_monotonic_us() + 2000;
		(void)store_run(&here.store, &command, 1, &reply);
		here.store = server_store(here.pool);
		ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	}
	ck_assert_int_ge(count_in_log("is away"), 1);
	ck_assert_int_le(count_in_log("\n"), 20);
}
END_TEST

START_TEST(a_connection_that_died_unused_is_replaced_unseen)
{
	(void)DO(&here.store, "SET", "k", "v");
	server_kill(&here.server);
	server_start(&here.server, 0);
	ck_assert_str_eq(DO(&here.store, "GET", "k").text, "v");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* The whole pool died, not only the connection that is tried first. */
START_TEST(every_connection_that_died_unused_is_replaced_unseen)
{
	struct pool *other = server_pool(&here.server);
	struct store watch = server_store(other);
	struct blocked blocked[2];

	start_blocked(&blocked[0], "0.5", &watch);
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	ck_assert_int_eq(join_blocked(&blocked[0]), ERR_OK);
	server_kill(&here.server);
	server_start(&here.server, 0);
	for (int i = 0; i < 2; i++) {
		start_blocked(&blocked[i], "1.5", &watch);
	}
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(join_blocked(&blocked[i]), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	pool_destroy(other);
}
END_TEST

START_TEST(a_redis_that_dies_in_a_run_ends_the_run)
{
	struct pool *other = server_pool(&here.server);
	struct store watch = server_store(other);
	struct blocked blocked;
	uint64_t start;

	start_blocked(&blocked, "0", &watch);
	start = clock_monotonic_us();
	server_kill(&here.server);
	ck_assert_int_eq(join_blocked(&blocked), ERR_UNAVAILABLE);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	ck_assert_int_eq(count_in_log("is away"), 1);
	pool_destroy(other);
}
END_TEST

START_TEST(a_redis_that_hangs_is_not_waited_for)
{
	here.settings.redis.command_ms = 200;
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	server_pause(&here.server);
	for (int i = 0; i < TRIES; i++) {
		uint64_t start = clock_monotonic_us();

		ck_assert_int_eq(echo(&here.store, "late"), ERR_UNAVAILABLE);
		ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	}
	/* Connecting works all the while, and is no sign that it is back. */
	ck_assert_str_eq(support_log(),
	    arena_printf(support_arena(),
		"error pool: Redis at %s is away: no answer in time\n",
		here.server.socket));
	server_resume(&here.server);
	/* What was asked meanwhile may hold it up for a moment. */
	while (echo(&here.store, "own") != ERR_OK)
		ck_assert_uint_lt(clock_monotonic_us(), here.store.until_us);
	ck_assert_int_eq(count_in_log("is back"), 1);
	ck_assert_int_eq(count_in_log("\n"), 2);
}
END_TEST

START_TEST(while_redis_hangs_one_run_tries_it_and_others_do_not_wait)
{
	struct blocked probe = {.seconds = "0.001"};
	uint64_t start;

	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	server_pause(&here.server);
	here.store.until_us = clock_monotonic_us() + 100000;
	ck_assert_int_eq(echo(&here.store, "b"), ERR_UNAVAILABLE);
	here.store = server_store(here.pool);
	probe.store = here.store;
	probe.store.arena = arena_create(64UL * 1024);
	ck_assert_int_eq(pthread_create(&probe.thread, NULL, block, &probe), 0);
	sleep_ms(500);
	start = clock_monotonic_us();
	for (int i = 0; i < TRIES; i++)
		ck_assert_int_eq(echo(&here.store, "c"), ERR_UNAVAILABLE);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	server_resume(&here.server);
	ck_assert_int_eq(join_blocked(&probe), ERR_OK);
	ck_assert_int_eq(echo(&here.store, "d"), ERR_OK);
	ck_assert_int_eq(count_in_log("\n"), 2);
}
END_TEST

START_TEST(the_deadline_comes_before_the_commands_time)
{
	uint64_t start;

	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	server_pause(&here.server);
	start = clock_monotonic_us();
	here.store.until_us = start + 200000;
	ck_assert_int_eq(echo(&here.store, "b"), ERR_UNAVAILABLE);
	ck_assert_uint_ge(clock_monotonic_us() - start, 200000);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	server_resume(&here.server);
}
END_TEST

START_TEST(what_a_hanging_redis_does_not_take_ends_at_the_deadline)
{
	const size_t length = 1024 * 1024UL; /* more than a socket holds */
	char *word = arena_zalloc(support_arena(), length, 1);
	struct command command;
	struct reply reply;
	uint64_t start;

	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	command_of(&command, "ECHO", NULL);
	command_add(&command, word, length);
	server_pause(&here.server);
	start = clock_monotonic_us();
	here.store.until_us = start + 200000;
	ck_assert_int_eq(
	    store_run(&here.store, &command, 1, &reply), ERR_UNAVAILABLE);
	ck_assert_uint_ge(clock_monotonic_us() - start, 200000);
	ck_assert_uint_lt(clock_monotonic_us() - start, QUICK_US);
	server_resume(&here.server);
	here.store = server_store(here.pool);
	ck_assert_int_eq(store_run(&here.store, &command, 1, &reply), ERR_OK);
	ck_assert_uint_eq(reply.length, REPLY_TEXT_MAX_BYTES);
}
END_TEST

/* How to reach it */

START_TEST(a_password_opens_redis)
{
	(void)DO(&here.store, "CONFIG", "SET", "requirepass", "open sesame");
	here.settings.redis.password = "open sesame";
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_user_and_a_password_open_redis)
{
	(void)DO(&here.store, "ACL", "SETUSER", "madang", "on", ">open sesame",
	    "+@all", "~*");
	(void)DO(&here.store, "CONFIG", "SET", "requirepass", "another");
	here.settings.redis.user = "madang";
	here.settings.redis.password = "open sesame";
	server_reopen();
	ck_assert_str_eq(DO(&here.store, "ACL", "WHOAMI").text, "madang");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_wrong_password_is_told_once_and_not_shown)
{
	(void)DO(&here.store, "CONFIG", "SET", "requirepass", "open sesame");
	here.settings.redis.user = _i == 0 ? "" : "madang";
	here.settings.redis.password = "hunter2";
	server_reopen();
	for (int i = 0; i < TRIES; i++)
		ck_assert_int_eq(echo(&here.store, "a"), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log("is away: WRONGPASS"), 1);
	ck_assert_int_eq(count_in_log("\n"), 1);
	ck_assert_int_eq(count_in_log("hunter2"), 0);
}
END_TEST

START_TEST(a_missing_password_is_an_error_of_redis)
{
	struct reply reply;

	(void)DO(&here.store, "CONFIG", "SET", "requirepass", "open sesame");
	server_reopen();
	reply = ASK(&here.store, "GET", "k");
	ck_assert_int_eq(reply_check(&reply), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log("NOAUTH"), 1);
}
END_TEST

START_TEST(a_database_has_its_own_keys)
{
	here.settings.redis.database = 3;
	server_reopen();
	(void)DO(&here.store, "SET", "k", "three");
	here.settings.redis.database = 0;
	server_reopen();
	ck_assert_int_eq(ASK(&here.store, "GET", "k").type, REPLY_NIL);
	here.settings.redis.database = 3;
	server_reopen();
	ck_assert_str_eq(DO(&here.store, "GET", "k").text, "three");
	here.settings.redis.database = 1000000;
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log("DB index is out of range"), 1);
}
END_TEST

START_TEST(redis_is_reached_over_tcp)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost"};
	uint16_t port = server_free_port();

	server_stop(&here.server);
	server_start(&here.server, port);
	here.settings.redis.address =
	    arena_printf(support_arena(), "%s:%u", hosts[_i], port);
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	server_stop(&here.server);
	ck_assert_int_eq(echo(&here.store, "b"), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log(here.settings.redis.address), 1);
}
END_TEST

static const char *const nowhere[] = {"", ":", "/", "/nowhere/redis.sock",
    "redis.sock", "localhost", "localhost:", "localhost:0", "localhost:65536",
    "localhost:+6379", "no such host:6379", ":6379:"};

START_TEST(an_address_that_is_none_is_told_once)
{
	here.settings.redis.address = nowhere[_i];
	server_reopen();
	ck_assert_int_eq(echo(&here.store, "a"), ERR_UNAVAILABLE);
	ck_assert_int_eq(echo(&here.store, "b"), ERR_UNAVAILABLE);
	ck_assert_int_eq(count_in_log("is away"), 1);
	ck_assert_int_eq(count_in_log("\n"), 1);
}
END_TEST

static void
add_shared_tests(Suite *suite)
{
	TCase *sharing = server_case(suite, "sharing");

	tcase_add_test(
	    sharing, with_all_connections_in_use_a_run_waits_and_gives_up);
	tcase_add_test(sharing, a_run_gets_the_connection_that_another_returns);
	tcase_add_test(
	    sharing, threads_get_their_own_replies_over_a_few_connections);
	tcase_add_test(sharing, a_moment_that_is_past_is_not_waited_for);
	tcase_add_loop_test(
	    sharing, replies_that_drip_end_at_the_deadline, 0, 2);
}

static void
add_own_tests(Suite *suite)
{
	TCase *away = server_own_case(suite, "away");
	TCase *reach = server_own_case(suite, "reach");

	tcase_add_test(away, a_redis_that_is_away_is_told_once_and_quickly);
	tcase_add_test(away, a_redis_that_comes_and_goes_does_not_fill_the_log);
	tcase_add_test(away, a_connection_that_died_unused_is_replaced_unseen);
	tcase_add_test(
	    away, every_connection_that_died_unused_is_replaced_unseen);
	tcase_add_test(away, a_redis_that_dies_in_a_run_ends_the_run);
	tcase_add_test(away, a_redis_that_hangs_is_not_waited_for);
	tcase_add_test(
	    away, while_redis_hangs_one_run_tries_it_and_others_do_not_wait);
	tcase_add_test(away, the_deadline_comes_before_the_commands_time);
	tcase_add_test(
	    away, what_a_hanging_redis_does_not_take_ends_at_the_deadline);

	tcase_add_test(reach, a_password_opens_redis);
	tcase_add_test(reach, a_user_and_a_password_open_redis);
	tcase_add_loop_test(
	    reach, a_wrong_password_is_told_once_and_not_shown, 0, 2);
	tcase_add_test(reach, a_missing_password_is_an_error_of_redis);
	tcase_add_test(reach, a_database_has_its_own_keys);
	tcase_add_loop_test(reach, redis_is_reached_over_tcp, 0, 2);
	tcase_add_loop_test(
	    reach, an_address_that_is_none_is_told_once, 0, ROWS(nowhere));
}

int
main(void)
{
	Suite *suite = suite_create("pool");

	if (!server_is_installed())
		return SERVER_SKIP;
	/* As the worker does: hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	add_shared_tests(suite);
	add_own_tests(suite);
	return support_run(suite);
}
