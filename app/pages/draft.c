#include "pages/draft.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of each field: its name in forms, and that of its sentences. */
static const struct {
	const char *name;
	const char *sentence;
	enum form_kind kind;
} fields[DRAFT_FIELDS] = {
    [DRAFT_NAME] = {"full_name", "name", FORM_LINE},
    [DRAFT_TEXT] = {"data", "text", FORM_TEXT},
    [DRAFT_TITLE] = {"title", "title", FORM_LINE},
    [DRAFT_PASSWORD] = {"password", "password", FORM_PASSWORD},
    [DRAFT_CATEGORY] = {"category", "category", FORM_TOKEN},
    [DRAFT_SECRET] = {"secret", "secret", FORM_TOKEN},
    [DRAFT_VERSION] = {"version", NULL, FORM_TOKEN},
    [DRAFT_KEY] = {"key", NULL, FORM_TOKEN},
    [DRAFT_PREVIEW] = {"preview", NULL, FORM_TOKEN},
};

/* The order in which people meet them; what follows is hidden. */
static const enum draft_field shown_order[] = {
    DRAFT_TITLE,
    DRAFT_CATEGORY,
    DRAFT_NAME,
    DRAFT_PASSWORD,
    DRAFT_TEXT,
    DRAFT_SECRET,
};
#define SHOWN (sizeof(shown_order) / sizeof(shown_order[0]))

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
	    [DRAFT_PASSWORD] = DRAFT_PASSWORD_MAX_BYTES,
	    [DRAFT_CATEGORY] = 3,
	    [DRAFT_SECRET] = 1,
	    [DRAFT_VERSION] = 14,
	    [DRAFT_KEY] = SEAL_TEXT_BYTES,
	    [DRAFT_PREVIEW] = 1,
	};

	return (struct form_field){
	    .name = fields[which].name,
	    .kind = fields[which].kind,
	    .max_chars = (size_t)limits[which],
	};
}

static void
draft_clear(struct draft *draft)
{
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		draft_type(draft, (enum draft_field)i, "");
}

/* Fields that the form has not stay absent, sent or not. */
static enum err
draft_read(
    struct page *page, const struct draft_form *form, struct draft *draft)
{
	const struct http_request *request = page->request;
	struct form_field declared[DRAFT_FIELDS];
	enum err err;

	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		declared[i] = declare_field(page->conf, (enum draft_field)i);
	draft_clear(draft);
	err = form_read(page->arena, request->content_type, request->body,
	    request->content_length, (size_t)page->conf->limits.fields,
	    declared, DRAFT_FIELDS, draft->values);
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		if (!(form->fields & DRAFT_BIT(i)))
			draft_type(draft, (enum draft_field)i, "");
	return err;
}

void
draft_type(struct draft *draft, enum draft_field which, const char *text)
{
	draft->values[which] = (struct form_value){
	    .state = text[0] != '\0' ? FORM_VALID : FORM_ABSENT,
	    .problem = text[0] != '\0' ? TEXT_FINE : TEXT_EMPTY,
	    .typed = text,
	    .text = text,
	    .length = strlen(text)};
}

uint64_t
draft_number(const struct draft *draft, enum draft_field which)
{
	const struct form_value *value = &draft->values[which];
	uint64_t number = 0;

	(void)number_parse(
	    value->typed, strlen(value->typed), 1, POST_ID_MAX, &number);
	return number;
}

struct change_words
draft_words(const struct draft *draft)
{
	const struct form_value *values = draft->values;

	return (struct change_words){
	    .name = values[DRAFT_NAME].text,
	    .name_length = values[DRAFT_NAME].length,
	    .title = values[DRAFT_TITLE].text,
	    .title_length = values[DRAFT_TITLE].length,
	    .text = values[DRAFT_TEXT].text,
	    .text_length = values[DRAFT_TEXT].length,
	    .category = draft_number(draft, DRAFT_CATEGORY),
	    .secret = values[DRAFT_SECRET].state == FORM_VALID,
	};
}

/*
 * The record of the password that was typed, in the arena. ERR_UNAVAILABLE
 * (others' are being computed), ERR_NO_MEMORY.
 */
static enum err
make_password(
    struct page *page, const struct draft *draft, const unsigned char **record)
{
	const struct form_value *value = &draft->values[DRAFT_PASSWORD];
	const struct password password = {
	    page->request->client, value->text, value->length};
	unsigned char *made;

	made = arena_alloc(page->arena, PASSWORD_BYTES);
	if (made == NULL)
		return ERR_NO_MEMORY;
	*record = made;
	return password_hash(&password, made);
}

enum err
draft_write(struct page *page, const struct draft *draft,
    struct change_post *post, struct change_posted *posted)
{
	enum err err = ERR_OK;

