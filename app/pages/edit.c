/*
 * A post written anew by who wrote it: who has its private link, or gives its
 * password. What somebody else changed meanwhile is shown, not overwritten.
 */
#include "pages/draft.h"
#include "pages/own.h"

#include <inttypes.h>
#include <stdio.h>

struct edit {
	struct draft_form form;
	char path[PAGE_PATH_BYTES];
	struct thread thread;
	char token[SEAL_TEXT_BYTES];
	struct change_conflict conflict;
	uint64_t wait; /* seconds till the next try of a password */
	bool locked;   /* the token was wrong: the form asks for a password */
};

/* An earlier version by its number, 1 being the newest. ERR_NOT_FOUND. */
static enum err
type_version(struct page *page, uint64_t number, struct draft *draft)
{
	struct change_version *versions;
	size_t count;
	enum err err =
	    change_read_versions(&page->store, page->number, &versions, &count);

	if (err == ERR_OK && number > count)
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	draft_type(draft, DRAFT_NAME, versions[number - 1].name);
	draft_type(draft, DRAFT_TITLE, versions[number - 1].title);
	draft_type(draft, DRAFT_TEXT, versions[number - 1].text);
	return ERR_OK;
}

/* What is there now, as if it had been typed. */
static enum err
type_post(struct page *page, struct edit *edit, struct draft *draft)
{
	const struct post *post = &edit->thread.post;
	const char *category =
	    post->category == 0
		? ""
		: arena_printf(page->arena, "%" PRIu64, post->category);
	const char *version =
	    arena_printf(page->arena, "%" PRIu64, post->version);
	uint64_t earlier = page_query_number(page, "version");

	if (category == NULL || version == NULL)
		return ERR_NO_MEMORY;
	draft_type(draft, DRAFT_NAME, post->name);
	draft_type(draft, DRAFT_TITLE, post->title);
	draft_type(draft, DRAFT_TEXT, post->text);
	draft_type(draft, DRAFT_CATEGORY, category);
	draft_type(draft, DRAFT_SECRET, edit->thread.hidden ? "1" : "");
	draft_type(draft, DRAFT_VERSION, version);
	draft_type(draft, DRAFT_KEY, edit->token);
	return earlier == 0 ? ERR_OK : type_version(page, earlier, draft);
}

/* A reply has neither title nor category, and is as secret as its thread. */
static void
set_fields(struct edit *edit)
{
	edit->form.fields = DRAFT_SHORT | DRAFT_BIT(DRAFT_VERSION) |
			    DRAFT_BIT(DRAFT_KEY) | DRAFT_BIT(DRAFT_PREVIEW);
	if (edit->thread.post.root == 0)
		edit->form.fields |= DRAFT_BIT(DRAFT_TITLE) |
				     DRAFT_BIT(DRAFT_CATEGORY) |
				     DRAFT_BIT(DRAFT_SECRET);
	if (edit->locked)
		edit->form.fields |= DRAFT_BIT(DRAFT_PASSWORD);
}

/* The password that stands in for a token that is wrong, or is too old. */
static enum err
unlock(struct page *page, struct draft *draft, struct edit *edit)
{
	const struct form_value *password = &draft->values[DRAFT_PASSWORD];
	enum err err = ERR_FORBIDDEN;

	if (password->state == FORM_VALID)
		err = own_unlock(
		    page, password, &edit->thread, edit->token, &edit->wait);
	edit->locked = err != ERR_OK;
	if (err == ERR_OK) {
		draft_type(draft, DRAFT_KEY, edit->token);
		draft_type(draft, DRAFT_PASSWORD, "");
	}
	return err;
}

static enum err
prepare(struct page *page, struct draft *draft, void *context)
{
	struct edit *edit = context;
	bool sent = page->request->method == HTTP_POST;
	const char *token =
	    sent ? draft->values[DRAFT_KEY].text : page_token(page, "key");
	enum err err = sent ? own_read(page, token, &edit->thread)
			    : own_read_granted(page, token, &edit->thread);

	(void)snprintf(edit->token, sizeof(edit->token), "%s", token);
	if (err == ERR_OK && !edit->thread.granted && sent)
		err = unlock(page, draft, edit);
	set_fields(edit);
	return err != ERR_OK || sent || !edit->thread.granted
		   ? err
		   : type_post(page, edit, draft);
}

/* What is there now, beside the form with what was typed. */
static void
set_conflict(struct page *page, const struct change_conflict *conflict)
{
	view_set(page->view, "Conflict.found", "1");
	view_set(page->view, "Conflict.name", conflict->name);
	view_set(page->view, "Conflict.title", conflict->title);
	view_set(page->view, "Conflict.text", conflict->text);
	view_set(page->view, "Conflict.category",
	    board_category(&page->info, conflict->category));
	if (conflict->secret) {
		view_set(page->view, "Conflict.secret", "1");
		/* Whoever knew it as an open one shall not open it unawares. */
		view_set(page->view, "Form.secret.value", "1");
	}
	/* What is sent next knows of it. */
	view_set_number(page->view, "Form.version.value", conflict->version);
	/* Nought is no value to a template. */
	view_set(page->view, "Form.version.shown", "1");
}

static enum err
fill(struct page *page, void *context)
{
	struct edit *edit = context;

	if (edit->wait > 0)
		page->response->retry_after = (unsigned)edit->wait;
	if (edit->conflict.found)
		set_conflict(page, &edit->conflict);
	/* Without Redis nothing is known of it. */
	return edit->thread.post.id == 0
		   ? ERR_OK
		   : own_set_post(page, &edit->thread, edit->token);
}

static enum err
store(struct page *page, const struct draft *draft, void *context)
{
	struct edit *edit = context;
	const struct change_words words = draft_words(draft);
	enum err err = change_edit(&page->store, page->number,
	    draft_number(draft, DRAFT_VERSION), &words, &edit->conflict);
	const char *path;

	if (err == ERR_OK && edit->conflict.found)
		err = ERR_CONFLICT;
	if (err != ERR_OK)
		return err;
	path = own_path(page, page->number, "", edit->token);
	return path == NULL ? ERR_NO_MEMORY : page_redirect(page, 303, path);
}

static const struct draft_form *
make_form(struct page *page, struct edit *edit)
{
	*edit = (struct edit){.locked = false};
	page_path_of_post(page->number, "edit", edit->path);
	/* All are read: which count is known once the post is. */
	edit->form = (struct draft_form){
	    .fields = ~0U,
	    .name = "edit",
	    .path = edit->path,
	    .template = VIEW_EDIT,
	    .needs_post = true,
	    .context = edit,
	    .prepare = prepare,
	    .fill = fill,
	    .store = store,
	};
	return &edit->form;
}

enum err
edit_show(struct page *page)
{
	struct edit edit;

	return draft_show(page, make_form(page, &edit));
}

enum err
edit_post(struct page *page)
{
	struct edit edit;

	return draft_post(page, make_form(page, &edit));
}
