/*
 * The whole form: a title, a name, a text, and a preview of what they come to
 * before anybody else sees it.
 */
#include "pages/draft.h"

static enum err
begin(struct page *page, const struct draft *draft)
{
	enum err err = page_begin(page, "write", "/write");

	draft_set_form(page, DRAFT_FIELDS, draft);
	return err;
}

enum err
write_show(struct page *page)
{
	enum err err = begin(page, NULL);

	if (err != ERR_OK)
		return err;
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_WRITE, 200);
}

static enum err
show_invalid(struct page *page, const struct draft *draft)
{
	enum err err = begin(page, draft);

	if (err != ERR_OK)
		return err;
	page->response->error = ERR_INVALID;
	return page_end(page, VIEW_WRITE, http_status(ERR_INVALID));
}

/* The post as it will be, above the form that it came from. */
static enum err
show_preview(struct page *page, const struct draft *draft)
{
	const struct post post = {
	    .title = draft->values[DRAFT_TITLE].text,
	    .name = draft->values[DRAFT_NAME].text,
	    .text = draft->values[DRAFT_TEXT].text,
	};
	enum err err = begin(page, draft);

	if (err == ERR_OK)
		err = page_set_post(page, "Preview", &post);
	view_set(page->view, "Preview.shown", "1");
	return err != ERR_OK ? err : page_end(page, VIEW_WRITE, 200);
}

static enum err
show_away(struct page *page, const struct draft *draft, enum err why)
{
	enum err err = begin(page, draft);

	if (err != ERR_OK)
		return err;
	draft_set_away(page, why);
	return page_end(page, VIEW_WRITE, http_status(why));
}

enum err
write_post(struct page *page)
{
	struct draft draft;
	enum err err = draft_read(page, DRAFT_FIELDS, &draft);

	if (err != ERR_OK)
		return err;
	if (!draft_is_valid(&draft))
		return show_invalid(page, &draft);
	if (draft.preview)
		return show_preview(page, &draft);
	err = draft_store(page, &draft);
	return err == ERR_OK ? ERR_OK : show_away(page, &draft, err);
}
