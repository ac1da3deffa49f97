#include "posting.h"
#include "server.h"
#include "support.h"

#include "board/board.h"
#include "board/sample.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Posts */

START_TEST(a_post_that_is_not_there_is_not_found)
{
	struct post post;

	ck_assert_int_eq(post_find(1, &post), ERR_NOT_FOUND);
	(void)DO(&here.store, "MSET", "news:name:1", "n", "news:post:1", "t");
	ck_assert_int_eq(post_find(2, &post), ERR_NOT_FOUND);
	ck_assert_int_eq(post_find(POST_ID_MAX, &post), ERR_NOT_FOUND);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(posts_that_are_not_whole_are_left_out)
{
	static const uint64_t ids[] = {6, 2, 5, 1, 9, 3, 4, 7};
	struct post posts[8];
	size_t found;

	(void)DO(&here.store, "MSET", "news:name:1", "a", "news:post:1", "A",
	    "news:name:2", "b", "news:post:3", "C", "news:post:4", "D",
	    "news:name:5", "e", "news:name:6", "f", "news:post:6", "F",
	    "news:name:7", "", "news:post:7", "");
	(void)DO(&here.store, "LPUSH", "news:name:4", "d");
	(void)DO(&here.store, "HSET", "news:post:5", "e", "E");
	(void)DO(&here.store, "SET", "news:meta:6", "no hash");
	here.store.round_trips = 0;
	ck_assert_int_eq(
	    post_find_many(&here.store, ids, 8, POST_WHOLE, posts, &found),
	    ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 1);
	ck_assert_uint_eq(found, 3);
	ck_assert_uint_eq(posts[0].id, 6);
	ck_assert_str_eq(posts[0].name, "f");
	ck_assert_str_eq(posts[0].text, "F");
	ck_assert_uint_eq(posts[0].time_ms, 0);
	ck_assert_uint_eq(posts[1].id, 1);
	ck_assert_str_eq(posts[1].text, "A");
	ck_assert_uint_eq(posts[2].id, 7);
	ck_assert_str_eq(posts[2].name, "");
}
END_TEST

START_TEST(no_posts_cost_no_round_trip)
{
	size_t found = 1;

	here.store.round_trips = 0;
	ck_assert_int_eq(
	    post_find_many(&here.store, NULL, 0, POST_ROW, NULL, &found),
	    ERR_OK);
	ck_assert_uint_eq(found, 0);
	ck_assert_uint_eq(here.store.round_trips, 0);
}
END_TEST

/* A hundred posts take more than one command: all are their own. */
START_TEST(many_posts_keep_their_names_texts_and_times)
{
	enum post_part part = _i == 0 ? POST_WHOLE : POST_ROW;
	struct post posts[100];
	uint64_t ids[100];
	size_t found;

	(void)DO(&here.store, "EVAL",
	    "for i = 1, 100 do redis.call('SET', 'news:name:' .. i, 'n' .. i) "
	    "redis.call('SET', 'news:post:' .. i, 't' .. i) "
	    "redis.call('HSET', 'news:meta:' .. i, 'time', 1000 + i) end",
	    "0");
	for (size_t i = 0; i < 100; i++)
		ids[i] = 100 - i;
	for (size_t count = 1; count <= 100; count++) {
		ck_assert_int_eq(post_find_many(&here.store, ids, count, part,
				     posts, &found),
		    ERR_OK);
		ck_assert_uint_eq(found, count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_uint_eq(posts[i].id, ids[i]);
			ck_assert_uint_eq(
			    strtoul(posts[i].name + 1, NULL, 10), ids[i]);
			ck_assert_uint_eq(
			    strtoul(posts[i].text + 1, NULL, 10), ids[i]);
			ck_assert_uint_eq(posts[i].time_ms, 1000 + ids[i]);
		}
		arena_reset(here.store.arena);
	}
}
END_TEST

/* What Redis holds, and what a page is given. */
static const struct {
	const char *data;
	size_t length;
	const char *shown;
} strange[] = {
    {"\xff", 1, REPLACEMENT},
    {"a\0b", 3, "a" REPLACEMENT "b"},
    {"a\x1b[31m", 6, "a" REPLACEMENT "[31m"},
    {"cut \xed", 5, "cut " REPLACEMENT},
    {"a\r\nb\rc", 6, "a\nb\nc"},
    {"\ttab", 4, "\ttab"},
    {"<b>&amp;", 8, "<b>&amp;"},
};

START_TEST(strange_bytes_come_out_repaired)
{
	struct command commands[2];
	struct reply replies[2];
	struct post post;

	for (int i = 0; i < 2; i++) {
		command_of(&commands[i], "SET",
		    i == 0 ? "news:name:1" : "news:post:1", NULL);
		command_add(&commands[i], strange[_i].data, strange[_i].length);
	}
	ck_assert_int_eq(store_run(&here.store, commands, 2, replies), ERR_OK);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_str_eq(post.name, strange[_i].shown);
	ck_assert_str_eq(post.text, strange[_i].shown);
}
END_TEST

START_TEST(an_overlong_post_is_cut_between_characters)
{
	struct post post;

	(void)DO(&here.store, "EVAL",
	    "redis.call('SET', 'news:name:1', string.rep('가', 100000)) "
	    "redis.call('SET', 'news:post:1', string.rep('가', 100000))",
	    "0");
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_uint_eq(
	    strlen(post.name), POST_NAME_MAX_BYTES - POST_NAME_MAX_BYTES % 3);
	ck_assert_uint_eq(
	    strlen(post.text), POST_TEXT_MAX_BYTES - POST_TEXT_MAX_BYTES % 3);
	ck_assert_str_eq(post.text + strlen(post.text) - 3, "가");
}
END_TEST

static const struct {
	const char *time;
	uint64_t time_ms;
} times[] = {
    {"1", 1},
    {"1673000000000", UINT64_C(1673000000000)},
    {"253402300799999", UINT64_C(253402300799999)},
    {"253402300800000", 0},
    {"99999999999999999999", 0},
    {"0", 0},
    {"-1", 0},
    {"1.5", 0},
    {"01", 0},
    {" 1", 0},
    {"1e3", 0},
    {"yesterday", 0},
    {"", 0},
};

START_TEST(a_time_that_is_no_number_is_unknown)
{
	struct post post;

	(void)DO(&here.store, "MSET", "news:name:1", "a", "news:post:1", "A");
	(void)DO(&here.store, "HSET", "news:meta:1", "time", times[_i].time);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_uint_eq(post.time_ms, times[_i].time_ms);
}
END_TEST

/* Pages */

/* Whole posts of all categories, without notices. */
static enum err
read_page(uint64_t number, uint64_t size, struct board_page *page)
{
	struct board_query query = {
	    .number = number, .size = size, .part = POST_WHOLE};

	return board_read_page(&here.store, &query, page);
}

static enum err
locate(uint64_t id, struct board_place *place)
{
	struct command command;
	struct reply reply;
	enum err err = board_locate_command(&here.store, id, &command);

	if (err == ERR_OK)
		err = store_run(&here.store, &command, 1, &reply);
	return err != ERR_OK ? err : board_place_of_reply(&reply, place);
}

/* The tutorial's posts 1 to count: names n1…, texts t1…. */
static void
fill(const char *count)
{
	(void)DO(&here.store, "EVAL",
	    "for i = 1, ARGV[1] do "
	    "redis.call('SET', 'news:name:' .. i, 'n' .. i) "
	    "redis.call('SET', 'news:post:' .. i, 't' .. i) "
	    "redis.call('LPUSH', 'post_id', i) end "
	    "redis.call('SET', 'last_id', ARGV[1])",
	    "0", count);
}

/* Posts on the board, the page and its size; what comes of it. */
static const struct {
	const char *posts;
	uint64_t number, size;
	enum err err;
	uint64_t pages, first, last; /* ids at both ends; 0: no posts */
} pages[] = {
    {"0", 1, 20, ERR_OK, 1, 0, 0},
    {"0", 2, 20, ERR_NOT_FOUND, 1, 0, 0},
    {"1", 1, 20, ERR_OK, 1, 1, 1},
    {"20", 1, 20, ERR_OK, 1, 20, 1},
    {"20", 2, 20, ERR_NOT_FOUND, 1, 0, 0},
    {"21", 1, 20, ERR_OK, 2, 21, 2},
    {"21", 2, 20, ERR_OK, 2, 1, 1},
    {"21", 3, 20, ERR_NOT_FOUND, 2, 0, 0},
    {"40", 2, 20, ERR_OK, 2, 20, 1},
    {"3", 2, 1, ERR_OK, 3, 2, 2},
    {"100", 1, 100, ERR_OK, 1, 100, 1},
    {"5", POST_ID_MAX, 100, ERR_NOT_FOUND, 1, 0, 0},
};

START_TEST(a_page_has_its_posts_newest_first)
{
	struct board_page page;

	fill(pages[_i].posts);
	ck_assert_int_eq(
	    read_page(pages[_i].number, pages[_i].size, &page), pages[_i].err);
	ck_assert_uint_eq(page.pages, pages[_i].pages);
	ck_assert_uint_eq(page.total, strtoul(pages[_i].posts, NULL, 10));
	ck_assert_uint_eq(page.number, pages[_i].number);
	if (pages[_i].first == 0) {
		ck_assert_uint_eq(page.count, 0);
		return;
	}
	ck_assert_uint_eq(page.count, pages[_i].first - pages[_i].last + 1);
	for (size_t i = 0; i < page.count; i++) {
		ck_assert_uint_eq(page.posts[i].id, pages[_i].first - i);
		ck_assert_uint_eq(strtoul(page.posts[i].text + 1, NULL, 10),
		    page.posts[i].id);
	}
}
END_TEST

START_TEST(what_is_no_id_is_left_out_of_a_page)
{
	struct board_page page;

	fill("2");
	(void)DO(&here.store, "RPUSH", "post_id", "many", "", "0", "-1", "1.5",
	    "01", "100000000000000", "3");
	ck_assert_int_eq(read_page(1, 20, &page), ERR_OK);
	ck_assert_uint_eq(page.total, 10);
	ck_assert_uint_eq(page.count, 2);
	ck_assert_uint_eq(page.posts[0].id, 2);
	ck_assert_uint_eq(page.posts[1].id, 1);
}
END_TEST

START_TEST(a_list_of_another_type_is_an_error)
{
	struct board_page page;

	(void)DO(&here.store, "SET", "post_id", "1");
	ck_assert_int_eq(read_page(1, 20, &page), ERR_INTERNAL);
}
END_TEST

START_TEST(a_page_of_a_prefix_is_its_own)
{
	struct board_page page;

	fill("2");
	here.store.prefix = "{free}:";
	here.store.first = here.store.prefix;
	ck_assert_int_eq(read_page(1, 20, &page), ERR_OK);
	ck_assert_uint_eq(page.total, 0);
	(void)DO(&here.store, "MSET", "{free}:news:name:7", "a",
	    "{free}:news:post:7", "b");
	(void)DO(&here.store, "LPUSH", "{free}:post_id", "7");
	ck_assert_int_eq(read_page(1, 20, &page), ERR_OK);
	ck_assert_uint_eq(page.count, 1);
	ck_assert_str_eq(page.posts[0].text, "b");
}
END_TEST

/* What reading a page costs Redis: its commands, without INFO's own. */
static long
commands_of_page(uint64_t number)
{
	struct board_page page;
	long before =
	    server_info(&here.store, "stats", "total_commands_processed");

	here.store.round_trips = 0;
	ck_assert_int_eq(read_page(number, 20, &page), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 2);
	ck_assert_uint_eq(page.count, 20);
	return server_info(&here.store, "stats", "total_commands_processed") -
	       before - 1;
}

START_TEST(every_page_costs_the_same_two_round_trips)
{
	long first;

	fill("10000");
	first = commands_of_page(1);
	ck_assert_int_gt(first, 0);
	ck_assert_int_eq(commands_of_page(250), first);
	ck_assert_int_eq(commands_of_page(500), first);
}
END_TEST

static const struct {
	uint64_t id;
	struct board_place place;
} places[] = {
    {10000, {true, 0, 0, 9999}},
    {9999, {true, 1, 10000, 9998}},
    {5000, {true, 5000, 5001, 4999}},
    {1, {true, 9999, 2, 0}},
    {10001, {.listed = false}},
    {99999999999999, {.listed = false}},
};

START_TEST(a_post_is_found_in_the_list_with_its_neighbours)
{
	struct board_place place;

	fill("10000");
	(void)DO(&here.store, "SCRIPT", "FLUSH");
	here.store.round_trips = 0;
	ck_assert_int_eq(locate(places[_i].id, &place), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 1);
	ck_assert_int_eq(place.listed, places[_i].place.listed);
	ck_assert_uint_eq(place.position, places[_i].place.position);
	ck_assert_uint_eq(place.newer, places[_i].place.newer);
	ck_assert_uint_eq(place.older, places[_i].place.older);
}
END_TEST

/* Gaps are what deleted posts leave; the rest is what nobody should write. */
START_TEST(a_list_with_gaps_or_junk_still_has_places)
{
	struct board_place place;

	ck_assert_int_eq(locate(1, &place), ERR_OK);
	ck_assert(!place.listed);
	(void)DO(&here.store, "RPUSH", "post_id", "90", "70", "7", "2");
	ck_assert_int_eq(locate(7, &place), ERR_OK);
	ck_assert_uint_eq(place.position, 2);
	ck_assert_uint_eq(place.newer, 70);
	ck_assert_uint_eq(place.older, 2);
	ck_assert_int_eq(locate(71, &place), ERR_OK);
	ck_assert(!place.listed);
	(void)DO(&here.store, "DEL", "post_id");
	(void)DO(&here.store, "RPUSH", "post_id", "junk", "5", "x");
	ck_assert_int_eq(locate(5, &place), ERR_OK);
	ck_assert(place.listed);
	ck_assert_uint_eq(place.newer, 0);
	ck_assert_uint_eq(place.older, 0);
	ck_assert_int_eq(locate(6, &place), ERR_OK);
	ck_assert(!place.listed);
}
END_TEST

/* A list of so many ids, each a step or up to so many from the last one. */
static const struct {
	size_t count;
	uint64_t gap;
	bool doubling; /* of the gap, every few ids */
} layings[] = {
    {1, 1, false},
    {2, 1000000, false},
    {300, 1, false},
    {300, 3, false},
    {300, 1000, false},
    {300, 2, true},
};

START_TEST(places_are_found_however_the_ids_lie)
{
	uint64_t gap = layings[_i].gap;
	struct board_place place;
	struct sample chance;
	uint64_t ids[302] = {0};
	size_t count = layings[_i].count;

	sample_begin(&chance, 5);
	for (size_t i = 1; i <= count; i++) {
		gap *= layings[_i].doubling && i % 10 == 0 ? 2 : 1;
		ids[i] = ids[i - 1] + 1 + sample_below(&chance, gap);
		(void)DO(&here.store, "LPUSH", "post_id",
		    arena_printf(support_arena(), "%" PRIu64, ids[i]));
	}
	for (size_t i = 1; i <= count; i++) {
		ck_assert_int_eq(locate(ids[i], &place), ERR_OK);
		ck_assert(place.listed);
		ck_assert_uint_eq(place.position, count - i);
		ck_assert_uint_eq(place.newer, ids[i + 1]);
		ck_assert_uint_eq(place.older, ids[i - 1]);
		if (ids[i] + 1 == ids[i + 1])
			continue;
		ck_assert_int_eq(locate(ids[i] + 1, &place), ERR_OK);
		ck_assert(!place.listed);
	}
}
END_TEST

/* The board's Redis */

static const struct {
	const char *schema; /* NULL: none */
	enum err err;
} schemas[] = {
    {NULL, ERR_OK},
    {"3", ERR_OK},
    {"0", ERR_BUSY},
    {"1", ERR_BUSY},
    {"2", ERR_BUSY},
    {"upgrade 2 3", ERR_BUSY},
    {"upgrade 3 4", ERR_CONFIG},
    {"upgrade", ERR_CONFIG},
    {"import 0123456789abcdef", ERR_BUSY},
    {"4", ERR_CONFIG},
    {"18446744073709551617", ERR_CONFIG},
    {"new", ERR_CONFIG},
    {"", ERR_CONFIG},
};

START_TEST(a_ping_knows_layouts_that_are_newer)
{
	if (schemas[_i].schema != NULL)
		(void)DO(
		    &here.store, "SET", "madang:schema", schemas[_i].schema);
	ck_assert_int_eq(board_ping(&here.store), schemas[_i].err);
}
END_TEST

START_TEST(a_ping_tells_when_redis_is_away)
{
	ck_assert_int_eq(board_ping(&here.store), ERR_OK);
	server_stop(&here.server);
	ck_assert_int_eq(board_ping(&here.store), ERR_UNAVAILABLE);
	server_start(&here.server, 0);
	ck_assert_int_eq(board_ping(&here.store), ERR_OK);
}
END_TEST

static void
expect_advice(
    const struct board_advice *advice, const char *setting, const char *wanted)
{
	ck_assert_str_eq(advice->setting, setting);
	ck_assert_str_eq(advice->wanted, wanted);
	ck_assert_ptr_nonnull(advice->reason);
}

START_TEST(advice_tells_what_redis_is_set_to)
{
	struct board_advice advice[BOARD_ADVICE];

	ck_assert_int_eq(board_advise(&here.store, advice), ERR_OK);
	expect_advice(&advice[0], "appendonly", "yes");
	expect_advice(&advice[1], "appendfsync", "always");
	expect_advice(&advice[2], "maxmemory-policy", "noeviction");
	for (int i = 0; i < BOARD_ADVICE; i++)
		ck_assert_str_eq(advice[i].found, advice[i].wanted);
	(void)DO(&here.store, "CONFIG", "SET", "appendonly", "no");
	(void)DO(&here.store, "CONFIG", "SET", "appendfsync", "everysec");
	(void)DO(
	    &here.store, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
	ck_assert_int_eq(board_advise(&here.store, advice), ERR_OK);
	ck_assert_str_eq(advice[0].found, "no");
	ck_assert_str_eq(advice[1].found, "everysec");
	ck_assert_str_eq(advice[2].found, "allkeys-lru");
	expect_advice(&advice[2], "maxmemory-policy", "noeviction");
}
END_TEST

START_TEST(advice_tells_when_it_may_not_look)
{
	struct board_advice advice[BOARD_ADVICE];

	(void)DO(&here.store, "ACL", "SETUSER", "madang", "on", ">sesame", "~*",
	    "+@all", "-config");
	here.settings.redis.user = "madang";
	here.settings.redis.password = "sesame";
	server_reopen();
	ck_assert_int_eq(board_advise(&here.store, advice), ERR_OK);
	for (int i = 0; i < BOARD_ADVICE; i++)
		ck_assert_ptr_null(advice[i].found);
	ck_assert_int_eq(board_ping(&here.store), ERR_OK);
}
END_TEST

static void
add_posts(Suite *suite)
{
	TCase *posts = server_case(suite, "posts");

	tcase_add_test(posts, a_post_that_is_not_there_is_not_found);
	tcase_add_test(posts, posts_that_are_not_whole_are_left_out);
	tcase_add_test(posts, no_posts_cost_no_round_trip);
	tcase_add_loop_test(
	    posts, many_posts_keep_their_names_texts_and_times, 0, 2);
	tcase_add_loop_test(
	    posts, strange_bytes_come_out_repaired, 0, ROWS(strange));
	tcase_add_test(posts, an_overlong_post_is_cut_between_characters);
	tcase_add_loop_test(
	    posts, a_time_that_is_no_number_is_unknown, 0, ROWS(times));
}

static void
add_boards(Suite *suite)
{
	TCase *board = server_case(suite, "board");
	TCase *redis = server_own_case(suite, "redis");

	tcase_add_loop_test(
	    board, a_page_has_its_posts_newest_first, 0, ROWS(pages));
	tcase_add_loop_test(board,
	    a_post_is_found_in_the_list_with_its_neighbours, 0, ROWS(places));
	tcase_add_test(board, a_list_with_gaps_or_junk_still_has_places);
	tcase_add_loop_test(
	    board, places_are_found_however_the_ids_lie, 0, ROWS(layings));
	tcase_add_test(board, what_is_no_id_is_left_out_of_a_page);
	tcase_add_test(board, a_list_of_another_type_is_an_error);
	tcase_add_test(board, a_page_of_a_prefix_is_its_own);
	tcase_add_test(board, every_page_costs_the_same_two_round_trips);
	tcase_add_loop_test(
	    board, a_ping_knows_layouts_that_are_newer, 0, ROWS(schemas));

	tcase_add_test(redis, a_ping_tells_when_redis_is_away);
	tcase_add_test(redis, advice_tells_what_redis_is_set_to);
	tcase_add_test(redis, advice_tells_when_it_may_not_look);
}

int
main(void)
{
	Suite *suite = suite_create("board");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	add_posts(suite);
	add_boards(suite);
	return support_run(suite);
}
