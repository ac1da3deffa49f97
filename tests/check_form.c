#include "web/form.h"

#include "support.h"

#include <string.h>
#include <time.h>

#define URLENCODED "application/x-www-form-urlencoded"
#define FIELDS_MAX 64

/* 가 as one code point, and as the two that macOS sends. */
#define GA	      "\xea\xb0\x80"
#define GA_DECOMPOSED "\xe1\x84\x80\xe1\x85\xa1"

enum { NAME, DATA, TOKEN, FIELDS };
static const struct form_field fields[FIELDS] = {
    [NAME] = {"full_name", FORM_LINE, 5},
    [DATA] = {"data", FORM_TEXT, 20},
    [TOKEN] = {"once", FORM_TOKEN, 8},
};

static enum err
read_form(const char *content_type, const char *body,
    struct form_value values[FIELDS])
{
	return form_read(support_arena(), content_type, body, strlen(body),
	    FIELDS_MAX, fields, FIELDS, values);
}

/* What one field is after a body was read. */
static const struct {
	const char *body;
	size_t field;
	enum form_state state;
	enum text_problem problem;
	const char *typed;
	const char *text;
	size_t chars;
} value_rows[] = {
    /* A line. */
    {"", NAME, FORM_ABSENT, TEXT_EMPTY, "", "", 0},
    {"data=x", NAME, FORM_ABSENT, TEXT_EMPTY, "", "", 0},
    {"full_name", NAME, FORM_INVALID, TEXT_EMPTY, "", "", 0},
    {"full_name=", NAME, FORM_INVALID, TEXT_EMPTY, "", "", 0},
    {"full_name=+%20+", NAME, FORM_INVALID, TEXT_EMPTY, "   ", "", 0},
    {"full_name=john", NAME, FORM_VALID, TEXT_FINE, "john", "john", 4},
    {"full_name=+john+", NAME, FORM_VALID, TEXT_FINE, " john ", "john", 4},
    {"full_name=12345", NAME, FORM_VALID, TEXT_FINE, "12345", "12345", 5},
    {"full_name=123456", NAME, FORM_INVALID, TEXT_TOO_LONG, "123456", "123456",
	6},
    {"full_name=%ea%b0%80", NAME, FORM_VALID, TEXT_FINE, GA, GA, 1},
    {"full_name=" GA, NAME, FORM_VALID, TEXT_FINE, GA, GA, 1},
    {"full_name=%E1%84%80%E1%85%A1", NAME, FORM_VALID, TEXT_FINE, GA_DECOMPOSED,
	GA, 1},
    {"full_name=a%0Ab", NAME, FORM_INVALID, TEXT_CONTROL, "a\nb", "a\nb", 3},
    {"full_name=a%E2%80%AEb", NAME, FORM_INVALID, TEXT_BIDI,
	"a\xe2\x80\xae"
	"b",
	"a\xe2\x80\xae"
	"b",
	3},
    /* Lines. */
    {"data=a%0D%0Ab", DATA, FORM_VALID, TEXT_FINE, "a\r\nb", "a\nb", 3},
    {"data=a%07b", DATA, FORM_INVALID, TEXT_CONTROL, "a\ab", "a\ab", 3},
    /* Ours, coming back. */
    {"", TOKEN, FORM_ABSENT, TEXT_EMPTY, "", "", 0},
    {"once=", TOKEN, FORM_INVALID, TEXT_EMPTY, "", "", 0},
    {"once=%21%7e%25", TOKEN, FORM_VALID, TEXT_FINE, "!~%", "!~%", 3},
    {"once=12345678", TOKEN, FORM_VALID, TEXT_FINE, "12345678", "12345678", 8},
    {"once=123456789", TOKEN, FORM_INVALID, TEXT_TOO_LONG, "123456789", "", 0},
    {"once=a+b", TOKEN, FORM_INVALID, TEXT_CONTROL, "a b", "", 0},
    {"once=a%0a", TOKEN, FORM_INVALID, TEXT_CONTROL, "a\n", "", 0},
    {"once=%7f", TOKEN, FORM_INVALID, TEXT_CONTROL, "\x7f", "", 0},
    {"once=" GA, TOKEN, FORM_INVALID, TEXT_CONTROL, GA, "", 0},
    /* Names are bytes; the first of several counts. */
    {"Full_Name=a", NAME, FORM_ABSENT, TEXT_EMPTY, "", "", 0},
    {"full%5Fname=a", NAME, FORM_VALID, TEXT_FINE, "a", "a", 1},
    {"full_name=a&full_name=b", NAME, FORM_VALID, TEXT_FINE, "a", "a", 1},
    {"full_name=&full_name=b", NAME, FORM_INVALID, TEXT_EMPTY, "", "", 0},
    {"full_name[]=a", NAME, FORM_ABSENT, TEXT_EMPTY, "", "", 0},
};

