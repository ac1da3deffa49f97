/*
 * Which key makes which pages old. The threads of posts are in check_roots.
 */
#include "board/graph.h"

#include "support.h"

#include "board/registry.h"
#include "store/keys.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define LARGEST UINT64_C(99999999999999)

/* Every kind of key: what is decided of it. */
static const struct {
	const char *kind;
	unsigned pages;
} decisions[] = {
    {KEY_LAST_ID, 0},
    {KEY_POST_ID, GRAPH_LISTS | GRAPH_SITE},
    {KEY_NOTICES, GRAPH_LISTS},
    {KEY_BOARD, GRAPH_BOARD | GRAPH_SITE},
    {KEY_SECRET, 0},
    {KEY_SCHEMA, 0},
    {KEY_BOARDS, GRAPH_ALL},
    {KEY_NAME, GRAPH_POST},
    {KEY_TEXT, GRAPH_POST},
    {KEY_META, GRAPH_POST},
    {KEY_WORDS, 0},
    {KEY_REPLIES, GRAPH_THREAD},
    {KEY_VERSIONS, 0},
    {KEY_RECOMMEND, 0},
    {KEY_CATEGORY, GRAPH_LISTS},
    {KEY_VIEWS, GRAPH_LATER},
    {KEY_IMPORT, 0},
    {"news:trash:", 0},
    {"madang:once:", 0},
    {"madang:day", 0},
    {"madang:limit:", 0},
    {"madang:tries:", 0},
};

static bool
is_decided(const char *kind, size_t length)
{
	for (int i = 0; i < ROWS(decisions); i++)
		if (strlen(decisions[i].kind) == length &&
		    memcmp(decisions[i].kind, kind, length) == 0)
			return true;
	return false;
}

static struct graph_change
read_key(const char *first, const char *key)
{
	return graph_of_key(first, key, strlen(key));
}

/* Kinds */

START_TEST(a_kind_has_the_pages_that_were_decided)
{
	const char *kind = decisions[_i].kind;
	bool numbered = kind[strlen(kind) - 1] == ':';
	const char *key =
	    arena_printf(support_arena(), "%s%s", kind, numbered ? "17" : "");
	struct graph_change change = read_key("", key);

	ck_assert_uint_eq(graph_of_kind(kind), decisions[_i].pages);
	ck_assert_uint_eq(change.pages, decisions[_i].pages);
	ck_assert_str_eq(change.slug, "");
	if (numbered && decisions[_i].pages != 0)
		ck_assert_uint_eq(change.id, 17);
}
END_TEST

START_TEST(every_kind_that_the_sources_name_is_decided)
{
	const char *at = support_read("app/store/keys.h", NULL);
	int found = 0;

	while ((at = strstr(at, "#define KEY_")) != NULL) {
		const char *end = strchr(at, '\n');
		const char *open = strchr(at, '"');

		at = end;
		if (open == NULL || open > end)
			continue;
		open++;
		ck_assert_msg(is_decided(open, strcspn(open, "\"")),
		    "nothing is decided of %.*s", (int)strcspn(open, "\""),
		    open);
		found++;
	}
	ck_assert_int_ge(found, 16);
}
END_TEST

/* The words between quotes that begin with "news:" or "madang:". */
static int
check_script(const char *text, const char *begin)
{
	int found = 0;

	for (; (text = strstr(text, begin)) != NULL; text++) {
		const char *kind = text + 1;
		size_t length = strcspn(kind, "'");

		ck_assert_msg(is_decided(kind, length),
		    "nothing is decided of %.*s", (int)length, kind);
		found++;
	}
	return found;
}

START_TEST(every_kind_that_a_script_names_is_decided)
{
	const char *root = getenv("TOP_SRCDIR");
	int found = 0;
	glob_t files;

	ck_assert_int_eq(
	    glob(arena_printf(support_arena(), "%s/app/store/scripts/*.lua",
		     root != NULL ? root : "."),
		0, NULL, &files),
	    0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		const char *name = strstr(files.gl_pathv[i], "app/store/");
		const char *text = support_read(name, NULL);

		found += check_script(text, "'news:");
		found += check_script(text, "'madang:");
	}
	globfree(&files);
	ck_assert_int_ge(found, 50);
}
END_TEST

START_TEST(what_is_no_kind_has_no_pages)
{
	static const char *const kinds[] = {
	    "", "x", "news:", "news:name", "post_i", "post_idx", "POST_ID"};

	for (int i = 0; i < ROWS(kinds); i++)
		ck_assert_uint_eq(graph_of_kind(kinds[i]), 0);
}
END_TEST

/* Keys */

