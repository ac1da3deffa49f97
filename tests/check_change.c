/*
 * Posting with all that a post can have, editing, notices and views.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "store/keys.h"

#include <stdio.h>
#include <string.h>

/* Posting */

/* What is asked for; what the post then has. */
static const struct {
	const char *title;
	uint64_t category;
	bool secret, password;
	const char *fields; /* of its meta, sorted, without time and password */
} kinds[] = {
    {"", 0, false, false, ""},
    {"제목", 0, false, false, "title=제목"},
    {"", 3, false, false, "category=3"},
    {"", 0, true, false, "flags=s"},
    {"T", 0, true, false, "flags=s"},
    {"", 0, false, true, "flags=p"},
    {"T", 2, true, true, "category=2,flags=sp"},
    {"T", 1, false, true, "category=1,flags=p,title=T"},
};

static const unsigned char record[PASSWORD_BYTES] = "salt\0and\xff hash";

static const char *
fields_of(uint64_t id)
{
	static const char script[] =
	    "local flat, out = redis.call('HGETALL', ARGV[1]), {} "
	    "for i = 1, #flat, 2 do if flat[i] ~= 'time' and "
	    "flat[i] ~= 'password' then out[#out + 1] = flat[i] .. '=' .. "
	    "flat[i + 1] end end table.sort(out) "
	    "return table.concat(out, ',')";

	return DO(&here.store, "EVAL", script, "0",
	    key_of_post(support_arena(), "", "news:meta:", id))
	    .text;
}

START_TEST(a_post_has_what_was_asked_for_and_no_more)
{
	struct change_post draft = draft_of("::1", "n", "");
	struct reply password;
	struct post post;

	draft.words = words_of(kinds[_i].title, "secret?");
	draft.words.category = kinds[_i].category;
	draft.words.secret = kinds[_i].secret;
	draft.password = kinds[_i].password ? record : NULL;
	ck_assert_uint_eq(post_draft(&draft), 1);
	ck_assert_str_eq(fields_of(1), kinds[_i].fields);
	password = DO(&here.store, "HGET", "news:meta:1", "password");
	ck_assert_int_eq(password.type == REPLY_TEXT, kinds[_i].password);
	if (kinds[_i].password)
		ck_assert_mem_eq(password.text, record, PASSWORD_BYTES);
	ck_assert_str_eq(
	    get("news:post:1"), kinds[_i].secret ? POSTING_LOCK : "secret?");
	ck_assert_str_eq(
	    field("news:secret:1", "text"), kinds[_i].secret ? "secret?" : "");
	ck_assert_str_eq(field("news:secret:1", "title"),
	    kinds[_i].secret ? kinds[_i].title : "");
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_int_eq(post.secret, kinds[_i].secret);
	ck_assert_int_eq(post.has_password, kinds[_i].password);
	ck_assert_uint_eq(post.category, kinds[_i].category);
	ck_assert_str_eq(post.title, kinds[_i].secret ? "" : kinds[_i].title);
	ck_assert_str_eq(post.text, kinds[_i].secret ? "" : "secret?");
}
END_TEST

START_TEST(a_category_lists_its_posts_newest_first)
{
	struct change_post draft = draft_of("::1", "n", "t");
	char text[8];

	for (unsigned i = 1; i <= 6; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		draft.words = words_of("", text);
		draft.words.category = i % 3;
		ck_assert_uint_eq(post_draft(&draft), i);
	}
	ck_assert_str_eq(list_of("news:category:1"), "4,1");
	ck_assert_str_eq(list_of("news:category:2"), "5,2");
	ck_assert_str_eq(listed(), "6,5,4,3,2,1");
	ck_assert_int_eq(
	    DO(&here.store, "EXISTS", "news:category:0").integer, 0);
}
END_TEST

