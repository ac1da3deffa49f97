#include "view/view.h"

#include "shown.h"
#include "support.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

#define PAGES_EACH 200
#define LONG_BYTES (1024 * 1024UL)

/* A sentence of each template in each language. */
static const struct {
	enum view_template name;
	const char *parts[VIEW_LANGUAGES];
} spoken[] = {
    {VIEW_BOARDS, {"Boards", "게시판"}},
    {VIEW_DELETE, {"Delete this?", "이 글을 지울까요?"}},
    {VIEW_EDIT, {"Save", "저장"}},
    {VIEW_FEED, {"Re:", "답글:"}},
    {VIEW_HOME, {"Come in, leave a word", "들어와서 한마디 남겨 주세요"}},
    {VIEW_LIST, {"It is still quiet here", "아직 글이 없습니다"}},
    {VIEW_POST, {"Back to the list", "목록으로"}},
    {VIEW_POSTED, {"Successfully submitted the post", "글을 등록했습니다."}},
    {VIEW_PROBLEM, {"To the front page", "첫 화면으로"}},
    {VIEW_REPLY, {"Write a reply", "답글 쓰기"}},
    {VIEW_STREAM, {"All posts, in full", "글 모아 보기"}},
    {VIEW_UNLOCK, {"Your own post", "내가 쓴 글"}},
    {VIEW_VERSIONS, {"Earlier versions", "수정 이력"}},
    {VIEW_WRITE, {"Write a post", "글쓰기"}},
};

START_TEST(every_template_speaks_every_language)
{
	struct view *view = shown_open_view();

	ck_assert_uint_eq(sizeof(spoken) / sizeof(spoken[0]), VIEW_TEMPLATES);
	for (size_t i = 0; i < VIEW_TEMPLATES; i++) {
		for (int j = 0; j < VIEW_LANGUAGES; j++) {
			const char *page;

			shown_begin(view, (enum view_language)j);
			view_set(view, "Entries.0.reply", "1");
			page = shown_render(view, spoken[i].name);
			assert_has(page, spoken[i].parts[j]);
			assert_lacks(page, "<?cs");
			if (spoken[i].name == VIEW_FEED)
				continue; /* it is no page */
			assert_has(page,
			    arena_printf(support_arena(), "<html lang=\"%s\">",
				view_language_tags[j]));
			assert_has(page, "</html>");
		}
	}
	ck_assert_str_eq(support_log(), "");
	view_destroy(view);
}
END_TEST

/* What people send, and what a page holds of it. */
static const struct {
	const char *typed;
	const char *shown;
} payloads[] = {
    {"plain", "plain"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"\" autofocus onfocus=\"x", "&quot; autofocus onfocus=&quot;x"},
    {"' onclick='x", "&#39; onclick=&#39;x"},
    {"AT&T &lt; &amp;", "AT&amp;T &amp;lt; &amp;amp;"},
    {"]]>--></textarea></title>",
	"]]&gt;--&gt;&lt;/textarea&gt;&lt;/title&gt;"},
    {"<?cs var:Site.title ?>", "&lt;?cs var:Site.title ?&gt;"},
    {"<?cs include:\"/etc/passwd\" ?>",
	"&lt;?cs include:&quot;/etc/passwd&quot; ?&gt;"},
    {"100% %s %n \\ \\n ${x} {max}", "100% %s %n \\ \\n ${x} {max}"},
    {"홍길동 👩‍👩‍👧", "홍길동 👩‍👩‍👧"},
    {"bom \xef\xbb\xbf line\xe2\x80\xa8separator",
	"bom \xef\xbb\xbf line\xe2\x80\xa8separator"},
    {"broken \xed\xa0\x80 \xff\xc0\xaf<",
	"broken \xed\xa0\x80 \xff\xc0\xaf&lt;"},
    {"two\nlines\tand a tab", "two\nlines\tand a tab"},
};

