#include "base/conf.h"

#include "base/log.h"
#include "base/setting.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (1024 * 1024UL)
#define NAME_MAX_BYTES 64
#define SECTIONS_MAX   4
/* A file's name and a line; the log cuts what is longer. */
#define WHERE_MAX_BYTES 512

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

#define ENVIRONMENT_PREFIX "MADANG_"
/* The file's own name comes from the command line or from this one. */
#define ENVIRONMENT_FILE "MADANG_CONFIG"

/* POSIX: no header has it unless _GNU_SOURCE is defined. */
extern char **environ;

/* A file that is being read. */
struct reader {
	struct conf *conf;
	const char *name; /* of the file */
	size_t line;
	char section[NAME_MAX_BYTES + 1]; /* "site." inside of site { … } */
	size_t section_lengths[SECTIONS_MAX];
	size_t section_lines[SECTIONS_MAX];
	size_t depth;
	size_t set_in_line[SETTINGS_MAX]; /* 0: not yet */
	bool faulty;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
trim(const char **text, size_t *length)
{
	while (*length > 0 && is_blank((*text)[0])) {
		(*text)++;
		(*length)--;
	}
	while (*length > 0 && is_blank((*text)[*length - 1]))
		(*length)--;
}

static void
reader_fault(struct reader *reader, const char *sentence)
{
	reader->faulty = true;
	log_error("conf", "%s:%zu: %s", reader->name, reader->line, sentence);
}

/*
 * The section's name and this one in full, short enough for a dot behind it;
 * false when it can't be a name.
 */
static bool
full_name(struct reader *reader, const char *name, size_t length,
    char full[NAME_MAX_BYTES])
{
	size_t section = strlen(reader->section);

	if (length == 0 || length >= NAME_MAX_BYTES - section - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_.", name[i]) ==
		    NULL)
			return false;
	}
	memcpy(full, reader->section, section);
	memcpy(full + section, name, length);
	full[section + length] = '\0';
	return true;
}

/* name { */
static void
read_section(struct reader *reader, const char *name, size_t length)
{
	char full[NAME_MAX_BYTES];

	trim(&name, &length);
	if (reader->depth == SECTIONS_MAX) {
		reader_fault(reader, "too many sections inside of each other");
		return;
	}
	reader->section_lengths[reader->depth] = strlen(reader->section);
	reader->section_lines[reader->depth] = reader->line;
	reader->depth++;
	/* Opened even without a name, so that its } is not a second fault. */
	if (full_name(reader, name, length, full))
		(void)snprintf(
		    reader->section, sizeof(reader->section), "%s.", full);
	else
		reader_fault(reader, "a section needs a name");
}

/* } */
static void
read_section_end(struct reader *reader)
{
	if (reader->depth == 0) {
		reader_fault(reader, "} without a section");
		return;
	}
	reader->depth--;
	reader->section[reader->section_lengths[reader->depth]] = '\0';
}

/* False when only the first of two quotes is there. */
static bool
unquote(const char **value, size_t *length)
{
	if (*length == 0 || (*value)[0] != '"')
		return true;
	if (*length == 1 || (*value)[*length - 1] != '"')
		return false;
	(*value)++;
	*length -= 2;
	return true;
}

/* Where a line that sets nothing is to blame, its words are not logged. */
static void
read_setting(struct reader *reader, const char *name, size_t name_length,
    const char *value, size_t length)
{
	char full[NAME_MAX_BYTES];
	char where[WHERE_MAX_BYTES];
	size_t i;

	trim(&name, &name_length);
	trim(&value, &length);
	if (!full_name(reader, name, name_length, full)) {
		reader_fault(reader, "this is no setting's name");
		return;
	}
	i = setting_find(full);
	if (i == setting_count) {
		reader->faulty = true;
		log_error("conf", "%s:%zu: unknown setting \"%s\"",
		    reader->name, reader->line, full);
		return;
	}
	if (reader->set_in_line[i] != 0) {
		reader->faulty = true;
		log_error("conf", "%s:%zu: %s is set already, in line %zu",
		    reader->name, reader->line, full, reader->set_in_line[i]);
		return;
	}
	reader->set_in_line[i] = reader->line;
	if (!unquote(&value, &length)) {
		reader_fault(reader, "the closing \" is missing");
		return;
	}
	(void)snprintf(
	    where, sizeof(where), "%s:%zu", reader->name, reader->line);
	if (!setting_set(&settings[i], reader->conf, where, value, length))
		reader->faulty = true;
}

