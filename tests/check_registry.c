/*
 * Boards: their titles and categories, who is in the registry, and what is
 * read of each.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "board/registry.h"

#include <stdio.h>
#include <string.h>

/* Slugs and prefixes */

static const struct {
	const char *slug;
	bool valid;
} slugs[] = {
    {"a", true},
    {"free-talk", true},
    {"2023", true},
    {"a-", true},
    {"abcdefghijklmnopqrstuvwxyz012345", true},
    {"abcdefghijklmnopqrstuvwxyz0123456", false},
    {"", false},
    {"-a", false},
    {"-", false},
    {"A", false},
    {"a b", false},
    {"a_b", false},
    {"a/b", false},
    {"a}b", false},
    {"자유", false},
    {"a\n", false},
};

START_TEST(a_slug_is_of_plain_letters)
{
	ck_assert_int_eq(
	    registry_slug_is_valid(slugs[_i].slug), slugs[_i].valid);
}
END_TEST

START_TEST(a_prefix_is_the_first_boards_or_made_of_the_slug)
{
	struct arena *arena = support_arena();

	ck_assert_str_eq(registry_prefix(arena, "", ""), "");
	ck_assert_str_eq(registry_prefix(arena, "p:", ""), "p:");
	ck_assert_str_eq(registry_prefix(arena, "", "free"), "{free}:");
	ck_assert_str_eq(registry_prefix(arena, "p:", "free"), "{free}:");
}
END_TEST

/* Changing boards */

static enum err
set_board(const char *slug, const char *title, const char *category)
{
	here.store.prefix =
	    registry_prefix(support_arena(), here.store.first, slug);
	return change_board(&here.store, slug, title, category);
}

static struct board_info
info_of(const char *slug)
{
	struct board_info info;

	here.store.prefix =
	    registry_prefix(support_arena(), here.store.first, slug);
	ck_assert_int_eq(board_read_info(&here.store, &info), ERR_OK);
	return info;
}

START_TEST(the_first_board_exists_from_the_start)
{
	struct board_info info = info_of("");

	ck_assert(info.exists);
	ck_assert(!info.others);
	ck_assert_str_eq(info.title, "");
	ck_assert_uint_eq(info.categories_count, 0);
	ck_assert_int_eq(set_board("", "Mine", ""), ERR_OK);
	ck_assert_str_eq(info_of("").title, "Mine");
	ck_assert(!info_of("").others);
	ck_assert_str_eq(keys_of("madang:boards"), "");
}
END_TEST

START_TEST(another_board_has_to_be_made_with_a_title)
{
	struct board_page page;
	struct board_query query = {.number = 1, .size = 20};
	const char *before = dump();
	struct board_info info;

	ck_assert_int_eq(set_board("free", "", ""), ERR_NOT_FOUND);
	ck_assert_int_eq(set_board("free", "", "Category"), ERR_NOT_FOUND);
	ck_assert_str_eq(dump(), before);
	ck_assert_int_eq(board_read_info(&here.store, &info), ERR_NOT_FOUND);
	ck_assert_int_eq(
	    board_read_page(&here.store, &query, &page), ERR_NOT_FOUND);
	ck_assert_int_eq(set_board("free", "자유", ""), ERR_OK);
	ck_assert_str_eq(info_of("free").title, "자유");
	ck_assert(info_of("free").others);
	ck_assert(info_of("").others);
	ck_assert_int_eq(board_read_page(&here.store, &query, &page), ERR_OK);
	ck_assert_str_eq(list_of("madang:boards"), "free");
	/* Once it is there its title may change, and stay. */
	ck_assert_int_eq(set_board("free", "Free", ""), ERR_OK);
	ck_assert_int_eq(set_board("free", "", "Category"), ERR_OK);
	ck_assert_str_eq(info_of("free").title, "Free");
	ck_assert_str_eq(list_of("madang:boards"), "free");
}
END_TEST

