/*
 * A post's own page: its text and its replies. It tells of nothing but its own
 * thread; the ways to its neighbours and back to the list are pages/place, but
 * in an archive.
 */
#include "pages/page.h"

#include "base/excerpt.h"
#include "base/number.h"
#include "board/thread.h"
#include "pages/machine.h"
#include "pages/own.h"
#include "pages/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Deeper replies stand no further in: a phone is narrow. */
#define LEVEL_MAX 6

#define EXCERPT_CHARS 150

/* Replies in a feed. */
#define FEED_REPLIES 50

static void
set_neighbour(struct page *page, const char *name, uint64_t id)
{
	char path[PAGE_PATH_BYTES];

	if (id == 0)
		return;
	page_path_of_post(id, "", path);
	view_set(page->view, name, path);
}

/* Among files nobody looks the place up: there the page tells it itself. */
static void
set_place(struct page *page, const struct board_place *place)
{
	char path[PAGE_PATH_BYTES];

	if (!place->listed)
		return;
	page_path_of_number(
	    "/list", place->position / page->conf->site.page_size + 1, path);
	view_set(page->view, "Place.path", path);
	set_neighbour(page, "Place.newer", place->newer);
	set_neighbour(page, "Place.older", place->older);
}

static enum err
set_replies(struct page *page, const struct thread *thread)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < thread->count && err == ERR_OK; i++) {
		const struct post *reply = &thread->replies[i];
		char prefix[32];

		(void)snprintf(prefix, sizeof(prefix), "Replies.%zu", i);
		err = page_set_post(page, prefix, reply);
		view_set_number_in(page->view, prefix, "level",
		    reply->depth < LEVEL_MAX ? reply->depth : LEVEL_MAX);
		if (reply->parent != thread->post.id)
			view_set_number_in(
			    page->view, prefix, "parent", reply->parent);
	}
	return err;
}

static enum err
set_excerpt(struct page *page, const struct post *post)
{
	const char *line = excerpt_line(page->arena, post->text, EXCERPT_CHARS);

	if (line == NULL)
		return ERR_NO_MEMORY;
	view_set(page->view, "Page.excerpt", line);
	return ERR_OK;
}

static enum err
show(struct page *page, const struct thread *thread, const char *path,
    const char *token)
{
	char paged[PAGE_PATH_BYTES];
	enum err err = page_begin(page, "post", path);

	if (err == ERR_OK)
		err = page_set_post(page, "Post", &thread->post);
	if (err == ERR_OK)
		err = page_set_line(page, "Post", &thread->post);
	if (err == ERR_OK)
		err = set_replies(page, thread);
	if (err != ERR_OK)
		return err;
	own_set_access(page, thread, token);
	page_path_of_post(thread->post.id, "", paged);
	if (page->archive != NULL)
		set_place(page, &page->archive->place);
	page_set_pager(page, paged, thread->number, thread->pages);
	page_set_posted(page, &thread->key);
	if (page_query_is(page, "recommended", "on"))
		view_set(page->view, "Recommended", "on");
	else if (page_query_is(page, "recommended", "off"))
		view_set(page->view, "Recommended", "off");
	if (thread->hidden || thread->post.deleted || thread->granted ||
	    thread->post.root != 0)
		view_set(page->view, "Page.noindex", "1");
	else {
		view_set(page->view, "Page.feed", paged);
		view_set(page->view, "Page.json", path);
	}
	if (thread->hidden) {
		/* Not for everybody's eyes, and so not for everybody's disk. */
		page->is_private = true;
		view_set(page->view, "Post.hidden", "1");
	}
	if (!thread->hidden && !thread->post.deleted && thread->post.root == 0)
		err = set_excerpt(page, &thread->post);
	if (thread->post.version > 0)
		view_set(page->view, "Post.versions", "1");
	if (!thread->post.secret && !thread->post.deleted)
		reply_set_form(
		    page, thread->post.id, thread->granted ? token : "");
	/* What a query changes is nobody else's page. */
	if (page->request->query[0] == '\0')
		page->response->cache_control = "no-cache";
	return err != ERR_OK ? err : page_end(page, VIEW_POST, 200);
}

