/*
 * Which answers become files, by a real Redis: requests as a slot answers
 * them, and what is in the folder then.
 */
#include "pages/publish.h"

#include "folder.h"
#include "posting.h"
#include "server.h"
#include "shown.h"
#include "support.h"

#include "base/clock.h"
#include "board/change.h"
#include "pages/publisher.h"
#include "route.h"
#include "store/keys.h"
#include "web/conditional.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FREE	   "{free}:"
#define GZIP_LEAST 512

/* Posts 1 to 3 in category 1, 4 with replies 5 to 7; secret 8; moved 9. */
#define SECRET "8"
#define MOVED  "9"

static struct conf conf;
static struct publisher *publisher;
static struct view *view;
static struct http_request request;
static struct http_response response;

/* Runs between what a page reads and what becomes of it; NULL: nothing. */
static void (*meanwhile)(void);

static void
write_board(void)
{
	uint64_t moved;

	for (int i = 1; i <= 3; i++) {
		const char *text = arena_printf(support_arena(), "post %d", i);
		struct change_post draft = draft_of("::1", "n", text);

		draft.words.category = 1;
		ck_assert_uint_eq(post_draft(&draft), (uint64_t)i);
	}
	ck_assert_uint_eq(post_new("::1", "n", "with replies"), 4);
	for (int i = 0; i < 3; i++)
		(void)post_reply(
		    4, arena_printf(support_arena(), "reply %d", i));
	ck_assert_uint_eq(post_secret("secret title", "secret words"), 8);
	ck_assert_uint_eq(post_new("::1", "n", "moves"), 9);
	ck_assert_int_eq(
	    change_move(&here.store, 9, FREE, "free", &moved), ERR_OK);
}

/* The site: the first board with a category, and the board free. */
static void
make_boards(const char *prefix)
{
	here.store.prefix = here.store.first = prefix;
	ck_assert_int_eq(
	    change_board(&here.store, "", "First", "news"), ERR_OK);
	here.store.prefix = FREE;
	ck_assert_int_eq(change_board(&here.store, "free", "Free", ""), ERR_OK);
	here.store.prefix = prefix;
}

static void
create_publisher(const char *prefix)
{
	publisher_destroy(publisher);
	conf_defaults(&conf);
	(void)snprintf(conf.pages.folder, CONF_TEXT_MAX, "%s", folder);
	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "https://b.example");
	(void)snprintf(conf.redis.prefix, CONF_TEXT_MAX, "%s", prefix);
	conf.site.page_size = 2;
	conf.site.replies_size = 2;
	ck_assert_int_eq(publisher_create(&conf, &publisher), ERR_OK);
	publisher_set_hearing(publisher, true);
}

static void
set_up(void)
{
	folder_create();
	publisher = NULL;
	meanwhile = NULL;
	create_publisher("");
	view = shown_open_view();
	make_boards("");
	write_board();
	request = http_request_blank;
	request.path = "/";
	request.scheme = "http";
	request.host = "board.example";
	request.client = "192.0.2.1";
}

static void
tear_down(void)
{
	view_destroy(view);
	publisher_destroy(publisher);
	folder_destroy();
}

/* As slot.c does it. */
static void
ask_within(struct arena *arena)
{
	struct page page;

	http_response_init(&response, arena);
	page = (struct page){.conf = &conf,
	    .arena = arena,
	    .view = view,
	    .publisher = publisher,
	    .store = here.store,
	    .language = page_language(arena, &request, &conf),
	    .request = &request,
	    .response = &response,
	    .slug = "",
	    .board = ""};
	page.store.arena = arena;
	page.store.prefix = page.store.first = conf.redis.prefix;
	publisher_attach(publisher, &page.store);
	page.store.until_us = clock_monotonic_us() + 2000000;
	route_answer(&page, ERR_OK);
	if (conditional_apply(arena, &request, &response) != ERR_OK)
		response.etag = NULL;
	if (meanwhile != NULL)
		meanwhile();
	publish_end(&page);
	ck_assert(!page.publication.entered);
}

static void
ask(void)
{
	ask_within(support_arena());
}

/* The second who asks for it has it published. */
static void
ask_often(const char *path)
{
	request.path = path;
	for (int i = 0; i < 3; i++)
		ask();
}

