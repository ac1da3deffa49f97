/*
 * The pages without a Redis: what they say then, and what they say of a form
 * that they would not store anyway.
 */
#include "pages/page.h"

#include "ask.h"
#include "shown.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Redis is away */

static const char *const stored[] = {
    "/all", "/all/page/2", "/latest", "/posts/1"};

START_TEST(what_redis_holds_is_unavailable_in_the_visitors_language)
{
	static const char *const accepted[] = {"", "ko", "en-GB, ko;q=0.5"};
	static const char *const tags[] = {"en", "ko", "en"};

	for (size_t i = 0; i < 6; i++) {
		ask_request.method = i % 2 == 0 ? HTTP_GET : HTTP_HEAD;
		ask_request.path = stored[_i];
		ask_request.accept_language = accepted[i / 2];
		ask();
		ask_assert_problem(503, tags[i / 2]);
		ck_assert_int_eq(ask_response.error, ERR_UNAVAILABLE);
	}
	assert_has(support_log(), "error pool: Redis at /nonexistent/");
}
END_TEST

START_TEST(the_form_is_there_all_the_same)
{
	static const char *const queries[] = {"", "posted=3", "posted=x"};

	for (size_t i = 0; i < 3; i++) {
		ask_request.query = queries[i];
		ask_request.accept_language = "ko";
		ask();
		ck_assert_uint_eq(ask_response.status, 503);
		ck_assert_uint_eq(ask_response.retry_after, 5);
		ck_assert_str_eq(ask_response.language, "ko");
		ck_assert_ptr_null(ask_response.cache_control);
		assert_has(ask_body(), "<textarea id=\"data\"");
		assert_has(ask_body(), "지금은 글을 불러올 수 없습니다.");
		assert_lacks(ask_body(), "아직 글이 없습니다.");
		if (i == 1)
			assert_has(ask_body(), "href=\"/posts/3\"");
		else
			assert_lacks(ask_body(), "글을 등록했습니다.");
	}
}
END_TEST

START_TEST(health_is_a_line_of_text)
{
	ask_request.path = "/healthz";
	ask();
	ck_assert_uint_eq(ask_response.status, 503);
	ck_assert_uint_eq(ask_response.retry_after, 5);
	ck_assert_str_eq(
	    ask_response.content_type, "text/plain; charset=utf-8");
	ck_assert_str_eq(ask_body(), "not ready\n");
}
END_TEST

/* From where, behind what, and who may know. */
static const struct {
	const char *client;
	const char *forwarded_for;
	const char *allow;
	const char *proxies;
	bool told;
} watchers[] = {
    {"127.0.0.1", "", "", "", false},
    {"127.0.0.1", "", "127.0.0.0/8 ::1", "", true},
    {"::1", "", "127.0.0.0/8 ::1", "", true},
    {"::ffff:127.0.0.1", "", "127.0.0.0/8 ::1", "", true},
    {"192.0.2.1", "", "127.0.0.0/8 ::1", "", false},
    {"192.0.2.1", "", "192.0.2.0/24", "", true},
    {"", "", "0.0.0.0/0 ::/0", "", false},
    {"unix:", "", "0.0.0.0/0 ::/0", "", false},
    /* A proxy that nobody named: who it speaks for is not known. */
    {"127.0.0.1", "192.0.2.9", "127.0.0.0/8", "", false},
    {"127.0.0.1", "127.0.0.1", "127.0.0.0/8", "", false},
    {"192.0.2.1", "127.0.0.1", "127.0.0.0/8 192.0.2.0/24", "", false},
    /* One that is named. */
    {"127.0.0.1", "192.0.2.9", "127.0.0.0/8", "127.0.0.1", false},
    {"127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.1", true},
    {"127.0.0.1", "192.0.2.9", "192.0.2.9", "127.0.0.1", true},
    {"127.0.0.1", "192.0.2.9, 198.51.100.1", "192.0.2.9", "127.0.0.1", false},
    {"127.0.0.1", "nonsense", "192.0.2.9", "127.0.0.1", false},
};

static void
watch(int i)
{
	ask_request.client = watchers[i].client;
	ask_request.forwarded_for = watchers[i].forwarded_for;
	(void)snprintf(
	    ask_conf.watch.allow, CONF_TEXT_MAX, "%s", watchers[i].allow);
	(void)snprintf(
	    ask_conf.writing.proxies, CONF_TEXT_MAX, "%s", watchers[i].proxies);
}

