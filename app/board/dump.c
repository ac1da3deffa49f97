#include "board/dump.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

const char *const dump_kind_names[DUMP_KINDS] = {
    [DUMP_BEGIN] = "begin",
    [DUMP_POST] = "post",
    [DUMP_VIEWS] = "views",
    [DUMP_BOARD] = "board",
    [DUMP_END] = "end",
};

const struct dump_part dump_text_parts[DUMP_TEXTS] = {
    [DUMP_NAME] = {"name", DUMP_POST, DUMP_LIST},
    [DUMP_TEXT] = {"text", DUMP_POST, DUMP_LIST},
    [DUMP_LAST_ID] = {"last_id", DUMP_BOARD, DUMP_LIST},
    [DUMP_SECRET_KEY] = {"key", DUMP_BOARD, DUMP_LIST},
    [DUMP_BY] = {"by", DUMP_BEGIN, DUMP_LIST},
    [DUMP_SHA256] = {"sha256", DUMP_END, DUMP_LIST},
};

const struct dump_part dump_list_parts[DUMP_LISTS] = {
    [DUMP_META] = {"meta", DUMP_POST, DUMP_HASH},
    [DUMP_WORDS] = {"secret", DUMP_POST, DUMP_HASH},
    [DUMP_VERSIONS] = {"versions", DUMP_POST, DUMP_PARTED},
    [DUMP_RECOMMEND] = {"recommend", DUMP_POST, DUMP_LIST},
    [DUMP_REPLIES] = {"replies", DUMP_POST, DUMP_LIST},
    [DUMP_TRASH] = {"trash", DUMP_POST, DUMP_HASH},
    [DUMP_COUNTS] = {"counts", DUMP_VIEWS, DUMP_HASH},
    [DUMP_ABOUT] = {"about", DUMP_BOARD, DUMP_HASH},
    [DUMP_NOTICES] = {"notices", DUMP_BOARD, DUMP_LIST},
};

const char *const dump_number_names[DUMP_KINDS] = {
    [DUMP_POST] = "id",
    [DUMP_VIEWS] = "number",
    [DUMP_END] = "lines",
};

const char *const dump_version_names[DUMP_KINDS] = {
    [DUMP_BEGIN] = "format",
    [DUMP_BOARD] = "layout",
};

bool
dump_name_is_valid(const char *name, size_t length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_:.-";

	return length > 0 && length <= DUMP_NAME_MAX_BYTES &&
	       strspn(name, letters) == length;
}

/* What has to be written as something else in a string: RFC 8259, 7. */
static size_t
plain_bytes(const char *data, size_t length)
{
	size_t count = 0;

	while (count < length && (unsigned char)data[count] >= ' ' &&
	       data[count] != '"' && data[count] != '\\')
		count++;
	return count;
}

static void
write_escaped(struct buf *out, char byte)
{
	static const char hex[] = "0123456789abcdef";
	char text[] = "\\u0000";

	if (byte == '\n') {
		buf_append(out, "\\n", 2);
	} else if (byte == '"' || byte == '\\') {
		buf_append(out, "\\", 1);
		buf_append(out, &byte, 1);
	} else {
		text[4] = hex[(unsigned char)byte >> 4];
		text[5] = hex[(unsigned char)byte & 15];
		buf_append(out, text, 6);
	}
}

/* A string; an object of another where the bytes are no text. */
static void
write_text(struct buf *out, const char *data, size_t length)
{
	char *letters;

	if (!text_is_utf8(data, length)) {
		letters = base64_write(out->arena, data, length);
		out->failed = out->failed || letters == NULL;
		if (letters == NULL)
			return;
		buf_text(out, "{\"base64\":\"");
		buf_text(out, letters);
		buf_text(out, "\"}");
		return;
	}
	buf_append(out, "\"", 1);
	while (length > 0) {
		size_t count = plain_bytes(data, length);

		buf_append(out, data, count);
		data += count;
		length -= count;
		if (length > 0) {
			write_escaped(out, *data++);
			length--;
		}
	}
	buf_append(out, "\"", 1);
}

