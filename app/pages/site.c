/*
 * The site to search engines: robots.txt and the maps of sitemaps.org 0.9.
 * A map may be too large for one file: then it is an index of parts, counted
 * from the oldest post, so that a new post changes the newest part only.
 */
#include "pages/page.h"

#include "base/number.h"
#include "base/text.h"
#include "board/registry.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * One address more is the list's. 50,000 are allowed, but no file has what a
 * query asks for, and to compress so many takes a web server a tenth of a
 * second: some dozen requests a second would keep all processors busy.
 */
#define PART_POSTS 4999

#define NAMESPACE "xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\""

/*
 * The forms of each post, what only forms lead to, the ways to its neighbours,
 * which the list has too, and the image that counts readers: a crawler would
 * ask for them once a post.
 */
static const char *const closed[] = {
    "/posts/*/edit",
    "/posts/*/delete",
    "/posts/*/unlock",
    "/posts/*/reply",
    "/posts/*/versions",
    "/posts/*/recommend",
    "/posts/*/list",
    "/posts/*/newer",
    "/posts/*/older",
    "/posts/*/view.gif",
};

static enum err
answer(struct page *page, const char *content_type)
{
	struct http_response *response = page->response;

	response->status = 200;
	response->content_type = content_type;
	response->language = NULL;
	response->cache_control = "no-cache";
	return response->body.failed ? ERR_NO_MEMORY : ERR_OK;
}

enum err
site_show_robots(struct page *page)
{
	struct buf *out = &page->response->body;
	const char *base = page->request->base;
	const char *map = page_url(page, "/sitemap.xml");

	if (map == NULL)
		return ERR_NO_MEMORY;
	buf_printf(out, "User-agent: *\nDisallow: %s/language\n", base);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		buf_printf(out, "Disallow: %s%s\nDisallow: %s/boards/*%s\n",
		    base, closed[i], base, closed[i]);
	buf_printf(out, "\nSitemap: %s\n", map);
	return answer(page, "text/plain; charset=utf-8");
}

/* The address of a path as XML takes it, in the arena. ERR_NO_MEMORY. */
static enum err
escaped_url(struct page *page, const char *path, const char **escaped)
{
	const char *url = page_url(page, path);
	struct buf out;

	buf_init(&out, page->arena);
	for (; url != NULL && *url != '\0'; url++) {
		const char *entity = text_entity(*url);

		if (entity != NULL)
			buf_text(&out, entity);
		else
			buf_append(&out, url, 1);
	}
	*escaped = out.data;
	return url == NULL || out.failed ? ERR_NO_MEMORY : ERR_OK;
}

/* One number's line: thousands of them, hence no printf of all of it. */
static void
add_line(
    struct buf *out, const char *before, uint64_t number, const char *after)
{
	char digits[24];

	(void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
	buf_text(out, before);
	buf_text(out, digits);
	buf_text(out, after);
}

/* A map of posts; the first one has the list, too. */
static enum err
show_posts(struct page *page, const uint64_t *ids, size_t count, bool list)
{
	struct buf *out = &page->response->body;
	const char *list_url, *post_url;
	const char *before;

	if (escaped_url(page, "/list", &list_url) != ERR_OK ||
	    escaped_url(page, "/posts/", &post_url) != ERR_OK)
		return ERR_NO_MEMORY;
	before = arena_printf(page->arena, "<url><loc>%s", post_url);
	if (before == NULL)
		return ERR_NO_MEMORY;
	buf_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		      "<urlset " NAMESPACE ">\n");
	if (list)
		buf_printf(out, "<url><loc>%s</loc></url>\n", list_url);
	for (size_t i = 0; i < count; i++)
		add_line(out, before, ids[i], "</loc></url>\n");
	buf_text(out, "</urlset>\n");
	return answer(page, "application/xml; charset=utf-8");
}

/* The parts of one board's map; a board without a post has one, too. */
static enum err
add_parts(struct page *page, const char *slug, uint64_t posts)
{
	uint64_t parts = number_of_pages(posts, PART_POSTS);
	const char *path = arena_printf(page->arena,
	    "%s%s/sitemap.xml?part=", slug[0] == '\0' ? "" : "/boards/", slug);
	const char *url, *before;

	if (path == NULL || escaped_url(page, path, &url) != ERR_OK)
		return ERR_NO_MEMORY;
	before = arena_printf(page->arena, "<sitemap><loc>%s", url);
	if (before == NULL)
		return ERR_NO_MEMORY;
	for (uint64_t i = 1; i <= parts; i++)
		add_line(
		    &page->response->body, before, i, "</loc></sitemap>\n");
	return ERR_OK;
}

static enum err
show_index(struct page *page, const struct registry_board *boards, size_t count)
{
	struct buf *out = &page->response->body;
	enum err err = ERR_OK;

	buf_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		      "<sitemapindex " NAMESPACE ">\n");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add_parts(page, boards[i].slug, boards[i].posts);
	buf_text(out, "</sitemapindex>\n");
	return err != ERR_OK ? err
			     : answer(page, "application/xml; charset=utf-8");
}

static enum err
show_part(struct page *page, uint64_t part)
{
	uint64_t first = (part - 1) * PART_POSTS;
	uint64_t total = 0;
	uint64_t *ids = NULL;
	size_t count = 0;
	enum err err = board_read_ids(
	    &page->store, first, PART_POSTS, &ids, &count, &total);

	if (err != ERR_OK)
		return err;
	if (first > 0 && first >= total)
		return ERR_NOT_FOUND;
	return show_posts(page, ids, count, first == 0);
}

/* The whole site's: a map, or an index of its parts. */
static enum err
show_site(struct page *page)
{
	struct registry_board *boards;
	uint64_t *ids = NULL;
	size_t found = 0;
	size_t count;
	enum err err =
	    registry_read_slugs(&page->store, &page->info, &boards, &count);

	if (err == ERR_OK && count > 1)
		err = registry_read_rows(&page->store, boards, count);
	else if (err == ERR_OK)
		err = board_read_ids(&page->store, 0, PART_POSTS, &ids, &found,
		    &boards[0].posts);
	if (err != ERR_OK)
		return err;
	return count > 1 || boards[0].posts > PART_POSTS
		   ? show_index(page, boards, count)
		   : show_posts(page, ids, found, true);
}

enum err
site_show_map(struct page *page)
{
	/* By a query: a map may tell only of what is beside it or below. */
	uint64_t part = page_query_number(page, "part");
	enum err err = ERR_OK;

	if (page->slug[0] == '\0')
		return part > 0 ? show_part(page, part) : show_site(page);
	/* A board that nobody made has no map, not an empty one. */
	err = page_read_info(page);
	return err != ERR_OK ? err : show_part(page, part > 0 ? part : 1);
}
