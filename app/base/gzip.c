#include "base/gzip.h"

#include <limits.h>
#include <zlib.h>

/* Measured on a list: 7 is 2 % smaller than 5 and takes half as long again. */
#define LEVEL 6

/* Of zlib's window, with 16 for a header of gzip. */
#define WINDOW_BITS (15 + 16)

/* Both are uInt to zlib; no page of ours comes near. */
#define LENGTH_MAX (INT_MAX / 2)

enum err
gzip_append(struct buf *out, const void *data, size_t length)
{
	z_stream stream = {.next_in = (z_const Bytef *)data};
	char *room;
	size_t bound;
	int done;

	if (length > LENGTH_MAX ||
	    deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS, 8,
		Z_DEFAULT_STRATEGY) != Z_OK)
		return ERR_NO_MEMORY;
	bound = deflateBound(&stream, (uLong)length);
	room = arena_alloc(out->arena, bound);
	if (room == NULL) {
		(void)deflateEnd(&stream);
		return ERR_NO_MEMORY;
	}
	stream.avail_in = (uInt)length;
	stream.next_out = (Bytef *)room;
	stream.avail_out = (uInt)bound;
	done = deflate(&stream, Z_FINISH);
	(void)deflateEnd(&stream);
	if (done != Z_STREAM_END)
		return ERR_NO_MEMORY;
	buf_append(out, room, bound - stream.avail_out);
	return out->failed ? ERR_NO_MEMORY : ERR_OK;
}
