#include "support.h"

#include "base/clock.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MEBIBYTE (1024 * 1024UL)

/* Far above what it takes (some 50 ms), far below what quadratic would. */
#define LINEAR_MAX_US 5000000

/* U+0301 acute and U+0323 dot below, as UTF-8. */
#define ACUTE	  "\xcc\x81"
#define ZWNJ	  "\u200c"
#define DOT_BELOW "\xcc\xa3"
/* As many as a letter may have: TEXT_MARKS_MAX. */
#define FOUR_ACUTES  ACUTE ACUTE ACUTE ACUTE
#define EIGHT_ACUTES FOUR_ACUTES FOUR_ACUTES

#define KIYEOK	 "\xe1\x84\x80" /* U+1100, a leading consonant */
#define ZWJ	 "\xe2\x80\x8d"
#define NEL	 "\xc2\x85" /* U+0085 */
#define BOM	 "\xef\xbb\xbf"
#define NBSP	 "\xc2\xa0"
#define IDEO_SP	 "\xe3\x80\x80" /* U+3000 */
#define ZW_SPACE "\xe2\x80\x8b"

static const struct text_rules line_rules = {.one_line = true, .max_chars = 40};
static const struct text_rules text_rules = {.max_chars = 10000};

static const struct {
	const char *bytes;
	size_t length;
	bool valid;
} encodings[] = {
    {"", 0, true},
    {"abc", 3, true},
    {"\xed\x99\x8d", 3, true},
    {"\xf0\x9f\x98\x80", 4, true},
    {"\xf4\x8f\xbf\xbf", 4, true},
    {"\xef\xbf\xbf", 3, true}, /* a noncharacter is UTF-8 all the same */
    {"\xf4\x90\x80\x80", 4, false},
    {"\xed\xa0\x80", 3, false},
    {"\xc0\x80", 2, false},
    {"\xc1\xbf", 2, false},
    {"\xe0\x9f\xbf", 3, false},
    {"\xf0\x8f\xbf\xbf", 4, false},
    {"\xf8\x88\x80\x80\x80", 5, false},
    {"\x80", 1, false},
    {"\xed\x99", 2, false},
    {"\xed\x99z", 3, false},
    {"\xff", 1, false},
    {"\0", 1, false},
    {"a\0b", 3, false},
};

/* What a cleaned text is, and how many characters people count in it. */
struct cleaned {
	const char *typed;
	const char *text;
	size_t chars;
};

static const struct cleaned lines[] = {
    {"john", "john", 4},
    {"홍길동", "홍길동", 3},
    /* The same, as macOS sends it. */
    {"\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc", "홍길동", 3},
    {"Angstro\u0308m", "Angstr\u00f6m", 8},
    {"\u212b", "\u00c5", 1},
    {"a" DOT_BELOW ACUTE, "\u1ea1" ACUTE, 1},
    {"a" ACUTE DOT_BELOW, "\u1ea1" ACUTE, 1},
    {" \t john " NBSP IDEO_SP, "john", 4},
    {BOM ZW_SPACE "john" ZW_SPACE BOM, "john", 4},
    {"\r\n john\r\n\u2028", "john", 4},
    {"john doe", "john doe", 8},
    {"👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦", 1},
    {"🇰🇷🇰🇷", "🇰🇷🇰🇷", 2},
    {"👩🏽‍🚀❤️", "👩🏽‍🚀❤️", 2},
    /* Old Korean: no syllable of these exists composed. */
    {"\u1112\u119e\u11ab", "\u1112\u119e\u11ab", 1},
    /* U+11A7 behind a syllable must not get lost. */
    {"\uac00\u11a7\u1102\u1161", "\uac00\u11a7\ub098", 2},
    {"\u200f\u05e9\u05dc", "\u200f\u05e9\u05dc", 3},
};

static const struct cleaned texts[] = {
    {"one\r\ntwo\rthree\n", "one\ntwo\nthree\n", 14},
    {"a" NEL "b\u2028c\u2029d", "a\nb\nc\nd", 7},
    {"\r\r\n\nx", "\n\n\nx", 4},
    {"  poem\n\n    of spaces\t\n", "  poem\n\n    of spaces\t\n", 23},
    {"e" ACUTE "\n" ACUTE, "\u00e9\n" ACUTE, 3},
};

struct problem {
	const char *typed;
	enum text_problem in_line;
	enum text_problem in_text;
};