#define PAYLOADS (sizeof(payloads) / sizeof(payloads[0]))

START_TEST(peoples_bytes_are_escaped_in_a_post)
{
	struct view *view = shown_open_view();
	const char *page;

	shown_begin(view, VIEW_EN);
	view_set(view, "Post.name", payloads[_i].typed);
	view_set(view, "Post.title", payloads[_i].typed);
	view_set(view, "Post.titled", "1");
	page = shown_render(view, VIEW_POST);
	assert_has(page,
	    arena_printf(support_arena(), "<bdi>%s</bdi>", payloads[_i].shown));
	assert_has(page, arena_printf(support_arena(), "dir=\"auto\">%s</h1>",
			     payloads[_i].shown));
	if (strcmp(payloads[_i].typed, payloads[_i].shown) != 0)
		assert_lacks(page, payloads[_i].typed);
	view_destroy(view);
}
END_TEST

START_TEST(peoples_bytes_are_escaped_in_a_form)
{
	struct view *view = shown_open_view();
	const char *page;

	shown_begin(view, VIEW_EN);
	view_set(view, "Form.full_name.shown", "1");
	view_set(view, "Form.data.shown", "1");
	view_set_in(view, "Form.full_name", "value", payloads[_i].typed);
	view_set_in(view, "Form.data", "value", payloads[_i].typed);
	page = shown_render(view, VIEW_HOME);
	assert_has(page, arena_printf(support_arena(), " value=\"%s\" ",
			     payloads[_i].shown));
	assert_has(page, arena_printf(support_arena(), ">\n%s</textarea>",
			     payloads[_i].shown));
	if (strcmp(payloads[_i].typed, payloads[_i].shown) != 0)
		assert_lacks(page, payloads[_i].typed);
	view_destroy(view);
}
END_TEST

START_TEST(peoples_bytes_are_escaped_in_a_list_and_the_title)
{
	struct view *view = shown_open_view();
	const char *page;

	shown_begin(view, VIEW_KO);
	view_set(view, "Site.title", payloads[_i].typed);
	view_set(view, "Page.excerpt", payloads[_i].typed);
	view_set_number_in(view, "Rows.0", "id", 1);
	view_set_in(view, "Rows.0", "name", payloads[_i].typed);
	view_set_in(view, "Rows.0", "title", payloads[_i].typed);
	view_set_in(view, "Rows.0", "titled", "1");
	view_set_in(view, "Categories.0", "name", payloads[_i].typed);
	page = shown_render(view, VIEW_LIST);
	assert_has(page,
	    arena_printf(support_arena(), "%s</title>", payloads[_i].shown));
	assert_has(page, arena_printf(support_arena(), "content=\"%s\">",
			     payloads[_i].shown));
	assert_has(page, arena_printf(support_arena(), "dir=\"auto\">%s</a>",
			     payloads[_i].shown));
	assert_has(page,
	    arena_printf(support_arena(), "<bdi>%s</bdi>", payloads[_i].shown));
	if (strcmp(payloads[_i].typed, payloads[_i].shown) != 0)
		assert_lacks(page, payloads[_i].typed);
	view_destroy(view);
}
END_TEST

