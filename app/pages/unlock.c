/*
 * A post's password, asked for to edit it, delete it or, when it is secret, to
 * read it. The right one earns a token that is good for a while.
 */
#include "pages/draft.h"
#include "pages/own.h"

#include <string.h>

static enum err
show(struct page *page, const struct thread *thread, enum err why,
    uint64_t seconds)
{
	const struct view_word words[] = {{"minutes", (seconds + 59) / 60}};
	char path[PAGE_PATH_BYTES];
	enum err err;

	page_path_of_post(page->number, "unlock", path);
	err = page_begin(page, "unlock", path);
	if (err == ERR_OK)
		err = own_set_post(page, thread, "");
	if (why == ERR_FORBIDDEN)
		view_set_sentence(
		    page->view, "Form.wrong", "Unlock.wrong", NULL, 0);
	else if (why == ERR_TOO_MANY)
		view_set_sentence(
		    page->view, "Form.wrong", "Unlock.wait", words, 1);
	else if (why != ERR_OK)
		view_set_sentence(
		    page->view, "Form.wrong", "Unlock.away", NULL, 0);
	page->response->error = why;
	if (why == ERR_OK)
		page->response->cache_control = "no-cache";
	else if (why != ERR_FORBIDDEN)
		page->response->retry_after =
		    seconds > 0 ? (unsigned)seconds : 5;
	return err != ERR_OK ? err
			     : page_end(page, VIEW_UNLOCK, http_status(why));
}

enum err
unlock_show(struct page *page)
{
	struct thread thread;
	enum err err = own_read(page, "", &thread);

	return err != ERR_OK ? err : show(page, &thread, ERR_OK, 0);
}

enum err
unlock_post(struct page *page)
{
	const struct http_request *request = page->request;
	const struct form_field fields[] = {
	    {"password", FORM_PASSWORD, DRAFT_PASSWORD_MAX_BYTES},
	    {"to", FORM_TOKEN, 6},
	};
	struct form_value values[2];
	char token[SEAL_TEXT_BYTES];
	struct thread thread = {.granted = false};
	uint64_t seconds = 0;
	const char *path;
	enum err err = form_read(page->arena, request->content_type,
	    request->body, request->content_length,
	    (size_t)page->conf->limits.fields, fields, 2, values);

	if (err != ERR_OK)
		return err;
	err = values[0].state != FORM_VALID
		  ? ERR_FORBIDDEN
		  : own_unlock(page, &values[0], &thread, token, &seconds);
	if (err == ERR_NOT_FOUND || err == ERR_NO_MEMORY)
		return err;
	if (err != ERR_OK) {
		enum err read = own_read(page, "", &thread);

		return read != ERR_OK ? read
				      : show(page, &thread, err, seconds);
	}
	path = own_path(page, page->number,
	    strcmp(values[1].text, "edit") == 0	    ? "edit"
	    : strcmp(values[1].text, "delete") == 0 ? "delete"
						    : "",
	    token);
	return path == NULL ? ERR_NO_MEMORY : page_redirect(page, 303, path);
}