static const struct problem problems[] = {
    {"fine", TEXT_FINE, TEXT_FINE},
    {"", TEXT_EMPTY, TEXT_EMPTY},
    {" \t\r\n\v\f", TEXT_EMPTY, TEXT_EMPTY},
    {NBSP IDEO_SP "\u2003\u202f\u205f\u1680", TEXT_EMPTY, TEXT_EMPTY},
    {ZW_SPACE BOM ZWJ "\u00ad\u2060\u180e", TEXT_EMPTY, TEXT_EMPTY},
    {"\u115f\u1160\u3164\uffa0\u2800\u034f", TEXT_EMPTY, TEXT_EMPTY},
    {"\ufe0f\U000e0100", TEXT_EMPTY, TEXT_EMPTY},
    {"\u202e\u2066", TEXT_EMPTY, TEXT_EMPTY},
    {"\u3164 x", TEXT_FINE, TEXT_FINE},
    {"a\tb", TEXT_CONTROL, TEXT_FINE},
    {"a\nb", TEXT_CONTROL, TEXT_FINE},
    {"a\rb", TEXT_CONTROL, TEXT_FINE},
    {"a" NEL "b", TEXT_CONTROL, TEXT_FINE},
    {"a\u2028b", TEXT_CONTROL, TEXT_FINE},
    {"a\vb", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x01", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x1b[0m", TEXT_CONTROL, TEXT_CONTROL},
    {"a\x7f", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\x80", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xc2\x9f", TEXT_CONTROL, TEXT_CONTROL},
    {"a\xef\xb7\x90", TEXT_CONTROL, TEXT_CONTROL},     /* U+FDD0 */
    {"a\xef\xb7\xaf", TEXT_CONTROL, TEXT_CONTROL},     /* U+FDEF */
    {"a\xef\xb7\xb0", TEXT_FINE, TEXT_FINE},	       /* U+FDF0 */
    {"a\xef\xbf\xbe", TEXT_CONTROL, TEXT_CONTROL},     /* U+FFFE */
    {"a\xf4\x8f\xbf\xbf", TEXT_CONTROL, TEXT_CONTROL}, /* U+10FFFF */
    {"a\xef\xbf\xbd", TEXT_FINE, TEXT_FINE},	       /* U+FFFD */
    {"a\u202ab", TEXT_BIDI, TEXT_BIDI},
    {"a\u202eb", TEXT_BIDI, TEXT_BIDI},
    {"a\u2066b", TEXT_BIDI, TEXT_BIDI},
    {"a\u2069b", TEXT_BIDI, TEXT_BIDI},
    {"a\u200eb\u200fc\u061c", TEXT_FINE, TEXT_FINE},
    {"x" EIGHT_ACUTES, TEXT_FINE, TEXT_FINE},
    {"x" EIGHT_ACUTES ACUTE, TEXT_MARKS, TEXT_MARKS},
    {"x" EIGHT_ACUTES ZWNJ ACUTE, TEXT_MARKS, TEXT_MARKS},
    /* The letter takes one of the nine: eight are left. */
    {"e" EIGHT_ACUTES ACUTE, TEXT_FINE, TEXT_FINE},
    {"x" EIGHT_ACUTES "x" EIGHT_ACUTES, TEXT_FINE, TEXT_FINE},
    {"\u05d1\u05bc\u05b0\u0596\u05bd", TEXT_FINE, TEXT_FINE},
    /* The longest emoji: a kiss of two people, with skin tones. */
    {"👩🏽‍❤️‍💋‍👨🏿", TEXT_FINE, TEXT_FINE},
    /* Several problems: the order of the header. */
    {"a\x01\u202e", TEXT_CONTROL, TEXT_CONTROL},
    {"a\u202e" EIGHT_ACUTES ACUTE, TEXT_BIDI, TEXT_BIDI},
};

static struct text
clean(const char *typed, size_t length, const struct text_rules *rules)
{
	struct text text = {.data = NULL};

	ck_assert_int_eq(
	    text_clean(support_arena(), typed, length, rules, &text), ERR_OK);
	ck_assert_ptr_nonnull(text.data);
	ck_assert_uint_eq(strlen(text.data), text.length);
	return text;
}

static void
expect(const struct cleaned *row, const struct text_rules *rules)
{
	struct text text = clean(row->typed, strlen(row->typed), rules);

	ck_assert_str_eq(text.data, row->text);
	ck_assert_uint_eq(text.chars, row->chars);
	ck_assert_int_eq(text.problem, TEXT_FINE);
}

