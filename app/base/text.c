#include "base/text.h"

#include "base/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

/* As UTF-8. */
#define REPLACEMENT	"\xef\xbf\xbd"
#define JUNGSEONG_O_YAE "\xe1\x86\xa7"

#define CHAR_BYTES_MAX 4

#define COMBINING_FIRST 0x300
#define SYLLABLE_FIRST	0xac00
#define SYLLABLE_LAST	0xd7a3

/* What a pass over a cleaned text sees. */
struct shape {
	size_t chars;
	bool visible;
	bool control;
	bool bidi;
	bool stacked;
};

/*
 * Reads the code point at data, length > 0: CR and CRLF as LF, -1 where there
 * is no UTF-8. Returns the bytes that it takes, at least one.
 */
static size_t
next_char(const char *data, size_t length, int32_t *c)
{
	utf8proc_ssize_t step = utf8proc_iterate(
	    (const utf8proc_uint8_t *)data, (utf8proc_ssize_t)length, c);

	if (step <= 0) {
		*c = -1;
		return 1;
	}
	if (*c == '\r') {
		*c = '\n';
		return length > 1 && data[1] == '\n' ? 2 : 1;
	}
	return (size_t)step;
}

/* White_Space of Unicode: the separators and six controls. */
static bool
is_space(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return (category >= UTF8PROC_CATEGORY_ZS &&
		   category <= UTF8PROC_CATEGORY_ZP) ||
	       (c >= '\t' && c <= '\r') || c == 0x85;
}

/* What people see nothing of. U+2800 is a braille cell without a dot. */
static bool
is_blank(int32_t c)
{
	/* ignorable: variation selectors, Hangul fillers, U+034F. */
	return is_space(c) || utf8proc_category(c) == UTF8PROC_CATEGORY_CF ||
	       utf8proc_get_property(c)->ignorable || c == 0x2800;
}

static bool
is_control(int32_t c)
{
	/* Cc is these and no others, for ever (its stability policy). */
	return (c < 0x20 && c != '\t' && c != '\n') ||
	       (c >= 0x7f && c <= 0x9f) || (c >= 0xfdd0 && c <= 0xfdef) ||
	       (c & 0xfffe) == 0xfffe;
}

static bool
is_bidi_override(int32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool
is_mark(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_MN ||
	       category == UTF8PROC_CATEGORY_ME;
}

/* Writes every kind of line break as LF; out has room for length bytes. */
static size_t
convert_breaks(char *out, const char *data, size_t length)
{
	size_t written = 0;
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) {
			out[written++] = '\n';
			continue;
		}
		memcpy(out + written, data + i, step);
		written += step;
	}
	return written;
}

static bool
is_trimmed(int32_t c)
{
	return is_space(c) || c == 0xfeff || c == 0x200b;
}

/* Moves both ends of valid UTF-8 past what can't be seen there. */
static void
trim(const char **data, size_t *length)
{
	int32_t c;

	while (*length > 0) {
		size_t step = next_char(*data, *length, &c);

		if (!is_trimmed(c))
			break;
		*data += step;
		*length -= step;
	}
	while (*length > 0) {
		size_t start = *length - 1;

		while (start > 0 && ((*data)[start] & 0xc0) == 0x80)
			start--;
		(void)next_char(*data + start, *length - start, &c);
		if (!is_trimmed(c))
			break;
		*length = start;
	}
}

/*
 * utf8proc puts marks into their canonical order by exchanging neighbours,
 * quadratic in the marks of one run: a megabyte of them takes minutes. No
 * language comes near this many, so such a text is not normalised at all.
 */
static bool
has_endless_marks(const char *data, size_t length)
{
	size_t run = 0;
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (is_mark(c) || utf8proc_get_property(c)->combining_class > 0)
			run++;
		else
			run = 0;
		if (run > TEXT_CLUSTER_MAX)
			return true;
	}
	return false;
}

/*
 * Whether nothing here composes with anything, nor is to be decomposed: what
 * is below the combining marks, and whole syllables of Hangul. Most texts.
 */
static bool
is_composed(const char *data, size_t length)
{
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (c >= COMBINING_FIRST &&
		    (c < SYLLABLE_FIRST || c > SYLLABLE_LAST))
			return false;
	}
	return true;
}

