#include "view/markup.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <md4c.h>

/* Emphasis in emphasis, and links and images in each other. */
#define SPANS_MAX 32

/*
 * Not www. as the beginning of an address: md4c takes seconds for a text of
 * nothing else.
 */
#define FLAGS                                                                  \
	(MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_PERMISSIVEEMAILAUTOLINKS |   \
	    MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_NOHTML |          \
	    MD_FLAG_NOINDENTEDCODEBLOCKS)

/*
 * HTML of more than so many bytes for each of the text's, and some for a short
 * one, is none that anybody meant: addresses, ten each, take most.
 */
#define GROWTH_MAX	  16
#define GROWTH_FREE_BYTES (32 * 1024)

/* A span that is open. */
struct span {
	MD_SPANTYPE type;
	bool shown;   /* as an element, which is to be closed */
	size_t start; /* where its words begin, to see whether there are any */
};

struct writer {
	struct buf *out;
	size_t end;	 /* out->length that is too much of it */
	size_t depth;	 /* of quotes and lists */
	size_t too_many; /* open spans beyond those kept here */
	bool ended;	 /* the reading was ended: too deep, or too much */
	bool in_link;	 /* links are not put into links */
	struct span spans[SPANS_MAX];
	size_t spans_count;
};

/*
 * Noncharacters, which no repaired text has. They keep md4c from reading
 * something where nobody means it, and are taken out on the way out: the
 * first stands for nothing, the second for a tilde.
 */
#define MARK	   "\xef\xb7\x90" /* U+FDD0 */
#define MARK_TILDE "\xef\xb7\x91" /* U+FDD1 */
#define MARK_BYTES 3

/* What a mark at data stands for; NULL: there is none. */
static const char *
mark_meaning(const char *data, size_t length)
{
	if (length < MARK_BYTES || data[0] != '\xef')
		return NULL;
	if (memcmp(data, MARK, MARK_BYTES) == 0)
		return "";
	return memcmp(data, MARK_TILDE, MARK_BYTES) == 0 ? "~" : NULL;
}

static void
append_escaped(struct buf *out, const char *text, size_t length)
{
	size_t done = 0;
	size_t step;

	for (size_t i = 0; i < length; i += step) {
		const char *instead = mark_meaning(text + i, length - i);

		step = instead != NULL ? MARK_BYTES : 1;
		if (instead == NULL)
			instead = text_entity(text[i]);
		if (instead == NULL)
			continue;
		buf_append(out, text + done, i - done);
		buf_text(out, instead);
		done = i + step;
	}
	buf_append(out, text + done, length - done);
}

/* "<p>", and "</p>\n": printf takes five times as long. */
static void
append_tag(
    struct buf *out, const char *open, const char *name, const char *close)
{
	buf_text(out, open);
	buf_text(out, name);
	buf_text(out, close);
}

/* Links */

static bool
begins_with(const char *text, size_t length, const char *prefix)
{
	return length > strlen(prefix) &&
	       strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* The scheme that an address begins with, of those that can do no harm. */
static const char *
address_scheme(const char *address, size_t length)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (begins_with(address, length, schemes[i]))
			return schemes[i];
	return NULL;
}

/*
 * Whether an address may be a link: such a scheme, and a host right behind
 * it. A name in front of the host is there to deceive
 * (http://bank.example@evil.example).
 */
static bool
address_is_fine(const char *address, size_t length)
{
	const char *scheme = address_scheme(address, length);
	size_t at;

	if (scheme == NULL)
		return false;
	if (strcmp(scheme, "mailto:") == 0)
		return true;
	at = strlen(scheme);
	if (strchr("/\\?#:@", address[at]) != NULL)
		return false;
	for (; at < length; at++) {
		if (address[at] == '@' || address[at] == '\\')
			return false;
		if (strchr("/?#", address[at]) != NULL)
			break;
	}
	return true;
}

/*
 * An address as the value of an attribute: what RFC 3986 lets stand in one
 * stays, the rest is percent-encoded.
 */
static void
append_address(struct buf *out, const char *address, size_t length)
{
	static const char stays[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~:/?#@!$()*+,;=%";

	for (size_t i = 0; i < length; i++) {
		const char *meaning = mark_meaning(address + i, length - i);

		if (meaning != NULL) {
			buf_text(out, meaning);
			i += MARK_BYTES - 1;
		} else if (address[i] == '&')
			buf_text(out, "&amp;");
		else if (address[i] != '\0' &&
			 strchr(stays, address[i]) != NULL)
			buf_append(out, &address[i], 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)address[i]);
	}
}

static void
link_begin(
    struct writer *writer, struct span *span, const MD_ATTRIBUTE *address)
{
	const char *scheme;

	if (writer->in_link || !address_is_fine(address->text, address->size))
		return;
	span->shown = true;
	writer->in_link = true;
	scheme = address_scheme(address->text, address->size);
	buf_text(writer->out, "<a href=\"");
	buf_text(writer->out, scheme);
	append_address(writer->out, address->text + strlen(scheme),
	    address->size - strlen(scheme));
	buf_text(writer->out, "\" rel=\"nofollow ugc noopener\">");
}

