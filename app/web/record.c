#include "web/record.h"

#include <stdbool.h>
#include <string.h>

#define HEADER_BYTES	 8
#define VERSION		 1
#define BEGIN_REQUEST	 1
#define PARAMS		 4
#define BEGIN_BODY_BYTES 8

/*
 * A request begins with BEGIN_REQUEST, and PARAMS of the same id follow.
 * Management records are not taken: web servers don't send them, and
 * libfcgi writes its answer to FCGI_GET_VALUES beyond a buffer's end when the
 * same name comes often.
 */
static bool
header_is_fine(const unsigned char *header, bool first, const unsigned char *id)
{
	size_t length = (size_t)header[4] << 8 | header[5];

	if (header[0] != VERSION)
		return false;
	if (first)
		return header[1] == BEGIN_REQUEST &&
		       (header[2] != 0 || header[3] != 0) &&
		       length == BEGIN_BODY_BYTES;
	return header[1] == PARAMS && memcmp(&header[2], id, 2) == 0;
}

enum record_state
record_look(const unsigned char *data, size_t length)
{
	size_t at = 0;

	/* A byte is enough to know that it is another protocol. */
	if (length > 0 && data[0] != VERSION)
		return RECORD_BROKEN;
	while (length - at >= HEADER_BYTES) {
		const unsigned char *header = data + at;
		size_t content = (size_t)header[4] << 8 | header[5];
		size_t bytes = HEADER_BYTES + content + header[6];

		if (!header_is_fine(header, at == 0, &data[2]))
			return RECORD_BROKEN;
		if (bytes > length - at)
			return RECORD_WAIT;
		if (header[1] == PARAMS && content == 0)
			return RECORD_WHOLE;
		at += bytes;
	}
	return RECORD_WAIT;
}
