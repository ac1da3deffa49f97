#include "pages/publish.h"

#include "base/gzip.h"
#include "pages/publisher.h"
#include "web/conditional.h"
#include "web/header.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A smaller page does not shrink; nginx's gzip_min_length is the same. */
#define GZIP_MIN_BYTES 512

/* "list" of "/list/page/#"; what a file of the first page is called. */
static struct header_piece
first_piece(const char *pattern)
{
	struct header_piece piece = {pattern + 1, strcspn(pattern + 1, "/")};

	return piece.length > 0 ? piece : header_whole("home");
}

static size_t
add_number(char *name, size_t length, uint64_t number)
{
	size_t rest = PAGESTORE_NAME_BYTES - length;

	return length +
	       (size_t)(number != 0
			    ? snprintf(name + length, rest, "-%" PRIu64, number)
			    : snprintf(name + length, rest, "-"));
}

/*
 * LANGUAGE-PIECE-CATEGORY-PAGE and a suffix, without the numbers that are not
 * there: ko-list--2.json; of the site LANGUAGE-BOARD-PIECE: en--sitemap.xml.
 * Web servers make the same of the address: nginx.conf.example,
 * conf/apache-board.conf, conf/hosting/htaccess, conf/lighttpd.lua; exact.py
 * and servers.py see to it. The post of a thread is not in it: each has a
 * folder.
 */
static void
make_name(const struct page *page, enum pagestore_kind kind,
    const struct path *path, char name[PAGESTORE_NAME_BYTES])
{
	bool category = strncmp(path->pattern, "/category/", 10) == 0;
	bool thread = kind == PAGESTORE_THREAD;
	struct header_piece piece = first_piece(path->pattern);
	const char *language = view_language_tags[page->language];
	size_t length;

	if (kind == PAGESTORE_SITE) {
		(void)snprintf(name, PAGESTORE_NAME_BYTES, "%s-%s-%.*s",
		    language, path->slug, (int)piece.length, piece.data);
		return;
	}
	length = (size_t)snprintf(name, PAGESTORE_NAME_BYTES, "%s-%.*s",
	    language, (int)piece.length, piece.data);
	length = add_number(name, length, category ? path->numbers[0] : 0);
	length = add_number(name, length,
	    category || thread ? (path->count > 1 ? path->numbers[1] : 0)
			       : (path->count > 0 ? path->numbers[0] : 0));
	(void)snprintf(name + length, PAGESTORE_NAME_BYTES - length, "%s",
	    path_suffix(path->format));
}

/*
 * Whether it is the first board under a name that its prefix would be that of:
 * what changes there is told of the first board, which has no name.
 */
static bool
is_alias(const struct page *page)
{
	return page->slug[0] != '\0' &&
	       strcmp(page->store.prefix, page->store.first) == 0;
}

void
publish_begin(
    struct page *page, enum pagestore_kind kind, const struct path *path)
{
	struct publication *publication = &page->publication;

	/* What is asked for below another path has other links. */
	if (page->publisher == NULL || page->request->method != HTTP_GET ||
	    page->request->query[0] != '\0' ||
	    strcmp(page->request->base, conf_site_path(page->conf)) != 0 ||
	    is_alias(page))
		return;
	publication->unit = (struct pagestore_unit){
	    .kind = kind, .slug = page->slug, .id = page->number};
	make_name(page, kind, path, publication->name);
	if (!publisher_has_seen(
		page->publisher, publication->name, &publication->unit))
		return;
	publication->folder =
	    publisher_enter(page->publisher, &publication->unit);
	publication->entered = publication->folder >= 0;
}

/* Whether the answer is the one that every guest gets. */
static bool
is_for_everybody(const struct page *page)
{
	const struct http_response *response = page->response;

	return !page->is_private && response->set_cookie == NULL &&
	       response->location == NULL && !response->body.failed &&
	       ((response->error == ERR_OK && response->validator != 0) ||
		   (response->error == ERR_NOT_FOUND && page->is_gone));
}

/* That a post is gone has another status, and so another name. */
static void
name_gone(struct page *page)
{
	(void)snprintf(page->publication.name, PAGESTORE_NAME_BYTES,
	    "%s-gone--", view_language_tags[page->language]);
}

/* The compressed form, unless there is none or no memory for it. */
static void
compress(struct page *page, struct buf *gzip)
{
	const struct buf *body = &page->response->body;

	buf_init(gzip, page->arena);
	if (body->length >= GZIP_MIN_BYTES &&
	    gzip_append(gzip, body->data, body->length) != ERR_OK)
		gzip->length = 0;
}

static void
put(struct page *page)
{
	struct publication *publication = &page->publication;
	struct http_response *response = page->response;
	struct pagestore_page file = {.name = publication->name,
	    .plain = response->body.data,
	    .plain_length = response->body.length,
	    .validator = response->validator};
	struct buf gzip;

	if (page->is_gone)
		name_gone(page);
	compress(page, &gzip);
	if (gzip.length > 0) {
		file.gzip = gzip.data;
		file.gzip_length = gzip.length;
	}
	if (publisher_put(page->publisher, &publication->unit,
		publication->folder, &file, page->good_until_ms) &&
	    gzip.length > 0)
		conditional_encode(page->arena, page->request, response, &gzip);
}

void
publish_end(struct page *page)
{
	struct publication *publication = &page->publication;

	if (!publication->entered)
		return;
	if (is_for_everybody(page))
		put(page);
	else
		publisher_leave(page->publisher, &publication->unit);
	(void)close(publication->folder);
	publication->entered = false;
}
