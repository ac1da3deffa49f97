#include "support.h"

#include "base/digest.h"
#include "web/conditional.h"

#include <string.h>

static struct http_request request;
static struct http_response response;

static void
set_up(void)
{
	ck_assert_int_eq(digest_init(), ERR_OK);
	request =
	    (struct http_request){.method = HTTP_GET, .if_none_match = ""};
	http_response_init(&response, support_arena());
	response.status = 200;
	response.content_type = "text/html; charset=utf-8";
	response.cache_control = "no-cache";
	buf_text(&response.body, "page");
}

static void
apply(void)
{
	ck_assert_int_eq(
	    conditional_apply(support_arena(), &request, &response), ERR_OK);
}

/*
 * The first 8 of the 16 bytes of BLAKE2b of "page" (b2sum -l 128) as a number,
 * 475f188b8223e6ba, modulo 7fffffff, and one; and its 4 bytes.
 */
#define TAG "\"10e217d3-4\""

START_TEST(a_page_that_may_be_kept_has_a_tag)
{
	apply();
	ck_assert_uint_eq(response.status, 200);
	ck_assert_str_eq(response.etag, TAG);
	ck_assert_uint_eq(response.validator, 0x10e217d3);
}
END_TEST

START_TEST(another_page_has_another_tag)
{
	buf_text(&response.body, " ");
	apply();
	ck_assert_str_ne(response.etag, TAG);
}
END_TEST

static const struct {
	const char *header;
	unsigned status;
	const char *etag; /* of the answer */
} headers[] = {
    {TAG, 304, TAG},
    {"W/" TAG, 304, "W/" TAG}, /* compared weakly */
    {"\"other\", W/" TAG, 304, "W/" TAG},
    {TAG " ,\"other\"", 304, TAG},
    /* of the compressed form, which has another size */
    {"\"10e217d3-7fa\"", 304, "\"10e217d3-7fa\""},
    {"*", 304, TAG},
    {"\"other\"", 200, TAG},
    {"W/\"other\"", 200, TAG},
    {"\"10e217d4-4\"", 200, TAG},
    {"\"10e217d-4\"", 200, TAG},
    {"\"10e217d3\"", 200, TAG},
    {"10e217d3-4", 200, TAG},
    {"\"10e217d3-4", 200, TAG},
    {"\"10e217d3-", 200, TAG},
    {"w/" TAG, 200, TAG},
    {",,,", 200, TAG},
    {"W/", 200, TAG},
    {"\"\"", 200, TAG},
    {"", 200, TAG},
};

START_TEST(a_page_that_is_there_already_is_not_sent_again)
{
	request.if_none_match = headers[_i].header;
	apply();
	ck_assert_uint_eq(response.status, headers[_i].status);
	ck_assert_str_eq(response.etag, headers[_i].etag);
	ck_assert_uint_eq(http_response_length(&response, &request),
	    headers[_i].status == 304 ? 0 : 4);
}
END_TEST

START_TEST(what_may_not_be_kept_has_no_tag)
{
	static const unsigned statuses[] = {301, 303, 400, 404, 503};

	request.if_none_match = "*";
	response.cache_control = NULL;
	apply();
	ck_assert_uint_eq(response.status, 200);
	ck_assert_ptr_null(response.etag);
	response.cache_control = "no-cache";
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		response.status = statuses[i];
		apply();
		ck_assert_uint_eq(response.status, statuses[i]);
		ck_assert_ptr_null(response.etag);
	}
}
END_TEST

/* Encoding */

/* Not what gzip makes of it: nothing here looks into it. */
#define COMPRESSED "compressed"

static void
encode(const char *accepted)
{
	struct buf gzip;

	request.accept_encoding = accepted;
	buf_init(&gzip, support_arena());
	buf_text(&gzip, COMPRESSED);
	conditional_encode(support_arena(), &request, &response, &gzip);
}

static void
is_plain(void)
{
	ck_assert_ptr_null(response.encoding);
	ck_assert_str_eq(response.body.data, "page");
	ck_assert_uint_eq(response.body.length, 4);
}

