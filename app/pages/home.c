/*
 * The front page: the form of the contract, the newest posts below it, and
 * what becomes of a post that was sent.
 */
#include "pages/draft.h"

#include "base/number.h"
#include "board/board.h"

/*
 * The newest posts. That they can't be read is no reason to withhold the form
 * from somebody who has typed into it: the page says so.
 */
static enum err
set_newest(struct page *page)
{
	struct board_page newest = {.count = 0};
	enum err err = ERR_OK;

	if (page->conf->site.home_size > 0)
		err = board_read_page(
		    &page->store, 1, page->conf->site.home_size, &newest);
	if (err == ERR_OK)
		err = page_set_posts(page, newest.posts, newest.count);
	if (err != ERR_OK)
		view_set(page->view, "Posts.away", "1");
	return err;
}

/* Everything but the posts; draft NULL: an empty form. */
static enum err
begin(struct page *page, const struct draft *draft)
{
	enum err err = page_begin(page, "home", "/");

	draft_set_form(page, DRAFT_SHORT, draft);
	return err;
}

/* The id behind ?posted=, where the answer to a post leads. */
static enum err
set_posted(struct page *page)
{
	const struct form_field field = {"posted", FORM_TOKEN, 14};
	struct form_value value;
	uint64_t id;
	enum err err = form_read_query(page->arena, page->request->query,
	    (size_t)page->conf->limits.fields, &field, 1, &value);

	/* A query that is not ours is no reason to withhold the page. */
	if (err == ERR_OK && value.state == FORM_VALID &&
	    number_parse(value.text, value.length, 1, POST_ID_MAX, &id))
		view_set_number(page->view, "Posted.id", id);
	return err == ERR_NO_MEMORY ? err : ERR_OK;
}

enum err
home_show(struct page *page)
{
	enum err err = begin(page, NULL);

	if (err == ERR_OK)
		err = set_posted(page);
	if (err != ERR_OK)
		return err;
	err = set_newest(page);
	page->response->error = err;
	if (err == ERR_OK)
		page->response->cache_control = "no-cache";
	else
		page->response->retry_after = 5;
	return page_end(page, VIEW_HOME, http_status(err));
}

/* The form again, with what was typed and what is wrong. */
static enum err
show_invalid(struct page *page, const struct draft *draft)
{
	enum err err = begin(page, draft);

	if (err != ERR_OK)
		return err;
	(void)set_newest(page);
	page->response->error = ERR_INVALID;
	return page_end(page, VIEW_HOME, http_status(ERR_INVALID));
}

/* The form again, because the post could not be stored. */
static enum err
show_away(struct page *page, const struct draft *draft, enum err why)
{
	enum err err = begin(page, draft);

	if (err != ERR_OK)
		return err;
	draft_set_away(page, why);
	view_set(page->view, "Posts.away", "1");
	return page_end(page, VIEW_HOME, http_status(why));
}

enum err
home_post(struct page *page)
{
	struct draft draft;
	enum err err = draft_read(page, DRAFT_SHORT, &draft);

	if (err != ERR_OK)
		return err;
	if (!draft_is_valid(&draft))
		return show_invalid(page, &draft);
	err = draft_store(page, &draft);
	return err == ERR_OK ? ERR_OK : show_away(page, &draft, err);
}
