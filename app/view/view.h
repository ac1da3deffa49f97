/*
 * Pages from templates, whose language only this module knows. A page sets
 * values under names that are literals in our code, and renders a template
 * that escapes every one of them. One view per slot: threads share only the
 * templates.
 */
#ifndef MADANG_VIEW_VIEW_H
#define MADANG_VIEW_VIEW_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct view;

/* The languages there are, in the order of view_language_tags. */
enum view_language { VIEW_EN, VIEW_KO, VIEW_LANGUAGES };
extern const char *const view_language_tags[VIEW_LANGUAGES]; /* "en", "ko" */

/* The templates there are; each is templates/NAME.cs. */
enum view_template {
	VIEW_BOARDS,
	VIEW_DELETE,
	VIEW_EDIT,
	VIEW_FEED,
	VIEW_HOME,
	VIEW_LIST,
	VIEW_POST,
	VIEW_POSTED,
	VIEW_PROBLEM,
	VIEW_REPLY,
	VIEW_STREAM,
	VIEW_UNLOCK,
	VIEW_VERSIONS,
	VIEW_WRITE,
	VIEW_TEMPLATES
};

/* Once, before threads. ERR_NO_MEMORY. */
enum err view_init(void);

/*
 * Reads every template and every language from folder and the names of the
 * static files from the file assets. So many views that share them, at least
 * one, render at the same time, others after them. ERR_CONFIG after a log line
 * with file and line of what is broken, ERR_NO_MEMORY.
 */
enum err view_create(
    const char *folder, const char *assets, size_t at_once, struct view **view);

/*
 * Another view of the same templates and languages, for another thread. The
 * templates stay those of the first, which must outlive it. ERR_NO_MEMORY,
 * ERR_INTERNAL.
 */
enum err view_share(const struct view *with, struct view **view);
void view_destroy(struct view *view); /* NULL is fine */

/*
 * Begins a page in a language: forgets all values. The page's values live in
 * the arena, which is not reset before the page is rendered. ERR_NO_MEMORY.
 */
enum err view_begin(
    struct view *view, struct arena *arena, enum view_language language);

/*
 * Sets a value. A failure is remembered and returned by view_render, so that
 * a run of these needs no tests. name is a literal: "Site.title"; the value
 * is copied. With _in, below a prefix: ("Posts.0", "name").
 */
void view_set(struct view *view, const char *name, const char *value);
void view_set_number(struct view *view, const char *name, uint64_t value);
void view_set_in(
    struct view *view, const char *prefix, const char *name, const char *value);
/* The same of a long value that is not copied: it is in the page's arena. */
void view_lend_in(
    struct view *view, const char *prefix, const char *name, const char *value);
void view_set_number_in(
    struct view *view, const char *prefix, const char *name, uint64_t value);

/* A value for a {name} in a sentence. */
struct view_word {
	const char *name;
	uint64_t number;
};

/*
 * Sets name to the sentence of the page's language under key, in which each
 * {word} is replaced: "At most {max} characters." A key that the language
 * lacks is a failure (ERR_INTERNAL): a test sees that there is none.
 */
void view_set_sentence(struct view *view, const char *name, const char *key,
    const struct view_word *words, size_t count);

/* The page into out. ERR_NO_MEMORY, ERR_INTERNAL (logged). */
enum err view_render(
    struct view *view, enum view_template name, struct buf *out);

#endif
