/*
 * The list: a row for each post, newest first, by pages; all of them or those
 * of a category.
 */
#include "pages/page.h"

#include "base/clock.h"
#include "pages/machine.h"

#include <inttypes.h>
#include <stdio.h>

/* What is younger has a mark. */
#define NEW_MS (UINT64_C(1000) * CLOCK_DAY_SECONDS)

static enum err
set_rows(
    struct page *page, const char *name, const struct post *posts, size_t count)
{
	uint64_t now = clock_unix_ms();
	enum err err = ERR_OK;
	char prefix[32];

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		(void)snprintf(prefix, sizeof(prefix), "%s.%zu", name, i);
		err = page_set_row(page, prefix, &posts[i]);
		if (posts[i].time_ms == 0 || posts[i].time_ms + NEW_MS <= now)
			continue;
		view_set_in(page->view, prefix, "new", "1");
		if (page->good_until_ms == 0 ||
		    page->good_until_ms > posts[i].time_ms + NEW_MS)
			page->good_until_ms = posts[i].time_ms + NEW_MS;
	}
	return err;
}

static enum err
show(struct page *page, const struct board_query *query, const char *paged,
    const struct board_page *listed)
{
	char path[PAGE_PATH_BYTES];
	enum err err;

	page_path_of_number(paged, query->number, path);
	err = page_begin(page, "list", path);
	if (err == ERR_OK)
		err = set_rows(page, "Rows", listed->posts, listed->count);
	if (err == ERR_OK)
		err = set_rows(
		    page, "Notices", listed->notices, listed->notices_count);
	if (err != ERR_OK)
		return err;
	if (query->category > 0) {
		view_set_number(page->view, "Category.number", query->category);
		view_set(page->view, "Category.name",
		    board_category(&page->info, query->category));
	}
	if (page_query_number(page, "deleted") > 0)
		view_set(page->view, "Deleted", "1");
	view_set(page->view, "Page.feed", paged);
	view_set(page->view, "Page.json", path);
	page_set_pager(page, paged, listed->number, listed->pages);
	page_set_summary(page, listed);
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_LIST, 200);
}

/* A page of the list in the format that was asked for. */
static enum err
show_any(struct page *page, struct board_query *query, const char *paged)
{
	struct board_page listed;
	enum err err;

	query->size = page->conf->site.page_size;
	query->skip = page->archive != NULL ? page->archive->skip : 0;
	query->notices = query->category == 0 && query->number == 1 &&
			 page->format != PATH_ATOM;
	query->part = page->format == PATH_ATOM ? POST_WHOLE : POST_ROW;
	err = board_read_page(&page->store, query, &listed);
	if (err != ERR_OK)
		return err;
	page->info = listed.info;
	if (page->format == PATH_JSON)
		return machine_list(page, query, paged, &listed);
	if (page->format == PATH_ATOM)
		return machine_feed(page, query, paged, &listed);
	return show(page, query, paged, &listed);
}

enum err
list_show(struct page *page)
{
	struct board_query query = {
	    .number = page->number == 0 ? 1 : page->number};

	/* /list/page/1 is /list under another name. */
	if (page->number == 1)
		return page_redirect_to_first(page, "/list");
	return show_any(page, &query, "/list");
}

enum err
list_show_category(struct page *page)
{
	struct board_query query = {
	    .category = page->number,
	    .number = page->second == 0 ? 1 : page->second,
	};
	char paged[PAGE_PATH_BYTES];

	(void)snprintf(
	    paged, sizeof(paged), "/category/%" PRIu64, page->number);
	if (page->second == 1)
		return page_redirect_to_first(page, paged);
	return show_any(page, &query, paged);
}
