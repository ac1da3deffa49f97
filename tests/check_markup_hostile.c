#include "support.h"

#include "scan.h"

#include "base/text.h"
#include "view/markup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The longest text that may be posted: 20,000 characters. */
#define TEXT_BYTES TEXT_MAX_BYTES(20000)

#define MS_MAX 50

/* What sanitizers and valgrind add; they make a program 2 to 50 times slower.
 */
#define MS_MAX_INSTRUMENTED 2500

/* Texts that somebody may send to get HTML of their own into a page. */
static const char *const texts[] = {
    /* Elements */
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"x\" onerror=\"alert(1)\"",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)//",
    "<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=x.swf>",
    "<embed src=//evil.example>",
    "<body onload=alert(1)>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example>",
    "<form action=//evil.example><button>go",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='//evil.example' onclick=alert(1)>x</a>",
    "<b onmouseover=alert(1)>x",
    "<p style=position:fixed;inset:0>over the page</p>",
    "<textarea>",
    "<title>",
    "<plaintext>",
    "<xmp><script>",
    "<noscript><p title=\"</noscript><img>\">",
    "<template><script>",
    "<!-- <script>alert(1)</script> -->",
    "<!--><script>alert(1)</script>",
    "<!--",
    "-->",
    "<!DOCTYPE html>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>",
    "<?xml?>",
    "</p></div></main></body></html>",
    "</article><script>",
    "</",
    "<",
    "<a",
    "<a href=\"",
    "<\nscript>",
    "< script>",
    "<script\n>",
    "<script/x>",
    "<\tscript>",
    "<script\x0c>alert(1)</script>",
    "<scr\\ipt>",
    "\\<script>",
    "\\\\<script>",
    "&lt;script&gt;",
    "&#60;script&#62;",
    "&#x3c;script&#x3e;",
    "&#0000060script>",
    "&LT;script&GT;",
    "&amp;lt;script>",
    "`<script>`",
    "```\n</code></pre><script>\n```",
    "```<script>\nx\n```",
    "``` \"onclick=alert(1)\nx\n```",
    "    <script>",
    "> <script>",
    "- <script>\n  </script>",
    "# <script>",
    "*<script>*",
    "~~<script>~~",
    "|<script>|\n|-|\n|</td>|",
    "<div>\n<script>\n</div>",
    "<pre>\n\n<b>",
    "\xef\xbc\x9cscript\xef\xbc\x9e",
    "<\xef\xb7\x90script>",
    "<\xff"
    "script>",
    /* Links */
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&#x3a;alert(1))",
    "[x](java&#9;script:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](&#x20;javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](java\\script:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x]( javascript:alert(1) )",
    "[x](javascript:alert(1) \"title\")",
    "[x](vbscript:msgbox(1))",
    "[x](VBScript:x)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data&colon;text/html,x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](/logout)",
    "[x](?a=1)",
    "[x](#top)",
    "[x]()",
    "[x](blob:http://a)",
    "[x](view-source:http://a)",
    "[x](feed:http://a)",
    "[x](http:evil.example)",
    "[x](http:/evil.example)",
    "[x](http:\\\\a)",
    "[x](http:///evil.example)",
    "[x](http://)",
    "[x](http://?x)",
    "[x](https://bank.example@evil.example)",
    "[x](https://bank.example%40evil.example)",
    "[x](http://a:b@c)",
    "[x](http://a\\@b)",
    "[x](http://a b)",
    "[x](http://[::1]/)",
    "[x](http://2130706433)",
    "[x](http://0x7f000001)",
    "[x](http://127.1)",
    "[x](http://0177.0.0.1)",
    "[x](http://256.1.1.1)",
    "[x](http://a:99999)",
    "[x](http://-a.example)",
    "[x](http://a..b)",
    "[x](http://.)",
    "[x](http://a/\"onclick=\"alert(1))",
    "[x](http://a/'onclick='alert(1))",
    "[x](http://a/&quot;onclick=&quot;alert(1))",
    "[x](http://a/><script>)",
    "[x](<http://a/\"><script>>)",
    "[x](http://a/&#0;)",
    "[x](http://a/&#13;b)",
    "[x](http://a/%0d%0ab)",
    "[x](http://a/%)",
    "[x](http://a/%zz)",
    "[x](http://a/#a#b)",
    "[x](http://a/{}|^`\\)",
    "[x](http://a/\xff)",
    "[x](http://a/&#x202e;gpj)",
    "[x](http://\xd0\xb0pple.example)",
    "[x](http://a\xe2\x80\xae"
    "b)",
    "[x](http://a\xe3\x80\x82"
    "b)",
    "[x](http://a \"t\\\" onclick=\\\"alert(1)\")",
    "[x](http://a 't\"x')",
    "[x](http://a (t&quot; x))",
    "[x](http://a \"</a><script>\")",
    "[x](mailto:a@b.c?subject=\"x)",
    "[x](mailto:\"<b>\"@c.d)",
    "[x](mailto:)",
    "[x](mailto:javascript:alert(1))",
    "![x](javascript:alert(1))",
    "![x](http://a/x.png\" onerror=\"alert(1))",
    "![\"onerror=x](http://a)",
    "![![x](http://a)](http://b)",
    "[![x](http://a)](http://b)",
    "[a [b](http://c) d](http://e)",
    "[a <http://b> c](http://d)",
    "[a http://b c](http://d)",
    "![a [b](http://c)](http://d)",
    "[<script>](http://a)",
    "[`](http://a)`",
    "[*a](http://a)*",
    "[x]\n(http://a)",
    "[x](http://a\n\"b\")",
    "[a]: javascript:alert(1)\n\n[a]",
    "[a]: <javascript:alert(1)> 'x'\n[a][a]",
    "[a]:\nhttp://a\n\n[a]",
    "[a]\\: b",
    "[a\\]: b",
    "[\xef\xb7\x90"
    "a]: b",
    /* Addresses */
    "<javascript:alert(1)>",
    "<JavaScript:x>",
    "<data:text/html,x>",
    "<http://a\"onclick=alert(1)>",
    "<http://a'b>",
    "<http://a\\b>",
    "<a@b\">",
    "<mailto:a@b.c>",
    "http://a\"onclick=\"alert(1)",
    "http://a.b/'x'onclick='",
    "http://a.b/<script>",
    "http://a.b/&quot;x",
    "http://a.b/&lt;script&gt;",
    "http://a.b/\xe2\x80\xaegpj.exe",
    "http://a.b/*x*_y_~~z~~`q`",
    "*http://a.b/*",
    "~~http://a.b/~~",
    "http://a.b/\\\"x",
    "http://a.b%00",
    "javascript:http://a.b",
    "javascript://a.b/%0aalert(1)",
    "www.a.b\"onclick=x",
    "www.<script>",
    "a@b.c\"onclick=x",
    "\"a\"@b.c",
    "a@b@c.d",
    "http://a@b.c",
    "http://a.b@c.d/e",
    "HTTP://A.B",
    "hTTps://a",
    "http://a.b/(((((",
    "http://a.b/)))))",
    "http://a.b/&&&;;;",
    /* Shapes */
    "*a **b* c**",
    "**a *b** c*",
    "_a *b_ c*",
    "~~a *b~~ c*",
    "*a ~~b* c~~",
    "~~a [b~~ c](http://d)",
    "[a ~~b](http://c) d~~",
    "***a** b*",
    "*a\n\nb*",
    "- a\n> b\n1. c\n# d",
    "> - > - > - a",
    "1. 1) - + * a",
    "- - a\n- - b",
    "999999999. a\n9999999999. b",
    "-1. a\n0. b\n00. c",
    "|a|\n|-|\n|b|c|d|",
    "|`a|b`|\n|-|-|",
    "> |a|\n> |-|\nb",
    "a\n-|-",
    "|a\\|b|\n|-|\n|c\\|d|",
    "|[x](http://a|b)|\n|-|",
    "- |a|\n  |-|\n  |b|",
    "|a|\n|:-:|\n|b\n\nc|",
    "\xef\xbb\xbf# bom",
    "\xe2\x80\xae"
    "abc",
    "&#x202e;&#x2066;abc",
    "&#0;&#1;&#27;&#127;&#128;&#xffff;&#x110000;&#xd800;",
    "\x1b[31mred",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xc0\xbc"
    "script>",
    "\xe2\x80",
    "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81"
    "\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "a\xe2\x80\xa8"
    "b\xe2\x80\xa9"
    "c",
};