START_TEST(a_field_is_absent_valid_or_invalid)
{
	size_t i;

	for (i = 0; i < sizeof(value_rows) / sizeof(value_rows[0]); i++) {
		struct form_value values[FIELDS];
		const struct form_value *value = &values[value_rows[i].field];

		ck_assert_int_eq(
		    read_form(URLENCODED, value_rows[i].body, values), ERR_OK);
		ck_assert_msg(value->state == value_rows[i].state &&
				  value->problem == value_rows[i].problem,
		    "%s: state %d, problem %d", value_rows[i].body,
		    (int)value->state, (int)value->problem);
		ck_assert_str_eq(value->typed, value_rows[i].typed);
		ck_assert_str_eq(value->text, value_rows[i].text);
		ck_assert_uint_eq(value->length, strlen(value_rows[i].text));
		ck_assert_msg(value->chars == value_rows[i].chars,
		    "%s: %zu characters", value_rows[i].body, value->chars);
	}
}
END_TEST

static const struct {
	const char *content_type;
	const char *body;
	enum err expected;
} type_rows[] = {
    {URLENCODED, "full_name=a", ERR_OK},
    {"Application/X-WWW-Form-URLEncoded", "full_name=a", ERR_OK},
    {URLENCODED ";charset=UTF-8", "full_name=a", ERR_OK},
    {URLENCODED " ; Charset=\"utf-8\"", "full_name=a", ERR_OK},
    {URLENCODED ";", "full_name=a", ERR_OK},
    {URLENCODED "; odd; =; x=y", "full_name=a", ERR_OK},
    {URLENCODED "; charset=euc-kr", "full_name=a", ERR_MEDIA_TYPE},
    {URLENCODED "; charset=", "full_name=a", ERR_MEDIA_TYPE},
    {URLENCODED "; charset=\"utf-8", "full_name=a", ERR_MALFORMED},
    {"multipart/form-data; boundary=b",
	"--b\r\nContent-Disposition: form-data; name=\"full_name\"\r\n\r\n"
	"a\r\n--b--\r\n",
	ERR_OK},
    {"multipart/form-data; boundary=b; charset=latin1", "--b--",
	ERR_MEDIA_TYPE},
    {"multipart/form-data", "--b--", ERR_MALFORMED},
    {"multipart/mixed; boundary=b", "--b--", ERR_MEDIA_TYPE},
    {"text/plain", "full_name=a", ERR_MEDIA_TYPE},
    {"application/json", "{\"full_name\":\"a\"}", ERR_MEDIA_TYPE},
    {"text/plain", "", ERR_MEDIA_TYPE},
    {"", "", ERR_OK},
    {" ", "", ERR_OK},
    {"", "full_name=a", ERR_MEDIA_TYPE},
    {";", "full_name=a", ERR_MEDIA_TYPE},
    {URLENCODED "x", "full_name=a", ERR_MEDIA_TYPE},
    {"application/x-www-form-urlencode", "full_name=a", ERR_MEDIA_TYPE},
    {URLENCODED ", text/plain", "full_name=a", ERR_MEDIA_TYPE},
};

