/*
 * For board/fsck: whether people's texts are what a page can show, whichever
 * key they stand in.
 */
#ifndef MADANG_BOARD_FSCK_TEXT_H
#define MADANG_BOARD_FSCK_TEXT_H

#include "board/fsck_look.h"

#include <stddef.h>
#include <stdint.h>

/* Of a key's name so much is told. */
#define FSCK_NAME_MAX_BYTES 256

/* Whose text it is: what of a key is read, and how long it may be. */
enum fsck_text {
	FSCK_TEXT_NONE,
	FSCK_TEXT_NAME,
	FSCK_TEXT_POST,
	FSCK_TEXT_META,
	FSCK_TEXT_WORDS,
	FSCK_TEXT_TRASH,
	FSCK_TEXT_VERSIONS,
	FSCK_TEXT_BOARD
};

struct fsck_text_key {
	enum fsck_text text; /* not FSCK_TEXT_NONE */
	uint64_t id;	     /* of the post; 0: it is of none */
	const char *name;    /* borrowed, as it is in Redis */
	size_t length;
};

/*
 * Reads so many keys' texts in one round trip and tells what is wrong.
 * ERR_UNAVAILABLE, ERR_NO_MEMORY.
 */
#define FSCK_TEXTS 50
enum err fsck_look_at_texts(
    struct fsck_work *work, const struct fsck_text_key *keys, size_t count);

#endif
