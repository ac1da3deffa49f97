/*
 * One run of board/fsck: what all its parts share, and how they look: a script
 * says what is wrong, it is mended if that is wanted, and told.
 */
#ifndef MADANG_BOARD_FSCK_LOOK_H
#define MADANG_BOARD_FSCK_LOOK_H

#include "board/fsck.h"
#include "board/fsck_marks.h"
#include "store/script.h"

#include <stddef.h>
#include <stdint.h>

/* Posts that one script looks at, if they have no long threads. */
#define FSCK_BATCH 50

struct fsck_board {
	const char *slug;
	const char *prefix;
	uint64_t last_id; /* as the run began; 0: none */
	uint64_t largest; /* of the ids that were come upon */
};

#define FSCK_LATER_MAX 16384
struct fsck_later {
	size_t board;
	uint64_t id;
};

struct fsck_work {
	const struct fsck *fsck;
	struct store store; /* of *board; its arena is reset by each look */
	struct fsck_marks *marks;
	struct fsck_board *boards;
	struct fsck_board *board; /* the one that is looked at */
	struct fsck_sums *sums;
	/* What is looked at when all else was; more comes with the next run. */
	struct fsck_later *later;
	size_t later_count;
	bool ending; /* it is looked at */
};

/* From now on it is about that board. */
void fsck_set_board(struct fsck_work *work, struct fsck_board *board);
/* Empties the arena; Redis may take so long from now. */
void fsck_begin(struct fsck_work *work);

/*
 * The sets of marks of the board: posts and replies that were looked at; posts
 * that their category's list has.
 */
bool fsck_was_seen(const struct fsck_work *work, uint64_t id);
void fsck_mark_sorted(struct fsck_work *work, uint64_t id);
/* In the end: the place of a post that a reply asks for. */
bool fsck_is_asked_for(const struct fsck_work *work, uint64_t id);

/* Words of a script behind its mode: borrowed, at most FSCK_WORDS_MAX. */
#define FSCK_WORDS_MAX 48
struct fsck_words {
	enum script script;
	const char *mode;
	size_t count;
	const char *words[FSCK_WORDS_MAX];
	size_t lengths[FSCK_WORDS_MAX];
};
void fsck_word(struct fsck_words *words, const char *word, size_t length);

/*
 * Looks at what the words say, mends and tells. *count: how many subjects were
 * looked at; *mended: whether something was. NULL: not asked. Words are not in
 * the store's arena. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err fsck_look(struct fsck_work *work, const struct fsck_words *words,
    size_t *count, bool *mended);

/* One round trip of the script for its reply alone. Errors as above. */
enum err fsck_ask(struct fsck_work *work, const struct fsck_words *words,
    const char *wanted, struct reply *reply);

/*
 * Looks at posts, all that is theirs, and marks them; when all was looked at,
 * only whether replies have their places, and places a use. Errors as above.
 */
enum fsck_when { FSCK_LISTED, FSCK_FOUND, FSCK_REPLIES, FSCK_PLACES };
enum err fsck_look_at_posts(struct fsck_work *work, const uint64_t *ids,
    size_t count, enum fsck_when when);

/* Tells what no script found: of a post, or 0. Words in the arena. */
void fsck_tell(
    struct fsck_work *work, uint64_t id, const char *words, enum fsck_end end);

#endif