static bool
is_same(const char *file)
{
	return response.body.length == strlen(folder_read(file)) &&
	       strcmp(folder_read(file), response.body.data) == 0;
}

/* What becomes a file */

static const struct {
	const char *path;
	const char *file;
} published[] = {
    {"/", "b./lists/en-home--"},
    {"/all", "b./lists/en-all--"},
    {"/all/page/2", "b./lists/en-all--2"},
    {"/latest", "b./lists/en-latest--"},
    {"/list", "b./lists/en-list--"},
    {"/list/page/2", "b./lists/en-list--2"},
    {"/list.json", "b./lists/en-list--.json"},
    {"/list.atom", "b./lists/en-list--.atom"},
    {"/list/page/2.json", "b./lists/en-list--2.json"},
    {"/category/1", "b./lists/en-category-1-"},
    {"/category/1/page/2", "b./lists/en-category-1-2"},
    {"/category/1.json", "b./lists/en-category-1-.json"},
    {"/category/1.atom", "b./lists/en-category-1-.atom"},
    {"/category/1/page/2.json", "b./lists/en-category-1-2.json"},
    {"/posts/1", "b./threads/t/1/en-posts--"},
    {"/posts/4", "b./threads/t/4/en-posts--"},
    {"/posts/4/page/2", "b./threads/t/4/en-posts--2"},
    {"/posts/4.json", "b./threads/t/4/en-posts--.json"},
    {"/posts/4.atom", "b./threads/t/4/en-posts--.atom"},
    {"/posts/4/page/2.json", "b./threads/t/4/en-posts--2.json"},
    {"/boards", "site/en--boards"},
    {"/robots.txt", "site/en--robots.txt"},
    {"/sitemap.xml", "site/en--sitemap.xml"},
    {"/boards/free", "b.free/lists/en-home--"},
    {"/boards/free/list", "b.free/lists/en-list--"},
    {"/boards/free/list.json", "b.free/lists/en-list--.json"},
    {"/boards/free/posts/1", "b.free/threads/t/1/en-posts--"},
    {"/boards/free/sitemap.xml", "site/en-free-sitemap.xml"},
};

START_TEST(the_second_who_asks_has_a_page_published)
{
	const char *file =
	    arena_printf(support_arena(), "pages/%s", published[_i].file);
	const char *gzip = arena_printf(support_arena(), "%s.gz", file);

	request.path = published[_i].path;
	ask();
	ck_assert_uint_eq(response.status, 200);
	ck_assert_uint_eq(folder_files(), 0);
	ask();
	ck_assert_uint_eq(response.status, 200);
	ck_assert_msg(folder_has(file), "no %s", file);
	ck_assert(is_same(file));
	ck_assert_int_eq(folder_time(file), response.validator);
	ck_assert(folder_has(gzip) == (response.body.length >= GZIP_LEAST));
	if (folder_has(gzip))
		ck_assert_int_eq(folder_time(gzip), response.validator);
	ck_assert_uint_eq(folder_files(), folder_has(gzip) ? 2 : 1);
}
END_TEST

static const struct {
	const char *accepted;
	const char *cookie;
	const char *file;
} languages[] = {
    {"", "", "pages/b./lists/en-list--"},
    {"ko", "", "pages/b./lists/ko-list--"},
    {"en;q=0.5, ko", "", "pages/b./lists/ko-list--"},
    {"ko", "lang=en", "pages/b./lists/en-list--"},
    {"", "a=b; lang=ko", "pages/b./lists/ko-list--"},
    {"ko", "lang=../x", "pages/b./lists/ko-list--"},
    {"", "lang=de", "pages/b./lists/en-list--"},
};

START_TEST(each_language_has_its_file)
{
	request.accept_language = languages[_i].accepted;
	request.cookie = languages[_i].cookie;
	ask_often("/list");
	ck_assert(folder_has(languages[_i].file));
	ck_assert(is_same(languages[_i].file));
	ck_assert_uint_eq(folder_files(), 2);
}
END_TEST

/* What never does */

