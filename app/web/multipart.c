#include "web/multipart.h"

#include "web/header.h"

#include <string.h>

#define BOUNDARY_MAX_CHARS     70 /* RFC 2046 section 5.1.1 */
#define PART_HEADERS_MAX_BYTES 4096UL
#define PART_HEADERS_MAX_LINES 16

/*
 * No part takes fewer bytes than its disposition, which bounds the parts of a
 * body before they are counted.
 */
#define PART_MIN_BYTES (sizeof("Content-Disposition:form-data;name=a") - 1)

struct reader {
	struct arena *arena;
	const char *at;
	const char *end;
	char delimiter[BOUNDARY_MAX_CHARS + 5]; /* CR LF "--" boundary */
	size_t delimiter_length;
};

struct part {
	const char *name;
	bool is_file;
};

/* A boundary of RFC 2046's bchars, which doesn't end with a space. */
static bool
is_boundary(const char *text)
{
	static const char allowed[] = "0123456789"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "'()+_,-./:=? ";
	size_t length = strlen(text);

	return length > 0 && length <= BOUNDARY_MAX_CHARS &&
	       strspn(text, allowed) == length && text[length - 1] != ' ';
}

static enum err
reader_init(struct reader *reader, const char *content_type)
{
	const char *boundary;
	enum err err = header_parameter(
	    reader->arena, header_whole(content_type), "boundary", &boundary);

	if (err != ERR_OK)
		return err;
	if (boundary == NULL || !is_boundary(boundary))
		return ERR_MALFORMED;
	reader->delimiter_length = strlen(boundary) + 4;
	memcpy(reader->delimiter, "\r\n--", 4);
	memcpy(reader->delimiter + 4, boundary, reader->delimiter_length - 4);
	return ERR_OK;
}

static bool
begins_with(const char *at, const char *end, const char *text, size_t length)
{
	return (size_t)(end - at) >= length && memcmp(at, text, length) == 0;
}

/*
 * What follows a delimiter: where the next part begins, or NULL where the
 * line goes on and was content after all. *is_last for the closing one.
 */
static const char *
end_delimiter(const char *at, const char *end, bool *is_last)
{
	*is_last = begins_with(at, end, "--", 2);
	if (*is_last)
		return at + 2;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++; /* transport padding */
	return begins_with(at, end, "\r\n", 2) ? at + 2 : NULL;
}

/*
 * Moves past the next delimiter; *content_end is where it began. Each byte
 * is looked at once by memmem(), which is linear, and padding once more.
 */
static enum err
next_delimiter(struct reader *reader, const char **content_end, bool *is_last)
{
	const char *from = reader->at;

	for (;;) {
		const char *found = memmem(from, (size_t)(reader->end - from),
		    reader->delimiter, reader->delimiter_length);
		const char *next;

		if (found == NULL)
			return ERR_MALFORMED;
		from = found + reader->delimiter_length;
		next = end_delimiter(from, reader->end, is_last);
		if (next == NULL)
			continue;
		*content_end = found;
		reader->at = next;
		return ERR_OK;
	}
}

/* Moves past what is before the first part; the body may begin with it. */
static enum err
skip_preamble(struct reader *reader, bool *is_last)
{
	const char *content_end;

	if (begins_with(reader->at, reader->end, reader->delimiter + 2,
		reader->delimiter_length - 2)) {
		const char *next =
		    end_delimiter(reader->at + reader->delimiter_length - 2,
			reader->end, is_last);

		if (next != NULL) {
			reader->at = next;
			return ERR_OK;
		}
	}
	return next_delimiter(reader, &content_end, is_last);
}

/*
 * Browsers write a quote, CR and LF in a name as %22, %0D and %0A, and every
 * other % as it is (WHATWG HTML, "multipart/form-data encoding algorithm").
 */
static const char *
decode_name(struct arena *arena, const char *name)
{
	static const struct {
		const char *code;
		char byte;
	} codes[] = {{"%22", '"'}, {"%0D", '\r'}, {"%0A", '\n'}};
	char *text = arena_copy(arena, name, strlen(name));
	char *to = text;

	if (text == NULL)
		return NULL;
	while (*name != '\0') {
		size_t i;

		for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
			if (strncmp(name, codes[i].code, 3) == 0)
				break;
		}
		if (i < sizeof(codes) / sizeof(codes[0])) {
			*to++ = codes[i].byte;
			name += 3;
		} else {
			*to++ = *name++;
		}
	}
	*to = '\0';
	return text;
}

