#include "archive_board.h"

#include "base/number.h"
#include "pages/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Threads that are written till their state is; read together, too. */
#define SLICE 250

/* So often what changed while it was written is written again. */
#define TRIES 5

/* The board that the state is at. */
static const struct archive_board *
board_of(const struct archive *archive)
{
	return &archive->state.boards[archive->state.at];
}

/* A use of it, in the archive's own arena. */
static enum err
begin_store(struct archive *archive, const struct archive_board *board,
    struct store *store)
{
	arena_reset(archive->arena);
	return archive_store(archive->slot.shared.conf,
	    archive->slot.shared.pool, archive->arena, board->slug, store);
}

static struct archive_render
begin_render(const struct archive *archive)
{
	return (struct archive_render){.slug = board_of(archive)->slug,
	    .shown = {.alone = archive->state.alone}};
}

enum err
archive_board_note(struct archive *archive, struct archive_board *board)
{
	struct store store;
	uint64_t *ids = NULL;
	size_t count = 0;
	uint64_t total = 0;
	uint64_t now;
	enum err err = begin_store(archive, board, &store);

	if (err == ERR_OK)
		err = board_read_ids(&store, 0, 1, &ids, &count, &total);
	/* What comes between the two is newer than the one at this place. */
	if (err == ERR_OK && total > 0)
		err = board_read_ids(&store, total - 1, 1, &ids, &count, &now);
	if (err == ERR_OK && total > 0 && count == 0)
		err = ERR_INTERNAL; /* something that is no id */
	board->total = total;
	board->newest = err == ERR_OK && total > 0 ? ids[0] : 0;
	return err;
}

/* /list and /all; and /, and /latest. */
uint64_t
archive_board_pages(const struct conf *conf, const struct archive_board *board)
{
	return board->total +
	       2 * number_of_pages(board->total, conf->site.page_size) + 2;
}

/*
 * How many posts of the list, or of a category, are newer than the archive, and
 * how many it has itself.
 */
static enum err
count_list(struct archive *archive, uint64_t category, uint64_t *newer,
    uint64_t *total)
{
	const struct archive_board *board = board_of(archive);
	struct store store;
	enum err err = begin_store(archive, board, &store);

	if (err == ERR_OK)
		err = board_count_newer(
		    &store, category, board->newest, newer, total);
	if (err == ERR_OK)
		*total -= *newer < *total ? *newer : *total;
	return err;
}

/* Whether all that was on the board still is. */
static enum err
check_board(struct archive *archive)
{
	uint64_t newer, total;
	enum err err = count_list(archive, 0, &newer, &total);

	if (err == ERR_OK && total != board_of(archive)->total)
		err = ERR_CONFLICT;
	return err;
}

/* Threads */

/* Each page of a thread; ERR_NOT_FOUND: one went while it was written. */
static enum err
write_pages(struct archive *archive, uint64_t id, struct archive_render *render)
{
	char post[PAGE_PATH_BYTES];
	char path[PAGE_PATH_BYTES];
	uint64_t pages = 1;
	enum err err = ERR_OK;

	page_path_of_post(id, "", post);
	for (uint64_t n = 1; n <= pages && err == ERR_OK; n++) {
		page_path_of_number(post, n, path);
		err = archive_render(archive, path, render);
		if (err == ERR_OK && n == 1)
			pages = render->pages;
		if (err == ERR_OK)
			err = archive_keep(archive, render);
	}
	return err;
}

static enum err
write_thread(
    struct archive *archive, uint64_t id, const struct board_place *place)
{
	struct archive_render render = begin_render(archive);
	enum err err = ERR_NOT_FOUND;

	render.shown.place = *place;
	for (int i = 0; i < TRIES && err == ERR_NOT_FOUND; i++)
		err = write_pages(archive, id, &render);
	/* Listed, but without its keys: nobody can see it. */
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/*
 * The next ids to write, from the oldest on, and one more; into room for
 * SLICE + 1. Entries that are no ids are left out.
 */
static enum err
read_slice(struct archive *archive, uint64_t *slice, size_t *count)
{
	const struct archive_board *board = board_of(archive);
	uint64_t left = board->total - archive->state.done;
	uint64_t size = left > SLICE ? SLICE + 1 : left;
	struct store store;
	uint64_t *ids = NULL;
	uint64_t total;
	enum err err = begin_store(archive, board, &store);

	*count = 0;
	if (err == ERR_OK)
		err = board_read_ids(
		    &store, archive->state.done, size, &ids, count, &total);
	for (size_t i = 0; err == ERR_OK && i < *count; i++)
		slice[i] = ids[*count - 1 - i];
	return err;
}

/* The next ones of the board's threads; then the state says so. */
static enum err
write_slice(struct archive *archive)
{
	struct archive_state *state = &archive->state;
	uint64_t left = board_of(archive)->total - state->done;
	size_t step = left > SLICE ? SLICE : (size_t)left;
	uint64_t slice[SLICE + 1];
	size_t count;
	enum err err = read_slice(archive, slice, &count);

	for (size_t i = 0; i < count && i < step && err == ERR_OK; i++) {
		const struct board_place place = {.listed = true,
		    .position = left - 1 - i,
		    .newer = i + 1 < count ? slice[i + 1] : 0,
		    .older = state->older};

		err = write_thread(archive, slice[i], &place);
		state->older = slice[i];
		progress_add(&archive->progress, 1);
	}
	if (err == ERR_OK)
		err = check_board(archive);
	if (err != ERR_OK)
		return err;
	state->done += step;
	return archive_state_write(&archive->files, state);
}

/* Lists */

/* What a list is while none of its pages is written: it must stay so. */
struct list {
	const char *path; /* of its first page */
	uint64_t category;
	uint64_t newer;
	uint64_t total;
};

/* The page is rendered from a list that was the same before and after. */
static enum err
render_page(struct archive *archive, struct list *list, const char *path,
    struct archive_render *render)
{
	enum err err = ERR_OK;

