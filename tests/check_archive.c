/*
 * Pages that become files: which file a page is, and what becomes of its
 * links.
 */
#include "support.h"

#include "archive_links.h"

#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define SLUG_32 "abcdefghijklmnopqrstuvwxyz-01234"

static const struct {
	const char *path;
	const char *alone; /* NULL: all boards are in it */
	const char *file;  /* NULL: none */
} files[] = {
    {"/", NULL, "index.html"},
    {"/list", NULL, "list.html"},
    {"/list/page/2", NULL, "list/page/2.html"},
    {"/list/page/1", NULL, "list.html"},
    {"/all", NULL, "all.html"},
    {"/all/", NULL, "all.html"},
    {"/all/page/12", NULL, "all/page/12.html"},
    {"/latest", NULL, "latest.html"},
    {"/category/1", NULL, "category/1.html"},
    {"/category/1/page/1", NULL, "category/1.html"},
    {"/category/2/page/3", NULL, "category/2/page/3.html"},
    {"/posts/1", NULL, "posts/1.html"},
    {"/posts/17", NULL, "posts/17.html"},
    {"/posts/17/page/1", NULL, "posts/17.html"},
    {"/posts/17/page/2", NULL, "posts/17/page/2.html"},
    {"/boards", NULL, "boards.html"},
    {"/boards/free", NULL, "boards/free/index.html"},
    {"/boards/free/list", NULL, "boards/free/list.html"},
    {"/boards/free/posts/17/page/2", NULL, "boards/free/posts/17/page/2.html"},
    {"/boards/" SLUG_32 "/category/99999999999999/page/99999999999999", NULL,
	"boards/" SLUG_32 "/category/99999999999999/page/99999999999999.html"},
    /* No page that a file can be. */
    {"/boards/free/boards", NULL, NULL},
    {"/write", NULL, NULL},
    {"/posts/17/edit", NULL, NULL},
    {"/posts/17/newer", NULL, NULL},
    {"/posts/17.json", NULL, NULL},
    {"/list.atom", NULL, NULL},
    {"/posts/017", NULL, NULL},
    {"/sitemap.xml", NULL, NULL},
    {"/static/style.css", NULL, NULL},
    {"/none", NULL, NULL},
    /* One board alone stands at the top. */
    {"/", "", "index.html"},
    {"/posts/17", "", "posts/17.html"},
    {"/boards", "", NULL},
    {"/boards/free", "", NULL},
    {"/boards/free/posts/17", "", NULL},
    {"/", "free", "index.html"},
    {"/boards/free", "free", "index.html"},
    {"/boards/free/list/page/2", "free", "list/page/2.html"},
    {"/boards/free/posts/17", "free", "posts/17.html"},
    {"/boards/qna/posts/17", "free", NULL},
    {"/posts/17", "free", NULL},
    {"/list", "free", NULL},
    {"/boards", "free", NULL},
};

START_TEST(a_page_is_a_file_that_its_path_tells)
{
	char file[ARCHIVE_FILE_BYTES];
	struct path path;

	ck_assert(path_parse(files[_i].path, &path));
	if (files[_i].file == NULL) {
		ck_assert(!archive_file_of(&path, files[_i].alone, file));
		return;
	}
	ck_assert(archive_file_of(&path, files[_i].alone, file));
	ck_assert_str_eq(file, files[_i].file);
}
END_TEST

/*
 * An archive with every page but those of post 4; post 23 is a reply, on the
 * second page of 17. What somebody wrote is told as its fragment.
 */
static enum err
find(void *context, const struct archive_link *link,
    struct archive_target *target)
{
	uint64_t id = link->path.count > 0 ? link->path.numbers[0] : 0;

	ck_assert_ptr_null(context);
	if (id == 13)
		return ERR_UNAVAILABLE;
	if (id == 4)
		return ERR_OK;
	(void)archive_file_of(&link->path, NULL, target->file);
	target->fragment = link->own ? link->fragment : "said";
	if (id == 23) {
		(void)strcpy(target->file, "posts/17/page/2.html");
		target->fragment = "reply-23";
	}
	return ERR_OK;
}

static enum err
rewrite(const char *file, const char *html, struct buf *out)
{
	const struct archive_links links = {
	    .file = file, .site_url = "https://board.example", .find = find};

	buf_init(out, support_arena());
	buf_text(out, "");
	return archive_links_rewrite(&links, html, strlen(html), out);
}

#define SITE "https://board.example"

