#include "base/digest.h"

#include "support.h"

#include <string.h>

static void
set_up(void)
{
	ck_assert_int_eq(digest_init(), ERR_OK);
}

/* Of b2sum -l 128; the number is the first half of the digits. */
static const struct {
	const char *data;
	size_t length;
	const char *hex;
	uint64_t number;
} rows[] = {
    {"", 0, "cae66941d9efbd404e4d88758ea67670", UINT64_C(0xcae66941d9efbd40)},
    {"page", 4, "475f188b8223e6ba9cab239f948ca7fc",
	UINT64_C(0x475f188b8223e6ba)},
};

START_TEST(a_digest_is_the_one_that_others_make)
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(rows[_i].data, rows[_i].length, hex);
	ck_assert_str_eq(hex, rows[_i].hex);
}
END_TEST

START_TEST(its_number_is_its_first_half)
{
	ck_assert_uint_eq(
	    digest_number(rows[_i].data, rows[_i].length), rows[_i].number);
}
END_TEST

START_TEST(every_byte_counts)
{
	ck_assert_uint_ne(digest_number("a\0b", 3), digest_number("a\0c", 3));
	ck_assert_uint_ne(digest_number("a", 1), digest_number("a\0", 2));
}
END_TEST

/* Of draft-eastlake-fnv. */
static const struct {
	const char *text;
	uint64_t hash;
} quick[] = {
    {"", UINT64_C(0xcbf29ce484222325)},
    {"a", UINT64_C(0xaf63dc4c8601ec8c)},
    {"foobar", UINT64_C(0x85944171f73967e8)},
};

START_TEST(a_quick_one_is_made_of_pieces)
{
	const char *text = quick[_i].text;
	size_t length = strlen(text);

	for (size_t cut = 0; cut <= length; cut++) {
		uint64_t hash = digest_quick(DIGEST_QUICK, text, cut);

		ck_assert_uint_eq(digest_quick(hash, text + cut, length - cut),
		    quick[_i].hash);
	}
}
END_TEST

/* Of sha256sum. */
#define SUM_OF_NOTHING                                                         \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SUM_OF_HELLO                                                           \
	"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

START_TEST(a_sum_is_of_all_pieces_so_far)
{
	char hex[DIGEST_SUM_HEX_BYTES];
	struct digest_sum sum;

	digest_sum_begin(&sum);
	digest_sum_hex(&sum, hex);
	ck_assert_str_eq(hex, SUM_OF_NOTHING);
	digest_sum_add(&sum, "he", 2);
	digest_sum_hex(&sum, hex);
	digest_sum_add(&sum, "", 0);
	digest_sum_add(&sum, "llo", 3);
	digest_sum_hex(&sum, hex);
	ck_assert_str_eq(hex, SUM_OF_HELLO);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tests = support_case(suite, "digests");
	int count = sizeof(rows) / sizeof(rows[0]);

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_loop_test(
	    tests, a_digest_is_the_one_that_others_make, 0, count);
	tcase_add_loop_test(tests, its_number_is_its_first_half, 0, count);
	tcase_add_test(tests, every_byte_counts);
	tcase_add_loop_test(tests, a_quick_one_is_made_of_pieces, 0,
	    sizeof(quick) / sizeof(quick[0]));
	tcase_add_test(tests, a_sum_is_of_all_pieces_so_far);
	return support_run(suite);
}
