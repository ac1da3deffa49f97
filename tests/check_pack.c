#include "board/pack.h"

#include "support.h"

/* As the specification of MessagePack has them: a byte of type, 32 bits. */
START_TEST(values_are_what_cmsgpack_reads)
{
	static const char wanted[] = "\xdd\0\0\0\4"
				     "\xdb\0\0\0\3a\0b"
				     "\xdb\0\0\0\4word"
				     "\xdb\0\0\0\24"
				     "18446744073709551615"
				     "\xc2";
	struct buf out;

	buf_init(&out, support_arena());
	pack_list(&out, 4);
	pack_text(&out, "a\0b", 3);
	pack_word(&out, "word");
	pack_number(&out, UINT64_MAX);
	pack_false(&out);
	ck_assert_uint_eq(out.length, sizeof(wanted) - 1);
	ck_assert_mem_eq(out.data, wanted, out.length);
}
END_TEST

START_TEST(a_length_has_all_its_bytes)
{
	static const char wanted[] = "\xdd\1\2\3\4";
	struct buf out;

	buf_init(&out, support_arena());
	pack_list(&out, 0x01020304);
	ck_assert_mem_eq(out.data, wanted, sizeof(wanted) - 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pack");
	TCase *tests = support_case(suite, "pack");

	tcase_add_test(tests, values_are_what_cmsgpack_reads);
	tcase_add_test(tests, a_length_has_all_its_bytes);
	return support_run(suite);
}
