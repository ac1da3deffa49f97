#include "base/lines.h"

#include "base/digest.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Of zlib's window, with 16 for the header of gzip. */
#define WINDOW_BITS (15 + 16)

/* Backups wait for it as much as for Redis; see README for figures. */
#define LEVEL 3

#define PIECE_BYTES (64UL * 1024)

struct lines_out {
	z_stream stream;
	struct digest_sum sum;
	int file;
	unsigned char packed[PIECE_BYTES];
};

struct lines_in {
	z_stream stream;
	struct digest_sum sum; /* of the lines before the last one */
	size_t longest;
	size_t start;  /* of the line that comes next */
	size_t looked; /* so far there is no line feed behind start */
	size_t end;    /* of what was unpacked */
	size_t room;
	char *text;
	uint64_t number;
	size_t last; /* bytes of the line that was given, with its line feed */
	int file;
	bool begun; /* something was read */
	bool whole; /* the file's end was unpacked */
	unsigned char packed[PIECE_BYTES];
};

enum err
lines_create(int file, struct lines_out **created)
{
	struct lines_out *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return ERR_NO_MEMORY;
	if (deflateInit2(&out->stream, LEVEL, Z_DEFLATED, WINDOW_BITS, 8,
		Z_DEFAULT_STRATEGY) != Z_OK) {
		free(out);
		return ERR_NO_MEMORY;
	}
	out->file = file;
	digest_sum_begin(&out->sum);
	*created = out;
	return ERR_OK;
}

void
lines_discard(struct lines_out *out)
{
	if (out == NULL)
		return;
	(void)deflateEnd(&out->stream);
	free(out);
}

/* Packs all of the bytes, and with Z_FINISH the end of the file. */
static bool
pack(struct lines_out *out, const char *data, size_t length, int flush)
{
	out->stream.next_in = (z_const Bytef *)(uintptr_t)data;
	out->stream.avail_in = (uInt)length;
	do {
		size_t packed;

		out->stream.next_out = out->packed;
		out->stream.avail_out = PIECE_BYTES;
		(void)deflate(&out->stream, flush);
		packed = PIECE_BYTES - out->stream.avail_out;
		if (packed > 0 &&
		    !file_write(out->file, (const char *)out->packed, packed))
			return false;
	} while (out->stream.avail_out == 0);
	return true;
}

bool
lines_write(struct lines_out *out, const char *line, size_t length)
{
	digest_sum_add(&out->sum, line, length);
	digest_sum_add(&out->sum, "\n", 1);
	return pack(out, line, length, Z_NO_FLUSH) &&
	       pack(out, "\n", 1, Z_NO_FLUSH);
}

void
lines_out_digest(const struct lines_out *out, char digest[LINES_DIGEST_BYTES])
{
	digest_sum_hex(&out->sum, digest);
}

bool
lines_finish(struct lines_out *out)
{
	return pack(out, "", 0, Z_FINISH);
}

enum err
lines_open(int file, size_t longest, struct lines_in **opened)
{
	struct lines_in *in = calloc(1, sizeof(*in));

	if (in == NULL)
		return ERR_NO_MEMORY;
	in->room = PIECE_BYTES;
	in->text = malloc(in->room);
	if (in->text == NULL ||
	    inflateInit2(&in->stream, WINDOW_BITS) != Z_OK) {
		free(in->text);
		free(in);
		return ERR_NO_MEMORY;
	}
	in->file = file;
	in->longest = longest;
	digest_sum_begin(&in->sum);
	*opened = in;
	return ERR_OK;
}

void
lines_close(struct lines_in *in)
{
	if (in == NULL)
		return;
	(void)inflateEnd(&in->stream);
	free(in->text);
	free(in);
}

/* More of the file into packed. *got is 0 at its end. */
static bool
read_piece(struct lines_in *in, size_t *got)
{
	ssize_t count;

	do
		count = read(in->file, in->packed, PIECE_BYTES);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return false;
	*got = (size_t)count;
	in->stream.next_in = in->packed;
	in->stream.avail_in = (uInt)count;
	in->begun = in->begun || count > 0;
	return true;
}

/* Whether the file's end is all there is. */
static enum lines_end
look_behind(struct lines_in *in)
{
	size_t got = 0;

	if (in->stream.avail_in > 0)
		return LINES_MORE;
	if (!read_piece(in, &got))
		return LINES_READ_FAILED;
	return got > 0 ? LINES_MORE : LINES_END;
}

/* Room for more text: what was given goes, or there is more of it. */
static enum lines_end
make_room(struct lines_in *in)
{
	size_t room = in->room * 2;
	char *text;

	if (in->start > 0) {
		memmove(in->text, in->text + in->start, in->end - in->start);
		in->end -= in->start;
		in->looked -= in->start;
		in->start = 0;
	}
	if (in->end < in->room - 1)
		return LINES_LINE;
	if (in->end > in->longest)
		return LINES_TOO_LONG;
	text = realloc(in->text, room);
	if (text == NULL)
		return LINES_NO_MEMORY;
	in->text = text;
	in->room = room;
	return LINES_LINE;
}

/* Unpacks something more; LINES_LINE: it did, or may yet. */
static enum lines_end
unpack(struct lines_in *in)
{
	bool begun = in->begun;
	size_t got = 0;
	int done;

	if (in->stream.avail_in == 0) {
		if (!read_piece(in, &got))
			return LINES_READ_FAILED;
		if (got == 0)
			return begun ? LINES_CUT : LINES_NO_GZIP;
	}
	in->stream.next_out = (Bytef *)in->text + in->end;
	in->stream.avail_out = (uInt)(in->room - 1 - in->end);
	done = inflate(&in->stream, Z_NO_FLUSH);
	in->end = in->room - 1 - in->stream.avail_out;
	if (done == Z_STREAM_END)
		in->whole = true;
	else if (done == Z_MEM_ERROR)
		return LINES_NO_MEMORY;
	else if (done != Z_OK && done != Z_BUF_ERROR)
		return in->stream.total_out > 0 || in->number > 0
			   ? LINES_DAMAGED
			   : LINES_NO_GZIP;
	return LINES_LINE;
}

enum lines_end
lines_read(struct lines_in *in, const char **line, size_t *length)
{
	enum lines_end end = LINES_LINE;

	if (in->last > 0)
		digest_sum_add(
		    &in->sum, in->text + in->start - in->last, in->last);
	in->last = 0;
	for (;;) {
		char *feed =
		    memchr(in->text + in->looked, '\n', in->end - in->looked);

		if (feed != NULL) {
			*line = in->text + in->start;
			*length = (size_t)(feed - *line);
			if (*length > in->longest)
				return LINES_TOO_LONG;
			in->last = *length + 1;
			in->start = in->looked = in->start + in->last;
			in->number++;
			return LINES_LINE;
		}
		in->looked = in->end;
		if (in->whole)
			return in->start < in->end ? LINES_CUT
						   : look_behind(in);
		end = make_room(in);
		if (end == LINES_LINE)
			end = unpack(in);
		if (end != LINES_LINE)
			return end;
	}
}

void
lines_in_digest(const struct lines_in *in, char digest[LINES_DIGEST_BYTES])
{
	digest_sum_hex(&in->sum, digest);
}

uint64_t
lines_in_number(const struct lines_in *in)
{
	return in->number;
}

uint64_t
lines_in_bytes(const struct lines_in *in)
{
	return in->stream.total_in;
}
