/*
 * A post's own page.
 */
#include "pages/page.h"

#include <inttypes.h>
#include <stdio.h>

enum err
post_show(struct page *page)
{
	struct post post;
	char path[64];
	enum err err = post_find(&page->store, page->number, &post);

	(void)snprintf(path, sizeof(path), "/posts/%" PRIu64, page->number);
	if (err == ERR_OK)
		err = page_begin(page, "post", path);
	if (err != ERR_OK)
		return err;
	page_set_post(page, "Post", &post);
	page->response->cache_control = "no-cache";
	return page_end(page, VIEW_POST, 200);
}