static const struct {
	const char *header;
	bool gzip;
} encodings[] = {
    {"gzip", true},
    {"gzip, deflate, br, zstd", true},
    {"br;q=1.0, gzip;q=0.8, *;q=0.1", true},
    {"deflate,GZIP", true},
    {"gzip;q=0.5", true},
    {"gzip;q=0.001", true},
    {"gzip ; q=1", true},
    {"*;q=0, gzip", true},
    {"gzip;q=2, gzip", true}, /* the broken one is passed over */
    {"", false},
    {"identity", false},
    {"gzip;q=0", false},
    {"gzip;q=0.000, *", false},
    {"gzip;q=0, gzip", false},
    {"*", false}, /* it would be right, and nobody sends it */
    {"x-gzip", false},
    {"gzipped", false},
    {"br", false},
    {"gzip;q=", false},
    {"gzip;q=1.5", false},
    {"gzip;level=9", false},
    {"gzip deflate", false},
    {"\"gzip\"", false},
    {",;,", false},
};

START_TEST(only_who_takes_gzip_gets_it)
{
	apply();
	encode(encodings[_i].header);
	if (!encodings[_i].gzip) {
		is_plain();
		ck_assert_str_eq(response.etag, TAG);
		return;
	}
	ck_assert_str_eq(response.encoding, "gzip");
	ck_assert_str_eq(response.body.data, COMPRESSED);
	/* As nginx makes it of the file: the same time, its own size. */
	ck_assert_str_eq(response.etag, "\"10e217d3-a\"");
	ck_assert_uint_eq(response.status, 200);
	ck_assert_uint_eq(
	    http_response_length(&response, &request), strlen(COMPRESSED));
}
END_TEST

START_TEST(the_tag_of_either_form_is_known_again)
{
	static const char *const tags[] = {TAG, "\"10e217d3-a\"", "*"};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		set_up();
		request.if_none_match = tags[i];
		apply();
		encode("gzip");
		ck_assert_uint_eq(response.status, 304);
		ck_assert_str_eq(response.etag, i == 2 ? TAG : tags[i]);
		is_plain();
		ck_assert_uint_eq(http_response_length(&response, &request), 0);
	}
}
END_TEST

START_TEST(what_is_no_page_stays_as_it_is)
{
	static const unsigned statuses[] = {303, 304, 404, 503};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		response.status = statuses[i];
		encode("gzip");
		is_plain();
		ck_assert_ptr_null(response.etag);
	}
}
END_TEST

START_TEST(without_memory_for_a_tag_the_page_stays_plain)
{
	struct arena *full = arena_create(1);
	struct buf gzip;

	apply();
	ck_assert_ptr_nonnull(full);
	while (arena_alloc(full, 16) != NULL)
		continue;
	buf_init(&gzip, support_arena());
	buf_text(&gzip, COMPRESSED);
	request.accept_encoding = "gzip";
	conditional_encode(full, &request, &response, &gzip);
	is_plain();
	ck_assert_str_eq(response.etag, TAG);
	arena_destroy(full);
}
END_TEST

static void
add_encoding(Suite *suite)
{
	TCase *test_case = support_case(suite, "encoding");

	tcase_add_checked_fixture(test_case, set_up, NULL);
	tcase_add_loop_test(test_case, only_who_takes_gzip_gets_it, 0,
	    sizeof(encodings) / sizeof(encodings[0]));
	tcase_add_test(test_case, the_tag_of_either_form_is_known_again);
	tcase_add_test(test_case, what_is_no_page_stays_as_it_is);
	tcase_add_test(
	    test_case, without_memory_for_a_tag_the_page_stays_plain);
}

int
main(void)
{
	Suite *suite = suite_create("conditional");
	TCase *test_case = support_case(suite, "tags");

	tcase_add_checked_fixture(test_case, set_up, NULL);
	tcase_add_test(test_case, a_page_that_may_be_kept_has_a_tag);
	tcase_add_test(test_case, another_page_has_another_tag);
	tcase_add_loop_test(test_case,
	    a_page_that_is_there_already_is_not_sent_again, 0,
	    sizeof(headers) / sizeof(headers[0]));
	tcase_add_test(test_case, what_may_not_be_kept_has_no_tag);
	add_encoding(suite);
	return support_run(suite);
}
