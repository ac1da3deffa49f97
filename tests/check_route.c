#include "route.h"

#include "ask.h"
#include "shown.h"
#include "support.h"

#include <string.h>

/* Paths */

static const char *const unknown_paths[] = {
    "",
    "///",
    "/x",
    "/All",
    "/al",
    "/alll",
    "/all//",
    "//all",
    "/all/page",
    "/all/page/0",
    "/all/page/01",
    "/all/page/-1",
    "/all/page/+1",
    "/all/page/1.0",
    "/all/page/ 1",
    "/all/page/1 ",
    "/all/page/#",
    "/all/page/1/2",
    "/all/page/100000000000000",
    "/all/1",
    "/posts",
    "/posts/0",
    "/posts/01",
    "/posts/100000000000000",
    "/posts/99999999999999999999",
    "/posts/0x1",
    "/posts/１",
    "/posts/#",
    "/posts/#/1",
    "/posts/1/1",
    "/posts//1",
    "/#",
    "/1",
    "/healthz/x",
    "/posts/1/page/0",
    "/posts/1/page/1/2",
    "/posts/1/move",
    "/posts/1/newer/2",
    "/posts/1/newest",
    "/posts/1/list.json",
    "/posts/0/older",
    "/posts/1/edit/2",
    "/posts/1.atom/edit",
    "/posts/1.xml",
    "/posts/0.json",
    "/list.html",
    "/list/1",
    "/list/page/0",
    "/list/page/2.atom",
    "/all.json",
    "/latest.atom",
    "/category",
    "/category/0",
    "/category/01",
    "/category/1/2",
    "/boards/free/boards",
    "/boards/free/healthz",
    "/boards/free/language",
    "/boards/free/robots.txt",
    "/boards/Free/list",
    "/boards/-free/list",
    "/boards/자유/list",
    "/boards/a%2Fb/list",
    "/boards/a/boards/b/list",
    "/boards/abcdefghijklmnopqrstuvwxyz0123456/list",
    "/sitemap",
    "/sitemap/0",
    "/sitemap/1",
    "/static/style.css",
    "/../etc/passwd",
    "/./",
    "/all\\",
    "/홍길동",
};

static const enum http_method all_methods[] = {
    HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER};

START_TEST(an_unknown_path_is_not_found_by_any_method)
{
	for (size_t i = 0; i < 4; i++) {
		ask_request.method = all_methods[i];
		ask_request.path = unknown_paths[_i];
		ask();
		ask_assert_problem(404, "en");
		ck_assert_int_eq(ask_response.error, ERR_NOT_FOUND);
		ck_assert_ptr_null(ask_response.allow);
	}
	/* Redis was not asked. */
	ck_assert_str_eq(support_log(), "");
}
END_TEST

static const struct {
	const char *path;
	const char *location; /* NULL: not found */
} moved[] = {
    {"/all/", "/all"},
    {"//", NULL},
    {"/boards/", "/boards"},
    {"/list/", "/list"},
    {"/list/page/1", "/list"},
    {"/list/page/1.json", "/list.json"},
    {"/posts/7/page/1.json", "/posts/7.json"},
    {"/category/2/page/1", "/category/2"},
    {"/boards/free/list/", "/boards/free/list"},
    {"/boards/free/posts/7/", "/boards/free/posts/7"},
    {"/boards/Free/list/", NULL},
    {"/posts/7/recommend/", NULL},
    {"/posts/7/newer/", "/posts/7/newer"},
    {"/latest/", "/latest"},
    {"/all/page/2/", "/all/page/2"},
    {"/all/page/1", "/all"},
    {"/posts/7/", "/posts/7"},
    {"/healthz/", "/healthz"},
    {"/x/", NULL},
    {"/posts/", NULL},
    {"/posts/0/", NULL},
    {"//example.com/", NULL},
    {"/all//", NULL},
};

