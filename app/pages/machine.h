/*
 * The same pages for machines: JSON (RFC 8259) of lists and threads, Atom
 * (RFC 4287) of a board, a category and a thread. The addresses are those of
 * the pages, with .json or .atom behind. Secret and deleted posts are in none.
 */
#ifndef MADANG_PAGES_MACHINE_H
#define MADANG_PAGES_MACHINE_H

#include "board/thread.h"
#include "pages/page.h"

/* paged is the list's first page. */
enum err machine_list(struct page *page, const struct board_query *query,
    const char *paged, const struct board_page *listed);
/* path is the page's own below its board, without the suffix. */
enum err machine_thread(
    struct page *page, const char *path, const struct thread *thread);

/* Posts without a time are left out. */
enum err machine_feed(struct page *page, const struct board_query *query,
    const char *paged, const struct board_page *listed);
enum err machine_thread_feed(
    struct page *page, const char *path, const struct thread *thread);

/* What both formats share. */

/* Whether machines get the post or reply at all. */
bool machine_post_is_open(const struct post *post);
/*
 * Whether they get the thread: not with a key in the query, right or wrong. A
 * reply by its own id is for the caller to refuse.
 */
bool machine_thread_is_open(struct page *page, const struct thread *thread);

/* What a board is called; in the arena, or NULL: out of memory. */
const char *machine_board_title(
    struct page *page, const struct board_info *info);
/* A post's title, or its text's first line; "": neither. NULL as above. */
const char *machine_post_title(struct page *page, const struct post *post);
/* A post's text as HTML, in the arena. ERR_NO_MEMORY. */
enum err machine_post_html(
    struct page *page, const struct post *post, const char **html);

#endif
