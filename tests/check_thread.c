/*
 * Threads: in which order replies are kept and read, by pages, and who may
 * read them.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "board/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A thread as it must be */

#define TREE_MAX 200

/* Replies in the order of ids; the post itself is 0. */
struct tree {
	size_t count; /* with the post */
	uint64_t ids[TREE_MAX + 1];
	size_t parents[TREE_MAX + 1];
	uint64_t depths[TREE_MAX + 1];
	size_t order[TREE_MAX]; /* of reading: those below the post */
	size_t ordered;
};

static void
walk(struct tree *tree, size_t node)
{
	for (size_t i = node + 1; i < tree->count; i++) {
		if (tree->parents[i] != node)
			continue;
		tree->order[tree->ordered++] = i;
		walk(tree, i);
	}
}

static void
put_in_order(struct tree *tree)
{
	tree->ordered = 0;
	walk(tree, 0);
	ck_assert_uint_eq(tree->ordered, tree->count - 1);
}

static uint64_t
place_of(const struct tree *tree, size_t node)
{
	uint64_t place = 0;

	while (tree->order[place] != node)
		place++;
	return place;
}

/* A reply to one of the tree's; what is told of it must be right. */
static void
reply_in(struct tree *tree, size_t parent)
{
	struct change_post draft = draft_of("::1", "n", "");
	size_t node = tree->count++;
	struct change_posted posted;
	char text[24];

	(void)snprintf(text, sizeof(text), "reply %zu", node);
	draft.words = words_of("", text);
	draft.parent = tree->ids[parent];
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	tree->ids[node] = posted.id;
	tree->parents[node] = parent;
	tree->depths[node] = tree->depths[parent] + 1;
	put_in_order(tree);
	ck_assert(!posted.again);
	ck_assert_uint_eq(posted.root, tree->ids[0]);
	ck_assert_uint_eq(posted.place, place_of(tree, node));
}

static void
begin_tree(struct tree *tree)
{
	*tree = (struct tree){.count = 1};
	tree->ids[0] = post_new("::1", "n", "the post");
}

/* A page of the thread is that slice of the tree. */
static void
expect_page(const struct tree *tree, uint64_t number, uint64_t size)
{
	struct thread_query query = {
	    .id = tree->ids[0], .number = number, .size = size, .token = ""};
	size_t first = (size_t)((number - 1) * size);
	struct thread thread;

	here.store.round_trips = 0;
	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	ck_assert_uint_le(here.store.round_trips, 2);
	ck_assert_uint_eq(thread.total, tree->count - 1);
	ck_assert_uint_eq(thread.post.replies, tree->count - 1);
	ck_assert_uint_eq(thread.count,
	    tree->ordered - first < size ? tree->ordered - first : size);
	for (size_t i = 0; i < thread.count; i++) {
		const struct post *reply = &thread.replies[i];
		size_t node = tree->order[first + i];

		ck_assert_uint_eq(reply->id, tree->ids[node]);
		ck_assert_uint_eq(reply->depth, tree->depths[node]);
		ck_assert_uint_eq(reply->root, tree->ids[0]);
		ck_assert_uint_eq(
		    reply->parent, tree->ids[tree->parents[node]]);
		ck_assert_uint_eq(strtoul(reply->text + 6, NULL, 10), node);
	}
}

static void
expect_tree(const struct tree *tree)
{
	static const uint64_t sizes[] = {1, 7, 50, 100};

	for (int i = 0; i < ROWS(sizes); i++)
		for (uint64_t page = 1; (page - 1) * sizes[i] < tree->ordered;
		     page++) {
			expect_page(tree, page, sizes[i]);
			arena_reset(here.store.arena);
		}
}

/* See scripts/post.lua. */
#define DEPTH_MAX   100
#define REPLIES_MAX "10000"

/* How far up a reply may reach for its parent: 0 is anywhere. */
static const size_t reaches[] = {0, 1, 3, 20, 200};

