/*
 * What somebody is writing: the form of / and that of /write. Both read the
 * same fields, show what was typed and what is wrong with it, and store it.
 */
#ifndef MADANG_PAGES_DRAFT_H
#define MADANG_PAGES_DRAFT_H

#include "pages/page.h"

/* The fields; a form has the first so many of them. */
enum draft_field { DRAFT_NAME, DRAFT_TEXT, DRAFT_TITLE, DRAFT_FIELDS };

/* The form of the contract: a name and a text. */
#define DRAFT_SHORT 2

struct draft {
	struct form_value values[DRAFT_FIELDS];
	bool preview; /* asked for by the button `preview` */
};

/*
 * Reads the request's body as a form of so many fields; fields that it has
 * not are absent. Errors are those of form_read: what is merely wrong with a
 * field is no error.
 */
enum err draft_read(struct page *page, size_t fields, struct draft *draft);

/* Whether it can be stored: a title may be missing, nothing else. */
bool draft_is_valid(const struct draft *draft);

/* Sets a form's values; draft NULL: an empty form. After page_begin. */
void draft_set_form(
    struct page *page, size_t fields, const struct draft *draft);

/* Sets the words that tell why a draft could not be stored. */
void draft_set_away(struct page *page, enum err why);

/*
 * Stores a valid draft and answers 303 to the page that says so. An error is
 * one of post_create: the caller shows the form again.
 */
enum err draft_store(struct page *page, const struct draft *draft);

#endif
