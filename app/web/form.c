#include "web/form.h"

#include "web/header.h"
#include "web/multipart.h"

#include <string.h>

static int
hex_digit(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return -1;
}

/*
 * Decodes length bytes to *to, writes a NUL behind them and moves *to past
 * it. What comes out is never longer than what went in.
 */
static enum err
decode_piece(const char *data, size_t length, char **to)
{
	char *start = *to;
	char *at = start;
	size_t i;

	for (i = 0; i < length; i++) {
		int high, low;

		if (data[i] != '%') {
			*at++ = data[i] == '+' ? ' ' : data[i];
			continue;
		}
		if (length - i < 3)
			return ERR_MALFORMED;
		high = hex_digit(data[i + 1]);
		low = hex_digit(data[i + 2]);
		if (high < 0 || low < 0)
			return ERR_MALFORMED;
		*at++ = (char)(high * 16 + low);
		i += 2;
	}
	*at = '\0';
	*to = at + 1;
	if (!text_is_utf8(start, (size_t)(at - start)))
		return ERR_MALFORMED;
	return ERR_OK;
}

/* Decodes "name=value" into *pair, its text at *to. */
static enum err
decode_pair(const char *data, size_t length, char **to, struct form_pair *pair)
{
	const char *equals = memchr(data, '=', length);
	size_t name_length = equals == NULL ? length : (size_t)(equals - data);
	enum err err;

	pair->name = *to;
	err = decode_piece(data, name_length, to);
	if (err != ERR_OK)
		return err;
	pair->value = "";
	pair->length = 0;
	if (equals == NULL)
		return ERR_OK;
	pair->value = *to;
	err = decode_piece(equals + 1, length - name_length - 1, to);
	if (err == ERR_OK)
		pair->length = (size_t)(*to - pair->value) - 1;
	return err;
}

/* The bytes up to the next & or the end. */
static size_t
piece_length(const char *data, const char *end)
{
	const char *separator = memchr(data, '&', (size_t)(end - data));

	return (size_t)((separator != NULL ? separator : end) - data);
}

static size_t
count_pieces(const char *data, const char *end)
{
	size_t count = 0;

	while (data < end) {
		size_t length = piece_length(data, end);

		if (length > 0)
			count++;
		data += length + (data + length < end ? 1 : 0);
	}
	return count;
}

enum err
form_parse_urlencoded(struct arena *arena, const char *data, size_t length,
    struct form_pairs *pairs)
{
	const char *end = data + length;
	size_t count = count_pieces(data, end);
	char *text;

	pairs->list = NULL;
	pairs->count = 0;
	if (count > pairs->max)
		return ERR_BODY_TOO_LARGE;
	/* A NUL takes the place of each = and &, one more ends the last. */
	text = arena_alloc(arena, length + 1);
	pairs->list = arena_zalloc(arena, count, sizeof(*pairs->list));
	if (text == NULL || pairs->list == NULL)
		return ERR_NO_MEMORY;
	while (data < end) {
		size_t piece = piece_length(data, end);

		if (piece > 0) {
			enum err err = decode_pair(
			    data, piece, &text, &pairs->list[pairs->count]);

			if (err != ERR_OK)
				return err;
			pairs->count++;
		}
		data += piece + (data + piece < end ? 1 : 0);
	}
	return ERR_OK;
}

static const struct form_pair *
find_pair(const struct form_pairs *pairs, const char *name)
{
	size_t i;

	for (i = 0; i < pairs->count; i++) {
		if (strcmp(pairs->list[i].name, name) == 0)
			return &pairs->list[i];
	}
	return NULL;
}

/* Of what is kept as it is: a token's letters are ours, a password's not. */
static enum text_problem
check_kept(const struct form_pair *pair, const struct form_field *field)
{
	if (pair->length == 0)
		return TEXT_EMPTY;
	for (size_t i = 0; i < pair->length && field->kind == FORM_TOKEN; i++)
		if (pair->value[i] < 0x21 || pair->value[i] > 0x7e)
			return TEXT_CONTROL;
	return pair->length > field->max_chars ? TEXT_TOO_LONG : TEXT_FINE;
}

static enum err
read_value(struct arena *arena, const struct form_field *field,
    const struct form_pair *pair, struct form_value *value)
{
	struct text_rules rules = {
	    .one_line = field->kind == FORM_LINE,
	    .max_chars = field->max_chars,
	};
	struct text text = {.data = "", .length = 0};
	enum err err;

	value->typed = pair->value;
	if (field->kind == FORM_TOKEN || field->kind == FORM_PASSWORD) {
		text.problem = check_kept(pair, field);
		if (text.problem == TEXT_FINE) {
			text.data = pair->value;
			text.length = text.chars = pair->length;
		}
	} else {
		err =
		    text_clean(arena, pair->value, pair->length, &rules, &text);
		if (err != ERR_OK)
			return err;
	}
	value->problem = text.problem;
	value->state = text.problem == TEXT_FINE ? FORM_VALID : FORM_INVALID;
	value->text = text.data;
	value->length = text.length;
	value->chars = text.chars;
	return ERR_OK;
}

static void
clear_values(struct form_value *values, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		values[i] = (struct form_value){
		    .state = FORM_ABSENT,
		    .problem = TEXT_EMPTY,
		    .typed = "",
		    .text = "",
		};
}

static enum err
read_values(struct arena *arena, const struct form_pairs *pairs,
    const struct form_field *fields, size_t count, struct form_value *values)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct form_pair *pair = find_pair(pairs, fields[i].name);
		enum err err;

		if (pair == NULL)
			continue;
		err = read_value(arena, &fields[i], pair, &values[i]);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* Forms are UTF-8 here; a charset that says otherwise is believed. */
static enum err
check_charset(struct arena *arena, const char *content_type)
{
	const char *charset;
	enum err err = header_parameter(
	    arena, header_whole(content_type), "charset", &charset);

	if (err != ERR_OK)
		return err;
	if (charset != NULL && !header_equals(header_whole(charset), "utf-8"))
		return ERR_MEDIA_TYPE;
	return ERR_OK;
}

static enum err
parse_body(struct arena *arena, const char *content_type, const char *body,
    size_t length, struct form_pairs *pairs)
{
	struct header_piece rest = header_whole(content_type);
	struct header_piece type;
	enum err err = check_charset(arena, content_type);

	if (err != ERR_OK)
		return err;
	(void)header_next(&rest, ';', &type);
	if (header_equals(type, "application/x-www-form-urlencoded"))
		return form_parse_urlencoded(arena, body, length, pairs);
	if (header_equals(type, "multipart/form-data"))
		return multipart_parse(
		    arena, content_type, body, length, pairs);
	if (type.length == 0 && length == 0)
		return ERR_OK;
	return ERR_MEDIA_TYPE;
}

enum err
form_read(struct arena *arena, const char *content_type, const char *body,
    size_t length, size_t max_fields, const struct form_field *fields,
    size_t count, struct form_value *values)
{
	struct form_pairs pairs = {.max = max_fields};
	enum err err;

	clear_values(values, count);
	err = parse_body(arena, content_type, body, length, &pairs);
	if (err != ERR_OK)
		return err;
	return read_values(arena, &pairs, fields, count, values);
}

enum err
form_read_query(struct arena *arena, const char *query, size_t max_fields,
    const struct form_field *fields, size_t count, struct form_value *values)
{
	struct form_pairs pairs = {.max = max_fields};
	enum err err;

	clear_values(values, count);
	err = form_parse_urlencoded(arena, query, strlen(query), &pairs);
	if (err != ERR_OK)
		return err;
	return read_values(arena, &pairs, fields, count, values);
}
