/*
 * The front page of a board: the form of the contract, the newest posts below
 * it, and what becomes of a post that was sent.
 */
#include "pages/draft.h"

/* What stands below the form. */
struct newest {
	enum err err; /* why the posts can't be shown */
	struct board_page listed;
};

/* The key of a private link that is to be shown: "?mine=". */
static bool
shows_link(struct page *page)
{
	return page->request->method != HTTP_POST &&
	       page_token(page, "mine")[0] != '\0';
}

/*
 * That the newest posts can't be read is no reason to withhold the form from
 * somebody who has typed into it: the page says so.
 */
static void
read_newest(struct page *page, struct newest *newest)
{
	uint64_t wanted = page->conf->site.home_size;
	const struct board_query query = {
	    .number = 1,
	    .size = wanted > 0 ? wanted : 1,
	    .part = POST_WHOLE,
	    .key = shows_link(page),
	};

	newest->err = board_read_page(&page->store, &query, &newest->listed);
	page->info = newest->listed.info;
	if (wanted == 0)
		newest->listed.count = 0;
}

static enum err
prepare(struct page *page, struct draft *draft, void *context)
{
	struct newest *newest = context;

	(void)draft;
	if (page->request->method != HTTP_POST)
		read_newest(page, newest);
	else if (page->slug[0] != '\0')
		return page_read_info(page);
	return newest->err == ERR_NOT_FOUND ? ERR_NOT_FOUND : ERR_OK;
}

static enum err
fill(struct page *page, void *context)
{
	struct newest *newest = context;

	view_set(page->view, "Page.feed", "/list");
	if (page->conf->site.home_size > 0)
		view_set(page->view, "Newest.shown", "1");
	if (page->request->method == HTTP_POST) {
		newest->err = page->response->error;
		if (newest->err == ERR_INVALID)
			read_newest(page, newest);
	} else {
		page_set_posted(page, &newest->listed.key);
		page->response->error = newest->err;
		page->response->cache_control =
		    newest->err == ERR_OK && page->request->query[0] == '\0'
			? "no-cache"
			: NULL;
		page->response->retry_after = newest->err == ERR_OK ? 0 : 5;
	}
	if (newest->err != ERR_OK) {
		view_set(page->view, "Posts.away", "1");
		return ERR_OK;
	}
	return page_set_posts(page, newest->listed.posts, newest->listed.count);
}

static const struct draft_form *
make_form(struct draft_form *form, struct newest *newest)
{
	*newest = (struct newest){.err = ERR_OK};
	*form = (struct draft_form){.fields = DRAFT_SHORT,
	    .name = "home",
	    .path = "/",
	    .template = VIEW_HOME,
	    .context = newest,
	    .prepare = prepare,
	    .fill = fill,
	    .store = draft_store_post};
	return form;
}

enum err
home_show(struct page *page)
{
	struct draft_form form;
	struct newest newest;
	enum err err = draft_show(page, make_form(&form, &newest));

	if (err == ERR_OK && newest.err != ERR_OK)
		page->response->status = http_status(newest.err);
	return err;
}

enum err
home_post(struct page *page)
{
	struct draft_form form;
	struct newest newest;

	return draft_post(page, make_form(&form, &newest));
}