static enum err
append_nfc(struct buf *out, const char *data, size_t length)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t bytes;

	if (is_composed(data, length)) {
		buf_append(out, data, length);
		return out->failed ? ERR_NO_MEMORY : ERR_OK;
	}
	bytes = utf8proc_map((const utf8proc_uint8_t *)data,
	    (utf8proc_ssize_t)length, &composed,
	    UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	/* The text is valid and the options are too: only memory is left. */
	if (bytes < 0)
		return ERR_NO_MEMORY;
	buf_append(out, composed, (size_t)bytes);
	free(composed);
	return out->failed ? ERR_NO_MEMORY : ERR_OK;
}

/*
 * utf8proc (2.8 for one) takes U+11A7, an old Korean vowel, for the final
 * consonant number 0 and drops it behind a syllable. Nothing composes with
 * it, so what is before and behind it can be normalised apart.
 */
static enum err
normalise(struct buf *out, const char *data, size_t length)
{
	const size_t bytes = strlen(JUNGSEONG_O_YAE);
	size_t start = 0;
	size_t i = 0;
	enum err err;

	/* No strstr: under a sanitizer each call measures all the rest. */
	while (i + bytes <= length) {
		if (memcmp(data + i, JUNGSEONG_O_YAE, bytes) != 0) {
			i++;
			continue;
		}
		err = append_nfc(out, data + start, i - start);
		if (err != ERR_OK)
			return err;
		buf_text(out, JUNGSEONG_O_YAE);
		i += bytes;
		start = i;
	}
	return append_nfc(out, data + start, length - start);
}

static void
measure(const char *data, size_t length, bool one_line, struct shape *shape)
{
	int32_t previous = 0;
	int32_t state = 0;
	size_t cluster = 0;
	size_t marks = 0;
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (i == 0 ||
		    utf8proc_grapheme_break_stateful(previous, c, &state)) {
			shape->chars++;
			cluster = 0;
			marks = 0;
		}
		previous = c;
		cluster++;
		/* Joiners between marks don't unstack them. */
		if (is_mark(c))
			marks++;
		if (cluster > TEXT_CLUSTER_MAX || marks > TEXT_MARKS_MAX)
			shape->stacked = true;
		if (is_control(c) || (one_line && (c == '\t' || c == '\n')))
			shape->control = true;
		if (is_bidi_override(c))
			shape->bidi = true;
		if (!is_blank(c))
			shape->visible = true;
	}
}

static enum text_problem
find_problem(const struct shape *shape, size_t length, size_t max_chars)
{
	if (!shape->visible)
		return TEXT_EMPTY;
	if (shape->control)
		return TEXT_CONTROL;
	if (shape->bidi)
		return TEXT_BIDI;
	if (shape->stacked)
		return TEXT_MARKS;
	if (shape->chars > max_chars)
		return TEXT_TOO_LONG;
	if (length > TEXT_MAX_BYTES(max_chars))
		return TEXT_HEAVY;
	return TEXT_FINE;
}

bool
text_is_utf8(const char *data, size_t length)
{
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (c <= 0)
			return false;
	}
	return true;
}

enum err
text_clean(struct arena *arena, const char *data, size_t length,
    const struct text_rules *rules, struct text *text)
{
	struct shape shape = {.stacked = false};
	struct buf out;
	const char *typed;
	char *lines;
	enum err err;

	if (!text_is_utf8(data, length))
		return ERR_MALFORMED;
	lines = arena_alloc(arena, length);
	if (lines == NULL)
		return ERR_NO_MEMORY;
	length = convert_breaks(lines, data, length);
	typed = lines;
	if (rules->one_line)
		trim(&typed, &length);

	buf_init(&out, arena);
	buf_append(&out, "", 0);
	if (has_endless_marks(typed, length)) {
		shape.stacked = true;
		buf_append(&out, typed, length);
	} else {
		err = normalise(&out, typed, length);
		if (err != ERR_OK)
			return err;
	}
	if (out.failed)
		return ERR_NO_MEMORY;

	measure(out.data, out.length, rules->one_line, &shape);
	*text = (struct text){.data = out.data,
	    .length = out.length,
	    .chars = shape.chars,
	    .problem = find_problem(&shape, out.length, rules->max_chars)};
	return ERR_OK;
}

/*
 * Where a text that had to be cut before next may end: behind its last whole
 * cluster. Of an endless cluster every code point is a border.
 */