/* Beside a post without title, category and secret. */
START_TEST(another_title_category_or_secret_is_another_post)
{
	struct change_post drafts[5];
	struct change_posted posted;

	for (int i = 0; i < 5; i++)
		drafts[i] = draft_of("::1", "n", "t");
	drafts[1].words.title = "t";
	drafts[1].words.title_length = 1;
	drafts[2].words.category = 1;
	drafts[3].words.secret = true;
	drafts[4].words.category = 11;
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(post_draft(&drafts[i]), i + 1);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(
		    change_post(&here.store, &drafts[i], &posted), ERR_OK);
		ck_assert(posted.again);
		ck_assert_uint_eq(posted.id, i + 1);
	}
}
END_TEST

START_TEST(a_post_edited_meanwhile_is_still_the_same_post)
{
	struct change_post draft = draft_of("::1", "n", "t");
	struct change_words words = words_of("", "u");
	struct change_posted posted;

	words.name = "m";
	ck_assert_uint_eq(post_draft(&draft), 1);
	post_edit(1, 0, &words);
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	ck_assert(posted.again);
	ck_assert_uint_eq(posted.id, 1);
	ck_assert_str_eq(get("news:post:1"), "u");
}
END_TEST

/* Editing */

START_TEST(an_edit_keeps_what_was_there)
{
	struct change_version *versions;
	struct change_words words = words_of("new title", "b");
	struct post before;
	struct post post;
	size_t count;

	ck_assert_uint_eq(post_new("::1", "old name", "a"), 1);
	ck_assert_int_eq(post_find(1, &before), ERR_OK);
	post_edit(1, 0, &words);
	words.title_length = 0;
	words.text = "c";
	post_edit(1, 1, &words);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_str_eq(post.text, "c");
	ck_assert_str_eq(post.title, "");
	ck_assert_str_eq(post.name, "n");
	ck_assert_uint_eq(post.version, 2);
	ck_assert_uint_eq(post.time_ms, before.time_ms);
	ck_assert_uint_ge(post.edited_ms, before.time_ms);
	ck_assert_int_eq(
	    change_read_versions(&here.store, 1, &versions, &count), ERR_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(versions[0].title, "new title");
	ck_assert_str_eq(versions[0].text, "b");
	ck_assert_str_eq(versions[0].name, "n");
	ck_assert_uint_ge(versions[0].time_ms, before.time_ms);
	ck_assert_str_eq(versions[1].name, "old name");
	ck_assert_str_eq(versions[1].title, "");
	ck_assert_str_eq(versions[1].text, "a");
	ck_assert_uint_eq(versions[1].time_ms, before.time_ms);
	ck_assert_str_eq(listed(), "1");
}
END_TEST

START_TEST(no_more_than_twenty_versions_are_kept)
{
	struct change_version *versions;
	size_t count;
	char text[8];

	(void)post_new("::1", "n", "0");
	for (unsigned i = 1; i <= 25; i++) {
		struct change_words words;

		(void)snprintf(text, sizeof(text), "%u", i);
		words = words_of("", text);
		post_edit(1, i - 1, &words);
	}
	ck_assert_int_eq(
	    change_read_versions(&here.store, 1, &versions, &count), ERR_OK);
	ck_assert_uint_eq(count, CHANGE_VERSIONS_MAX);
	ck_assert_str_eq(versions[0].text, "24");
	ck_assert_str_eq(versions[19].text, "5");
	ck_assert_int_eq(
	    DO(&here.store, "LLEN", "news:versions:1").integer, 20);
}
END_TEST

START_TEST(a_post_of_the_tutorial_can_be_edited)
{
	struct change_version *versions;
	struct change_words words = words_of("T", "b");
	size_t count;

	(void)DO(&here.store, "MSET", "last_id", "1", "news:name:1", "a",
	    "news:post:1", "A");
	(void)DO(&here.store, "LPUSH", "post_id", "1");
	post_edit(1, 0, &words);
	ck_assert_int_eq(
	    change_read_versions(&here.store, 1, &versions, &count), ERR_OK);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(versions[0].time_ms, 0);
	ck_assert_str_eq(versions[0].text, "A");
}
END_TEST

START_TEST(a_conflict_tells_what_is_there_and_writes_nothing)
{
	struct change_words first = words_of("T", "first");
	struct change_words second = words_of("U", "second");
	struct change_conflict conflict;
	const char *before;

	(void)post_new("::1", "n", "t");
	post_edit(1, 0, &first);
	for (uint64_t version = 0; version <= 2; version += 2) {
		before = dump();
		ck_assert_int_eq(
		    change_edit(&here.store, 1, version, &second, &conflict),
		    ERR_OK);
		ck_assert(conflict.found);
		ck_assert_uint_eq(conflict.version, 1);
		ck_assert_str_eq(conflict.name, "n");
		ck_assert_str_eq(conflict.title, "T");
		ck_assert_str_eq(conflict.text, "first");
		ck_assert_str_eq(dump(), before);
	}
	post_edit(1, 1, &second);
	ck_assert_str_eq(get("news:post:1"), "second");
}
END_TEST

START_TEST(a_conflict_over_a_secret_tells_its_words)
{
	struct change_words words = words_of("T", "first");
	struct change_conflict conflict;

	words.secret = true;
	words.category = 2;
	(void)post_secret("", "hidden");
	post_edit(1, 0, &words);
	words.text_length = 3;
	words.secret = false;
	words.category = 0;
	ck_assert_int_eq(
	    change_edit(&here.store, 1, 0, &words, &conflict), ERR_OK);
	ck_assert(conflict.found);
	ck_assert_str_eq(conflict.title, "T");
	ck_assert_str_eq(conflict.text, "first");
	ck_assert(conflict.secret);
	ck_assert_uint_eq(conflict.category, 2);
}
END_TEST

START_TEST(the_second_try_of_an_edit_is_no_conflict)
{
	struct change_words words = words_of("T", "u");
	const char *before;

	words.secret = true;
	words.category = 2;
	(void)post_new("::1", "n", "t");
	post_edit(1, 0, &words);
	before = dump();
	post_edit(1, 0, &words);
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(an_edit_that_changes_nothing_makes_no_version)
{
	struct change_words words = words_of("T", "t");
	struct change_post draft = draft_of("::1", "n", "t");
	const char *before;

	words.category = 3;
	words.secret = _i == 1;
	draft.words = words;
	(void)post_draft(&draft);
	before = dump();
	post_edit(1, 0, &words);
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* The categories of post 2 one after another; what its lists then hold. */
static const struct {
	uint64_t category;
	const char *lists[3]; /* of categories 1 to 3 */
} moves[] = {
    {1, {"3,2,1", "4", ""}},
    {2, {"3,1", "4,2", ""}},
    {3, {"3,1", "4", "2"}},
    {0, {"3,1", "4", ""}},
    {1, {"3,2,1", "4", ""}},
};

START_TEST(an_edit_moves_between_categories_in_order)
{
	static const uint64_t categories[] = {1, 2, 1, 2};
	struct change_post draft = draft_of("::1", "n", "t");
	char text[2] = "a";
	uint64_t version = 0;

	for (int i = 0; i < 4; i++, text[0]++) {
		draft.words = words_of("", text);
		draft.words.category = categories[i];
		(void)post_draft(&draft);
	}
	for (int i = 0; i < ROWS(moves); i++, text[0]++) {
		draft.words = words_of("", text);
		draft.words.category = moves[i].category;
		post_edit(2, version++, &draft.words);
		ck_assert_str_eq(list_of("news:category:1"), moves[i].lists[0]);
		ck_assert_str_eq(list_of("news:category:2"), moves[i].lists[1]);
		ck_assert_str_eq(list_of("news:category:3"), moves[i].lists[2]);
		ck_assert_str_eq(listed(), "4,3,2,1");
	}
}
END_TEST

START_TEST(secrecy_moves_the_words_both_ways)
{
	struct change_words words = words_of("title", "whisper");
	struct post post;

	(void)post_new("::1", "n", "t");
	for (uint64_t version = 0; version < 4; version++) {
		words.secret = version % 2 == 0;
		post_edit(1, version, &words);
		ck_assert_str_eq(get("news:post:1"),
		    words.secret ? POSTING_LOCK : "whisper");
		ck_assert_str_eq(
		    field("news:meta:1", "title"), words.secret ? "" : "title");
		ck_assert_int_eq(
		    DO(&here.store, "EXISTS", "news:secret:1").integer,
		    words.secret);
		ck_assert_str_eq(field("news:secret:1", "text"),
		    words.secret ? "whisper" : "");
		ck_assert_int_eq(post_find(1, &post), ERR_OK);
		ck_assert_int_eq(post.secret, words.secret);
		ck_assert_uint_eq(post.version, version + 1);
	}
}
END_TEST

START_TEST(an_edit_leaves_the_other_flags)
{
	struct change_post draft = draft_of("::1", "n", "t");
	struct change_words words = words_of("", "u");
	struct post post;

	draft.password = record;
	(void)post_draft(&draft);
	words.secret = true;
	post_edit(1, 0, &words);
	words.secret = false;
	words.text = "v";
	post_edit(1, 1, &words);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert(post.has_password);
	ck_assert(!post.secret);
	ck_assert_str_eq(field("news:meta:1", "flags"), "p");
}
END_TEST

START_TEST(an_edited_reply_has_neither_category_nor_secret)
{
	struct change_words words = words_of("", "edited");
	struct post post;

	(void)post_new("::1", "n", "t");
	ck_assert_uint_eq(post_reply(1, "reply"), 2);
	words.category = 2;
	words.secret = true;
	post_edit(2, 0, &words);
	ck_assert_str_eq(get("news:post:2"), "edited");
	ck_assert_int_eq(post_find(2, &post), ERR_OK);
	ck_assert(!post.secret);
	ck_assert_uint_eq(post.category, 0);
	ck_assert_uint_eq(post.version, 1);
	/* And what is the same but for these is the same. */
	post_edit(2, 1, &words);
	ck_assert_int_eq(post_find(2, &post), ERR_OK);
	ck_assert_uint_eq(post.version, 1);
}
END_TEST

START_TEST(what_is_gone_can_not_be_edited)
{
	struct change_words words = words_of("", "u");
	struct change_conflict conflict;
	const char *before;

	(void)post_new("::1", "n", "t");
	post_delete(1);
	before = dump();
	for (uint64_t id = 1; id <= 2; id++) {
		ck_assert_int_eq(
		    change_edit(&here.store, id, 0, &words, &conflict),
		    ERR_NOT_FOUND);
		ck_assert(!conflict.found);
	}
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* Notices and views */

START_TEST(notices_stand_above_in_the_order_of_ids)
{
	static const uint64_t ids[] = {2, 4, 3, 2};
	struct board_query query = {
	    .number = 1, .size = 20, .part = POST_ROW, .notices = true};
	struct board_page page;

	for (char text[] = "a"; text[0] <= 'e'; text[0]++)
		(void)post_new("::1", "n", text);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
		    change_notice(&here.store, ids[i], true), ERR_OK);
	ck_assert_str_eq(list_of("news:notices"), "4,3,2");
	ck_assert_int_eq(board_read_page(&here.store, &query, &page), ERR_OK);
	ck_assert_uint_eq(page.notices_count, 3);
	ck_assert_uint_eq(page.notices[0].id, 4);
	ck_assert_uint_eq(page.notices[2].id, 2);
	ck_assert_uint_eq(page.count, 5);
	ck_assert_uint_eq(page.posts[0].id, 5);
	ck_assert_int_eq(change_notice(&here.store, 3, false), ERR_OK);
	ck_assert_int_eq(change_notice(&here.store, 3, false), ERR_OK);
	ck_assert_int_eq(change_notice(&here.store, 5, false), ERR_OK);
	ck_assert_str_eq(list_of("news:notices"), "4,2");
	ck_assert_str_eq(listed(), "5,4,3,2,1");
}
END_TEST

START_TEST(only_a_post_of_the_list_can_be_a_notice)
{
	const char *before;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "reply");
	(void)post_new("::1", "n", "gone");
	post_delete(3);
	before = dump();
	for (uint64_t id = 2; id <= 4; id++)
		for (int on = 0; on < 2; on++)
			ck_assert_int_eq(
			    change_notice(&here.store, id, on == 1),
			    ERR_NOT_FOUND);
	ck_assert_str_eq(dump(), before);
}
END_TEST

START_TEST(views_are_added_up_for_what_is_there)
{
	static const struct change_views views[] = {
	    {1, 3}, {2, 1}, {99, 5}, {1, 4}, {150, 2}};
	struct post post;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "reply");
	(void)DO(&here.store, "MSET", "last_id", "150", "news:name:150", "a",
	    "news:post:150", "A");
	ck_assert_int_eq(change_views(&here.store, views, 5), ERR_OK);
	ck_assert_str_eq(field("news:views:0", "1"), "7");
	ck_assert_str_eq(field("news:views:0", "2"), "1");
	ck_assert_str_eq(field("news:views:0", "99"), "");
	ck_assert_str_eq(field("news:views:1", "150"), "2");
	ck_assert_int_eq(change_views(&here.store, NULL, 0), ERR_OK);
	ck_assert_int_eq(post_find(1, &post), ERR_OK);
	ck_assert_uint_eq(post.views, 7);
}
END_TEST

START_TEST(as_many_views_as_can_be_go_at_once)
{
	struct change_views views[CHANGE_VIEWS_MAX];

	for (unsigned i = 0; i < CHANGE_VIEWS_MAX; i++) {
		char text[] = {(char)('a' + i), '\0'};

		views[i] = (struct change_views){i + 1, i + 1};
		ck_assert_uint_eq(post_new("::1", "n", text), i + 1);
	}
	ck_assert_int_eq(
	    change_views(&here.store, views, CHANGE_VIEWS_MAX), ERR_OK);
	for (unsigned i = 1; i <= CHANGE_VIEWS_MAX; i++) {
		struct post post;

		ck_assert_int_eq(post_find(i, &post), ERR_OK);
		ck_assert_uint_eq(post.views, i);
	}
}
END_TEST

static void
add_editing(Suite *suite)
{
	TCase *editing = server_case(suite, "editing");

	tcase_add_test(editing, an_edit_keeps_what_was_there);
	tcase_add_test(editing, no_more_than_twenty_versions_are_kept);
	tcase_add_test(editing, a_post_of_the_tutorial_can_be_edited);
	tcase_add_test(
	    editing, a_conflict_tells_what_is_there_and_writes_nothing);
	tcase_add_test(editing, a_conflict_over_a_secret_tells_its_words);
	tcase_add_test(editing, the_second_try_of_an_edit_is_no_conflict);
	tcase_add_loop_test(
	    editing, an_edit_that_changes_nothing_makes_no_version, 0, 2);
	tcase_add_test(editing, an_edit_moves_between_categories_in_order);
	tcase_add_test(editing, secrecy_moves_the_words_both_ways);
	tcase_add_test(editing, an_edit_leaves_the_other_flags);
	tcase_add_test(
	    editing, an_edited_reply_has_neither_category_nor_secret);
	tcase_add_test(editing, what_is_gone_can_not_be_edited);
}

int
main(void)
{
	Suite *suite = suite_create("change");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "posting");
	tcase_add_loop_test(
	    tests, a_post_has_what_was_asked_for_and_no_more, 0, ROWS(kinds));
	tcase_add_test(tests, a_category_lists_its_posts_newest_first);
	tcase_add_test(tests, another_title_category_or_secret_is_another_post);
	tcase_add_test(tests, a_post_edited_meanwhile_is_still_the_same_post);
	add_editing(suite);
	tests = server_case(suite, "notices and views");
	tcase_add_test(tests, notices_stand_above_in_the_order_of_ids);
	tcase_add_test(tests, only_a_post_of_the_list_can_be_a_notice);
	tcase_add_test(tests, views_are_added_up_for_what_is_there);
	tcase_add_test(tests, as_many_views_as_can_be_go_at_once);
	return support_run(suite);
}
