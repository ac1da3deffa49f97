#include "web/multipart.h"

#include "base/buf.h"
#include "support.h"

#include <string.h>
#include <time.h>

#define TYPE	  "multipart/form-data; boundary="
#define FIELD(n)  "Content-Disposition: form-data; name=\"" n "\"\r\n\r\n"
#define PARTS_MAX 8

static enum err
parse(const char *content_type, const char *body, size_t length,
    struct form_pairs *pairs)
{
	*pairs = (struct form_pairs){.max = PARTS_MAX};
	return multipart_parse(
	    support_arena(), content_type, body, length, pairs);
}

/* The pairs of a body, each as "name=value;". */
static const char *
written(const struct form_pairs *pairs)
{
	struct buf all;
	size_t i;

	buf_init(&all, support_arena());
	buf_text(&all, "");
	for (i = 0; i < pairs->count; i++) {
		ck_assert_uint_eq(
		    pairs->list[i].length, strlen(pairs->list[i].value));
		buf_printf(
		    &all, "%s=%s;", pairs->list[i].name, pairs->list[i].value);
	}
	ck_assert(!all.failed);
	return all.data;
}

static const struct {
	const char *content_type;
	const char *body;
	const char *expected;
} fine_rows[] = {
    /* As Chromium, Firefox and curl send it. */
    {TYPE "----WebKitFormBoundaryAbC123",
	"------WebKitFormBoundaryAbC123\r\n" FIELD(
	    "full_name") "john\r\n"
			 "------WebKitFormBoundaryAbC123\r\n" FIELD(
			     "data") "hi\r\nyou\r\n"
				     "------WebKitFormBoundaryAbC123--\r\n",
	"full_name=john;data=hi\r\nyou;"},
    {TYPE "----geckoformboundary9f",
	"------geckoformboundary9f\r\n" FIELD(
	    "data") "a\r\n"
		    "------geckoformboundary9f--\r\n",
	"data=a;"},
    {TYPE "------------------------abcd",
	"--------------------------abcd\r\n" FIELD(
	    "data") "a\r\n"
		    "--------------------------abcd--\r\n",
	"data=a;"},
    /* The boundary: quoted, among other parameters, with any bchar. */
    {TYPE "\"b\"", "--b\r\n" FIELD("a") "1\r\n--b--", "a=1;"},
    {"Multipart/Form-Data; x=y; BOUNDARY=b ; z",
	"--b\r\n" FIELD("a") "1\r\n--b--", "a=1;"},
    {TYPE "\"'()+_,-./:=? 1\"",
	"--'()+_,-./:=? 1\r\n" FIELD("a") "1\r\n--'()+_,-./:=? 1--", "a=1;"},
    {TYPE "1234567890123456789012345678901234567890123456789012345678901"
	  "234567890",
	"--1234567890123456789012345678901234567890123456789012345678901"
	"234567890--",
	""},
    /* Preamble, epilogue, padding, nothing at all. */
    {TYPE "b", "--b--", ""},
    {TYPE "b", "--b--anything", ""},
    {TYPE "b", "pre\r\n--b\r\n" FIELD("a") "1\r\n--b--\r\nepi--b\r\n", "a=1;"},
    {TYPE "b", "\r\n--b\r\n" FIELD("a") "1\r\n--b--", "a=1;"},
    {TYPE "b", "--b \t\r\n" FIELD("a") "1\r\n--b  \r\n" FIELD("c") "2\r\n--b--",
	"a=1;c=2;"},
    /* What only looks like a delimiter is content. */
    {TYPE "b", "--b\r\n" FIELD("a") "x--b\r\n--bc\r\n--b-\r\n\r\n--b--",
	"a=x--b\r\n--bc\r\n--b-\r\n;"},
    {TYPE "b", "--bc\r\n--b\r\n" FIELD("a") "x--b\n--b\r\n--b--",
	"a=x--b\n--b;"},
    {TYPE "b", "--b\r\n" FIELD("a") "\r\r\n--b--", "a=\r;"},
    /* Empty values. */
    {TYPE "b", "--b\r\n" FIELD("a") "\r\n--b--", "a=;"},
    {TYPE "b", "--b\r\n" FIELD("a") "--b--", "a=;"},
    /* Names. */
    {TYPE "b",
	"--b\r\ncontent-disposition:Form-Data;NAME=a\r\n\r\n1"
	"\r\n--b--",
	"a=1;"},
    {TYPE "b", "--b\r\n" FIELD("%22%0D%0A%41%") "1\r\n--b--", "\"\r\n%41%=1;"},
    {TYPE "b", "--b\r\n" FIELD("a\\\"b\\c;d") "1\r\n--b--", "a\"b\\c;d=1;"},
    {TYPE "b", "--b\r\n" FIELD("") "1\r\n--b--", "=1;"},
    {TYPE "b", "--b\r\n" FIELD("\xea\xb0\x80") "\xeb\x82\x98\r\n--b--",
	"\xea\xb0\x80=\xeb\x82\x98;"},
    {TYPE "b",
	"--b\r\nX: y\r\nContent-Type: text/plain; charset=UTF-8\r\n" FIELD(
	    "a") "1\r\n--b--",
	"a=1;"},
    {TYPE "b",
	"--b\r\nContent-Disposition: form-data; name=a\r\n" FIELD(
	    "c") "1\r\n--b--",
	"a=1;"},
    /* Files are passed over, whatever is in them. */
    {TYPE "b",
	"--b\r\nContent-Disposition: form-data; name=f; filename="
	"\"x.png\"\r\nContent-Type: "
	"image/png\r\n\r\n\x89PNG\xff\r\n--b\r\n" FIELD("a") "1\r\n--b--",
	"a=1;"},
    {TYPE "b",
	"--b\r\nContent-Disposition: form-data; name=f; "
	"filename=\"\"\r\n\r\n\r\n--b--",
	""},
    {TYPE "b",
	"--b\r\nContent-Disposition: form-data; name=f; "
	"filename*=UTF-8''x\r\n\r\nx\r\n--b--",
	""},
};

