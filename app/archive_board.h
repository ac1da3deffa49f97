/*
 * The walk over one board of an archive: its threads from the oldest on, each
 * with all its pages, then its lists. A board may be written to meanwhile: it
 * is shown as it was when its newest post was noted in the state.
 */
#ifndef MADANG_ARCHIVE_BOARD_H
#define MADANG_ARCHIVE_BOARD_H

#include "archive_page.h"

/* Notes the newest post and how many there are. Errors of Redis. */
enum err archive_board_note(
    struct archive *archive, struct archive_board *board);

/* The pages that it has, about; a file each. */
uint64_t archive_board_pages(
    const struct conf *conf, const struct archive_board *board);

/*
 * Writes what is not yet done of the state's board, and writes the state down
 * now and then. ERR_CONFLICT: a post of it was taken away, or brought back;
 * ERR_CONFIG (told), and errors of Redis.
 */
enum err archive_board_write(struct archive *archive);

#endif
