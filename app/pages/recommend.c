/*
 * A recommendation, and the same button takes it back.
 */
#include "pages/page.h"

#include "board/change.h"

enum err
recommend_post(struct page *page)
{
	char path[PAGE_PATH_BYTES];
	/* A board that nobody made gets no key of its own. */
	enum err err = page->slug[0] != '\0' ? page_read_info(page) : ERR_OK;

	if (err != ERR_OK)
		return err;
	err =
	    change_recommend(&page->store, page->number, page->request->client);
	if (err != ERR_OK)
		return err;
	/* A reply's address leads to its place in its thread. */
	page_path_of_post(page->number, "", path);
	return page_redirect(page, 303, path);
}
