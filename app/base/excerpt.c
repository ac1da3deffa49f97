#include "base/excerpt.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

#define ELLIPSIS "…"
/* Rules, rulers, fences without a language, marks with nothing behind. */
#define MARKS_ONLY  "-*_=|:+~#>` \t\r"
#define PUNCTUATION "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

#define FENCE_TICKS	3
#define HEADING_MAX	6
#define ITEM_DIGITS_MAX 9
/* A bracket in more others is not looked at. */
#define BRACKETS_MAX 8

struct line {
	const char *data;
	size_t length;
};

/* The kinds of marks that come in pairs. */
enum mark { MARK_STAR, MARK_LOW_LINE, MARK_TILDE, MARK_TICK, MARK_COUNT };
static const char mark_bytes[MARK_COUNT] = {'*', '_', '~', '`'};

/* A run of marks that waits for its other half. length 0: there is none. */
struct opened {
	size_t at;
	size_t length;
};

/*
 * A pass over a copy of a line. What is taken off becomes NUL, which no line
 * holds, so that each byte is looked at once and moved once, at the end.
 */
struct pass {
	char *data;
	size_t length;
	size_t at;
	struct opened opened[MARK_COUNT];
	size_t last_tick; /* the last run of them begins here */
	size_t brackets[BRACKETS_MAX];
	size_t depth; /* of brackets, more than fit included */
	bool in_url;
	size_t url_parens;
	size_t url_at; /* of the "](" before it */
	size_t url_bracket;
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_punctuation(char c)
{
	return c != '\0' && strchr(PUNCTUATION, c) != NULL;
}

static size_t
count_run(const char *data, size_t length, char c)
{
	size_t count = 0;

	while (count < length && data[count] == c)
		count++;
	return count;
}

static size_t
count_digits(const char *data, size_t length)
{
	size_t count = 0;

	while (count < length && data[count] >= '0' && data[count] <= '9')
		count++;
	return count;
}

static void
drop(struct line *line, size_t bytes)
{
	line->data += bytes;
	line->length -= bytes;
}

/* Takes the next line of *text; false at the end. */
static bool
next_line(const char **text, size_t *left, struct line *line)
{
	const char *end;

	if (*left == 0)
		return false;
	end = memchr(*text, '\n', *left);
	line->data = *text;
	line->length = end != NULL ? (size_t)(end - *text) : *left;
	*left -= line->length + (end != NULL);
	*text += line->length + (end != NULL);
	return true;
}

/* Whether white space, or the end, is at this place of a line. */
static bool
ends_at(const struct line *line, size_t at)
{
	return at >= line->length || is_space(line->data[at]);
}

/* "3." of a list's item. The "3. 1." of a date is none, as in view/markup. */
static size_t
item_number(const struct line *line)
{
	size_t digits = count_digits(line->data, line->length);
	size_t i = digits + 1;
	size_t more;

	if (digits == 0 || digits > ITEM_DIGITS_MAX || digits == line->length ||
	    (line->data[digits] != '.' && line->data[digits] != ')') ||
	    !ends_at(line, i))
		return 0;
	while (i < line->length && line->data[i] == ' ')
		i++;
	more = count_digits(line->data + i, line->length - i);
	if (line->data[digits] == '.' && more > 0 && i + more < line->length &&
	    line->data[i + more] == '.')
		return 0;
	return digits + 1;
}

/* The bytes of the one mark at the beginning of a line; 0: none. */
static size_t
block_mark(const struct line *line)
{
	char c = line->length > 0 ? line->data[0] : '\0';
	size_t run;

	if (is_space(c) || c == '>')
		return 1;
	if ((c == '-' || c == '*' || c == '+') && ends_at(line, 1))
		return 1;
	run = count_run(line->data, line->length, '#');
	if (run > 0 && run <= HEADING_MAX && ends_at(line, run))
		return run;
	return item_number(line);
}

/* Quotations, items and headings, in each other. */
static void
drop_block_marks(struct line *line)
{
	size_t bytes = block_mark(line);

	while (bytes > 0) {
		drop(line, bytes);
		bytes = block_mark(line);
	}
}

/* Whether a block of code begins or, when in one, ends with this line. */
static bool
is_fence(const struct line *line, bool in_code)
{
	size_t run = count_run(line->data, line->length, '`');

	if (run < FENCE_TICKS)
		return false;
	/* A tick in what follows: it is code in the line, `like this`. */
	if (!in_code)
		return memchr(line->data + run, '`', line->length - run) ==
		       NULL;
	return !text_is_visible(line->data + run, line->length - run);
}

static bool
is_marks_only(const struct line *line)
{
	for (size_t i = 0; i < line->length; i++) {
		if (line->data[i] == '\0' ||
		    strchr(MARKS_ONLY, line->data[i]) == NULL)
			return false;
	}
	return true;
}

static void
erase(struct pass *pass, size_t at, size_t bytes)
{
	memset(pass->data + at, '\0', bytes);
}

/* A space beyond the end. */
static char
byte_at(const struct pass *pass, size_t at)
{
	return at < pass->length ? pass->data[at] : ' ';
}

/* The byte before here; of what was taken off, a mark. */
static char
byte_before(const struct pass *pass)
{
	char c = pass->at > 0 ? pass->data[pass->at - 1] : ' ';

	return c != '\0' ? c : '*';
}

/* Letters of other scripts count as letters: every byte of them. */
static bool
is_word(char c)
{
	return !is_space(c) && !is_punctuation(c);
}

/* Code, up to the next run of ticks; the last one opens none. */
static void
read_ticks(struct pass *pass)
{
	struct opened *opened = &pass->opened[MARK_TICK];
	size_t length =
	    count_run(pass->data + pass->at, pass->length - pass->at, '`');

	if (opened->length > 0) {
		erase(pass, opened->at, opened->length);
		erase(pass, pass->at, length);
		opened->length = 0;
	} else if (pass->at < pass->last_tick) {
		*opened = (struct opened){.at = pass->at, .length = length};
	}
	pass->at += length;
}

/* A run of marks closes one like it, or opens, or is what it is. */
static void
read_run(struct pass *pass, enum mark mark)
{
	struct opened *opened = &pass->opened[mark];
	size_t length = count_run(
	    pass->data + pass->at, pass->length - pass->at, mark_bytes[mark]);
	char before = byte_before(pass);
	char after = byte_at(pass, pass->at + length);
	bool closes = !is_space(before) && opened->length == length;
	bool opens = !is_space(after);

	/* snake__case__word has no mark in it. */
	if (mark == MARK_LOW_LINE) {
		closes = closes && !is_word(after);
		opens = opens && !is_word(before);
	}
	/* One is left alone: 2*3, 10~12. Three are bold and slanted. */
	if (length != 2 && (length != 3 || mark == MARK_TILDE))
		closes = opens = false;
	if (closes) {
		erase(pass, opened->at, length);
		erase(pass, pass->at, length);
		opened->length = 0;
	} else if (opens) {
		*opened = (struct opened){.at = pass->at, .length = length};
	}
	pass->at += length;
}

static void
open_bracket(struct pass *pass)
{
	if (pass->depth < BRACKETS_MAX)
		pass->brackets[pass->depth] = pass->at;
	pass->depth++;
	pass->at++;
}

/* Behind the "](" of a link an address may follow. */
static void
close_bracket(struct pass *pass)
{
	size_t at = pass->at++;

	if (pass->depth == 0)
		return;
	pass->depth--;
	if (pass->depth >= BRACKETS_MAX || byte_at(pass, at + 1) != '(')
		return;
	pass->in_url = true;
	pass->url_at = at;
	pass->url_bracket = pass->brackets[pass->depth];
	pass->url_parens = 0;
	pass->at++;
}

static void
close_link(struct pass *pass)
{
	size_t bracket = pass->url_bracket;
	bool has_word = pass->url_at > bracket + 1;

	if (bracket > 0 && pass->data[bracket - 1] == '!')
		erase(pass, bracket - 1, 1);
	erase(pass, bracket, 1);
	if (has_word) {
		erase(pass, pass->url_at, pass->at + 1 - pass->url_at);
	} else {
		erase(pass, pass->url_at, strlen("]("));
		erase(pass, pass->at, 1);
	}
	pass->in_url = false;
}

/* No address holds white space: where there is some, it was none. */
static void
read_url(struct pass *pass)
{
	char c = pass->data[pass->at];

	if (is_space(c))
		pass->in_url = false;
	else if (c == '(')
		pass->url_parens++;
	else if (c == ')' && pass->url_parens > 0)
		pass->url_parens--;
	else if (c == ')')
		close_link(pass);
	pass->at++;
}

static void
read_byte(struct pass *pass)
{
	char c = pass->data[pass->at];

	if (pass->in_url)
		read_url(pass);
	else if (c == '`')
		read_ticks(pass);
	else if (pass->opened[MARK_TICK].length > 0)
		pass->at++;
	else if (c == '\\' && is_punctuation(byte_at(pass, pass->at + 1))) {
		erase(pass, pass->at, 1);
		pass->at += 2;
	} else if (c == '[')
		open_bracket(pass);
	else if (c == ']')
		close_bracket(pass);
	else if (c == '*')
		read_run(pass, MARK_STAR);
	else if (c == '_')
		read_run(pass, MARK_LOW_LINE);
	else if (c == '~')
		read_run(pass, MARK_TILDE);
	else
		pass->at++;
}

/* Takes the marks in a line off; NUL stands for each byte of them. */
static void
erase_marks(char *data, size_t length)
{
	struct pass pass = {.data = data, .length = length};

	for (size_t i = 0; i < length; i++) {
		if (data[i] == '`' && (i == 0 || data[i - 1] != '`'))
			pass.last_tick = i;
	}
	while (pass.at < length)
		read_byte(&pass);
}

/*
 * Moves what is left together, with one space for white space and none at the
 * ends. Returns its bytes.
 */
static size_t
squeeze(char *data, size_t length)
{
	size_t written = 0;
	bool spaced = false;

	for (size_t i = 0; i < length;) {
		size_t space = text_space(data + i, length - i);

		if (space > 0) {
			spaced = true;
			i += space;
			continue;
		}
		if (data[i] == '\0') {
			i++;
			continue;
		}
		if (spaced && written > 0)
			data[written++] = ' ';
		spaced = false;
		data[written++] = data[i++];
	}
	return written;
}

/*
 * The words of a line, NUL-terminated, in *words; "" when nothing is left to
 * be seen. False: out of memory.
 */
static bool
read_words(
    struct arena *arena, const struct line *line, bool marked, char **words)
{
	char *data = arena_copy(arena, line->data, line->length);
	size_t length;

