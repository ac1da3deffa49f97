#include "web/header.h"

#include <string.h>

static bool
is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* tolower() and strcasecmp() would ask the locale. */
static char
to_lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

struct header_piece
header_whole(const char *text)
{
	return (struct header_piece){text, strlen(text)};
}

struct header_piece
header_trim(struct header_piece piece)
{
	while (piece.length > 0 && is_blank(piece.data[0])) {
		piece.data++;
		piece.length--;
	}
	while (piece.length > 0 && is_blank(piece.data[piece.length - 1]))
		piece.length--;
	return piece;
}

bool
header_equals(struct header_piece piece, const char *text)
{
	size_t i;

	for (i = 0; i < piece.length; i++) {
		if (text[i] == '\0' ||
		    to_lower(piece.data[i]) != to_lower(text[i]))
			return false;
	}
	return text[i] == '\0';
}

static void
advance(struct header_piece *rest, size_t bytes)
{
	rest->data += bytes;
	rest->length -= bytes;
}

/* Takes what is before the first of two bytes, or all there is. */
static struct header_piece
take_until(struct header_piece *rest, char one, char other)
{
	struct header_piece taken = {rest->data, 0};

	while (taken.length < rest->length && taken.data[taken.length] != one &&
	       taken.data[taken.length] != other)
		taken.length++;
	advance(rest, taken.length);
	return header_trim(taken);
}

bool
header_next(
    struct header_piece *rest, char separator, struct header_piece *item)
{
	if (rest->data == NULL)
		return false;
	*item = take_until(rest, separator, separator);
	if (rest->length > 0)
		advance(rest, 1);
	else
		rest->data = NULL;
	return true;
}

/* Takes a quoted string; *value is what is between the quotes. */
static enum err
take_quoted(struct header_piece *rest, struct header_piece *value)
{
	const char *data = rest->data;
	size_t i = 1;

	while (i < rest->length && data[i] != '"') {
		if (data[i] == '\\' && i + 1 < rest->length &&
		    data[i + 1] == '"')
			i++;
		i++;
	}
	if (i >= rest->length)
		return ERR_MALFORMED;
	*value = (struct header_piece){data + 1, i - 1};
	advance(rest, i + 1);
	return ERR_OK;
}

/*
 * Only \" is an escape. Browsers leave a backslash in a field's name as it is
 * and write a quote as %22 (WHATWG HTML, "multipart/form-data encoding
 * algorithm"); programs that follow the RFC write \".
 */
static const char *
unquote(struct arena *arena, struct header_piece quoted)
{
	char *text = arena_alloc(arena, quoted.length + 1);
	size_t length = 0;
	size_t i;

	if (text == NULL)
		return NULL;
	for (i = 0; i < quoted.length; i++) {
		if (quoted.data[i] == '\\' && i + 1 < quoted.length &&
		    quoted.data[i + 1] == '"')
			i++;
		text[length++] = quoted.data[i];
	}
	text[length] = '\0';
	return text;
}

/* Takes "name=value" up to the next semicolon; *value may stay as it is. */
static enum err
take_parameter(struct header_piece *rest, struct header_piece *name,
    struct header_piece *value)
{
	enum err err;

	*name = take_until(rest, '=', ';');
	if (rest->length == 0 || rest->data[0] == ';')
		return ERR_OK;
	advance(rest, 1);
	while (rest->length > 0 && is_blank(rest->data[0]))
		advance(rest, 1);
	if (rest->length == 0 || rest->data[0] != '"') {
		*value = take_until(rest, ';', ';');
		return ERR_OK;
	}
	err = take_quoted(rest, value);
	if (err != ERR_OK)
		return err;
	return take_until(rest, ';', ';').length == 0 ? ERR_OK : ERR_MALFORMED;
}

enum err
header_parameter(struct arena *arena, struct header_piece header,
    const char *name, const char **value)
{
	*value = NULL;
	(void)take_until(&header, ';', ';');
	while (header.length > 0) {
		struct header_piece found = {NULL, 0};
		struct header_piece text = {"", 0};
		enum err err;

		advance(&header, 1);
		err = take_parameter(&header, &found, &text);
		if (err != ERR_OK)
			return err;
		if (!header_equals(found, name))
			continue;
		*value = unquote(arena, text);
		return *value != NULL ? ERR_OK : ERR_NO_MEMORY;
	}
	return ERR_OK;
}

/*
 * "0.8" as 800 (RFC 9110 section 12.4.2: up to three decimals, at most 1);
 * -1 for anything else. strtod() would read by the locale, and "inf".
 */
static int
parse_weight(struct header_piece text)
{
	int weight = 0;
	int unit = HEADER_WEIGHT_FULL;
	size_t i;

	if (text.length == 0 || text.length > 5)
		return -1;
	for (i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (i == 1 && byte == '.')
			continue;
		if (i == 1 || byte < '0' || byte > '9')
			return -1;
		weight += (byte - '0') * unit;
		unit /= 10;
	}
	return weight <= HEADER_WEIGHT_FULL ? weight : -1;
}

bool
header_parse_weighted(
    struct header_piece item, struct header_weighted *weighted)
{
	struct header_piece rest = item;
	struct header_piece weight, name;

	weighted->weight = HEADER_WEIGHT_FULL;
	(void)header_next(&rest, ';', &weighted->name);
	if (weighted->name.length == 0)
		return false;
	if (!header_next(&rest, ';', &weight))
		return true;
	if (rest.data != NULL || !header_next(&weight, '=', &name) ||
	    !header_equals(name, "q") || weight.data == NULL)
		return false;
	weighted->weight = parse_weight(header_trim(weight));
	return weighted->weight >= 0;
}
