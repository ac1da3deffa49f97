#include "support.h"

#include "base/buf.h"
#include "view/markup.h"

#include <string.h>

static const struct {
	const char *typed;
	const char *html;
} rows[] = {
    {"", ""},
    {"안녕하세요", "<p>안녕하세요</p>\n"},
    {"첫 줄\n둘째 줄", "<p>첫 줄<br>\n둘째 줄</p>\n"},
    {"a\n\nb", "<p>a</p>\n<p>b</p>\n"},
    {"*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <del>c</del> "
			    "<code>d</code></p>\n"},
    {"# 제목", "<p><strong>제목</strong></p>\n"},
    {"#태그", "<p>#태그</p>\n"},
    {"> 인용", "<blockquote><p>인용</p>\n</blockquote>\n"},
    {"- a\n- b", "<ul><li>a</li>\n<li>b</li>\n</ul>\n"},
    {"3. a\n4. b", "<ol start=\"3\"><li>a</li>\n<li>b</li>\n</ol>\n"},
    {"```c\nif (a < b)\n\t~x;\n```",
	"<pre><code>if (a &lt; b)\n    ~x;\n</code></pre>\n"},
    {"``` 안녕\nb\n```", "<pre><code>안녕\nb\n</code></pre>\n"},
    {"    들여 쓴 줄", "<p>들여 쓴 줄</p>\n"},
    {"|a|b|\n|---|---|\n|1|2|",
	"<table><thead><tr><th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
	"<tbody><tr><td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
    /* What HTML and entities look like is words. */
    {"<b>x</b> &lt; &amp;", "<p>&lt;b&gt;x&lt;/b&gt; &amp;lt; &amp;amp;</p>\n"},
    {"<div>\nx\n</div>", "<p>&lt;div&gt;<br>\nx<br>\n&lt;/div&gt;</p>\n"},
    /* Links */
    {"https://example.org/?a=1&b=2",
	"<p><a href=\"https://example.org/?a=1&amp;b=2\" "
	"rel=\"nofollow ugc noopener\">https://example.org/?a=1&amp;b=2"
	"</a></p>\n"},
    {"[글](http://a.b/한)", "<p><a href=\"http://a.b/%ED%95%9C\" "
			    "rel=\"nofollow ugc noopener\">글</a></p>\n"},
    {"[x](HTtp://a.b)",
	"<p><a href=\"http://a.b\" rel=\"nofollow ugc noopener\">x</a></p>\n"},
    {"[x](javascript:alert(1))", "<p>x (javascript:alert(1))</p>\n"},
    {"[x](/all)", "<p>x (/all)</p>\n"},
    {"[x](http://bank.example@evil.example)",
	"<p>x (http://bank.example@evil.example)</p>\n"},
    {"![alt](https://a.b/c.png)",
	"<p><a href=\"https://a.b/c.png\" rel=\"nofollow ugc noopener\">alt"
	"</a></p>\n"},
    {"![](https://a.b/c.png)",
	"<p><a href=\"https://a.b/c.png\" rel=\"nofollow ugc noopener\">"
	"https://a.b/c.png</a></p>\n"},
    {"[a ![b](http://c.d) e](http://f.g)",
	"<p><a href=\"http://f.g\" rel=\"nofollow ugc noopener\">a b "
	"(http://c.d) e</a></p>\n"},
    {"https://a.b/~c 1~2",
	"<p><a href=\"https://a.b/~c\" rel=\"nofollow ugc noopener\">"
	"https://a.b/~c</a> 1~2</p>\n"},
    {"a@b.org",
	"<p><a href=\"mailto:a@b.org\" rel=\"nofollow ugc noopener\">a@b.org"
	"</a></p>\n"},
    /* What people mean, and Markdown does not. */
    {"10~12시, 3~4시", "<p>10~12시, 3~4시</p>\n"},
    {"~~~ 좋아요", "<p>~~~ 좋아요</p>\n"},
    {"안녕~~ 또 봐~~", "<p>안녕~~ 또 봐~~</p>\n"},
    {"2024. 3. 1. 모임", "<p>2024. 3. 1. 모임</p>\n"},
    {"3. 1. 모임", "<p>3. 1. 모임</p>\n"},
    {"[공지]: 휴무", "<p>[공지]: 휴무</p>\n"},
    {"> [공지]: 휴무", "<blockquote><p>[공지]: 휴무</p>\n</blockquote>\n"},
    {"`a[i]: 1~2`", "<p><code>a[i]: 1~2</code></p>\n"},
};

START_TEST(what_people_write_is_shown_as_they_mean_it)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(markup_html(support_arena(), rows[_i].typed,
			     strlen(rows[_i].typed), &out),
	    ERR_OK);
	ck_assert_str_eq(out.length > 0 ? out.data : "", rows[_i].html);
}
END_TEST

START_TEST(a_very_long_text_is_shown_as_it_was_typed)
{
	size_t length = MARKUP_MAX_BYTES + 1;
	char *text = arena_alloc(support_arena(), length);
	struct buf out;

	memset(text, '*', length);
	text[1] = '\n';
	text[2] = '<';
	buf_init(&out, support_arena());
	ck_assert_int_eq(
	    markup_html(support_arena(), text, length, &out), ERR_OK);
	ck_assert_int_eq(memcmp(out.data, "<p>*<br>\n&lt;***", 16), 0);
}
END_TEST

START_TEST(without_memory_there_is_an_error)
{
	struct arena *arena = arena_create(1);
	struct buf out;

	/* All of the first chunk. */
	while (arena_alloc(arena, 1024) != NULL)
		;
	buf_init(&out, arena);
	ck_assert_int_eq(markup_html(arena, "a", 1, &out), ERR_NO_MEMORY);
	arena_destroy(arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("markup");
	TCase *test_case = support_case(suite, "markup");

	tcase_add_loop_test(test_case,
	    what_people_write_is_shown_as_they_mean_it, 0,
	    sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(test_case, a_very_long_text_is_shown_as_it_was_typed);
	tcase_add_test(test_case, without_memory_there_is_an_error);
	return support_run(suite);
}