START_TEST(what_is_wrong_is_told_to_whom_the_settings_allow)
{
	watch(_i);
	ask_request.path = "/healthz";
	ask();
	ck_assert_uint_eq(ask_response.status, 503);
	ck_assert_str_eq(ask_body(),
	    watchers[_i].told ? "not ready\nRedis at /run/madang/redis.sock "
				"does not answer. The log says why.\n"
			      : "not ready\n");
}
END_TEST

START_TEST(metrics_are_for_them_and_nothing_for_others)
{
	watch(_i);
	ask_request.path = "/metrics";
	ask();
	if (watchers[_i].told) {
		ck_assert_uint_eq(ask_response.status, 200);
		ck_assert_str_eq(ask_response.content_type,
		    "text/plain; version=0.0.4; charset=utf-8");
		assert_has(ask_body(), "\nmadang_build_info{version=\"");
		return;
	}
	ask_assert_problem(404, "en");
	assert_lacks(ask_body(), "madang_");
}
END_TEST

/* A worker that is restarted since Redis is away helps nobody. */
START_TEST(a_worker_without_redis_is_alive)
{
	ask_request.path = "/healthz/live";
	ask();
	ck_assert_uint_eq(ask_response.status, 200);
	ck_assert_str_eq(ask_body(), "ok\n");
}
END_TEST

START_TEST(a_post_that_cannot_be_stored_comes_back)
{
	ask_request.accept_language = "en";
	ask_post("/", "full_name=%ED%99%8D%EA%B8%B8%EB%8F%99+%3Cb%3E&"
		      "data=%0Afirst+%22line%22%0D%0A%3C%2Ftextarea%3E");
	ck_assert_uint_eq(ask_response.status, 503);
	ck_assert_uint_eq(ask_response.retry_after, 5);
	ck_assert_int_eq(ask_response.error, ERR_UNAVAILABLE);
	ck_assert_ptr_null(ask_response.location);
	ck_assert_ptr_null(ask_response.cache_control);
	assert_has(ask_body(), "Your post could not be stored just now");
	assert_has(ask_body(), " value=\"홍길동 &lt;b&gt;\" ");
	/* The first line break is the template's, the second the visitor's. */
	assert_has(ask_body(), ">\n\nfirst &quot;line&quot;");
	assert_has(ask_body(), "&lt;/textarea&gt;</textarea>");
	assert_lacks(ask_body(), "aria-invalid");
	assert_lacks(support_log(), "first");
	assert_lacks(support_log(), "홍길동");
	assert_lacks(support_log(), "192.0.2.1");
}
END_TEST

/* Forms */

static const struct {
	const char *form;
	const char *sentence;
	const char *typed;
	bool name; /* the name is wrong, or else the text */
} invalid[] = {
    {"full_name=&data=kept", "Please write a name.", ">\nkept</textarea>",
	true},
    {"data=kept", "Please write a name.", ">\nkept</textarea>", true},
    {"full_name=+%E3%80%80&data=kept", "Please write a name.",
	" value=\" \xe3\x80\x80\" ", true},
    {"full_name=kept&data=", "Please write something.", " value=\"kept\" ",
	false},
    {"full_name=kept", "Please write something.", " value=\"kept\" ", false},
    {"full_name=12345678901&data=kept",
	"Please keep the name to 10 characters. It now has 11.",
	" value=\"12345678901\" ", true},
    {"full_name=a%0Ab&data=kept", "The name contains a line break",
	">\nkept</textarea>", true},
    {"full_name=kept&data=a%E2%80%AEb", "reverse the direction",
	" value=\"kept\" ", false},
    {"full_name=kept&data=%07", "control characters that no one can see",
	" value=\"kept\" ", false},
    {"full_name=%3Cscript%3E12&data=kept", "to 10 characters. It now has 10",
	NULL, true},
};

START_TEST(an_invalid_field_has_its_sentence_and_what_was_typed)
{
	ask_conf.post.name_chars = 10;
	ask_post("/", invalid[_i].form);
	if (invalid[_i].typed == NULL) {
		/* Just within the limit: nothing is wrong with it. */
		ck_assert_uint_eq(ask_response.status, 503);
		assert_lacks(ask_body(), invalid[_i].sentence);
		return;
	}
	ck_assert_uint_eq(ask_response.status, 400);
	ck_assert_int_eq(ask_response.error, ERR_INVALID);
	ck_assert_uint_eq(ask_response.retry_after, 0);
	ck_assert_ptr_null(ask_response.location);
	assert_has(ask_body(), invalid[_i].sentence);
	assert_has(ask_body(), invalid[_i].typed);
	assert_has(ask_body(),
	    invalid[_i].name ? "id=\"full_name-error\"" : "id=\"data-error\"");
	assert_lacks(ask_body(),
	    invalid[_i].name ? "id=\"data-error\"" : "id=\"full_name-error\"");
	assert_has(ask_body(), "<h1>Come in, leave a word</h1>");
}
END_TEST

