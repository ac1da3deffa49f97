/*
 * A reply to a post or to another reply. Whoever comes by the private link of
 * the thread's post writes as its writer.
 */
#include "pages/reply.h"

#include "base/text.h"
#include "board/thread.h"
#include "pages/draft.h"

#include <inttypes.h>
#include <string.h>

/* A quotation is a reminder, not a copy. */
#define QUOTE_MAX_CHARS 1000

#define FIELDS                                                                 \
	(DRAFT_SHORT | DRAFT_BIT(DRAFT_PASSWORD) | DRAFT_BIT(DRAFT_KEY) |      \
	    DRAFT_BIT(DRAFT_PREVIEW))

struct reply_page {
	struct draft_form form;
	char path[PAGE_PATH_BYTES];
	struct thread thread; /* of the thread's post */
	struct post parent;   /* what is replied to */
	const char *token;    /* of the thread's post */
};

/* The lines of a text as Markdown's quotation. */
static const char *
quote(struct page *page, const struct post *post)
{
	size_t end = text_cut(post->text, strlen(post->text), QUOTE_MAX_CHARS);
	const char *text = arena_copy(page->arena, post->text, end);
	struct buf out;

	if (text == NULL)
		return NULL;
	buf_init(&out, page->arena);
	for (bool more = true; more;) {
		size_t length = strcspn(text, "\n");

		buf_text(&out, length > 0 ? "> " : ">");
		buf_append(&out, text, length);
		buf_text(&out, "\n");
		more = text[length] == '\n';
		text += length + (more ? 1 : 0);
	}
	buf_text(&out, "\n");
	return out.failed ? NULL : out.data;
}

/* The thread's post, and what is replied to, which may be the same. */
static enum err
read_both(struct page *page, struct reply_page *reply)
{
	struct thread_query query = {
	    .id = page->number, .size = 1, .token = reply->token};
	enum err err = thread_read(&page->store, &query, &reply->thread);

	page->info = reply->thread.info;
	if (err != ERR_OK)
		return err;
	reply->parent = reply->thread.post;
	if (reply->parent.root != 0) {
		query.id = reply->parent.root;
		err = thread_read(&page->store, &query, &reply->thread);
	}
	/* Of a thread that may be secret nothing is known: it shows nothing. */
	if (err != ERR_OK)
		reply->parent = (struct post){.id = 0};
	if (err == ERR_OK && reply->parent.deleted)
		err = ERR_NOT_FOUND;
	return err;
}

static enum err
prepare(struct page *page, struct draft *draft, void *context)
{
	struct reply_page *reply = context;
	bool sent = page->request->method == HTTP_POST;
	char path[PAGE_PATH_BYTES];
	const char *quoted;
	enum err err;

	reply->token =
	    sent ? draft->values[DRAFT_KEY].text : page_token(page, "key");
	err = read_both(page, reply);
	if (err != ERR_OK)
		return err;
	/* What is secret is so for those who would answer it, too. */
	if (reply->thread.post.secret && sent)
		return ERR_FORBIDDEN;
	if (reply->thread.post.secret) {
		page_path_of_post(reply->thread.post.id, "", path);
		return page_redirect(page, 303, path);
	}
	if (!reply->thread.granted)
		reply->token = "";
	if (sent)
		return ERR_OK;
	draft_type(draft, DRAFT_KEY, reply->token);
	if (page_query_number(page, "quote") == page->number) {
		quoted = quote(page, &reply->parent);
		if (quoted == NULL)
			return ERR_NO_MEMORY;
		draft_type(draft, DRAFT_TEXT, quoted);
	}
	return ERR_OK;
}

static enum err
fill(struct page *page, void *context)
{
	struct reply_page *reply = context;

	view_set(page->view, "Page.noindex", "1");
	if (reply->thread.granted)
		view_set(page->view, "Reply.as_writer", "1");
	/* Without Redis nothing is known of it. */
	if (reply->parent.id == 0 || reply->parent.deleted ||
	    reply->thread.post.secret)
		return ERR_OK;
	return page_set_post(page, "Parent", &reply->parent);
}

/* Where the reply is to be seen: its page of the thread. */
static enum err
answer(struct page *page, const struct reply_page *reply,
    const struct change_post *post, const struct change_posted *posted)
{
	char mine[SEAL_TEXT_BYTES];
	char path[PAGE_PATH_BYTES];
	const char *target;

	draft_private_token(post, posted, mine);
	page_path_of_reply(page, posted->root, posted->place, path);
	target = arena_printf(page->arena,
	    "%s?posted=%" PRIu64 "%s%s%s%s#reply-%" PRIu64, path, posted->id,
	    mine[0] != '\0' ? "&mine=" : "", mine,
	    reply->token[0] != '\0' ? "&key=" : "", reply->token, posted->id);
	return target == NULL ? ERR_NO_MEMORY
			      : page_redirect(page, 303, target);
}

static enum err
store(struct page *page, const struct draft *draft, void *context)
{
	struct reply_page *reply = context;
	struct change_post post = {
	    .words = draft_words(draft),
	    .client = page->store.limit.client,
	    .once_seconds = page->conf->post.once_seconds,
	    .parent = page->number,
	    .by_writer = reply->thread.granted,
	};
	struct change_posted posted;
	enum err err = draft_write(page, draft, &post, &posted);

	return err != ERR_OK ? err : answer(page, reply, &post, &posted);
}

void
reply_set_form(struct page *page, uint64_t id, const char *token)
{
	struct draft_form form = {.fields = FIELDS};
	char path[PAGE_PATH_BYTES];

	page_path_of_post(id, "reply", path);
	form.path = path;
	draft_set_empty(page, &form);
	view_set(page->view, "Form.key.value", token);
}

static const struct draft_form *
make_form(struct page *page, struct reply_page *reply)
{
	*reply = (struct reply_page){.token = ""};
	page_path_of_post(page->number, "reply", reply->path);
	reply->form = (struct draft_form){
	    .fields = FIELDS,
	    .name = "reply",
	    .path = reply->path,
	    .template = VIEW_REPLY,
	    .context = reply,
	    .prepare = prepare,
	    .fill = fill,
	    .store = store,
	};
	return &reply->form;
}

enum err
reply_show(struct page *page)
{
	struct reply_page reply;

	return draft_show(page, make_form(page, &reply));
}

enum err
reply_post(struct page *page)
{
	struct reply_page reply;

	return draft_post(page, make_form(page, &reply));
}