static const struct {
	const char *first;
	const char *key;
	const char *slug;
	uint64_t id;
	unsigned pages;
} keys[] = {
    {"", "post_id", "", 0, GRAPH_LISTS | GRAPH_SITE},
    {"", "{free}:post_id", "free", 0, GRAPH_LISTS | GRAPH_SITE},
    {"", "{free}:madang:board", "free", 0, GRAPH_BOARD | GRAPH_SITE},
    {"", "madang:boards", "", 0, GRAPH_ALL},
    {"", "news:meta:1", "", 1, GRAPH_POST},
    {"", "{a-1}:news:post:99999999999999", "a-1", LARGEST, GRAPH_POST},
    {"", "{abcdefghijklmnopqrstuvwxyz012345}:news:name:7",
	"abcdefghijklmnopqrstuvwxyz012345", 7, GRAPH_POST},
    {"", "news:views:0", "", 0, GRAPH_LATER},
    {"", "{free}:news:views:12", "free", 12, GRAPH_LATER},
    {"x:", "x:post_id", "", 0, GRAPH_LISTS | GRAPH_SITE},
    {"x:", "x:news:replies:3", "", 3, GRAPH_THREAD},
    {"x:", "{free}:news:replies:3", "free", 3, GRAPH_THREAD},
    {"x:", "x:madang:boards", "", 0, GRAPH_ALL},
    {"post_id", "post_idpost_id", "", 0, GRAPH_LISTS | GRAPH_SITE},
    /* On a cluster the first board's prefix looks like that of others. */
    {"{a}:", "{a}:post_id", "", 0, GRAPH_LISTS | GRAPH_SITE},
    {"{a}:", "{b}:post_id", "b", 0, GRAPH_LISTS | GRAPH_SITE},
    {"{a}:", "{a}:madang:boards", "", 0, GRAPH_ALL},
    {"{A}:", "{A}:news:meta:5", "", 5, GRAPH_POST},
    {"{a}", "{a}news:meta:5", "", 5, GRAPH_POST},
    {"{a}", "{a}:news:meta:5", "a", 5, GRAPH_POST},
    {"{a}:b:", "{a}:b:news:meta:5", "", 5, GRAPH_POST},
    {"{a}:b:", "{a}:news:meta:5", "a", 5, GRAPH_POST},
    {"{a}:n", "{a}:nnews:meta:5", "", 5, GRAPH_POST},
    {"{a}:n", "{a}:news:meta:5", "a", 5, GRAPH_POST},
};

START_TEST(a_key_tells_its_board_its_post_and_its_pages)
{
	struct graph_change change = read_key(keys[_i].first, keys[_i].key);

	ck_assert_uint_eq(change.pages, keys[_i].pages);
	ck_assert_str_eq(change.slug, keys[_i].slug);
	ck_assert_uint_eq(change.id, keys[_i].id);
}
END_TEST

static const struct {
	const char *first;
	const char *key;
} strangers[] = {
    {"", ""},
    {"", "x"},
    {"", "post_i"},
    {"", "post_ids"},
    {"", "post_id:1"},
    {"", "news:name:"},
    {"", "news:name:x"},
    {"", "news:name:01"},
    {"", "news:name:-1"},
    {"", "news:name:+1"},
    {"", "news:name: 1"},
    {"", "news:name:1 "},
    {"", "news:name:1.0"},
    {"", "news:name:100000000000000"},
    {"", "news:name:99999999999999999999999999999999999999"},
    {"", "news:names:1"},
    {"", "News:name:1"},
    {"", "madang:board:1"},
    {"", "x:post_id"},
    {"", "{"},
    {"", "{}"},
    {"", "{}:"},
    {"", "{}:post_id"},
    {"", "{:post_id"},
    {"", "{free"},
    {"", "{free}"},
    {"", "{free}:"},
    {"", "{free}post_id"},
    {"", "{free}x:post_id"},
    {"", "{free}::post_id"},
    {"", "{Free}:post_id"},
    {"", "{-free}:post_id"},
    {"", "{fr ee}:post_id"},
    {"", "{fr/ee}:post_id"},
    {"", "{../x}:post_id"},
    {"", "{자유}:post_id"},
    {"", "{{a}:post_id"},
    {"", "{a}:{b}:post_id"},
    {"", "{abcdefghijklmnopqrstuvwxyz0123456}:post_id"},
    {"x:", "post_id"},
    {"x:", "x"},
    {"x:", "x:"},
    {"x:", "x:x:post_id"},
    {"x:", "x:{free}:post_id"},
    {"{a}:", "post_id"},
    {"{a}:", "{a}:{a}:post_id"},
};