/* Where else people's words stand: what is set, and how it is shown. */
static const struct {
	enum view_template name;
	const char *value;
	const char *before, *after;
} corners[] = {
    {VIEW_BOARDS, "Boards.0.title", "/list\">", "</a>"},
    {VIEW_DELETE, "Post.name", "<bdi>", "</bdi>"},
    {VIEW_DELETE, "Post.line", "dir=\"auto\">", "</a>"},
    {VIEW_EDIT, "Conflict.title", "dir=\"auto\">", "</p>"},
    {VIEW_EDIT, "Conflict.name", "<bdi>", "</bdi>"},
    {VIEW_EDIT, "Conflict.text", "dir=\"auto\">", "</pre>"},
    {VIEW_FEED, "Feed.title", "<title>", "</title>"},
    {VIEW_FEED, "Entries.0.title", "<title>", "</title>"},
    {VIEW_FEED, "Entries.0.name", "<name>", "</name>"},
    {VIEW_FEED, "Entries.0.category", "term=\"", "\"/>"},
    {VIEW_FEED, "Entries.0.content", "<content type=\"html\">", "</content>"},
    {VIEW_LIST, "Board.title", "/list\">", "</a>"},
    {VIEW_LIST, "Category.name", "<h1 dir=\"auto\">", "</h1>"},
    {VIEW_POST, "Post.category", "class=\"category\">", "</span>"},
    {VIEW_POST, "Replies.0.name", "<bdi>", "</bdi>"},
    {VIEW_POST, "Board.title", "/list\">", "</a>"},
    {VIEW_REPLY, "Parent.name", "<bdi>", "</bdi>"},
    {VIEW_REPLY, "Form.key.value", "name=\"key\" value=\"", "\">"},
    {VIEW_STREAM, "Posts.0.title", "\">", "</a>"},
    {VIEW_UNLOCK, "Post.name", "<bdi>", "</bdi>"},
    {VIEW_VERSIONS, "Versions.0.title", "dir=\"auto\">", "</p>"},
    {VIEW_VERSIONS, "Versions.0.name", "<bdi>", "</bdi>"},
    {VIEW_WRITE, "Categories.0.name", " selected>", "</option>"},
    {VIEW_WRITE, "Preview.category", " · ", "</p>"},
};

START_TEST(peoples_bytes_are_escaped_in_every_corner)
{
	static const char typed[] = "'\"><script>&amp;";
	static const char shown[] = "&#39;&quot;&gt;&lt;script&gt;&amp;amp;";
	static const char *const yes[] = {"Conflict.found", "Parent.id",
	    "Preview.shown", "Entries.0.titled", "Posts.0.id", "Posts.0.titled",
	    "Versions.0.titled", "Form.category.shown", "Replies.0.id",
	    "Category.number"};
	struct view *view = shown_open_view();
	const char *page;

	shown_begin(view, VIEW_EN);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		view_set(view, yes[i], "1");
	view_set(view, corners[_i].value, typed);
	page = shown_render(view, corners[_i].name);
	assert_has(page, arena_printf(support_arena(), "%s%s%s",
			     corners[_i].before, shown, corners[_i].after));
	assert_lacks(page, "<script");
	view_destroy(view);
}
END_TEST

/* Sentences */

static const struct {
	uint64_t number;
	const char *shown;
} numbers[] = {
    {0, "0"},
    {7, "7"},
    {999, "999"},
    {1000, "1,000"},
    {10000, "10,000"},
    {123456, "123,456"},
    {1234567, "1,234,567"},
    {UINT64_MAX, "18,446,744,073,709,551,615"},
};

START_TEST(a_number_in_a_sentence_is_grouped)
{
	struct view *view = shown_open_view();
	const struct view_word word = {"max", numbers[_i].number};

	shown_begin(view, VIEW_EN);
	view_set(view, "Form.data.shown", "1");
	view_set_sentence(view, "Form.data.hint", "Hints.text", &word, 1);
	assert_has(shown_render(view, VIEW_HOME),
	    arena_printf(support_arena(), "\"data-hint\">1 to %s characters<",
		numbers[_i].shown));
	shown_begin(view, VIEW_KO);
	view_set(view, "Form.data.shown", "1");
	view_set_sentence(view, "Form.data.hint", "Hints.text", &word, 1);
	assert_has(shown_render(view, VIEW_HOME),
	    arena_printf(
		support_arena(), "\"data-hint\">%s자까지<", numbers[_i].shown));
	view_destroy(view);
}
END_TEST

