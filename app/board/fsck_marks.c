#include "board/fsck_marks.h"

#include <stdlib.h>

/* Ids lie close together, mostly: pieces of a kilobyte, 8 MB at most. */
#define PIECE_BYTES 1024
#define PIECE_IDS   (8 * PIECE_BYTES)
#define PIECES_MAX  8192
/* A power of two. Half of it stays empty, so that searches are short. */
#define INDEX_SIZE (2 * PIECES_MAX)

#define SETS_MAX 1000

struct piece {
	uint64_t name; /* 1 + which ids of which set */
	unsigned char bits[PIECE_BYTES];
};

struct fsck_marks {
	struct piece *pieces[INDEX_SIZE];
	size_t count;
};

struct fsck_marks *
fsck_marks_create(void)
{
	return calloc(1, sizeof(struct fsck_marks));
}

void
fsck_marks_destroy(struct fsck_marks *marks)
{
	if (marks == NULL)
		return;
	for (size_t i = 0; i < INDEX_SIZE; i++)
		free(marks->pieces[i]);
	free(marks);
}

static uint64_t
name_of(size_t set, uint64_t id)
{
	return id / PIECE_IDS * SETS_MAX + set + 1;
}

/* Where the index has a piece, or where it is to have it. */
static size_t
find_place(const struct fsck_marks *marks, uint64_t name)
{
	size_t place =
	    (size_t)(name * UINT64_C(11400714819323198485) >> 32) % INDEX_SIZE;

	while (
	    marks->pieces[place] != NULL && marks->pieces[place]->name != name)
		place = (place + 1) % INDEX_SIZE;
	return place;
}

void
fsck_marks_add(struct fsck_marks *marks, size_t set, uint64_t id)
{
	uint64_t name = name_of(set, id);
	size_t place = find_place(marks, name);
	struct piece *piece = marks->pieces[place];

	if (piece == NULL && marks->count < PIECES_MAX) {
		piece = calloc(1, sizeof(*piece));
		if (piece == NULL)
			return;
		piece->name = name;
		marks->pieces[place] = piece;
		marks->count++;
	}
	if (piece != NULL)
		piece->bits[id % PIECE_IDS / 8] |=
		    (unsigned char)(1u << (id % 8));
}

bool
fsck_marks_have(const struct fsck_marks *marks, size_t set, uint64_t id)
{
	const struct piece *piece =
	    marks->pieces[find_place(marks, name_of(set, id))];

	return piece != NULL &&
	       (piece->bits[id % PIECE_IDS / 8] & (1u << (id % 8))) != 0;
}
