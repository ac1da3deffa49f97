#include "archive_state.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Its first line: the version of what follows. */
#define FIRST_LINE "madang publish 1"

/* A line on each board, and the others. */
#define STATE_BYTES (4096 + REGISTRY_MAX * 96)

/* How the first board, which has no slug, is called here. */
#define FIRST_BOARD "/"

enum err
archive_state_write(
    const struct archive_files *files, const struct archive_state *state)
{
	char text[STATE_BYTES];
	int used = snprintf(text, sizeof(text),
	    FIRST_LINE "\n%s\n%s\n%zu %" PRIu64 " %" PRIu64 "\n",
	    state->settings, state->alone ? "one board" : "all boards",
	    state->at, state->done, state->older);

	for (size_t i = 0; i < state->count; i++) {
		const struct archive_board *board = &state->boards[i];

		used += snprintf(text + used, sizeof(text) - (size_t)used,
		    "%s %" PRIu64 " %" PRIu64 "\n",
		    board->slug[0] == '\0' ? FIRST_BOARD : board->slug,
		    board->newest, board->total);
	}
	return archive_files_write(
	    files, ARCHIVE_STATE_FILE, text, (size_t)used);
}

static bool
read_number(char **line, uint64_t *number)
{
	const char *word = strsep(line, " ");

	return word != NULL &&
	       number_parse(word, strlen(word), 0, POST_ID_MAX, number);
}

static bool
read_board(char *line, struct archive_board *board)
{
	const char *slug = strsep(&line, " ");

	if (strcmp(slug, FIRST_BOARD) == 0)
		slug = "";
	else if (!registry_slug_is_valid(slug))
		return false;
	(void)snprintf(board->slug, sizeof(board->slug), "%s", slug);
	return read_number(&line, &board->newest) &&
	       read_number(&line, &board->total) && line == NULL;
}

static bool
read_boards(char *text, struct archive_state *state)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL && line[0] != '\0') {
		if (state->count == REGISTRY_MAX ||
		    !read_board(line, &state->boards[state->count]))
			return false;
		state->count++;
	}
	return state->count > 0 && state->at <= state->count;
}

static bool
read_state(char *text, struct archive_state *state)
{
	const char *first = strsep(&text, "\n");
	const char *settings = strsep(&text, "\n");
	const char *boards = strsep(&text, "\n");
	char *numbers = strsep(&text, "\n");
	uint64_t at = 0;

	*state = (struct archive_state){.at = 0};
	if (text == NULL || strcmp(first, FIRST_LINE) != 0)
		return false;
	(void)snprintf(
	    state->settings, sizeof(state->settings), "%s", settings);
	state->alone = strcmp(boards, "one board") == 0;
	if (!read_number(&numbers, &at) ||
	    !read_number(&numbers, &state->done) ||
	    !read_number(&numbers, &state->older))
		return false;
	state->at = (size_t)at;
	return read_boards(text, state);
}

enum err
archive_state_read(
    const struct archive_files *files, struct archive_state *state)
{
	char text[STATE_BYTES];
	enum err err =
	    archive_files_read(files, ARCHIVE_STATE_FILE, text, sizeof(text));

	if (err != ERR_OK)
		return err;
	return read_state(text, state) ? ERR_OK : ERR_NOT_FOUND;
}
