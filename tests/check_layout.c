/*
 * What the names of keys say, and which layout a board's have.
 */
#include "support.h"

#include "board/board.h"
#include "board/keyscan.h"
#include "board/layout.h"

#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	const char *name;
	enum key_kind kind;
	uint64_t number;
} names[] = {
    {"news:name:1", KEY_KIND_NAME, 1},
    {"news:post:99999999999999", KEY_KIND_TEXT, UINT64_C(99999999999999)},
    {"news:secret:2", KEY_KIND_WORDS, 2},
    {"news:views:0", KEY_KIND_VIEWS, 0},
    {"news:category:5", KEY_KIND_LIST, 5},
    {"post_id", KEY_KIND_LIST, 0},
    {"last_id", KEY_KIND_HEAD, 0},
    {"madang:import:post_id", KEY_KIND_IMPORT, 0},
    {"news:name:0", KEY_KIND_NONE, 0},
    {"news:name:01", KEY_KIND_NONE, 0},
    {"news:name:", KEY_KIND_NONE, 0},
    {"news:name:100000000000000", KEY_KIND_NONE, 0},
    {"post_ids", KEY_KIND_NONE, 0},
    {"madang:once:1", KEY_KIND_NONE, 0},
    {"madang:schema", KEY_KIND_NONE, 0},
    {"madang:boards", KEY_KIND_NONE, 0},
    {"", KEY_KIND_NONE, 0},
};

START_TEST(a_key_s_name_says_what_it_is)
{
	struct key_name found =
	    key_name_of(names[_i].name, strlen(names[_i].name));

	ck_assert_int_eq(found.kind, names[_i].kind);
	if (found.kind != KEY_KIND_NONE)
		ck_assert_uint_eq(found.number, names[_i].number);
}
END_TEST

static const struct {
	const char *name;
	size_t prefix; /* 0: it is of no board that was added */
	const char *slug;
} prefixes[] = {
    {"{free}:post_id", 7, "free"},
    {"{a}:x", 4, "a"},
    {"{free}:", 7, "free"},
    {"{free}post_id", 0, ""},
    {"{free", 0, ""},
    {"{}:x", 0, ""},
    {"{A}:x", 0, ""},
    {"{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}:x", 0, ""},
    {"post_id", 0, ""},
    {"}:x", 0, ""},
    {"", 0, ""},
};

START_TEST(a_prefix_has_its_board_s_slug)
{
	char slug[BOARD_SLUG_BYTES];
	size_t prefix =
	    key_slug_of(prefixes[_i].name, strlen(prefixes[_i].name), slug);

	ck_assert_uint_eq(prefix, prefixes[_i].prefix);
	if (prefix > 0)
		ck_assert_str_eq(slug, prefixes[_i].slug);
}
END_TEST

static const struct {
	const char *schema;
	enum layout layout;
	uint64_t version;
} layouts[] = {
    {"", LAYOUT_NONE, 0},
    {"3", LAYOUT_OURS, 0},
    {"2", LAYOUT_OLDER, 2},
    {"0", LAYOUT_OLDER, 0},
    {"4", LAYOUT_UNKNOWN, 0},
    {"02", LAYOUT_UNKNOWN, 0},
    {"upgrade 2 3", LAYOUT_UPGRADE, 2},
    {"upgrade 3 4", LAYOUT_UNKNOWN, 0},
    {"upgrade x", LAYOUT_UNKNOWN, 0},
    {"import 0", LAYOUT_IMPORT, 0},
    {"imported", LAYOUT_UNKNOWN, 0},
};

START_TEST(a_layout_is_known_by_its_word)
{
	uint64_t version = 77;

	ck_assert_int_eq(
	    layout_of(layouts[_i].schema, strlen(layouts[_i].schema), &version),
	    layouts[_i].layout);
	ck_assert_uint_eq(version, layouts[_i].version);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("layout");
	TCase *tests = support_case(suite, "names");

	tcase_add_loop_test(
	    tests, a_key_s_name_says_what_it_is, 0, ROWS(names));
	tcase_add_loop_test(
	    tests, a_prefix_has_its_board_s_slug, 0, ROWS(prefixes));
	tcase_add_loop_test(
	    tests, a_layout_is_known_by_its_word, 0, ROWS(layouts));
	return support_run(suite);
}
