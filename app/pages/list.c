/*
 * Lists of posts, newest first: all of them by pages, and the latest few.
 */
#include "pages/page.h"

#include "board/board.h"

#include <inttypes.h>
#include <stdio.h>

/* Page links on each side of the current one. */
#define PAGER_SIDE 2

static void
set_link(struct page *page, const char *prefix, uint64_t number)
{
	char path[PAGE_PATH_BYTES];

	page_path_of_list(number, path);
	view_set_number_in(page->view, prefix, "number", number);
	view_set_in(page->view, prefix, "path", path);
}

/*
 * The links: first, last, and some around the current page; what they leave
 * out is a gap, and a gap of one or two pages is those pages instead.
 */
static void
set_pager(struct page *page, uint64_t current, uint64_t pages)
{
	uint64_t number = 1;
	size_t row = 0;

	if (pages < 2)
		return;
	if (current > 1)
		set_link(page, "Pager.previous", current - 1);
	if (current < pages)
		set_link(page, "Pager.next", current + 1);
	while (number <= pages) {
		bool near = number + PAGER_SIDE >= current &&
			    number <= current + PAGER_SIDE;
		uint64_t next = number + 1;
		char prefix[32];

		(void)snprintf(prefix, sizeof(prefix), "Pager.items.%zu", row);
		set_link(page, prefix, number);
		row++;
		if (number == current)
			view_set_in(page->view, prefix, "current", "1");
		if (!near && number == 1 && current > PAGER_SIDE + 1)
			next = current - PAGER_SIDE;
		if (near && number == current + PAGER_SIDE && next < pages)
			next = pages;
		if (next == number + 3 || next == number + 2)
			next = number + 1;
		if (next > number + 1) {
			(void)snprintf(
			    prefix, sizeof(prefix), "Pager.items.%zu", row);
			view_set_in(page->view, prefix, "gap", "1");
			row++;
		}
		number = next;
	}
}

static void
set_summary(struct page *page, const struct board_page *listed)
{
	const struct view_word words[] = {
	    {"count", listed->total},
	    {"page", listed->number},
	    {"pages", listed->pages},
	};

	view_set_sentence(page->view, "List.summary", "List.summary", words, 3);
}

enum err
list_show_all(struct page *page)
{
	uint64_t number = page->number == 0 ? 1 : page->number;
	struct board_page listed;
	char path[PAGE_PATH_BYTES];
	enum err err;

	page_path_of_list(number, path);
	/* /all/page/1 is /all under another name. */
	if (page->number == 1)
		return page_redirect(page, 301, path);
	err = board_read_page(
	    &page->store, number, page->conf->site.page_size, &listed);
	if (err == ERR_OK)
		err = page_begin(page, "all", path);
	if (err != ERR_OK)
		return err;
	err = page_set_posts(page, listed.posts, listed.count);
	if (err != ERR_OK)
		return err;
	set_pager(page, number, listed.pages);
	set_summary(page, &listed);
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_LIST, 200);
}

enum err
list_show_latest(struct page *page)
{
	struct board_page listed;
	enum err err = board_read_page(
	    &page->store, 1, page->conf->site.latest_size, &listed);

	if (err == ERR_OK)
		err = page_begin(page, "latest", "/latest");
	if (err != ERR_OK)
		return err;
	err = page_set_posts(page, listed.posts, listed.count);
	if (err != ERR_OK)
		return err;
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_LIST, 200);
}
