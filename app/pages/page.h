/*
 * What every page gets, and what pages share. A page reads the request, asks
 * the board, fills the view and the response; on an error it returns it and
 * leaves the telling to `route`. One file per family of URLs.
 */
#ifndef MADANG_PAGES_PAGE_H
#define MADANG_PAGES_PAGE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/path.h"
#include "board/board.h"
#include "board/post.h"
#include "store/store.h"
#include "view/pagestore.h"
#include "view/view.h"
#include "web/form.h"
#include "web/http.h"

#include <stdint.h>

struct publisher;
struct views;

/* What pages/publish knows of a page that may become a file. */
struct publication {
	bool entered;
	int folder;
	struct pagestore_unit unit;
	char name[PAGESTORE_NAME_BYTES];
};

/*
 * What makes a page one of an archive: a file among files, which shows a board
 * as it was at one moment and can ask nobody for anything.
 */
struct page_archive {
	bool alone;		  /* no other board is in it */
	uint64_t skip;		  /* posts that the list has got since */
	struct board_place place; /* in it, of the post whose page this is */
};

struct page {
	const struct conf *conf;
	struct arena *arena;
	struct view *view;
	struct views *views;	     /* NULL: not counted */
	struct publisher *publisher; /* NULL: nothing is published */
	struct store store;
	enum view_language language;
	const struct http_request *request;
	struct http_response *response;

	/* What the path says. */
	const char *route; /* its pattern: "/posts/#"; NULL: it has none */
	const char *slug;  /* of the board; "": the first one */
	const char *board; /* what its paths begin with: "" or "/boards/SLUG" */
	uint64_t number;   /* the ID of /posts/ID, the N of /all/page/N */
	uint64_t second;   /* the N of /posts/ID/page/N; 0: there is none */
	enum path_format format;

	const struct page_archive *archive; /* NULL: a visitor asks */

	struct board_info info; /* once it is read: page_read_info */

	struct publication publication;
	bool is_private;	/* others would get another answer */
	bool is_gone;		/* that it is not found is no mistake */
	uint64_t good_until_ms; /* Unix time; 0: till something changes */
	uint64_t pages;		/* of what is paged: page_set_pager */
};

/* / */
enum err home_show(struct page *page);
enum err home_post(struct page *page);
/* /list, /list/page/N, /category/C, /category/C/page/N */
enum err list_show(struct page *page);
enum err list_show_category(struct page *page);
/* /all, /all/page/N, /latest */
enum err stream_show_all(struct page *page);
enum err stream_show_latest(struct page *page);
/* /posts/ID, /posts/ID/page/N */
enum err post_show(struct page *page);
/* /posts/ID/newer, /posts/ID/older, /posts/ID/list */
enum err place_show_newer(struct page *page);
enum err place_show_older(struct page *page);
enum err place_show_list(struct page *page);
/* /posts/ID/view.gif */
enum err seen_show(struct page *page);
/* /posts/ID/recommend */
enum err recommend_post(struct page *page);
/* /posts/ID/reply */
enum err reply_show(struct page *page);
enum err reply_post(struct page *page);
/* /posts/ID/unlock */
enum err unlock_show(struct page *page);
enum err unlock_post(struct page *page);
/* /posts/ID/edit */
enum err edit_show(struct page *page);
enum err edit_post(struct page *page);
/* /posts/ID/delete */
enum err delete_show(struct page *page);
enum err delete_post(struct page *page);
/* /posts/ID/versions */
enum err versions_show(struct page *page);
/* /write */
enum err write_show(struct page *page);
enum err write_post(struct page *page);
/* /boards */
enum err boards_show(struct page *page);
/* /robots.txt, /sitemap.xml */
enum err site_show_robots(struct page *page);
enum err site_show_map(struct page *page);
/* /language */
enum err language_choose(struct page *page);
/* /healthz, /healthz/live */
enum err health_show(struct page *page);
enum err health_show_live(struct page *page);
/* /metrics */
enum err metrics_show(struct page *page);

/* Whether who asks may look into the works: the setting watch.allow. */
bool page_is_watched(const struct page *page);

/*
 * Sets the number that an error's page shows, and that stands in the log's
 * lines about the request.
 */
void page_set_id(struct page *page);

