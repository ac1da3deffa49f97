#include "support.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *digits;
	uint64_t minimum;
	uint64_t maximum;
	uint64_t number;
} accepted[] = {
    {"0", 0, 0, 0},
    {"7", 0, 10, 7},
    {"10", 10, 10, 10},
    {"18446744073709551615", 0, UINT64_MAX, UINT64_MAX},
};

static const struct {
	const char *digits;
	uint64_t minimum;
	uint64_t maximum;
} refused[] = {
    {"", 0, 10},
    {"11", 0, 10},
    {"9", 10, 20},
    {"01", 0, 10},
    {"00", 0, 10},
    {"+1", 0, 10},
    {"-1", 0, UINT64_MAX},
    {" 1", 0, 10},
    {"1 ", 0, 10},
    {"1.0", 0, 10},
    {"1e1", 0, 10},
    {"0x1", 0, 10},
    {"\xef\xbc\x91", 0, 10}, /* a full-width 1 */
    {"18446744073709551616", 0, UINT64_MAX},
    {"99999999999999999999", 0, UINT64_MAX},
    {"184467440737095516150", 0, UINT64_MAX},
};

START_TEST(canonical_number_in_range_is_read)
{
	uint64_t number = 99;

	ck_assert(number_parse(accepted[_i].digits, strlen(accepted[_i].digits),
	    accepted[_i].minimum, accepted[_i].maximum, &number));
	ck_assert_uint_eq(number, accepted[_i].number);
}
END_TEST

START_TEST(anything_else_is_refused_and_leaves_the_number)
{
	uint64_t number = 99;

	ck_assert(!number_parse(refused[_i].digits, strlen(refused[_i].digits),
	    refused[_i].minimum, refused[_i].maximum, &number));
	ck_assert_uint_eq(number, 99);
}
END_TEST

START_TEST(bytes_behind_the_length_are_not_read)
{
	uint64_t number = 0;

	ck_assert(number_parse("123", 2, 0, 100, &number));
	ck_assert_uint_eq(number, 12);
	ck_assert(!number_parse("1\0002", 3, 0, 200, &number));
}
END_TEST

START_TEST(a_number_is_written_as_printf_does)
{
	for (uint64_t shift = 0; shift < 64; shift++)
		for (uint64_t off = 0; off < 3; off++) {
			uint64_t number = (UINT64_C(1) << shift) - 1 + off;
			char text[NUMBER_TEXT_BYTES];
			char wanted[32];

			(void)snprintf(
			    wanted, sizeof(wanted), "%" PRIu64, number);
			ck_assert_uint_eq(
			    number_write(number, text), strlen(wanted));
			ck_assert_str_eq(text, wanted);
		}
	for (uint64_t number = 1, i = 0; i < 20; i++, number *= 10) {
		char text[NUMBER_TEXT_BYTES];

		ck_assert_uint_eq(
		    number_write(number - 1, text), i > 0 ? i : 1);
		ck_assert_uint_eq(number_write(number, text), i + 1);
	}
	{
		char text[NUMBER_TEXT_BYTES];

		(void)number_write(UINT64_MAX, text);
		ck_assert_str_eq(text, "18446744073709551615");
	}
}
END_TEST

START_TEST(what_does_not_fill_a_page_has_one)
{
	ck_assert_uint_eq(number_of_pages(0, 20), 1);
	ck_assert_uint_eq(number_of_pages(1, 20), 1);
	ck_assert_uint_eq(number_of_pages(20, 20), 1);
	ck_assert_uint_eq(number_of_pages(21, 20), 2);
	ck_assert_uint_eq(number_of_pages(5, 1), 5);
	ck_assert_uint_eq(number_of_pages(UINT64_MAX, 1), UINT64_MAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("number");
	TCase *test_case = support_case(suite, "parse");

	tcase_add_loop_test(test_case, canonical_number_in_range_is_read, 0,
	    (int)(sizeof(accepted) / sizeof(accepted[0])));
	tcase_add_loop_test(test_case,
	    anything_else_is_refused_and_leaves_the_number, 0,
	    (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(test_case, bytes_behind_the_length_are_not_read);
	tcase_add_test(test_case, a_number_is_written_as_printf_does);
	tcase_add_test(test_case, what_does_not_fill_a_page_has_one);
	return support_run(suite);
}
