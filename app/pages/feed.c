/*
 * Atom feeds: of a board, of a category, of a thread.
 */
#include "pages/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A feed in the making. */
struct feed {
	struct page *page;
	size_t count;	     /* of entries */
	uint64_t updated_ms; /* of the one that changed last; 0: none did */
};

/* What an entry tells beside what its post does. */
struct entry {
	const struct post *post;
	const char *title; /* "": its number is one */
	const char *id;	   /* a path that stays, whatever is around it */
	const char *path;  /* where it is read */
	bool reply;
};

/* Feeds tell when: what has no time has no place in one. */
static bool
is_told(const struct post *post)
{
	return machine_post_is_open(post) && post->time_ms != 0;
}

static void
set_times(struct feed *feed, const char *prefix, const struct post *post)
{
	struct view *view = feed->page->view;
	uint64_t updated =
	    post->edited_ms != 0 ? post->edited_ms : post->time_ms;
	char text[PAGE_TIME_BYTES];

	page_machine_time(post->time_ms, text);
	view_set_in(view, prefix, "published", text);
	page_machine_time(updated, text);
	view_set_in(view, prefix, "updated", text);
	if (updated > feed->updated_ms)
		feed->updated_ms = updated;
}

static enum err
add_entry(
    struct feed *feed, const struct board_info *info, const struct entry *entry)
{
	struct view *view = feed->page->view;
	const struct post *post = entry->post;
	const char *category = board_category(info, post->category);
	const char *html;
	enum err err = machine_post_html(feed->page, post, &html);
	char prefix[32];

	if (err != ERR_OK)
		return err;
	(void)snprintf(prefix, sizeof(prefix), "Entries.%zu", feed->count++);
	view_set_in(view, prefix, "id", entry->id);
	view_set_in(view, prefix, "path", entry->path);
	if (entry->reply)
		view_set_in(view, prefix, "reply", "1");
	if (entry->title[0] != '\0')
		view_set_in(view, prefix, "titled", "1");
	view_set_in(view, prefix, "title", entry->title);
	view_set_number_in(view, prefix, "number", post->id);
	view_set_in(view, prefix, "name", post->name);
	/* Not text_html: a feed holds the HTML as a text, escaped. */
	view_set_in(view, prefix, "content", html);
	if (category[0] != '\0')
		view_set_in(view, prefix, "category", category);
	set_times(feed, prefix, post);
	return ERR_OK;
}

static enum err
add_post(
    struct feed *feed, const struct board_info *info, const struct post *post)
{
	struct entry entry = {.post = post};
	char path[PAGE_PATH_BYTES];

	if (!is_told(post))
		return ERR_OK;
	page_path_of_post(post->id, "", path);
	entry.id = entry.path = path;
	entry.title = machine_post_title(feed->page, post);
	return entry.title == NULL ? ERR_NO_MEMORY
				   : add_entry(feed, info, &entry);
}

/* part is what comes before the board's name; "": it is the whole board. */
static enum err
begin(struct feed *feed, const struct board_info *info, const char *path,
    const char *part)
{
	struct page *page = feed->page;
	const char *board = machine_board_title(page, info);
	const char *base = page_url(page, "");
	const char *self = arena_printf(page->arena, "%s.atom", path);
	const char *title;
	enum err err = view_begin(page->view, page->arena, page->language);

	if (err != ERR_OK)
		return err;
	if (board == NULL || base == NULL || self == NULL)
		return ERR_NO_MEMORY;
	title = part[0] == '\0'
		    ? board
		    : arena_printf(page->arena, "%s · %s", part, board);
	if (title == NULL)
		return ERR_NO_MEMORY;
	/* Elsewhere a path: here everything has scheme and host. */
	view_set(page->view, "Site.base", base);
	view_set(page->view, "Feed.path", path);
	view_set(page->view, "Feed.self", self);
	view_set(page->view, "Feed.title", title);
	return ERR_OK;
}

static enum err
finish(struct feed *feed)
{
	struct page *page = feed->page;
	struct http_response *response = page->response;
	char text[PAGE_TIME_BYTES];

	page_machine_time(feed->updated_ms, text);
	view_set(page->view, "Feed.updated", text);
	response->status = 200;
	response->content_type = "application/atom+xml; charset=utf-8";
	/* What a reply is called is a sentence of ours. */
	response->language = view_language_tags[page->language];
	response->cache_control = "no-cache";
	buf_text(
	    &response->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	return view_render(page->view, VIEW_FEED, &response->body);
}

enum err
machine_feed(struct page *page, const struct board_query *query,
    const char *paged, const struct board_page *listed)
{
	struct feed feed = {.page = page};
	const char *part = board_category(&listed->info, query->category);
	enum err err = begin(&feed, &listed->info, paged, part);

	for (size_t i = 0; i < listed->count && err == ERR_OK; i++)
		err = add_post(&feed, &listed->info, &listed->posts[i]);
	return err != ERR_OK ? err : finish(&feed);
}

/* Ids would do but for posts that came from another board, all at once. */
static int
compare_newest_first(const void *left, const void *right)
{
	const struct post *a = *(const struct post *const *)left;
	const struct post *b = *(const struct post *const *)right;

	if (a->time_ms != b->time_ms)
		return a->time_ms < b->time_ms ? 1 : -1;
	return a->id < b->id ? 1 : a->id > b->id ? -1 : 0;
}

static enum err
add_reply(struct feed *feed, const struct thread *thread, const char *title,
    const struct post *reply)
{
	struct entry entry = {.post = reply, .title = title, .reply = true};
	char root[PAGE_PATH_BYTES], path[PAGE_PATH_BYTES];

	page_path_of_post(thread->post.id, "", root);
	entry.id = arena_printf(
	    feed->page->arena, "%s#reply-%" PRIu64, root, reply->id);
	/* It leads to the page that the reply is on by then. */
	page_path_of_post(reply->id, "", path);
	entry.path = path;
	if (entry.id == NULL)
		return ERR_NO_MEMORY;
	return add_entry(feed, &thread->info, &entry);
}

static enum err
add_replies(struct feed *feed, const struct thread *thread, const char *title)
{
	const struct post **told =
	    arena_zalloc(feed->page->arena, thread->count + 1, sizeof(*told));
	size_t count = 0;
	enum err err = ERR_OK;

	if (told == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < thread->count; i++)
		if (is_told(&thread->replies[i]))
			told[count++] = &thread->replies[i];
	qsort(told, count, sizeof(*told), compare_newest_first);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add_reply(feed, thread, title, told[i]);
	return err;
}

enum err
machine_thread_feed(
    struct page *page, const char *path, const struct thread *thread)
{
	struct feed feed = {.page = page};
	const char *title;
	enum err err;

	if (!machine_thread_is_open(page, thread))
		return ERR_NOT_FOUND;
	title = machine_post_title(page, &thread->post);
	if (title == NULL)
		return ERR_NO_MEMORY;
	err = begin(&feed, &thread->info, path, title);
	if (err == ERR_OK)
		err = add_post(&feed, &thread->info, &thread->post);
	if (err == ERR_OK)
		err = add_replies(&feed, thread, title);
	return err != ERR_OK ? err : finish(&feed);
}
