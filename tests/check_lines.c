/*
 * Lines in a gzip file: they come back, and what was done to the file is seen.
 */
#include "support.h"

#include "base/digest.h"
#include "base/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LONGEST	   200000
#define LINES	   300
#define FILE_BYTES (1UL << 20)

/* Line i, of a length that no other near it has. */
static size_t
make_line(size_t i, char *line)
{
	size_t length = i * i * 7 % 9973 * (i % 50 == 49 ? 20 : 1);

	for (size_t j = 0; j < length; j++)
		line[j] = (char)('a' + (i + j * j) % 26);
	return length;
}

/* A file of all the lines, and the digest that was theirs. */
static int
make_file(char digest[LINES_DIGEST_BYTES])
{
	static char line[LONGEST];
	int file = memfd_create("lines", MFD_CLOEXEC);
	struct lines_out *out;

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(lines_create(file, &out), ERR_OK);
	for (size_t i = 0; i < LINES; i++)
		ck_assert(lines_write(out, line, make_line(i, line)));
	lines_out_digest(out, digest);
	ck_assert(lines_finish(out));
	lines_discard(out);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	return file;
}

START_TEST(lines_come_back_with_their_digest)
{
	static char wanted[LONGEST];
	char before[LINES_DIGEST_BYTES];
	char digest[LINES_DIGEST_BYTES];
	int file = make_file(before);
	struct lines_in *in;
	const char *line;
	size_t length;

	ck_assert_int_eq(lines_open(file, LONGEST, &in), ERR_OK);
	for (size_t i = 0; i < LINES; i++) {
		size_t bytes = make_line(i, wanted);

		ck_assert_int_eq(lines_read(in, &line, &length), LINES_LINE);
		ck_assert_uint_eq(length, bytes);
		ck_assert_int_eq(memcmp(line, wanted, bytes), 0);
		ck_assert_uint_eq(lines_in_number(in), i + 1);
	}
	ck_assert_int_eq(lines_read(in, &line, &length), LINES_END);
	lines_in_digest(in, digest);
	ck_assert_str_eq(digest, before);
	ck_assert_uint_gt(lines_in_bytes(in), 1000);
	lines_close(in);
	(void)close(file);
}
END_TEST

START_TEST(the_digest_is_sha_256)
{
	struct digest_sum sum;
	char hex[DIGEST_SUM_HEX_BYTES];

	digest_sum_begin(&sum);
	digest_sum_add(&sum, "a", 1);
	digest_sum_hex(&sum, hex);
	digest_sum_add(&sum, "bc", 2);
	digest_sum_hex(&sum, hex);
	/* FIPS 180-2, appendix B.1 */
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
			      "b410ff61f20015ad");
}
END_TEST

/* How reading a file of these bytes ends. */
static enum lines_end
end_of(const char *data, size_t length, size_t longest)
{
	int file = memfd_create("lines", MFD_CLOEXEC);
	struct lines_in *in;
	enum lines_end end;
	const char *line;

	ck_assert_int_eq(write(file, data, length), (ssize_t)length);
	ck_assert_int_eq(lseek(file, 0, SEEK_SET), 0);
	ck_assert_int_eq(lines_open(file, longest, &in), ERR_OK);
	do
		end = lines_read(in, &line, &length);
	while (end == LINES_LINE);
	lines_close(in);
	(void)close(file);
	return end;
}

START_TEST(whatever_was_done_to_a_file_is_seen)
{
	static char data[FILE_BYTES];
	char digest[LINES_DIGEST_BYTES];
	int file = make_file(digest);
	ssize_t got = read(file, data, sizeof(data) - 1);
	size_t length = (size_t)got;

	ck_assert_int_gt(got, 20);
	(void)close(file);
	ck_assert_int_eq(end_of(data, length, LONGEST), LINES_END);
	ck_assert_int_eq(end_of(data, 0, LONGEST), LINES_NO_GZIP);
	ck_assert_int_eq(end_of("hello", 5, LONGEST), LINES_NO_GZIP);
	ck_assert_int_eq(end_of(data, length, 5000), LINES_TOO_LONG);
	ck_assert_int_eq(end_of(data, length + 1, LONGEST), LINES_MORE);
	for (size_t cut = 1; cut < 50; cut++)
		ck_assert_int_eq(
		    end_of(data, length * cut / 50, LONGEST), LINES_CUT);
	ck_assert_int_eq(end_of(data, length - 1, LONGEST), LINES_CUT);
	data[length - 5] ^= 1;
	ck_assert_int_eq(end_of(data, length, LONGEST), LINES_DAMAGED);
}
END_TEST

START_TEST(a_full_disk_is_seen)
{
	FILE *full = fopen("/dev/full", "w");
	struct lines_out *out;

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(lines_create(fileno(full), &out), ERR_OK);
	ck_assert(!lines_write(out, "a", 1) || !lines_finish(out));
	lines_discard(out);
	(void)fclose(full);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lines");
	TCase *tests = support_case(suite, "lines");

	if (digest_init() != ERR_OK)
		return 1;
	tcase_add_test(tests, lines_come_back_with_their_digest);
	tcase_add_test(tests, the_digest_is_sha_256);
	tcase_add_test(tests, whatever_was_done_to_a_file_is_seen);
	tcase_add_test(tests, a_full_disk_is_seen);
	return support_run(suite);
}
