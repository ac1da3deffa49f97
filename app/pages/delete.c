/*
 * A post taken away by who wrote it, after a question.
 */
#include "pages/own.h"

#include "base/clock.h"
#include "board/change.h"

static enum err
show(struct page *page, const struct thread *thread, const char *token)
{
	char path[PAGE_PATH_BYTES];
	const struct view_word words[] = {
	    {"days", page->conf->post.trash_days}};
	enum err err;

	page_path_of_post(page->number, "delete", path);
	err = page_begin(page, "delete", path);
	if (err == ERR_OK)
		err = own_set_post(page, thread, token);
	view_set_sentence(page->view, "Delete.text", "Delete.text", words, 1);
	return err != ERR_OK ? err : page_end(page, VIEW_DELETE, 200);
}

enum err
delete_show(struct page *page)
{
	const char *token = page_token(page, "key");
	struct thread thread;
	enum err err = own_read_granted(page, token, &thread);

	return err != ERR_OK || !thread.granted ? err
						: show(page, &thread, token);
}

enum err
delete_post(struct page *page)
{
	const struct http_request *request = page->request;
	const struct form_field field = {"key", FORM_TOKEN, SEAL_TEXT_BYTES};
	char path[PAGE_PATH_BYTES];
	struct form_value value;
	struct thread thread;
	uint64_t root;
	enum err err = form_read(page->arena, request->content_type,
	    request->body, request->content_length,
	    (size_t)page->conf->limits.fields, &field, 1, &value);

	if (err == ERR_OK)
		err = own_read_granted(page, value.text, &thread);
	/* A second click comes when it is gone: that is no error. */
	if (err == ERR_NOT_FOUND &&
	    access_is_granted(&thread.key, page->number, value.text)) {
		thread.granted = true;
		err = ERR_OK;
	}
	if (err != ERR_OK || !thread.granted)
		return err;
	err = change_delete(&page->store, page->number,
	    page->conf->post.trash_days * CLOCK_DAY_SECONDS, &root);
	if (err != ERR_OK)
		return err;
	if (root == 0)
		return page_redirect(page, 303, "/list?deleted=1");
	page_path_of_post(root, "", path);
	return page_redirect(page, 303, path);
}
