#include "support.h"

#include "base/clock.h"
#include "base/excerpt.h"

#include <string.h>

/* Far above what it takes, far below what quadratic would. */
#define LINEAR_MAX_US 5000000
#define LONG_BYTES    (1024 * 1024UL)

static const struct {
	const char *text;
	const char *line;
} rows[] = {
    {"", ""},
    {"안녕하세요", "안녕하세요"},
    {"첫 줄\n둘째 줄", "첫 줄"},
    {"\n \t\n\u3000\n\u200b\nwords", "words"},
    {"  a \t b\u3000\u00a0c\r\n", "a b c"},
    /* Marks of lines */
    {"# 제목", "제목"},
    {"###### a", "a"},
    {"####### a", "####### a"},
    {"#태그", "#태그"},
    {"> 인용", "인용"},
    {">> - # a", "a"},
    {"- a", "a"},
    {"* a", "a"},
    {"+ a", "a"},
    {"-a", "-a"},
    {"3. a", "a"},
    {"3) a", "a"},
    {"3.a", "3.a"},
    {"2024. 3. 1. 모임", "2024. 3. 1. 모임"},
    {"3. 1. 모임", "3. 1. 모임"},
    {"1234567890. a", "1234567890. a"},
    {"7", "7"},
    /* Lines without words */
    {"```c\nint **a;\n```", "int **a;"},
    {"```\n- `x`\n```", "- `x`"},
    {"```\n```\nafter", "after"},
    {"> ```\n> ```\nafter", "after"},
    {"```code``` here", "code here"},
    {"---\na", "a"},
    {"* * *\na", "a"},
    {"___\na", "a"},
    {"=====\n공지\n=====", "공지"},
    {"|---|:-:|\n|a|b|", "|a|b|"},
    {"#\n>\n-\na", "a"},
    {"[]()\na", "a"},
    /* Marks within lines */
    {"**a** __b__ ~~c~~ `d`", "a b c d"},
    {"***a*** ___b___", "a b"},
    {"**`a`** `**b**`", "a **b**"},
    {"``a`` b", "a b"},
    {"a ` b **c**", "a ` b c"},
    {"`a` b ` c", "a b ` c"},
    {"**[a](b)**", "a"},
    {"[**a**](b)", "a"},
    {"\\*\\*a\\*\\* \\x \\", "**a** \\x \\"},
    /* What is none */
    {"2**10 = 1024", "2**10 = 1024"},
    {"a ** b ** c", "a ** b ** c"},
    {"2*3*4", "2*3*4"},
    {"**a", "**a"},
    {"**a***", "**a***"},
    {"****a****", "****a****"},
    {"snake__case__word", "snake__case__word"},
    {"10~12시, 3~4시", "10~12시, 3~4시"},
    {"안녕~~ 또 봐~~", "안녕~~ 또 봐~~"},
    {"~~~ 좋아요", "~~~ 좋아요"},
    {"<b>&amp;</b>", "<b>&amp;</b>"},
    /* Links */
    {"[글](http://a.b) 끝", "글 끝"},
    {"보기: ![사진](a.png)!", "보기: 사진!"},
    {"[](http://a.b)", "http://a.b"},
    {"![](http://a.b/__c__)", "http://a.b/__c__"},
    {"[![a](b)](c)", "a"},
    {"[a](b_(c)) d)", "a d)"},
    {"[a [b] c](d)", "a [b] c"},
    {"[공지] 휴무", "[공지] 휴무"},
    {"[a] (b)", "[a] (b)"},
    {"[a](b c)", "[a](b c)"},
    {"[a](b", "[a](b"},
    {"](a) [b](c)", "](a) b"},
    /* Nothing but marks: as it was typed. */
    {"***", "***"},
    {"\n  - - -\n***", "- - -"},
    {"#", "#"},
    {"```\n```", "```"},
    {"[]()", "[]()"},
    {" \n\u200b\n\u3164", ""},
    /* Bytes that are no UTF-8 */
    {"\xff**\x80**\xed\x99", "\xff\x80\xed\x99"},
};

static const struct {
	const char *text;
	size_t max_chars;
	const char *line;
} cuts[] = {
    {"abc", 3, "abc"},
    {"abcd", 3, "abc…"},
    {"ab d", 3, "ab…"},
    {"a", 0, "…"},
    {"가나다라", 2, "가나…"},
    {"👩🏽‍🚀🇰🇷e\u0301x", 3, "👩🏽‍🚀🇰🇷e\u0301…"},
    {"👩🏽‍🚀🇰🇷e\u0301", 3, "👩🏽‍🚀🇰🇷e\u0301"},
    {"**abc** `d`", 4, "abc…"},
    {"abc   ", 3, "abc"},
    {"****", 2, "**…"},
};

static const char *const repeated[] = {"[", "](", "[a](", "[a](b)", "**",
    "** a", "*a**", "`", "` ", "> ", "- ", "\\", "_a_", "~~", "\n", "# \n",
    "```\n", "[]()\n", "\u0301", "\u200d", "1. ", "((", "![](", "가 "};

START_TEST(first_line_with_words_is_shown_without_marks)
{
	char *line = excerpt_line(support_arena(), rows[_i].text, 100);

	ck_assert_str_eq(line, rows[_i].line);
}
END_TEST

START_TEST(line_is_cut_between_characters)
{
	char *line =
	    excerpt_line(support_arena(), cuts[_i].text, cuts[_i].max_chars);

	ck_assert_str_eq(line, cuts[_i].line);
}
END_TEST

START_TEST(time_grows_with_length)
{
	const char *piece = repeated[_i];
	size_t bytes = strlen(piece);
	char *text = arena_alloc(support_arena(), LONG_BYTES + 1);
	uint64_t start = clock_monotonic_us();
	char *line;

	for (size_t i = 0; i < LONG_BYTES; i++)
		text[i] = piece[i % bytes];
	text[LONG_BYTES] = '\0';
	line = excerpt_line(support_arena(), text, 80);
	ck_assert_ptr_nonnull(line);
	/* However many marks a character has. */
	ck_assert_uint_lt(strlen(line), 81 * 32 * 4);
	ck_assert_uint_lt(clock_monotonic_us() - start, LINEAR_MAX_US);
}
END_TEST

START_TEST(without_memory_there_is_null)
{
	static const char *const texts[] = {"words", "***", ""};
	struct arena *arena = arena_create(1);

	while (arena_alloc(arena, 16) != NULL)
		;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_ptr_null(excerpt_line(arena, texts[i], 80));
	arena_destroy(arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("excerpt");
	TCase *test_case = support_case(suite, "line");

	tcase_add_loop_test(test_case,
	    first_line_with_words_is_shown_without_marks, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_loop_test(test_case, line_is_cut_between_characters, 0,
	    (int)(sizeof(cuts) / sizeof(cuts[0])));
	tcase_add_loop_test(test_case, time_grows_with_length, 0,
	    (int)(sizeof(repeated) / sizeof(repeated[0])));
	tcase_add_test(test_case, without_memory_there_is_null);
	return support_run(suite);
}