/* A link without words has its address for them, one that is none beside. */
static void
link_end(
    struct writer *writer, const struct span *span, const MD_ATTRIBUTE *address)
{
	bool wordless = span->start == writer->out->length;

	if (address->size == 0 || (span->shown && !wordless))
		return;
	buf_text(writer->out, wordless ? "" : " (");
	append_escaped(writer->out, address->text, address->size);
	buf_text(writer->out, wordless ? "" : ")");
}

static const char *
span_name(MD_SPANTYPE type)
{
	switch (type) {
	case MD_SPAN_EM:
		return "em";
	case MD_SPAN_STRONG:
		return "strong";
	case MD_SPAN_DEL:
		return "del";
	case MD_SPAN_CODE:
		return "code";
	default:
		return NULL;
	}
}

static void
span_close(struct writer *writer, const struct span *span)
{
	const char *name = span_name(span->type);

	if (!span->shown)
		return;
	append_tag(writer->out, "</", name != NULL ? name : "a", ">");
	if (name == NULL)
		writer->in_link = false;
}

/*
 * md4c may leave spans open, or open them in one cell of a table and leave
 * them in another. In HTML a span ends with its block.
 */
static void
spans_close(struct writer *writer)
{
	while (writer->spans_count > 0)
		span_close(writer, &writer->spans[--writer->spans_count]);
	writer->too_many = 0;
}

/* Blocks */

/* The elements whose tags stand alone and say nothing more. */
static const char *const block_names[] = {
    [MD_BLOCK_QUOTE] = "blockquote",
    [MD_BLOCK_UL] = "ul",
    [MD_BLOCK_OL] = "ol",
    [MD_BLOCK_LI] = "li",
    [MD_BLOCK_P] = "p",
    [MD_BLOCK_TABLE] = "table",
    [MD_BLOCK_THEAD] = "thead",
    [MD_BLOCK_TBODY] = "tbody",
    [MD_BLOCK_TR] = "tr",
    [MD_BLOCK_TH] = "th",
    [MD_BLOCK_TD] = "td",
};

static bool
block_nests(MD_BLOCKTYPE type)
{
	return type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL ||
	       type == MD_BLOCK_OL;
}

/* What stands behind the ``` of a block of code: a language, or words. */
static void
append_info(struct buf *out, const MD_ATTRIBUTE *info)
{
	bool words = false;

	for (MD_SIZE i = 0; i < info->size; i++)
		words |= info->text[i] <= ' ' || info->text[i] > '~';
	if (!words)
		return;
	append_escaped(out, info->text, info->size);
	buf_text(out, "\n");
}

static int
enter_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct writer *writer = context;
	struct buf *out = writer->out;

	spans_close(writer);
	/* md4c fills each row of a table up to the columns of its head. */
	if ((block_nests(type) && ++writer->depth > MARKUP_DEPTH_MAX) ||
	    out->length > writer->end) {
		writer->ended = true;
		return -1;
	}
	if (type == MD_BLOCK_OL &&
	    ((const MD_BLOCK_OL_DETAIL *)detail)->start != 1)
		buf_printf(out, "<ol start=\"%u\">",
		    ((const MD_BLOCK_OL_DETAIL *)detail)->start);
	else if (type == MD_BLOCK_H)
		buf_text(out, "<p><strong>");
	else if (type == MD_BLOCK_HR)
		buf_text(out, "<hr>\n");
	else if (type == MD_BLOCK_CODE) {
		buf_text(out, "<pre><code>");
		append_info(out, &((const MD_BLOCK_CODE_DETAIL *)detail)->info);
	} else if (block_names[type] != NULL)
		append_tag(out, "<", block_names[type], ">");
	return 0;
}

static int
leave_block(MD_BLOCKTYPE type, void *detail, void *context)
{
	struct writer *writer = context;
	struct buf *out = writer->out;

	(void)detail;
	spans_close(writer);
	if (block_nests(type))
		writer->depth--;
	if (type == MD_BLOCK_H)
		buf_text(out, "</strong></p>\n");
	else if (type == MD_BLOCK_CODE)
		buf_text(out, "</code></pre>\n");
	else if (type < sizeof(block_names) / sizeof(block_names[0]) &&
		 block_names[type] != NULL)
		append_tag(out, "</", block_names[type], ">\n");
	return out->failed ? -1 : 0;
}

/* Spans and text */

/* A link's address, or an image's; NULL for what is neither. */
static const MD_ATTRIBUTE *
span_address(MD_SPANTYPE type, const void *detail)
{
	if (type == MD_SPAN_A)
		return &((const MD_SPAN_A_DETAIL *)detail)->href;
	if (type == MD_SPAN_IMG)
		return &((const MD_SPAN_IMG_DETAIL *)detail)->src;
	return NULL;
}

static int
enter_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct writer *writer = context;
	const MD_ATTRIBUTE *address = span_address(type, detail);
	const char *name = span_name(type);
	struct span span = {.type = type, .shown = name != NULL};

	if (writer->spans_count == SPANS_MAX) {
		writer->too_many++;
		return 0;
	}
	if (address != NULL)
		link_begin(writer, &span, address);
	else if (name != NULL)
		append_tag(writer->out, "<", name, ">");
	span.start = writer->out->length;
	writer->spans[writer->spans_count++] = span;
	return 0;
}