START_TEST(replies_stand_behind_what_they_reply_to)
{
	struct sample chance;
	struct tree tree;

	sample_begin(&chance, (uint64_t)_i + 1);
	begin_tree(&tree);
	for (size_t i = 0; i < TREE_MAX; i++) {
		size_t reach = reaches[_i] == 0 || reaches[_i] > tree.count
				   ? tree.count
				   : reaches[_i];

		size_t parent =
		    tree.count - 1 - (size_t)sample_below(&chance, reach);

		/* Deeper than this a thread takes no reply. */
		reply_in(&tree, tree.depths[parent] < DEPTH_MAX ? parent : 0);
		arena_reset(here.store.arena);
	}
	expect_tree(&tree);
	ck_assert_str_eq(listed(), "1");
}
END_TEST

START_TEST(a_thread_is_not_too_deep)
{
	struct change_post draft = draft_of("::1", "n", "one too many");
	struct change_posted posted;
	uint64_t last = post_new("::1", "n", "the post");

	for (int i = 0; i < DEPTH_MAX; i++) {
		char text[24];

		(void)snprintf(text, sizeof(text), "reply %d", i);
		last = post_reply(last, text);
		arena_reset(here.store.arena);
	}
	draft.parent = last;
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_FULL);
	draft.parent = 1;
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
}
END_TEST

START_TEST(a_thread_is_not_too_long)
{
	struct change_post draft = draft_of("::1", "n", "one too many");
	struct change_posted posted;

	(void)post_new("::1", "n", "the post");
	(void)DO(&here.store, "EVAL",
	    "for i = 2, " REPLIES_MAX " do "
	    "redis.call('RPUSH', 'news:replies:1', i .. ':1') end",
	    "0");
	(void)DO(&here.store, "SET", "last_id", "20000");
	draft.parent = 1;
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	draft.words = words_of("", "another");
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_FULL);
	/* The first one is there all the same. */
	draft.words = words_of("", "one too many");
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	ck_assert(posted.again);
}
END_TEST

START_TEST(threads_that_grow_at_once_do_not_mix)
{
	struct sample chance;
	struct tree trees[3];

	sample_begin(&chance, 7);
	for (int i = 0; i < 3; i++) {
		trees[i] = (struct tree){.count = 1};
		trees[i].ids[0] =
		    post_new("::1", "n", (const char *[]){"a", "b", "c"}[i]);
	}
	for (int i = 0; i < 120; i++) {
		struct tree *tree = &trees[sample_below(&chance, 3)];

		reply_in(tree, (size_t)sample_below(&chance, tree->count));
		arena_reset(here.store.arena);
	}
	for (int i = 0; i < 3; i++)
		expect_tree(&trees[i]);
	ck_assert_str_eq(listed(), "3,2,1");
}
END_TEST

START_TEST(a_reply_to_a_secret_post_tells_that_it_is_one)
{
	struct thread_place place;
	struct post reply;

	(void)post_secret("", "hidden");
	(void)post_reply(1, "a");
	ck_assert_int_eq(post_find(2, &reply), ERR_OK);
	ck_assert_int_eq(thread_locate(&here.store, &reply, &place), ERR_OK);
	ck_assert(place.secret);
}
END_TEST

START_TEST(what_others_wrote_into_a_thread_is_passed_over)
{
	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)DO(&here.store, "RPUSH", "news:replies:1", "junk");
	(void)DO(&here.store, "RPUSH", "news:replies:1", "7:x");
	(void)post_reply(2, "b");
	(void)post_reply(1, "c");
	ck_assert_str_eq(list_of("news:replies:1"), "2:1,junk,7:x,3:2,4:1");
	ck_assert_uint_eq(post_thread(1).count, 3);
	/* What is deleted keeps its place: "b" is below it. */
	post_delete(2);
	ck_assert_uint_eq(post_thread(1).count, 3);
	ck_assert(post_thread(1).replies[0].deleted);
}
END_TEST

