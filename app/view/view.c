/*
 * ClearSilver's headers redefine PACKAGE_* and many HAVE_*: this file, the
 * only one that includes them, does without config.h.
 */
#include "view/view.h"

#include "base/log.h"
#include "base/number.h"

#include <assert.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ClearSilver/ClearSilver.h>

#define MODULE "view"

#define NAME_MAX_BYTES 128

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
 * Even a look-up writes into an HDF (it remembers what it found last), so
 * that each view has trees of its own.
 */
struct view {
	HDF *languages[VIEW_LANGUAGES]; /* sentences and assets: constant */
	HDF *settings;			/* what the parser needs */
	CSPARSE *templates[VIEW_TEMPLATES];

	HDF *page; /* the values of the page in the making */
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
	log_error(MODULE, "%s", sentence.buf != NULL ? sentence.buf : "?");
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

static enum err
view_load_template(
    struct view *view, enum view_template name, const char *folder)
{
	char path[PATH_MAX];
	NEOERR *error = cs_init(&view->templates[name], view->settings);

	if (error == STATUS_OK) {
		(void)snprintf(path, sizeof(path), "%s/%s.cs", folder,
		    template_names[name]);
		error = cs_parse_file(view->templates[name], path);
	}
	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_CONFIG);
}

/* The settings under which templates are parsed: escaping is one of them. */
static enum err
view_load_settings(struct view *view, const char *folder)
{
	NEOERR *error = hdf_init(&view->settings);

	if (error == STATUS_OK)
		error = hdf_set_value(
		    view->settings, "Config.VarEscapeMode", "html");
	if (error == STATUS_OK)
		error =
		    hdf_set_value(view->settings, "hdf.loadpaths.0", folder);
	return error == STATUS_OK ? ERR_OK : view_error(error, ERR_CONFIG);
}

enum err
view_create(const char *folder, const char *assets, struct view **created)
{
	struct view *view = calloc(1, sizeof(*view));
	enum err err;

	if (view == NULL)
		return ERR_NO_MEMORY;
	err = view_load_settings(view, folder);
	for (int i = 0; i < VIEW_LANGUAGES && err == ERR_OK; i++)
		err = view_load_language(
		    view, (enum view_language)i, folder, assets);
	for (int i = 0; i < VIEW_TEMPLATES && err == ERR_OK; i++)
		err = view_load_template(view, (enum view_template)i, folder);
	if (err != ERR_OK) {
		view_destroy(view);
		return err;
	}
	*created = view;
	return ERR_OK;
}

void
view_destroy(struct view *view)
{
	if (view == NULL)
		return;
	for (int i = 0; i < VIEW_TEMPLATES; i++)
		cs_destroy(&view->templates[i]);
	for (int i = 0; i < VIEW_LANGUAGES; i++)
		hdf_destroy(&view->languages[i]);
	hdf_destroy(&view->page);
	hdf_destroy(&view->settings);
	free(view);
}

enum err
view_begin(struct view *view, struct arena *arena, enum view_language language)
{
	NEOERR *error;

	hdf_destroy(&view->page);
	view->arena = arena;
	view->language = language;
	view->failure = ERR_OK;
	error = hdf_init(&view->page);
	if (error != STATUS_OK)
		view->failure = view_error(error, ERR_INTERNAL);
	return view->failure;
}

void
view_set(struct view *view, const char *name, const char *value)
{
	NEOERR *error;

	if (view->failure != ERR_OK)
		return;
	error = hdf_set_value(view->page, name, value);
	if (error != STATUS_OK)
		view->failure = view_error(error, ERR_INTERNAL);
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
	char path[NAME_MAX_BYTES];
	size_t before = strlen(prefix);
	size_t behind = strlen(name) + 1;

	/* Hundreds of times a page: hence no printf. */
	assert(before + 1 + behind <= sizeof(path));
	memcpy(path, prefix, before);
	path[before] = '.';
	memcpy(path + before + 1, name, behind);
	view_set(view, path, value);
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
view_write(void *context, char *piece)
{
	buf_text(context, piece);
	return STATUS_OK;
}

enum err
view_render(struct view *view, enum view_template name, struct buf *out)
{
	CSPARSE *parse = view->templates[name];
	NEOERR *error;

	if (view->failure != ERR_OK)
		return view->failure;
	parse->hdf = view->page;
	parse->global_hdf = view->languages[view->language];
	error = cs_render(parse, out, view_write);
	parse->hdf = NULL;
	parse->global_hdf = NULL;
	if (error != STATUS_OK)
		return view_error(error, ERR_INTERNAL);
	return out->failed ? ERR_NO_MEMORY : ERR_OK;
}