START_TEST(a_sentence_takes_several_words_in_its_own_order)
{
	static const struct view_word words[] = {
	    {"count", 4321}, {"page", 2}, {"pages", 217}};
	struct view *view = shown_open_view();

	for (int i = 0; i < VIEW_LANGUAGES; i++) {
		shown_begin(view, (enum view_language)i);
		view_set(view, "Rows.0.id", "1");
		view_set_sentence(
		    view, "List.summary", "List.summary", words, 3);
		assert_has(shown_render(view, VIEW_LIST),
		    i == VIEW_EN ? ">4,321 in all · page 2 of 217<"
				 : ">모두 4,321개 · 217쪽 중 2쪽<");
	}
	view_destroy(view);
}
END_TEST

START_TEST(a_sentence_that_is_missing_is_an_error_and_logged)
{
	struct view *view = shown_open_view();
	struct buf out;

	shown_begin(view, VIEW_KO);
	view_set_sentence(view, "Problem.title", "Problems.299.title", NULL, 0);
	view_set(view, "Problem.text", "set afterwards");
	buf_init(&out, support_arena());
	ck_assert_int_eq(view_render(view, VIEW_PROBLEM, &out), ERR_INTERNAL);
	ck_assert_uint_eq(out.length, 0);
	assert_has(support_log(), "ko.hdf");
	assert_has(support_log(), "Problems.299.title");
	/* The next page is none the worse for it. */
	shown_begin(view, VIEW_KO);
	assert_has(shown_render(view, VIEW_PROBLEM), "</html>");
	view_destroy(view);
}
END_TEST

/* One page after another */

START_TEST(a_page_knows_nothing_of_the_one_before)
{
	struct view *view = shown_open_view();
	const char *page;

	shown_begin(view, VIEW_KO);
	view_set(view, "Problem.title", "yesterday");
	view_set(view, "Form.full_name.shown", "1");
	view_set(view, "Form.full_name.value", "yesterday");
	view_set(view, "Form.full_name.error", "yesterday");
	view_set_number_in(view, "Posts.0", "id", 4711);
	view_set_in(view, "Posts.0", "name", "yesterday");
	assert_has(shown_render(view, VIEW_HOME), "yesterday");
	shown_begin(view, VIEW_EN);
	page = shown_render(view, VIEW_HOME);
	assert_lacks(page, "yesterday");
	assert_lacks(page, "4711");
	assert_lacks(page, "aria-invalid");
	assert_has(page, "<html lang=\"en\">");
	assert_lacks(page, "전체");
	view_destroy(view);
}
END_TEST

START_TEST(a_value_is_copied_and_the_last_one_counts)
{
	struct view *view = shown_open_view();
	char value[] = "early";

	shown_begin(view, VIEW_EN);
	view_set(view, "Post.name", "first");
	view_set(view, "Post.name", value);
	memset(value, 'x', sizeof(value) - 1);
	assert_has(shown_render(view, VIEW_POST), "<bdi>early</bdi>");
	/* The same values again, as often as one likes. */
	assert_has(shown_render(view, VIEW_POST), "<bdi>early</bdi>");
	view_destroy(view);
}
END_TEST

START_TEST(a_very_long_value_is_shown_whole)
{
	struct view *view = shown_open_view();
	char *value = arena_alloc(support_arena(), LONG_BYTES + 1);
	const char *page;

	ck_assert_ptr_nonnull(value);
	memset(value, 'a', LONG_BYTES);
	value[LONG_BYTES] = '\0';
	shown_begin(view, VIEW_EN);
	view_set(view, "Post.text_html", value);
	page = shown_render(view, VIEW_POST);
	page = strstr(page, "dir=\"auto\">a");
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(
	    strspn(strchr(page, '>') + 1, "a"), (size_t)LONG_BYTES);
	view_destroy(view);
}
END_TEST

