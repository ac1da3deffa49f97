/*
 * Views are counted by many threads and written by one, against a real Redis.
 */
#include "server.h"
#include "support.h"

#include "base/clock.h"
#include "board/views.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define THREADS		  4
#define VIEWS_OF_A_THREAD 20000
#define POSTS_OF_THREADS  50
#define FREE_BOARD	  "{free}:"

static struct views *views;

static void
set_up(void)
{
	ck_assert_int_eq(views_create(&views), ERR_OK);
}

static void
tear_down(void)
{
	views_destroy(views);
}

/* Posts 1 to last of the board with a prefix, as far as views are concerned. */
static void
make_posts(const char *prefix, const char *last)
{
	(void)DO(&here.store, "EVAL",
	    "for id = 1, ARGV[2] do "
	    "redis.call('SET', ARGV[1] .. 'news:name:' .. id, 'n') end",
	    "0", prefix, last);
}

static void
count_times(const char *slug, uint64_t id, size_t times)
{
	while (times-- > 0)
		views_count(views, slug, id);
}

/* A store for one write, with the test's arena, which the write resets. */
static struct store
store_within(uint64_t ms)
{
	struct store store = here.store;

	store.first = store.prefix;
	store.until_us = clock_monotonic_us() + ms * 1000;
	store.round_trips = 0;
	return store;
}

static enum err
write_within(uint64_t ms)
{
	struct store store = store_within(ms);

	return views_write(views, &store);
}

static enum err
write_views(void)
{
	return write_within(SERVER_LONG_MS);
}

/* What Redis has of a post; 0 also where it has nothing. */
static int64_t
seen(const char *prefix, unsigned id)
{
	char script[] = "return tonumber(redis.call('HGET', ARGV[1] .. "
			"'news:views:' .. math.floor(ARGV[2] / 100), ARGV[2]) "
			"or 0)";
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", id);
	return DO(&here.store, "EVAL", script, "0", prefix, number).integer;
}

/* The sum over all posts of all boards. */
static int64_t
seen_in_all(void)
{
	static const char script[] =
	    "local sum = 0 "
	    "for _, key in ipairs(redis.call('KEYS', '*news:views:*')) do "
	    "for _, n in ipairs(redis.call('HVALS', key)) do sum = sum + n end "
	    "end return sum";

	return DO(&here.store, "EVAL", script, "0").integer;
}

/* Counting and writing */

START_TEST(views_of_a_post_add_up_over_writes)
{
	make_posts("", "200");
	count_times("", 7, 3);
	count_times("", 99, 1);
	count_times("", 100, 2);
	ck_assert_int_eq(write_views(), ERR_OK);
	count_times("", 7, 4);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 7), 7);
	ck_assert_int_eq(seen("", 99), 1);
	ck_assert_int_eq(seen("", 100), 2);
	ck_assert_int_eq(seen_in_all(), 10);
}
END_TEST

START_TEST(boards_are_counted_apart)
{
	make_posts("", "3");
	make_posts(FREE_BOARD, "3");
	for (int i = 0; i < 5; i++) {
		views_count(views, "free", 2);
		views_count(views, "", 2);
		views_count(views, "free", 3);
	}
	views_count(views, "free", 2);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 2), 5);
	ck_assert_int_eq(seen(FREE_BOARD, 2), 6);
	ck_assert_int_eq(seen(FREE_BOARD, 3), 5);
}
END_TEST

START_TEST(posts_that_are_not_there_get_no_key)
{
	struct reply reply;

	make_posts("", "1");
	count_times("", 2, 3);
	count_times("nowhere", 1, 3);
	views_count(views, "", UINT64_C(99999999999999));
	views_count(views, "", 0);
	ck_assert_int_eq(write_views(), ERR_OK);
	reply = DO(&here.store, "KEYS", "*");
	ck_assert_uint_eq(reply.count, 1);
	ck_assert_str_eq(reply.items[0].text, "news:name:1");
}
END_TEST

START_TEST(nothing_counted_asks_redis_nothing)
{
	struct store store = store_within(SERVER_LONG_MS);

	ck_assert_int_eq(views_write(views, &store), ERR_OK);
	ck_assert_uint_eq(store.round_trips, 0);
	views_count(views, "", 1);
	ck_assert_int_eq(views_write(views, &store), ERR_OK);
	ck_assert_uint_gt(store.round_trips, 0);
	store = store_within(SERVER_LONG_MS);
	ck_assert_int_eq(views_write(views, &store), ERR_OK);
	ck_assert_uint_eq(store.round_trips, 0);
}
END_TEST

START_TEST(without_a_table_or_with_no_slug_nothing_is_counted)
{
	struct store store = store_within(SERVER_LONG_MS);

	views_count(NULL, "", 1);
	views_count(views, "a-slug-that-is-longer-than-32-char", 1);
	ck_assert_int_eq(views_write(views, &store), ERR_OK);
	ck_assert_uint_eq(store.round_trips, 0);
	views_destroy(NULL);
}
END_TEST

START_TEST(a_full_table_counts_what_it_has_and_drops_the_rest)
{
	make_posts("", "5000");
	for (unsigned id = 1; id <= VIEWS_MAX + 100; id++)
		views_count(views, "", id);
	views_count(views, "", 1);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 1), 2);
	ck_assert_int_eq(seen("", VIEWS_MAX), 1);
	ck_assert_int_eq(seen("", VIEWS_MAX + 1), 0);
	ck_assert_int_eq(seen_in_all(), VIEWS_MAX + 1);
	/* The write has made room. */
	views_count(views, "", VIEWS_MAX + 1);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", VIEWS_MAX + 1), 1);
}
END_TEST