static void
read_line(struct reader *reader, const char *line, size_t length)
{
	const char *equals;

	if (!text_is_utf8(line, length)) {
		reader_fault(reader, "this line is not UTF-8");
		return;
	}
	trim(&line, &length);
	if (length == 0 || line[0] == '#')
		return;
	if (length == 1 && line[0] == '}') {
		read_section_end(reader);
		return;
	}
	equals = memchr(line, '=', length);
	if (equals != NULL)
		read_setting(reader, line, (size_t)(equals - line), equals + 1,
		    length - (size_t)(equals - line) - 1);
	else if (line[length - 1] == '{')
		read_section(reader, line, length - 1);
	else
		reader_fault(
		    reader, "neither name = value, section {, } nor # comment");
}

static enum err
read_environment(struct conf *conf)
{
	const size_t prefix = strlen(ENVIRONMENT_PREFIX);
	enum err err = ERR_OK;

	for (char **entry = environ; *entry != NULL; entry++) {
		const char *value = strchr(*entry, '=');
		char name[WHERE_MAX_BYTES];
		size_t i;

		if (value == NULL ||
		    strncmp(*entry, ENVIRONMENT_PREFIX, prefix) != 0)
			continue;
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)(value - *entry), *entry);
		if (strcmp(name, ENVIRONMENT_FILE) == 0)
			continue;
		value++;
		i = setting_find_upper(name + prefix);
		if (i == setting_count) {
			log_error("conf", "%s: no setting has this name", name);
			err = ERR_CONFIG;
		} else if (!setting_set(&settings[i], conf, name, value,
			       strlen(value))) {
			err = ERR_CONFIG;
		}
	}
	return err;
}

/* Reads the file's bytes into *data, which the caller frees. */
static enum err
read_file(const char *path, char **data, size_t *length)
{
	FILE *file = fopen(path, "rb");
	enum err err = ERR_CONFIG;

	*data = NULL;
	if (file == NULL) {
		log_error("conf", "%s: %m", path);
		return ERR_CONFIG;
	}
	*data = malloc(FILE_MAX_BYTES + 1);
	if (*data == NULL) {
		log_error("conf", "%s: out of memory", path);
		goto out;
	}
	*length = fread(*data, 1, FILE_MAX_BYTES + 1, file);
	if (ferror(file))
		log_error("conf", "%s: %m", path);
	else if (*length > FILE_MAX_BYTES)
		log_error(
		    "conf", "%s: larger than %lu bytes", path, FILE_MAX_BYTES);
	else
		err = ERR_OK;
out:
	/* Nothing was written: closing can't lose anything. */
	(void)fclose(file);
	return err;
}

void
conf_defaults(struct conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	for (size_t i = 0; i < setting_count; i++)
		setting_reset(&settings[i], conf);
}

enum err
conf_parse(struct conf *conf, const char *name, const char *data, size_t length)
{
	struct reader reader = {.conf = conf, .name = name};
	const char *end = data + length;

	/* Editors on Windows put it there unasked. */
	if (length >= strlen(BYTE_ORDER_MARK) &&
	    memcmp(data, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		data += strlen(BYTE_ORDER_MARK);
	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *line_end = newline != NULL ? newline : end;

		reader.line++;
		read_line(&reader, data, (size_t)(line_end - data));
		data = newline != NULL ? newline + 1 : end;
	}
	if (reader.depth > 0) {
		reader.line = reader.section_lines[reader.depth - 1];
		reader_fault(&reader, "this section has no }");
	}
	return reader.faulty ? ERR_CONFIG : ERR_OK;
}

enum err
conf_load(struct conf *conf, const char *path)
{
	enum err err = ERR_OK;
	size_t length = 0;
	char *data = NULL;

	conf_defaults(conf);
	if (path != NULL) {
		err = read_file(path, &data, &length);
		if (err == ERR_OK)
			err = conf_parse(conf, path, data, length);
		free(data);
	}
	if (read_environment(conf) != ERR_OK)
		err = ERR_CONFIG;
	return err;
}

const char *
conf_site_path(const struct conf *conf)
{
	const char *host = strstr(conf->site.url, "://");

	return host == NULL ? "" : host + 3 + strcspn(host + 3, "/");
}

const char *
conf_name(size_t i)
{
	return i < setting_count ? settings[i].name : NULL;
}

void
conf_value(const struct conf *conf, size_t i, char text[CONF_TEXT_MAX])
{
	setting_show(&settings[i], conf, text);
}
