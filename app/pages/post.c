/*
 * A post's own page, with the way to its neighbours and back to the page of
 * the list that it is on.
 */
#include "pages/page.h"

#include "board/board.h"

#include <inttypes.h>
#include <stdio.h>

static void
set_neighbour(struct page *page, const char *name, uint64_t id)
{
	char path[PAGE_PATH_BYTES];

	if (id == 0)
		return;
	(void)snprintf(path, sizeof(path), "/posts/%" PRIu64, id);
	view_set(page->view, name, path);
}

/* A post that the list has not got leads to the list's first page. */
static void
set_place(struct page *page, const struct board_place *place)
{
	char path[PAGE_PATH_BYTES];

	page_path_of_list(
	    place->position / page->conf->site.page_size + 1, path);
	view_set(page->view, "Place.path", path);
	if (place->listed)
		view_set(page->view, "Place.listed", "1");
	set_neighbour(page, "Place.newer", place->newer);
	set_neighbour(page, "Place.older", place->older);
}

enum err
post_show(struct page *page)
{
	struct board_place place;
	struct post post;
	char path[PAGE_PATH_BYTES];
	enum err err = post_find(&page->store, page->number, &post);

	if (err == ERR_OK)
		err = board_locate(&page->store, page->number, &place);
	(void)snprintf(path, sizeof(path), "/posts/%" PRIu64, page->number);
	if (err == ERR_OK)
		err = page_begin(page, "post", path);
	if (err != ERR_OK)
		return err;
	err = page_set_post(page, "Post", &post);
	if (err != ERR_OK)
		return err;
	set_place(page, &place);
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_POST, 200);
}
