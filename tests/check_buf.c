#include "support.h"

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

START_TEST(appends_follow_each_other)
{
	struct buf buf;

	buf_init(&buf, support_arena());
	buf_text(&buf, "post ");
	buf_printf(&buf, "%d of %s", 3, "all");
	buf_append(&buf, "...", 1);
	ck_assert(!buf.failed);
	ck_assert_str_eq(buf.data, "post 3 of all.");
	ck_assert_uint_eq(buf.length, strlen(buf.data));
}
END_TEST

START_TEST(an_empty_append_makes_an_empty_string)
{
	struct buf buf;

	buf_init(&buf, support_arena());
	ck_assert_ptr_null(buf.data);
	buf_append(&buf, NULL, 0);
	ck_assert_str_eq(buf.data, "");
	ck_assert_uint_eq(buf.length, 0);
}
END_TEST

START_TEST(nul_bytes_are_kept)
{
	struct buf buf;

	buf_init(&buf, support_arena());
	buf_append(&buf, "a\0b", 3);
	ck_assert_uint_eq(buf.length, 3);
	ck_assert_mem_eq(buf.data, "a\0b", 4);
}
END_TEST

/* Every length around the capacities, where an off-by-one would sit. */
START_TEST(it_grows_byte_by_byte)
{
	struct buf buf;

	buf_init(&buf, support_arena());
	for (size_t i = 0; i < 5000; i++) {
		char c = (char)('a' + i % 26);

		buf_append(&buf, &c, 1);
		ck_assert_uint_eq(strlen(buf.data), i + 1);
	}
	for (size_t i = 0; i < 5000; i++)
		ck_assert_int_eq(buf.data[i], (int)('a' + i % 26));
}
END_TEST

START_TEST(a_failed_append_is_remembered)
{
	struct arena *arena = arena_create(256 * 1024);
	static char block[64 * 1024];
	struct buf buf;
	size_t length;

	buf_init(&buf, arena);
	for (int i = 0; i < 8; i++)
		buf_append(&buf, block, sizeof(block));
	ck_assert(buf.failed);
	length = buf.length;
	buf_text(&buf, "more");
	buf_printf(&buf, "%d", 1);
	ck_assert(buf.failed);
	ck_assert_uint_eq(buf.length, length);
	arena_destroy(arena);
}
END_TEST

START_TEST(a_length_that_overflows_fails)
{
	struct buf buf;

	buf_init(&buf, support_arena());
	buf_text(&buf, "x");
	buf_append(&buf, "y", SIZE_MAX);
	ck_assert(buf.failed);
	ck_assert_str_eq(buf.data, "x");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("buf");
	TCase *test_case = support_case(suite, "buf");

	tcase_add_test(test_case, appends_follow_each_other);
	tcase_add_test(test_case, an_empty_append_makes_an_empty_string);
	tcase_add_test(test_case, nul_bytes_are_kept);
	tcase_add_test(test_case, it_grows_byte_by_byte);
	tcase_add_test(test_case, a_failed_append_is_remembered);
	tcase_add_test(test_case, a_length_that_overflows_fails);
	return support_run(suite);
}