START_TEST(every_reply_is_found_at_its_place)
{
	struct sample chance;
	struct tree tree;

	sample_begin(&chance, 11);
	begin_tree(&tree);
	for (int i = 0; i < 40; i++)
		reply_in(&tree, (size_t)sample_below(&chance, tree.count));
	for (size_t i = 1; i < tree.count; i++) {
		struct post reply;
		struct thread_place place;

		ck_assert_int_eq(post_find(tree.ids[i], &reply), ERR_OK);
		here.store.round_trips = 0;
		ck_assert_int_eq(
		    thread_locate(&here.store, &reply, &place), ERR_OK);
		ck_assert_uint_eq(here.store.round_trips, 1);
		ck_assert_uint_eq(place.number, place_of(&tree, i));
		ck_assert(!place.secret);
	}
	ck_assert_int_eq(thread_locate(&here.store,
			     &(struct post){.id = 99, .root = 1, .depth = 1},
			     &(struct thread_place){0}),
	    ERR_NOT_FOUND);
}
END_TEST

/* Replies */

START_TEST(a_reply_knows_its_thread)
{
	struct change_post draft = draft_of("::1", "n", "r");
	struct post post;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	draft.parent = 2;
	draft.by_writer = true;
	draft.words.category = 4;
	draft.words.secret = true;
	ck_assert_uint_eq(post_draft(&draft), 3);
	ck_assert_int_eq(post_find(3, &post), ERR_OK);
	ck_assert_uint_eq(post.parent, 2);
	ck_assert_uint_eq(post.root, 1);
	ck_assert_uint_eq(post.depth, 2);
	ck_assert(post.by_writer);
	/* A reply has neither of these. */
	ck_assert(!post.secret);
	ck_assert_uint_eq(post.category, 0);
	ck_assert_str_eq(get("news:post:3"), "r");
	ck_assert_str_eq(keys_of("news:category:*"), "");
	ck_assert_str_eq(list_of("news:replies:1"), "2:1,3:2");
	ck_assert_str_eq(keys_of("news:replies:*"), "news:replies:1");
	ck_assert_str_eq(field("news:meta:1", "replies"), "2");
	ck_assert_str_eq(listed(), "1");
}
END_TEST

START_TEST(a_post_of_the_tutorial_can_be_replied_to)
{
	(void)DO(&here.store, "MSET", "last_id", "1", "news:name:1", "a",
	    "news:post:1", "A");
	(void)DO(&here.store, "LPUSH", "post_id", "1");
	ck_assert_uint_eq(post_reply(1, "r"), 2);
	ck_assert_uint_eq(post_thread(1).post.replies, 1);
	ck_assert_str_eq(post_thread(1).replies[0].text, "r");
}
END_TEST

START_TEST(the_same_reply_again_is_the_first)
{
	struct change_post draft = draft_of("::1", "n", "r");
	struct change_posted posted;
	const char *before;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "first");
	draft.parent = 1;
	ck_assert_uint_eq(post_draft(&draft), 3);
	before = dump();
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	ck_assert(posted.again);
	ck_assert_uint_eq(posted.id, 3);
	ck_assert_uint_eq(posted.root, 1);
	ck_assert_uint_eq(posted.place, 1);
	ck_assert_str_eq(dump(), before);
	/* To another it is another. */
	draft.parent = 2;
	ck_assert_uint_eq(post_draft(&draft), 4);
}
END_TEST

