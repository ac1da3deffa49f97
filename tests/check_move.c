/*
 * Moving a post with its thread to another board.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include <string.h>

#define OTHER "{other}:"

static uint64_t
move(uint64_t id)
{
	uint64_t moved = 0;

	ck_assert_int_eq(
	    change_move(&here.store, id, OTHER, "other", &moved), ERR_OK);
	return moved;
}

/* From here on the tests read and write on the other board. */
static void
go_there(void)
{
	here.store.prefix = OTHER;
	ck_assert_int_eq(
	    change_board(&here.store, "other", "Other", ""), ERR_OK);
}

START_TEST(a_post_moves_with_all_that_it_has)
{
	static const struct change_views views = {2, 12};
	static const unsigned char record[PASSWORD_BYTES] = "a\0b\xff";
	struct change_version *versions;
	struct change_post draft = draft_of("::1", "이름", "t");
	struct change_words words = words_of("제목", "edited");
	struct post before;
	struct post post;
	size_t count;

	(void)post_new("::1", "n", "older");
	draft.password = record;
	draft.words.category = 2;
	ck_assert_uint_eq(post_draft(&draft), 2);
	(void)post_new("::1", "n", "newer");
	words.category = 2;
	post_edit(2, 0, &words);
	(void)post_recommend(2, "192.0.2.1");
	(void)post_recommend(2, "192.0.2.2");
	ck_assert_int_eq(change_views(&here.store, &views, 1), ERR_OK);
	ck_assert_int_eq(change_notice(&here.store, 2, true), ERR_OK);
	ck_assert_int_eq(post_find(2, &before), ERR_OK);
	ck_assert_uint_eq(move(2), 1);

	ck_assert_str_eq(listed(), "3,1");
	ck_assert_str_eq(list_of("news:category:2"), "");
	ck_assert_str_eq(list_of("news:notices"), "");
	ck_assert_str_eq(keys_of("news:*:2"), "news:meta:2");
	ck_assert_str_eq(field("news:views:0", "2"), "");
	go_there();
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_str_eq(post.name, before.name);
	ck_assert_str_eq(post.title, "제목");
	ck_assert_str_eq(post.text, "edited");
	ck_assert_uint_eq(post.time_ms, before.time_ms);
	ck_assert_uint_eq(post.edited_ms, before.edited_ms);
	ck_assert_uint_eq(post.version, 1);
	ck_assert_uint_eq(post.recommends, 2);
	ck_assert_uint_eq(post.views, 12);
	ck_assert(post.has_password);
	ck_assert_mem_eq(
	    field(OTHER "news:meta:1", "password"), record, PASSWORD_BYTES);
	/* The other board's categories are others. */
	ck_assert_uint_eq(post.category, 0);
	ck_assert_int_eq(
	    change_read_versions(&here.store, 1, &versions, &count), ERR_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(versions[0].text, "t");
	ck_assert_str_eq(list_of(OTHER "post_id"), "1");
	ck_assert_str_eq(get(OTHER "last_id"), "1");
	ck_assert_str_eq(get(OTHER "madang:schema"), "3");
}
END_TEST

START_TEST(the_old_place_tells_where_it_went)
{
	struct change_post draft = draft_of("::1", "n", "r");
	struct change_words words = words_of("", "u");
	struct change_conflict conflict;
	struct change_posted posted;
	const char *before;
	struct post post;
	uint64_t other;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)move(1);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert(post.deleted);
	ck_assert_str_eq(post.moved, "other/1");
	ck_assert_str_eq(post.text, "");
	ck_assert_int_eq(post_find(2, &post), ERR_OK);
	ck_assert(post.deleted);
	ck_assert_str_eq(post.moved, "other/2");
	ck_assert_uint_eq(post_thread(1).count, 0);
	/* It is nothing that could be changed. */
	before = dump();
	draft.parent = 1;
	ck_assert_int_eq(
	    change_post(&here.store, &draft, &posted), ERR_NOT_FOUND);
	ck_assert_int_eq(
	    change_edit(&here.store, 1, 0, &words, &conflict), ERR_NOT_FOUND);
	ck_assert_int_eq(
	    change_delete(&here.store, 1, 100, &other), ERR_NOT_FOUND);
	ck_assert_int_eq(post_bring_back(1, &other), ERR_OK);
	ck_assert_uint_eq(other, 0);
	ck_assert_int_eq(change_notice(&here.store, 1, true), ERR_NOT_FOUND);
	ck_assert_int_eq(
	    change_move(&here.store, 1, "{third}:", "third", &other),
	    ERR_NOT_FOUND);
	/* Who didn't hear that it was moved and asks again is told so. */
	ck_assert_int_eq(
	    change_move(&here.store, 1, OTHER, "other", &other), ERR_OK);
	ck_assert_uint_eq(other, 1);
	ck_assert_str_eq(dump(), before);
	/* And its id is not given again. */
	(void)DO(&here.store, "DEL", "last_id");
	ck_assert_uint_eq(post_new("::1", "n", "u"), 4);
}
END_TEST

