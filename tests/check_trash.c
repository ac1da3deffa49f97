/*
 * Deleting and restoring: what goes, what stays for others, what comes back.
 * check_walk does the same by chance.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include <string.h>
#include <time.h>

static enum err
delete_with_root(uint64_t id, uint64_t *root)
{
	*root = 99;
	return change_delete(&here.store, id, POSTING_TRASH_SECONDS, root);
}

/* A post with everything, as id 1, between 2 and 3 of others; its password. */
static void
post_everything(bool secret)
{
	static const struct change_views views = {1, 12};
	static const unsigned char record[PASSWORD_BYTES] = "a\0b\xff";
	struct change_post draft = draft_of("::1", "이름", "t");
	struct change_words words =
	    words_of("제목", "edited\n\xf0\x9f\x98\x80");

	draft.password = record;
	draft.words.category = 2;
	draft.words.secret = secret;
	ck_assert_uint_eq(post_draft(&draft), 1);
	draft.words.text = "u";
	ck_assert_uint_eq(post_draft(&draft), 2);
	words.category = 2;
	words.secret = secret;
	post_edit(1, 0, &words);
	words.text_length = 3;
	post_edit(1, 1, &words);
	(void)post_recommend(1, "192.0.2.1");
	(void)post_recommend(1, "192.0.2.2");
	ck_assert_int_eq(change_views(&here.store, &views, 1), ERR_OK);
}

/* How post 1 is, and whether it has replies that stay. */
static const struct {
	bool secret, replied;
} wholes[] = {{false, false}, {true, false}, {false, true}, {true, true}};

START_TEST(what_is_restored_is_what_was_deleted_byte_for_byte)
{
	const char *before;
	uint64_t parent;

	post_everything(wholes[_i].secret);
	if (wholes[_i].replied) {
		ck_assert_uint_eq(post_reply(1, "a"), 3);
		ck_assert_uint_eq(post_reply(3, "b"), 4);
	}
	before = dump();
	for (int round = 0; round < 2; round++) {
		post_delete(1);
		ck_assert_str_ne(dump(), before);
		post_restore(1);
		ck_assert_str_eq(dump(), before);
	}
	/* Twice does no harm. */
	ck_assert_int_eq(post_bring_back(1, &parent), ERR_OK);
	ck_assert_uint_eq(parent, 0);
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(a_restored_reply_is_back_in_its_place)
{
	const char *before;
	uint64_t root;

	(void)post_new("::1", "n", "t");
	for (char text[] = "a"; text[0] <= 'd'; text[0]++)
		(void)post_reply(text[0] == 'c' ? 3 : 1, text);
	ck_assert_str_eq(list_of("news:replies:1"), "2:1,3:1,4:2,5:1");
	before = dump();
	for (uint64_t id = 2; id <= 5; id++) {
		ck_assert_int_eq(delete_with_root(id, &root), ERR_OK);
		ck_assert_uint_eq(root, 1);
		ck_assert_str_eq(field("news:meta:1", "replies"), "3");
		post_restore(id);
		ck_assert_str_eq(dump(), before);
	}
}
END_TEST

START_TEST(a_post_of_the_tutorial_comes_back_as_it_was)
{
	const char *before;

	(void)DO(&here.store, "MSET", "last_id", "2", "news:name:1", "a\xff",
	    "news:post:1", "", "news:name:2", "", "news:post:2", "B");
	(void)DO(&here.store, "LPUSH", "post_id", "1", "2");
	before = dump_without("^madang:");
	for (uint64_t id = 1; id <= 2; id++) {
		post_delete(id);
		ck_assert_str_eq(listed(), id == 1 ? "2" : "1");
		post_restore(id);
		ck_assert_str_eq(dump_without("^madang:"), before);
	}
}
END_TEST

START_TEST(all_that_is_left_of_a_deleted_post_ends_by_itself)
{
	struct reply keys;
	const char *left;

	post_everything(_i == 1);
	post_delete(1);
	left = keys_of("news:*:1");
	ck_assert_str_eq(left, _i == 0 ? "news:recommend:1~\n"
					 "news:trash:1~\n"
					 "news:versions:1~"
				       : "news:recommend:1~\n"
					 "news:secret:1~\n"
					 "news:trash:1~\n"
					 "news:versions:1~");
	keys = DO(&here.store, "KEYS", "news:*:1");
	for (size_t i = 0; i < keys.count; i++) {
		int64_t ttl =
		    DO(&here.store, "TTL", keys.items[i].text).integer;

		ck_assert_int_gt(ttl, POSTING_TRASH_SECONDS - 60);
		ck_assert_int_le(ttl, POSTING_TRASH_SECONDS);
		(void)DO(&here.store, "DEL", keys.items[i].text);
	}
	/* And nothing else of it is there. */
	ck_assert_str_eq(field("news:views:0", "1"), "");
	ck_assert_str_eq(listed(), "2");
	ck_assert_str_eq(list_of("news:category:2"), "2");
	ck_assert_str_eq(keys_of("news:*"), _i == 0 ? "news:category:2\n"
						      "news:meta:2\n"
						      "news:name:2\n"
						      "news:post:2"
						    : "news:category:2\n"
						      "news:meta:2\n"
						      "news:name:2\n"
						      "news:post:2\n"
						      "news:secret:2");
}
END_TEST

START_TEST(the_trash_is_emptied_in_its_time)
{
	uint64_t parent;
	uint64_t root;

	post_everything(true);
	ck_assert_int_eq(change_delete(&here.store, 1, 1, &root), ERR_OK);
	ck_assert_uint_eq(root, 0);
	(void)nanosleep(
	    &(struct timespec){.tv_sec = 1, .tv_nsec = 100000000}, NULL);
	ck_assert_str_eq(keys_of("news:*:1"), "");
	ck_assert_int_eq(post_bring_back(1, &parent), ERR_NOT_FOUND);
	ck_assert_int_eq(
	    change_delete(&here.store, 1, 1, &root), ERR_NOT_FOUND);
}
END_TEST

START_TEST(what_is_deleted_twice_is_deleted_once)
{
	const char *before;
	uint64_t root;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)post_reply(1, "b");
	post_delete(2);
	before = dump();
	ck_assert_int_eq(delete_with_root(2, &root), ERR_OK);
	ck_assert_uint_eq(root, 1);
	ck_assert_str_eq(dump(), before);
	post_delete(1);
	before = dump();
	ck_assert_int_eq(delete_with_root(1, &root), ERR_OK);
	ck_assert_uint_eq(root, 0);
	ck_assert_str_eq(dump(), before);
	ck_assert_int_eq(delete_with_root(77, &root), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_deleted_id_is_not_given_again)
{
	(void)post_new("::1", "n", "t");
	post_delete(1);
	(void)DO(&here.store, "DEL", "last_id");
	ck_assert_uint_eq(post_new("::1", "n", "u"), 2);
	post_restore(1);
	ck_assert_str_eq(listed(), "2,1");
}
END_TEST

/* Places */

START_TEST(a_post_with_replies_leaves_its_place)
{
	struct post post;

	post_everything(false);
	ck_assert_uint_eq(post_reply(1, "a"), 3);
	post_delete(1);
	ck_assert_str_eq(listed(), "2");
	ck_assert_int_eq(
	    DO(&here.store, "EXISTS", "news:name:1", "news:post:1").integer, 0);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert(post.deleted);
	ck_assert(!post.has_password);
	ck_assert_str_eq(post.name, "");
	ck_assert_str_eq(post.title, "");
	ck_assert_str_eq(post.text, "");
	ck_assert_uint_eq(post.replies, 1);
	ck_assert_uint_eq(post_thread(1).count, 1);
	ck_assert_str_eq(post_thread(1).replies[0].text, "a");
}
END_TEST

START_TEST(a_reply_with_replies_leaves_its_place)
{
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)post_reply(2, "b");
	post_delete(2);
	thread = post_thread(1);
	ck_assert_uint_eq(thread.count, 2);
	ck_assert(thread.replies[0].deleted);
	ck_assert_uint_eq(thread.replies[0].id, 2);
	ck_assert_uint_eq(thread.replies[0].depth, 1);
	ck_assert_str_eq(thread.replies[0].text, "");
	ck_assert_str_eq(thread.replies[0].name, "");
	ck_assert_uint_eq(thread.replies[1].id, 3);
	ck_assert_uint_eq(thread.post.replies, 1);
}
END_TEST