START_TEST(what_is_gone_can_not_be_replied_to)
{
	struct change_post draft = draft_of("::1", "n", "r");
	struct change_posted posted;
	const char *before;

	(void)post_new("::1", "n", "t");
	ck_assert_uint_eq(post_reply(1, "kept by its reply"), 2);
	ck_assert_uint_eq(post_reply(2, "reply"), 3);
	ck_assert_uint_eq(post_reply(1, "alone"), 4);
	ck_assert_uint_eq(post_new("::1", "n", "alone"), 5);
	post_delete(2);
	post_delete(4);
	post_delete(5);
	before = dump();
	for (uint64_t id = 2; id <= 99; id += id == 2 ? 2 : id == 4 ? 1 : 94) {
		draft.parent = id;
		ck_assert_int_eq(
		    change_post(&here.store, &draft, &posted), ERR_NOT_FOUND);
	}
	ck_assert_str_eq(dump(), before);
	/* Below what was deleted the talk goes on. */
	ck_assert_uint_eq(post_reply(3, "r"), 6);
	ck_assert_str_eq(list_of("news:replies:1"), "2:1,3:2,6:3");
}
END_TEST

/* Pages */

static const struct {
	unsigned replies;
	uint64_t number, size;
	enum err err;
	uint64_t pages;
	size_t count;
} pages[] = {
    {0, 1, 10, ERR_OK, 1, 0},
    {0, 2, 10, ERR_NOT_FOUND, 1, 0},
    {9, 1, 10, ERR_OK, 1, 9},
    {10, 1, 10, ERR_OK, 1, 10},
    {10, 2, 10, ERR_NOT_FOUND, 1, 0},
    {11, 2, 10, ERR_OK, 2, 1},
    {11, 0, 10, ERR_OK, 2, 0},
    {11, POST_ID_MAX, 100, ERR_NOT_FOUND, 1, 0},
};

START_TEST(a_thread_has_pages)
{
	struct thread_query query = {
	    .id = 1, .number = pages[_i].number, .size = pages[_i].size};
	struct thread thread;
	char text[16];

	query.token = "";
	(void)post_new("::1", "n", "t");
	for (unsigned i = 0; i < pages[_i].replies; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		(void)post_reply(1, text);
	}
	ck_assert_int_eq(
	    thread_read(&here.store, &query, &thread), pages[_i].err);
	ck_assert_uint_eq(thread.pages, pages[_i].pages);
	ck_assert_uint_eq(thread.total, pages[_i].replies);
	ck_assert_uint_eq(thread.count, pages[_i].count);
}
END_TEST

START_TEST(the_tail_of_a_thread_is_its_last_replies)
{
	struct thread_query query = {
	    .id = 1, .number = 1, .size = 3, .token = "", .tail = true};
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "a");
	(void)post_reply(1, "b");
	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	ck_assert_uint_eq(thread.count, 2);
	(void)post_reply(1, "c");
	(void)post_reply(2, "d");
	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	ck_assert_uint_eq(thread.count, 3);
	ck_assert_uint_eq(thread.replies[0].id, 5);
	ck_assert_uint_eq(thread.replies[1].id, 3);
	ck_assert_uint_eq(thread.replies[2].id, 4);
}
END_TEST

START_TEST(a_thread_is_read_with_the_boards_key)
{
	struct thread thread;

	(void)post_new("::1", "n", "a");
	(void)post_new("::1", "n", "b");
	(void)post_new("::1", "n", "c");
	thread = post_thread(2);
	ck_assert(thread.key.known);
	ck_assert(thread.info.exists);
	ck_assert(!thread.granted);
	ck_assert(!thread.hidden);
	(void)post_reply(2, "r");
	thread = post_thread(4);
	ck_assert_uint_eq(thread.post.root, 2);
	ck_assert_uint_eq(thread.count, 0);
}
END_TEST

START_TEST(junk_in_a_thread_is_left_out)
{
	struct thread thread;

	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	(void)DO(&here.store, "RPUSH", "news:replies:1", "", "many", "2", "0:1",
	    ":", "99:1", "100000000000000:1");
	thread = post_thread(1);
	ck_assert_uint_eq(thread.count, 1);
	ck_assert_uint_eq(thread.replies[0].id, 2);
	(void)DO(&here.store, "DEL", "news:replies:1");
	(void)DO(&here.store, "SET", "news:replies:1", "x");
	ck_assert_uint_eq(post_thread(1).count, 0);
}
END_TEST

