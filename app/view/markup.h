/*
 * People's text becomes safe HTML. The text is Markdown, read by md4c, whose
 * header only this module includes; the HTML is written here, from a fixed
 * set of elements and attributes, and every other byte is escaped. Knows no
 * template and no page.
 *
 * What differs from Markdown elsewhere, because this is for a board:
 * - A line break stays where it was typed. Indentation makes no code.
 * - No HTML and no entities: what looks like them is shown as it was typed.
 * - A heading is a paragraph in bold: the page's outline is the page's own.
 * - Two tildes strike out, one is a tilde; a date at a line's beginning is no
 *   list, and no line vanishes as the definition of a link.
 * - Addresses in the text become links. Links lead to http:, https: and
 *   mailto: only, with rel="nofollow ugc noopener"; of any other link the
 *   text is shown and the address in parentheses behind it. An image is a
 *   link to it.
 */
#ifndef MADANG_VIEW_MARKUP_H
#define MADANG_VIEW_MARKUP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/*
 * A text with more quotes and lists in each other is shown as it was typed; so
 * is one whose HTML would be out of proportion to it (a table of a thousand
 * columns and rows).
 */
#define MARKUP_DEPTH_MAX 16

/*
 * A longer text is shown as it was typed, with its line breaks: some steps of
 * the reading are quadratic. The longest Korean post has 60,000 bytes.
 */
#define MARKUP_MAX_BYTES (64 * 1024)

/*
 * Appends HTML to out: whole blocks (p, ul, table, …), to be put into an
 * element that may hold those. text is UTF-8 without control characters, as
 * text_repair gives it. Time and memory grow with length. ERR_NO_MEMORY.
 */
enum err markup_html(
    struct arena *arena, const char *text, size_t length, struct buf *out);

#endif
