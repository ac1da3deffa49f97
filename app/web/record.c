#include "web/record.h"

#include <stdint.h>
#include <string.h>

#define VERSION		 1
#define BEGIN_REQUEST	 1
#define END_REQUEST	 3
#define PARAMS		 4
#define STDIN		 5
#define STDOUT		 6
#define BEGIN_BODY_BYTES 8

static size_t
content_length(const unsigned char *header)
{
	return (size_t)header[4] << 8 | header[5];
}

/*
 * A request begins with BEGIN_REQUEST, and PARAMS of the same id follow.
 * Management records are not taken: web servers don't send them; nor padding
 * behind BEGIN_REQUEST, which libfcgi (2.4.2) reads as the next record.
 */
static bool
header_is_fine(const unsigned char *header, bool first, const unsigned char *id)
{
	if (header[0] != VERSION)
		return false;
	if (first)
		return header[1] == BEGIN_REQUEST &&
		       (header[2] != 0 || header[3] != 0) &&
		       content_length(header) == BEGIN_BODY_BYTES &&
		       header[6] == 0;
	return header[1] == PARAMS && memcmp(&header[2], id, 2) == 0;
}

/* A name and a value follow their lengths, each of one byte or of four. */
struct params {
	unsigned char lengths[8];
	size_t got;
	uint64_t skipped; /* of the name and the value, still to come */
};

static size_t
bytes_of_length(unsigned char first)
{
	return (first & 0x80) != 0 ? 4 : 1;
}

static uint64_t
read_length(const unsigned char *bytes)
{
	if (bytes_of_length(bytes[0]) == 1)
		return bytes[0];
	return (uint64_t)(bytes[0] & 0x7f) << 24 | (uint64_t)bytes[1] << 16 |
	       (uint64_t)bytes[2] << 8 | bytes[3];
}

static void
params_take(struct params *params, const unsigned char *data, size_t length)
{
	const unsigned char *lengths = params->lengths;

	for (size_t i = 0; i < length;) {
		size_t first;

		if (params->skipped > 0) {
			size_t some = length - i < params->skipped
					  ? length - i
					  : (size_t)params->skipped;

			params->skipped -= some;
			i += some;
			continue;
		}
		params->lengths[params->got++] = data[i++];
		first = bytes_of_length(lengths[0]);
		if (params->got <= first ||
		    params->got < first + bytes_of_length(lengths[first]))
			continue;
		params->skipped =
		    read_length(lengths) + read_length(lengths + first);
		params->got = 0;
	}
}

/*
 * Whether the parameters of a whole request end where its records do. libfcgi
 * has room made for whatever length is said, and ends the process where there
 * is none.
 */
static bool
params_are_whole(const unsigned char *data, size_t head)
{
	struct params params = {.got = 0};

	for (size_t at = 0; at < head;) {
		const unsigned char *header = data + at;

		if (header[1] == PARAMS)
			params_take(&params, header + RECORD_HEADER_BYTES,
			    content_length(header));
		at += RECORD_HEADER_BYTES + content_length(header) + header[6];
	}
	return params.skipped == 0 && params.got == 0;
}

enum record_state
record_look(const unsigned char *data, size_t length, size_t *head)
{
	size_t at = 0;

	/* A byte is enough to know that it is another protocol. */
	if (length > 0 && data[0] != VERSION)
		return RECORD_BROKEN;
	while (length - at >= RECORD_HEADER_BYTES) {
		const unsigned char *header = data + at;
		size_t content = content_length(header);
		size_t bytes = RECORD_HEADER_BYTES + content + header[6];

		if (!header_is_fine(header, at == 0, &data[2]))
			return RECORD_BROKEN;
		if (bytes > length - at)
			return RECORD_WAIT;
		at += bytes;
		if (header[1] == PARAMS && content == 0) {
			*head = at;
			return params_are_whole(data, at) ? RECORD_WHOLE
							  : RECORD_BROKEN;
		}
	}
	return RECORD_WAIT;
}

static void
body_begin_record(struct record_body *body)
{
	const unsigned char *header = body->header;

	body->header_length = 0;
	body->content = content_length(header);
	body->padding = header[6];
	body->broken = header[0] != VERSION || header[1] != STDIN ||
		       (header[2] << 8 | header[3]) != body->id;
	body->ended = !body->broken && body->content == 0;
}

static size_t
smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

size_t
record_body_take(struct record_body *body, const unsigned char **data,
    size_t *length, char *out, size_t size)
{
	size_t got = 0;

	while (*length > 0 && !body->ended && !body->broken) {
		size_t some = 1;

		if (body->content > 0) {
			some = smaller(
			    smaller(body->content, *length), size - got);
			if (some == 0)
				break;
			memcpy(out + got, *data, some);
			got += some;
			body->content -= some;
		} else if (body->padding > 0) {
			some = smaller(body->padding, *length);
			body->padding -= some;
		} else {
			body->header[body->header_length++] = **data;
			if (body->header_length == RECORD_HEADER_BYTES)
				body_begin_record(body);
		}
		*data += some;
		*length -= some;
	}
	return got;
}

static void
write_header(unsigned char *header, int type, int id, size_t length)
{
	memset(header, 0, RECORD_HEADER_BYTES);
	header[0] = VERSION;
	header[1] = (unsigned char)type;
	header[2] = (unsigned char)(id >> 8 & 0xff);
	header[3] = (unsigned char)(id & 0xff);
	header[4] = (unsigned char)(length >> 8 & 0xff);
	header[5] = (unsigned char)(length & 0xff);
}

void
record_begin_output(
    unsigned char header[RECORD_HEADER_BYTES], int id, size_t length)
{
	write_header(header, STDOUT, id, length);
}

void
record_end_output(unsigned char end[RECORD_END_BYTES], int id)
{
	/* Its content: an exit status of 0, and FCGI_REQUEST_COMPLETE, 0. */
	memset(end, 0, RECORD_END_BYTES);
	write_header(end, STDOUT, id, 0);
	write_header(
	    end + RECORD_HEADER_BYTES, END_REQUEST, id, RECORD_HEADER_BYTES);
}