/* Reads `form-data; name="data"` into *part. */
static enum err
read_disposition(
    struct arena *arena, struct header_piece value, struct part *part)
{
	struct header_piece rest = value;
	struct header_piece type;
	const char *name, *file, *file_encoded;
	enum err err;

	(void)header_next(&rest, ';', &type);
	if (!header_equals(type, "form-data") ||
	    memchr(value.data, '\0', value.length) != NULL)
		return ERR_MALFORMED;
	err = header_parameter(arena, value, "name", &name);
	if (err == ERR_OK)
		err = header_parameter(arena, value, "filename", &file);
	if (err == ERR_OK)
		err =
		    header_parameter(arena, value, "filename*", &file_encoded);
	if (err != ERR_OK)
		return err;
	if (name == NULL || !text_is_utf8(name, strlen(name)))
		return ERR_MALFORMED;
	part->is_file = file != NULL || file_encoded != NULL;
	part->name = decode_name(arena, name);
	return part->name != NULL ? ERR_OK : ERR_NO_MEMORY;
}

/* Takes a line off the front, CR LF with it. */
static enum err
next_line(struct reader *reader, const char *limit, struct header_piece *line)
{
	const char *end =
	    memchr(reader->at, '\n', (size_t)(limit - reader->at));

	if (end == NULL || end == reader->at || end[-1] != '\r')
		return ERR_MALFORMED;
	line->data = reader->at;
	line->length = (size_t)(end - 1 - reader->at);
	reader->at = end + 1;
	return ERR_OK;
}

/*
 * Reads the header lines of a part and the empty one behind them. Of all
 * headers only the disposition means anything (RFC 7578 section 4.8).
 */
static enum err
read_part_headers(struct reader *reader, struct part *part)
{
	const char *limit = reader->end;
	size_t lines;

	if ((size_t)(limit - reader->at) > PART_HEADERS_MAX_BYTES)
		limit = reader->at + PART_HEADERS_MAX_BYTES;
	part->name = NULL;
	for (lines = 0; lines <= PART_HEADERS_MAX_LINES; lines++) {
		struct header_piece line, name;
		enum err err = next_line(reader, limit, &line);

		if (err != ERR_OK)
			return err;
		if (line.length == 0)
			return part->name != NULL ? ERR_OK : ERR_MALFORMED;
		if (!header_next(&line, ':', &name) || line.data == NULL)
			return ERR_MALFORMED;
		if (part->name != NULL ||
		    !header_equals(name, "Content-Disposition"))
			continue;
		err = read_disposition(reader->arena, header_trim(line), part);
		if (err != ERR_OK)
			return err;
	}
	return ERR_MALFORMED;
}

static enum err
keep_value(struct arena *arena, const struct part *part, const char *data,
    size_t length, struct form_pair *pair)
{
	if (!text_is_utf8(data, length))
		return ERR_MALFORMED;
	pair->name = part->name;
	pair->value = arena_copy(arena, data, length);
	pair->length = length;
	return pair->value != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static enum err
read_part(struct reader *reader, struct form_pairs *pairs, bool *is_last)
{
	const char *content, *content_end;
	struct part part = {0};
	enum err err = read_part_headers(reader, &part);

	if (err != ERR_OK)
		return err;
	/*
	 * The empty line's CR LF may be the delimiter's as well: a part
	 * without content may leave its own out (RFC 2046's grammar).
	 */
	content = reader->at;
	reader->at -= 2;
	err = next_delimiter(reader, &content_end, is_last);
	if (err != ERR_OK || part.is_file)
		return err;
	if (content_end < content)
		content_end = content;
	err = keep_value(reader->arena, &part, content,
	    (size_t)(content_end - content), &pairs->list[pairs->count]);
	if (err == ERR_OK)
		pairs->count++;
	return err;
}

enum err
multipart_parse(struct arena *arena, const char *content_type, const char *data,
    size_t length, struct form_pairs *pairs)
{
	struct reader reader = {
	    .arena = arena, .at = data, .end = data + length};
	size_t possible = length / PART_MIN_BYTES + 1;
	bool is_last = false;
	size_t parts = 0;
	enum err err;

	pairs->count = 0;
	pairs->list =
	    arena_zalloc(arena, possible < pairs->max ? possible : pairs->max,
		sizeof(*pairs->list));
	if (pairs->list == NULL)
		return ERR_NO_MEMORY;
	err = reader_init(&reader, content_type);
	if (err == ERR_OK)
		err = skip_preamble(&reader, &is_last);
	while (err == ERR_OK && !is_last) {
		if (parts++ == pairs->max)
			return ERR_BODY_TOO_LARGE;
		err = read_part(&reader, pairs, &is_last);
	}
	return err;
}
