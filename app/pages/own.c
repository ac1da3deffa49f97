#include "pages/own.h"

#include "base/clock.h"

enum err
own_read(struct page *page, const char *token, struct thread *thread)
{
	const struct thread_query query = {
	    .id = page->number, .number = 0, .size = 1, .token = token};
	enum err err = thread_read(&page->store, &query, thread);

	page->info = thread->info;
	if (err == ERR_OK && thread->post.deleted)
		err = ERR_NOT_FOUND;
	return err;
}

enum err
own_read_granted(struct page *page, const char *token, struct thread *thread)
{
	char path[PAGE_PATH_BYTES];
	enum err err = own_read(page, token, thread);

	if (err != ERR_OK || thread->granted)
		return err;
	page_path_of_post(page->number, "unlock", path);
	return page_redirect(page, 303, path);
}

const char *
own_path(struct page *page, uint64_t id, const char *what, const char *token)
{
	char path[PAGE_PATH_BYTES];

	page_path_of_post(id, what, path);
	return arena_printf(page->arena, "%s?key=%s", path, token);
}

enum err
own_unlock(struct page *page, const struct form_value *password,
    struct thread *thread, char token[SEAL_TEXT_BYTES], uint64_t *seconds)
{
	const struct access_try attempt = {
	    .id = page->number,
	    .password = {page->request->client, password->text,
		password->length},
	};
	enum access_answer answer;
	/* A board that nobody made gets no key of its own. */
	enum err err = page->slug[0] != '\0' ? page_read_info(page) : ERR_OK;

	if (err != ERR_OK)
		return err;
	err =
	    access_try(&page->store, &attempt, &thread->key, &answer, seconds);

	if (err != ERR_OK)
		return err;
	if (answer == ACCESS_GONE)
		return ERR_NOT_FOUND;
	if (answer == ACCESS_WAIT)
		return ERR_TOO_MANY;
	if (answer != ACCESS_RIGHT)
		return ERR_FORBIDDEN;
	access_token(&thread->key, page->number,
	    clock_unix_ms() / 1000 + ACCESS_SECONDS, token);
	thread->granted = true;
	return ERR_OK;
}

void
own_set_access(
    struct page *page, const struct thread *thread, const char *token)
{
	const struct post *post = &thread->post;

	if (post->root != 0)
		view_set(page->view, "Post.is_reply", "1");
	if (thread->granted)
		view_set(page->view, "Post.token", token);
}

enum err
own_set_post(struct page *page, const struct thread *thread, const char *token)
{
	struct post shown = thread->post;

	/* A reply may be one to a secret post: its page shows no word of it. */
	if (shown.root != 0 && !thread->granted)
		shown.name = shown.text = "";
	view_set(page->view, "Page.noindex", "1");
	own_set_access(page, thread, token);
	return page_set_row(page, "Post", &shown);
}