	for (int i = 0; i < TRIES && err == ERR_OK; i++) {
		uint64_t newer = list->newer;
		uint64_t total;

		render->shown.skip = newer;
		err = archive_render(archive, path, render);
		if (err == ERR_NOT_FOUND)
			return ERR_CONFLICT;
		if (err == ERR_OK)
			err = count_list(
			    archive, list->category, &list->newer, &total);
		if (err == ERR_OK && total != list->total)
			return ERR_CONFLICT;
		if (err == ERR_OK && newer == list->newer)
			return ERR_OK;
	}
	return err == ERR_OK ? ERR_CONFLICT : err;
}

static enum err
begin_list(struct archive *archive, struct list *list)
{
	return count_list(archive, list->category, &list->newer, &list->total);
}

/* One page, into its file or, if it is given, into another. */
static enum err
write_page(struct archive *archive, struct list *list, const char *path,
    const char *home, struct archive_render *render)
{
	enum err err = render_page(archive, list, path, render);
	struct path parsed = {.pattern = "/"};

	if (err == ERR_OK && home != NULL) {
		(void)snprintf(
		    parsed.slug, sizeof(parsed.slug), "%s", render->slug);
		if (!archive_file_of(
			&parsed, archive_alone(&archive->state), render->file))
			err = ERR_INTERNAL;
	}
	if (err == ERR_OK)
		err = archive_keep(archive, render);
	if (err == ERR_OK && list->category == 0)
		progress_add(&archive->progress, 1);
	return err;
}

/* Every page of a list that is paged. */
static enum err
write_list(
    struct archive *archive, struct list *list, struct archive_render *render)
{
	char path[PAGE_PATH_BYTES];
	uint64_t pages = 1;
	enum err err = begin_list(archive, list);

	for (uint64_t n = 1; n <= pages && err == ERR_OK; n++) {
		page_path_of_number(list->path, n, path);
		err = write_page(archive, list, path, NULL, render);
		if (n == 1)
			pages = render->pages;
	}
	return err;
}

/* A category: posts come into it and leave it when they are edited. */
static enum err
write_category(struct archive *archive, uint64_t number)
{
	struct archive_render render = begin_render(archive);
	char path[PAGE_PATH_BYTES];
	struct list list = {.path = path, .category = number};
	enum err err = ERR_CONFLICT;

	(void)snprintf(path, sizeof(path), "/category/%" PRIu64, number);
	for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++)
		err = write_list(archive, &list, &render);
	return err;
}

static enum err
write_lists(struct archive *archive)
{
	struct archive_render render = begin_render(archive);
	struct list list = {.path = "/list"};
	struct list all = {.path = "/all"};
	bool categories[BOARD_CATEGORIES_MAX] = {false};
	enum err err = begin_list(archive, &list);

	/* The front page of an archive is its list: there is no form. */
	if (err == ERR_OK)
		err = write_page(archive, &list, "/list", "/", &render);
	for (size_t i = 0; err == ERR_OK && i < render.info.categories_count;
	     i++)
		categories[i] = render.info.categories[i][0] != '\0';
	if (err == ERR_OK)
		err = write_page(archive, &list, "/latest", NULL, &render);
	if (err == ERR_OK)
		err = write_list(archive, &list, &render);
	if (err == ERR_OK)
		err = write_list(archive, &all, &render);
	for (size_t i = 0; err == ERR_OK && i < BOARD_CATEGORIES_MAX; i++)
		if (categories[i])
			err = write_category(archive, i + 1);
	return err;
}

enum err
archive_board_write(struct archive *archive)
{
	enum err err = ERR_OK;

	while (err == ERR_OK && archive->state.done < board_of(archive)->total)
		err = write_slice(archive);
	if (err == ERR_OK)
		err = write_lists(archive);
	return err == ERR_OK ? check_board(archive) : err;
}