/* Texts as long as allowed, of one piece and then another, again and again. */
static const struct bomb {
	const char *first; /* fills a part of the text */
	const char *then;  /* fills the rest */
	unsigned percent;  /* of first */
} bombs[] = {
    {"[", "", 100},
    {"]", "", 100},
    {"![", "", 100},
    {"[", "](u)", 50},
    {"![", "[a](b)", 50},
    {"[a](b", "", 100},
    {"[a](<b", "", 100},
    {"[](", "", 100},
    {"[a](b \"", "", 100},
    {"[]:", "", 100},
    {"[a]: b\n", "[a]", 50},
    {"[a][b]", "", 100},
    {"[[]]", "", 100},
    {"*", "", 100},
    {"*", "a*", 50},
    {"**x", "x**", 50},
    {"*a_ ", "", 100},
    {"*a **b ", "", 100},
    {"a**b c* ", "", 100},
    {"_a __b ", "", 100},
    {"**a *b __c _d ", "", 100},
    {"*_", "", 100},
    {"a_", "", 100},
    {"*a ", "a* ", 50},
    {"\xe2\x80\x94*", "", 100},
    {"~~a ", "", 100},
    {"~~a~~", "", 100},
    {"*~~a* ", "", 100},
    {"~~http://a.b/~~ ", "", 100},
    {"<", "", 100},
    {"<a ", "", 100},
    {"<!-- ", "", 100},
    {"<?", "", 100},
    {"<![CDATA[", "", 100},
    {"<!A ", "", 100},
    {"<a b=\"", "", 100},
    {"<http://", "", 100},
    {"<mailto:", "", 100},
    {"&#65;", "", 100},
    {"&", "", 100},
    {"\\", "", 100},
    {"\\a", "", 100},
    {"`a``b", "", 100},
    {"` ", "", 100},
    {">", "", 100},
    {"> ", "\n", 8},
    {"> ", "", 100},
    {"> > > > > > > > > > > > > > > > a\n", "", 100},
    {"> - > - > - > - > - > - > - > - a\n\n", "", 100},
    {">\n", "", 100},
    {"- ", "", 100},
    {"+ ", "", 100},
    {"* ", "", 100},
    {"- ", "\n", 1},
    {"- - - - - - - - - - - - - - - - a", "\n", 0},
    {"1. ", "", 100},
    {"1) ", "", 100},
    {"- a\n", "", 100},
    {"- a\n\n", "", 100},
    {"+ - ", "\n", 1},
    {"  ", "- a\n", 1},
    {"\t", "- a\n", 50},
    {"|", "", 100},
    {"|-", "", 100},
    {"a|b\n-|-\n", "c|d\n", 0},
    {"|-|\n|-|-|\n", "", 100},
    {"-|\n", "", 100},
    {"a\n|-\n", "", 100},
    {"a\n-\n", "", 100},
    {"---\n", "", 100},
    {"# a\n", "", 100},
    {"```\n", "", 100},
    {"    a\n\n", "", 100},
    {"\ta\n", "", 100},
    {"http://a.b ", "", 100},
    {"http://a.b/", "", 100},
    {"http://", "", 100},
    {"http://a.b/", ")", 0},
    {"http://a.b/", ";", 0},
    {"www.", "", 100},
    {"_www.a_", "", 100},
    {"a@", "", 100},
    {"a@b.c ", "", 100},
    {"a", "@", 99},
    {"@a", "", 100},
    {"h", "", 100},
    {"http://a.", "", 100},
    {"\n", "", 100},
    {" ", "", 100},
    {"a\n", "", 100},
    {"a", "", 100},
    {"\xff", "", 100},
    {"a\xcc\x81", "\xcc\x81", 0},
    {"&#769;", "", 100},
    {"\xf0\x9f\x91\xa8\xe2\x80\x8d", "", 100},
    {"\xf0\x9f\x87\xb0", "", 100},
    {"\xed\x95\x9c ", "", 100},
    {"*a* `b` [c](http://d.e)\n\n", "", 100},
};

