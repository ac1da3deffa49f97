#include "board/dump.h"

#include "base/base64.h"
#include "base/number.h"
#include "base/text.h"
#include "board/post.h"
#include "board/registry.h"

#include <string.h>

#include <jansson.h>

static const char no_memory[] = "there is no memory for it";

/*
 * Ids that are different have no more places in the text that a backup takes
 * of one post; no post has more versions, or texts that are no UTF-8.
 */
#define PARTS_MAX  1500000
#define GROUPS_MAX 100000

/* Depth of ours: an object, a list of versions, a version, base64. */
struct reading {
	struct arena *arena;
	struct dump_line *line;
	const char *wrong; /* NULL: nothing so far */
};

static void
fail(struct reading *reading, const char *wrong)
{
	if (reading->wrong == NULL)
		reading->wrong = wrong;
}

/* A string, or an object that stands for one. */
static struct dump_text
read_text(struct reading *reading, const json_t *value)
{
	const json_t *letters = json_object_get(value, "base64");
	struct dump_text text = {.length = json_string_length(value)};

	if (json_is_string(value)) {
		text.data = arena_copy(
		    reading->arena, json_string_value(value), text.length);
		if (text.data == NULL)
			fail(reading, no_memory);
	} else if (json_is_string(letters) && json_object_size(value) == 1) {
		text.data =
		    base64_read(reading->arena, json_string_value(letters),
			json_string_length(letters), &text.length);
		if (text.data == NULL)
			fail(reading, "its base64 is none");
	} else {
		fail(reading, "there is something else where a text should be");
	}
	return text;
}

static void
read_number(struct reading *reading, const json_t *value, uint64_t minimum,
    uint64_t maximum, uint64_t *number)
{
	json_int_t found = json_integer_value(value);

	if (!json_is_integer(value) || found < 0 || (uint64_t)found < minimum ||
	    (uint64_t)found > maximum)
		fail(reading, "a number is missing, or none that it can be");
	else
		*number = (uint64_t)found;
}

/* count texts for a list. */
static bool
make_list(struct reading *reading, struct dump_list *list, size_t count)
{
	list->items =
	    arena_zalloc(reading->arena, count + 1, sizeof(*list->items));
	if (list->items == NULL)
		fail(reading, no_memory);
	return list->items != NULL;
}

static void
read_hash(struct reading *reading, json_t *value, struct dump_list *list)
{
	const char *name;
	json_t *field;

	if (!json_is_object(value)) {
		fail(reading, "there is something else where an object should "
			      "be");
		return;
	}
	if (!make_list(reading, list, 2 * json_object_size(value)))
		return;
	json_object_foreach(value, name, field)
	{
		struct dump_text key = {.length = strlen(name)};

		if (!dump_name_is_valid(name, key.length)) {
			fail(reading, "a field has a name that none can have");
			return;
		}
		key.data = arena_copy(reading->arena, name, key.length);
		if (key.data == NULL)
			fail(reading, no_memory);
		list->items[list->count++] = key;
		list->items[list->count++] = read_text(reading, field);
	}
}

/* Texts with a NUL between, as one. */
static struct dump_text
read_parts(struct reading *reading, const json_t *value)
{
	struct buf all;
	size_t i;
	json_t *item;

	buf_init(&all, reading->arena);
	if (json_array_size(value) == 0)
		fail(reading, "a version has no texts");
	json_array_foreach(value, i, item)
	{
		struct dump_text part = read_text(reading, item);

		if (reading->wrong != NULL)
			return part;
		if (i > 0)
			buf_append(&all, "", 1);
		buf_append(&all, part.data, part.length);
	}
	buf_append(&all, "", 0);
	if (all.failed)
		fail(reading, no_memory);
	return (struct dump_text){.data = all.data, .length = all.length};
}

static void
read_list(struct reading *reading, json_t *value, struct dump_list *list,
    enum dump_form form)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value)) {
		fail(reading, "there is something else where a list should be");
		return;
	}
	if (!make_list(reading, list, json_array_size(value)))
		return;
	json_array_foreach(value, i, item) list->items[list->count++] =
	    form == DUMP_PARTED ? read_parts(reading, item)
				: read_text(reading, item);
}

static void
read_left(struct reading *reading, json_t *value)
{
	struct dump_list *lists = reading->line->lists;
	size_t known = 0;

	for (size_t i = 0; i < DUMP_LISTS; i++) {
		json_t *left = json_object_get(value, dump_list_parts[i].name);

		if (left == NULL)
			continue;
		known++;
		if (dump_list_parts[i].kind != DUMP_POST)
			fail(reading, "what stays is said to go");
		read_number(
		    reading, left, 1, DUMP_LEFT_MAX_MS, &lists[i].left_ms);
	}
	if (!json_is_object(value) || known != json_object_size(value))
		fail(reading, "what it says of times that are left is wrong");
}