START_TEST(fields_of_a_body_are_read)
{
	size_t i;

	for (i = 0; i < sizeof(fine_rows) / sizeof(fine_rows[0]); i++) {
		struct form_pairs pairs;
		enum err err = parse(fine_rows[i].content_type,
		    fine_rows[i].body, strlen(fine_rows[i].body), &pairs);

		ck_assert_msg(
		    err == ERR_OK, "row %zu, %s", i, fine_rows[i].body);
		ck_assert_str_eq(written(&pairs), fine_rows[i].expected);
	}
}
END_TEST

static const struct {
	const char *content_type;
	const char *body;
	size_t length;
} broken_rows[] = {
#define BODY(text) text, sizeof(text) - 1
    /* The boundary. */
    {"multipart/form-data", BODY("--b--")},
    {"multipart/form-data; boundary", BODY("--b--")},
    {TYPE "", BODY("----")},
    {TYPE "\"\"", BODY("----")},
    {TYPE "\"b", BODY("--b--")},
    {TYPE "\"b\"c", BODY("--b--")},
    {TYPE "\"b \"", BODY("--b --")},
    {TYPE "b*", BODY("--b*--")},
    {TYPE "\"b\r\n\"", BODY("--b\r\n--")},
    {TYPE "\xea\xb0\x80", BODY("--\xea\xb0\x80--")},
    {TYPE "12345678901234567890123456789012345678901234567890123456789012"
	  "345678901",
	BODY("--1234567890123456789012345678901234567890123456789012345678"
	     "9012345678901--")},
    /* No end, or none of it. */
    {TYPE "b", BODY("")},
    {TYPE "b", BODY("hello")},
    {TYPE "b", BODY("--b")},
    {TYPE "b", BODY("--b-")},
    {TYPE "b", BODY("--b\r\n")},
    {TYPE "b", BODY("--B--")},
    {TYPE "b", BODY("--b\n" FIELD("a") "1\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a"))},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "1")},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "1--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "1\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "1\r\n--b\r\n")},
    /* Headers of a part. */
    {TYPE "b", BODY("--b\r\n--b--")},
    {TYPE "b", BODY("--b\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data\r\n\r\n1"
		    "\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: attachment; name=a"
		    "\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data; name=\"a"
		    "\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data; name=\"a\"b"
		    "\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data;\r\n name=a"
		    "\r\n\r\n1\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data; name=a\n\n1"
		    "\r\n--b--")},
    {TYPE "b", BODY("--b\r\nContent-Disposition: form-data; name=a\n\r\n1"
		    "\r\n--b--")},
    {TYPE "b", BODY("--b\r\n: x\r\nno colon\r\n" FIELD("a") "1\r\n--b--")},
    /* Bytes. */
    {TYPE "b", BODY("--b\r\n" FIELD("a") "1\0\r\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a\0b") "1\r\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "\xff\r\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("\xff") "1\r\n--b--")},
    {TYPE "b", BODY("--b\r\n" FIELD("a") "\xc0\x80\r\n--b--")},
#undef BODY
};

START_TEST(broken_bodies_are_refused)
{
	size_t i;

	for (i = 0; i < sizeof(broken_rows) / sizeof(broken_rows[0]); i++) {
		struct form_pairs pairs;
		enum err err = parse(broken_rows[i].content_type,
		    broken_rows[i].body, broken_rows[i].length, &pairs);

		ck_assert_msg(err == ERR_MALFORMED, "row %zu, %s: %s", i,
		    broken_rows[i].body, err_text(err));
	}
}
END_TEST

/* A body of count parts that each begin with start and end with end. */
static struct buf
repeat(const char *start, size_t count, const char *end)
{
	struct buf body;

	buf_init(&body, support_arena());
	while (count-- > 0)
		buf_text(&body, start);
	buf_text(&body, end);
	ck_assert(!body.failed);
	return body;
}

