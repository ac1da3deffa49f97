#include "posting.h"
#include "server.h"
#include "support.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What two clocks, and the time between two lines here, may differ by. */
#define SECONDS_MS 60000

/* Writing */

START_TEST(the_first_post_is_1_and_its_keys_are_the_contracts)
{
	struct reply reply;
	struct post post;
	uint64_t now = clock_unix_ms();

	ck_assert_uint_eq(post_new("127.0.0.1", "홍길동",
			      "안녕\n<b>\xf0\x9f"
			      "\x98\x80"),
	    1);
	ck_assert_str_eq(get("news:name:1"), "홍길동");
	ck_assert_str_eq(get("news:post:1"), "안녕\n<b>\xf0\x9f\x98\x80");
	ck_assert_str_eq(get("last_id"), "1");
	ck_assert_str_eq(get("madang:schema"), "3");
	ck_assert_str_eq(DO(&here.store, "TYPE", "post_id").text, "list");
	ck_assert_str_eq(listed(), "1");
	reply = DO(&here.store, "HKEYS", "news:meta:1");
	ck_assert_uint_eq(reply.count, 1);
	ck_assert_str_eq(reply.items[0].text, "time");
	/* And no more keys, other than one that ends by itself. */
	reply = DO(&here.store, "KEYS", "madang:once:*");
	ck_assert_uint_eq(reply.count, 1);
	ck_assert_int_eq(
	    DO(&here.store, "TTL", reply.items[0].text).integer / 10, 6);
	/* The board's secret, which its first post makes. */
	ck_assert_int_eq(
	    DO(&here.store, "STRLEN", "madang:secret").integer, SEAL_KEY_BYTES);
	ck_assert_int_eq(DO(&here.store, "DBSIZE").integer, 8);

	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_uint_lt(now - SECONDS_MS, post.time_ms);
	ck_assert_uint_lt(post.time_ms, now + SECONDS_MS);
}
END_TEST

START_TEST(ids_go_up_by_one_and_the_newest_is_first)
{
	char text[8];

	for (unsigned i = 1; i <= 12; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		ck_assert_uint_eq(post_new("::1", "n", text), i);
	}
	ck_assert_str_eq(listed(), "12,11,10,9,8,7,6,5,4,3,2,1");
	ck_assert_str_eq(get("last_id"), "12");
}
END_TEST

START_TEST(posts_follow_those_of_the_tutorial)
{
	struct post post;

	(void)DO(&here.store, "MSET", "last_id", "2", "news:name:1", "a",
	    "news:post:1", "b", "news:name:2", "a", "news:post:2", "c");
	(void)DO(&here.store, "LPUSH", "post_id", "1", "2");
	ck_assert_uint_eq(post_new("::1", "a", "c"), 3);
	ck_assert_str_eq(listed(), "3,2,1");
	ck_assert_int_eq(post_find(2, &post), ERR_OK);
	ck_assert_str_eq(post.name, "a");
	ck_assert_str_eq(post.text, "c");
	ck_assert_uint_eq(post.time_ms, 0);
}
END_TEST

START_TEST(the_same_draft_again_is_the_first_post)
{
	struct change_post draft = draft_of("::1", "n", "t");
	struct change_posted posted;
	const char *before;

	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	ck_assert_uint_eq(post_new("::1", "n", "u"), 2);
	before = dump();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
		    change_post(&here.store, &draft, &posted), ERR_OK);
		ck_assert_uint_eq(posted.id, 1);
		ck_assert(posted.again);
		ck_assert(posted.key.known);
	}
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* Beside a post of client "::1", name "n", text "t". */
static const struct {
	const char *client, *name, *text;
} others[] = {
    {"::2", "n", "t"},
    {"::1", "m", "t"},
    {"::1", "n", "u"},
    {"::1", "nt", ""},
    {"::1n", "", "t"},
    {"", "n", "t"},
};

START_TEST(what_differs_in_anything_is_another_post)
{
	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	ck_assert_uint_eq(
	    post_new(others[_i].client, others[_i].name, others[_i].text), 2);
}
END_TEST