static void
read_slug(struct reading *reading, const json_t *value)
{
	const char *slug = json_string_value(value);

	if (slug == NULL || (slug[0] != '\0' && !registry_slug_is_valid(slug)))
		fail(reading, "its board is missing, or none that can be");
	else if ((reading->line->slug = arena_copy(
		      reading->arena, slug, strlen(slug))) == NULL)
		fail(reading, no_memory);
}

/* The value of a name, for the kind of the line. False: it has none such. */
static bool
read_value(struct reading *reading, const char *name, json_t *value)
{
	struct dump_line *line = reading->line;

	for (size_t i = 0; i < DUMP_TEXTS; i++)
		if (dump_text_parts[i].kind == line->kind &&
		    strcmp(dump_text_parts[i].name, name) == 0) {
			line->texts[i] = read_text(reading, value);
			return true;
		}
	for (size_t i = 0; i < DUMP_LISTS; i++) {
		if (dump_list_parts[i].kind != line->kind ||
		    strcmp(dump_list_parts[i].name, name) != 0)
			continue;
		if (dump_list_parts[i].form == DUMP_HASH)
			read_hash(reading, value, &line->lists[i]);
		else
			read_list(reading, value, &line->lists[i],
			    dump_list_parts[i].form);
		return true;
	}
	if (strcmp(name, "left") == 0 && line->kind == DUMP_POST) {
		read_left(reading, value);
		return true;
	}
	return false;
}

/* The values that a line of its kind must have; how many they were. */
static size_t
read_head(struct reading *reading, const json_t *object)
{
	struct dump_line *line = reading->line;
	const char *number = dump_number_names[line->kind];
	const char *version = dump_version_names[line->kind];
	const json_t *value;
	size_t count = 1;

	if (line->kind == DUMP_BEGIN) {
		read_number(reading, json_object_get(object, "time"), 0,
		    POST_TIME_MAX_MS, &line->time_ms);
		count++;
	} else if (line->kind != DUMP_END) {
		read_slug(reading, json_object_get(object, "board"));
		count++;
	}
	if (number != NULL) {
		read_number(reading, json_object_get(object, number),
		    line->kind == DUMP_POST ? 1 : 0, POST_ID_MAX,
		    &line->number);
		count++;
	}
	value = version != NULL ? json_object_get(object, version) : NULL;
	if (value != NULL || line->kind == DUMP_BEGIN) {
		read_number(reading, value, 1, 1000000, &line->version);
		count++;
	}
	return count;
}

static void
read_object(struct reading *reading, json_t *object)
{
	const char *kind = json_string_value(json_object_get(object, "kind"));
	const char *name;
	json_t *value;
	size_t count;
	size_t i = 0;

	while (kind != NULL && i < DUMP_KINDS &&
	       strcmp(dump_kind_names[i], kind) != 0)
		i++;
	if (kind == NULL || i == DUMP_KINDS) {
		fail(reading, "it is no line of a backup, or a newer Madang's");
		return;
	}
	reading->line->kind = (enum dump_kind)i;
	count = read_head(reading, object);
	json_object_foreach(object, name, value)
	{
		if (reading->wrong != NULL)
			return;
		if (read_value(reading, name, value))
			count++;
	}
	if (count != json_object_size(object))
		fail(reading, "it says more than this Madang knows");
}

bool
dump_line_fits(const char *text, size_t length)
{
	size_t parts = 0;
	size_t groups = 0;
	bool quoted = false;

	for (size_t i = 0; i < length && length > GROUPS_MAX; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (quoted && text[i] == '\\')
			i++;
		else if (!quoted && text[i] == ',')
			parts++;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			groups++;
	}
	return length <= DUMP_LINE_MAX_BYTES && parts <= PARTS_MAX &&
	       groups <= GROUPS_MAX;
}

const char *
dump_read(struct arena *arena, const char *text, size_t length,
    struct dump_line *line)
{
	struct reading reading = {.arena = arena, .line = line};
	json_t *object = NULL;

	*line = (struct dump_line){.slug = ""};
	if (!dump_line_fits(text, length))
		return "it has more parts than a line of a backup can have";
	object = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(object))
		fail(&reading, "it is no JSON object");
	else
		read_object(&reading, object);
	json_decref(object);
	return reading.wrong;
}
