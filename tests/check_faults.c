/*
 * Keys that are not what they must be, since somebody else wrote them: each
 * change of a board is made wholly, or it fails and nothing is changed.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "store/keys.h"

#include <string.h>

#define OTHER "{other}:"

static enum err
change_with_category(uint64_t parent, bool secret)
{
	struct change_post draft = draft_of("::1", "n", "new");
	struct change_posted posted;

	draft.parent = parent;
	draft.words.category = 1;
	draft.words.secret = secret;
	return change_post(&here.store, &draft, &posted);
}

static enum err
post_plain(void)
{
	return change_with_category(0, false);
}

static enum err
post_hidden(void)
{
	return change_with_category(0, true);
}

static enum err
reply_to_post(void)
{
	return change_with_category(1, false);
}

static enum err
reply_to_reply(void)
{
	return change_with_category(2, false);
}

static enum err
edit(bool secret, uint64_t category)
{
	struct change_words words = words_of("T", "edited");
	struct change_conflict conflict;

	words.secret = secret;
	words.category = category;
	return change_edit(&here.store, 1, 1, &words, &conflict);
}

static enum err
edit_to_secret(void)
{
	return edit(true, 2);
}

static enum err
edit_to_open(void)
{
	return edit(false, 0);
}

static enum err
delete_id(uint64_t id)
{
	uint64_t root;

	return change_delete(&here.store, id, 100, &root);
}

static enum err
delete_post(void)
{
	return delete_id(1);
}

static enum err
delete_reply(void)
{
	return delete_id(3);
}

static enum err
restore_id(uint64_t id)
{
	uint64_t parent;

	return post_bring_back(id, &parent);
}

static enum err
restore_post(void)
{
	return restore_id(4);
}

static enum err
restore_reply(void)
{
	return restore_id(5);
}

static enum err
recommend(void)
{
	bool on;

	return post_try_recommend(1, "192.0.2.9", &on);
}

static enum err
notice_on(void)
{
	return change_notice(&here.store, 6, true);
}

static enum err
notice_off(void)
{
	return change_notice(&here.store, 1, false);
}

static enum err
add_views(void)
{
	static const struct change_views views[] = {{1, 1}, {2, 1}};

	return change_views(&here.store, views, 2);
}

static enum err
move(void)
{
	uint64_t moved;

	return change_move(&here.store, 1, OTHER, "other", &moved);
}

static enum err
set_board(void)
{
	here.store.prefix = OTHER;
	return change_board(&here.store, "other", "Title", "Category");
}

static enum err
set_first_board(void)
{
	return change_board(&here.store, "", "Title", "Category");
}

static enum err (*const changes[])(void) = {post_plain, post_hidden,
    reply_to_post, reply_to_reply, edit_to_secret, edit_to_open, delete_post,
    delete_reply, restore_post, restore_reply, recommend, notice_on, notice_off,
    add_views, move, set_board, set_first_board};

static const char *const keys[] = {"last_id", "post_id", "news:name:1",
    "news:post:1", "news:meta:1", "news:meta:2", "news:secret:1",
    "news:replies:1", "news:versions:1", "news:recommend:1", "news:trash:1",
    "news:trash:3", "news:trash:4", "news:trash:5", "news:views:0",
    "news:category:1", "news:category:2", "news:notices", "madang:board",
    "madang:boards", "madang:secret", "madang:schema", OTHER "last_id",
    OTHER "post_id", OTHER "news:name:2", OTHER "news:post:2",
    OTHER "news:replies:1", OTHER "news:versions:1", OTHER "news:views:0",
    OTHER "madang:board", OTHER "madang:schema"};

/*
 * A post in a category with a thread of two and everything that a post can
 * have, as id 1; 4 and the reply 5 are in the trash; 6 has nothing.
 */
static void
set_up_board(void)
{
	static const struct change_views views[] = {{1, 5}, {3, 2}};
	struct change_post draft = draft_of("::1", "n", "t");
	struct change_words words = words_of("T", "u");

	draft.words.category = 1;
	ck_assert_uint_eq(post_draft(&draft), 1);
	ck_assert_uint_eq(post_reply(1, "a"), 2);
	ck_assert_uint_eq(post_reply(2, "b"), 3);
	draft.words.text = "v";
	ck_assert_uint_eq(post_draft(&draft), 4);
	ck_assert_uint_eq(post_reply(2, "c"), 5);
	ck_assert_uint_eq(post_new("::1", "n", "d"), 6);
	words.category = 1;
	post_edit(1, 0, &words);
	ck_assert_int_eq(recommend(), ERR_OK);
	ck_assert_int_eq(change_notice(&here.store, 1, true), ERR_OK);
	ck_assert_int_eq(change_views(&here.store, views, 2), ERR_OK);
	post_delete(4);
	post_delete(5);
}

static void
spoil(const char *key)
{
	bool string = strcmp(DO(&here.store, "TYPE", key).text, "string") == 0;

	(void)DO(&here.store, "DEL", key);
	if (string)
		(void)DO(&here.store, "RPUSH", key, "spoilt");
	else
		(void)DO(&here.store, "SET", key, "spoilt");
}

START_TEST(a_change_that_meets_a_spoilt_key_is_whole_or_nothing)
{
	for (int i = 0; i < ROWS(keys); i++) {
		const char *before;
		enum err err;

		here.store.prefix = "";
		(void)DO(&here.store, "FLUSHALL");
		set_up_board();
		spoil(keys[i]);
		before = dump();
		err = changes[_i]();
		if (err != ERR_OK)
			ck_assert_msg(strcmp(dump(), before) == 0,
			    "change %d with a spoilt %s was\n%s\nis\n%s", _i,
			    keys[i], before, dump());
		arena_reset(here.store.arena);
	}
}
END_TEST

START_TEST(every_change_works_with_keys_that_are_fine)
{
	set_up_board();
	ck_assert_int_eq(changes[_i](), ERR_OK);
}
END_TEST

START_TEST(a_newer_madangs_board_is_left_alone)
{
	const char *before;

	set_up_board();
	(void)DO(&here.store, "MSET", "madang:schema", "4",
	    OTHER "madang:schema", "4");
	before = dump();
	ck_assert_int_eq(changes[_i](), ERR_UNAVAILABLE);
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* The board where a post shall go is a newer one's, this one is not. */
START_TEST(nothing_is_moved_to_a_newer_madangs_board)
{
	const char *before;

	set_up_board();
	(void)DO(&here.store, "SET", OTHER "madang:schema", "4");
	before = dump();
	ck_assert_int_eq(move(), ERR_UNAVAILABLE);
	ck_assert_str_eq(dump(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("faults");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "spoilt keys");
	tcase_add_loop_test(tests, every_change_works_with_keys_that_are_fine,
	    0, ROWS(changes));
	tcase_add_loop_test(tests,
	    a_change_that_meets_a_spoilt_key_is_whole_or_nothing, 0,
	    ROWS(changes));
	tcase_add_loop_test(
	    tests, a_newer_madangs_board_is_left_alone, 0, ROWS(changes));
	tcase_add_test(tests, nothing_is_moved_to_a_newer_madangs_board);
	return support_run(suite);
}