START_TEST(what_is_no_key_of_ours_has_no_pages)
{
	ck_assert_uint_eq(
	    read_key(strangers[_i].first, strangers[_i].key).pages, 0);
}
END_TEST

START_TEST(a_key_is_as_long_as_it_says)
{
	static const char nul[] = "post_id\0";
	static const char inside[] = "{fr\0ee}:post_id";
	static const char number[] = "news:name:1\0002";
	char *huge = arena_alloc(support_arena(), 1000000);

	ck_assert_ptr_nonnull(huge);
	ck_assert_uint_eq(
	    graph_of_key("", nul, 7).pages, GRAPH_LISTS | GRAPH_SITE);
	ck_assert_uint_eq(graph_of_key("", nul, 8).pages, 0);
	ck_assert_uint_eq(graph_of_key("", nul, 6).pages, 0);
	ck_assert_uint_eq(
	    graph_of_key("", inside, sizeof(inside) - 1).pages, 0);
	ck_assert_uint_eq(
	    graph_of_key("", number, sizeof(number) - 1).pages, 0);
	ck_assert_uint_eq(graph_of_key("", number, 11).id, 1);
	memset(huge, '{', 1000000);
	ck_assert_uint_eq(graph_of_key("", huge, 1000000).pages, 0);
	memset(huge, '1', 1000000);
	memcpy(huge, "news:name:", 10);
	ck_assert_uint_eq(graph_of_key("", huge, 1000000).pages, 0);
	memset(huge, 'a', 1000000);
	memcpy(huge, "{", 1);
	memcpy(huge + 999990, "}:post_id", 9);
	ck_assert_uint_eq(graph_of_key("", huge, 999999).pages, 0);
}
END_TEST

/* Prefixes */

static const struct {
	const char *first;
	const char *prefix;
	const char *slug; /* NULL: of no board */
} prefixes[] = {
    {"", "", ""},
    {"", "{free}:", "free"},
    {"x:", "x:", ""},
    {"x:", "{x}:", "x"},
    {"{a}:", "{a}:", ""},
    {"{a}:", "{b}:", "b"},
    {"{a}:b:", "{a}:b:", ""},
    {"{a}:b:", "{a}:", "a"},
    {"{A}:", "{A}:", ""},
    {"", "x:", NULL},
    {"x:", "", NULL},
    {"x:", "x", NULL},
    {"x:", "x:x:", NULL},
    {"", "{free}", NULL},
    {"", "{free}:x", NULL},
    {"", "{Free}:", NULL},
    {"{a}:", "", NULL},
};

START_TEST(a_prefix_tells_its_board)
{
	char slug[BOARD_SLUG_BYTES];
	bool found =
	    graph_slug_of_prefix(prefixes[_i].first, prefixes[_i].prefix, slug);

	ck_assert(found == (prefixes[_i].slug != NULL));
	if (found)
		ck_assert_str_eq(slug, prefixes[_i].slug);
}
END_TEST

START_TEST(a_board_and_its_prefix_are_two_ways_to_say_the_same)
{
	static const char *const slugs[] = {"free", "a", "a-b-c", "0"};

	for (int i = 0; i < ROWS(slugs); i++) {
		char slug[BOARD_SLUG_BYTES];

		ck_assert(graph_slug_of_prefix(
		    "", registry_prefix(support_arena(), "", slugs[i]), slug));
		ck_assert_str_eq(slug, slugs[i]);
	}
}
END_TEST

static void
add_tests(Suite *suite)
{
	TCase *kinds = support_case(suite, "kinds");
	TCase *names = support_case(suite, "names");

	tcase_add_loop_test(
	    kinds, a_kind_has_the_pages_that_were_decided, 0, ROWS(decisions));
	tcase_add_test(kinds, every_kind_that_the_sources_name_is_decided);
	tcase_add_test(kinds, every_kind_that_a_script_names_is_decided);
	tcase_add_test(kinds, what_is_no_kind_has_no_pages);
	tcase_add_loop_test(
	    names, a_key_tells_its_board_its_post_and_its_pages, 0, ROWS(keys));
	tcase_add_loop_test(
	    names, what_is_no_key_of_ours_has_no_pages, 0, ROWS(strangers));
	tcase_add_test(names, a_key_is_as_long_as_it_says);
	tcase_add_loop_test(names, a_prefix_tells_its_board, 0, ROWS(prefixes));
	tcase_add_test(
	    names, a_board_and_its_prefix_are_two_ways_to_say_the_same);
}

int
main(void)
{
	Suite *suite = suite_create("graph");

	add_tests(suite);
	return support_run(suite);
}