static bool
is_instrumented(void)
{
	const char *sanitizers = getenv("SANITIZERS");
	const char *preload = getenv("LD_PRELOAD");

	return (sanitizers != NULL && *sanitizers != '\0') ||
	       (preload != NULL && strstr(preload, "vgpreload") != NULL);
}

/* Of this thread's own time: others may use the machine, too. */
static double
milliseconds(void)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Renders the text: what comes out is harmless, and soon there. */
static void
expect_harmless(const char *text, size_t length)
{
	double most = is_instrumented() ? MS_MAX_INSTRUMENTED : MS_MAX;
	double start;
	const char *wrong;
	struct buf out;
	size_t at = 0;
	double took;

	/* As every text of a post is, before it gets here. */
	text = text_repair(support_arena(), text, length, TEXT_BYTES);
	ck_assert_ptr_nonnull(text);
	length = strlen(text);
	buf_init(&out, support_arena());
	start = milliseconds();
	ck_assert_int_eq(
	    markup_html(support_arena(), text, length, &out), ERR_OK);
	took = milliseconds() - start;
	ck_assert_msg(took < most, "%.30s... took %.1f ms", text, took);
	wrong = scan_html(out.data, out.length, &at);
	ck_assert_msg(wrong == NULL, "%.30s...: %s at %zu: %.60s", text, wrong,
	    at, out.data + (at > 30 ? at - 30 : 0));
}

