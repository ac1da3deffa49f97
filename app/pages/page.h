/*
 * What every page gets, and what pages share. A page reads the request, asks
 * the board, fills the view and the response; on an error it returns it and
 * leaves the telling to `route`. One file per family of URLs.
 */
#ifndef MADANG_PAGES_PAGE_H
#define MADANG_PAGES_PAGE_H

#include "base/conf.h"
#include "base/err.h"
#include "board/post.h"
#include "store/store.h"
#include "view/view.h"
#include "web/form.h"
#include "web/http.h"

#include <stdint.h>

struct page {
	const struct conf *conf;
	struct arena *arena;
	struct view *view;
	struct store store;
	enum view_language language;
	const struct http_request *request;
	struct http_response *response;
	uint64_t number; /* the N of /all/page/N, the ID of /posts/ID */
};

/* / */
enum err home_show(struct page *page);
enum err home_post(struct page *page);
/* /all, /all/page/N, /latest */
enum err list_show_all(struct page *page);
enum err list_show_latest(struct page *page);
/* /posts/ID */
enum err post_show(struct page *page);
/* /write */
enum err write_show(struct page *page);
enum err write_post(struct page *page);
/* /language */
enum err language_choose(struct page *page);
/* /healthz */
enum err health_show(struct page *page);

/* The page that tells of an error; it needs no Redis. */
enum err problem_show(struct page *page, enum err problem);

/* The language of a request: its cookie's, else the best it accepts. */
enum view_language page_language(struct arena *arena,
    const struct http_request *request, const struct conf *conf);

/*
 * Begins an HTML page: the values of the frame. name is Page.name, path what
 * a change of language comes back to.
 */
enum err page_begin(struct page *page, const char *name, const char *path);

/* Renders it as the response's body, with a status. */
enum err page_end(
    struct page *page, enum view_template template, unsigned status);

/* Answers with a redirect to a path of ours; its base is put before it. */
enum err page_redirect(struct page *page, unsigned status, const char *path);

/* Room for any path of ours. */
#define PAGE_PATH_BYTES 64

/* The path of a page of the list; the first has one address only. */
void page_path_of_list(uint64_t number, char path[PAGE_PATH_BYTES]);

/*
 * Sets the values of a post below prefix: "Post", or "Posts.3". Its text is
 * rendered: what templates get of it is HTML. ERR_NO_MEMORY.
 */
enum err page_set_post(
    struct page *page, const char *prefix, const struct post *post);

/* The same for each of several posts, below "Posts". */
enum err page_set_posts(
    struct page *page, const struct post *posts, size_t count);

#endif