START_TEST(replies_move_along_in_their_order)
{
	static const uint64_t parents[] = {1, 2, 3, 1, 2};
	static const struct {
		uint64_t id, parent, depth;
		const char *text;
	} there[] = {
	    {12, 11, 1, "a"},
	    {13, 12, 2, "b"},
	    {14, 13, 3, "c"},
	    {15, 12, 2, "e"},
	    {16, 11, 1, "d"},
	};
	struct thread thread;

	(void)DO(&here.store, "SET", OTHER "last_id", "10");
	(void)DO(&here.store, "RPUSH", OTHER "post_id", "10");
	(void)DO(&here.store, "MSET", OTHER "news:name:10", "n",
	    OTHER "news:post:10", "t");
	(void)post_new("::1", "n", "t");
	for (size_t i = 0; i < 5; i++)
		(void)post_reply(
		    parents[i], (const char *[]){"a", "b", "c", "d", "e"}[i]);
	(void)post_recommend(3, "192.0.2.1");
	ck_assert_uint_eq(move(1), 11);
	ck_assert_str_eq(keys_of("news:replies:*"), "");
	ck_assert_str_eq(keys_of("news:name:*"), "");
	go_there();
	thread = post_thread(11);
	ck_assert_uint_eq(thread.count, 5);
	ck_assert_uint_eq(thread.post.replies, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_uint_eq(thread.replies[i].id, there[i].id);
		ck_assert_uint_eq(thread.replies[i].parent, there[i].parent);
		ck_assert_uint_eq(thread.replies[i].root, 11);
		ck_assert_uint_eq(thread.replies[i].depth, there[i].depth);
		ck_assert_str_eq(thread.replies[i].text, there[i].text);
	}
	ck_assert_uint_eq(thread.replies[1].recommends, 1);
	ck_assert_str_eq(listed(), "");
	ck_assert_str_eq(list_of(OTHER "post_id"), "11,10");
	/* The thread goes on. */
	ck_assert_uint_eq(post_reply(12, "f"), 17);
	ck_assert_str_eq(
	    list_of(OTHER "news:replies:11"), "12:1,13:2,14:3,15:2,17:2,16:1");
}
END_TEST

START_TEST(a_deleted_replys_place_moves_along)
{
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)post_reply(2, "b");
	post_delete(2);
	(void)move(1);
	go_there();
	thread = post_thread(1);
	ck_assert_uint_eq(thread.count, 2);
	ck_assert(thread.replies[0].deleted);
	ck_assert_str_eq(thread.replies[1].text, "b");
	ck_assert_uint_eq(thread.post.replies, 1);
	/* With its last reply it goes, there too. */
	post_delete(3);
	ck_assert_str_eq(list_of(OTHER "news:replies:1"), "");
	ck_assert_str_eq(keys_of(OTHER "news:meta:*"), OTHER "news:meta:1");
}
END_TEST

START_TEST(a_secret_moves_as_one)
{
	struct post post;

	(void)post_secret("T", "whisper");
	(void)move(1);
	ck_assert_str_eq(keys_of("news:secret:*"), "");
	go_there();
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert(post.secret);
	ck_assert_str_eq(get(OTHER "news:post:1"), POSTING_LOCK);
	ck_assert_str_eq(field(OTHER "news:secret:1", "text"), "whisper");
	ck_assert_str_eq(field(OTHER "news:secret:1", "title"), "T");
}
END_TEST

START_TEST(a_post_can_come_back)
{
	uint64_t moved;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)move(1);
	go_there();
	ck_assert_int_eq(change_move(&here.store, 1, "", "", &moved), ERR_OK);
	ck_assert_uint_eq(moved, 3);
	ck_assert_str_eq(field(OTHER "news:meta:1", "moved"), "/3");
	here.store.prefix = "";
	ck_assert_str_eq(listed(), "3");
	ck_assert_str_eq(list_of("news:replies:3"), "4:1");
	ck_assert_str_eq(field("news:meta:1", "moved"), "other/1");
}
END_TEST

