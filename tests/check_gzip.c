#include "base/gzip.h"

#include "support.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* More than deflate looks back at once, and no whole number of its blocks. */
#define LARGE_BYTES 1000001

/* Of zlib's window, with 16 for a header of gzip and nothing else. */
#define WINDOW_BITS (15 + 16)

static struct buf
compress_bytes(const void *data, size_t length)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(gzip_append(&out, data, length), ERR_OK);
	return out;
}

/* What zlib reads out of it: one whole stream that is of length bytes. */
static void
is_compressed_form_of(const struct buf *gzip, const void *data, size_t length)
{
	unsigned char *plain = arena_zalloc(support_arena(), 1, length + 1);
	z_stream stream = {.next_in = (Bytef *)gzip->data,
	    .avail_in = (uInt)gzip->length,
	    .next_out = plain,
	    .avail_out = (uInt)length + 1};

	ck_assert_ptr_nonnull(plain);
	ck_assert_int_eq(inflateInit2(&stream, WINDOW_BITS), Z_OK);
	ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
	ck_assert_uint_eq(stream.total_out, length);
	ck_assert_uint_eq(stream.avail_in, 0);
	ck_assert_int_eq(memcmp(plain, data, length), 0);
	ck_assert_int_eq(inflateEnd(&stream), Z_OK);
}

/* Bytes that look like none before them: they don't shrink. */
static unsigned char *
make_noise(size_t length)
{
	unsigned char *noise = arena_alloc(support_arena(), length);
	uint32_t state = 1;

	ck_assert_ptr_nonnull(noise);
	for (size_t i = 0; i < length; i++) {
		state = state * 1664525 + 1013904223;
		noise[i] = (unsigned char)(state >> 24);
	}
	return noise;
}

static const struct {
	const char *data;
	size_t length;
} rows[] = {
    {"", 0},
    {"a", 1},
    {"\0\0\0", 3},
    {"<p>글을 등록했습니다.</p><p>글을 등록했습니다.</p>", 66},
    {"\x1f\x8b\x08", 3},
    {"\xff\xfe\xff", 3},
};

START_TEST(what_zlib_reads_is_what_was_compressed)
{
	struct buf gzip = compress_bytes(rows[_i].data, rows[_i].length);

	is_compressed_form_of(&gzip, rows[_i].data, rows[_i].length);
}
END_TEST

START_TEST(large_bytes_come_back_whether_they_shrink_or_not)
{
	unsigned char *noise = make_noise(LARGE_BYTES);
	char *same = arena_zalloc(support_arena(), 1, LARGE_BYTES);
	struct buf gzip = compress_bytes(noise, LARGE_BYTES);

	ck_assert_uint_gt(gzip.length, LARGE_BYTES);
	is_compressed_form_of(&gzip, noise, LARGE_BYTES);
	gzip = compress_bytes(same, LARGE_BYTES);
	ck_assert_uint_lt(gzip.length, LARGE_BYTES / 100);
	is_compressed_form_of(&gzip, same, LARGE_BYTES);
}
END_TEST

START_TEST(the_same_bytes_give_the_same_bytes)
{
	unsigned char *noise = make_noise(70000);
	struct buf one = compress_bytes(noise, 70000);
	struct buf two = compress_bytes(noise, 70000);

	ck_assert_uint_eq(one.length, two.length);
	ck_assert_int_eq(memcmp(one.data, two.data, one.length), 0);
	/* No flags, so that neither a name nor a comment follows; no time. */
	ck_assert_int_eq(memcmp(one.data, "\x1f\x8b\x08\0\0\0\0\0", 8), 0);
}
END_TEST

START_TEST(it_is_appended_to_what_is_there)
{
	struct buf out;
	struct buf behind;

	buf_init(&out, support_arena());
	buf_text(&out, "before");
	ck_assert_int_eq(gzip_append(&out, "data", 4), ERR_OK);
	ck_assert_int_eq(memcmp(out.data, "before", 6), 0);
	behind = out;
	behind.data += 6;
	behind.length -= 6;
	is_compressed_form_of(&behind, "data", 4);
}
END_TEST

/* There is none to compress into, or none for what came of it. */
START_TEST(without_memory_nothing_is_appended)
{
	static const size_t limits[] = {1000, 350000};
	unsigned char *noise = make_noise(200000);

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct arena *small = arena_create(limits[i]);
		struct buf out;

		ck_assert_ptr_nonnull(small);
		buf_init(&out, small);
		ck_assert_int_eq(
		    gzip_append(&out, noise, 200000), ERR_NO_MEMORY);
		ck_assert_uint_eq(out.length, 0);
		ck_assert(out.failed == (i == 1));
		arena_destroy(small);
	}
}
END_TEST

/* Its bytes are never looked at. */
START_TEST(what_zlib_can_not_count_is_refused)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(gzip_append(&out, "", SIZE_MAX), ERR_NO_MEMORY);
	ck_assert_int_eq(
	    gzip_append(&out, "", (size_t)UINT32_MAX + 1), ERR_NO_MEMORY);
	ck_assert_uint_eq(out.length, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gzip");
	TCase *tests = support_case(suite, "compressing");

	tcase_add_loop_test(tests, what_zlib_reads_is_what_was_compressed, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tests, large_bytes_come_back_whether_they_shrink_or_not);
	tcase_add_test(tests, the_same_bytes_give_the_same_bytes);
	tcase_add_test(tests, it_is_appended_to_what_is_there);
	tcase_add_test(tests, without_memory_nothing_is_appended);
	tcase_add_test(tests, what_zlib_can_not_count_is_refused);
	return support_run(suite);
}
