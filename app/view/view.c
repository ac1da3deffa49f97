/*
 * ClearSilver's headers redefine PACKAGE_* and many HAVE_*: this file, the
 * only one that includes them, does without config.h.
 */
#include "view/view.h"

#include "base/log.h"
#include "base/number.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ClearSilver/ClearSilver.h>

#define MODULE "view"

const char *const view_language_tags[VIEW_LANGUAGES] = {
    [VIEW_EN] = "en",
    [VIEW_KO] = "ko",
};

static const char *const template_names[VIEW_TEMPLATES] = {
    [VIEW_BOARDS] = "boards",
    [VIEW_DELETE] = "delete",
    [VIEW_EDIT] = "edit",
    [VIEW_FEED] = "feed",
    [VIEW_HOME] = "home",
    [VIEW_LIST] = "list",
    [VIEW_POST] = "post",
    [VIEW_POSTED] = "posted",
    [VIEW_PROBLEM] = "problem",
    [VIEW_REPLY] = "reply",
    [VIEW_STREAM] = "stream",
    [VIEW_UNLOCK] = "unlock",
    [VIEW_VERSIONS] = "versions",
    [VIEW_WRITE] = "write",
};

/*
 * The templates, parsed. Views share them: they are most of a worker's memory,
 * 1.6 MB a set. A set serves one thread at a time, since ClearSilver writes
 * into a parsed tree while it renders (lookup_map cuts names at their dots).
 */
struct set {
	CSPARSE *parsed[VIEW_TEMPLATES];
	struct set *next; /* that nobody uses */
};

struct templates {
	HDF *settings; /* what the parser needs; the parsed keep it */
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct set *idle;
	struct set *sets;
	size_t count;
};

/*
 * Even a look-up writes into an HDF (it remembers what it found last), so
 * that each view has trees of its own. The page's is made by ourselves, in
 * the arena: hdf_set_value allocates three pieces for each of the hundreds of
 * values of a list, and freeing them alone took more than a quarter of the
 * list's time. ClearSilver only reads it, since no template has a set: command
 * (tests/lint/templates.py).
 */
struct view {
	HDF *languages[VIEW_LANGUAGES]; /* sentences and assets: constant */
	struct templates *templates;
	bool lent; /* they are another view's */

	HDF *page; /* the values of the page in the making: in arena */
	enum view_language language;
	struct arena *arena;
	enum err failure; /* the first one since view_begin */
};

/* Logs and frees a ClearSilver error; what it comes to for us. */
static enum err
view_error(NEOERR *error, enum err otherwise)
{
	bool memory = nerr_match(error, NERR_NOMEM) != 0;
	STRING sentence;

	string_init(&sentence);
	nerr_error_string(error, &sentence);
	log_seldom(LOG_LEVEL_ERROR, MODULE,
	    sentence.buf != NULL ? sentence.buf : "?", "%s",
	    sentence.buf != NULL ? sentence.buf : "?");
	string_clear(&sentence);
	nerr_ignore(&error);
	return memory ? ERR_NO_MEMORY : otherwise;
}

enum err
view_init(void)
{
	NEOERR *error = nerr_init();

	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_NO_MEMORY);
}

static enum err
view_read_hdf(HDF *hdf, const char *path)
{
	/* Newer releases of ClearSilver declare the path const. */
	NEOERR *error = hdf_read_file(hdf, (char *)(uintptr_t)path);

	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_CONFIG);
}

static enum err
view_load_language(struct view *view, enum view_language language,
    const char *folder, const char *assets)
{
	char path[PATH_MAX];
	NEOERR *error = hdf_init(&view->languages[language]);
	enum err err;

	if (error != STATUS_OK)
		return view_error(error, ERR_CONFIG);
	(void)snprintf(path, sizeof(path), "%s/%s.hdf", folder,
	    view_language_tags[language]);
	err = view_read_hdf(view->languages[language], path);
	if (err != ERR_OK)
		return err;
	err = view_read_hdf(view->languages[language], assets);
	if (err != ERR_OK)
		return err;
	if (hdf_get_value(view->languages[language], "Asset.style", NULL) ==
	    NULL) {
		log_error(MODULE,
		    "%s names no Asset.style: pages would have "
		    "no style",
		    assets);
		return ERR_CONFIG;
	}
	return ERR_OK;
}

/* The settings under which templates are parsed: escaping is one of them. */
static enum err
load_settings(struct templates *templates, const char *folder)
{
	NEOERR *error = hdf_init(&templates->settings);

	if (error == STATUS_OK)
		error = hdf_set_value(
		    templates->settings, "Config.VarEscapeMode", "html");
	if (error == STATUS_OK)
		error = hdf_set_value(
		    templates->settings, "hdf.loadpaths.0", folder);
	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_CONFIG);
}

