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

/* BLAKE2b with 16 bytes of "page", from b2sum -l 128. */
#define TAG "\"475f188b8223e6ba9cab239f948ca7fc\""

START_TEST(a_page_that_may_be_kept_has_a_tag)
{
	apply();
	ck_assert_uint_eq(response.status, 200);
	ck_assert_str_eq(response.etag, "W/" TAG);
}
END_TEST

START_TEST(another_page_has_another_tag)
{
	buf_text(&response.body, " ");
	apply();
	ck_assert_str_ne(response.etag, "W/" TAG);
}
END_TEST

static const struct {
	const char *header;
	unsigned status;
} headers[] = {
    {"W/" TAG, 304},
    {TAG, 304}, /* compared weakly */
    {"\"other\", W/" TAG, 304},
    {"W/" TAG " ,\"other\"", 304},
    {"*", 304},
    {"\"other\"", 200},
    {"W/\"other\"", 200},
    {"475f188b8223e6ba9cab239f948ca7fc", 200},
    {"\"475f188b8223e6ba9cab239f948ca7fc", 200},
    {"w/" TAG, 200},
    {",,,", 200},
    {"W/", 200},
    {"\"\"", 200},
    {"", 200},
};

START_TEST(a_page_that_is_there_already_is_not_sent_again)
{
	request.if_none_match = headers[_i].header;
	apply();
	ck_assert_uint_eq(response.status, headers[_i].status);
	ck_assert_str_eq(response.etag, "W/" TAG);
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
	return support_run(suite);
}
