/*
 * What somebody is writing: a post, a reply, an edit. Each is a form of some
 * of the same fields; here they are read, shown again with what was typed and
 * what is wrong with it, shown as they will look, and stored.
 */
#ifndef MADANG_PAGES_DRAFT_H
#define MADANG_PAGES_DRAFT_H

#include "board/change.h"
#include "pages/page.h"

#include <stdbool.h>

enum draft_field {
	DRAFT_NAME,
	DRAFT_TEXT,
	DRAFT_TITLE,
	DRAFT_PASSWORD,
	DRAFT_CATEGORY,
	DRAFT_SECRET,
	DRAFT_VERSION, /* hidden: which version is being edited */
	DRAFT_KEY,     /* hidden: the token of a private link */
	DRAFT_PREVIEW, /* a button */
	DRAFT_FIELDS
};

/* A set of fields. */
#define DRAFT_BIT(field) (1U << (field))
/* The form of the contract: a name and a text. */
#define DRAFT_SHORT (DRAFT_BIT(DRAFT_NAME) | DRAFT_BIT(DRAFT_TEXT))

/* A password is no text of the board: bytes, kept as they are. */
#define DRAFT_PASSWORD_MAX_BYTES 128

struct draft {
	struct form_value values[DRAFT_FIELDS];
};

/* A page with a form. path is the page's own, below its board. */
struct draft_form {
	unsigned fields;
	const char *name; /* Page.name */
	const char *path;
	enum view_template template;
	bool needs_post; /* what is shown is a post's: without it, an error */
	void *context;	 /* of the functions below */

	/*
	 * Before the page begins: reads what it needs of the board, into
	 * page->info and the context; may fill an empty draft. draft is what
	 * was typed, or empty. ERR_NOT_FOUND where there is no such page.
	 */
	enum err (*prepare)(
	    struct page *page, struct draft *draft, void *context);
	/* Sets what the page shows beside the form; NULL: nothing. */
	enum err (*fill)(struct page *page, void *context);
	/*
	 * Stores a valid draft and answers. On an error the form is shown
	 * again with the sentences Posting.STATUS.
	 */
	enum err (*store)(
	    struct page *page, const struct draft *draft, void *context);
};

/* The empty form, or what prepare filled in. */
enum err draft_show(struct page *page, const struct draft_form *form);

/* Sets an empty form on a page that has more than it. After page_begin. */
void draft_set_empty(struct page *page, const struct draft_form *form);

/*
 * What was sent: the form again with what is wrong, a preview, or what store
 * answers.
 */
enum err draft_post(struct page *page, const struct draft_form *form);

/* Puts a text into a field as if it had been typed. */
void draft_type(struct draft *draft, enum draft_field which, const char *text);

/* The number that was typed into a field, or 0. */
uint64_t draft_number(const struct draft *draft, enum draft_field which);

/* Its words, as board/change takes them. */
struct change_words draft_words(const struct draft *draft);

/*
 * Writes a post or a reply, as change_post, with the password that was typed.
 * ERR_UNAVAILABLE also when others' are being computed.
 */
enum err draft_write(struct page *page, const struct draft *draft,
    struct change_post *post, struct change_posted *posted);

/*
 * The token of the private link that the answer to a post or a reply tells, or
 * "": who gave a password needs no link, and others see theirs once.
 */
void draft_private_token(const struct change_post *post,
    const struct change_posted *posted, char token[SEAL_TEXT_BYTES]);

/* Stores it as a new post and answers 303 to the page that says so. */
enum err draft_store_post(
    struct page *page, const struct draft *draft, void *context);

#endif
