/*
 * The front page: the form, the newest posts below it, and what becomes of a
 * post that was sent.
 */
#include "pages/page.h"

#include "base/number.h"
#include "board/board.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The form's fields, by the names of the contract. */
enum home_field { HOME_NAME, HOME_TEXT, HOME_FIELDS };

static const char *const field_names[HOME_FIELDS] = {"full_name", "data"};
/* What their sentences are called in the language files. */
static const char *const sentence_names[HOME_FIELDS] = {"name", "text"};

static const char *const problem_names[] = {
    [TEXT_EMPTY] = "empty",
    [TEXT_TOO_LONG] = "too_long",
    [TEXT_CONTROL] = "control",
    [TEXT_BIDI] = "bidi",
    [TEXT_MARKS] = "marks",
    [TEXT_HEAVY] = "heavy",
};

static void
declare_fields(const struct conf *conf, struct form_field fields[HOME_FIELDS])
{
	fields[HOME_NAME] = (struct form_field){
	    field_names[HOME_NAME], FORM_LINE, (size_t)conf->post.name_chars};
	fields[HOME_TEXT] = (struct form_field){
	    field_names[HOME_TEXT], FORM_TEXT, (size_t)conf->post.text_chars};
}

/* The values of one field: its limits, what was typed, what is wrong. */
static void
set_field(struct page *page, enum home_field which,
    const struct form_field *field, const struct form_value *value)
{
	struct view_word words[] = {{"max", field->max_chars}, {"length", 0}};
	char prefix[32];
	char name[64];
	char key[64];

	(void)snprintf(prefix, sizeof(prefix), "Form.%s", field->name);
	(void)snprintf(name, sizeof(name), "%s.hint", prefix);
	(void)snprintf(key, sizeof(key), "Hints.%s", sentence_names[which]);
	view_set_sentence(page->view, name, key, words, 2);
	view_set_number_in(page->view, prefix, "max_chars", field->max_chars);
	if (value == NULL)
		return;
	view_set_in(page->view, prefix, "value", value->typed);
	if (value->state == FORM_VALID)
		return;
	words[1].number = value->chars;
	(void)snprintf(name, sizeof(name), "%s.error", prefix);
	(void)snprintf(key, sizeof(key), "Errors.%s.%s", sentence_names[which],
	    problem_names[value->problem]);
	view_set_sentence(page->view, name, key, words, 2);
}

/*
 * The newest posts. That they can't be read is no reason to withhold the form
 * from somebody who has typed into it: the page says so.
 */
static enum err
set_newest(struct page *page)
{
	struct board_page newest = {.count = 0};
	enum err err = ERR_OK;

	if (page->conf->site.home_size > 0)
		err = board_read_page(
		    &page->store, 1, page->conf->site.home_size, &newest);
	if (err == ERR_OK)
		page_set_posts(page, newest.posts, newest.count);
	else
		view_set(page->view, "Posts.away", "1");
	return err;
}

/* Everything but the posts; values NULL: an empty form. */
static enum err
begin(struct page *page, const struct form_value *values)
{
	struct form_field fields[HOME_FIELDS];
	enum err err = page_begin(page, "home", "/");

	declare_fields(page->conf, fields);
	for (size_t i = 0; i < HOME_FIELDS; i++)
		set_field(page, (enum home_field)i, &fields[i],
		    values != NULL ? &values[i] : NULL);
	return err;
}

/* The id behind ?posted=, where the answer to a post leads. */
static enum err
set_posted(struct page *page)
{
	const struct form_field field = {"posted", FORM_TOKEN, 14};
	struct form_value value;
	uint64_t id;
	enum err err = form_read_query(page->arena, page->request->query,
	    (size_t)page->conf->limits.fields, &field, 1, &value);

	/* A query that is not ours is no reason to withhold the page. */
	if (err == ERR_OK && value.state == FORM_VALID &&
	    number_parse(value.text, value.length, 1, POST_ID_MAX, &id))
		view_set_number(page->view, "Posted.id", id);
	return err == ERR_NO_MEMORY ? err : ERR_OK;
}

enum err
home_show(struct page *page)
{
	enum err err = begin(page, NULL);

	if (err == ERR_OK)
		err = set_posted(page);
	if (err != ERR_OK)
		return err;
	err = set_newest(page);
	page->response->error = err;
	if (err == ERR_OK)
		page->response->cache_control = "no-cache";
	else
		page->response->retry_after = 5;
	return page_end(page, VIEW_HOME, http_status(err));
}

/* The form again, with what was typed and what is wrong. */
static enum err
show_invalid(struct page *page, const struct form_value *values)
{
	enum err err = begin(page, values);

	if (err != ERR_OK)
		return err;
	(void)set_newest(page);
	page->response->error = ERR_INVALID;
	return page_end(page, VIEW_HOME, http_status(ERR_INVALID));
}

/* The form again, because the post could not be stored. */
static enum err
show_away(struct page *page, const struct form_value *values, enum err why)
{
	enum err err = begin(page, values);

	if (err != ERR_OK)
		return err;
	view_set_sentence(
	    page->view, "Problem.title", "Posting.away.title", NULL, 0);
	view_set_sentence(
	    page->view, "Problem.text", "Posting.away.text", NULL, 0);
	view_set(page->view, "Posts.away", "1");
	page->response->error = why;
	page->response->retry_after = 5;
	return page_end(page, VIEW_HOME, http_status(why));
}

static enum err
show_posted(struct page *page, uint64_t id)
{
	char path[64];
	enum err err = page_begin(page, "home", "/");

	if (err != ERR_OK)
		return err;
	(void)snprintf(path, sizeof(path), "/posts/%" PRIu64, id);
	view_set(page->view, "Posted.path", path);
	(void)snprintf(path, sizeof(path), "/?posted=%" PRIu64, id);
	err = page_redirect(page, 303, path);
	return err != ERR_OK ? err : page_end(page, VIEW_POSTED, 303);
}

enum err
home_post(struct page *page)
{
	const struct http_request *request = page->request;
	struct form_field fields[HOME_FIELDS];
	struct form_value values[HOME_FIELDS];
	struct post_draft draft;
	uint64_t id;
	bool again;
	enum err err;

	declare_fields(page->conf, fields);
	err = form_read(page->arena, request->content_type, request->body,
	    request->content_length, (size_t)page->conf->limits.fields, fields,
	    HOME_FIELDS, values);
	if (err != ERR_OK)
		return err;
	if (values[HOME_NAME].state != FORM_VALID ||
	    values[HOME_TEXT].state != FORM_VALID)
		return show_invalid(page, values);
	draft = (struct post_draft){
	    .client = request->client,
	    .name = values[HOME_NAME].text,
	    .name_length = values[HOME_NAME].length,
	    .text = values[HOME_TEXT].text,
	    .text_length = values[HOME_TEXT].length,
	    .once_seconds = page->conf->post.once_seconds,
	};
	err = post_create(&page->store, &draft, &id, &again);
	if (err != ERR_OK)
		return show_away(page, values, err);
	return show_posted(page, id);
}
