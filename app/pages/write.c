/*
 * The whole form of a new post, and a preview of what it comes to before
 * anybody else sees it.
 */
#include "pages/draft.h"

/* The form's categories are the board's. */
static enum err
prepare(struct page *page, struct draft *draft, void *context)
{
	enum err err;

	(void)context;
	/* A post without a category needs none; a preview shows them. */
	if (page->request->method == HTTP_POST && page->slug[0] == '\0' &&
	    draft->values[DRAFT_CATEGORY].typed[0] == '\0' &&
	    draft->values[DRAFT_PREVIEW].state != FORM_VALID)
		return ERR_OK;
	err = page_read_info(page);
	/* The preview of a board that is away is one without categories. */
	if (err == ERR_UNAVAILABLE &&
	    draft->values[DRAFT_PREVIEW].state == FORM_VALID)
		return ERR_OK;
	return err;
}

static const struct draft_form form = {
    .fields = DRAFT_SHORT | DRAFT_BIT(DRAFT_TITLE) | DRAFT_BIT(DRAFT_PASSWORD) |
	      DRAFT_BIT(DRAFT_CATEGORY) | DRAFT_BIT(DRAFT_SECRET) |
	      DRAFT_BIT(DRAFT_PREVIEW),
    .name = "write",
    .path = "/write",
    .template = VIEW_WRITE,
    .prepare = prepare,
    .store = draft_store_post,
};

enum err
write_show(struct page *page)
{
	enum err err = draft_show(page, &form);

	/* A form that lacks its categories for now is not to be kept. */
	if (err == ERR_OK && page->info.title != NULL)
		page->response->cache_control = "no-cache";
	return err;
}

enum err
write_post(struct page *page)
{
	return draft_post(page, &form);
}