static enum err
load_set(struct templates *templates, const char *folder, struct set *set)
{
	char path[PATH_MAX];
	NEOERR *error = STATUS_OK;

	for (int i = 0; i < VIEW_TEMPLATES && error == STATUS_OK; i++) {
		error = cs_init(&set->parsed[i], templates->settings);
		if (error != STATUS_OK)
			break;
		(void)snprintf(
		    path, sizeof(path), "%s/%s.cs", folder, template_names[i]);
		error = cs_parse_file(set->parsed[i], path);
	}
	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_CONFIG);
}

/* A set for this thread, once one is free; to be given back. */
static struct set *
take(struct templates *templates)
{
	struct set *set;

	(void)pthread_mutex_lock(&templates->mutex);
	while (templates->idle == NULL)
		(void)pthread_cond_wait(&templates->given, &templates->mutex);
	set = templates->idle;
	templates->idle = set->next;
	(void)pthread_mutex_unlock(&templates->mutex);
	return set;
}

static void
give(struct templates *templates, struct set *set)
{
	(void)pthread_mutex_lock(&templates->mutex);
	set->next = templates->idle;
	templates->idle = set;
	(void)pthread_cond_signal(&templates->given);
	(void)pthread_mutex_unlock(&templates->mutex);
}

static void
templates_destroy(struct templates *templates)
{
	if (templates == NULL)
		return;
	for (size_t i = 0; i < templates->count; i++)
		for (int j = 0; j < VIEW_TEMPLATES; j++)
			cs_destroy(&templates->sets[i].parsed[j]);
	free(templates->sets);
	hdf_destroy(&templates->settings);
	(void)pthread_cond_destroy(&templates->given);
	(void)pthread_mutex_destroy(&templates->mutex);
	free(templates);
}

/* So many sets of the templates in folder. */
static enum err
templates_create(const char *folder, size_t sets, struct templates **created)
{
	struct templates *templates = calloc(1, sizeof(*templates));
	enum err err = ERR_OK;

	if (templates == NULL)
		return ERR_NO_MEMORY;
	(void)pthread_mutex_init(&templates->mutex, NULL);
	(void)pthread_cond_init(&templates->given, NULL);
	templates->sets = calloc(sets, sizeof(*templates->sets));
	if (templates->sets == NULL)
		err = ERR_NO_MEMORY;
	else
		err = load_settings(templates, folder);
	while (err == ERR_OK && templates->count < sets) {
		struct set *set = &templates->sets[templates->count++];

		err = load_set(templates, folder, set);
		give(templates, set);
	}
	if (err != ERR_OK) {
		templates_destroy(templates);
		return err;
	}
	*created = templates;
	return ERR_OK;
}

enum err
view_create(const char *folder, const char *assets, size_t at_once,
    struct view **created)
{
	struct view *view = calloc(1, sizeof(*view));
	enum err err = ERR_OK;

	if (view == NULL)
		return ERR_NO_MEMORY;
	for (int i = 0; i < VIEW_LANGUAGES && err == ERR_OK; i++)
		err = view_load_language(
		    view, (enum view_language)i, folder, assets);
	if (err == ERR_OK)
		err = templates_create(folder, at_once, &view->templates);
	if (err != ERR_OK) {
		view_destroy(view);
		return err;
	}
	*created = view;
	return ERR_OK;
}

enum err
view_share(const struct view *with, struct view **created)
{
	struct view *view = calloc(1, sizeof(*view));
	NEOERR *error = STATUS_OK;

	if (view == NULL)
		return ERR_NO_MEMORY;
	view->lent = true;
	view->templates = with->templates;
	for (int i = 0; i < VIEW_LANGUAGES && error == STATUS_OK; i++) {
		error = hdf_init(&view->languages[i]);
		if (error == STATUS_OK)
			error = hdf_copy(
			    view->languages[i], "", with->languages[i]);
	}
	if (error != STATUS_OK) {
		view_destroy(view);
		return view_error(error, ERR_INTERNAL);
	}
	*created = view;
	return ERR_OK;
}

void
view_destroy(struct view *view)
{
	if (view == NULL)
		return;
	if (!view->lent)
		templates_destroy(view->templates);
	for (int i = 0; i < VIEW_LANGUAGES; i++)
		hdf_destroy(&view->languages[i]);
	free(view);
}

/* A node named by length bytes, without a value. NULL: out of memory. */
static HDF *
node_make(struct view *view, const char *name, size_t length)
{
	HDF *node = arena_alloc(view->arena, sizeof(*node) + length + 1);

	if (node == NULL) {
		view->failure = ERR_NO_MEMORY;
		return NULL;
	}
	*node = (HDF){.name = (char *)(node + 1), .name_len = (int)length};
	memcpy(node->name, name, length);
	node->name[length] = '\0';
	node->top = view->page != NULL ? view->page : node;
	return node;
}

static bool
node_is(const HDF *node, const char *name, size_t length)
{
	return (size_t)node->name_len == length &&
	       memcmp(node->name, name, length) == 0;
}