static const struct {
	enum http_method method;
	const char *path;
	const char *query;
	unsigned status;
} others[] = {
    {HTTP_HEAD, "/list", "", 200},
    {HTTP_HEAD, "/posts/1", "", 200},
    {HTTP_GET, "/list", "x=1", 200},
    {HTTP_GET, "/list", "deleted=1", 200},
    {HTTP_GET, "/", "posted=3", 200},
    {HTTP_GET, "/posts/1", "recommended=on", 200},
    {HTTP_GET, "/posts/" SECRET, "key=0123456789", 200},
    {HTTP_GET, "/sitemap.xml", "part=1", 200},
    /* Not for everybody's eyes. */
    {HTTP_GET, "/posts/" SECRET, "", 200},
    /* Forms, and what counts. */
    {HTTP_GET, "/write", "", 200},
    {HTTP_GET, "/posts/1/edit", "", 303},
    {HTTP_GET, "/posts/1/delete", "", 303},
    {HTTP_GET, "/posts/1/reply", "", 200},
    {HTTP_GET, "/posts/1/view.gif", "", 200},
    {HTTP_GET, "/posts/" SECRET "/unlock", "", 200},
    {HTTP_GET, "/healthz", "", 200},
    {HTTP_GET, "/all/", "", 301},
    {HTTP_GET, "/list/page/1", "", 301},
    {HTTP_GET, "/category/1/page/1.json", "", 301},
    {HTTP_GET, "/posts/4/page/1", "", 301},
    {HTTP_GET, "/posts/" MOVED, "", 301},
    /* A reply's own address, and the pages of a secret thread. */
    {HTTP_GET, "/posts/5", "", 303},
    {HTTP_GET, "/posts/" SECRET "/page/2", "", 303},
    {HTTP_GET, "/posts/5.json", "", 404},
    {HTTP_GET, "/posts/" SECRET ".json", "", 404},
    {HTTP_GET, "/posts/" SECRET ".atom", "", 404},
    {HTTP_GET, "/posts/999", "", 404},
    {HTTP_GET, "/posts/4/page/9", "", 404},
    {HTTP_GET, "/list/page/99", "", 404},
    {HTTP_GET, "/category/9", "", 404},
    {HTTP_GET, "/boards/none/list", "", 404},
    {HTTP_GET, "/boards/none/posts/1", "", 404},
    {HTTP_GET, "/boards/none/sitemap.xml", "", 404},
    {HTTP_GET, "/boards/free/boards", "", 404},
    {HTTP_GET, "/../list", "", 404},
    {HTTP_OTHER, "/list", "", 405},
    {HTTP_POST, "/list", "", 405},
    {HTTP_POST, "/language", "", 400},
};

START_TEST(what_is_not_for_everybody_is_not_published)
{
	request.method = others[_i].method;
	request.query = others[_i].query;
	ask_often(others[_i].path);
	ck_assert_uint_eq(response.status, others[_i].status);
	ck_assert_uint_eq(folder_files(), 0);
	ck_assert_ptr_null(response.encoding);
}
END_TEST

static const struct {
	const char *url;
	const char *base;
	bool published;
} places[] = {
    {"https://b.example", "", true},
    {"https://b.example/board", "", false},
    {"https://b.example/board", "/board", true},
    {"https://b.example/board", "/Board", false},
    {"https://b.example/a/%EB", "/a/%EB", true},
};

/* Elsewhere the links are others, and the file would have the same name. */
START_TEST(what_is_asked_for_below_another_path_is_not_published)
{
	const char *canonical;

	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "%s", places[_i].url);
	request.base = places[_i].base;
	ask_often("/list");
	ck_assert_uint_eq(response.status, 200);
	ck_assert_int_eq(
	    folder_has("pages/b./lists/en-list--"), places[_i].published);
	ck_assert_int_eq(folder_files() > 0, places[_i].published);
	canonical = arena_printf(support_arena(),
	    "rel=\"canonical\" href=\"%s/list\"", places[_i].url);
	ck_assert_ptr_null(response.encoding);
	ck_assert_ptr_nonnull(strstr(response.body.data, canonical));
}
END_TEST

static void
send_form(const char *path, const char *form)
{
	request.method = HTTP_POST;
	request.path = path;
	request.content_type = "application/x-www-form-urlencoded";
	request.body = form;
	request.content_length = strlen(form);
	ask();
}

