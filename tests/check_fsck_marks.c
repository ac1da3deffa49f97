#include "support.h"

#include "board/fsck_marks.h"
#include "board/post.h"

/* More pieces of ids than it has room for. */
#define FAR_IDS	    10000
#define FAR_BETWEEN 100000

static const uint64_t ids[] = {
    1, 2, 63, 64, 8191, 8192, 8193, 1000000, POST_ID_MAX - 1, POST_ID_MAX};
#define IDS (sizeof(ids) / sizeof(ids[0]))

static struct fsck_marks *marks;

static void
create_marks(void)
{
	marks = fsck_marks_create();
	ck_assert_ptr_nonnull(marks);
}

static void
destroy_marks(void)
{
	fsck_marks_destroy(marks);
}

START_TEST(what_was_marked_is_and_nothing_beside_it)
{
	for (size_t i = 0; i < IDS; i++) {
		ck_assert(!fsck_marks_have(marks, 7, ids[i]));
		fsck_marks_add(marks, 7, ids[i]);
		for (size_t j = 0; j < IDS; j++)
			ck_assert_int_eq(
			    fsck_marks_have(marks, 7, ids[j]), j <= i);
	}
	ck_assert(!fsck_marks_have(marks, 7, 3));
	ck_assert(!fsck_marks_have(marks, 7, 1000001));
}
END_TEST

START_TEST(sets_know_nothing_of_each_other)
{
	for (size_t set = 0; set < 300; set += 3)
		fsck_marks_add(marks, set, 17);
	for (size_t set = 0; set < 300; set++)
		ck_assert_int_eq(fsck_marks_have(marks, set, 17), set % 3 == 0);
}
END_TEST

START_TEST(what_it_has_no_room_for_is_not_marked)
{
	size_t marked = 0;

	for (uint64_t i = 0; i < FAR_IDS; i++)
		fsck_marks_add(marks, 0, 1 + i * FAR_BETWEEN);
	for (uint64_t i = 0; i < FAR_IDS; i++) {
		marked += fsck_marks_have(marks, 0, 1 + i * FAR_BETWEEN);
		ck_assert(!fsck_marks_have(marks, 0, 2 + i * FAR_BETWEEN));
	}
	ck_assert_uint_eq(marked, 8192);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("fsck_marks");
	TCase *one = support_case(suite, "marks");

	tcase_add_checked_fixture(one, create_marks, destroy_marks);
	tcase_add_test(one, what_was_marked_is_and_nothing_beside_it);
	tcase_add_test(one, sets_know_nothing_of_each_other);
	tcase_add_test(one, what_it_has_no_room_for_is_not_marked);
	return support_run(suite);
}
