/*
 * Which thread a post is in, as a real Redis tells it.
 */
#include "board/graph.h"

#include "posting.h"
#include "server.h"
#include "support.h"

#include "store/keys.h"

#include <inttypes.h>

#define LARGEST	  UINT64_C(99999999999999)
#define FREE	  "{free}:"
#define MANY_KEYS 120

static uint64_t
root_of(uint64_t id)
{
	uint64_t root = 77777;

	ck_assert_int_eq(graph_find_roots(&here.store, &id, 1, &root), ERR_OK);
	return root;
}

/* The number's text, in the arena. */
static const char *
text_of(uint64_t number)
{
	return arena_printf(support_arena(), "%" PRIu64, number);
}

static const char *
key_named(const char *kind, uint64_t id)
{
	return key_of_post(support_arena(), here.store.prefix, kind, id);
}

START_TEST(a_post_is_its_own_thread_and_a_reply_is_in_its_posts)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");
	uint64_t deeper = post_reply(reply, "deeper");
	uint64_t other = post_new("::1", "n", "other");

	ck_assert_uint_eq(root_of(post), post);
	ck_assert_uint_eq(root_of(reply), post);
	ck_assert_uint_eq(root_of(deeper), post);
	ck_assert_uint_eq(root_of(other), other);
}
END_TEST

START_TEST(what_is_deleted_was_where_it_was)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");
	uint64_t deeper = post_reply(reply, "deeper");
	uint64_t alone = post_new("::1", "n", "alone");
	uint64_t last = post_reply(post, "last");

	post_delete(last);
	ck_assert_uint_eq(root_of(last), post);
	/* It leaves its place. */
	post_delete(reply);
	ck_assert_uint_eq(root_of(reply), post);
	post_delete(deeper);
	ck_assert_uint_eq(root_of(deeper), post);
	post_delete(alone);
	ck_assert_uint_eq(root_of(alone), alone);
	(void)post_reply(post, "so that it leaves its place");
	post_delete(post);
	ck_assert_uint_eq(root_of(post), post);
}
END_TEST

/* People go on talking below it, and each word of theirs is asked about. */
START_TEST(a_deleted_post_with_replies_is_known_without_the_trash)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");
	uint64_t deeper = post_reply(reply, "deeper");

	(void)post_new("::1", "n", "newer");
	post_delete(post);
	post_delete(reply);
	(void)DO(&here.store, "DEL", key_named("news:trash:", post),
	    key_named("news:trash:", reply));
	ck_assert_uint_eq(root_of(post), post);
	ck_assert_uint_eq(root_of(reply), post);
	ck_assert_uint_eq(root_of(deeper), post);
}
END_TEST

START_TEST(what_was_moved_is_known_where_it_was_and_where_it_is)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t newer = post_new("::1", "n", "newer");
	uint64_t moved;

	ck_assert_int_eq(
	    change_move(&here.store, post, FREE, "free", &moved), ERR_OK);
	ck_assert_uint_eq(root_of(post), post);
	ck_assert_uint_eq(root_of(newer), newer);
	here.store.prefix = FREE;
	ck_assert_uint_eq(root_of(moved), moved);
}
END_TEST

/* As the tutorial's app does it: texts first, then the list. */
START_TEST(what_is_about_to_be_listed_is_a_post)
{
	(void)post_new("::1", "n", "post");
	(void)DO(&here.store, "SET", "news:name:9", "n");
	(void)DO(&here.store, "SET", "news:post:9", "text");
	ck_assert_uint_eq(root_of(9), 9);
	(void)DO(&here.store, "LPUSH", "post_id", "9");
	ck_assert_uint_eq(root_of(9), 9);
	(void)DO(&here.store, "DEL", "post_id");
	ck_assert_uint_eq(root_of(9), 9);
}
END_TEST

START_TEST(nothing_tells_of_what_was_removed_by_hand)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");
	uint64_t newer = post_new("::1", "n", "newer");
	uint64_t newest = post_reply(post, "newest of all");

	(void)DO(&here.store, "DEL", key_named(KEY_META, reply));
	ck_assert_uint_eq(root_of(reply), 0);
	(void)DO(&here.store, "DEL", key_named(KEY_NAME, newest),
	    key_named(KEY_TEXT, newest), key_named(KEY_META, newest));
	ck_assert_uint_eq(root_of(newest), 0);
	(void)DO(&here.store, "LREM", "post_id", "0", text_of(newer));
	(void)DO(&here.store, "LPUSH", "post_id", "999");
	(void)DO(&here.store, "DEL", key_named(KEY_META, newer));
	ck_assert_uint_eq(root_of(newer), 0);
	ck_assert_uint_eq(root_of(500), 0);
	ck_assert_uint_eq(root_of(5000), 0);
}
END_TEST