/* The comma between values, and a value's name. */
static void
write_name(struct buf *out, const char *name)
{
	if (out->length > 0 && out->data[out->length - 1] != '{')
		buf_append(out, ",", 1);
	buf_append(out, "\"", 1);
	buf_text(out, name);
	buf_append(out, "\":", 2);
}

static void
write_number(struct buf *out, const char *name, uint64_t number)
{
	char digits[NUMBER_TEXT_BYTES];

	write_name(out, name);
	buf_append(out, digits, number_write(number, digits));
}

static void
write_hash(struct buf *out, const struct dump_list *list)
{
	buf_append(out, "{", 1);
	for (size_t i = 0; i + 1 < list->count; i += 2) {
		const struct dump_text *name = &list->items[i];

		if (!dump_name_is_valid(name->data, name->length))
			continue;
		write_name(out, name->data);
		write_text(
		    out, list->items[i + 1].data, list->items[i + 1].length);
	}
	buf_append(out, "}", 1);
}

/* What stands between NULs, as a list of its own. */
static void
write_parts(struct buf *out, const struct dump_text *text)
{
	size_t from = 0;

	buf_append(out, "[", 1);
	while (from <= text->length) {
		const char *part = text->data + from;
		size_t length = strlen(part);

		if (from > 0)
			buf_append(out, ",", 1);
		write_text(out, part, length);
		from += length + 1;
	}
	buf_append(out, "]", 1);
}

static void
write_list(struct buf *out, const struct dump_list *list, enum dump_form form)
{
	if (form == DUMP_HASH) {
		write_hash(out, list);
		return;
	}
	buf_append(out, "[", 1);
	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			buf_append(out, ",", 1);
		if (form == DUMP_PARTED)
			write_parts(out, &list->items[i]);
		else
			write_text(
			    out, list->items[i].data, list->items[i].length);
	}
	buf_append(out, "]", 1);
}

/* How long the lists stay that don't stay for ever. */
static void
write_left(struct buf *out, const struct dump_line *line)
{
	bool any = false;

	for (size_t i = 0; i < DUMP_LISTS; i++) {
		if (line->lists[i].count == 0 || line->lists[i].left_ms == 0)
			continue;
		if (!any) {
			write_name(out, "left");
			buf_append(out, "{", 1);
		}
		any = true;
		write_number(
		    out, dump_list_parts[i].name, line->lists[i].left_ms);
	}
	if (any)
		buf_append(out, "}", 1);
}

enum err
dump_write(const struct dump_line *line, struct buf *out)
{
	enum dump_kind kind = line->kind;

	buf_append(out, "{", 1);
	write_name(out, "kind");
	write_text(out, dump_kind_names[kind], strlen(dump_kind_names[kind]));
	if (kind != DUMP_BEGIN && kind != DUMP_END) {
		write_name(out, "board");
		write_text(out, line->slug, strlen(line->slug));
	}
	if (dump_number_names[kind] != NULL)
		write_number(out, dump_number_names[kind], line->number);
	if (dump_version_names[kind] != NULL && line->version != 0)
		write_number(out, dump_version_names[kind], line->version);
	if (kind == DUMP_BEGIN)
		write_number(out, "time", line->time_ms);
	for (size_t i = 0; i < DUMP_TEXTS; i++)
		if (line->texts[i].data != NULL) {
			write_name(out, dump_text_parts[i].name);
			write_text(
			    out, line->texts[i].data, line->texts[i].length);
		}
	for (size_t i = 0; i < DUMP_LISTS; i++)
		if (line->lists[i].count > 0) {
			write_name(out, dump_list_parts[i].name);
			write_list(
			    out, &line->lists[i], dump_list_parts[i].form);
		}
	write_left(out, line);
	buf_append(out, "}", 1);
	return out->failed ? ERR_NO_MEMORY : ERR_OK;
}
