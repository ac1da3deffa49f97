/*
 * From a method and a path to a page, and from an error to the page that
 * tells of it.
 */
#ifndef MADANG_ROUTE_H
#define MADANG_ROUTE_H

#include "pages/page.h"

/*
 * Answers page->request, whose reading ended with err, into page->response.
 * Whatever happens there is an answer: when not even the page that tells of
 * an error can be made, it is one short sentence.
 */
void route_answer(struct page *page, enum err err);

#endif