START_TEST(the_same_draft_after_its_time_is_a_new_post)
{
	struct change_post draft = draft_of("::1", "n", "t");

	draft.once_seconds = 1;
	ck_assert_uint_eq(post_draft(&draft), 1);
	(void)nanosleep(
	    &(struct timespec){.tv_sec = 1, .tv_nsec = 200000000}, NULL);
	ck_assert_uint_eq(post_draft(&draft), 2);
}
END_TEST

START_TEST(the_draft_of_a_deleted_post_is_posted_anew)
{
	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	(void)DO(&here.store, "DEL", "news:name:1", "news:post:1",
	    "news:meta:1", "post_id");
	ck_assert_uint_eq(post_new("::1", "n", "t"), 2);
	ck_assert_str_eq(listed(), "2");
}
END_TEST

/* What somebody did to last_id with three posts there: NULL deletes it. */
static const struct {
	const char *last_id;
	uint64_t id; /* of the next post */
} set_back[] = {
    {NULL, 4},
    {"0", 4},
    {"1", 4},
    {"2", 4},
    {"-1", 4},
    {"-9223372036854775808", 4},
    {"7", 8},
};

START_TEST(a_last_id_set_back_overwrites_no_post)
{
	const char *before;

	for (char text[] = "a"; text[0] <= 'c'; text[0]++)
		(void)post_new("::1", "n", text);
	if (set_back[_i].last_id == NULL)
		(void)DO(&here.store, "DEL", "last_id");
	else
		(void)DO(&here.store, "SET", "last_id", set_back[_i].last_id);
	before = get("news:post:2");
	ck_assert_uint_eq(post_new("::1", "n", "d"), set_back[_i].id);
	ck_assert_uint_eq(post_new("::1", "n", "e"), set_back[_i].id + 1);
	ck_assert_str_eq(get("news:post:1"), "a");
	ck_assert_str_eq(get("news:post:2"), before);
	ck_assert_str_eq(get("news:post:3"), "c");
	ck_assert_int_eq(DO(&here.store, "LLEN", "post_id").integer, 5);
}
END_TEST

/* Half a post's keys are enough for its id to be taken. */
START_TEST(an_id_with_any_key_left_is_taken)
{
	static const char *const kinds[] = {
	    "news:name:1", "news:post:1", "news:meta:1"};

	(void)DO(&here.store, "HSET", kinds[_i], "time", "1");
	ck_assert_uint_eq(post_new("::1", "n", "t"), 2);
	ck_assert_str_eq(listed(), "2");
	ck_assert_str_eq(DO(&here.store, "HGET", kinds[_i], "time").text, "1");
}
END_TEST

START_TEST(a_title_is_kept_beside_and_read_back)
{
	struct change_post draft = draft_of("::1", "n", "t");
	struct post post;

	draft.words = words_of("제목", "t");
	ck_assert_uint_eq(post_draft(&draft), 1);
	ck_assert_str_eq(field("news:meta:1", "title"), "제목");
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_str_eq(post.title, "제목");
	/* Without it, it is another post, and has none. */
	ck_assert_uint_eq(post_new("::1", "n", "t"), 2);
	ck_assert_int_eq(
	    DO(&here.store, "HEXISTS", "news:meta:2", "title").integer, 0);
	ck_assert_int_eq(post_find(2, &post), ERR_OK);
	ck_assert_str_eq(post.title, "");
}
END_TEST

START_TEST(many_ids_that_are_taken_are_passed_quickly)
{
	for (int i = 1; i <= 300; i++)
		(void)DO(&here.store, "SET",
		    arena_printf(support_arena(), "news:name:%d", i), "a");
	ck_assert_uint_eq(post_new("::1", "n", "t"), 512);
	ck_assert_uint_eq(post_new("::1", "n", "u"), 513);
	ck_assert_str_eq(get("news:name:300"), "a");
}
END_TEST