/*
 * md4c lets an address in the text and emphasis around its end cross each
 * other. HTML does not: what was begun inside of a span ends with it.
 */
static int
leave_span(MD_SPANTYPE type, void *detail, void *context)
{
	struct writer *writer = context;
	const MD_ATTRIBUTE *address = span_address(type, detail);
	size_t i = writer->spans_count;

	if (writer->too_many > 0) {
		writer->too_many--;
		return 0;
	}
	while (i > 0 && writer->spans[i - 1].type != type)
		i--;
	if (i == 0)
		return 0;
	while (writer->spans_count > i)
		span_close(writer, &writer->spans[--writer->spans_count]);
	if (address != NULL)
		link_end(writer, &writer->spans[i - 1], address);
	span_close(writer, &writer->spans[i - 1]);
	writer->spans_count = i - 1;
	return 0;
}

static int
write_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *context)
{
	struct writer *writer = context;

	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
		buf_text(writer->out, "<br>\n");
	else if (type == MD_TEXT_NULLCHAR)
		buf_text(writer->out, "\xef\xbf\xbd");
	else
		append_escaped(writer->out, text, size);
	return writer->out->failed ? -1 : 0;
}

/* What is there of a number: its digits. */
static size_t
digits_at(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/*
 * Whether the dot at text is one of a date (2024. 3. 1.), which at a line's
 * beginning would become a list in a list.
 */
static bool
is_dot_of_date(const char *text, size_t length)
{
	size_t i = 1;
	size_t digits;

	while (i < length && text[i] == ' ')
		i++;
	digits = digits_at(text + i, length - i);
	return digits > 0 && i + digits < length && text[i + digits] == '.';
}

static size_t
count_tildes(const char *text, size_t length)
{
	size_t count = 0;

	while (count < length && text[count] == '~')
		count++;
	return count;
}

/* Whether a run of tildes is for md4c: two of them strike words out. */
static bool
tildes_stay(const char *text, size_t at, size_t count)
{
	return count == 2 || (count == 1 && at > 0 && text[at - 1] == '/');
}

/* Whether a mark belongs before a byte. */
static bool
needs_mark(const char *text, size_t at, size_t length)
{
	if (at == 0)
		return false;
	if (text[at] == ':')
		return text[at - 1] == ']';
	return text[at] == '.' && digits_at(&text[at - 1], 1) == 1 &&
	       is_dot_of_date(text + at, length - at);
}

/*
 * The text with marks where md4c would lose or change what people mean:
 * "[word]: " is no definition that vanishes, a date is no list, and the tilde
 * of "10~12" strikes nothing out.
 */
static void
copy_marked(struct buf *out, const char *text, size_t length)
{
	size_t done = 0;
	size_t step;

	for (size_t i = 0; i < length; i += step) {
		bool tilde = text[i] == '~';

		step = tilde ? count_tildes(text + i, length - i) : 1;
		if (tilde ? tildes_stay(text, i, step)
			  : !needs_mark(text, i, length))
			continue;
		buf_append(out, text + done, i - done);
		done = tilde ? i + step : i;
		if (!tilde)
			buf_text(out, MARK);
		for (size_t j = 0; tilde && j < step; j++)
			buf_text(out, MARK_TILDE);
	}
	buf_append(out, text + done, length - done);
}

/* A text as it was typed. */
static void
write_plain(const char *text, size_t length, struct buf *out)
{
	size_t done = 0;

	buf_text(out, "<p>");
	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\n')
			continue;
		append_escaped(out, text + done, i - done);
		buf_text(out, "<br>\n");
		done = i + 1;
	}
	append_escaped(out, text + done, length - done);
	buf_text(out, "</p>\n");
}

enum err
markup_html(
    struct arena *arena, const char *text, size_t length, struct buf *out)
{
	struct buf marked;
	size_t start = out->length;
	int result = 0;
	const MD_PARSER parser = {
	    .flags = FLAGS,
	    .enter_block = enter_block,
	    .leave_block = leave_block,
	    .enter_span = enter_span,
	    .leave_span = leave_span,
	    .text = write_text,
	};
	struct writer writer = {
	    .out = out,
	    .end = start + GROWTH_MAX * length + GROWTH_FREE_BYTES,
	};

	if (length > MARKUP_MAX_BYTES) {
		write_plain(text, length, out);
		return out->failed ? ERR_NO_MEMORY : ERR_OK;
	}
	buf_init(&marked, arena);
	copy_marked(&marked, text, length);
	if (marked.failed)
		return ERR_NO_MEMORY;
	if (marked.length > 0)
		result = md_parse(
		    marked.data, (MD_SIZE)marked.length, &parser, &writer);
	if (writer.ended) {
		out->length = start;
		write_plain(text, length, out);
		result = 0;
	}
	return result != 0 || out->failed ? ERR_NO_MEMORY : ERR_OK;
}