/*
 * 1 has the reply 2, that has 3, that has 4 and 5. What is deleted one after
 * another, and which entries and metas are left.
 */
static const struct {
	uint64_t ids[5];
	const char *entries;
	const char *metas;
} goings[] = {
    {{5}, "2:1,3:2,4:3", "1234"},
    {{3}, "2:1,3:2,4:3,5:3", "12345"},
    {{3, 4}, "2:1,3:2,5:3", "1235"},
    {{3, 4, 5}, "2:1", "12"},
    {{2, 3, 4, 5}, "", "1"},
    {{2, 4, 5, 3}, "", "1"},
    {{1, 2, 3, 4, 5}, "", ""},
    {{1, 4, 5, 3, 2}, "", ""},
    {{5, 4, 3, 2, 1}, "", ""},
    {{1, 3, 4, 5}, "2:1", "12"},
    {{1, 2}, "2:1,3:2,4:3,5:3", "12345"},
};

static void
post_family(void)
{
	static const uint64_t parents[] = {1, 2, 3, 3};

	(void)post_new("::1", "n", "t");
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(post_reply(parents[i],
				      (const char *[]){"a", "b", "c", "d"}[i]),
		    i + 2);
}

/* The ids whose meta is there: "134". */
static const char *
metas(void)
{
	return DO(&here.store, "EVAL",
	    "local out = '' for i = 1, 9 do "
	    "if redis.call('EXISTS', 'news:meta:' .. i) == 1 then "
	    "out = out .. i end end return out",
	    "0")
	    .text;
}

