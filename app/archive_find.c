#include "archive_find.h"

#include "base/number.h"
#include "board/thread.h"
#include "slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REPLY "reply-"

/* Finding one link's target. */
struct search {
	struct archive_finder *finder;
	const struct archive_board *board;
	const struct archive_link *link;
	struct archive_target *target;
	struct store store;
};

const char *
archive_alone(const struct archive_state *state)
{
	return state->alone ? state->boards[0].slug : NULL;
}

enum err
archive_store(const struct conf *conf, struct pool *pool, struct arena *arena,
    const char *slug, struct store *store)
{
	*store = slot_store(conf, pool, arena);
	store->prefix = registry_prefix(arena, store->first, slug);
	return store->prefix == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* The target is the page of a pattern and its numbers on the board. */
static void
lead_to(
    struct search *search, const char *pattern, uint64_t first, uint64_t second)
{
	struct path path = {
	    .numbers = {first, second}, .count = second > 0 ? 2 : 1};

	(void)snprintf(path.pattern, sizeof(path.pattern), "%s", pattern);
	(void)snprintf(path.slug, sizeof(path.slug), "%s", search->board->slug);
	(void)archive_file_of(
	    &path, archive_alone(search->finder->state), search->target->file);
}

/* A template's fragments are right; people's may name anything. */
static void
keep_fragment(struct search *search)
{
	if (search->link->own)
		search->target->fragment = search->link->fragment;
}

static const char *
reply_fragment(struct search *search, uint64_t id)
{
	/* The links' buffer and this arena are two: it is copied there. */
	return arena_printf(search->finder->arena, REPLY "%" PRIu64, id);
}

/* Whether the page itself has the reply, so that nobody need be asked. */
static bool
is_in_page(const struct search *search, uint64_t id)
{
	char mark[48];

	(void)snprintf(mark, sizeof(mark), " id=\"" REPLY "%" PRIu64 "\"", id);
	return search->link->own &&
	       strcmp(search->board->slug, search->finder->slug) == 0 &&
	       strstr(search->finder->html, mark) != NULL;
}

/* A reply's place in its thread; in a secret one nobody has a place. */
static enum err
find_reply(struct search *search, const struct thread_listed *listed)
{
	struct thread_place place;
	enum err err = thread_locate(&search->store, &listed->post, &place);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && place.secret)) {
		lead_to(search, "/posts/#", listed->id, 0);
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	lead_to(search, "/posts/#/page/#", listed->id,
	    place.number / search->finder->conf->site.replies_size + 1);
	search->target->fragment = reply_fragment(search, listed->post.id);
	return search->target->fragment == NULL ? ERR_NO_MEMORY : ERR_OK;
}

/* A post or a reply, by asking; what is not in the list is nowhere. */
static enum err
look_up(struct search *search, uint64_t id, uint64_t number)
{
	struct thread_listed listed;
	enum err err = thread_find_listed(&search->store, id, &listed);

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || !listed.place.listed ||
	    listed.id > search->board->newest)
		return err;
	if (listed.id != id)
		return find_reply(search, &listed);
	lead_to(search, "/posts/#/page/#", id, number);
	keep_fragment(search);
	return ERR_OK;
}

/* "reply-17" behind a post's address that somebody wrote; 0: nothing such. */
static uint64_t
said_reply(const struct archive_link *link)
{
	uint64_t id = 0;

	if (!link->own && strncmp(link->fragment, REPLY, strlen(REPLY)) == 0)
		(void)number_parse(link->fragment + strlen(REPLY),
		    strlen(link->fragment) - strlen(REPLY), 1, POST_ID_MAX,
		    &id);
	return id;
}

static enum err
find_post(struct search *search)
{
	const struct path *path = &search->link->path;
	uint64_t id = path->numbers[0];
	uint64_t reply = said_reply(search->link);
	/* How many pages there are people don't know for ever. */
	uint64_t number =
	    path->count > 1 && search->link->own ? path->numbers[1] : 1;

	if (is_in_page(search, id)) {
		(void)snprintf(search->target->file, ARCHIVE_FILE_BYTES, "%s",
		    search->finder->file);
		search->target->fragment = reply_fragment(search, id);
		return search->target->fragment == NULL ? ERR_NO_MEMORY
							: ERR_OK;
	}
	if (reply > 0) {
		enum err err = look_up(search, reply, 1);

		if (err != ERR_OK || search->target->file[0] != '\0')
			return err;
	}
	/* The file is there: Redis need not tell. */
	lead_to(search, "/posts/#", id, 0);
	if (archive_files_have(search->finder->files, search->target->file)) {
		lead_to(search, "/posts/#/page/#", id, number);
		keep_fragment(search);
		return ERR_OK;
	}
	search->target->file[0] = '\0';
	return look_up(search, id, number);
}

/* The pages of a list are as many as it has posts. */
static enum err
find_in_list(struct search *search)
{
	const struct path *path = &search->link->path;
	uint64_t pages = number_of_pages(
	    search->board->total, search->finder->conf->site.page_size);

	if (path->count > 0 && path->numbers[0] > pages)
		return ERR_OK;
	lead_to(
	    search, path->pattern, path->count > 0 ? path->numbers[0] : 0, 0);
	keep_fragment(search);
	return ERR_OK;
}

/* People's links to a later page of a category lead to its first. */
static enum err
find_category(struct search *search)
{
	const struct path *path = &search->link->path;
	struct board_info info;
	enum err err = ERR_OK;

	if (search->link->own) {
		lead_to(search, path->pattern, path->numbers[0],
		    path->count > 1 ? path->numbers[1] : 0);
		keep_fragment(search);
		return ERR_OK;
	}
	err = board_read_info(&search->store, &info);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK && board_category(&info, path->numbers[0])[0] != '\0')
		lead_to(search, "/category/#", path->numbers[0], 0);
	return err;
}

static enum err
find_page(struct search *search)
{
	const char *pattern = search->link->path.pattern;

	if (strncmp(pattern, "/posts/", strlen("/posts/")) == 0)
		return find_post(search);
	if (strncmp(pattern, "/category/", strlen("/category/")) == 0)
		return find_category(search);
	/* A site with one board has no page of them. */
	if (strcmp(pattern, "/boards") == 0 && search->finder->state->count < 2)
		return ERR_OK;
	return find_in_list(search);
}

static const struct archive_board *
find_board(const struct archive_state *state, const char *slug)
{
	for (size_t i = 0; i < state->count; i++)
		if (strcmp(state->boards[i].slug, slug) == 0)
			return &state->boards[i];
	return NULL;
}

enum err
archive_find(void *context, const struct archive_link *link,
    struct archive_target *target)
{
	struct search search = {
	    .finder = context, .link = link, .target = target};
	const struct archive_state *state = search.finder->state;
	const char *slug = link->path.slug;
	char file[ARCHIVE_FILE_BYTES];
	enum err err;

	if (!archive_file_of(&link->path, archive_alone(state), file))
		return ERR_OK;
	search.board =
	    state->alone ? &state->boards[0] : find_board(state, slug);
	if (search.board == NULL)
		return ERR_OK;
	arena_reset(search.finder->arena);
	err = archive_store(search.finder->conf, search.finder->pool,
	    search.finder->arena, search.board->slug, &search.store);
	return err != ERR_OK ? err : find_page(&search);
}