static const struct {
	const char *file;
	const char *before;
	const char *after;
} pages[] = {
    /* Relative to where the page is. */
    {"list.html", "<a href=\"/posts/5\">", "<a href=\"posts/5.html\">"},
    {"posts/5.html", "<a href=\"/posts/6\">", "<a href=\"6.html\">"},
    {"posts/5.html", "<a href=\"/list\">", "<a href=\"../list.html\">"},
    {"posts/5.html", "<a href=\"/posts/5/page/2\">",
	"<a href=\"5/page/2.html\">"},
    {"posts/5/page/2.html", "<a href=\"/posts/5\">",
	"<a href=\"../../5.html\">"},
    {"posts/5/page/2.html", "<a href=\"/posts/5/page/3\">",
	"<a href=\"3.html\">"},
    {"posts/5/page/2.html", "<a href=\"/\">",
	"<a href=\"../../../index.html\">"},
    {"boards/free/posts/5.html", "<a href=\"/posts/5\">",
	"<a href=\"../../../posts/5.html\">"},
    {"boards/free/posts/5.html", "<a href=\"/boards/free/list\">",
	"<a href=\"../list.html\">"},
    {"posts/5.html", "<a href=\"/boards/free/list\">",
	"<a href=\"../boards/free/list.html\">"},
    /* Its own page, and a place in it. */
    {"list.html", "<a href=\"/list\">", "<a href=\"list.html\">"},
    {"posts/5.html", "<a href=\"/posts/5#reply-6\">", "<a href=\"#reply-6\">"},
    {"posts/5.html", "<a href=\"#content\">", "<a href=\"#content\">"},
    {"posts/5.html", "<a href=\"/list/page/3#post-5\">",
	"<a href=\"../list/page/3.html#post-5\">"},
    /* A reply is a place in its thread. */
    {"posts/5.html", "<a href=\"/posts/23\">",
	"<a href=\"17/page/2.html#reply-23\">"},
    {"posts/17/page/2.html", "<a href=\"/posts/23\">",
	"<a href=\"#reply-23\">"},
    /* Static files. */
    {"posts/5.html", "<link rel=\"icon\" href=\"/static/icon.0123.svg\">",
	"<link rel=\"icon\" href=\"../static/icon.0123.svg\">"},
    {"index.html", "<img src=\"/static/icon.svg\" alt=\"\">",
	"<img src=\"static/icon.svg\" alt=\"\">"},
    /* Queries mean nothing to files. */
    {"list.html", "<a href=\"/posts/5?key=1&amp;x=2#replies\">",
	"<a href=\"posts/5.html#replies\">"},
    /* What leads nowhere has no address. */
    {"list.html", "<a class=\"x\" href=\"/posts/4\" rel=\"next\">w</a>",
	"<a class=\"x\" rel=\"next\">w</a>"},
    {"list.html", "<a href=\"/write\">w</a>", "<a>w</a>"},
    {"list.html", "<a href=\"/posts/5/newer\">w</a>", "<a>w</a>"},
    {"list.html", "<a href=\"/list.atom\">w</a>", "<a>w</a>"},
    {"list.html", "<a href=\"/%2e%2e/x\">w</a>", "<a>w</a>"},
    {"list.html", "<a href=\"/../x\">w</a>", "<a>w</a>"},
    /* What people wrote. */
    {"list.html", "<a href=\"" SITE "/posts/5\">",
	"<a href=\"posts/5.html#said\">"},
    {"list.html", "<a href=\"" SITE "/posts/5?x=1#reply-6\">",
	"<a href=\"posts/5.html#said\">"},
    {"posts/5.html", "<a href=\"" SITE "\">",
	"<a href=\"../index.html#said\">"},
    {"posts/5.html", "<a href=\"" SITE "/\">",
	"<a href=\"../index.html#said\">"},
    {"list.html", "<a href=\"" SITE "/posts/4\" rel=\"ugc\">w</a>", "w"},
    {"list.html",
	"<a href=\"" SITE "/posts/4\"><em>w</em></a> <a href=\"" SITE
	"/posts/4\">x</a><a href=\"" SITE "/posts/5\">y</a>",
	"<em>w</em> x<a href=\"posts/5.html#said\">y</a>"},
    {"list.html",
	"<a href=\"/posts/4\">x</a><a href=\"" SITE
	"/posts/4\">w</a><a href=\"/posts/4\">x</a>",
	"<a>x</a>w<a>x</a>"},
    /* What is not ours to change. */
    {"list.html", "<a href=\"" SITE "/about.html\">",
	"<a href=\"" SITE "/about.html\">"},
    {"list.html", "<a href=\"" SITE ".evil.example/posts/5\">",
	"<a href=\"" SITE ".evil.example/posts/5\">"},
    {"list.html", "<a href=\"" SITE ":8080/posts/5\">",
	"<a href=\"" SITE ":8080/posts/5\">"},
    {"list.html", "<a href=\"https://other.example/posts/5\">",
	"<a href=\"https://other.example/posts/5\">"},
    {"list.html", "<a href=\"//other.example/posts/5\">",
	"<a href=\"//other.example/posts/5\">"},
    {"list.html", "<a href=\"mailto:a@example.org\">",
	"<a href=\"mailto:a@example.org\">"},
    {"list.html", "<link rel=\"canonical\" href=\"" SITE "/list\">",
	"<link rel=\"canonical\" href=\"" SITE "/list\">"},
    {"list.html", "<meta content=\"/posts/5\">", "<meta content=\"/posts/5\">"},
    {"list.html", "<p title=\"href=&quot;/posts/5&quot;\">",
	"<p title=\"href=&quot;/posts/5&quot;\">"},
    {"list.html", "href=\"/posts/5\"", "href=\"/posts/5\""},
    {"list.html", "<p data-href=\"/posts/5\">", "<p data-href=\"/posts/5\">"},
    /* The shapes that tags have. */
    {"list.html", "", ""},
    {"list.html", "글 &lt;a href=&quot;/posts/5&quot;&gt; 더",
	"글 &lt;a href=&quot;/posts/5&quot;&gt; 더"},
    {"list.html", "<!doctype html>\n<html lang=\"ko\">\n",
	"<!doctype html>\n<html lang=\"ko\">\n"},
    {"list.html", "<input required\n name=\"a\" ><br>",
	"<input required\n name=\"a\" ><br>"},
    {"list.html", "<li\tclass=\"a > b\"><a\n  href=\"/posts/5\"\n>",
	"<li\tclass=\"a > b\"><a\n  href=\"posts/5.html\"\n>"},
    {"list.html",
	"<a href=\"/posts/5\" class=\"n\">1</a> <a href=\"/posts/6\">",
	"<a href=\"posts/5.html\" class=\"n\">1</a> "
	"<a href=\"posts/6.html\">"},
};

