#include "board/shape.h"

#include <string.h>

/* Puts the next reply behind its parent and all that is below that. */
static void
shape_grow(struct shape *shape, size_t reply, size_t parent)
{
	size_t place = 0;

	if (parent == shape->count)
		place = reply;
	else
		while (shape->order[place++] != parent)
			;
	while (place < reply &&
	       shape->depths[shape->order[place]] > shape->depths[parent])
		place++;
	memmove(&shape->order[place + 1], &shape->order[place],
	    (reply - place) * sizeof(shape->order[0]));
	shape->order[place] = reply;
	shape->parents[reply] = parent;
	shape->depths[reply] =
	    parent == shape->count ? 1 : shape->depths[parent] + 1;
}

void
shape_make(struct sample *sample, size_t count, struct shape *shape)
{
	shape->count = count;
	for (size_t i = 0; i < count; i++) {
		size_t parent = count;

		if (i > 0 && sample_below(sample, 2) == 0)
			parent = sample_below(sample, i);
		if (parent != count && shape->depths[parent] == SHAPE_DEPTH_MAX)
			parent = count;
		shape_grow(shape, i, parent);
	}
}