START_TEST(a_page_under_another_name_leads_to_its_own)
{
	for (int i = 0; i < 2; i++) {
		ask_request.method = i == 0 ? HTTP_GET : HTTP_HEAD;
		ask_request.base = "/board";
		ask_request.path = moved[_i].path;
		ask();
		if (moved[_i].location == NULL) {
			ask_assert_problem(404, "en");
			continue;
		}
		ck_assert_uint_eq(ask_response.status, 301);
		ck_assert_str_eq(
		    ask_response.location, arena_printf(support_arena(),
					       "/board%s", moved[_i].location));
		ck_assert_str_eq(http_reason(301), "Moved Permanently");
	}
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* Methods */

static const struct {
	const char *path;
	const char *allow;
} routes[] = {
    {"/", "GET, HEAD, POST"},
    {"/all", "GET, HEAD"},
    {"/all/page/2", "GET, HEAD"},
    {"/healthz", "GET, HEAD"},
    {"/language", "POST"},
    {"/latest", "GET, HEAD"},
    {"/posts/1", "GET, HEAD"},
    {"/posts/1.json", "GET, HEAD"},
    {"/posts/1/list", "GET, HEAD"},
    {"/posts/1/newer", "GET, HEAD"},
    {"/posts/1/older", "GET, HEAD"},
    {"/posts/1/page/2", "GET, HEAD"},
    {"/posts/1/delete", "GET, HEAD, POST"},
    {"/posts/1/edit", "GET, HEAD, POST"},
    {"/posts/1/recommend", "POST"},
    {"/posts/1/reply", "GET, HEAD, POST"},
    {"/posts/1/unlock", "GET, HEAD, POST"},
    {"/posts/1/versions", "GET, HEAD"},
    {"/posts/1/view.gif", "GET, HEAD"},
    {"/boards", "GET, HEAD"},
    {"/boards/free/list", "GET, HEAD"},
    {"/boards/free/posts/1/recommend", "POST"},
    {"/boards/free/write", "GET, HEAD, POST"},
    {"/category/1", "GET, HEAD"},
    {"/category/1/page/2", "GET, HEAD"},
    {"/list", "GET, HEAD"},
    {"/list.atom", "GET, HEAD"},
    {"/list/page/2", "GET, HEAD"},
    {"/robots.txt", "GET, HEAD"},
    {"/sitemap.xml", "GET, HEAD"},
    {"/boards/free/sitemap.xml", "GET, HEAD"},
    {"/write", "GET, HEAD, POST"},
};

START_TEST(a_method_that_a_page_has_not_is_told_those_it_has)
{
	static const struct {
		enum http_method method;
		const char *name;
	} methods[] = {
	    {HTTP_GET, "GET"},
	    {HTTP_HEAD, "HEAD"},
	    {HTTP_POST, "POST"},
	    {HTTP_OTHER, "PUT"},
	};

	ask_request.path = routes[_i].path;
	ask_request.cookie = "lang=ko";
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strstr(routes[_i].allow, methods[i].name) != NULL)
			continue;
		ask_request.method = methods[i].method;
		ask();
		ask_assert_problem(405, "ko");
		ck_assert_str_eq(ask_response.allow, routes[_i].allow);
		ck_assert_int_eq(ask_response.error, ERR_METHOD);
	}
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_form_of_another_site_is_refused)
{
	static const struct {
		const char *path;
		const char *sec_fetch_site;
		const char *origin;
	} rows[] = {
	    {"/", "cross-site", ""},
	    {"/", "same-site", "http://board.example"},
	    {"/", "", "http://evil.example"},
	    {"/", "", "null"},
	    {"/language", "cross-site", ""},
	    {"/language", "", "https://evil.example"},
	    {"/write", "cross-site", ""},
	    {"/posts/1/delete", "cross-site", ""},
	    {"/posts/1/edit", "", "null"},
	    {"/posts/1/recommend", "cross-site", ""},
	    {"/posts/1/reply", "", "http://evil.example"},
	    {"/posts/1/unlock", "cross-site", ""},
	    {"/boards/free/posts/1/delete", "same-site", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ask_request.sec_fetch_site = rows[i].sec_fetch_site;
		ask_request.origin = rows[i].origin;
		ask_post(rows[i].path, "full_name=a&data=b&lang=ko");
		ask_assert_problem(403, "en");
		ck_assert_int_eq(ask_response.error, ERR_FORBIDDEN);
	}
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* Errors */

START_TEST(every_error_has_its_page_in_every_language)
{
	enum err err = (enum err)_i;

	if (err == ERR_NO_MEMORY)
		return; /* it has a sentence: see below */
	for (int i = 0; i < VIEW_LANGUAGES; i++) {
		ask_request.accept_language = view_language_tags[i];
		ask_from(support_arena(), err);
		ask_assert_problem(http_status(err), view_language_tags[i]);
		ck_assert_int_eq(ask_response.error, err);
	}
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* A request of which nothing could be parsed still gets its page. */
START_TEST(a_request_that_could_not_be_read_has_a_page)
{
	const struct http_limits limits = {1, 1, 1};

	ck_assert_int_eq(http_request_parse(support_arena(),
			     (char *const[]){NULL}, &limits, &ask_request),
	    ERR_MALFORMED);
	ask_from(support_arena(), ERR_MALFORMED);
	ask_assert_problem(400, "en");
}
END_TEST

/* Leaves so many bytes in an arena of one chunk. */
static struct arena *
arena_with(size_t left)
{
	struct arena *arena = arena_create(128 * 1024);

	ck_assert_ptr_nonnull(arena);
	ck_assert_ptr_nonnull(arena_alloc(arena, 128 * 1024 - left));
	return arena;
}

START_TEST(without_memory_for_a_page_there_is_a_sentence)
{
	size_t pages = 0;
	size_t sentences = 0;
	size_t nothing = 0;

	ask_request.path = "/nowhere";
	for (size_t left = 0; left <= 32 * 1024; left += 512) {
		struct arena *arena = arena_with(left);

		ask_from(arena, ERR_OK);
		if (ask_response.status == 404) {
			ask_assert_problem(404, "en");
			pages++;
		} else if (ask_response.body.failed) {
			/* The slot has bytes of its own for that. */
			ck_assert_uint_eq(ask_response.status, 503);
			nothing++;
		} else {
			ck_assert_uint_eq(ask_response.status, 503);
			ck_assert_uint_eq(ask_response.retry_after, 5);
			ck_assert_int_eq(ask_response.error, ERR_NO_MEMORY);
			ck_assert_ptr_null(ask_response.language);
			ck_assert_str_eq(ask_response.content_type,
			    "text/plain; charset=utf-8");
			ck_assert_str_eq(ask_body(),
			    "The board can't make this page just now. Please "
			    "try again in a moment.\n");
			sentences++;
		}
		arena_destroy(arena);
	}
	ck_assert_uint_gt(pages, 0);
	ck_assert_uint_gt(sentences, 0);
	ck_assert_uint_gt(nothing, 0);
	assert_has(support_log(), "error route: no page could be made");
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
add_tests(TCase *test_case)
{
	tcase_add_loop_test(test_case,
	    an_unknown_path_is_not_found_by_any_method, 0,
	    COUNT(unknown_paths));
	tcase_add_loop_test(test_case,
	    a_page_under_another_name_leads_to_its_own, 0, COUNT(moved));
	tcase_add_loop_test(test_case,
	    a_method_that_a_page_has_not_is_told_those_it_has, 0,
	    COUNT(routes));
	tcase_add_test(test_case, a_form_of_another_site_is_refused);
	tcase_add_loop_test(test_case,
	    every_error_has_its_page_in_every_language, ERR_OK + 1, ERR_COUNT);
	tcase_add_test(test_case, a_request_that_could_not_be_read_has_a_page);
	tcase_add_test(
	    test_case, without_memory_for_a_page_there_is_a_sentence);
}

int
main(void)
{
	Suite *suite = suite_create("route");
	TCase *test_case = support_case(suite, "answers");

	tcase_add_checked_fixture(test_case, ask_set_up, ask_tear_down);
	add_tests(test_case);
	return support_run(suite);
}
