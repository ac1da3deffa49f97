/*
 * Looks at every key of boards, says what breaks the rules, and mends what can
 * be mended without guessing, while others read and write: each look is one
 * moment of Redis, and each mending one step that looks again. The rules
 * themselves are in store/scripts/fsck*.lua; README describes the keys. Knows
 * no terminal.
 */
#ifndef MADANG_BOARD_FSCK_H
#define MADANG_BOARD_FSCK_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fsck_end {
	FSCK_LEFT,     /* it can't be mended without guessing */
	FSCK_MENDABLE, /* it could have been */
	FSCK_MENDED
};

/* Texts are UTF-8 that a terminal can show; they live till tell returns. */
struct fsck_finding {
	const char *slug;  /* of the board; "": the first */
	uint64_t id;	   /* of the post; 0: it is of none */
	const char *words; /* "it counts 3 replies and has 2" */
	enum fsck_end end;
};

struct fsck {
	const char *const *slugs; /* of the boards; "": the first */
	size_t boards;		  /* 1 to REGISTRY_MAX */
	bool all;		  /* they are all there are */
	bool repair;		  /* false: nothing at all is written */
	uint64_t trash_seconds;	  /* that a deleted post is kept */
	uint64_t patience_us;	  /* for each round trip */
	void (*tell)(void *context, const struct fsck_finding *finding);
	/* So many more keys and entries of lists are done. */
	void (*step)(void *context, uint64_t count);
	void *context;
};

struct fsck_sums {
	uint64_t posts;	 /* entries of the lists of posts */
	uint64_t keys;	 /* of the boards */
	uint64_t others; /* keys that are none of ours, if all boards count */
	uint64_t found;
	uint64_t mended;
};

/*
 * About how many steps it will take. ERR_UNAVAILABLE, ERR_NO_MEMORY.
 */
enum err fsck_measure(
    const struct store *store, const struct fsck *fsck, uint64_t *steps);

/*
 * Looks at all; what is wrong is no error. The store's until_us does not
 * count. It takes 3 MB as a rule, however large the boards are, and some 60
 * where very many texts are very long. ERR_UNAVAILABLE, ERR_NO_MEMORY,
 * ERR_INTERNAL.
 */
enum err fsck_run(
    const struct store *store, const struct fsck *fsck, struct fsck_sums *sums);

#endif