/* count times unit, in the arena. */
static char *
repeat(const char *unit, size_t count)
{
	size_t length = strlen(unit);
	char *text = arena_alloc(support_arena(), length * count + 1);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + i * length, unit, length);
	text[length * count] = '\0';
	return text;
}

START_TEST(only_well_formed_utf8_without_nul_is_utf8)
{
	ck_assert_int_eq(
	    text_is_utf8(encodings[_i].bytes, encodings[_i].length),
	    encodings[_i].valid);
}
END_TEST

START_TEST(text_that_is_no_utf8_is_malformed)
{
	struct text text = {.chars = 99};

	ck_assert_int_eq(
	    text_clean(support_arena(), "a\xff", 2, &line_rules, &text),
	    ERR_MALFORMED);
	ck_assert_int_eq(
	    text_clean(support_arena(), "a\0b", 3, &line_rules, &text),
	    ERR_MALFORMED);
	ck_assert_uint_eq(text.chars, 99);
}
END_TEST

START_TEST(a_line_is_trimmed_and_composed)
{
	expect(&lines[_i], &line_rules);
}
END_TEST

START_TEST(a_text_keeps_its_white_space)
{
	expect(&texts[_i], &text_rules);
}
END_TEST

START_TEST(each_problem_is_found)
{
	const struct problem *row = &problems[_i];
	size_t length = strlen(row->typed);

	ck_assert_int_eq(
	    clean(row->typed, length, &line_rules).problem, row->in_line);
	ck_assert_int_eq(
	    clean(row->typed, length, &text_rules).problem, row->in_text);
}
END_TEST

START_TEST(length_is_counted_as_people_count)
{
	const struct text_rules rules = {.one_line = true, .max_chars = 3};
	const char *three =
	    "\u1112\u1161\u11ab👨‍👩‍👧‍👦e" ACUTE;
	char *four = arena_printf(support_arena(), "%sx", three);

	ck_assert_int_eq(
	    clean(three, strlen(three), &rules).problem, TEXT_FINE);
	ck_assert_int_eq(
	    clean(four, strlen(four), &rules).problem, TEXT_TOO_LONG);
	ck_assert_uint_eq(clean(four, strlen(four), &rules).chars, 4);
}
END_TEST

START_TEST(a_cluster_without_end_is_no_character)
{
	char *most = repeat(KIYEOK, TEXT_CLUSTER_MAX);
	char *more = repeat(KIYEOK, TEXT_CLUSTER_MAX + 1);

	ck_assert_int_eq(
	    clean(most, strlen(most), &line_rules).problem, TEXT_FINE);
	ck_assert_int_eq(
	    clean(more, strlen(more), &line_rules).problem, TEXT_MARKS);
}
END_TEST

/* A family is 25 bytes and one character; a Hindi syllable often takes 9. */
START_TEST(a_text_heavier_than_its_length_is_refused)
{
	struct buf family;
	struct buf hindi;

	buf_init(&family, support_arena());
	buf_init(&hindi, support_arena());
	for (size_t i = 0; i < text_rules.max_chars; i++) {
		buf_text(&family, "👨‍👩‍👧‍👦");
		buf_text(&hindi, "कि्");
	}
	ck_assert_int_eq(
	    clean(family.data, family.length, &text_rules).problem, TEXT_HEAVY);
	ck_assert_int_eq(
	    clean(hindi.data, hindi.length, &text_rules).problem, TEXT_FINE);
	ck_assert_int_eq(
	    clean(family.data, 40 * 25, &line_rules).problem, TEXT_FINE);
}
END_TEST

START_TEST(marks_without_end_stay_as_typed)
{
	char *typed = repeat(ACUTE DOT_BELOW, TEXT_CLUSTER_MAX);
	struct text text = clean(typed, strlen(typed), &text_rules);

	ck_assert_int_eq(text.problem, TEXT_MARKS);
	ck_assert_str_eq(text.data, typed);
}
END_TEST

START_TEST(too_little_memory_is_told)
{
	struct arena *arena = arena_create(0);
	struct text text;
	char *typed = repeat("글", 100000);

	ck_assert_int_eq(
	    text_clean(arena, typed, strlen(typed), &text_rules, &text),
	    ERR_NO_MEMORY);
	ck_assert_ptr_null(text_repair(arena, typed, strlen(typed), SIZE_MAX));
	arena_destroy(arena);
}
END_TEST

