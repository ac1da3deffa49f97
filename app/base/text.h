/*
 * People's text: UTF-8, normalised and counted as people count, through
 * utf8proc. Used for what comes from a form and for what Redis holds. Knows
 * no HTML and no form.
 */
#ifndef MADANG_BASE_TEXT_H
#define MADANG_BASE_TEXT_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* The most combining marks on one base: Tibetan and Hebrew stay under. */
#define TEXT_MARKS_MAX 8
/* The most code points in one grapheme cluster: the longest emoji has 10. */
#define TEXT_CLUSTER_MAX 32

/*
 * The most bytes of a text of so many characters: four code points of three
 * bytes each, which is more than any script takes, and some dozens of the
 * longest emoji; but not a book that is drawn with them.
 */
#define TEXT_MAX_BYTES(max_chars) (12 * (max_chars) + 2048)

enum text_problem {
	TEXT_FINE,
	TEXT_EMPTY,    /* nothing that can be seen */
	TEXT_TOO_LONG, /* more grapheme clusters than allowed */
	TEXT_CONTROL, /* control characters, noncharacters; in a line: breaks */
	TEXT_BIDI,    /* overrides that turn the text around (UAX #9) */
	TEXT_MARKS,   /* stacks of combining marks, endless clusters */
	TEXT_HEAVY    /* over TEXT_MAX_BYTES(max_chars) */
};

struct text_rules {
	bool one_line;	  /* a name: trimmed, no line break, no tab */
	size_t max_chars; /* grapheme clusters, UAX #29 */
};

struct text {
	const char *data; /* NFC, LF line ends, NUL-terminated; in the arena */
	size_t length;	  /* bytes */
	size_t chars;	  /* grapheme clusters */
	enum text_problem problem; /* the first one found */
};

/* Well-formed UTF-8 by RFC 3629 and without NUL. */
bool text_is_utf8(const char *data, size_t length);

/*
 * Cleans what a person typed and says what is wrong with it: CRLF, CR,
 * U+0085, U+2028 and U+2029 become LF (in a line they are TEXT_CONTROL), then
 * NFC, unless more than TEXT_CLUSTER_MAX marks stand in a row, which is
 * TEXT_MARKS. A line is trimmed of white space, U+200B and
 * U+FEFF at both ends. data must be
 * UTF-8. ERR_MALFORMED when it is not, ERR_NO_MEMORY; *text is then untouched.
 * A problem is not an error: text->data is the cleaned text all the same.
 * Of several problems the first is told of EMPTY, CONTROL, BIDI, MARKS,
 * TOO_LONG.
 */
enum err text_clean(struct arena *arena, const char *data, size_t length,
    const struct text_rules *rules, struct text *text);

/*
 * Bytes of unknown origin as UTF-8 that a page can show: what is malformed,
 * NUL, a control character other than tab and LF, a noncharacter or an
 * override of direction (see TEXT_BIDI) becomes U+FFFD; CRLF and CR become
 * LF. Cut to at most max_bytes at a grapheme cluster's border (in an endless
 * cluster, at a code point's). NULL: out of memory.
 */
char *text_repair(
    struct arena *arena, const char *data, size_t length, size_t max_bytes);

/*
 * The bytes of the first max_chars grapheme clusters. A cluster counts again
 * for each TEXT_CLUSTER_MAX code points, so that the bytes have a limit too.
 */
size_t text_cut(const char *data, size_t length, size_t max_chars);

/*
 * What HTML and XML write for a byte that would be markup there: one of & < >
 * " and '. NULL: the byte itself.
 */
const char *text_entity(char byte);

/* Whether there is anything in it that people see. */
bool text_is_visible(const char *data, size_t length);

/* The bytes of the white space character at data; 0: there is none. */
size_t text_space(const char *data, size_t length);

#endif
