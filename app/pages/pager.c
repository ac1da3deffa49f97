/*
 * Where one is in what is paged, a list or a thread: the links to its pages,
 * and the sentence on how many there are.
 */
#include "pages/page.h"

#include <stdio.h>

/* Page links on each side of the current one. */
#define PAGER_SIDE 2

static void
set_link(
    struct page *page, const char *prefix, const char *paged, uint64_t number)
{
	char path[PAGE_PATH_BYTES];

	page_path_of_number(paged, number, path);
	view_set_number_in(page->view, prefix, "number", number);
	view_set_in(page->view, prefix, "path", path);
}

/*
 * The links: first, last, and some around the current page; what they leave
 * out is a gap, and a gap of one or two pages is those pages instead.
 */
void
page_set_pager(
    struct page *page, const char *paged, uint64_t current, uint64_t pages)
{
	uint64_t number = 1;
	size_t row = 0;

	page->pages = pages;
	if (pages < 2)
		return;
	if (current > 1)
		set_link(page, "Pager.previous", paged, current - 1);
	if (current < pages)
		set_link(page, "Pager.next", paged, current + 1);
	while (number <= pages) {
		bool near = number + PAGER_SIDE >= current &&
			    number <= current + PAGER_SIDE;
		uint64_t next = number + 1;
		char prefix[32];

		(void)snprintf(prefix, sizeof(prefix), "Pager.items.%zu", row);
		set_link(page, prefix, paged, number);
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

void
page_set_summary(struct page *page, const struct board_page *listed)
{
	const struct view_word words[] = {
	    {"count", listed->total},
	    {"page", listed->number},
	    {"pages", listed->pages},
	};

	view_set_sentence(page->view, "List.summary", "List.summary", words, 3);
}
