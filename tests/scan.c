#include "scan.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* The most elements around a place: browsers stop at some 500. */
#define DEPTH_MAX 64

#define NAME_MAX_BYTES 16

/* What an element is, and what may stand in it. */
#define FLOW   1U
#define PHRASE 2U
#define TEXT   4U
#define ITEM   8U
#define PART   16U
#define ROW    32U
#define CELL   64U
#define CODE   128U
#define EMPTY  256U /* it has no end tag */

static const struct element {
	const char *name;
	unsigned is;
	unsigned holds;
} elements[] = {
    {"a", PHRASE, PHRASE | TEXT},
    {"blockquote", FLOW, FLOW},
    {"br", PHRASE | EMPTY, 0},
    {"code", PHRASE | CODE, TEXT},
    {"del", PHRASE, PHRASE | TEXT},
    {"em", PHRASE, PHRASE | TEXT},
    {"h3", FLOW, PHRASE | TEXT},
    {"h4", FLOW, PHRASE | TEXT},
    {"h5", FLOW, PHRASE | TEXT},
    {"h6", FLOW, PHRASE | TEXT},
    {"hr", FLOW | EMPTY, 0},
    {"li", ITEM, FLOW | PHRASE | TEXT},
    {"ol", FLOW, ITEM},
    {"p", FLOW, PHRASE | TEXT},
    {"pre", FLOW, CODE},
    {"strong", PHRASE, PHRASE | TEXT},
    {"table", FLOW, PART},
    {"tbody", PART, ROW},
    {"td", CELL, PHRASE | TEXT},
    {"th", CELL, PHRASE | TEXT},
    {"thead", PART, ROW},
    {"tr", ROW, CELL},
    {"ul", FLOW, ITEM},
};

static const struct element page = {"", 0, FLOW};

struct scan {
	const char *html;
	size_t length;
	size_t at;
	const struct element *open[DEPTH_MAX];
	size_t depth;
};

/* Takes a literal if it comes next. */
static bool
take(struct scan *scan, const char *literal)
{
	size_t bytes = strlen(literal);

	if (scan->length - scan->at < bytes ||
	    memcmp(scan->html + scan->at, literal, bytes) != 0)
		return false;
	scan->at += bytes;
	return true;
}

static const struct element *
innermost(const struct scan *scan)
{
	return scan->depth > 0 ? scan->open[scan->depth - 1] : &page;
}

static const struct element *
take_name(struct scan *scan)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
		size_t bytes = strlen(elements[i].name);
		size_t rest = scan->length - scan->at;

		if (rest > bytes &&
		    memcmp(scan->html + scan->at, elements[i].name, bytes) ==
			0 &&
		    (scan->html[scan->at + bytes] == ' ' ||
			scan->html[scan->at + bytes] == '>')) {
			scan->at += bytes;
			return &elements[i];
		}
	}
	return NULL;
}