START_TEST(a_body_is_read_by_its_media_type)
{
	size_t i;

	for (i = 0; i < sizeof(type_rows) / sizeof(type_rows[0]); i++) {
		struct form_value values[FIELDS];
		enum err err = read_form(
		    type_rows[i].content_type, type_rows[i].body, values);

		ck_assert_msg(err == type_rows[i].expected, "%s: %s",
		    type_rows[i].content_type, err_text(err));
		if (err == ERR_OK && type_rows[i].body[0] != '\0')
			ck_assert_str_eq(values[NAME].text, "a");
		else
			ck_assert_int_eq(values[NAME].state, FORM_ABSENT);
	}
}
END_TEST

START_TEST(after_an_error_every_field_is_absent)
{
	struct form_value values[FIELDS];
	size_t i;

	memset(values, 0xff, sizeof(values));
	ck_assert_int_eq(
	    read_form(URLENCODED, "full_name=a&data=%", values), ERR_MALFORMED);
	for (i = 0; i < FIELDS; i++) {
		ck_assert_int_eq(values[i].state, FORM_ABSENT);
		ck_assert_str_eq(values[i].typed, "");
		ck_assert_str_eq(values[i].text, "");
	}
}
END_TEST

START_TEST(a_query_string_is_read_like_a_body)
{
	struct form_value values[FIELDS];

	ck_assert_int_eq(form_read_query(support_arena(), "once=3&x=y",
			     FIELDS_MAX, fields, FIELDS, values),
	    ERR_OK);
	ck_assert_str_eq(values[TOKEN].text, "3");
	ck_assert_int_eq(values[NAME].state, FORM_ABSENT);
	ck_assert_int_eq(
	    form_read_query(support_arena(), "", 0, fields, FIELDS, values),
	    ERR_OK);
	ck_assert_int_eq(form_read_query(support_arena(), "once=%zz",
			     FIELDS_MAX, fields, FIELDS, values),
	    ERR_MALFORMED);
}
END_TEST

/* The pairs of a body written as "name=value;", after decoding. */
static const struct {
	const char *body;
	const char *expected;
} pair_rows[] = {
    {"", ""},
    {"&", ""},
    {"&&&", ""},
    {"a=b", "a=b;"},
    {"a", "a=;"},
    {"=", "=;"},
    {"=b", "=b;"},
    {"a=", "a=;"},
    {"a=b=c", "a=b=c;"},
    {"a=b&c=d", "a=b;c=d;"},
    {"&a=b&&c=d&", "a=b;c=d;"},
    {"a+b=c+d", "a b=c d;"},
    {"%61%3d=%26%2B", "a==&+;"},
    {"a=%EA%B0%80", "a=" GA ";"},
    {"a=" GA, "a=" GA ";"},
    {"a=b;c=d", "a=b;c=d;"},
    {"a=\r\n", "a=\r\n;"},
};

START_TEST(urlencoded_pairs_are_decoded)
{
	size_t i, n;

	for (i = 0; i < sizeof(pair_rows) / sizeof(pair_rows[0]); i++) {
		struct form_pairs pairs = {.max = FIELDS_MAX};
		char *all = arena_copy(support_arena(), "", 0);

		ck_assert_int_eq(
		    form_parse_urlencoded(support_arena(), pair_rows[i].body,
			strlen(pair_rows[i].body), &pairs),
		    ERR_OK);
		for (n = 0; n < pairs.count; n++) {
			ck_assert_uint_eq(
			    pairs.list[n].length, strlen(pairs.list[n].value));
			all = arena_printf(support_arena(), "%s%s=%s;", all,
			    pairs.list[n].name, pairs.list[n].value);
		}
		ck_assert_str_eq(all, pair_rows[i].expected);
	}
}
END_TEST

static const struct {
	const char *body;
	size_t length;
} broken_rows[] = {
#define BYTES(text) text, sizeof(text) - 1
    {"a=%41", 4}, /* nothing behind the end is read */
    {BYTES("%")}, {BYTES("a=%")}, {BYTES("a=%4")}, {BYTES("a=%4&b=1")},
    {BYTES("a=%zz")}, {BYTES("a=%4g")}, {BYTES("a=%+1")}, {BYTES("a=% 1")},
    {BYTES("%=a")}, {BYTES("a%4=1")}, {BYTES("a=%00")}, {BYTES("%00=a")},
    {BYTES("a=b\0c")}, {BYTES("\0")}, {BYTES("a\0")}, {BYTES("a=%ff")},
    {BYTES("%ff=a")}, {BYTES("a=\xff")}, {BYTES("a=%ea%b0")}, /* cut off */
    {BYTES("a=%ea%b0&b=%80")}, /* and not joined */
    {BYTES("a=%c0%80")},       /* overlong NUL */
    {BYTES("a=%ed%a0%80")},    /* a surrogate */
    {BYTES("a=%f4%90%80%80")}, /* beyond Unicode */
#undef BYTES
};

