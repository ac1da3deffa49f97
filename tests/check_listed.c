/*
 * Where a thread stands in the list, by the id of its post or of a reply; and
 * what a list was before the newest posts came.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

static struct thread_listed
find_listed(uint64_t id)
{
	struct thread_listed listed;

	ck_assert_int_eq(thread_find_listed(&here.store, id, &listed), ERR_OK);
	ck_assert(listed.info.exists);
	return listed;
}

START_TEST(a_post_and_its_replies_are_found_in_the_list)
{
	struct thread_listed listed;

	(void)post_new("::1", "n", "a");
	(void)post_new("::1", "n", "b");
	(void)post_new("::1", "n", "c");
	(void)post_reply(2, "r");
	(void)post_reply(4, "r to r");
	for (size_t i = 0; i < 3; i++) {
		static const uint64_t ids[] = {2, 4, 5};

		listed = find_listed(ids[i]);
		ck_assert_uint_eq(listed.id, 2);
		ck_assert(listed.place.listed);
		ck_assert_uint_eq(listed.place.position, 1);
		ck_assert_uint_eq(listed.place.newer, 3);
		ck_assert_uint_eq(listed.place.older, 1);
	}
	listed = find_listed(3);
	ck_assert_uint_eq(listed.place.newer, 0);
	ck_assert_uint_eq(listed.place.older, 2);
}
END_TEST

START_TEST(what_is_gone_is_in_no_list)
{
	struct thread_listed listed;

	(void)post_new("::1", "n", "keeps its place");
	(void)post_new("::1", "n", "gone");
	(void)post_reply(1, "r");
	post_delete(1);
	post_delete(2);
	ck_assert(!find_listed(1).place.listed);
	listed = find_listed(3);
	ck_assert_uint_eq(listed.id, 1);
	ck_assert(!listed.place.listed);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
		    thread_find_listed(&here.store, i == 0 ? 2 : 9, &listed),
		    ERR_NOT_FOUND);
}
END_TEST

/* Posts 1 to count, as the tutorial writes them. */
static void
fill(const char *count)
{
	(void)DO(&here.store, "EVAL",
	    "for i = 1, ARGV[1] do "
	    "redis.call('SET', 'news:name:' .. i, 'n' .. i) "
	    "redis.call('SET', 'news:post:' .. i, 't' .. i) "
	    "redis.call('LPUSH', 'post_id', i) end",
	    "0", count);
}

START_TEST(posts_that_came_since_are_left_out)
{
	struct board_query query = {
	    .number = 2, .size = 20, .skip = 3, .part = POST_WHOLE};
	struct board_page page;

	fill("65");
	ck_assert_int_eq(board_read_page(&here.store, &query, &page), ERR_OK);
	ck_assert_uint_eq(page.total, 62);
	ck_assert_uint_eq(page.pages, 4);
	ck_assert_uint_eq(page.count, 20);
	ck_assert_uint_eq(page.posts[0].id, 42);
	query.skip = 99;
	query.number = 1;
	ck_assert_int_eq(board_read_page(&here.store, &query, &page), ERR_OK);
	ck_assert_uint_eq(page.total, 0);
	ck_assert_uint_eq(page.count, 0);
}
END_TEST

static const struct {
	uint64_t newest, newer;
} counted[] = {
    {250, 0},
    {251, 0},
    {249, 1},
    {151, 99},
    {150, 100},
    {149, 101},
    {50, 200},
    {1, 249},
    {0, 250},
};

START_TEST(posts_that_came_since_are_counted)
{
	uint64_t newer, total;

	fill("250");
	ck_assert_int_eq(board_count_newer(&here.store, 0, counted[_i].newest,
			     &newer, &total),
	    ERR_OK);
	ck_assert_uint_eq(newer, counted[_i].newer);
	ck_assert_uint_eq(total, 250);
	(void)DO(&here.store, "RPUSH", "news:category:2", "70", "7", "6", "1");
	ck_assert_int_eq(
	    board_count_newer(&here.store, 2, 6, &newer, &total), ERR_OK);
	ck_assert_uint_eq(newer, 2);
	ck_assert_uint_eq(total, 4);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listed");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "places");
	tcase_add_test(tests, a_post_and_its_replies_are_found_in_the_list);
	tcase_add_test(tests, what_is_gone_is_in_no_list);
	tcase_add_test(tests, posts_that_came_since_are_left_out);
	tcase_add_loop_test(
	    tests, posts_that_came_since_are_counted, 0, ROWS(counted));
	return support_run(suite);
}