/*
 * A reply's own address leads to its place in its thread, whose token may be
 * the one that is given. Where a reply to a secret post stands is nobody
 * else's to know.
 */
static enum err
redirect_to_reply(
    struct page *page, const struct thread *thread, const char *token)
{
	const struct post *reply = &thread->post;
	char path[PAGE_PATH_BYTES];
	struct thread_place place;
	const char *target;
	enum err err = thread_locate(&page->store, reply, &place);

	if (err != ERR_OK)
		return err;
	if (place.secret &&
	    !access_is_granted(&thread->key, reply->root, token)) {
		page_path_of_post(reply->root, "", path);
		return page_redirect(page, 303, path);
	}
	page_path_of_reply(page, reply->root, place.number, path);
	target = page_keep_key(page, path);
	if (target != NULL)
		target = arena_printf(
		    page->arena, "%s#reply-%" PRIu64, target, reply->id);
	return target == NULL ? ERR_NO_MEMORY
			      : page_redirect(page, 303, target);
}

/* "slug/id": it is on another board now. */
static enum err
redirect_to_moved(struct page *page, const char *moved)
{
	const char *slash = strchr(moved, '/');
	struct path path;
	uint64_t id;
	char *target;

	/* madang fsck tells of such. */
	if (slash == NULL ||
	    !number_parse(slash + 1, strlen(slash + 1), 1, POST_ID_MAX, &id))
		return ERR_NOT_FOUND;
	target = arena_printf(page->arena, "%s%.*s/posts%s",
	    slash == moved ? "" : "/boards/", (int)(slash - moved), moved,
	    slash);
	if (target == NULL)
		return ERR_NO_MEMORY;
	if (!path_parse(target, &path))
		return ERR_NOT_FOUND;
	page->board = "";
	return page_redirect(page, 301, target);
}

static enum err
show_any(struct page *page, const struct thread *thread, const char *token)
{
	char post[PAGE_PATH_BYTES];
	char path[PAGE_PATH_BYTES];

	page_path_of_post(thread->post.id, "", post);
	page_path_of_number(post, thread->number, path);
	if (page->format == PATH_JSON)
		return machine_thread(page, path, thread);
	if (page->format == PATH_ATOM)
		return machine_thread_feed(page, path, thread);
	return show(page, thread, path, token);
}

enum err
post_show(struct page *page)
{
	bool html = page->format == PATH_HTML;
	const char *token = html ? page_token(page, "key") : "";
	const struct thread_query query = {
	    .id = page->number,
	    .number = page->second == 0 ? 1 : page->second,
	    .size = page->format == PATH_ATOM ? FEED_REPLIES
					      : page->conf->site.replies_size,
	    .token = token,
	    .tail = page->format == PATH_ATOM,
	};
	struct thread thread;
	char path[PAGE_PATH_BYTES];
	enum err err;

	/* /posts/5/page/1 is /posts/5 under another name. */
	page_path_of_post(page->number, "", path);
	if (page->second == 1)
		return page_redirect_to_first(page, path);
	err = thread_read(&page->store, &query, &thread);
	page->info = thread.info;
	/* Who looks for it will look again: people have links to it. */
	page->is_gone = err == ERR_NOT_FOUND && thread.was_there && html &&
			page->second == 0;
	if (err != ERR_OK)
		return err;
	if (thread.post.moved[0] != '\0')
		return redirect_to_moved(page, thread.post.moved);
	if (thread.post.root != 0 && !html)
		return ERR_NOT_FOUND;
	if (thread.post.root != 0 && !thread.granted)
		return redirect_to_reply(page, &thread, token);
	/* How many pages there are is for those who can read them. */
	if (html && thread.post.secret && page->second > 1)
		return page_redirect(page, 303, path);
	return show_any(page, &thread, token);
}