static const struct {
	const char *content_type;
	const char *form;
	unsigned status;
} unreadable[] = {
    {"application/x-www-form-urlencoded", "full_name=%&data=x", 400},
    {"application/x-www-form-urlencoded", "full_name=%ff&data=x", 400},
    {"application/x-www-form-urlencoded", "full_name=%00&data=x", 400},
    {"application/json", "{}", 415},
    {"", "full_name=a&data=b", 415},
    {"multipart/form-data", "--x", 400},
};

START_TEST(a_body_that_cannot_be_read_is_told_so)
{
	static const char *const paths[] = {"/", "/language"};

	for (size_t i = 0; i < 2; i++) {
		ask_request.method = HTTP_POST;
		ask_request.path = paths[i];
		ask_request.content_type = unreadable[_i].content_type;
		ask_request.body = unreadable[_i].form;
		ask_request.content_length = strlen(unreadable[_i].form);
		ask();
		ask_assert_problem(unreadable[_i].status, "en");
	}
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* The choice of a language */

static const struct {
	const char *form;
	unsigned status;
	const char *location;
	const char *cookie; /* how it begins */
} choices[] = {
    {"lang=ko&back=/all/page/2", 303, "/b/all/page/2", "lang=ko; Path=/b/; "},
    {"lang=en&back=%2Fposts%2F7", 303, "/b/posts/7", "lang=en; Path=/b/; "},
    {"lang=en&back=/", 303, "/b/", "lang=en; "},
    {"lang=ko", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=//evil.example", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=%2F%2Fevil", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=/%5Cevil", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=%5C%5Cevil", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=https://evil.example/", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=javascript:alert(1)", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=/a%0D%0ASet-Cookie:x", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=/%09/evil", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=/../x", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=/?posted=1", 303, "/b/", "lang=ko; "},
    {"lang=ko&back=evil", 303, "/b/", "lang=ko; "},
    {"lang=fr&back=/", 400, NULL, NULL},
    {"lang=KO", 400, NULL, NULL},
    {"lang=kok", 400, NULL, NULL},
    {"lang=", 400, NULL, NULL},
    {"back=/", 400, NULL, NULL},
    {"", 400, NULL, NULL},
    {"lang=ko%0D%0Ax:y", 400, NULL, NULL},
};

static void
assert_is(const char *text, const char *expected)
{
	if (expected == NULL)
		ck_assert_ptr_null(text);
	else
		ck_assert_ptr_nonnull(text);
	if (expected != NULL)
		ck_assert_str_eq(text, expected);
}

START_TEST(a_choice_of_language_is_kept_and_leads_back)
{
	ask_request.base = "/b";
	ask_post("/language", choices[_i].form);
	ck_assert_uint_eq(ask_response.status, choices[_i].status);
	assert_is(ask_response.location, choices[_i].location);
	if (choices[_i].cookie == NULL)
		ck_assert_ptr_null(ask_response.set_cookie);
	else
		ck_assert_ptr_eq(
		    strstr(ask_response.set_cookie, choices[_i].cookie),
		    ask_response.set_cookie);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_path_back_that_is_very_long_leads_home)
{
	char *form = arena_alloc(support_arena(), 4096);

	memset(form, 'a', 4095);
	form[4095] = '\0';
	memcpy(form, "lang=ko&back=/", 14);
	ask_post("/language", form);
	ck_assert_uint_eq(ask_response.status, 303);
	ck_assert_str_eq(ask_response.location, "/");
}
END_TEST

START_TEST(the_cookie_is_secure_where_the_board_is)
{
	ask_post("/language", "lang=ko");
	assert_lacks(ask_response.set_cookie, "Secure");
	assert_has(ask_response.set_cookie, "; HttpOnly");
	ask_request.scheme = "https";
	ask_post("/language", "lang=ko");
	assert_has(ask_response.set_cookie, "; Secure");
}
END_TEST

START_TEST(a_language_is_the_cookies_or_else_the_headers)
{
	static const struct {
		const char *cookie;
		const char *header;
		const char *board;
		const char *language;
	} rows[] = {
	    {"", "", "en", "en"},
	    {"", "", "ko", "ko"},
	    {"", "en", "ko", "en"},
	    {"lang=ko", "en", "en", "ko"},
	    {"x=1; lang=en", "ko", "ko", "en"},
	    {"lang=fr", "ko", "en", "ko"},
	    {"lang=", "", "ko", "ko"},
	    {"", "fr", "ko", "ko"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(ask_conf.site.language,
		    sizeof(ask_conf.site.language), "%s", rows[i].board);
		ask_request.path = "/nowhere";
		ask_request.cookie = rows[i].cookie;
		ask_request.accept_language = rows[i].header;
		ask();
		ask_assert_problem(404, rows[i].language);
	}
}
END_TEST

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void
add_tests(TCase *test_case)
{
	tcase_add_loop_test(test_case,
	    what_redis_holds_is_unavailable_in_the_visitors_language, 0,
	    COUNT(stored));
	tcase_add_test(test_case, the_form_is_there_all_the_same);
	tcase_add_test(test_case, health_is_a_line_of_text);
	tcase_add_loop_test(test_case,
	    what_is_wrong_is_told_to_whom_the_settings_allow, 0,
	    (int)(sizeof(watchers) / sizeof(watchers[0])));
	tcase_add_loop_test(test_case,
	    metrics_are_for_them_and_nothing_for_others, 0,
	    (int)(sizeof(watchers) / sizeof(watchers[0])));
	tcase_add_test(test_case, a_worker_without_redis_is_alive);
	tcase_add_test(test_case, a_post_that_cannot_be_stored_comes_back);
	tcase_add_loop_test(test_case,
	    an_invalid_field_has_its_sentence_and_what_was_typed, 0,
	    COUNT(invalid));
	tcase_add_loop_test(test_case, a_body_that_cannot_be_read_is_told_so, 0,
	    COUNT(unreadable));
	tcase_add_loop_test(test_case,
	    a_choice_of_language_is_kept_and_leads_back, 0, COUNT(choices));
	tcase_add_test(test_case, a_path_back_that_is_very_long_leads_home);
	tcase_add_test(test_case, the_cookie_is_secure_where_the_board_is);
	tcase_add_test(
	    test_case, a_language_is_the_cookies_or_else_the_headers);
}

/* Times */

static const char *const zones[] = {
    "UTC0", "KST-9", "EST5EDT,M3.2.0,M11.1.0", "<+1245>-12:45"};

/* A time's element as the C library writes it. */
static const char *
element(time_t seconds, bool with_minute)
{
	char machine[64];
	char day[64];
	char minute[64];

	(void)strftime(
	    machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	(void)strftime(day, sizeof(day), "%Y-%m-%d", localtime(&seconds));
	(void)strftime(minute, sizeof(minute), " %H:%M", localtime(&seconds));
	return arena_printf(support_arena(),
	    "<time datetime=\"%s\">%s%s</time>", machine, day,
	    with_minute ? minute : "");
}

START_TEST(a_time_is_shown_in_the_boards_zone_and_machines_read_it_in_utc)
{
	static const uint64_t moments[] = {1, 59999, 951782399999, 951782400000,
	    1710054000000, 1762063199999, 1796083199000, 1796083200000,
	    4107542399000, POST_TIME_MAX_MS};
	struct view *view = shown_open_view();
	struct page page = {.arena = support_arena(), .view = view};

	ck_assert_int_eq(setenv("TZ", zones[_i], 1), 0);
	tzset();
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		const struct post post = {.id = 1,
		    .name = "n",
		    .title = "t",
		    .text = "",
		    .time_ms = moments[i]};
		time_t seconds = (time_t)(moments[i] / 1000);

		shown_begin(view, VIEW_EN);
		ck_assert_int_eq(page_set_row(&page, "Rows.0", &post), ERR_OK);
		ck_assert_int_eq(page_set_row(&page, "Post", &post), ERR_OK);
		assert_has(
		    shown_render(view, VIEW_LIST), element(seconds, false));
		assert_has(
		    shown_render(view, VIEW_POST), element(seconds, true));
	}
	view_destroy(view);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pages");
	TCase *test_case = support_case(suite, "answers");

	tcase_add_checked_fixture(test_case, ask_set_up, ask_tear_down);
	add_tests(test_case);
	test_case = support_case(suite, "times");
	tcase_add_loop_test(test_case,
	    a_time_is_shown_in_the_boards_zone_and_machines_read_it_in_utc, 0,
	    sizeof(zones) / sizeof(zones[0]));
	return support_run(suite);
}
