/*
 * A text as one row of a list shows it: its first line with words, without
 * the marks of Markdown. It reads no Markdown, it takes the common marks off;
 * view/markup is what reads it. The result is plain words: no HTML, and
 * nothing is escaped.
 */
#ifndef MADANG_BASE_EXCERPT_H
#define MADANG_BASE_EXCERPT_H

#include "base/arena.h"

#include <stddef.h>

/*
 * The first line that has something to read: no blank one, no fence of code,
 * no rule, no ruler of a table. Headings, quotations and list items lose
 * their marks, so do bold, struck out words and code; [word](url) and
 * ![word](url) become word, or url when there is no word. Marks that open and
 * don't close in the line stay, as does all in a block of code. White space
 * becomes single spaces. More than max_chars grapheme clusters are cut to as
 * many, with "…" behind them.
 *
 * A text that holds marks only gives its first line as it is; one in which
 * nothing is seen gives "". Bytes that are not UTF-8 stay what they are. Time
 * and memory grow with the bytes up to that line's end. NULL: out of memory.
 */
char *excerpt_line(struct arena *arena, const char *text, size_t max_chars);

#endif
