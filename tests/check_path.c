#include "support.h"

#include "base/path.h"

#include <string.h>

#define SLUG_32	  "abcdefghijklmnopqrstuvwxyz-01234"
#define LETTER_60 "aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbbcccccccccccccccccccc"

static const struct {
	const char *text;
	struct path path;
} accepted[] = {
    {"/", {.pattern = "/"}},
    {"/all", {.pattern = "/all"}},
    {"/all/", {.pattern = "/all", .trailing_slash = true}},
    {"/all/page/2", {.pattern = "/all/page/#", .numbers = {2}, .count = 1}},
    {"/posts/1", {.pattern = "/posts/#", .numbers = {1}, .count = 1}},
    {"/posts/99999999999999",
	{.pattern = "/posts/#", .numbers = {99999999999999}, .count = 1}},
    {"/posts/5/", {.pattern = "/posts/#",
		      .numbers = {5},
		      .count = 1,
		      .trailing_slash = true}},
    {"/posts/5/page/3",
	{.pattern = "/posts/#/page/#", .numbers = {5, 3}, .count = 2}},
    {"/5/3", {.pattern = "/#/#", .numbers = {5, 3}, .count = 2}},
    {"/posts/5/view.gif",
	{.pattern = "/posts/#/view.gif", .numbers = {5}, .count = 1}},
    {"/posts/5/newer",
	{.pattern = "/posts/#/newer", .numbers = {5}, .count = 1}},
    /* What isn't a number of ours is a word. */
    {"/posts/0", {.pattern = "/posts/0"}},
    {"/posts/05", {.pattern = "/posts/05"}},
    {"/posts/5x", {.pattern = "/posts/5x"}},
    {"/posts/-5", {.pattern = "/posts/-5"}},
    {"/posts/5.0", {.pattern = "/posts/5.0"}},
    {"/posts/100000000000000", {.pattern = "/posts/100000000000000"}},
    {"/posts/18446744073709551621", {.pattern = "/posts/18446744073709551621"}},
    /* Formats */
    {"/list.json", {.pattern = "/list", .format = PATH_JSON}},
    {"/all.atom", {.pattern = "/all", .format = PATH_ATOM}},
    {"/posts/5.json", {.pattern = "/posts/#",
			  .numbers = {5},
			  .count = 1,
			  .format = PATH_JSON}},
    {"/posts/05.json", {.pattern = "/posts/05", .format = PATH_JSON}},
    {"/list.json/",
	{.pattern = "/list", .format = PATH_JSON, .trailing_slash = true}},
    {"/list.json.json", {.pattern = "/list.json", .format = PATH_JSON}},
    {"/list.JSON", {.pattern = "/list.JSON"}},
    {"/list.json/x", {.pattern = "/list.json/x"}},
    {"/json", {.pattern = "/json"}},
    {"/robots.txt", {.pattern = "/robots.txt"}},
    {"/sitemap.xml", {.pattern = "/sitemap.xml"}},
    {"/.well-known/security.txt", {.pattern = "/.well-known/security.txt"}},
    {"/...", {.pattern = "/..."}},
    /* Boards */
    {"/boards", {.pattern = "/boards"}},
    {"/boards/", {.pattern = "/boards", .trailing_slash = true}},
    {"/boards.json", {.pattern = "/boards", .format = PATH_JSON}},
    {"/boardsx/y", {.pattern = "/boardsx/y"}},
    {"/all/boards/y", {.pattern = "/all/boards/y"}},
    {"/boards/free", {.pattern = "/", .slug = "free"}},
    {"/boards/free/", {.pattern = "/", .slug = "free", .trailing_slash = true}},
    {"/boards/free/all", {.pattern = "/all", .slug = "free"}},
    {"/boards/free/all/",
	{.pattern = "/all", .slug = "free", .trailing_slash = true}},
    {"/boards/free/list.json",
	{.pattern = "/list", .slug = "free", .format = PATH_JSON}},
    {"/boards/free/posts/5/page/3", {.pattern = "/posts/#/page/#",
					.numbers = {5, 3},
					.count = 2,
					.slug = "free"}},
    {"/boards/7", {.pattern = "/", .slug = "7"}},
    {"/boards/7/7", {.pattern = "/#", .numbers = {7}, .count = 1, .slug = "7"}},
    {"/boards/a-", {.pattern = "/", .slug = "a-"}},
    {"/boards/" SLUG_32 "/all", {.pattern = "/all", .slug = SLUG_32}},
    {"/boards/free/boards", {.pattern = "/boards", .slug = "free"}},
    /* As long as it may be: 63 bytes, in which a number is one. */
    {"/" LETTER_60 "/a", {.pattern = "/" LETTER_60 "/a"}},
    {"/" LETTER_60 "/12345",
	{.pattern = "/" LETTER_60 "/#", .numbers = {12345}, .count = 1}},
};