/* Its keys went by hand, and another post has its id. */
START_TEST(a_once_key_of_another_post_swallows_none)
{
	ck_assert_uint_eq(post_new("::1", "n", "a"), 1);
	(void)DO(&here.store, "DEL", "last_id", "post_id", "news:name:1",
	    "news:post:1", "news:meta:1");
	ck_assert_uint_eq(post_new("::1", "n", "b"), 1);
	(void)DO(&here.store, "HSET", "news:meta:1", "time", "1673000000000");
	ck_assert_uint_eq(post_new("::1", "n", "a"), 2);
	ck_assert_str_eq(get("news:post:1"), "b");
}
END_TEST

/* What the head of the list may hold while last_id is behind. */
static const char *const heads[] = {"many", "", "1.5", "1e30", "0x10", "-4",
    "99999999999999", "1000000000000000000"};

START_TEST(a_list_of_no_ids_never_spoils_last_id)
{
	(void)DO(&here.store, "MSET", "news:name:1", "a", "news:post:1", "a",
	    "news:name:2", "b", "news:post:2", "b");
	(void)DO(&here.store, "LPUSH", "post_id", "1", "2", heads[_i]);
	/* In growing steps past the ids in use, whatever is there. */
	ck_assert_uint_eq(post_new("::1", "n", "t"), 4);
	ck_assert_uint_eq(post_new("::1", "n", "u"), 5);
	ck_assert_str_eq(get("news:name:1"), "a");
	ck_assert_str_eq(get("news:name:2"), "b");
}
END_TEST

/* A key that is not what it must be: a command of set-up, and the error. */
static const struct {
	const char *command[4];
	enum err err;
} wrong[] = {
    {{"HSET", "last_id", "a", "1"}, ERR_INTERNAL},
    {{"LPUSH", "last_id", "1", NULL}, ERR_INTERNAL},
    {{"SET", "last_id", "many", NULL}, ERR_INTERNAL},
    {{"SET", "last_id", "1.5", NULL}, ERR_INTERNAL},
    {{"SET", "last_id", "", NULL}, ERR_INTERNAL},
    {{"SET", "last_id", "9223372036854775807", NULL}, ERR_INTERNAL},
    {{"SET", "post_id", "1", NULL}, ERR_INTERNAL},
    {{"SADD", "post_id", "1", NULL}, ERR_INTERNAL},
    {{"HSET", "post_id", "a", "1"}, ERR_INTERNAL},
    {{"SET", "madang:schema", "4", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "99999999999999999999", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "2", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "upgrade 2 3", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "import 01", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "new", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "1e0", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "nan", NULL}, ERR_UNAVAILABLE},
    {{"SET", "madang:schema", "-1", NULL}, ERR_UNAVAILABLE},
    {{"LPUSH", "madang:schema", "1", NULL}, ERR_INTERNAL},
};

START_TEST(wrong_keys_are_an_error_and_nothing_is_written)
{
	const char *const *words = wrong[_i].command;
	const char *before;

	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	(void)DO(&here.store, "DEL", words[1]);
	(void)DO(&here.store, words[0], words[1], words[2], words[3]);
	before = dump();
	ck_assert_int_eq(post_refused("u"), wrong[_i].err);
	ck_assert_str_eq(dump(), before);
	ck_assert_ptr_nonnull(strstr(support_log(), "Redis refuses: "));
}
END_TEST

/* An id of 15 digits would not come out of Lua as it went in. */
START_TEST(the_last_id_is_the_last)
{
	const char *before;

	(void)DO(&here.store, "SET", "last_id", "99999999999998");
	ck_assert_uint_eq(post_new("::1", "n", "t"), POST_ID_MAX);
	ck_assert_str_eq(listed(), "99999999999999");
	ck_assert_str_eq(get("news:post:99999999999999"), "t");
	before = dump_without("^last_id$");
	ck_assert_int_eq(post_refused("u"), ERR_INTERNAL);
	ck_assert_str_eq(dump_without("^last_id$"), before);
}
END_TEST