	/*
	 * A password is the one thing about a post that takes a processor a
	 * while: nobody gets it by posts that are over the limits, or the same
	 * again, or while Redis is away.
	 */
	post->asks = draft->values[DRAFT_PASSWORD].state == FORM_VALID;
	if (post->asks) {
		err = change_post(&page->store, post, posted);
		if (err != ERR_OK || !posted->would)
			return err;
		post->asks = false;
		err = make_password(page, draft, &post->password);
	}
	return err != ERR_OK ? err : change_post(&page->store, post, posted);
}

/* Names and texts are needed; of the others, what was typed must be right. */
static bool
field_is_fine(
    const struct page *page, const struct draft *draft, enum draft_field which)
{
	const struct form_value *value = &draft->values[which];

	/* It is ticked or not. */
	if (which == DRAFT_SECRET)
		return true;
	if (which == DRAFT_CATEGORY && value->typed[0] != '\0')
		return board_category(
			   &page->info, draft_number(draft, which))[0] != '\0';
	return value->state == FORM_VALID ||
	       (which != DRAFT_NAME && which != DRAFT_TEXT &&
		   value->problem == TEXT_EMPTY);
}

static bool
draft_is_valid(const struct page *page, const struct draft_form *form,
    const struct draft *draft)
{
	for (size_t i = 0; i < SHOWN; i++)
		if ((form->fields & DRAFT_BIT(shown_order[i])) &&
		    !field_is_fine(page, draft, shown_order[i]))
			return false;
	return true;
}

/* What is wrong with a field, beside it and in the summary above. */
static void
set_error(struct page *page, const struct draft *draft, enum draft_field which,
    size_t row)
{
	const struct form_field field = declare_field(page->conf, which);
	enum text_problem problem = draft->values[which].problem;
	const struct view_word words[] = {
	    {"max", field.max_chars}, {"length", draft->values[which].chars}};
	char name[64];
	char key[64];

	if (which == DRAFT_CATEGORY)
		problem = TEXT_EMPTY;
	(void)snprintf(key, sizeof(key), "Errors.%s.%s", fields[which].sentence,
	    problem_names[problem]);
	(void)snprintf(name, sizeof(name), "Form.%s.error", field.name);
	view_set_sentence(page->view, name, key, words, 2);
	(void)snprintf(name, sizeof(name), "Form.errors.%zu.text", row);
	view_set_sentence(page->view, name, key, words, 2);
	(void)snprintf(name, sizeof(name), "Form.errors.%zu", row);
	view_set_in(page->view, name, "field", field.name);
}

/* A field's hint and what was typed into it; a password may be one of before.
 */
static void
set_field(struct page *page, const struct draft *draft, enum draft_field which,
    bool editing)
{
	const struct form_field field = declare_field(page->conf, which);
	const struct view_word words[] = {{"max", field.max_chars}};
	char prefix[32];
	char name[64];
	char key[64];

	(void)snprintf(prefix, sizeof(prefix), "Form.%s", field.name);
	view_set_in(page->view, prefix, "shown", "1");
	view_set_in(page->view, prefix, "value", draft->values[which].typed);
	if (fields[which].sentence == NULL || which == DRAFT_CATEGORY)
		return;
	(void)snprintf(name, sizeof(name), "%s.hint", prefix);
	(void)snprintf(key, sizeof(key), "Hints.%s%s", fields[which].sentence,
	    which == DRAFT_PASSWORD && editing ? "_again" : "");
	view_set_sentence(page->view, name, key, words, 1);
}

static void
set_form(struct page *page, const struct draft_form *form,
    const struct draft *draft, bool judged)
{
	size_t errors = 0;

	view_set(page->view, "Form.action", form->path);
	for (size_t i = 0; i < DRAFT_FIELDS; i++)
		if (form->fields & DRAFT_BIT(i))
			set_field(page, draft, (enum draft_field)i,
			    form->fields & DRAFT_BIT(DRAFT_VERSION));
	for (size_t i = 0; i < SHOWN && judged; i++)
		if ((form->fields & DRAFT_BIT(shown_order[i])) &&
		    !field_is_fine(page, draft, shown_order[i]))
			set_error(page, draft, shown_order[i], errors++);
}

void
draft_set_empty(struct page *page, const struct draft_form *form)
{
	struct draft draft;

	draft_clear(&draft);
	set_form(page, form, &draft, false);
}

/* Why a good draft could not be stored. */
static void
set_problem(struct page *page, enum err why)
{
	const struct view_word words[] = {
	    {"seconds", page->store.wait_seconds}};
	unsigned status = http_status(why);
	char name[16];
	char key[64];

	/* 429 is of two kinds. */
	if (why == ERR_TOO_MANY)
		(void)snprintf(name, sizeof(name), "tries");
	else
		(void)snprintf(name, sizeof(name), "%u", status);
	(void)snprintf(key, sizeof(key), "Posting.%s.title", name);
	view_set_sentence(page->view, "Problem.title", key, NULL, 0);
	(void)snprintf(key, sizeof(key), "Posting.%s.text", name);
	view_set_sentence(page->view, "Problem.text", key, words, 1);
	page->response->error = why;
	if (why == ERR_TOO_OFTEN)
		page->response->retry_after =
		    (unsigned)page->store.wait_seconds;
	if (status == 503 || status == 500) {
		page->response->retry_after = 5;
		page_set_id(page);
	}
}

