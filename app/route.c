#include "route.h"

#include "base/log.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "route"

/* A # in a path stands for a number in its canonical form. */
struct route {
	const char *path;
	enum err (*get)(struct page *page);
	enum err (*post)(struct page *page);
};

/* Sorted by path, as strcmp does. */
static const struct route routes[] = {
    {"/", home_show, home_post},
    {"/all", list_show_all, NULL},
    {"/all/page/#", list_show_all, NULL},
    {"/healthz", health_show, NULL},
    {"/language", NULL, language_choose},
    {"/latest", list_show_latest, NULL},
    {"/posts/#", post_show, NULL},
    {"/write", write_show, write_post},
};

/* Every number in a path is an id or a page's; neither has more digits. */
#define NUMBER_MAX POST_ID_MAX
/* Longer than any path in the table. */
#define PATTERN_MAX_BYTES 64

static int
route_compare(const void *path, const void *route)
{
	return strcmp(path, ((const struct route *)route)->path);
}

/*
 * The route of a path, and the number in it (0: none): its last piece, if
 * that is one. NULL: there is none.
 */
static const struct route *
route_find(const char *path, uint64_t *number)
{
	char pattern[PATTERN_MAX_BYTES];
	const char *last = strrchr(path, '/');

	*number = 0;
	if (last != NULL &&
	    number_parse(last + 1, strlen(last + 1), 1, NUMBER_MAX, number)) {
		int length = snprintf(pattern, sizeof(pattern), "%.*s/#",
		    (int)(last - path), path);

		if (length < 0 || (size_t)length >= sizeof(pattern))
			return NULL;
		path = pattern;
	} else if (strchr(path, '#') != NULL) {
		return NULL;
	}
	return bsearch(path, routes, sizeof(routes) / sizeof(routes[0]),
	    sizeof(routes[0]), route_compare);
}

/* /all/ is somebody's spelling of /all: every page has one address. */
static enum err
route_without_slash(struct page *page)
{
	const char *path = page->request->path;
	size_t length = strlen(path);
	const struct route *route;
	uint64_t number;

	if (length < 2 || path[length - 1] != '/' ||
	    (page->request->method != HTTP_GET &&
		page->request->method != HTTP_HEAD))
		return ERR_NOT_FOUND;
	path = arena_copy(page->arena, path, length - 1);
	if (path == NULL)
		return ERR_NO_MEMORY;
	route = route_find(path, &number);
	if (route == NULL || route->get == NULL)
		return ERR_NOT_FOUND;
	return page_redirect(page, 301, path);
}

static enum err
route_run(struct page *page)
{
	const struct http_request *request = page->request;
	const struct route *route = route_find(request->path, &page->number);

	if (route == NULL)
		return route_without_slash(page);
	if (request->method == HTTP_POST && route->post != NULL) {
		if (!http_same_origin(request))
			return ERR_FORBIDDEN;
		return route->post(page);
	}
	if ((request->method == HTTP_GET || request->method == HTTP_HEAD) &&
	    route->get != NULL)
		return route->get(page);
	page->response->allow = route->get == NULL    ? "POST"
				: route->post == NULL ? "GET, HEAD"
						      : "GET, HEAD, POST";
	return ERR_METHOD;
}

/*
 * What is sent when no page can be made: for want of memory (a page of very
 * long texts; limits.request_bytes), or of a sentence in the language file.
 */
static void
route_last_resort(struct page *page, enum err err)
{
	struct http_response *response = page->response;

	response->error = err;
	response->status = http_status(err);
	response->content_type = "text/plain; charset=utf-8";
	response->language = NULL;
	response->location = NULL;
	response->retry_after = 5;
	buf_init(&response->body, page->arena);
	buf_text(&response->body,
	    "The board can't make this page just now. Please try again in a "
	    "moment.\n");
}

void
route_answer(struct page *page, enum err err)
{
	if (err == ERR_OK)
		err = route_run(page);
	if (err == ERR_OK)
		return;
	if (err != ERR_NO_MEMORY)
		err = problem_show(page, err);
	if (err == ERR_OK)
		return;
	log_error(MODULE, "no page could be made: %s", err_text(err));
	route_last_resort(page, err);
}
