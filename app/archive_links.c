#include "archive_links.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STATIC "/static/"
#define SPACES " \t\r\n"

/* The pages that can be files. The last number of some is that of a page. */
static const struct {
	const char *pattern;
	bool paged;
} pages[] = {
    {"/", false},
    {"/all", false},
    {"/all/page/#", true},
    {"/boards", false},
    {"/category/#", false},
    {"/category/#/page/#", true},
    {"/latest", false},
    {"/list", false},
    {"/list/page/#", true},
    {"/posts/#", false},
    {"/posts/#/page/#", true},
};
#define PAGES (sizeof(pages) / sizeof(pages[0]))

/* Text that has room for one more piece of it. */
static void
append(char file[ARCHIVE_FILE_BYTES], const char *piece, size_t length)
{
	size_t used = strlen(file);

	/* What path_parse lets through is shorter than that. */
	if (used + length < ARCHIVE_FILE_BYTES) {
		memcpy(file + used, piece, length);
		file[used + length] = '\0';
	}
}

static void
append_pattern(const struct path *path, char file[ARCHIVE_FILE_BYTES])
{
	size_t count = 0;
	char digits[24];

	for (const char *at = path->pattern + 1; *at != '\0'; at++) {
		if (*at != '#') {
			append(file, at, 1);
			continue;
		}
		(void)snprintf(
		    digits, sizeof(digits), "%" PRIu64, path->numbers[count++]);
		append(file, digits, strlen(digits));
	}
}

/* Where a board's files are. False: it is not in the archive. */
static bool
begin_file(
    const struct path *path, const char *alone, char file[ARCHIVE_FILE_BYTES])
{
	bool home = strcmp(path->pattern, "/") == 0;
	bool boards = strcmp(path->pattern, "/boards") == 0;

	file[0] = '\0';
	if (alone != NULL) {
		/* The site's name leads to its only board. */
		return !boards && (strcmp(path->slug, alone) == 0 ||
				      (home && path->slug[0] == '\0'));
	}
	if (path->slug[0] == '\0')
		return true;
	(void)snprintf(file, ARCHIVE_FILE_BYTES, "boards/%s/", path->slug);
	return !boards;
}

bool
archive_file_of(
    const struct path *path, const char *alone, char file[ARCHIVE_FILE_BYTES])
{
	struct path first = *path;
	size_t i = 0;

	while (i < PAGES && strcmp(pages[i].pattern, path->pattern) != 0)
		i++;
	if (i == PAGES || path->format != PATH_HTML ||
	    !begin_file(path, alone, file))
		return false;
	/* /all/page/1 is /all under another name. */
	if (pages[i].paged && path->numbers[path->count - 1] == 1)
		first.pattern[strlen(first.pattern) - strlen("/page/#")] = '\0';
	if (first.pattern[1] == '\0')
		append(file, "index", strlen("index"));
	else
		append_pattern(&first, file);
	append(file, ".html", strlen(".html"));
	return true;
}

/* A file as its neighbours and others call it. */
static void
append_relative(struct buf *out, const char *from, const char *to)
{
	size_t shared = 0;

	for (size_t i = 0; from[i] != '\0' && from[i] == to[i]; i++)
		if (from[i] == '/')
			shared = i + 1;
	for (const char *at = from + shared; *at != '\0'; at++)
		if (*at == '/')
			buf_text(out, "../");
	buf_text(out, to + shared);
}

/* Where the reading is. */
struct reader {
	const struct archive_links *links;
	const char *html;
	size_t at;
	bool anchor; /* the tag is <a> */
	bool words;  /* it is to be left out: its words stay */
	bool open;   /* one was: its end is to be left out, too */
	struct buf *out;
};

/* An attribute: where it begins, with the space before it, and its value. */
struct attribute {
	size_t start;
	size_t name;
	size_t name_length;
	size_t value;
	size_t value_length;
};

static bool
is_name(const struct reader *reader, const struct attribute *attribute,
    const char *name)
{
	return attribute->name_length == strlen(name) &&
	       memcmp(reader->html + attribute->name, name,
		   attribute->name_length) == 0;
}

/* Whether an address is the site's; *path is what stands behind that. */
static bool
is_of_site(const struct reader *reader, const char *value, const char **path)
{
	const char *url = reader->links->site_url;
	size_t length = strlen(url);

	if (!reader->anchor || length == 0 || strncmp(value, url, length) != 0)
		return false;
	*path = value + length;
	return strchr("/?#", value[length]) != NULL; /* or its end */
}

/* The value of an attribute in place of the one that it had. */
static void
append_target(struct reader *reader, const struct attribute *attribute,
    const struct archive_target *target)
{
	const char *file = reader->links->file;
	bool here = strcmp(file, target->file) == 0;

	buf_append(reader->out, reader->html + attribute->start,
	    attribute->value - attribute->start);
	if (!here || target->fragment[0] == '\0')
		append_relative(reader->out, file, target->file);
	if (target->fragment[0] != '\0')
		buf_printf(reader->out, "#%s", target->fragment);
	buf_text(reader->out, "\"");
}

static void
append_raw(struct reader *reader, const struct attribute *attribute)
{
	buf_append(reader->out, reader->html + attribute->start,
	    attribute->value + attribute->value_length + 1 - attribute->start);
}