/* What lies in the trash tells nothing of a post that has its id now. */
START_TEST(an_id_that_was_given_again_is_of_the_post_that_is_there)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");

	post_delete(reply);
	ck_assert_uint_eq(root_of(reply), post);
	(void)DO(&here.store, "SET", key_named(KEY_NAME, reply), "n");
	(void)DO(&here.store, "SET", key_named(KEY_TEXT, reply), "text");
	ck_assert_uint_eq(root_of(reply), reply);
	(void)DO(&here.store, "LPUSH", "post_id", text_of(reply));
	ck_assert_uint_eq(root_of(reply), reply);
	(void)post_new("::1", "n", "newer");
	ck_assert_uint_eq(root_of(reply), reply);
}
END_TEST

START_TEST(keys_of_a_wrong_type_tell_nothing_and_break_nothing)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");

	(void)DO(&here.store, "SET", key_named(KEY_META, post), "x");
	ck_assert_uint_eq(root_of(post), post);
	(void)DO(&here.store, "SET", key_named("news:trash:", 500), "x");
	ck_assert_uint_eq(root_of(500), 500);
	(void)DO(&here.store, "HSET", key_named(KEY_META, reply), "root", "x");
	ck_assert_uint_eq(root_of(reply), 0);
	(void)DO(&here.store, "HSET", key_named(KEY_META, reply), "root", "0");
	ck_assert_uint_eq(root_of(reply), 0);
	(void)DO(&here.store, "SET", "post_id", "x");
	ck_assert_uint_eq(root_of(1000), 0);
	(void)DO(&here.store, "DEL", "post_id");
	(void)DO(&here.store, "RPUSH", "post_id", "x", "y", "z");
	ck_assert_uint_eq(root_of(1000), 0);
	(void)DO(&here.store, "LPUSH", "post_id", "9999");
	ck_assert_uint_eq(root_of(1000), 0);
}
END_TEST

START_TEST(a_board_is_asked_about_its_own_posts)
{
	uint64_t post = post_new("::1", "n", "post");
	uint64_t reply = post_reply(post, "reply");

	here.store.prefix = FREE;
	(void)post_new("::1", "n", "one");
	(void)post_new("::1", "n", "two");
	ck_assert_uint_eq(root_of(reply), reply);
	here.store.prefix = "";
	ck_assert_uint_eq(root_of(reply), post);
}
END_TEST

START_TEST(many_are_asked_about_at_once_in_few_round_trips)
{
	uint64_t ids[MANY_KEYS];
	uint64_t roots[MANY_KEYS];
	uint64_t post = post_new("::1", "n", "post");
	unsigned before;

	for (int i = 0; i < MANY_KEYS; i++)
		ids[i] =
		    i % 3 == 0 ? post : post_reply(post, text_of((uint64_t)i));
	before = here.store.round_trips;
	ck_assert_int_eq(
	    graph_find_roots(&here.store, ids, MANY_KEYS, roots), ERR_OK);
	/* The first one has to bring the script along. */
	ck_assert_uint_le(here.store.round_trips - before,
	    (MANY_KEYS - 1) / GRAPH_ROOTS_MAX + 2);
	for (int i = 0; i < MANY_KEYS; i++)
		ck_assert_uint_eq(roots[i], post);
	ck_assert_int_eq(graph_find_roots(&here.store, ids, 0, roots), ERR_OK);
}
END_TEST

START_TEST(the_largest_id_is_one_like_others)
{
	(void)DO(&here.store, "LPUSH", "post_id", "99999999999998",
	    "99999999999999");
	ck_assert_uint_eq(root_of(LARGEST), LARGEST);
	ck_assert_uint_eq(root_of(LARGEST - 1), LARGEST - 1);
	ck_assert_uint_eq(root_of(LARGEST - 2), 0);
}
END_TEST

START_TEST(a_redis_that_is_away_is_told)
{
	uint64_t id = 1;
	uint64_t root;

	server_stop(&here.server);
	ck_assert_int_eq(
	    graph_find_roots(&here.store, &id, 1, &root), ERR_UNAVAILABLE);
}
END_TEST

static void
add_tests(Suite *suite)
{
	TCase *threads = server_case(suite, "threads");
	TCase *away = server_own_case(suite, "Redis away");

	tcase_add_test(
	    threads, a_post_is_its_own_thread_and_a_reply_is_in_its_posts);
	tcase_add_test(threads, what_is_deleted_was_where_it_was);
	tcase_add_test(
	    threads, a_deleted_post_with_replies_is_known_without_the_trash);
	tcase_add_test(
	    threads, what_was_moved_is_known_where_it_was_and_where_it_is);
	tcase_add_test(threads, what_is_about_to_be_listed_is_a_post);
	tcase_add_test(threads, nothing_tells_of_what_was_removed_by_hand);
	tcase_add_test(
	    threads, an_id_that_was_given_again_is_of_the_post_that_is_there);
	tcase_add_test(
	    threads, keys_of_a_wrong_type_tell_nothing_and_break_nothing);
	tcase_add_test(threads, a_board_is_asked_about_its_own_posts);
	tcase_add_test(
	    threads, many_are_asked_about_at_once_in_few_round_trips);
	tcase_add_test(threads, the_largest_id_is_one_like_others);
	tcase_add_test(away, a_redis_that_is_away_is_told);
}

int
main(void)
{
	Suite *suite = suite_create("roots");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	add_tests(suite);
	return support_run(suite);
}