	if (data == NULL)
		return false;
	if (marked)
		erase_marks(data, line->length);
	length = squeeze(data, line->length);
	data[text_is_visible(data, length) ? length : 0] = '\0';
	*words = data;
	return true;
}

static char *
cut_words(struct arena *arena, char *words, size_t max_chars)
{
	size_t length = strlen(words);
	size_t bytes = text_cut(words, length, max_chars);
	struct buf out;

	if (bytes == length)
		return words;
	if (bytes > 0 && words[bytes - 1] == ' ')
		bytes--;
	buf_init(&out, arena);
	buf_append(&out, words, bytes);
	buf_text(&out, ELLIPSIS);
	return out.failed ? NULL : out.data;
}

/*
 * The words of the next line that has some, *words NULL when none has. The
 * first line with anything in it is left in *first. False: out of memory.
 */
static bool
find_words(
    struct arena *arena, const char *text, struct line *first, char **words)
{
	size_t left = strlen(text);
	bool in_code = false;
	struct line line;
	struct line body;

	*words = NULL;
	while (next_line(&text, &left, &line)) {
		if (!text_is_visible(line.data, line.length))
			continue;
		if (first->data == NULL)
			*first = line;
		body = line;
		drop_block_marks(&body);
		if (is_fence(&body, in_code)) {
			in_code = !in_code;
			continue;
		}
		if (!in_code)
			line = body;
		if (is_marks_only(&line))
			continue;
		if (!read_words(arena, &line, !in_code, words))
			return false;
		if ((*words)[0] != '\0')
			return true;
		*words = NULL;
	}
	return true;
}

char *
excerpt_line(struct arena *arena, const char *text, size_t max_chars)
{
	struct line first = {.data = NULL};
	char *words;

	if (!find_words(arena, text, &first, &words))
		return NULL;
	if (words != NULL)
		return cut_words(arena, words, max_chars);
	if (first.data == NULL)
		return arena_copy(arena, "", 0);
	if (!read_words(arena, &first, false, &words))
		return NULL;
	return cut_words(arena, words, max_chars);
}