START_TEST(what_can_not_be_counted_is_lost_and_the_rest_is_not)
{
	make_posts("", "1");
	make_posts(FREE_BOARD, "1");
	(void)DO(&here.store, "SET", "news:views:0", "not a hash");
	views_count(views, "", 1);
	views_count(views, "free", 1);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen(FREE_BOARD, 1), 1);
	(void)DO(&here.store, "DEL", "news:views:0");
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen_in_all(), 1);
}
END_TEST

START_TEST(keys_of_a_newer_madang_are_left_alone)
{
	make_posts("", "1");
	(void)DO(&here.store, "SET", "madang:schema", "999");
	views_count(views, "", 1);
	ck_assert_int_eq(write_views(), ERR_CONFIG);
	ck_assert_int_eq(seen_in_all(), 0);
	(void)DO(&here.store, "DEL", "madang:schema");
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 1), 1);
}
END_TEST

/* Redis away */

START_TEST(views_wait_for_a_redis_that_is_down)
{
	/* More than one script, so that a part may be left over. */
	make_posts("", "100");
	for (unsigned id = 1; id <= 100; id++)
		count_times("", id, id);
	server_stop(&here.server);
	ck_assert_int_eq(write_views(), ERR_UNAVAILABLE);
	count_times("", 5, 10);
	ck_assert_int_eq(write_views(), ERR_UNAVAILABLE);
	server_start(&here.server, 0);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 5), 15);
	ck_assert_int_eq(seen("", 100), 100);
	ck_assert_int_eq(seen_in_all(), 5050 + 10);
}
END_TEST

START_TEST(a_redis_that_hangs_counts_nothing_twice_when_it_goes_on)
{
	make_posts("", "1");
	views_count(views, "", 1);
	/* From now on Redis knows the script by its digest. */
	ck_assert_int_eq(write_views(), ERR_OK);
	count_times("", 1, 3);
	server_pause(&here.server);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(write_within(100), ERR_UNAVAILABLE);
	server_resume(&here.server);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen("", 1), 1 + 3);
}
END_TEST

START_TEST(a_table_that_waits_stays_bounded)
{
	make_posts("", "5000");
	server_stop(&here.server);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned id = 1; id <= VIEWS_MAX; id++)
			views_count(views, "", id + round * 100);
		ck_assert_int_eq(write_views(), ERR_UNAVAILABLE);
	}
	server_start(&here.server, 0);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(DO(&here.store, "EVAL",
			     "local n = 0 for _, key in "
			     "ipairs(redis.call('KEYS', 'news:views:*')) do "
			     "n = n + redis.call('HLEN', key) end return n",
			     "0")
			     .integer,
	    VIEWS_MAX);
}
END_TEST

/* Threads */

static void *
count_many(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < VIEWS_OF_A_THREAD; i++)
		views_count(views, i % 2 == 0 ? "" : "free",
		    1 + i / 2 % POSTS_OF_THREADS);
	return NULL;
}

START_TEST(threads_lose_nothing_beside_a_writer)
{
	pthread_t threads[THREADS];

	make_posts("", "50");
	make_posts(FREE_BOARD, "50");
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, count_many, NULL), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(write_views(), ERR_OK);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(write_views(), ERR_OK);
	ck_assert_int_eq(seen_in_all(), THREADS * VIEWS_OF_A_THREAD);
	ck_assert_int_eq(seen(FREE_BOARD, POSTS_OF_THREADS),
	    THREADS * VIEWS_OF_A_THREAD / (2 * POSTS_OF_THREADS));
}
END_TEST

static void
add_counting(Suite *suite)
{
	TCase *test_case = server_case(suite, "counting");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, views_of_a_post_add_up_over_writes);
	tcase_add_test(test_case, boards_are_counted_apart);
	tcase_add_test(test_case, posts_that_are_not_there_get_no_key);
	tcase_add_test(test_case, nothing_counted_asks_redis_nothing);
	tcase_add_test(
	    test_case, without_a_table_or_with_no_slug_nothing_is_counted);
	tcase_add_test(
	    test_case, a_full_table_counts_what_it_has_and_drops_the_rest);
	tcase_add_test(
	    test_case, what_can_not_be_counted_is_lost_and_the_rest_is_not);
	tcase_add_test(test_case, keys_of_a_newer_madang_are_left_alone);
	tcase_add_test(test_case, threads_lose_nothing_beside_a_writer);
}

static void
add_waiting(Suite *suite)
{
	TCase *test_case = server_own_case(suite, "Redis away");

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_add_test(test_case, views_wait_for_a_redis_that_is_down);
	tcase_add_test(
	    test_case, a_redis_that_hangs_counts_nothing_twice_when_it_goes_on);
	tcase_add_test(test_case, a_table_that_waits_stays_bounded);
}

int
main(void)
{
	Suite *suite;

	if (!server_is_installed())
		return SERVER_SKIP;
	/* As the worker does: hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	suite = suite_create("views");
	add_counting(suite);
	add_waiting(suite);
	return support_run(suite);
}
