#include "route.h"

#include "base/log.h"
#include "base/path.h"
#include "board/registry.h"
#include "pages/publish.h"

#include <stdlib.h>
#include <string.h>

#define MODULE "route"

/* Besides HTML. */
#define JSON 1
#define ATOM 2

/* base/path says what a pattern is. */
struct route {
	const char *pattern;
	enum err (*get)(struct page *page);
	enum err (*post)(struct page *page);
	unsigned formats;
	bool site; /* of the site, not of each board */
	int unit;  /* of the page store: PAGESTORE_…, or NEVER */
};

/* Forms, what only a query makes, and what counts. */
#define NEVER (-1)
#define SITE  PAGESTORE_SITE
#define LISTS PAGESTORE_LISTS
#define POST  PAGESTORE_THREAD

_Static_assert(
    PATH_SLUG_MAX + 1 == BOARD_SLUG_BYTES && PATH_NUMBER_MAX == POST_ID_MAX,
    "what a path can name and what a board can have differ");

/* Sorted by pattern, as strcmp does. */
static const struct route routes[] = {
    {"/", home_show, home_post, 0, false, LISTS},
    {"/all", stream_show_all, NULL, 0, false, LISTS},
    {"/all/page/#", stream_show_all, NULL, 0, false, LISTS},
    {"/boards", boards_show, NULL, 0, true, SITE},
    {"/category/#", list_show_category, NULL, JSON | ATOM, false, LISTS},
    {"/category/#/page/#", list_show_category, NULL, JSON, false, LISTS},
    {"/healthz", health_show, NULL, 0, true, NEVER},
    {"/healthz/live", health_show_live, NULL, 0, true, NEVER},
    {"/language", NULL, language_choose, 0, true, NEVER},
    {"/latest", stream_show_latest, NULL, 0, false, LISTS},
    {"/list", list_show, NULL, JSON | ATOM, false, LISTS},
    {"/list/page/#", list_show, NULL, JSON, false, LISTS},
    {"/metrics", metrics_show, NULL, 0, true, NEVER},
    {"/posts/#", post_show, NULL, JSON | ATOM, false, POST},
    {"/posts/#/delete", delete_show, delete_post, 0, false, NEVER},
    {"/posts/#/edit", edit_show, edit_post, 0, false, NEVER},
    {"/posts/#/list", place_show_list, NULL, 0, false, NEVER},
    {"/posts/#/newer", place_show_newer, NULL, 0, false, NEVER},
    {"/posts/#/older", place_show_older, NULL, 0, false, NEVER},
    {"/posts/#/page/#", post_show, NULL, JSON, false, POST},
    {"/posts/#/recommend", NULL, recommend_post, 0, false, NEVER},
    {"/posts/#/reply", reply_show, reply_post, 0, false, NEVER},
    {"/posts/#/unlock", unlock_show, unlock_post, 0, false, NEVER},
    {"/posts/#/versions", versions_show, NULL, 0, false, NEVER},
    {"/posts/#/view.gif", seen_show, NULL, 0, false, NEVER},
    {"/robots.txt", site_show_robots, NULL, 0, true, SITE},
    {"/sitemap.xml", site_show_map, NULL, 0, false, SITE},
    {"/write", write_show, write_post, 0, false, NEVER},
};

static int
route_compare(const void *pattern, const void *route)
{
	return strcmp(pattern, ((const struct route *)route)->pattern);
}

/* The route of a path that was read; NULL: there is none. */
static const struct route *
route_find(const struct path *path)
{
	const struct route *route =
	    bsearch(path->pattern, routes, sizeof(routes) / sizeof(routes[0]),
		sizeof(routes[0]), route_compare);

	if (route == NULL || (route->site && path->slug[0] != '\0'))
		return NULL;
	if ((path->format == PATH_JSON && !(route->formats & JSON)) ||
	    (path->format == PATH_ATOM && !(route->formats & ATOM)))
		return NULL;
	return route;
}

/* What the path says of the page; keys begin with the board's prefix. */
static enum err
route_set(struct page *page, const struct path *path)
{
	page->number = path->count > 0 ? path->numbers[0] : 0;
	page->second = path->count > 1 ? path->numbers[1] : 0;
	page->format = path->format;
	if (path->slug[0] == '\0')
		return ERR_OK;
	page->slug = arena_printf(page->arena, "%s", path->slug);
	page->board = arena_printf(page->arena, "/boards/%s", path->slug);
	page->store.prefix =
	    registry_prefix(page->arena, page->store.first, path->slug);
	if (page->slug != NULL && page->board != NULL &&
	    page->store.prefix != NULL)
		return ERR_OK;
	page->slug = page->board = "";
	return ERR_NO_MEMORY;
}

/* /all/ is somebody's spelling of /all: every page has one address. */
static enum err
route_without_slash(struct page *page)
{
	const char *path = page->request->path;
	size_t length = strlen(path);

	path = arena_copy(page->arena, path, length - 1);
	if (path != NULL)
		path = page_keep_key(page, path);
	/* It names its board itself. */
	page->board = "";
	return path == NULL ? ERR_NO_MEMORY : page_redirect(page, 301, path);
}

static enum err
route_run(struct page *page)
{
	const struct http_request *request = page->request;
	const struct route *route;
	struct path path;
	enum err err;

	if (!path_parse(request->path, &path))
		return ERR_NOT_FOUND;
	route = route_find(&path);
	if (route == NULL)
		return ERR_NOT_FOUND;
	page->route = route->pattern;
	err = route_set(page, &path);
	if (err != ERR_OK)
		return err;
	if (request->method == HTTP_POST && route->post != NULL) {
		if (!http_same_origin(request))
			return ERR_FORBIDDEN;
		/* With a slash too many likewise: nothing typed is lost. */
		return route->post(page);
	}
	if ((request->method == HTTP_GET || request->method == HTTP_HEAD) &&
	    route->get != NULL) {
		if (path.trailing_slash)
			return route_without_slash(page);
		if (route->unit != NEVER)
			publish_begin(
			    page, (enum pagestore_kind)route->unit, &path);
		return route->get(page);
	}
	if (path.trailing_slash)
		return ERR_NOT_FOUND;
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
	if (page->request->id[0] != '\0')
		buf_printf(&response->body,
		    "If you write to the owner about this, please add this "
		    "number: %s\n",
		    page->request->id);
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
	log_seldom(LOG_LEVEL_ERROR, MODULE, err_text(err),
	    "no page could be made: %s", err_text(err));
	route_last_resort(page, err);
}
