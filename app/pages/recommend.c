/*
 * A recommendation, and the same button takes it back.
 */
#include "pages/own.h"

#include "board/change.h"

enum err
recommend_post(struct page *page)
{
	struct change_recommendation recommendation = {
	    .id = page->number,
	    .client = page->request->client,
	};
	const char *token = page_token(page, "key");
	char path[PAGE_PATH_BYTES];
	struct thread thread;
	const char *target;
	bool on;
	enum err err = own_read(page, token, &thread);

	if (err != ERR_OK)
		return err;
	/* Of a reply, the token is its thread's. */
	recommendation.key = thread.key;
	recommendation.granted = access_is_granted(&thread.key,
	    thread.post.root != 0 ? thread.post.root : page->number, token);
	err = change_recommend(&page->store, &recommendation, &on);
	if (err != ERR_OK)
		return err;
	/* A reply's address leads to its place in its thread. */
	page_path_of_post(page->number, "", path);
	target = arena_printf(page->arena, "%s?recommended=%s%s%s#recommend",
	    path, on ? "on" : "off", token[0] != '\0' ? "&key=" : "", token);
	return target == NULL ? ERR_NO_MEMORY
			      : page_redirect(page, 303, target);
}