START_TEST(what_is_sent_is_not_published)
{
	for (int i = 0; i < 3; i++) {
		send_form("/", "full_name=&data=");
		ck_assert_uint_eq(response.status, 400);
		send_form("/language", "lang=ko&back=/list");
		ck_assert_uint_eq(response.status, 303);
		ck_assert_ptr_nonnull(response.set_cookie);
	}
	ck_assert_uint_eq(folder_files(), 0);
}
END_TEST

START_TEST(an_answer_is_gone_before_a_change_is_answered)
{
	ask_often("/list");
	ask_often("/posts/1");
	ask_often("/sitemap.xml");
	send_form("/", "full_name=n&data=another");
	ck_assert_uint_eq(response.status, 303);
	ck_assert(!folder_has("pages/b./lists/en-list--"));
	ck_assert(!folder_has("pages/site/en--sitemap.xml"));
	ck_assert(folder_has("pages/b./threads/t/1/en-posts--"));
	send_form("/posts/1/reply", "full_name=n&data=reply");
	ck_assert_uint_eq(response.status, 303);
	ck_assert(!folder_has("pages/b./threads/t/1/en-posts--"));
}
END_TEST

static void
write_another(void)
{
	const struct store_change change = {"", KEY_POST_ID, 0, 0};

	publisher_hear(publisher, &change);
}

START_TEST(a_page_from_before_a_change_is_sent_and_not_found)
{
	meanwhile = write_another;
	ask_often("/list");
	ck_assert_uint_eq(response.status, 200);
	ck_assert(!folder_has("pages/b./lists/en-list--"));
	meanwhile = NULL;
	ask_often("/list");
	ck_assert(folder_has("pages/b./lists/en-list--"));
}
END_TEST

START_TEST(while_nothing_is_heard_nothing_is_published)
{
	publisher_set_hearing(publisher, false);
	request.accept_encoding = "gzip";
	ask_often("/list");
	ck_assert_uint_eq(response.status, 200);
	ck_assert_ptr_null(response.encoding);
	ck_assert_uint_eq(folder_files(), 0);
	publisher_destroy(publisher);
	publisher = NULL;
	conf.pages.folder[0] = '\0';
	ask_often("/posts/1");
	ck_assert_uint_eq(response.status, 200);
	ck_assert_uint_eq(folder_files(), 0);
}
END_TEST

/* Another board's address, which leads to the first one's keys. */
START_TEST(the_first_board_is_not_published_under_another_name)
{
	(void)DO(&here.store, "FLUSHALL");
	create_publisher("{main}:");
	make_boards("{main}:");
	write_board();
	ask_often("/boards/main/list");
	ask_often("/boards/main/posts/1");
	ask_often("/boards/main/sitemap.xml");
	ck_assert_uint_eq(folder_files(), 0);
	ask_often("/list");
	ck_assert(folder_has("pages/b./lists/en-list--"));
}
END_TEST

/* What a visitor gets */

START_TEST(who_takes_gzip_gets_what_was_written)
{
	struct stat status;

	request.accept_encoding = "gzip, br";
	ask_often("/list");
	ck_assert_str_eq(response.encoding, "gzip");
	ck_assert_int_eq(
	    stat(folder_path("pages/b./lists/en-list--.gz"), &status), 0);
	ck_assert_uint_eq((size_t)status.st_size, response.body.length);
	ck_assert_int_eq(memcmp(folder_read("pages/b./lists/en-list--.gz"),
			     response.body.data, response.body.length),
	    0);
	ck_assert_str_eq(
	    response.etag, arena_printf(support_arena(), "\"%x-%zx\"",
			       response.validator, response.body.length));
	request.accept_encoding = "br";
	ask();
	ck_assert_ptr_null(response.encoding);
	ck_assert(is_same("pages/b./lists/en-list--"));
}
END_TEST

START_TEST(who_has_a_page_has_it_published_all_the_same)
{
	request.path = "/list";
	request.accept_encoding = "gzip";
	ask();
	request.if_none_match = response.etag;
	ask();
	ck_assert_uint_eq(response.status, 304);
	ck_assert_ptr_null(response.encoding);
	ck_assert_str_eq(response.etag, request.if_none_match);
	ck_assert(is_same("pages/b./lists/en-list--"));
}
END_TEST