static const char *const refused[] = {
    "",
    "all",
    "*",
    "http://a.b/",
    "//",
    "//all",
    "/all//",
    "/all//page",
    "/.",
    "/..",
    "/../all",
    "/all/..",
    "/all/./page",
    "/posts/#",
    "/#",
    "/all/%2e",
    "/all?page=2",
    "/all page",
    "/all\n",
    "/all\\page",
    "/all\x7f",
    "/\xea\xb8\x80",
    "/1/2/3",
    "/1/2/3.json",
    /* No name before the suffix */
    "/.json",
    "/.atom",
    "/.json/",
    "/posts/.json",
    "/..json",
    "/...atom",
    /* Boards that can't be */
    "/boards//",
    "/boards//all",
    "/boards/free//",
    "/boards/free//all",
    "/boards/Free",
    "/boards/-free",
    "/boards/fr_ee",
    "/boards/fr.ee",
    "/boards/free.json",
    "/boards/free/.json",
    "/boards/" SLUG_32 "5",
    "/boards/free/boards/other",
    "/boards/free/boards/other/all",
    "/boards/boards/boards/x",
    /* Too long */
    "/" LETTER_60 "/aa",
    "/" LETTER_60 "/a/b",
    "/" LETTER_60 "/a/1",
    "/" LETTER_60 "/a/b/c",
    "/" LETTER_60 "aaa",
    "/" LETTER_60 "/" LETTER_60,
};

START_TEST(path_is_read_into_its_parts)
{
	const struct path *wanted = &accepted[_i].path;
	struct path path;

	memset(&path, 0xff, sizeof(path));
	ck_assert_msg(
	    path_parse(accepted[_i].text, &path), "%s", accepted[_i].text);
	ck_assert_str_eq(path.pattern, wanted->pattern);
	ck_assert_uint_eq(path.count, wanted->count);
	for (size_t i = 0; i < wanted->count; i++)
		ck_assert_uint_eq(path.numbers[i], wanted->numbers[i]);
	ck_assert_str_eq(path.slug, wanted->slug);
	ck_assert_int_eq(path.format, wanted->format);
	ck_assert_int_eq(path.trailing_slash, wanted->trailing_slash);
}
END_TEST

START_TEST(odd_path_is_refused_and_leaves_the_struct)
{
	struct path path = {.pattern = "before"};

	ck_assert_msg(!path_parse(refused[_i], &path), "%s", refused[_i]);
	ck_assert_str_eq(path.pattern, "before");
}
END_TEST

START_TEST(path_without_end_is_refused)
{
	size_t length = 1024 * 1024UL;
	char *text = arena_alloc(support_arena(), length + 1);
	struct path path;

	for (size_t i = 0; i < length; i++)
		text[i] = "/a"[i % 2];
	text[length] = '\0';
	ck_assert(!path_parse(text, &path));
	memset(text, '/', length);
	ck_assert(!path_parse(text, &path));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("path");
	TCase *test_case = support_case(suite, "parse");

	tcase_add_loop_test(test_case, path_is_read_into_its_parts, 0,
	    (int)(sizeof(accepted) / sizeof(accepted[0])));
	tcase_add_loop_test(test_case,
	    odd_path_is_refused_and_leaves_the_struct, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(test_case, path_without_end_is_refused);
	return support_run(suite);
}
