#include "ask.h"

#include "shown.h"
#include "support.h"

#include "base/clock.h"
#include "route.h"

#include <string.h>

#define WAIT_MS 200

struct conf ask_conf;
static struct pool *pool;
static struct view *view;
struct http_request ask_request;
struct http_response ask_response;

void
ask_set_up(void)
{
	struct pool_settings settings = {
	    .redis = {.address = "/nonexistent/redis.sock",
		.user = "",
		.password = "",
		.connect_ms = WAIT_MS,
		.command_ms = WAIT_MS},
	    .wait_ms = WAIT_MS,
	    .size = 1,
	};

	conf_defaults(&ask_conf);
	ck_assert_int_eq(pool_create(&settings, &pool), ERR_OK);
	view = shown_open_view();
	ask_request = http_request_blank;
	ask_request.path = "/";
	ask_request.scheme = "http";
	ask_request.host = "board.example";
	ask_request.client = "192.0.2.1";
}

void
ask_tear_down(void)
{
	view_destroy(view);
	pool_destroy(pool);
}

void
ask_from(struct arena *arena, enum err err)
{
	struct page page;

	http_response_init(&ask_response, arena);
	page = (struct page){.conf = &ask_conf,
	    .arena = arena,
	    .view = view,
	    .store = {.pool = pool,
		.arena = arena,
		.prefix = "",
		.first = "",
		.pepper = "",
		.until_us = clock_monotonic_us() + 2 * WAIT_MS * 1000},
	    .language = page_language(arena, &ask_request, &ask_conf),
	    .request = &ask_request,
	    .response = &ask_response,
	    .slug = "",
	    .board = ""};
	route_answer(&page, err);
}

void
ask(void)
{
	ask_from(support_arena(), ERR_OK);
}

const char *
ask_body(void)
{
	ck_assert(!ask_response.body.failed);
	ck_assert_ptr_nonnull(ask_response.body.data);
	return ask_response.body.data;
}

void
ask_post(const char *path, const char *form)
{
	ask_request.method = HTTP_POST;
	ask_request.path = path;
	ask_request.content_type = "application/x-www-form-urlencoded";
	ask_request.body = form;
	ask_request.content_length = strlen(form);
	ask();
}

void
ask_assert_problem(unsigned status, const char *language)
{
	ck_assert_uint_eq(ask_response.status, status);
	ck_assert_str_eq(ask_response.content_type, "text/html; charset=utf-8");
	ck_assert_str_eq(ask_response.language, language);
	ck_assert_ptr_null(ask_response.cache_control);
	ck_assert_ptr_null(ask_response.set_cookie);
	ck_assert_ptr_null(ask_response.location);
	ck_assert_uint_eq(ask_response.retry_after, status == 503 ? 5 : 0);
	assert_has(ask_body(),
	    arena_printf(support_arena(), "<html lang=\"%s\">", language));
	assert_has(ask_body(), arena_printf(support_arena(),
				   "<p class=\"status\">%u</p>", status));
	assert_has(ask_body(), "</html>");
	assert_lacks(ask_body(), "<h1></h1>");
}