START_TEST(a_folder_that_is_not_writable_hurts_no_visitor)
{
	folder_make_file(folder);
	request.accept_encoding = "gzip";
	ask_often("/list");
	ck_assert_uint_eq(response.status, 200);
	ck_assert_ptr_null(response.encoding);
	assert_has(response.body.data, "</html>");
	ck_assert_int_eq(support_count("\n"), 1);
}
END_TEST

/* A page that is there is whole, however little memory there was. */
START_TEST(with_little_memory_a_page_is_published_whole_or_not)
{
	const char *whole;
	int without = 0;

	ask_often("/list");
	whole = folder_read("pages/b./lists/en-list--");
	publisher_drop_all(publisher);
	for (size_t taken = 0; taken < 128000; taken += 1000) {
		/* One chunk of 128 KiB, of which something is gone. */
		struct arena *small = arena_create(1);

		ck_assert_ptr_nonnull(small);
		ck_assert_ptr_nonnull(arena_alloc(small, taken));
		ask_within(small);
		arena_destroy(small);
		if (!folder_has("pages/b./lists/en-list--")) {
			without++;
			continue;
		}
		ck_assert_str_eq(
		    folder_read("pages/b./lists/en-list--"), whole);
		publisher_drop_all(publisher);
	}
	ck_assert_int_gt(without, 1);
	ck_assert_int_lt(without, 127);
}
END_TEST

START_TEST(no_descriptor_is_left_behind)
{
	int before = dup(STDIN_FILENO);

	(void)close(before);
	for (int i = 0; i < ROWS(published); i++)
		ask_often(published[i].path);
	for (int i = 0; i < ROWS(others); i++) {
		request.method = others[i].method;
		request.query = others[i].query;
		ask_often(others[i].path);
	}
	ck_assert_int_eq(dup(STDIN_FILENO), before);
	(void)close(before);
}
END_TEST

static const char *const away[] = {"/", "/list", "/posts/1", "/boards",
    "/sitemap.xml", "/list.json", "/boards/free/list"};

START_TEST(without_redis_no_page_is_published)
{
	here.settings.redis.connect_ms = 200;
	server_reopen();
	server_stop(&here.server);
	ask_often(away[_i]);
	ck_assert_uint_eq(response.status, 503);
	ck_assert_uint_eq(folder_files(), 0);
}
END_TEST

static void
add_published(Suite *suite)
{
	TCase *pages = server_case(suite, "published");

	tcase_add_checked_fixture(pages, set_up, tear_down);
	tcase_add_loop_test(pages, the_second_who_asks_has_a_page_published, 0,
	    ROWS(published));
	tcase_add_loop_test(
	    pages, each_language_has_its_file, 0, ROWS(languages));
	tcase_add_test(pages, who_takes_gzip_gets_what_was_written);
	tcase_add_test(pages, who_has_a_page_has_it_published_all_the_same);
	tcase_add_test(pages, a_folder_that_is_not_writable_hurts_no_visitor);
	tcase_add_test(
	    pages, with_little_memory_a_page_is_published_whole_or_not);
	tcase_add_test(pages, no_descriptor_is_left_behind);
}

static void
add_others(Suite *suite)
{
	TCase *never = server_case(suite, "never published");
	TCase *own = server_own_case(suite, "Redis away");

	tcase_add_checked_fixture(never, set_up, tear_down);
	tcase_add_loop_test(
	    never, what_is_not_for_everybody_is_not_published, 0, ROWS(others));
	tcase_add_loop_test(never,
	    what_is_asked_for_below_another_path_is_not_published, 0,
	    (int)(sizeof(places) / sizeof(places[0])));
	tcase_add_test(never, what_is_sent_is_not_published);
	tcase_add_test(never, an_answer_is_gone_before_a_change_is_answered);
	tcase_add_test(
	    never, a_page_from_before_a_change_is_sent_and_not_found);
	tcase_add_test(never, while_nothing_is_heard_nothing_is_published);
	tcase_add_test(
	    never, the_first_board_is_not_published_under_another_name);
	tcase_add_checked_fixture(own, set_up, tear_down);
	tcase_add_loop_test(
	    own, without_redis_no_page_is_published, 0, ROWS(away));
}

int
main(void)
{
	Suite *suite = suite_create("publish");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	add_published(suite);
	add_others(suite);
	return support_run(suite);
}
