/*
 * The way of one page into the page store: it is entered before the page reads
 * anything, and what was answered becomes files if every guest gets the same.
 */
#ifndef MADANG_PAGES_PUBLISH_H
#define MADANG_PAGES_PUBLISH_H

#include "base/path.h"
#include "pages/page.h"

/*
 * Begins it for a page of a unit of the board's. It gets a name made of the
 * path as it was read: never the request's own bytes. Does nothing for what is
 * not asked for by a plain GET, and for what nobody has asked for before.
 */
void publish_begin(
    struct page *page, enum pagestore_kind kind, const struct path *path);

/*
 * Ends it, when the answer is whole and has its validator
 * (web/conditional.h). Where the visitor takes gzip, the answer becomes what
 * was written as such.
 */
void publish_end(struct page *page);

#endif
