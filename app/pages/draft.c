#include "pages/draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* By the names of the contract, as far as it has them. */
static const char *const field_names[DRAFT_FIELDS] = {
    [DRAFT_NAME] = "full_name",
    [DRAFT_TEXT] = "data",
    [DRAFT_TITLE] = "title",
};
/* What their sentences are called in the language files. */
static const char *const sentence_names[DRAFT_FIELDS] = {
    [DRAFT_NAME] = "name",
    [DRAFT_TEXT] = "text",
    [DRAFT_TITLE] = "title",
};

static const char *const problem_names[] = {
    [TEXT_EMPTY] = "empty",
    [TEXT_TOO_LONG] = "too_long",
    [TEXT_CONTROL] = "control",
    [TEXT_BIDI] = "bidi",
    [TEXT_MARKS] = "marks",
    [TEXT_HEAVY] = "heavy",
};

static struct form_field
declare_field(const struct conf *conf, enum draft_field which)
{
	const uint64_t limits[DRAFT_FIELDS] = {
	    [DRAFT_NAME] = conf->post.name_chars,
	    [DRAFT_TEXT] = conf->post.text_chars,
	    [DRAFT_TITLE] = conf->post.title_chars,
	};

	return (struct form_field){
	    .name = field_names[which],
	    .kind = which == DRAFT_TEXT ? FORM_TEXT : FORM_LINE,
	    .max_chars = (size_t)limits[which],
	};
}

enum err
draft_read(struct page *page, size_t fields, struct draft *draft)
{
	const struct http_request *request = page->request;
	struct form_field declared[DRAFT_FIELDS + 1];
	struct form_value values[DRAFT_FIELDS + 1];
	enum err err;

	for (size_t i = 0; i < fields; i++)
		declared[i] = declare_field(page->conf, (enum draft_field)i);
	declared[fields] = (struct form_field){"preview", FORM_TOKEN, 1};
	err = form_read(page->arena, request->content_type, request->body,
	    request->content_length, (size_t)page->conf->limits.fields,
	    declared, fields + 1, values);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		draft->values[i] =
		    i < fields
			? values[i]
			: (struct form_value){
			      .problem = TEXT_EMPTY, .typed = "", .text = ""};
	draft->preview = values[fields].state == FORM_VALID;
	return ERR_OK;
}

/* A title that nobody typed is none; every other field is needed. */
static bool
field_is_fine(const struct draft *draft, enum draft_field which)
{
	const struct form_value *value = &draft->values[which];

	return value->state == FORM_VALID ||
	       (which == DRAFT_TITLE && value->problem == TEXT_EMPTY);
}

bool
draft_is_valid(const struct draft *draft)
{
	for (int i = 0; i < DRAFT_FIELDS; i++)
		if (!field_is_fine(draft, (enum draft_field)i))
			return false;
	return true;
}

/* The values of one field: its limit, what was typed, what is wrong. */
static void
set_field(struct page *page, enum draft_field which, const struct draft *draft)
{
	const struct form_field field = declare_field(page->conf, which);
	struct view_word words[] = {{"max", field.max_chars}, {"length", 0}};
	char prefix[32];
	char name[64];
	char key[64];

	(void)snprintf(prefix, sizeof(prefix), "Form.%s", field.name);
	(void)snprintf(name, sizeof(name), "%s.hint", prefix);
	(void)snprintf(key, sizeof(key), "Hints.%s", sentence_names[which]);
	view_set_sentence(page->view, name, key, words, 2);
	if (draft == NULL)
		return;
	view_set_in(page->view, prefix, "value", draft->values[which].typed);
	if (field_is_fine(draft, which))
		return;
	words[1].number = draft->values[which].chars;
	(void)snprintf(name, sizeof(name), "%s.error", prefix);
	(void)snprintf(key, sizeof(key), "Errors.%s.%s", sentence_names[which],
	    problem_names[draft->values[which].problem]);
	view_set_sentence(page->view, name, key, words, 2);
}

void
draft_set_form(struct page *page, size_t fields, const struct draft *draft)
{
	for (size_t i = 0; i < fields; i++)
		set_field(page, (enum draft_field)i, draft);
}

void
draft_set_away(struct page *page, enum err why)
{
	view_set_sentence(
	    page->view, "Problem.title", "Posting.away.title", NULL, 0);
	view_set_sentence(
	    page->view, "Problem.text", "Posting.away.text", NULL, 0);
	page->response->error = why;
	page->response->retry_after = 5;
}

enum err
draft_store(struct page *page, const struct draft *draft)
{
	const struct form_value *values = draft->values;
	const struct post_draft post = {
	    .client = page->request->client,
	    .title = values[DRAFT_TITLE].text,
	    .title_length = values[DRAFT_TITLE].length,
	    .name = values[DRAFT_NAME].text,
	    .name_length = values[DRAFT_NAME].length,
	    .text = values[DRAFT_TEXT].text,
	    .text_length = values[DRAFT_TEXT].length,
	    .once_seconds = page->conf->post.once_seconds,
	};
	char path[64];
	uint64_t id;
	bool again;
	enum err err = post_create(&page->store, &post, &id, &again);

	if (err == ERR_OK)
		err = page_begin(page, "home", "/");
	if (err != ERR_OK)
		return err;
	(void)snprintf(path, sizeof(path), "/posts/%" PRIu64, id);
	view_set(page->view, "Posted.path", path);
	(void)snprintf(path, sizeof(path), "/?posted=%" PRIu64, id);
	err = page_redirect(page, 303, path);
	return err != ERR_OK ? err : page_end(page, VIEW_POSTED, 303);
}
