#include "support.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* One assertion a byte would take minutes under valgrind. */
static bool
is_filled_with(const char *piece, size_t size, char byte)
{
	size_t same = 0;

	while (same < size && piece[same] == byte)
		same++;
	return same == size;
}

START_TEST(a_piece_grows_with_what_is_in_it)
{
	struct arena *arena = support_arena();
	size_t size = 100;
	char *piece = arena_alloc(arena, size);

	ck_assert_ptr_nonnull(piece);
	memset(piece, 'a', size);
	while (size < 4UL * 1024 * 1024) {
		piece = arena_grow(arena, piece, size, size * 2);
		ck_assert_ptr_nonnull(piece);
		ck_assert(is_filled_with(piece, size, 'a'));
		memset(piece, 'a', size * 2);
		size *= 2;
	}
	/* What comes behind it is no part of it. */
	memset(arena_alloc(arena, 200UL * 1024), 'b', 200UL * 1024);
	ck_assert_int_eq(piece[size - 1], 'a');
	piece = arena_grow(arena, piece, size, size + 1);
	ck_assert_ptr_nonnull(piece);
	ck_assert_int_eq(piece[0], 'a');
	ck_assert_int_eq(piece[size - 1], 'a');
}
END_TEST

START_TEST(a_piece_that_grows_takes_little_more_than_its_size)
{
	struct arena *arena = arena_create(2UL * 1024 * 1024);
	size_t size = 256UL * 1024;
	char *piece = arena_alloc(arena, size);

	/* With each copy kept this would need 3.75 MiB. */
	while (piece != NULL && size < 1536UL * 1024) {
		piece = arena_grow(arena, piece, size, size + 256UL * 1024);
		size += 256UL * 1024;
	}
	ck_assert_ptr_nonnull(piece);
	ck_assert_ptr_null(arena_grow(arena, piece, size, 4 * size));
	ck_assert_ptr_nonnull(arena_grow(arena, piece, size, size + 16));
	arena_destroy(arena);
}
END_TEST

START_TEST(memory_is_aligned_for_any_type)
{
	for (size_t size = 0; size < 40; size++) {
		uintptr_t address =
		    (uintptr_t)arena_alloc(support_arena(), size);

		ck_assert_uint_ne(address, 0);
		ck_assert_uint_eq(address % alignof(max_align_t), 0);
	}
}
END_TEST

START_TEST(pieces_do_not_overlap)
{
	unsigned char *pieces[200];

	for (size_t i = 0; i < 200; i++) {
		pieces[i] = arena_alloc(support_arena(), 1000 + i);
		ck_assert_ptr_nonnull(pieces[i]);
		memset(pieces[i], (int)i, 1000 + i);
	}
	for (size_t i = 0; i < 200; i++) {
		for (size_t k = 0; k < 1000 + i; k++)
			ck_assert_uint_eq(pieces[i][k], i);
	}
}
END_TEST

START_TEST(a_piece_may_be_larger_than_a_chunk)
{
	unsigned char *piece = arena_alloc(support_arena(), 1024 * 1024);

	ck_assert_ptr_nonnull(piece);
	memset(piece, 1, 1024 * 1024);
	ck_assert_ptr_nonnull(arena_alloc(support_arena(), 1));
}
END_TEST

START_TEST(the_limit_holds_and_a_reset_gives_it_back)
{
	const size_t limit = 1024 * 1024;
	struct arena *arena = arena_create(limit);

	ck_assert_ptr_nonnull(arena);
	for (int round = 0; round < 3; round++) {
		size_t taken = 0;

		while (arena_alloc(arena, 1024) != NULL)
			taken += 1024;
		ck_assert_uint_le(taken, limit);
		ck_assert_uint_ge(taken, limit / 2);
		ck_assert_ptr_null(arena_alloc(arena, limit));
		arena_reset(arena);
	}
	arena_destroy(arena);
}
END_TEST

START_TEST(a_reset_gives_the_first_chunk_again)
{
	void *before = arena_alloc(support_arena(), 100);

	ck_assert_ptr_nonnull(arena_alloc(support_arena(), 1024 * 1024));
	arena_reset(support_arena());
	ck_assert_ptr_eq(arena_alloc(support_arena(), 100), before);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
	struct arena *arena = support_arena();

	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX - 16));
	ck_assert_ptr_null(arena_zalloc(arena, SIZE_MAX / 2, 3));
	ck_assert_ptr_null(arena_zalloc(arena, 3, SIZE_MAX / 2));
	ck_assert_ptr_null(arena_copy(arena, "", SIZE_MAX));
	ck_assert_ptr_nonnull(arena_zalloc(arena, 3, 0));
}
END_TEST

START_TEST(zalloc_zeroes_memory_that_was_used_before)
{
	unsigned char *memory = arena_alloc(support_arena(), 512);

	memset(memory, 0xff, 512);
	arena_reset(support_arena());
	memory = arena_zalloc(support_arena(), 64, 8);
	ck_assert_ptr_nonnull(memory);
	for (size_t i = 0; i < 512; i++)
		ck_assert_uint_eq(memory[i], 0);
}
END_TEST

START_TEST(a_copy_ends_with_nul)
{
	char *copy = arena_copy(support_arena(), "hangul", 3);

	ck_assert_str_eq(copy, "han");
	ck_assert_str_eq(arena_copy(support_arena(), NULL, 0), "");
}
END_TEST

START_TEST(printf_takes_what_it_needs)
{
	char *text = arena_printf(support_arena(), "%s %05d", "id", 42);

	ck_assert_str_eq(text, "id 00042");
	text = arena_printf(support_arena(), "%*d", 100000, 7);
	ck_assert_uint_eq(strlen(text), 100000);
}
END_TEST

/* For the sanitizers: nothing to assert but that it comes back. */
START_TEST(destroying_none_is_fine)
{
	arena_destroy(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *test_case = support_case(suite, "arena");

	tcase_add_test(test_case, memory_is_aligned_for_any_type);
	tcase_add_test(test_case, pieces_do_not_overlap);
	tcase_add_test(test_case, a_piece_may_be_larger_than_a_chunk);
	tcase_add_test(test_case, a_piece_grows_with_what_is_in_it);
	tcase_add_test(
	    test_case, a_piece_that_grows_takes_little_more_than_its_size);
	tcase_add_test(test_case, the_limit_holds_and_a_reset_gives_it_back);
	tcase_add_test(test_case, a_reset_gives_the_first_chunk_again);
	tcase_add_test(test_case, sizes_that_overflow_are_refused);
	tcase_add_test(test_case, zalloc_zeroes_memory_that_was_used_before);
	tcase_add_test(test_case, a_copy_ends_with_nul);
	tcase_add_test(test_case, printf_takes_what_it_needs);
	tcase_add_test(test_case, destroying_none_is_fine);
	return support_run(suite);
}