/* What quadratic steps would show: marks in the worst order, one cluster. */
static const char *const long_units[] = {ACUTE, ACUTE DOT_BELOW,
    "e" ACUTE DOT_BELOW, KIYEOK, ZWJ, "\u11a7", "\u0f71\u0f72\u0f74", "\u0344",
    "글", "x" EIGHT_ACUTES FOUR_ACUTES DOT_BELOW, " ", BOM, "\r\n",
    "\U0001d165"};

START_TEST(a_megabyte_takes_linear_time)
{
	const char *unit = long_units[_i];
	char *typed = repeat(unit, MEBIBYTE / strlen(unit));
	uint64_t start = clock_monotonic_us();

	(void)clean(typed, strlen(typed), &line_rules);
	(void)clean(typed, strlen(typed), &text_rules);
	ck_assert_ptr_nonnull(
	    text_repair(support_arena(), typed, strlen(typed), SIZE_MAX));
	ck_assert_uint_lt(clock_monotonic_us() - start, LINEAR_MAX_US);
}
END_TEST

static const struct {
	const char *bytes;
	size_t length;
	size_t max_bytes;
	const char *repaired;
} repairs[] = {
    {"", 0, 10, ""},
    {"홍길동", 9, 100, "홍길동"},
    {"a\0b", 3, 100, "a\ufffdb"},
    {"a\r\nb\rc\n", 7, 100, "a\nb\nc\n"},
    {"a\tb\x1b\x7f", 5, 100, "a\tb\ufffd\ufffd"},
    {"\xc2\x85", 2, 100, "\ufffd"},
    {"\xef\xbf\xbf", 3, 100, "\ufffd"},
    {"\xed\x99", 2, 100, "\ufffd\ufffd"},
    {"x\xff", 2, 100, "x\ufffd"},
    {"<b>", 3, 100, "<b>"},
    /* Cut: not inside of a character, nor of a cluster. */
    {"홍길동", 9, 8, "홍길"},
    {"홍길동", 9, 6, "홍길"},
    {"홍길동", 9, 2, ""},
    {"abc", 3, 0, ""},
    {"xe" ACUTE "y", 5, 3, "x"},
    {"xe" ACUTE "y", 5, 4, "xe" ACUTE},
    {"👨‍👩‍👧", 18, 17, ""},
    {"\xff\xff", 2, 4, "\ufffd"},
};

START_TEST(any_bytes_become_text_that_can_be_shown)
{
	ck_assert_str_eq(text_repair(support_arena(), repairs[_i].bytes,
			     repairs[_i].length, repairs[_i].max_bytes),
	    repairs[_i].repaired);
}
END_TEST

/* As UTF-8 by the definition; its bytes. */
static size_t
encode(uint32_t c, char bytes[4])
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = length - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(leads[length] | c);
	return length;
}

static bool
is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

static bool
is_shown(uint32_t c)
{
	return (c >= 0x20 || c == '\t' || c == '\n') &&
	       !(c >= 0x7f && c <= 0x9f) && (c & 0xfffe) != 0xfffe &&
	       !(c >= 0xfdd0 && c <= 0xfdef) && !(c >= 0x202a && c <= 0x202e) &&
	       !(c >= 0x2066 && c <= 0x2069);
}

START_TEST(each_character_is_kept_or_replaced)
{
	struct arena *arena = arena_create(256 * 1024UL);

	ck_assert_ptr_nonnull(arena);
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char bytes[4];
		size_t length = encode(c, bytes);
		const char *text;

		if (is_surrogate(c) || c == '\r')
			continue;
		arena_reset(arena);
		text = text_repair(arena, bytes, length, 4);
		if (!is_shown(c))
			ck_assert_str_eq(text, "\ufffd");
		else if (strlen(text) != length ||
			 memcmp(text, bytes, length) != 0)
			ck_abort_msg("U+%04X", (unsigned)c);
	}
	arena_destroy(arena);
}
END_TEST

START_TEST(three_bytes_are_kept_if_they_are_a_character)
{
	struct arena *arena = arena_create(256 * 1024UL);

	ck_assert_ptr_nonnull(arena);
	for (uint32_t i = 0xe30000; i <= 0xeeffff; i++) {
		const char bytes[] = {(char)(i >> 16), (char)(i >> 8), (char)i};
		const char *text;

		arena_reset(arena);
		text = text_repair(arena, bytes, sizeof(bytes), 9);
		if ((memcmp(text, bytes, sizeof(bytes)) == 0) !=
		    text_is_utf8(bytes, sizeof(bytes)))
			ck_abort_msg("%06X", (unsigned)i);
	}
	arena_destroy(arena);
}
END_TEST