START_TEST(categories_are_numbered_as_they_come)
{
	struct board_info info;
	const char *before;

	ck_assert_int_eq(set_board("", "", "잡담"), ERR_OK);
	ck_assert_int_eq(set_board("", "", "b"), ERR_OK);
	before = dump();
	ck_assert_int_eq(set_board("", "", "잡담"), ERR_INVALID);
	ck_assert_int_eq(set_board("", "New title", "b"), ERR_INVALID);
	ck_assert_str_eq(dump(), before);
	/* One that was given up keeps its number. */
	(void)DO(&here.store, "HSET", "madang:board", "categories", "a\n\nc");
	ck_assert_int_eq(set_board("", "", "d"), ERR_OK);
	info = info_of("");
	ck_assert_uint_eq(info.categories_count, 4);
	ck_assert_str_eq(info.categories[0], "a");
	ck_assert_str_eq(info.categories[1], "");
	ck_assert_str_eq(info.categories[3], "d");
}
END_TEST

START_TEST(there_are_fifty_categories_and_no_more)
{
	const char *before;
	char name[16];

	for (int i = 0; i < BOARD_CATEGORIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "c%d", i);
		ck_assert_int_eq(set_board("", "", name), ERR_OK);
	}
	before = dump();
	ck_assert_int_eq(set_board("", "", "one more"), ERR_INVALID);
	ck_assert_str_eq(dump(), before);
	ck_assert_uint_eq(info_of("").categories_count, BOARD_CATEGORIES_MAX);
	ck_assert_str_eq(info_of("").categories[49], "c49");
}
END_TEST

/* What is asked for of a board with categories 1 and 3; 2 was given up. */
static const struct {
	uint64_t category;
	enum err err;
	size_t count;
} asked[] = {
    {0, ERR_OK, 3},
    {1, ERR_OK, 1},
    {2, ERR_NOT_FOUND, 0},
    {3, ERR_OK, 0},
    {4, ERR_NOT_FOUND, 0},
    {POST_ID_MAX, ERR_NOT_FOUND, 0},
};

START_TEST(a_page_of_a_category_has_its_posts)
{
	struct board_query query = {.category = asked[_i].category,
	    .number = 1,
	    .size = 20,
	    .part = POST_ROW};
	struct change_post draft = draft_of("::1", "n", "c1");
	struct board_page page;

	draft.words.category = 1;
	(void)post_new("::1", "n", "a");
	(void)post_draft(&draft);
	(void)post_new("::1", "n", "b");
	(void)DO(&here.store, "HSET", "madang:board", "categories", "x\n\nz");
	ck_assert_int_eq(
	    board_read_page(&here.store, &query, &page), asked[_i].err);
	ck_assert_uint_eq(page.count, asked[_i].count);
	if (asked[_i].category == 1)
		ck_assert_uint_eq(page.posts[0].id, 2);
}
END_TEST

/* Reading all */

START_TEST(the_registry_tells_of_every_board)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;

	(void)post_new("::1", "n", "a");
	(void)post_new("::1", "n", "b");
	ck_assert_int_eq(set_board("zoo", "Zoo", ""), ERR_OK);
	ck_assert_int_eq(set_board("free", "자유", ""), ERR_OK);
	(void)post_new("::1", "n", "c");
	(void)DO(&here.store, "RPUSH", "madang:boards", "", "No slug", "a/b");
	here.store.prefix = "";
	here.store.round_trips = 0;
	ck_assert_int_eq(
	    registry_read(&here.store, &first, &boards, &count), ERR_OK);
	ck_assert_uint_le(here.store.round_trips, 2);
	ck_assert(first.others);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(boards[0].slug, "");
	ck_assert_str_eq(boards[0].title, "");
	ck_assert_uint_eq(boards[0].posts, 2);
	ck_assert_str_eq(boards[1].slug, "zoo");
	ck_assert_str_eq(boards[1].title, "Zoo");
	ck_assert_uint_eq(boards[1].posts, 0);
	ck_assert_str_eq(boards[2].slug, "free");
	ck_assert_str_eq(boards[2].title, "자유");
	ck_assert_uint_eq(boards[2].posts, 1);
}
END_TEST