/* The page that tells of an error; it needs no Redis. */
enum err problem_show(struct page *page, enum err problem);

/* The language of a request: its cookie's, else the best it accepts. */
enum view_language page_language(struct arena *arena,
    const struct http_request *request, const struct conf *conf);

/*
 * Reads what the frame tells of the board into page->info: one round trip.
 * Pages that read it among other things set page->info themselves.
 */
enum err page_read_info(struct page *page);

/*
 * Begins an HTML page: the values of the frame. name is Page.name, path the
 * page's path below its board: what a change of language comes back to.
 */
enum err page_begin(struct page *page, const char *name, const char *path);

/* Renders it as the response's body, with a status. */
enum err page_end(
    struct page *page, enum view_template template, unsigned status);

/*
 * A path with the token that the query has, for another address of the same
 * page. In the arena; NULL: out of memory.
 */
const char *page_keep_key(struct page *page, const char *path);

/*
 * Answers that the first page of what is paged has no number in its address:
 * 301, in the same format and with the same token.
 */
enum err page_redirect_to_first(struct page *page, const char *paged);

/*
 * Answers with a redirect to a path of the board, perhaps with a query; the
 * base and the board's path are put before it.
 */
enum err page_redirect(struct page *page, unsigned status, const char *path);

/*
 * A path of the board with scheme and host, for machines and for links from
 * elsewhere: by the setting site.url, else by the request. In the arena;
 * NULL: out of memory.
 */
char *page_url(struct page *page, const char *path);

/*
 * A token in the query: "key" of "?key=0123". In the arena; "": none, or
 * nothing that looks like one.
 */
const char *page_token(struct page *page, const char *name);
/* Whether the query says "name=value"; a value of visible ASCII. */
bool page_query_is(struct page *page, const char *name, const char *value);
/* A number likewise; 0: none. */
uint64_t page_query_number(struct page *page, const char *name);

/*
 * Sets what the answer to a post or a reply led to: its id ("?posted=17") and,
 * for who gave no password, the token of its private link ("&mine=0123"), if
 * that is right: others may have made up the address. Without a known key the
 * page says that it comes later.
 */
void page_set_posted(struct page *page, const struct access_key *key);

/* What a list shows of a post without a title. */
#define PAGE_LINE_CHARS 60

/* Room for any path of ours without a query. */
#define PAGE_PATH_BYTES 64

/* "/posts/17", and with what "/posts/17/edit". */
void page_path_of_post(
    uint64_t id, const char *what, char path[PAGE_PATH_BYTES]);

/* A page of what is paged, say "/all"; the first has one address only. */
void page_path_of_number(
    const char *paged, uint64_t number, char path[PAGE_PATH_BYTES]);

/* The page of a thread that has the entry at a place (from 0). */
void page_path_of_reply(const struct page *page, uint64_t root, uint64_t place,
    char path[PAGE_PATH_BYTES]);

/* The links to the pages of what is paged, below "Pager". */
void page_set_pager(
    struct page *page, const char *paged, uint64_t current, uint64_t pages);

/* How many posts there are, and which page of them this is. */
void page_set_summary(struct page *page, const struct board_page *listed);

/*
 * Sets the values of a post below prefix: "Post", or "Posts.3". Its text is
 * rendered: what templates get of it is HTML. ERR_NO_MEMORY.
 */
enum err page_set_post(
    struct page *page, const char *prefix, const struct post *post);

/* The same for each of several posts, below "Posts". */
enum err page_set_posts(
    struct page *page, const struct post *posts, size_t count);

/*
 * The same without the text, of which only page_set_line tells: for a row of a
 * list. ERR_NO_MEMORY.
 */
enum err page_set_row(
    struct page *page, const char *prefix, const struct post *post);

/*
 * What stands for the title of a post that has none: its text's first line, as
 * "line". It takes a pass over the text, and no page of whole posts shows it.
 * ERR_NO_MEMORY.
 */
enum err page_set_line(
    struct page *page, const char *prefix, const struct post *post);

/* Year, month, day and time in UTC, as machines write it (RFC 3339). */
#define PAGE_TIME_BYTES 32
void page_machine_time(uint64_t ms, char text[PAGE_TIME_BYTES]);

#endif