START_TEST(only_a_post_of_the_list_can_be_moved)
{
	const char *before;
	uint64_t moved;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)post_new("::1", "n", "u");
	post_delete(3);
	before = dump();
	for (uint64_t id = 2; id <= 4; id++)
		ck_assert_int_eq(
		    change_move(&here.store, id, OTHER, "other", &moved),
		    ERR_NOT_FOUND);
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(what_was_deleted_before_is_restored_where_it_is_now)
{
	struct change_restored restored;
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)post_reply(2, "b");
	(void)post_reply(1, "c");
	post_delete(2);
	post_delete(4);
	(void)DO(&here.store, "SET", OTHER "last_id", "10");
	(void)move(1);
	ck_assert_int_eq(change_restore(&here.store, 2, &restored), ERR_OK);
	ck_assert_str_eq(restored.moved, "other/12");
	/* What left no place has none there. */
	ck_assert_int_eq(change_restore(&here.store, 4, &restored), ERR_OK);
	ck_assert_str_eq(restored.moved, "other/11");
	ck_assert_str_eq(keys_of("news:trash:*"), "news:trash:4~");
	go_there();
	post_restore(12);
	thread = post_thread(11);
	ck_assert_uint_eq(thread.count, 2);
	ck_assert_str_eq(thread.replies[0].text, "a");
	ck_assert_uint_eq(thread.replies[0].parent, 11);
	ck_assert_uint_eq(thread.replies[0].root, 11);
	ck_assert_uint_eq(thread.post.replies, 2);
}
END_TEST

/* The tutorial's app gives an id again, when last_id was set back. */
START_TEST(what_is_in_the_trash_by_the_same_id_stays_there)
{
	(void)post_new("::1", "n", "deleted");
	post_delete(1);
	(void)DO(&here.store, "SET", "news:name:1", "bob");
	(void)DO(&here.store, "SET", "news:post:1", "again");
	(void)DO(&here.store, "LPUSH", "post_id", "1");
	ck_assert_uint_eq(move(1), 1);
	ck_assert_str_eq(get(OTHER "news:post:1"), "again");
	ck_assert_str_eq(list_of(OTHER "post_id"), "1");
	ck_assert_str_eq(list_of("post_id"), "");
	ck_assert_str_eq(field("news:trash:1", "text"), "deleted");
}
END_TEST

START_TEST(what_others_wrote_into_a_thread_moves_nowhere)
{
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)DO(&here.store, "RPUSH", "news:replies:1", "junk");
	(void)post_reply(2, "b");
	(void)DO(&here.store, "RPUSH", "news:replies:1", "2:1");
	(void)move(1);
	go_there();
	ck_assert_str_eq(list_of(OTHER "news:replies:1"), "2:1,3:2");
	thread = post_thread(1);
	ck_assert_uint_eq(thread.count, 2);
	ck_assert_str_eq(thread.replies[0].moved, "");
	ck_assert_str_eq(thread.replies[0].text, "a");
}
END_TEST

/* What is on the other board: one post with one reply has no room there. */
static const char *const full[][3] = {
    {"SET", OTHER "last_id", "99999999999998"},
    {"SET", OTHER "last_id", "99999999999999"},
    {"SET", OTHER "last_id", "-1"},
    {"SET", OTHER "last_id", "1e3"},
    {"SET", OTHER "last_id", "many"},
    {"SET", OTHER "news:name:1", "taken"},
    {"SET", OTHER "news:post:1", "taken"},
    {"SET", OTHER "news:post:2", "taken"},
    {"SET", OTHER "news:meta:2", "taken"},
    {"SET", OTHER "news:trash:1", "taken"},
    {"SET", OTHER "news:replies:1", "taken"},
};

START_TEST(without_room_nothing_is_moved)
{
	const char *before;
	uint64_t moved;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)DO(&here.store, full[_i][0], full[_i][1], full[_i][2]);
	before = dump();
	ck_assert_int_eq(
	    change_move(&here.store, 1, OTHER, "other", &moved), ERR_INVALID);
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(the_last_ids_there_are_room)
{
	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)DO(&here.store, "SET", OTHER "last_id", "99999999999997");
	ck_assert_uint_eq(move(1), POST_ID_MAX - 1);
	ck_assert_str_eq(get(OTHER "last_id"), "99999999999999");
	ck_assert_str_eq(get(OTHER "news:post:99999999999999"), "r");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("move");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "move");
	tcase_add_test(tests, a_post_moves_with_all_that_it_has);
	tcase_add_test(tests, the_old_place_tells_where_it_went);
	tcase_add_test(tests, replies_move_along_in_their_order);
	tcase_add_test(tests, what_is_in_the_trash_by_the_same_id_stays_there);
	tcase_add_test(tests, what_others_wrote_into_a_thread_moves_nowhere);
	tcase_add_test(tests, a_deleted_replys_place_moves_along);
	tcase_add_test(
	    tests, what_was_deleted_before_is_restored_where_it_is_now);
	tcase_add_test(tests, a_secret_moves_as_one);
	tcase_add_test(tests, a_post_can_come_back);
	tcase_add_test(tests, only_a_post_of_the_list_can_be_moved);
	tcase_add_loop_test(
	    tests, without_room_nothing_is_moved, 0, ROWS(full));
	tcase_add_test(tests, the_last_ids_there_are_room);
	return support_run(suite);
}
