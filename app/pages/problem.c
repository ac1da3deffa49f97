/*
 * The page that tells of an error: what happened and what one can do. It
 * needs nothing but the templates.
 */
#include "pages/page.h"

#include <stdio.h>

enum err
problem_show(struct page *page, enum err problem)
{
	unsigned status = http_status(problem);
	char key[64];
	enum err err;

	page->response->error = problem;
	/* What was begun before the error doesn't go out with it. */
	buf_init(&page->response->body, page->arena);
	page->response->location = NULL;
	page->response->set_cookie = NULL;
	page->response->cache_control = NULL;
	if (status == 503)
		page->response->retry_after = 5;
	else if (problem == ERR_TOO_OFTEN)
		page->response->retry_after =
		    (unsigned)page->store.wait_seconds;
	err = page_begin(page, "problem", "/");
	if (err != ERR_OK)
		return err;
	view_set_number(page->view, "Problem.status", status);
	(void)snprintf(key, sizeof(key), "Problems.%u.title", status);
	view_set_sentence(page->view, "Problem.title", key, NULL, 0);
	(void)snprintf(key, sizeof(key), "Problems.%u.text", status);
	view_set_sentence(page->view, "Problem.text", key, NULL, 0);
	/* That there is nothing is no mistake, and may be a file for all. */
	if (problem != ERR_NOT_FOUND)
		page_set_id(page);
	return page_end(page, VIEW_PROBLEM, status);
}