START_TEST(a_page_over_the_arenas_limit_is_an_error_of_its_own)
{
	struct view *view = shown_open_view();
	struct arena *small = arena_create(64 * 1024);
	char *value = arena_alloc(support_arena(), LONG_BYTES + 1);
	struct buf out;

	ck_assert_ptr_nonnull(small);
	ck_assert_ptr_nonnull(value);
	memset(value, 'a', LONG_BYTES);
	value[LONG_BYTES] = '\0';
	ck_assert_int_eq(view_begin(view, small, VIEW_EN), ERR_OK);
	view_set(view, "Post.text_html", value);
	buf_init(&out, small);
	ck_assert_int_eq(view_render(view, VIEW_POST, &out), ERR_NO_MEMORY);
	arena_reset(small);
	ck_assert_int_eq(view_begin(view, small, VIEW_EN), ERR_OK);
	view_set(view, "Post.text_html", "short");
	buf_init(&out, small);
	ck_assert_int_eq(view_render(view, VIEW_POST, &out), ERR_OK);
	assert_has(out.data, "dir=\"auto\">short</div>");
	arena_destroy(small);
	view_destroy(view);
}
END_TEST

START_TEST(a_sentence_over_the_arenas_limit_is_an_error)
{
	static const struct view_word word = {"max", 1};
	struct view *view = shown_open_view();
	struct arena *small = arena_create(64 * 1024);
	struct buf out;

	ck_assert_ptr_nonnull(small);
	ck_assert_int_eq(view_begin(view, small, VIEW_EN), ERR_OK);
	while (arena_alloc(small, 64) != NULL)
		continue;
	view_set_sentence(view, "Form.data.hint", "Hints.text", &word, 1);
	buf_init(&out, support_arena());
	ck_assert_int_eq(view_render(view, VIEW_HOME, &out), ERR_NO_MEMORY);
	arena_destroy(small);
	view_destroy(view);
}
END_TEST

START_TEST(an_arena_without_room_for_a_value_is_an_error)
{
	struct view *view = shown_open_view();
	struct arena *small = arena_create(64 * 1024);
	struct buf out;

	ck_assert_ptr_nonnull(small);
	buf_init(&out, support_arena());
	ck_assert_int_eq(view_begin(view, small, VIEW_EN), ERR_OK);
	while (arena_alloc(small, 64) != NULL)
		continue;
	view_set_in(view, "Posts.0", "name", "n");
	view_set_number(view, "Posted.id", 1);
	ck_assert_int_eq(view_render(view, VIEW_HOME, &out), ERR_NO_MEMORY);
	ck_assert_int_eq(view_begin(view, small, VIEW_EN), ERR_NO_MEMORY);
	view_set(view, "Site.title", "t");
	ck_assert_int_eq(view_render(view, VIEW_HOME, &out), ERR_NO_MEMORY);
	arena_destroy(small);
	view_destroy(view);
}
END_TEST

/* The row that began as the n-th: Posts.0, and the others backwards. */
static const char *
row_path(int n)
{
	return arena_printf(support_arena(), "Posts.%d", n == 0 ? 0 : 40 - n);
}

START_TEST(rows_stay_in_the_order_in_which_they_began)
{
	struct view *view = shown_open_view();
	const char *at;

	shown_begin(view, VIEW_EN);
	/* A value set late belongs to its row, however many came since. */
	for (int i = 0; i < 40; i++)
		view_set_number_in(view, row_path(i), "id", 1000 + (uint64_t)i);
	for (int i = 0; i < 40; i++)
		view_set_in(view, row_path(i), "name",
		    arena_printf(support_arena(), "of-%d", 1000 + i));
	at = shown_render(view, VIEW_STREAM);
	for (int i = 0; i < 40; i++) {
		const char *name =
		    arena_printf(support_arena(), "<bdi>of-%d</bdi>", 1000 + i);

		at = strstr(at, "<article class=\"post\"");
		ck_assert_ptr_nonnull(at);
		assert_has(at,
		    arena_printf(support_arena(), "id=\"post-%d\"", 1000 + i));
		at = strstr(at, "<bdi>");
		ck_assert_ptr_nonnull(at);
		ck_assert_int_eq(strncmp(at, name, strlen(name)), 0);
	}
	view_destroy(view);
}
END_TEST