/* What leads away from this page would lose what was typed. */
static void
set_typed(struct page *page)
{
	if (page->request->method == HTTP_POST)
		view_set(page->view, "Page.typed", "1");
}

/* The page with its form; why: ERR_OK, ERR_INVALID, or why it isn't stored. */
static enum err
show(struct page *page, const struct draft_form *form,
    const struct draft *draft, enum err why)
{
	enum err err;

	/*
	 * prepare may have spared itself what the frame tells; without it the
	 * frame tells less.
	 */
	if (why == ERR_INVALID && page->info.title == NULL)
		(void)page_read_info(page);
	err = page_begin(page, form->name, form->path);
	if (err != ERR_OK)
		return err;
	set_typed(page);
	set_form(page, form, draft, why != ERR_OK);
	if (why == ERR_INVALID)
		page->response->error = why;
	else if (why != ERR_OK)
		set_problem(page, why);
	if (form->fill != NULL)
		err = form->fill(page, form->context);
	return err != ERR_OK ? err
			     : page_end(page, form->template, http_status(why));
}

enum err
draft_show(struct page *page, const struct draft_form *form)
{
	struct draft draft;
	enum err err;

	draft_clear(&draft);
	err = form->prepare(page, &draft, form->context);
	/* Redis may be back before the text of something new is written. */
	if (err != ERR_OK && (err != ERR_UNAVAILABLE || form->needs_post))
		return err;
	if (page->response->location != NULL)
		return ERR_OK;
	return show(page, form, &draft, ERR_OK);
}

/* The post as it will be, above the form that it came from. */
static enum err
show_preview(
    struct page *page, const struct draft_form *form, const struct draft *draft)
{
	const struct post post = {
	    .title = draft->values[DRAFT_TITLE].text,
	    .name = draft->values[DRAFT_NAME].text,
	    .text = draft->values[DRAFT_TEXT].text,
	    .category = draft_number(draft, DRAFT_CATEGORY),
	};
	enum err err = page_begin(page, form->name, form->path);

	set_typed(page);
	set_form(page, form, draft, false);
	if (err == ERR_OK && form->fill != NULL)
		err = form->fill(page, form->context);
	if (err == ERR_OK)
		err = page_set_post(page, "Preview", &post);
	view_set(page->view, "Preview.shown", "1");
	return err != ERR_OK ? err : page_end(page, form->template, 200);
}

enum err
draft_post(struct page *page, const struct draft_form *form)
{
	struct draft draft;
	enum err err = draft_read(page, form, &draft);
	enum err prepared;

	if (err != ERR_OK)
		return err;
	prepared = form->prepare(page, &draft, form->context);
	if (prepared == ERR_NO_MEMORY)
		return prepared;
	if (!draft_is_valid(page, form, &draft) && prepared == ERR_OK)
		return show(page, form, &draft, ERR_INVALID);
	/* A preview needs no Redis, but a page that there is. */
	if (draft.values[DRAFT_PREVIEW].state == FORM_VALID &&
	    (prepared == ERR_OK || prepared == ERR_UNAVAILABLE))
		return show_preview(page, form, &draft);
	err = prepared == ERR_OK ? form->store(page, &draft, form->context)
				 : prepared;
	return err == ERR_OK ? ERR_OK : show(page, form, &draft, err);
}

void
draft_private_token(const struct change_post *post,
    const struct change_posted *posted, char token[SEAL_TEXT_BYTES])
{
	token[0] = '\0';
	if (post->password == NULL && !post->asks && posted->key.known &&
	    posted->age_ms < CHANGE_AGAIN_MS)
		access_token(&posted->key, posted->id, 0, token);
}

enum err
draft_store_post(struct page *page, const struct draft *draft, void *context)
{
	struct change_post post = {
	    .words = draft_words(draft),
	    .client = page->store.limit.client,
	    .once_seconds = page->conf->post.once_seconds,
	};
	char token[SEAL_TEXT_BYTES];
	struct change_posted posted;
	const char *path;
	enum err err = draft_write(page, draft, &post, &posted);

	(void)context;
	if (err == ERR_OK)
		err = page_begin(page, "home", "/");
	if (err != ERR_OK)
		return err;
	draft_private_token(&post, &posted, token);
	path = arena_printf(page->arena, "/?posted=%" PRIu64 "%s%s", posted.id,
	    token[0] != '\0' ? "&mine=" : "", token);
	if (path == NULL)
		return ERR_NO_MEMORY;
	view_set_number(page->view, "Posted.id", posted.id);
	if (token[0] != '\0')
		view_set(page->view, "Posted.token", token);
	err = page_redirect(page, 303, path);
	return err != ERR_OK ? err : page_end(page, VIEW_POSTED, 303);
}