START_TEST(hostile_text_is_harmless)
{
	expect_harmless(texts[_i], strlen(texts[_i]));
}
END_TEST

static size_t
fill(char *text, size_t length, size_t end, const char *piece)
{
	size_t bytes = strlen(piece);

	while (bytes > 0 && length + bytes <= end) {
		memcpy(text + length, piece, bytes);
		length += bytes;
	}
	return length;
}

START_TEST(endless_text_is_harmless_and_fast)
{
	const struct bomb *bomb = &bombs[_i];
	char *text = arena_alloc(support_arena(), TEXT_BYTES);
	size_t first = TEXT_BYTES / 100 * bomb->percent;
	size_t length;

	if (first < strlen(bomb->first))
		first = strlen(bomb->first);
	length = fill(text, 0, first, bomb->first);
	length = fill(text, length, TEXT_BYTES, bomb->then);
	expect_harmless(text, length);
}
END_TEST

/* The same in many paragraphs, of all sizes. */
START_TEST(many_paragraphs_are_fast)
{
	static const struct {
		const char *piece;
		size_t pieces; /* in a paragraph */
	} rows[] = {{"*a _b **c __d ", 450}, {"a**b c* ", 900}, {"~~a ", 1900},
	    {"![", 1300}, {"[a](b) ", 2000}, {"|a", 200}, {"|-|\n|-|-|\n", 60},
	    {"a|b\n-|-\n", 60}, {"> > > > a\n", 200}, {"`a` ", 3000}};
	char *text = arena_alloc(support_arena(), TEXT_BYTES);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t bytes = strlen(rows[i].piece) * rows[i].pieces;

		for (size_t blocks = 1; blocks <= 128; blocks *= 2) {
			size_t length = 0;

			for (size_t block = 0;
			     block < blocks && length + bytes + 2 <= TEXT_BYTES;
			     block++) {
				length = fill(text, length, length + bytes,
				    rows[i].piece);
				length = fill(text, length, length + 2, "\n");
			}
			expect_harmless(text, length);
			arena_reset(support_arena());
			text = arena_alloc(support_arena(), TEXT_BYTES);
		}
	}
}
END_TEST

/* Each short row of a table is filled up to the columns of its head. */
START_TEST(a_table_grows_with_its_text_and_not_with_its_area)
{
	static const size_t columns[] = {2, 20, 128, 400, 833, 2500};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		char *text = arena_alloc(support_arena(), TEXT_BYTES);
		size_t length = 0;
		struct buf out;

		length = fill(text, length, columns[i] * 2 + 1, "|a");
		length = fill(text, length, length + 1, "\n");
		length = fill(text, length, length + columns[i] * 4, "|---");
		length = fill(text, length, length + 1, "\n");
		length = fill(text, length, 30000, "|\n");
		expect_harmless(text, length);
		buf_init(&out, support_arena());
		ck_assert_int_eq(
		    markup_html(support_arena(), text, length, &out), ERR_OK);
		ck_assert_uint_lt(out.length, 20 * length + 65536);
		arena_reset(support_arena());
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("markup, hostile");
	TCase *test_case = support_case(suite, "hostile");

	tcase_add_loop_test(test_case, hostile_text_is_harmless, 0,
	    sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(test_case, endless_text_is_harmless_and_fast, 0,
	    sizeof(bombs) / sizeof(*bombs));
	tcase_add_test(test_case, many_paragraphs_are_fast);
	tcase_add_test(
	    test_case, a_table_grows_with_its_text_and_not_with_its_area);
	return support_run(suite);
}
