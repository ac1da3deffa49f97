/*
 * madang publish: boards as files that any server of files can show, and a
 * browser without one.
 */
#include "owner_call.h"

#include "archive_board.h"

#include "base/clock.h"
#include "board/registry.h"

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* So often a board is begun anew because a post of it went. */
#define TRIES 5

/* What a board has at the top of its folder. */
static const char *const board_files[] = {"posts", "list", "all", "category",
    "index.html", "list.html", "all.html", "latest.html"};

/* What the site has beside them. */
static const char *const site_files[] = {"boards", "boards.html", "static"};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* All that pages depend on beside the posts, in one line. */
static void
set_settings(struct archive_state *state, const struct conf *conf)
{
	(void)snprintf(state->settings, sizeof(state->settings),
	    PACKAGE_VERSION " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s %s %s %s",
	    conf->site.page_size, conf->site.replies_size,
	    conf->site.latest_size, conf->site.language, conf->site.time_zone,
	    conf->site.url, conf->site.title);
	state->settings[strcspn(state->settings, "\n")] = '\0';
}

/* The boards that are asked for, each as it is now. */
static enum err
note_boards(struct owner *owner, struct archive *archive)
{
	struct archive_state *state = &archive->state;
	struct registry_board *boards;
	struct board_info first;
	size_t count = 1;
	enum err err = ERR_OK;

	if (!state->alone)
		err =
		    registry_read_slugs(&owner->store, &first, &boards, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct archive_board *board = &state->boards[i];

		(void)snprintf(board->slug, sizeof(board->slug), "%s",
		    state->alone ? owner->slug : boards[i].slug);
		err = archive_board_note(archive, board);
	}
	state->count = count;
	return err;
}

/* Takes away what was there of a board; NULL: of all that is no board's. */
static enum err
remove_files(struct archive *archive, const char *slug)
{
	const char *const *names = slug != NULL ? board_files : site_files;
	size_t count = slug != NULL ? COUNT(board_files) : COUNT(site_files);
	bool top = slug == NULL || slug[0] == '\0' || archive->state.alone;
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		char path[ARCHIVE_FILE_BYTES];

		(void)snprintf(path, sizeof(path), "%s%s%s%s",
		    top ? "" : "boards/", top ? "" : slug, top ? "" : "/",
		    names[i]);
		err = archive_files_remove(&archive->files, path);
	}
	return err;
}

/*
 * From the beginning. What is left of an earlier archive goes before the state
 * says that there is none, and that of each board as it is begun: a run that
 * ends meanwhile leaves nothing that the next one would not take away.
 */
static enum err
begin(struct owner *owner, struct archive *archive)
{
	struct archive_state *state = &archive->state;
	enum err err;

	*state = (struct archive_state){.alone = owner->said->board != NULL};
	set_settings(state, &owner->conf);
	err = note_boards(owner, archive);
	if (err == ERR_OK)
		err = remove_files(archive, NULL);
	return err == ERR_OK ? archive_state_write(&archive->files, state)
			     : err;
}

/* Whether an archive that was begun can go on with these settings. */
static bool
is_the_same(const struct owner *owner, const struct archive_state *state)
{
	struct archive_state now;

	set_settings(&now, &owner->conf);
	return strcmp(now.settings, state->settings) == 0 &&
	       state->at < state->count &&
	       state->alone == (owner->said->board != NULL) &&
	       (!state->alone ||
		   strcmp(state->boards[0].slug, owner->slug) == 0);
}

/* Where an earlier run ended, or the beginning. */
static enum err
resume(struct owner *owner, struct archive *archive)
{
	const struct archive_state *state = &archive->state;
	enum err err = archive_state_read(&archive->files, &archive->state);

	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !is_the_same(owner, state)))
		return begin(owner, archive);
	if (err == ERR_OK && (state->at > 0 || state->done > 0))
		(void)fprintf(stderr,
		    "madang: going on at post %" PRIu64 " of %" PRIu64
		    " of the board %s\n",
		    state->done, state->boards[state->at].total,
		    owner_board_name(state->boards[state->at].slug));
	return err;
}

static void
begin_progress(struct archive *archive)
{
	const struct archive_state *state = &archive->state;
	uint64_t total = 0;
	uint64_t done = state->done;

	for (size_t i = 0; i < state->count; i++) {
		uint64_t pages = archive_board_pages(
		    archive->slot.shared.conf, &state->boards[i]);

		total += pages;
		done += i < state->at ? pages : 0;
	}
	progress_begin(&archive->progress, "pages", done, total);
}