static size_t
find_border(const char *data, size_t length, int32_t next)
{
	int32_t previous = 0;
	int32_t state = 0;
	size_t cluster = 0;
	size_t border = 0;
	size_t step;
	int32_t c;

	for (size_t i = 0; i <= length; i += step) {
		step = 1;
		c = next;
		if (i < length)
			step = next_char(data + i, length - i, &c);
		if (utf8proc_grapheme_break_stateful(previous, c, &state) ||
		    ++cluster > TEXT_CLUSTER_MAX) {
			border = i;
			cluster = 0;
		}
		previous = c;
	}
	return border;
}

/* The character that is shown for what stands at data; its bytes there. */
static size_t
next_shown(const char *data, size_t length, int32_t *c)
{
	size_t step = next_char(data, length, c);

	if (*c <= 0 || is_control(*c) || is_bidi_override(*c))
		*c = 0xfffd;
	return step;
}

/*
 * The bytes of a character as most are, which is fine: ASCII that is shown, a
 * space, a tab, a line break, or three bytes from U+3000 to U+CFFF, most of
 * Hangul among them. 0: it is another one. Each byte of a page's texts goes
 * this way, and utf8proc takes five times as long.
 */
static size_t
plain_char(const char *data, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)data;

	if (bytes[0] < 0x7f)
		return bytes[0] >= ' ' || bytes[0] == '\t' || bytes[0] == '\n';
	if (bytes[0] < 0xe3 || bytes[0] > 0xec || length < 3 ||
	    (bytes[1] & 0xc0) != 0x80 || (bytes[2] & 0xc0) != 0x80)
		return 0;
	return 3;
}

/* Most texts: nothing in them is to be repaired. */
static bool
is_whole(const char *data, size_t length)
{
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = plain_char(data + i, length - i);
		if (step > 0)
			continue;
		step = next_char(data + i, length - i, &c);
		if (c <= 0 || is_control(c) || is_bidi_override(c) ||
		    data[i] == '\r')
			return false;
	}
	return true;
}

/* The bytes that a text takes once repaired. */
static size_t
repaired_length(const char *data, size_t length)
{
	utf8proc_uint8_t bytes[CHAR_BYTES_MAX];
	size_t repaired = 0;
	int32_t c;

	for (size_t i = 0; i < length;) {
		i += next_shown(data + i, length - i, &c);
		repaired += (size_t)utf8proc_encode_char(c, bytes);
	}
	return repaired;
}

char *
text_repair(
    struct arena *arena, const char *data, size_t length, size_t max_bytes)
{
	size_t written = 0;
	size_t room;
	char *out;

	if (length <= max_bytes && is_whole(data, length))
		return arena_copy(arena, data, length);
	room = repaired_length(data, length);
	if (room > max_bytes)
		room = max_bytes;
	if (room == SIZE_MAX)
		return NULL;
	out = arena_alloc(arena, room + 1);
	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < length;) {
		utf8proc_uint8_t bytes[CHAR_BYTES_MAX];
		size_t count;
		int32_t c;

		i += next_shown(data + i, length - i, &c);
		count = (size_t)utf8proc_encode_char(c, bytes);
		if (count > room - written) {
			written = find_border(out, written, c);
			break;
		}
		memcpy(out + written, bytes, count);
		written += count;
	}
	out[written] = '\0';
	return out;
}

size_t
text_cut(const char *data, size_t length, size_t max_chars)
{
	int32_t previous = 0;
	int32_t state = 0;
	size_t cluster = 0;
	size_t chars = 0;
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (i == 0 || cluster == TEXT_CLUSTER_MAX ||
		    utf8proc_grapheme_break_stateful(previous, c, &state)) {
			if (chars == max_chars)
				return i;
			chars++;
			cluster = 0;
		}
		previous = c;
		cluster++;
	}
	return length;
}

bool
text_is_visible(const char *data, size_t length)
{
	size_t step;
	int32_t c;

	for (size_t i = 0; i < length; i += step) {
		step = next_char(data + i, length - i, &c);
		if (!is_blank(c))
			return true;
	}
	return false;
}

size_t
text_space(const char *data, size_t length)
{
	unsigned char first;
	size_t step;
	int32_t c;

	if (length == 0)
		return 0;
	/* Other white space than ASCII's begins with c2, e1, e2 or e3. */
	first = (unsigned char)data[0];
	if ((first > ' ' && first < 0xc2) || first > 0xe3)
		return 0;
	step = next_char(data, length, &c);
	return is_space(c) ? step : 0;
}

const char *
text_entity(char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}