START_TEST(a_full_redis_takes_no_post_and_half_of_none)
{
	const char *before;

	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	before = dump();
	(void)DO(&here.store, "CONFIG", "SET", "maxmemory", "1");
	ck_assert_int_eq(post_refused("u"), ERR_UNAVAILABLE);
	(void)DO(&here.store, "CONFIG", "SET", "maxmemory", "0");
	ck_assert_str_eq(dump(), before);
	ck_assert_uint_eq(post_new("::1", "n", "u"), 2);
}
END_TEST

START_TEST(a_replica_takes_no_post)
{
	const char *before;
	struct post post;

	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	before = dump();
	/* Nobody listens there: it stays as it is. */
	(void)DO(&here.store, "REPLICAOF", "127.0.0.1", "1");
	ck_assert_int_eq(post_refused("u"), ERR_UNAVAILABLE);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	(void)DO(&here.store, "REPLICAOF", "NO", "ONE");
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(what_was_posted_outlives_a_kill)
{
	struct post post;

	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	server_kill(&here.server);
	server_start(&here.server, 0);
	ck_assert_uint_eq(post_new("::1", "n", "u"), 2);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_str_eq(post.text, "t");
	ck_assert_str_eq(listed(), "2,1");
}
END_TEST

START_TEST(a_prefix_is_before_every_key)
{
	struct reply reply;
	struct post post;

	here.store.prefix = "{free}:";
	here.store.first = here.store.prefix;
	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
	reply = DO(&here.store, "KEYS", "*");
	ck_assert_uint_eq(reply.count, 8);
	for (size_t i = 0; i < reply.count; i++)
		ck_assert_int_eq(strncmp(reply.items[i].text, "{free}:", 7), 0);
	ck_assert_str_eq(get("{free}:news:post:1"), "t");
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	/* Another board on the same Redis has nothing to do with it. */
	here.store.prefix = "";
	here.store.first = "";
	ck_assert_int_eq(post_find(1, &post), ERR_NOT_FOUND);
	ck_assert_uint_eq(post_new("::1", "n", "t"), 1);
}
END_TEST

static void
add_writing(Suite *suite)
{
	TCase *writing = server_case(suite, "writing");
	TCase *faults = server_own_case(suite, "faults");

	tcase_add_test(
	    writing, the_first_post_is_1_and_its_keys_are_the_contracts);
	tcase_add_test(writing, ids_go_up_by_one_and_the_newest_is_first);
	tcase_add_test(writing, posts_follow_those_of_the_tutorial);
	tcase_add_test(writing, the_same_draft_again_is_the_first_post);
	tcase_add_loop_test(
	    writing, what_differs_in_anything_is_another_post, 0, ROWS(others));
	tcase_add_test(writing, the_same_draft_after_its_time_is_a_new_post);
	tcase_add_test(writing, the_draft_of_a_deleted_post_is_posted_anew);
	tcase_add_loop_test(
	    writing, a_last_id_set_back_overwrites_no_post, 0, ROWS(set_back));
	tcase_add_loop_test(writing, an_id_with_any_key_left_is_taken, 0, 3);
	tcase_add_loop_test(
	    writing, a_list_of_no_ids_never_spoils_last_id, 0, ROWS(heads));
	tcase_add_loop_test(writing,
	    wrong_keys_are_an_error_and_nothing_is_written, 0, ROWS(wrong));
	tcase_add_test(writing, the_last_id_is_the_last);
	tcase_add_test(writing, a_title_is_kept_beside_and_read_back);
	tcase_add_test(writing, many_ids_that_are_taken_are_passed_quickly);
	tcase_add_test(writing, a_once_key_of_another_post_swallows_none);
	tcase_add_test(writing, a_prefix_is_before_every_key);

	tcase_add_test(faults, a_full_redis_takes_no_post_and_half_of_none);
	tcase_add_test(faults, a_replica_takes_no_post);
	tcase_add_test(faults, what_was_posted_outlives_a_kill);
}

int
main(void)
{
	Suite *suite = suite_create("post");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	add_writing(suite);
	return support_run(suite);
}