/* The child of that name, made if there was none. NULL: out of memory. */
static HDF *
node_child(struct view *view, HDF *parent, const char *name, size_t length)
{
	HDF *last = parent->last_child;
	HDF *child = parent->child;

	/* A row's values are set in a run: mostly it is the last one. */
	if (last != NULL && node_is(last, name, length))
		return last;
	while (child != NULL && !node_is(child, name, length))
		child = child->next;
	if (child != NULL)
		return child;
	child = node_make(view, name, length);
	if (child == NULL)
		return NULL;
	if (last == NULL)
		parent->child = child;
	else
		last->next = child;
	parent->last_child = child;
	return child;
}

/* What a path ("Posts.0") leads to from a node; NULL: out of memory. */
static HDF *
node_below(struct view *view, HDF *node, const char *path)
{
	while (node != NULL) {
		size_t length = 0;

		while (path[length] != '.' && path[length] != '\0')
			length++;
		node = node_child(view, node, path, length);
		if (path[length] == '\0')
			break;
		path += length + 1;
	}
	return node;
}

static void
node_set(struct view *view, HDF *node, const char *value)
{
	if (node == NULL)
		return;
	node->value = arena_copy(view->arena, value, strlen(value));
	if (node->value == NULL)
		view->failure = ERR_NO_MEMORY;
}

enum err
view_begin(struct view *view, struct arena *arena, enum view_language language)
{
	view->arena = arena;
	view->language = language;
	view->failure = ERR_OK;
	view->page = NULL;
	view->page = node_make(view, "", 0);
	return view->failure;
}

void
view_set(struct view *view, const char *name, const char *value)
{
	if (view->failure == ERR_OK)
		node_set(view, node_below(view, view->page, name), value);
}

void
view_set_number(struct view *view, const char *name, uint64_t value)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(value, text);
	view_set(view, name, text);
}

void
view_set_in(
    struct view *view, const char *prefix, const char *name, const char *value)
{
	HDF *node;

	if (view->failure != ERR_OK)
		return;
	node = node_below(view, view->page, prefix);
	node_set(view, node_below(view, node, name), value);
}

void
view_lend_in(
    struct view *view, const char *prefix, const char *name, const char *value)
{
	HDF *node;

	if (view->failure != ERR_OK)
		return;
	node = node_below(view, node_below(view, view->page, prefix), name);
	if (node != NULL)
		node->value = (char *)(uintptr_t)value; /* only read */
}

void
view_set_number_in(
    struct view *view, const char *prefix, const char *name, uint64_t value)
{
	char text[NUMBER_TEXT_BYTES];

	(void)number_write(value, text);
	view_set_in(view, prefix, name, text);
}

/* A number as people write it in both our languages: 12,345. */
static void
append_number(struct buf *out, uint64_t number)
{
	char digits[NUMBER_TEXT_BYTES];
	size_t length = number_write(number, digits);

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buf_text(out, ",");
		buf_append(out, &digits[i], 1);
	}
}

/* The word that {name} stands for, or NULL. */
static const struct view_word *
word_find(const struct view_word *words, size_t count, const char *name,
    size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i].name) == length &&
		    memcmp(words[i].name, name, length) == 0)
			return &words[i];
	return NULL;
}

void
view_set_sentence(struct view *view, const char *name, const char *key,
    const struct view_word *words, size_t count)
{
	const char *rest =
	    hdf_get_value(view->languages[view->language], key, NULL);
	struct buf out;

	if (view->failure != ERR_OK)
		return;
	buf_init(&out, view->arena);
	if (rest == NULL) {
		log_error(MODULE, "%s.hdf lacks the sentence %s",
		    view_language_tags[view->language], key);
		view->failure = ERR_INTERNAL;
		return;
	}
	for (;;) {
		const char *open = strchr(rest, '{');
		const char *close = open ? strchr(open, '}') : NULL;
		const struct view_word *word = NULL;

		if (close == NULL)
			break;
		buf_append(&out, rest, (size_t)(open - rest));
		word = word_find(
		    words, count, open + 1, (size_t)(close - open - 1));
		if (word != NULL)
			append_number(&out, word->number);
		else
			buf_append(&out, open, (size_t)(close - open + 1));
		rest = close + 1;
	}
	buf_text(&out, rest);
	if (out.failed)
		view->failure = ERR_NO_MEMORY;
	else
		view_set(view, name, out.data);
}

/* What cs_render calls with each piece of the page. */
static NEOERR *
append(void *context, char *piece)
{
	buf_text(context, piece);
	return STATUS_OK;
}

enum err
view_render(struct view *view, enum view_template name, struct buf *out)
{
	struct set *set;
	CSPARSE *parse;
	NEOERR *error;

	if (view->failure != ERR_OK)
		return view->failure;
	set = take(view->templates);
	parse = set->parsed[name];
	parse->hdf = view->page;
	parse->global_hdf = view->languages[view->language];
	error = cs_render(parse, out, append);
	parse->hdf = NULL;
	parse->global_hdf = NULL;
	give(view->templates, set);
	if (error != STATUS_OK)
		return view_error(error, ERR_INTERNAL);
	return out->failed ? ERR_NO_MEMORY : ERR_OK;
}
