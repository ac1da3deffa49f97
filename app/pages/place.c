/*
 * /posts/ID/newer, /posts/ID/older and /posts/ID/list: from a post to its
 * neighbours and back to the page of the list that it is on. What other posts
 * come and go changes where they lead, and so a post's own page, which only
 * links to them, stays as it is.
 */
#include "pages/page.h"

#include "board/thread.h"

#include <inttypes.h>

/* To the page of the list that has a thread; to the first without one. */
static enum err
lead_to_list(struct page *page, const struct thread_listed *listed)
{
	uint64_t number =
	    listed->place.position / page->conf->site.page_size + 1;
	char path[PAGE_PATH_BYTES];
	const char *target = path;

	page_path_of_number("/list", number, path);
	if (listed->place.listed)
		target = arena_printf(
		    page->arena, "%s#post-%" PRIu64, path, listed->id);
	return target == NULL ? ERR_NO_MEMORY
			      : page_redirect(page, 303, target);
}

static enum err
find(struct page *page, struct thread_listed *listed)
{
	enum err err = thread_find_listed(&page->store, page->number, listed);

	page->info = listed->info;
	return err;
}

/* 0 is no neighbour: then the list it is. */
static enum err
lead_to_post(struct page *page, const struct thread_listed *listed, uint64_t id)
{
	char path[PAGE_PATH_BYTES];

	if (id == 0)
		return lead_to_list(page, listed);
	page_path_of_post(id, "", path);
	return page_redirect(page, 303, path);
}

enum err
place_show_newer(struct page *page)
{
	struct thread_listed listed;
	enum err err = find(page, &listed);

	return err != ERR_OK ? err
			     : lead_to_post(page, &listed, listed.place.newer);
}

enum err
place_show_older(struct page *page)
{
	struct thread_listed listed;
	enum err err = find(page, &listed);

	return err != ERR_OK ? err
			     : lead_to_post(page, &listed, listed.place.older);
}

enum err
place_show_list(struct page *page)
{
	struct thread_listed listed;
	enum err err = find(page, &listed);

	return err != ERR_OK ? err : lead_to_list(page, &listed);
}
