/*
 * What a test looks at a page with: the view of the source tree's templates,
 * and claims about what is shown.
 */
#ifndef MADANG_TESTS_SHOWN_H
#define MADANG_TESTS_SHOWN_H

#include "view/view.h"

/* A view, which the caller destroys. */
struct view *shown_open_view(void);

/* A page of its own in a language, with a title; and the page once made. */
void shown_begin(struct view *view, enum view_language language);
const char *shown_render(struct view *view, enum view_template name);

/* The test fails unless part is in text, or where it is. */
void assert_has(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