START_TEST(a_place_goes_with_the_last_reply_below_it)
{
	post_family();
	for (int i = 0; i < 5 && goings[_i].ids[i] != 0; i++)
		post_delete(goings[_i].ids[i]);
	ck_assert_str_eq(list_of("news:replies:1"), goings[_i].entries);
	ck_assert_str_eq(metas(), goings[_i].metas);
}
END_TEST

/* And all of it comes back, in the order of ids or as it went. */
START_TEST(what_went_can_all_come_back)
{
	const char *before;

	for (int forth = 0; forth < 2; forth++) {
		(void)DO(&here.store, "FLUSHALL");
		post_family();
		before = dump();
		for (int i = 0; i < 5 && goings[_i].ids[i] != 0; i++)
			post_delete(goings[_i].ids[i]);
		for (uint64_t id = 1; id <= 5; id++) {
			uint64_t back = forth == 0 ? id : 6 - id;
			uint64_t parent;

			ck_assert_int_eq(
			    post_bring_back(back, &parent), ERR_OK);
			ck_assert(parent == 0 || forth == 1);
		}
		for (uint64_t id = 1; id <= 5; id++)
			post_restore(id);
		ck_assert_str_eq(list_of("news:replies:1"), "2:1,3:2,4:3,5:3");
		ck_assert_str_eq(field("news:meta:1", "replies"), "4");
		ck_assert_str_eq(dump(), before);
	}
}
END_TEST

START_TEST(a_reply_without_what_it_replied_to_is_an_orphan)
{
	const char *before;
	uint64_t parent;

	post_family();
	post_delete(4);
	post_delete(5);
	post_delete(3);
	before = dump();
	ck_assert_int_eq(post_bring_back(4, &parent), ERR_OK);
	ck_assert_uint_eq(parent, 3);
	ck_assert_str_eq(dump(), before);
	post_restore(3);
	post_restore(4);
	ck_assert_str_eq(list_of("news:replies:1"), "2:1,3:2,4:3");
	ck_assert_str_eq(field("news:meta:1", "replies"), "3");
}
END_TEST

START_TEST(a_reply_to_a_post_that_is_gone_is_an_orphan)
{
	uint64_t parent;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	post_delete(2);
	post_delete(1);
	ck_assert_int_eq(post_bring_back(2, &parent), ERR_OK);
	ck_assert_uint_eq(parent, 1);
	(void)DO(&here.store, "DEL", "news:trash:1");
	ck_assert_int_eq(post_bring_back(2, &parent), ERR_OK);
	ck_assert_uint_eq(parent, 1);
	ck_assert_str_eq(metas(), "");
}
END_TEST

START_TEST(a_deleted_notice_comes_back_as_one)
{
	(void)post_new("::1", "n", "a");
	(void)post_new("::1", "n", "b");
	ck_assert_int_eq(change_notice(&here.store, 1, true), ERR_OK);
	post_delete(1);
	ck_assert_str_eq(list_of("news:notices"), "");
	post_restore(1);
	ck_assert_str_eq(list_of("news:notices"), "1");
	ck_assert_str_eq(listed(), "2,1");
}
END_TEST

START_TEST(a_secret_that_is_deleted_stays_one)
{
	struct post post;

	(void)post_secret("T", "whisper");
	(void)post_reply(1, "r");
	post_delete(1);
	ck_assert_str_eq(field("news:trash:1", "text"), POSTING_LOCK);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert(post.secret);
	post_restore(1);
	ck_assert_str_eq(get("news:post:1"), POSTING_LOCK);
	ck_assert_str_eq(field("news:secret:1", "text"), "whisper");
	ck_assert_str_eq(keys_of("news:secret:1"), "news:secret:1");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trash");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "trash");
	tcase_add_loop_test(tests,
	    what_is_restored_is_what_was_deleted_byte_for_byte, 0,
	    ROWS(wholes));
	tcase_add_test(tests, a_restored_reply_is_back_in_its_place);
	tcase_add_test(tests, a_post_of_the_tutorial_comes_back_as_it_was);
	tcase_add_loop_test(
	    tests, all_that_is_left_of_a_deleted_post_ends_by_itself, 0, 2);
	tcase_add_test(tests, the_trash_is_emptied_in_its_time);
	tcase_add_test(tests, what_is_deleted_twice_is_deleted_once);
	tcase_add_test(tests, a_deleted_id_is_not_given_again);
	tcase_add_test(tests, a_deleted_notice_comes_back_as_one);
	tcase_add_test(tests, a_secret_that_is_deleted_stays_one);
	tests = server_case(suite, "places");
	tcase_add_test(tests, a_post_with_replies_leaves_its_place);
	tcase_add_test(tests, a_reply_with_replies_leaves_its_place);
	tcase_add_loop_test(
	    tests, a_place_goes_with_the_last_reply_below_it, 0, ROWS(goings));
	tcase_add_loop_test(
	    tests, what_went_can_all_come_back, 0, ROWS(goings));
	tcase_add_test(tests, a_reply_without_what_it_replied_to_is_an_orphan);
	tcase_add_test(tests, a_reply_to_a_post_that_is_gone_is_an_orphan);
	return support_run(suite);
}
