/*
 * The boards of the site, when there is more than the first.
 */
#include "pages/page.h"

#include "board/registry.h"

#include <stdio.h>

enum err
boards_show(struct page *page)
{
	struct registry_board *boards;
	size_t count;
	enum err err =
	    registry_read(&page->store, &page->info, &boards, &count);

	if (err == ERR_OK)
		err = page_begin(page, "boards", "/boards");
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		char prefix[32];

		(void)snprintf(prefix, sizeof(prefix), "Boards.%zu", i);
		view_set_in(page->view, prefix, "slug", boards[i].slug);
		view_set_in(page->view, prefix, "title", boards[i].title);
		view_set_number_in(
		    page->view, prefix, "posts", boards[i].posts);
	}
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_BOARDS, 200);
}