/* Two slots at once */

struct reader {
	struct view *view;
	enum view_language language;
	size_t wrong;
};

static bool
read_page(struct reader *reader, struct arena *arena, size_t number)
{
	const char *expected = arena_printf(arena, "<bdi>%zu of %s</bdi>",
	    number, view_language_tags[reader->language]);
	const char *name = arena_printf(
	    arena, "%zu of %s", number, view_language_tags[reader->language]);
	const char *frame = arena_printf(
	    arena, "<html lang=\"%s\">", view_language_tags[reader->language]);
	struct buf out;

	buf_init(&out, arena);
	(void)view_begin(reader->view, arena, reader->language);
	view_set(reader->view, "Post.name", name);
	view_set_number(reader->view, "Post.id", number);
	return view_render(reader->view, VIEW_POST, &out) == ERR_OK &&
	       strstr(out.data, expected) != NULL &&
	       strstr(out.data, frame) != NULL;
}

static void *
read_pages(void *context)
{
	struct reader *reader = context;
	struct arena *arena = arena_create(SUPPORT_ARENA_BYTES);

	for (size_t i = 0; i < PAGES_EACH; i++) {
		arena_reset(arena);
		if (!read_page(reader, arena, i))
			reader->wrong++;
	}
	arena_destroy(arena);
	return NULL;
}

/* From the same templates. */
START_TEST(two_threads_render_pages_of_their_own)
{
	struct reader readers[2];
	pthread_t threads[2];

	readers[0] = (struct reader){
	    .view = shown_open_view(), .language = (enum view_language)0};
	readers[1] = (struct reader){.language = (enum view_language)1};
	ck_assert_int_eq(view_share(readers[0].view, &readers[1].view), ERR_OK);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, read_pages, &readers[i]),
		    0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(readers[i].wrong, 0);
	}
	view_destroy(readers[1].view);
	view_destroy(readers[0].view);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("view");
	TCase *test_case = support_case(suite, "pages");

	tcase_add_test(test_case, every_template_speaks_every_language);
	tcase_add_loop_test(
	    test_case, peoples_bytes_are_escaped_in_a_post, 0, PAYLOADS);
	tcase_add_loop_test(
	    test_case, peoples_bytes_are_escaped_in_a_form, 0, PAYLOADS);
	tcase_add_loop_test(test_case,
	    peoples_bytes_are_escaped_in_a_list_and_the_title, 0, PAYLOADS);
	tcase_add_loop_test(test_case,
	    peoples_bytes_are_escaped_in_every_corner, 0,
	    sizeof(corners) / sizeof(corners[0]));
	tcase_add_loop_test(test_case, a_number_in_a_sentence_is_grouped, 0,
	    sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(
	    test_case, a_sentence_takes_several_words_in_its_own_order);
	tcase_add_test(
	    test_case, a_sentence_that_is_missing_is_an_error_and_logged);
	tcase_add_test(test_case, a_page_knows_nothing_of_the_one_before);
	tcase_add_test(test_case, a_value_is_copied_and_the_last_one_counts);
	tcase_add_test(test_case, a_very_long_value_is_shown_whole);
	tcase_add_test(
	    test_case, a_page_over_the_arenas_limit_is_an_error_of_its_own);
	tcase_add_test(test_case, a_sentence_over_the_arenas_limit_is_an_error);
	tcase_add_test(
	    test_case, an_arena_without_room_for_a_value_is_an_error);
	tcase_add_test(test_case, rows_stay_in_the_order_in_which_they_began);
	tcase_add_test(test_case, two_threads_render_pages_of_their_own);
	return support_run(suite);
}