/* A board that is not any more what was noted of it. */
static enum err
begin_board_anew(struct archive *archive)
{
	struct archive_state *state = &archive->state;
	struct archive_board *board = &state->boards[state->at];
	enum err err;

	progress_end(&archive->progress);
	(void)fprintf(stderr,
	    "madang: a post of the board %s is gone or is back: it is begun "
	    "anew\n",
	    owner_board_name(board->slug));
	err = archive_board_note(archive, board);
	state->done = state->older = 0;
	begin_progress(archive);
	return err == ERR_OK ? archive_state_write(&archive->files, state)
			     : err;
}

static enum err
write_boards(struct archive *archive)
{
	struct archive_state *state = &archive->state;
	int tries = 0;
	enum err err = ERR_OK;

	begin_progress(archive);
	while (err == ERR_OK && state->at < state->count) {
		/* What was there, of before, could be taken for new. */
		if (state->done == 0)
			err = remove_files(
			    archive, state->boards[state->at].slug);
		if (err == ERR_OK)
			err = archive_board_write(archive);
		if (err == ERR_CONFLICT && ++tries < TRIES) {
			err = begin_board_anew(archive);
			continue;
		}
		if (err != ERR_OK)
			break;
		state->at++;
		state->done = state->older = 0;
		tries = 0;
		/* The last one is written down when all is done. */
		if (state->at < state->count)
			err = archive_state_write(&archive->files, state);
	}
	progress_end(&archive->progress);
	return err;
}

/* The page of the boards, when there are several. */
static enum err
write_page_of_boards(struct archive *archive)
{
	struct archive_render render = {.slug = ""};
	enum err err;

	if (archive->state.count < 2)
		return ERR_OK;
	err = archive_render(archive, "/boards", &render);
	return err == ERR_OK ? archive_keep(archive, &render) : err;
}

/* The folder static beside the list of the static files' names. */
static enum err
copy_static(struct archive *archive)
{
	const char *assets = archive->slot.shared.conf->files.assets;
	const char *slash = strrchr(assets, '/');
	char folder[CONF_TEXT_MAX + 8];

	(void)snprintf(folder, sizeof(folder), "%.*s/static",
	    slash != NULL ? (int)(slash - assets) : 1,
	    slash != NULL ? assets : ".");
	return archive_files_copy(&archive->files, folder, "static");
}

static enum err
write_all(struct owner *owner, struct archive *archive)
{
	enum err err = archive_files_open(
	    &archive->files, owner->said->words[0], ARCHIVE_STATE_FILE);

	if (err == ERR_OK)
		err = resume(owner, archive);
	if (err == ERR_OK)
		err = copy_static(archive);
	if (err == ERR_OK)
		err = write_boards(archive);
	if (err == ERR_OK)
		err = write_page_of_boards(archive);
	/* Done: the next run is one from the beginning. */
	return err == ERR_OK
		   ? archive_state_write(&archive->files, &archive->state)
		   : err;
}

static enum err
prepare(struct owner *owner, struct archive *archive)
{
	const struct slot_shared shared = {
	    .conf = &owner->conf, .pool = owner->pool, .at_once = 1};
	enum err err = slot_prepare(&owner->conf);

	archive->arena = arena_create((size_t)owner->conf.limits.request_bytes);
	if (err == ERR_OK && archive->arena == NULL)
		err = ERR_NO_MEMORY;
	return err == ERR_OK ? slot_init(&archive->slot, &shared, NULL) : err;
}

/* Why it was not done, and that little is lost; what was told is enough. */
static int
tell_failure(enum err err)
{
	if (err == ERR_CONFLICT)
		return owner_failed(EXIT_FAILURE,
		    "It was not done: posts go while they are written, too "
		    "often. Please try again.");
	if (err != ERR_CONFIG)
		return owner_failed(EXIT_FAILURE,
		    "It was not done: %s. The same command goes on from here.",
		    err_text(err));
	return EXIT_FAILURE;
}

int
owner_publish(struct owner *owner)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	const char *folder = owner->said->words[0];
	uint64_t began = clock_monotonic_us();
	uint64_t posts = 0;
	enum err err;
	int status;

	if (archive == NULL)
		return owner_failed_by(ERR_NO_MEMORY);
	archive->files.folder = -1;
	err = prepare(owner, archive);
	if (err == ERR_OK)
		err = write_all(owner, archive);
	for (size_t i = 0; i < archive->state.count; i++)
		posts += archive->state.boards[i].total;
	status = err == ERR_OK
		     ? owner_done("%" PRIu64 " posts of %zu board%s are in %s, "
				  "after %.1f seconds.",
			   posts, archive->state.count,
			   archive->state.count == 1 ? "" : "s", folder,
			   (double)(clock_monotonic_us() - began) / 1e6)
		     : tell_failure(err);
	archive_files_close(&archive->files);
	slot_free(&archive->slot);
	arena_destroy(archive->arena);
	free(archive);
	return status;
}