/* & is the beginning of one of the five references that we write. */
static const char *
take_reference(struct scan *scan)
{
	static const char *const references[] = {
	    "&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

	for (size_t i = 0; i < 5; i++)
		if (take(scan, references[i]))
			return NULL;
	return "a reference that is not ours";
}

static bool
is_url_char(char c)
{
	return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') ||
	       (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("-._~:/?#@!$()*+,;=%", c) != NULL);
}

static const char *
take_address(struct scan *scan)
{
	if (!take(scan, "http://") && !take(scan, "https://") &&
	    !take(scan, "mailto:"))
		return "a link to somewhere else";
	while (scan->at < scan->length && scan->html[scan->at] != '"') {
		if (take(scan, "&amp;"))
			continue;
		if (!is_url_char(scan->html[scan->at]))
			return "a character that no address has";
		scan->at++;
	}
	return NULL;
}

static const char *
take_value(struct scan *scan)
{
	while (scan->at < scan->length && scan->html[scan->at] != '"') {
		char c = scan->html[scan->at];

		if (c == '<' || c == '>' || c == '\'')
			return "a character that should be escaped";
		if (c == '&' && take_reference(scan) != NULL)
			return "a reference that is not ours";
		if (c != '&')
			scan->at++;
	}
	return NULL;
}

static const char *
take_link(struct scan *scan)
{
	const char *wrong;

	for (size_t i = 0; i < scan->depth; i++)
		if (strcmp(scan->open[i]->name, "a") == 0)
			return "a link in a link";
	if (!take(scan, " href=\""))
		return "a link to nowhere";
	wrong = take_address(scan);
	if (wrong == NULL && !take(scan, "\" rel=\"nofollow ugc noopener\""))
		wrong = "a link without its rel";
	if (wrong == NULL && take(scan, " title=\"")) {
		wrong = take_value(scan);
		if (wrong == NULL && !take(scan, "\""))
			wrong = "a title without an end";
	}
	return wrong;
}

static const char *
take_attributes(struct scan *scan, const struct element *element)
{
	if (strcmp(element->name, "a") == 0)
		return take_link(scan);
	if (strcmp(element->name, "ol") == 0 && take(scan, " start=\"")) {
		size_t digits = strspn(scan->html + scan->at, "0123456789");

		scan->at += digits;
		if (digits == 0 || digits > 9 || !take(scan, "\""))
			return "a start that is no number";
	}
	if (element->is == CELL && take(scan, " class=\"") &&
	    !take(scan, "center\"") && !take(scan, "end\""))
		return "a class that is not ours";
	return NULL;
}

static const char *
take_start_tag(struct scan *scan)
{
	const struct element *element = take_name(scan);
	const struct element *around = innermost(scan);
	const char *wrong;

	if (element == NULL)
		return "an element that is not allowed";
	/* pre holds code, and code is also a phrase. */
	if ((element->is & around->holds) == 0)
		return "an element where it may not be";
	wrong = take_attributes(scan, element);
	if (wrong != NULL)
		return wrong;
	if (!take(scan, ">"))
		return "an attribute that is not allowed";
	if ((element->is & EMPTY) != 0)
		return NULL;
	if (scan->depth == DEPTH_MAX)
		return "too many elements in each other";
	scan->open[scan->depth++] = element;
	return NULL;
}

static const char *
take_end_tag(struct scan *scan)
{
	const struct element *element = take_name(scan);

	if (element == NULL || element != innermost(scan) || !take(scan, ">"))
		return "an end tag that ends something else";
	scan->depth--;
	return NULL;
}

static const char *
take_text(struct scan *scan)
{
	char c = scan->html[scan->at];

	if (c != '\n' && (innermost(scan)->holds & TEXT) == 0)
		return "text where there may be none";
	if (c == '&')
		return take_reference(scan);
	if (c == '>' || c == '"' || c == '\'')
		return "a character that should be escaped";
	if (((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
		return "a control character";
	/* Noncharacters, controls of C1, and what turns text around. */
	if (take(scan, "\xef\xb7\x90") || take(scan, "\xe2\x80\xae") ||
	    take(scan, "\xe2\x81\xa6") || take(scan, "\xc2\x85"))
		return "a harmful character";
	scan->at++;
	return NULL;
}

const char *
scan_html(const char *html, size_t length, size_t *at)
{
	struct scan scan = {.html = html, .length = length};
	const char *wrong = NULL;

	if (!text_is_utf8(html, length))
		wrong = "no UTF-8";
	while (wrong == NULL && scan.at < length) {
		if (take(&scan, "</"))
			wrong = take_end_tag(&scan);
		else if (take(&scan, "<"))
			wrong = take_start_tag(&scan);
		else
			wrong = take_text(&scan);
	}
	if (wrong == NULL && scan.depth > 0)
		wrong = "an element without an end";
	*at = scan.at;
	return wrong;
}