START_TEST(what_is_composed_stays_and_what_follows_it_composes)
{
	/* Up to the combining marks, and then Hangul's syllables. */
	for (uint32_t c = '!'; c <= 0xd7a3; c = c == 0x2ff ? 0xac00 : c + 1) {
		char bytes[8] = "";

		(void)encode(c, bytes);
		/* U+00A0 is trimmed. */
		if (is_shown(c) && c != 0xa0)
			ck_assert_str_eq(
			    clean(bytes, strlen(bytes), &line_rules).data,
			    bytes);
	}
	ck_assert_str_eq(clean("é가", 5, &line_rules).data, "é가");
	ck_assert_str_eq(clean("e\u0301가", 6, &line_rules).data, "é가");
	ck_assert_str_eq(
	    clean("é\u1112\u1161\u11ab", 11, &line_rules).data, "é한");
	ck_assert_str_eq(clean("하\u11ab", 6, &line_rules).data, "한");
	ck_assert_str_eq(clean("\u212b", 3, &line_rules).data, "\u00c5");
}
END_TEST

START_TEST(white_space_is_unicodes)
{
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		bool space = (c >= '\t' && c <= '\r') || c == ' ' ||
			     c == 0x85 || c == 0xa0 || c == 0x1680 ||
			     (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
			     c == 0x2029 || c == 0x202f || c == 0x205f ||
			     c == 0x3000;
		char bytes[4];
		size_t length = encode(c, bytes);

		if (!is_surrogate(c) &&
		    text_space(bytes, length) != (space ? length : 0))
			ck_abort_msg("U+%04X", (unsigned)c);
	}
	ck_assert_uint_eq(text_space("\r\n", 2), 2);
	ck_assert_uint_eq(text_space("\xe3\x80", 2), 0);
	ck_assert_uint_eq(text_space("\x80 ", 2), 0);
	ck_assert_uint_eq(text_space("", 0), 0);
}
END_TEST

START_TEST(an_endless_cluster_is_cut_all_the_same)
{
	char *typed = repeat(ACUTE, 1000);
	char *text = text_repair(support_arena(), typed, strlen(typed), 501);

	ck_assert_uint_ge(strlen(text), 501 - 2 * (TEXT_CLUSTER_MAX + 1));
	ck_assert_uint_le(strlen(text), 501);
	ck_assert(text_is_utf8(text, strlen(text)));
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *cleaning = support_case(suite, "clean");
	TCase *repairing = support_case(suite, "repair");

	tcase_add_loop_test(cleaning, only_well_formed_utf8_without_nul_is_utf8,
	    0, ROWS(encodings));
	tcase_add_test(cleaning, text_that_is_no_utf8_is_malformed);
	tcase_add_loop_test(
	    cleaning, a_line_is_trimmed_and_composed, 0, ROWS(lines));
	tcase_add_loop_test(
	    cleaning, a_text_keeps_its_white_space, 0, ROWS(texts));
	tcase_add_loop_test(cleaning, each_problem_is_found, 0, ROWS(problems));
	tcase_add_test(cleaning, length_is_counted_as_people_count);
	tcase_add_test(cleaning, a_cluster_without_end_is_no_character);
	tcase_add_test(cleaning, marks_without_end_stay_as_typed);
	tcase_add_test(cleaning, a_text_heavier_than_its_length_is_refused);
	tcase_add_test(cleaning, too_little_memory_is_told);
	tcase_add_loop_test(
	    cleaning, a_megabyte_takes_linear_time, 0, ROWS(long_units));
	tcase_add_loop_test(repairing, any_bytes_become_text_that_can_be_shown,
	    0, ROWS(repairs));
	tcase_add_test(repairing, an_endless_cluster_is_cut_all_the_same);
	tcase_add_test(repairing, each_character_is_kept_or_replaced);
	tcase_add_test(repairing, three_bytes_are_kept_if_they_are_a_character);
	tcase_add_test(
	    cleaning, what_is_composed_stays_and_what_follows_it_composes);
	tcase_add_test(repairing, white_space_is_unicodes);
	return support_run(suite);
}