START_TEST(broken_encoding_is_refused)
{
	size_t i;

	for (i = 0; i < sizeof(broken_rows) / sizeof(broken_rows[0]); i++) {
		struct form_pairs pairs = {.max = FIELDS_MAX};

		ck_assert_msg(
		    form_parse_urlencoded(support_arena(), broken_rows[i].body,
			broken_rows[i].length, &pairs) == ERR_MALFORMED,
		    "%s", broken_rows[i].body);
	}
}
END_TEST

START_TEST(more_fields_than_allowed_are_too_large)
{
	struct form_pairs pairs = {.max = 2};

	ck_assert_int_eq(
	    form_parse_urlencoded(support_arena(), "a&&b&", 5, &pairs), ERR_OK);
	ck_assert_int_eq(
	    form_parse_urlencoded(support_arena(), "a&b&c", 5, &pairs),
	    ERR_BODY_TOO_LARGE);
	pairs.max = 0;
	ck_assert_int_eq(
	    form_parse_urlencoded(support_arena(), "&&", 2, &pairs), ERR_OK);
	ck_assert_int_eq(form_parse_urlencoded(support_arena(), "a", 1, &pairs),
	    ERR_BODY_TOO_LARGE);
}
END_TEST

START_TEST(without_memory_nothing_is_read)
{
	struct arena *small = arena_create(1);
	struct form_value values[FIELDS];
	size_t length = 1 << 20;
	char *body = arena_alloc(support_arena(), length);

	memset(body, 'a', length);
	ck_assert_int_eq(form_read(small, URLENCODED, body, length, FIELDS_MAX,
			     fields, FIELDS, values),
	    ERR_NO_MEMORY);
	arena_destroy(small);
}
END_TEST

/* The largest body there may be, full of one piece. */
static double
seconds_to_read(const char *piece, size_t max_fields)
{
	size_t length = 256 * 1024;
	char *body = arena_alloc(support_arena(), length);
	struct form_value values[FIELDS];
	clock_t start;
	size_t i;

	for (i = 0; i < length; i++)
		body[i] = piece[i % strlen(piece)];
	start = clock();
	(void)form_read(support_arena(), URLENCODED, body, length, max_fields,
	    fields, FIELDS, values);
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

START_TEST(no_body_of_256_kibibytes_takes_long)
{
	static const char *const pieces[] = {"&", "a", "a&", "=", "%", "%41",
	    "+", "a=b&", "data=%0D%0A&", "\xea\xb0\x80"};
	size_t i;

	/* A second is for valgrind; it takes a millisecond or two. */
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		double seconds = seconds_to_read(pieces[i], 256 * 1024);

		ck_assert_msg(seconds < 1, "%s: %f s", pieces[i], seconds);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("form");
	TCase *tests = support_case(suite, "read");

	tcase_add_test(tests, a_field_is_absent_valid_or_invalid);
	tcase_add_test(tests, a_body_is_read_by_its_media_type);
	tcase_add_test(tests, after_an_error_every_field_is_absent);
	tcase_add_test(tests, a_query_string_is_read_like_a_body);
	tests = support_case(suite, "urlencoded");
	tcase_add_test(tests, urlencoded_pairs_are_decoded);
	tcase_add_test(tests, broken_encoding_is_refused);
	tcase_add_test(tests, more_fields_than_allowed_are_too_large);
	tcase_add_test(tests, without_memory_nothing_is_read);
	tcase_add_test(tests, no_body_of_256_kibibytes_takes_long);
	return support_run(suite);
}
