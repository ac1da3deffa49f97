#include "owner_call.h"

#include "base/clock.h"
#include "base/number.h"
#include "board/change.h"
#include "board/fill.h"
#include "board/registry.h"
#include "board/tally.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CATEGORY_MAX_CHARS 20

#define BAR_CELLS 40

int
owner_list_boards(struct owner *owner)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;
	enum err err = registry_read(&owner->store, &first, &boards, &count);

	if (err != ERR_OK)
		return owner_failed_by(err);
	for (size_t i = 0; i < count; i++)
		(void)owner_done("%-32s %8" PRIu64 " posts  %s",
		    owner_board_name(boards[i].slug), boards[i].posts,
		    i == 0 && boards[i].title[0] == '\0'
			? owner->conf.site.title
			: boards[i].title);
	return EXIT_SUCCESS;
}

/* How many boards there are. */
static enum err
count_boards(struct owner *owner, size_t *count)
{
	struct registry_board *boards;
	struct board_info first;

	return registry_read_slugs(&owner->store, &first, &boards, count);
}

int
owner_add_board(struct owner *owner)
{
	const char *slug = owner->said->words[0];
	struct board_info info;
	struct store store;
	const char *title;
	size_t count;
	enum err err;
	int status;

	if (!owner_parse_slug(slug))
		return OWNER_EXIT_USAGE;
	status = owner_parse_line(owner, "title", owner->said->title,
	    (size_t)owner->conf.post.title_chars, &title);
	if (status != EXIT_SUCCESS)
		return status;
	err = owner_read_board(owner, slug, &info);
	if (err == ERR_OK)
		return owner_failed(
		    EXIT_FAILURE, "There is a board %s already.", slug);
	if (err == ERR_NOT_FOUND)
		err = count_boards(owner, &count);
	if (err == ERR_OK && count >= REGISTRY_MAX)
		return owner_failed(EXIT_FAILURE,
		    "There are %d boards, which is the most.", REGISTRY_MAX);
	store = owner_store(owner, slug);
	if (err == ERR_OK && store.prefix == NULL)
		err = ERR_NO_MEMORY;
	if (err == ERR_OK)
		err = change_board(&store, slug, title, "");
	if (err != ERR_OK)
		return owner_failed_by(err);
	return owner_done("There is a board %s now: %s.", slug, title);
}

int
owner_title_board(struct owner *owner)
{
	const char *title;
	enum err err;
	int status = owner_parse_line(owner, "title", owner->said->words[0],
	    (size_t)owner->conf.post.title_chars, &title);

	if (status != EXIT_SUCCESS)
		return status;
	err = change_board(&owner->store, owner->slug, title, "");
	if (err != ERR_OK)
		return owner_failed_by(err);
	return owner_done("The board %s is called %s now.",
	    owner_board_name(owner->slug), title);
}

int
owner_add_category(struct owner *owner)
{
	struct board_info info;
	const char *name;
	enum err err;
	int status = owner_parse_line(owner, "category", owner->said->words[0],
	    CATEGORY_MAX_CHARS, &name);

	if (status != EXIT_SUCCESS)
		return status;
	err = board_read_info(&owner->store, &info);
	if (err == ERR_OK)
		err = change_board(&owner->store, owner->slug, "", name);
	if (err == ERR_INVALID && info.categories_count >= BOARD_CATEGORIES_MAX)
		return owner_failed(EXIT_FAILURE,
		    "The board %s has %d categories, which is the most.",
		    owner_board_name(owner->slug), BOARD_CATEGORIES_MAX);
	if (err == ERR_INVALID)
		return owner_failed(EXIT_FAILURE,
		    "The board %s has a category %s already.",
		    owner_board_name(owner->slug), name);
	if (err != ERR_OK)
		return owner_failed_by(err);
	return owner_done("The board %s has a category %s now.",
	    owner_board_name(owner->slug), name);
}

int
owner_tell_stats(struct owner *owner)
{
	struct tally tally;
	enum err err =
	    tally_board(&owner->store, OWNER_COMMAND_MS * 1000, &tally);

	if (err != ERR_OK)
		return owner_failed_by(err);
	(void)owner_done("board: %s", owner_board_name(owner->slug));
	(void)owner_done(
	    "title: %s", owner->slug[0] == '\0' && tally.info.title[0] == '\0'
			     ? owner->conf.site.title
			     : tally.info.title);
	(void)owner_done("posts: %" PRIu64, tally.posts);
	(void)owner_done("replies: %" PRIu64, tally.replies);
	(void)owner_done("secret posts: %" PRIu64, tally.secret);
	(void)owner_done("notices: %" PRIu64, tally.notices);
	(void)owner_done("categories: %zu", tally.info.categories_count);
	(void)owner_done("last id: %" PRIu64, tally.last_id);
	return owner_done("memory of Redis: %s",
	    tally.memory != NULL ? tally.memory : "unknown");
}

/* How far filling is. */
struct progress {
	uint64_t total;
	uint64_t told; /* tenths */
	bool terminal;
};

static void
tell_progress(void *context, uint64_t written)
{
	struct progress *progress = context;
	uint64_t tenths = written * 10 / progress->total;

	if (progress->terminal) {
		int cells = (int)(written * BAR_CELLS / progress->total);

		(void)fprintf(stderr, "\r[%.*s%*s] %" PRIu64 " posts", cells,
		    "########################################",
		    BAR_CELLS - cells, "", written);
		if (written == progress->total)
			(void)fputc('\n', stderr);
	} else if (tenths > progress->told) {
		progress->told = tenths;
		(void)fprintf(stderr, "%" PRIu64 " %%: %" PRIu64 " posts\n",
		    tenths * 10, written);
	}
}

int
owner_fill(struct owner *owner)
{
	const char *word = owner->said->words[0];
	struct progress progress = {.terminal = isatty(STDERR_FILENO) == 1};
	struct fill fill = {.slug = owner->slug,
	    .language = strcmp(owner->conf.site.language, "ko") == 0
			    ? SAMPLE_KOREAN
			    : SAMPLE_ENGLISH,
	    .patience_us = OWNER_COMMAND_MS * 1000,
	    .tell = tell_progress,
	    .context = &progress};
	uint64_t began = clock_monotonic_us();
	uint64_t written;
	enum err err;

	if (!number_parse(word, strlen(word), 1, FILL_POSTS_MAX, &fill.posts))
		return owner_failed(OWNER_EXIT_USAGE,
		    "%s is no number of posts: 1 to %d can be written.", word,
		    FILL_POSTS_MAX);
	progress.total = fill.posts;
	err = fill_board(&owner->store, &fill, &written);
	/* The bar stands in a line that has no end yet. */
	if (progress.terminal && written < fill.posts)
		(void)fputc('\n', stderr);
	if (err != ERR_OK)
		return owner_failed(EXIT_FAILURE,
		    "Only %" PRIu64 " of %" PRIu64 " posts were written: %s.",
		    written, fill.posts, err_text(err));
	return owner_done(
	    "%" PRIu64 " posts with their replies are on the board %s, after "
	    "%.1f seconds.",
	    written, owner_board_name(owner->slug),
	    (double)(clock_monotonic_us() - began) / 1e6);
}