START_TEST(links_lead_to_files)
{
	struct buf out;

	ck_assert_int_eq(
	    rewrite(pages[_i].file, pages[_i].before, &out), ERR_OK);
	ck_assert_str_eq(out.data, pages[_i].after);
	ck_assert_uint_eq(out.length, strlen(pages[_i].after));
}
END_TEST

static const char *const broken[] = {
    "<",
    "<a",
    "<a href",
    "<a href=",
    "<a href=\"",
    "<a href=\"/posts/5",
    "<a href=\"/posts/5\"",
    "<a href='/posts/5'>",
    "<a href=/posts/5>",
    "<a <b>",
    "<a href=\"/posts/5\"<b>",
    "<a =\"x\">",
};

START_TEST(what_no_template_of_ours_makes_is_an_error)
{
	struct buf out;

	ck_assert_int_eq(rewrite("list.html", broken[_i], &out), ERR_INTERNAL);
}
END_TEST

START_TEST(an_error_of_who_finds_ends_it)
{
	struct buf out;

	ck_assert_int_eq(rewrite("list.html", "<a href=\"/posts/13\">", &out),
	    ERR_UNAVAILABLE);
}
END_TEST

START_TEST(without_an_address_of_the_site_words_stay_as_they_are)
{
	static const char html[] = "<a href=\"" SITE "/posts/5\">";
	const struct archive_links links = {
	    .file = "list.html", .site_url = "", .find = find};
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(
	    archive_links_rewrite(&links, html, strlen(html), &out), ERR_OK);
	ck_assert_str_eq(out.data, html);
}
END_TEST

static const struct {
	const char *address;
	const char *after;
} below[] = {
    {SITE "/b/posts/5", "posts/5.html#said"},
    {SITE "/b/", "index.html#said"},
    {SITE "/b", "index.html#said"},
    {"/posts/5", "posts/5.html"},
    /* The site's, not the board's. */
    {SITE "/posts/5", SITE "/posts/5"},
    {SITE "/bc/list", SITE "/bc/list"},
    {SITE "/", SITE "/"},
};

START_TEST(a_board_below_a_path_is_known_by_it)
{
	const struct archive_links links = {
	    .file = "list.html", .site_url = SITE "/b", .find = find};
	struct arena *arena = support_arena();
	const char *html =
	    arena_printf(arena, "<a href=\"%s\">", below[_i].address);
	struct buf out;

	buf_init(&out, arena);
	ck_assert_int_eq(
	    archive_links_rewrite(&links, html, strlen(html), &out), ERR_OK);
	ck_assert_str_eq(
	    out.data, arena_printf(arena, "<a href=\"%s\">", below[_i].after));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("archive");
	TCase *tests = support_case(suite, "links");

	tcase_add_loop_test(
	    tests, a_page_is_a_file_that_its_path_tells, 0, ROWS(files));
	tcase_add_loop_test(tests, links_lead_to_files, 0, ROWS(pages));
	tcase_add_loop_test(
	    tests, a_board_below_a_path_is_known_by_it, 0, ROWS(below));
	tcase_add_loop_test(
	    tests, what_no_template_of_ours_makes_is_an_error, 0, ROWS(broken));
	tcase_add_test(tests, an_error_of_who_finds_ends_it);
	tcase_add_test(
	    tests, without_an_address_of_the_site_words_stay_as_they_are);
	return support_run(suite);
}