START_TEST(more_parts_than_allowed_are_too_large)
{
	static const char field[] = "--b\r\n" FIELD("a") "1\r\n";
	static const char file[] = "--b\r\nContent-Disposition: form-data; "
				   "name=f; filename=x\r\n\r\n1\r\n";
	struct buf body = repeat(field, PARTS_MAX, "--b--");
	struct form_pairs pairs;

	ck_assert_int_eq(
	    parse(TYPE "b", body.data, body.length, &pairs), ERR_OK);
	ck_assert_uint_eq(pairs.count, PARTS_MAX);
	body = repeat(field, PARTS_MAX + 1, "--b--");
	ck_assert_int_eq(parse(TYPE "b", body.data, body.length, &pairs),
	    ERR_BODY_TOO_LARGE);
	body = repeat(file, PARTS_MAX + 1, "--b--");
	ck_assert_int_eq(parse(TYPE "b", body.data, body.length, &pairs),
	    ERR_BODY_TOO_LARGE);
}
END_TEST

START_TEST(a_part_has_at_most_16_header_lines_of_4_kibibytes)
{
	const char *part = FIELD("a") "1\r\n--b--";
	struct form_pairs pairs;
	struct buf lines;
	struct buf body;
	size_t i;

	for (i = 15; i <= 16; i++) {
		lines = repeat("X: y\r\n", i, part);
		body = repeat("--b\r\n", 1, lines.data);
		ck_assert_int_eq(
		    parse(TYPE "b", body.data, body.length, &pairs),
		    i == 15 ? ERR_OK : ERR_MALFORMED);
	}
	/* The empty line is the last that must fit. */
	for (i = 0; i <= 1; i++) {
		lines = repeat("x", 4096 - (strlen(FIELD("a")) + 4) + i,
		    "\r\n" FIELD("a") "1\r\n--b--");
		body = repeat("--b\r\nX:", 1, lines.data);
		ck_assert_int_eq(
		    parse(TYPE "b", body.data, body.length, &pairs),
		    i == 0 ? ERR_OK : ERR_MALFORMED);
	}
}
END_TEST

START_TEST(without_memory_nothing_is_read)
{
	struct arena *small = arena_create(1);
	struct form_pairs pairs = {.max = PARTS_MAX};
	struct buf value = repeat("x", 1 << 20, "\r\n--b--");
	struct buf body = repeat("--b\r\n" FIELD("a"), 1, value.data);

	ck_assert_int_eq(
	    multipart_parse(small, TYPE "b", body.data, body.length, &pairs),
	    ERR_NO_MEMORY);
	arena_destroy(small);
}
END_TEST

/* The largest body there may be: a part full of one piece. */
static double
seconds_to_parse(const char *boundary, const char *piece)
{
	size_t count = 256 * 1024 / strlen(piece);
	const char *type = arena_printf(support_arena(), TYPE "%s", boundary);
	struct buf content = repeat(piece, count, "");
	const char *body =
	    arena_printf(support_arena(), "--%s\r\n" FIELD("a") "%s\r\n--%s--",
		boundary, content.data, boundary);
	struct form_pairs pairs = {.max = 256 * 1024};
	clock_t start = clock();

	(void)multipart_parse(
	    support_arena(), type, body, strlen(body), &pairs);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

START_TEST(no_body_of_256_kibibytes_takes_long)
{
	static const char dashes[] = "-----------------------------------"
				     "----------------------------------1";
	static const struct {
		const char *boundary;
		const char *piece;
	} slow_rows[] = {
	    {"b", "x"},
	    {"b", "\r\n"},
	    {"b", "\r\n--b"},
	    {"b", "\r\n--b  "},
	    {"b", "\r\n--b\r\n" FIELD("a")},
	    {"b", "\r\n--b                                            "},
	    {dashes, "-"},
	    {dashes, "\r\n-----------------------------------------------"},
	    {"b", "\r\n--b\r\nContent-Disposition: form-data; name=a; "
		  "filename=b\r\n\r\n"},
	};
	size_t i;

	/* A second is for valgrind; it takes a millisecond or two. */
	for (i = 0; i < sizeof(slow_rows) / sizeof(slow_rows[0]); i++) {
		double seconds =
		    seconds_to_parse(slow_rows[i].boundary, slow_rows[i].piece);

		ck_assert_msg(
		    seconds < 1, "%s: %f s", slow_rows[i].piece, seconds);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("multipart");
	TCase *tests = support_case(suite, "parse");

	tcase_add_test(tests, fields_of_a_body_are_read);
	tcase_add_test(tests, broken_bodies_are_refused);
	tcase_add_test(tests, more_parts_than_allowed_are_too_large);
	tcase_add_test(
	    tests, a_part_has_at_most_16_header_lines_of_4_kibibytes);
	tcase_add_test(tests, without_memory_nothing_is_read);
	tcase_add_test(tests, no_body_of_256_kibibytes_takes_long);
	return support_run(suite);
}
