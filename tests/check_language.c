#include "web/language.h"

#include "base/buf.h"
#include "support.h"

#include <locale.h>

enum { EN, KO };
static const char *const tags[] = {"en", "ko"};

static const struct {
	const char *header;
	size_t fallback;
	size_t expected;
} rows[] = {
    /* Nothing said. */
    {"", EN, EN},
    {"", KO, KO},
    {" ", KO, KO},
    {",,,", KO, KO},
    /* As browsers send it. */
    {"ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", EN, KO},
    {"en-US,en;q=0.9,ko;q=0.8", KO, EN},
    {"ko", EN, KO},
    {"de,fr;q=0.9", KO, KO},
    {"de,fr;q=0.9,ko;q=0.1", EN, KO},
    {"*", KO, KO},
    /* Weights before order, order among equals. */
    {"en;q=0.1,ko;q=0.2", EN, KO},
    {"en;q=0.001,ko;q=0.002", EN, KO},
    {"ko;q=0.5,en;q=0.5", EN, KO},
    {"en;q=0.5,ko;q=0.5", KO, EN},
    {"ko;q=0.999,en;q=1.000", KO, EN},
    {"ko;q=0.9,*", EN, EN},
    {"ko,*;q=0.5", EN, KO},
    /* Ranges are shortened, tags are not. */
    {"KO-kr", EN, KO},
    {"ko-Hang-KR-x-a", EN, KO},
    {"kok", EN, EN},
    {"k", EN, EN},
    {"ko_KR", EN, EN},
    /* A weight of 0 excludes. */
    {"ko;q=0", EN, EN},
    {"en;q=0", EN, KO},
    {"en;q=0.000,*", EN, KO},
    {"ko;q=0,ko-KR,en;q=0.1", EN, EN},
    {"en;q=0,ko;q=0", EN, EN},
    {"en-US;q=0,en", KO, EN},
    {"*;q=0", KO, KO},
    {"ko,*;q=0", EN, KO},
    /* White space is allowed around commas and semicolons. */
    {"\ten ; q=0.5 ,  ko\t;\tQ=0.8 ", EN, KO},
    /* Broken ranges are as if they were not there. */
    {"ko;q=1.1,en;q=0.1", KO, EN},
    {"ko;q=1.001,en;q=0.1", KO, EN},
    {"ko;q=2,en;q=0.1", KO, EN},
    {"ko;q=-1,en;q=0.1", KO, EN},
    {"ko;q=,en;q=0.1", KO, EN},
    {"ko;q,en;q=0.1", KO, EN},
    {"ko;,en;q=0.1", KO, EN},
    {"ko;q=0,9", EN, EN},
    {"ko;q=.9,en;q=0.1", KO, EN},
    {"ko;q=0.1234,en;q=0.1", KO, EN},
    {"ko;q=1e0,en;q=0.1", KO, EN},
    {"ko;q=nan,en;q=0.1", KO, EN},
    {"ko;level=1,en;q=0.1", KO, EN},
    {"ko;q=1;q=1,en;q=0.1", KO, EN},
    {"=;=,;;q=q", KO, KO},
    {"\xff\xfe,ko", EN, KO},
};

START_TEST(each_header_gets_the_language_it_asks_for)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(language_negotiate(rows[i].header, tags, 2,
				  rows[i].fallback) == rows[i].expected,
		    "\"%s\"", rows[i].header);
}
END_TEST

START_TEST(every_header_reads_the_same_in_another_locale)
{
	/* One has a decimal comma, the other lowers I to a dotless i. */
	static const char *const locales[] = {
	    "de_DE.UTF-8", "tr_TR.UTF-8", "C.UTF-8"};
	size_t i, n;

	for (n = 0; n < sizeof(locales) / sizeof(locales[0]); n++) {
		if (setlocale(LC_ALL, locales[n]) == NULL)
			continue;
		for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			ck_assert_uint_eq(language_negotiate(rows[i].header,
					      tags, 2, rows[i].fallback),
			    rows[i].expected);
	}
	(void)setlocale(LC_ALL, "C");
}
END_TEST

/* count times filler, then end. */
static char *
repeat(const char *filler, size_t count, const char *end)
{
	struct buf header;

	buf_init(&header, support_arena());
	while (count-- > 0)
		buf_text(&header, filler);
	buf_text(&header, end);
	ck_assert(!header.failed);
	return header.data;
}

START_TEST(only_the_first_32_ranges_count)
{
	ck_assert_uint_eq(
	    language_negotiate(repeat("de,", 31, "ko"), tags, 2, EN), KO);
	ck_assert_uint_eq(
	    language_negotiate(repeat("de,", 32, "ko"), tags, 2, EN), EN);
}
END_TEST

START_TEST(only_the_first_kibibyte_counts)
{
	/* 1022 and 1024 bytes; then "ko" cut in half, and "ko-" cut off. */
	ck_assert_uint_eq(
	    language_negotiate(repeat(" ", 1022, "ko"), tags, 2, EN), KO);
	ck_assert_uint_eq(
	    language_negotiate(repeat(" ", 1023, "ko"), tags, 2, EN), EN);
	ck_assert_uint_eq(
	    language_negotiate(repeat(" ", 1022, "kok"), tags, 2, EN), EN);
	ck_assert_uint_eq(
	    language_negotiate(repeat(" ", 1000000, "ko"), tags, 2, EN), EN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("language");
	TCase *tests = support_case(suite, "negotiate");

	tcase_add_test(tests, each_header_gets_the_language_it_asks_for);
	tcase_add_test(tests, every_header_reads_the_same_in_another_locale);
	tcase_add_test(tests, only_the_first_32_ranges_count);
	tcase_add_test(tests, only_the_first_kibibyte_counts);
	return support_run(suite);
}
