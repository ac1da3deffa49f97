/*
 * Posts one after another with their texts, newest first: all of them by
 * pages, and the latest few.
 */
#include "pages/page.h"

static enum err
show(struct page *page, const char *name, const char *path,
    const struct board_page *listed)
{
	enum err err = page_begin(page, name, path);

	if (err == ERR_OK)
		err = page_set_posts(page, listed->posts, listed->count);
	if (err != ERR_OK)
		return err;
	page_set_pager(page, "/all", listed->number, listed->pages);
	page_set_summary(page, listed);
	view_set(page->view, "Page.feed", "/list");
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_STREAM, 200);
}

enum err
stream_show_all(struct page *page)
{
	const struct board_query query = {
	    .number = page->number == 0 ? 1 : page->number,
	    .size = page->conf->site.page_size,
	    .skip = page->archive != NULL ? page->archive->skip : 0,
	    .part = POST_WHOLE,
	};
	struct board_page listed;
	char path[PAGE_PATH_BYTES];
	enum err err;

	page_path_of_number("/all", query.number, path);
	/* /all/page/1 is /all under another name. */
	if (page->number == 1)
		return page_redirect(page, 301, path);
	err = board_read_page(&page->store, &query, &listed);
	page->info = listed.info;
	return err != ERR_OK ? err : show(page, "all", path, &listed);
}

enum err
stream_show_latest(struct page *page)
{
	const struct board_query query = {
	    .number = 1,
	    .size = page->conf->site.latest_size,
	    .skip = page->archive != NULL ? page->archive->skip : 0,
	    .part = POST_WHOLE,
	};
	struct board_page listed;
	enum err err = board_read_page(&page->store, &query, &listed);

	page->info = listed.info;
	listed.pages = 1;
	return err != ERR_OK ? err : show(page, "latest", "/latest", &listed);
}
