/*
 * The form of a reply, which also stands below a post.
 */
#ifndef MADANG_PAGES_REPLY_H
#define MADANG_PAGES_REPLY_H

#include "pages/page.h"

/*
 * Sets the form of a reply to a post; token is that of its thread's post, or
 * "". After page_begin.
 */
void reply_set_form(struct page *page, uint64_t id, const char *token);

#endif
