#include "shown.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

static const char *
path_of(const char *variable, const char *path)
{
	const char *root = getenv(variable);

	return arena_printf(
	    support_arena(), "%s/%s", root != NULL ? root : ".", path);
}

struct view *
shown_open_view(void)
{
	struct view *view = NULL;

	ck_assert_int_eq(view_init(), ERR_OK);
	ck_assert_int_eq(
	    view_create(path_of("TOP_SRCDIR", "templates"),
		path_of("TOP_BUILDDIR", "web/assets.hdf"), 1, &view),
	    ERR_OK);
	return view;
}

void
shown_begin(struct view *view, enum view_language language)
{
	ck_assert_int_eq(view_begin(view, support_arena(), language), ERR_OK);
	view_set(view, "Site.title", "Madang");
	view_set(view, "Site.base", "");
	view_set(view, "Board.base", "");
	view_set(view, "Board.home", "/");
}

const char *
shown_render(struct view *view, enum view_template name)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(view_render(view, name, &out), ERR_OK);
	return out.data;
}

void
assert_has(const char *text, const char *part)
{
	ck_assert_msg(
	    strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

void
assert_lacks(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text);
}
