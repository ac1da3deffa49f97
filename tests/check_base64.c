#include "base/base64.h"

#include "support.h"

#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* The examples of RFC 4648, section 10, and bytes that are no text. */
static const struct {
	const char *data;
	size_t length;
	const char *text;
} rows[] = {
    {"", 0, ""},
    {"f", 1, "Zg=="},
    {"fo", 2, "Zm8="},
    {"foo", 3, "Zm9v"},
    {"foobar", 6, "Zm9vYmFy"},
    {"\0\377\0", 3, "AP8A"},
    {"\373\377\277", 3, "+/+/"},
};

START_TEST(bytes_are_written_as_others_write_them)
{
	ck_assert_str_eq(
	    base64_write(support_arena(), rows[_i].data, rows[_i].length),
	    rows[_i].text);
}
END_TEST

START_TEST(they_come_back)
{
	size_t length = 99;
	const char *data = base64_read(
	    support_arena(), rows[_i].text, strlen(rows[_i].text), &length);

	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(length, rows[_i].length);
	ck_assert_mem_eq(data, rows[_i].data, length);
	ck_assert_int_eq(data[length], '\0');
}
END_TEST

static const char *const wrong[] = {"Z", "Zg",
    "Zg=", "Zg===", "Zh==", "Zm9v=", "Zm9v\n", " Zm9v", "Zm 9v", "-_-_",
    "====", "Zg==Zg=="};

START_TEST(what_is_written_otherwise_is_refused)
{
	size_t length;

	ck_assert_ptr_null(base64_read(
	    support_arena(), wrong[_i], strlen(wrong[_i]), &length));
}
END_TEST

START_TEST(a_nul_ends_nothing)
{
	size_t length;

	ck_assert_ptr_null(
	    base64_read(support_arena(), "Zm9v\0Zm9", 8, &length));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tests = support_case(suite, "base64");

	tcase_add_loop_test(
	    tests, bytes_are_written_as_others_write_them, 0, ROWS(rows));
	tcase_add_loop_test(tests, they_come_back, 0, ROWS(rows));
	tcase_add_loop_test(
	    tests, what_is_written_otherwise_is_refused, 0, ROWS(wrong));
	tcase_add_test(tests, a_nul_ends_nothing);
	return support_run(suite);
}
