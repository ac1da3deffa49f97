/*
 * A recommendation, and the same button takes it back.
 */
#include "pages/page.h"

#include "board/change.h"

enum err
recommend_post(struct page *page)
{
	const char *token = page_token(page, "key");
	char path[PAGE_PATH_BYTES];
	const char *target;
	bool on;
	/* A board that nobody made gets no key of its own. */
	enum err err = page->slug[0] != '\0' ? page_read_info(page) : ERR_OK;

	if (err == ERR_OK)
		err = change_recommend(
		    &page->store, page->number, page->request->client, &on);
	if (err != ERR_OK)
		return err;
	/* A reply's address leads to its place in its thread. */
	page_path_of_post(page->number, "", path);
	target = arena_printf(page->arena, "%s?recommended=%s%s%s#recommend",
	    path, on ? "on" : "off", token[0] != '\0' ? "&key=" : "", token);
	return target == NULL ? ERR_NO_MEMORY
			      : page_redirect(page, 303, target);
}