/* Secrets */

START_TEST(a_secret_thread_is_read_with_its_token_only)
{
	struct thread_query query = {
	    .id = 1, .number = 1, .size = 10, .token = ""};
	char tokens[2][SEAL_TEXT_BYTES];
	struct access_key key;
	struct thread thread;

	(void)post_secret("title", "words");
	(void)post_reply(1, "r");
	ck_assert_int_eq(access_make_key(&here.store, &key), ERR_OK);
	access_token(&key, 2, 0, tokens[0]);
	access_token(&key, 1, 0, tokens[1]);
	for (int i = 0; i < 2; i++) {
		query.token = i == 0 ? "" : tokens[0];
		ck_assert_int_eq(
		    thread_read(&here.store, &query, &thread), ERR_OK);
		ck_assert(thread.hidden);
		ck_assert(!thread.granted);
		ck_assert(thread.post.secret);
		ck_assert_str_eq(thread.post.title, "");
		ck_assert_str_eq(thread.post.text, "");
		ck_assert_uint_eq(thread.count, 0);
	}
	query.token = tokens[1];
	here.store.round_trips = 0;
	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	ck_assert_uint_le(here.store.round_trips, 2);
	ck_assert(thread.hidden);
	ck_assert(thread.granted);
	ck_assert(!thread.post.secret);
	ck_assert_str_eq(thread.post.title, "title");
	ck_assert_str_eq(thread.post.text, "words");
	ck_assert_uint_eq(thread.count, 1);
	ck_assert_str_eq(thread.replies[0].text, "r");
}
END_TEST

START_TEST(a_deleted_post_grants_nothing)
{
	struct thread_query query = {.id = 1, .number = 1, .size = 10};
	char token[SEAL_TEXT_BYTES];
	struct access_key key;
	struct thread thread;

	(void)post_secret("title", "words");
	(void)post_reply(1, "r");
	post_delete(1);
	ck_assert_int_eq(access_make_key(&here.store, &key), ERR_OK);
	access_token(&key, 1, 0, token);
	query.token = token;
	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	ck_assert(thread.post.deleted);
	ck_assert(!thread.granted);
	ck_assert_str_eq(thread.post.text, "");
	/* It was secret: neither are its replies read. */
	ck_assert_uint_eq(thread.count, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("thread");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "order");
	tcase_add_loop_test(
	    tests, replies_stand_behind_what_they_reply_to, 0, ROWS(reaches));
	tcase_add_test(tests, a_thread_is_not_too_deep);
	tcase_add_test(tests, a_thread_is_not_too_long);
	tcase_add_test(tests, threads_that_grow_at_once_do_not_mix);
	tcase_add_test(tests, a_reply_to_a_secret_post_tells_that_it_is_one);
	tcase_add_test(tests, what_others_wrote_into_a_thread_is_passed_over);
	tcase_add_test(tests, every_reply_is_found_at_its_place);
	tests = server_case(suite, "replies");
	tcase_add_test(tests, a_reply_knows_its_thread);
	tcase_add_test(tests, a_post_of_the_tutorial_can_be_replied_to);
	tcase_add_test(tests, the_same_reply_again_is_the_first);
	tcase_add_test(tests, what_is_gone_can_not_be_replied_to);
	tests = server_case(suite, "pages");
	tcase_add_loop_test(tests, a_thread_has_pages, 0, ROWS(pages));
	tcase_add_test(tests, the_tail_of_a_thread_is_its_last_replies);
	tcase_add_test(tests, a_thread_is_read_with_the_boards_key);
	tcase_add_test(tests, junk_in_a_thread_is_left_out);
	tcase_add_test(tests, a_secret_thread_is_read_with_its_token_only);
	tcase_add_test(tests, a_deleted_post_grants_nothing);
	return support_run(suite);
}