START_TEST(a_site_of_one_board_has_a_registry_too)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;

	ck_assert_int_eq(
	    registry_read(&here.store, &first, &boards, &count), ERR_OK);
	ck_assert(!first.others);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(boards[0].posts, 0);
}
END_TEST

START_TEST(no_more_than_a_hundred_boards_are_shown)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;

	(void)DO(&here.store, "EVAL",
	    "for i = 1, 150 do redis.call('RPUSH', 'madang:boards', 'b' .. i) "
	    "redis.call('HSET', '{b' .. i .. '}:madang:board', 'title', i) end",
	    "0");
	ck_assert_int_eq(
	    registry_read(&here.store, &first, &boards, &count), ERR_OK);
	ck_assert_uint_eq(count, REGISTRY_MAX);
	ck_assert_str_eq(boards[99].slug, "b99");
	ck_assert_str_eq(boards[99].title, "99");
}
END_TEST

START_TEST(a_row_that_is_refused_is_no_empty_board)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;
	enum err err;

	(void)DO(&here.store, "ACL", "SETUSER", "default", "-llen");
	err = registry_read(&here.store, &first, &boards, &count);
	(void)DO(&here.store, "ACL", "SETUSER", "default", "+llen");
	ck_assert_int_eq(err, ERR_UNAVAILABLE);
}
END_TEST

/* Posts 1 to 10: what is asked for, and the first and last id of it. */
static const struct {
	uint64_t first, size;
	size_t count;
	uint64_t oldest, newest;
} slices[] = {
    {0, 3, 3, 1, 3},
    {3, 3, 3, 4, 6},
    {9, 3, 1, 10, 10},
    {0, 100, 10, 1, 10},
    {10, 3, 0, 0, 0},
    {1000, 3, 0, 0, 0},
};

START_TEST(ids_are_read_from_the_oldest_post_on)
{
	uint64_t total = 99;
	size_t count = 99;
	uint64_t *ids;

	for (char text[] = "a"; text[0] <= 'j'; text[0]++)
		(void)post_new("::1", "n", text);
	ck_assert_int_eq(board_read_ids(&here.store, slices[_i].first,
			     slices[_i].size, &ids, &count, &total),
	    ERR_OK);
	ck_assert_uint_eq(total, 10);
	ck_assert_uint_eq(count, slices[_i].count);
	if (count > 0) {
		/* Newest first, as the list is. */
		ck_assert_uint_eq(ids[0], slices[_i].newest);
		ck_assert_uint_eq(ids[count - 1], slices[_i].oldest);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("registry");
	TCase *tests = support_case(suite, "names");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tcase_add_loop_test(tests, a_slug_is_of_plain_letters, 0, ROWS(slugs));
	tcase_add_test(tests, a_prefix_is_the_first_boards_or_made_of_the_slug);
	tests = server_case(suite, "boards");
	tcase_add_test(tests, the_first_board_exists_from_the_start);
	tcase_add_test(tests, another_board_has_to_be_made_with_a_title);
	tcase_add_test(tests, categories_are_numbered_as_they_come);
	tcase_add_test(tests, there_are_fifty_categories_and_no_more);
	tcase_add_loop_test(
	    tests, a_page_of_a_category_has_its_posts, 0, ROWS(asked));
	tests = server_case(suite, "registry");
	tcase_add_test(tests, the_registry_tells_of_every_board);
	tcase_add_test(tests, a_site_of_one_board_has_a_registry_too);
	tcase_add_test(tests, no_more_than_a_hundred_boards_are_shown);
	tcase_add_test(tests, a_row_that_is_refused_is_no_empty_board);
	tcase_add_loop_test(
	    tests, ids_are_read_from_the_oldest_post_on, 0, ROWS(slices));
	return support_run(suite);
}
