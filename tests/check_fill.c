/*
 * A board filled with posts that were made up, and what there is on a board.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "board/fill.h"
#include "board/tally.h"

#define PATIENCE_US 20000000

static uint64_t told;

static void
tell(void *context, uint64_t written)
{
	(void)context;
	ck_assert_uint_gt(written, told);
	told = written;
}

static uint64_t
fill(uint64_t posts)
{
	const struct fill filling = {.posts = posts,
	    .slug = "",
	    .language = SAMPLE_KOREAN,
	    .patience_us = PATIENCE_US,
	    .tell = tell};
	uint64_t written = 0;

	told = 0;
	ck_assert_int_eq(fill_board(&here.store, &filling, &written), ERR_OK);
	ck_assert_uint_eq(told, written);
	return written;
}

static struct tally
count_board(void)
{
	struct tally tally;

	ck_assert_int_eq(tally_board(&here.store, PATIENCE_US, &tally), ERR_OK);
	return tally;
}

/* What is wrong with a list or with the thread of a post in it; "": nothing. */
static const char script[] =
    "local bad, before = '', nil "
    "for _, id in ipairs(redis.call('LRANGE', ARGV[1], 0, -1)) do "
    "id = tonumber(id) "
    "if before and id >= before then bad = bad .. ' order ' .. id end "
    "before = id "
    "if redis.call('EXISTS', 'news:name:' .. id, 'news:post:' .. id, "
    "'news:meta:' .. id) ~= 3 then bad = bad .. ' keys ' .. id end "
    "local thread = redis.call('LRANGE', 'news:replies:' .. id, 0, -1) "
    "if tonumber(redis.call('HGET', 'news:meta:' .. id, 'replies') or 0) "
    "~= #thread then bad = bad .. ' count ' .. id end "
    "local above = {[0] = id} "
    "for _, entry in ipairs(thread) do "
    "local reply, depth = entry:match('^(%d+):(%d+)$') "
    "local meta = redis.call('HMGET', 'news:meta:' .. reply, 'parent', "
    "'root', 'depth') "
    "above[tonumber(depth)] = tonumber(reply) "
    "if tonumber(meta[1]) ~= above[depth - 1] or "
    "tonumber(meta[2]) ~= id or meta[3] ~= depth or "
    "redis.call('EXISTS', 'news:name:' .. reply, "
    "'news:post:' .. reply) ~= 2 then "
    "bad = bad .. ' reply ' .. entry end end end return bad";

static const char *
faults_of(const char *list)
{
	return DO(&here.store, "EVAL", script, "0", list).text;
}

START_TEST(a_filled_board_is_whole)
{
	struct tally tally;

	(void)post_new("::1", "n", "before");
	ck_assert_uint_eq(fill(700), 700);
	ck_assert_str_eq(faults_of("post_id"), "");
	ck_assert_str_eq(faults_of("news:category:1"), "");
	ck_assert_str_eq(get("news:post:1"), "before");
	tally = count_board();
	ck_assert_uint_eq(tally.posts, 701);
	ck_assert_uint_gt(tally.replies, 0);
	ck_assert_uint_gt(tally.info.categories_count, 0);
	ck_assert_uint_eq(tally.posts + tally.replies, tally.last_id);
	/* Who posts afterwards gets the next id. */
	ck_assert_uint_eq(post_new("::1", "n", "after"), tally.last_id + 1);
	ck_assert_uint_eq(fill(3), 3);
	ck_assert_str_eq(faults_of("post_id"), "");
	ck_assert_uint_eq(count_board().posts, 705);
}
END_TEST

START_TEST(ids_that_are_taken_are_not_filled)
{
	(void)DO(&here.store, "MSET", "news:name:40", "a", "news:post:40", "A");
	(void)DO(&here.store, "RPUSH", "post_id", "40");
	ck_assert_uint_eq(fill(50), 50);
	ck_assert_str_eq(get("news:post:40"), "A");
	(void)DO(&here.store, "HSET", "news:meta:40", "time", "1");
	ck_assert_str_eq(faults_of("post_id"), "");
}
END_TEST

START_TEST(a_board_that_can_not_be_filled_is_left_alone)
{
	const struct fill filling = {.posts = 5,
	    .slug = "free",
	    .patience_us = PATIENCE_US,
	    .tell = tell};
	const char *before;
	uint64_t written = 99;

	here.store.prefix = "{free}:";
	ck_assert_int_eq(
	    fill_board(&here.store, &filling, &written), ERR_NOT_FOUND);
	ck_assert_uint_eq(written, 0);
	ck_assert_str_eq(dump(), "");
	here.store.prefix = "";
	(void)DO(&here.store, "SET", "last_id", "99999999999990");
	before = get("last_id");
	ck_assert_int_eq(
	    fill_board(&here.store, &filling, &written), ERR_INVALID);
	ck_assert_uint_eq(written, 0);
	ck_assert_str_eq(get("last_id"), before);
	ck_assert_str_eq(listed(), "");
}
END_TEST

START_TEST(a_tally_counts_what_is_there)
{
	struct tally tally = count_board();

	ck_assert_uint_eq(tally.posts + tally.replies + tally.secret, 0);
	(void)post_new("::1", "n", "a");
	(void)post_secret("T", "b");
	(void)post_new("::1", "n", "c");
	(void)post_reply(1, "d");
	(void)post_reply(4, "e");
	(void)post_reply(1, "f");
	post_delete(3);
	post_delete(6);
	ck_assert_int_eq(change_notice(&here.store, 1, true), ERR_OK);
	tally = count_board();
	ck_assert_uint_eq(tally.posts, 2);
	ck_assert_uint_eq(tally.replies, 2);
	ck_assert_uint_eq(tally.secret, 1);
	ck_assert_uint_eq(tally.notices, 1);
	ck_assert_uint_eq(tally.last_id, 6);
	ck_assert_ptr_nonnull(tally.memory);
	here.store.prefix = "{free}:";
	ck_assert_int_eq(
	    tally_board(&here.store, PATIENCE_US, &tally), ERR_NOT_FOUND);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fill");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "fill");
	tcase_add_test(tests, a_filled_board_is_whole);
	tcase_add_test(tests, ids_that_are_taken_are_not_filled);
	tcase_add_test(tests, a_board_that_can_not_be_filled_is_left_alone);
	tcase_add_test(tests, a_tally_counts_what_is_there);
	return support_run(suite);
}