/* Reads an address without its host; false: it can't be one of our pages. */
static bool
read_link(struct reader *reader, const char *address, bool own,
    struct archive_link *link)
{
	const char *hash = strchr(address, '#');
	size_t length = strcspn(address, "?#");
	const char *path =
	    length == 0 ? "/" : arena_copy(reader->out->arena, address, length);
	char file[ARCHIVE_FILE_BYTES];

	*link = (struct archive_link){
	    .fragment = hash != NULL ? hash + 1 : "", .own = own};
	if (path == NULL) {
		reader->out->failed = true;
		return false;
	}
	return path_parse(path, &link->path) &&
	       archive_file_of(&link->path, NULL, file);
}

static enum err
rewrite_address(struct reader *reader, const struct attribute *attribute)
{
	const char *value = arena_copy(reader->out->arena,
	    reader->html + attribute->value, attribute->value_length);
	struct archive_target target = {.file = "", .fragment = ""};
	const char *path = value;
	struct archive_link link;
	enum err err = ERR_OK;
	bool own;

	if (value == NULL)
		return ERR_NO_MEMORY;
	own = value[0] == '/' && value[1] != '/';
	if (!own && !is_of_site(reader, value, &path)) {
		append_raw(reader, attribute);
		return ERR_OK;
	}
	if (own && strncmp(value, STATIC, strlen(STATIC)) == 0)
		(void)snprintf(
		    target.file, sizeof(target.file), "%s", value + 1);
	else if (read_link(reader, path, own, &link))
		err =
		    reader->links->find(reader->links->context, &link, &target);
	else if (!own) {
		/* Something else on the same host. */
		append_raw(reader, attribute);
		return ERR_OK;
	}
	if (err == ERR_OK && target.file[0] != '\0')
		append_target(reader, attribute, &target);
	else
		reader->words = !own;
	return err;
}

/* Reads an attribute that has a value; false: the tag has no more of them. */
static bool
read_attribute(struct reader *reader, struct attribute *attribute)
{
	const char *html = reader->html;
	const char *quote;
	size_t at = reader->at;

	attribute->start = at;
	at += strspn(html + at, SPACES);
	attribute->name = at;
	at += strcspn(html + at, SPACES "=\"'<>");
	attribute->name_length = at - attribute->name;
	if (attribute->name_length == 0 || html[at] != '=' ||
	    html[at + 1] != '"')
		return false;
	attribute->value = at + 2;
	quote = strchr(html + attribute->value, '"');
	if (quote == NULL)
		return false;
	attribute->value_length = (size_t)(quote - html) - attribute->value;
	reader->at = (size_t)(quote - html) + 1;
	return true;
}

/* One without a value ("required"): true, and it is copied. */
static bool
copy_bare(struct reader *reader)
{
	const char *from = reader->html + reader->at;
	size_t spaces = strspn(from, SPACES);
	size_t name = strcspn(from + spaces, SPACES "=\"'<>");
	size_t behind = spaces + name;

	if (name == 0 || strchr(SPACES ">", from[behind]) == NULL)
		return false;
	buf_append(reader->out, from, behind);
	reader->at += behind;
	return true;
}

/* The attributes of a tag, as far as they go. */
static enum err
rewrite_attributes(struct reader *reader)
{
	struct attribute attribute;
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		if (read_attribute(reader, &attribute)) {
			if (is_name(reader, &attribute, "href") ||
			    is_name(reader, &attribute, "src"))
				err = rewrite_address(reader, &attribute);
			else
				append_raw(reader, &attribute);
		} else if (!copy_bare(reader))
			break;
	}
	return err;
}

/*
 * A tag, with its < and >. One that is left out was written, and is cut off
 * again; links are in no other links, so that the next end is its end.
 */
static enum err
rewrite_tag(struct reader *reader)
{
	const char *html = reader->html;
	size_t start = reader->out->length;
	size_t name = strcspn(html + reader->at + 1, SPACES ">");
	bool end = name == 2 && strncmp(html + reader->at + 1, "/a", 2) == 0;
	enum err err;
	size_t spaces;

	reader->anchor = name == 1 && html[reader->at + 1] == 'a';
	reader->words = end && reader->open;
	buf_append(reader->out, html + reader->at, 1 + name);
	reader->at += 1 + name;
	err = rewrite_attributes(reader);
	spaces = strspn(html + reader->at, SPACES);
	if (err == ERR_OK && html[reader->at + spaces] != '>')
		err = ERR_INTERNAL;
	if (err != ERR_OK || reader->out->failed)
		return err;
	buf_append(reader->out, html + reader->at, spaces + 1);
	reader->at += spaces + 1;
	if (reader->words)
		reader->out->length = start;
	if (reader->anchor || end)
		reader->open = reader->anchor && reader->words;
	return ERR_OK;
}

enum err
archive_links_rewrite(const struct archive_links *links, const char *html,
    size_t length, struct buf *out)
{
	struct reader reader = {.links = links, .html = html, .out = out};
	enum err err = ERR_OK;

	/* No page of ours has a NUL in it. */
	if (strlen(html) != length)
		return ERR_INTERNAL;
	while (err == ERR_OK) {
		size_t text = strcspn(html + reader.at, "<");

		buf_append(out, html + reader.at, text);
		reader.at += text;
		if (reader.at == length)
			break;
		err = rewrite_tag(&reader);
	}
	return out->failed ? ERR_NO_MEMORY : err;
}
