#include "pages/machine.h"

#include "base/excerpt.h"
#include "base/text.h"
#include "view/jsontext.h"
#include "view/markup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool
machine_post_is_open(const struct post *post)
{
	return !post->secret && !post->deleted;
}

bool
machine_thread_is_open(struct page *page, const struct thread *thread)
{
	return machine_post_is_open(&thread->post) && !thread->hidden &&
	       page_token(page, "key")[0] == '\0';
}

const char *
machine_board_title(struct page *page, const struct board_info *info)
{
	const char *title = info->title;

	if (title == NULL || title[0] == '\0')
		title = page->conf->site.title;
	/* A setting may hold what XML can't. */
	return text_repair(page->arena, title, strlen(title), strlen(title));
}

const char *
machine_post_title(struct page *page, const struct post *post)
{
	return post->title[0] != '\0'
		   ? post->title
		   : excerpt_line(page->arena, post->text, PAGE_LINE_CHARS);
}

enum err
machine_post_html(struct page *page, const struct post *post, const char **html)
{
	struct buf out;
	enum err err;

	buf_init(&out, page->arena);
	err = markup_html(page->arena, post->text, strlen(post->text), &out);
	*html = out.length > 0 ? out.data : "";
	return err;
}

/* JSON: values that are put by more than one page. */

static enum err
put_url(struct page *page, struct jsontext *json, const char *name,
    const char *path)
{
	const char *url = page_url(page, path);

	jsontext_string(json, name, url);
	return url == NULL ? ERR_NO_MEMORY : ERR_OK;
}

static void
put_time(struct jsontext *json, const char *name, uint64_t ms)
{
	char text[PAGE_TIME_BYTES];

	if (ms == 0) {
		jsontext_null(json, name);
		return;
	}
	page_machine_time(ms, text);
	jsontext_string(json, name, text);
}

/* A category that the board doesn't know any more is none. */
static void
put_category(
    struct jsontext *json, const struct board_info *info, uint64_t number)
{
	const char *name = board_category(info, number);

	if (name[0] == '\0') {
		jsontext_null(json, "category");
		return;
	}
	jsontext_object(json, "category");
	jsontext_number(json, "number", number);
	jsontext_string(json, "name", name);
	jsontext_close(json);
}

/* What a list and a thread tell of a post, into what is open. */
static enum err
put_post(struct page *page, struct jsontext *json,
    const struct board_info *info, const struct post *post)
{
	char path[PAGE_PATH_BYTES];
	enum err err;

	page_path_of_post(post->id, "", path);
	jsontext_number(json, "id", post->id);
	err = put_url(page, json, "url", path);
	jsontext_string(json, "title", post->title);
	if (post->title[0] == '\0') {
		const char *line = machine_post_title(page, post);

		jsontext_string(json, "line", line);
		if (line == NULL)
			err = ERR_NO_MEMORY;
	}
	jsontext_string(json, "name", post->name);
	put_time(json, "time", post->time_ms);
	put_time(json, "edited", post->edited_ms);
	put_category(json, info, post->category);
	jsontext_number(json, "replies", post->replies);
	jsontext_number(json, "views", post->views);
	jsontext_number(json, "recommends", post->recommends);
	return err;
}

/* The text as it was typed, and as pages show it. */
static enum err
put_text(struct page *page, struct jsontext *json, const struct post *post)
{
	const char *html;
	enum err err = machine_post_html(page, post, &html);

	if (err != ERR_OK)
		return err;
	jsontext_string(json, "text", post->text);
	jsontext_string(json, "html", html);
	return ERR_OK;
}

/* The address of the next page's JSON; the last page has none. */
static enum err
put_next(struct page *page, struct jsontext *json, const char *paged,
    uint64_t number, uint64_t pages)
{
	char path[PAGE_PATH_BYTES];
	char file[PAGE_PATH_BYTES + sizeof(".json")];

	if (number >= pages)
		return ERR_OK;
	page_path_of_number(paged, number + 1, path);
	(void)snprintf(file, sizeof(file), "%s.json", path);
	return put_url(page, json, "next", file);
}

/* The answer, or the end of what was begun when err is an error. */
static enum err
answer(struct page *page, struct jsontext *json, enum err err)
{
	struct http_response *response = page->response;

	if (err != ERR_OK) {
		jsontext_destroy(json);
		return err;
	}
	response->status = 200;
	response->content_type = "application/json; charset=utf-8";
	response->language = NULL;
	response->cache_control = "no-cache";
	return jsontext_finish(json, &response->body);
}

/* A list */

static enum err
put_posts(
    struct page *page, struct jsontext *json, const struct board_page *listed)
{
	enum err err = ERR_OK;

	jsontext_array(json, "posts");
	for (size_t i = 0; i < listed->count && err == ERR_OK; i++) {
		if (!machine_post_is_open(&listed->posts[i]))
			continue;
		jsontext_object(json, NULL);
		err = put_post(page, json, &listed->info, &listed->posts[i]);
		jsontext_close(json);
	}
	jsontext_close(json);
	jsontext_array(json, "notices");
	for (size_t i = 0; i < listed->notices_count; i++)
		if (machine_post_is_open(&listed->notices[i]))
			jsontext_number(json, NULL, listed->notices[i].id);
	jsontext_close(json);
	return err;
}

enum err
machine_list(struct page *page, const struct board_query *query,
    const char *paged, const struct board_page *listed)
{
	const char *title = machine_board_title(page, &listed->info);
	char path[PAGE_PATH_BYTES];
	struct jsontext *json;
	enum err err;

	if (title == NULL || jsontext_create(page->arena, &json) != ERR_OK)
		return ERR_NO_MEMORY;
	page_path_of_number(paged, listed->number, path);
	jsontext_object(json, "board");
	jsontext_string(json, "slug", page->slug);
	jsontext_string(json, "title", title);
	jsontext_close(json);
	put_category(json, &listed->info, query->category);
	err = put_url(page, json, "url", path);
	jsontext_number(json, "page", listed->number);
	jsontext_number(json, "pages", listed->pages);
	jsontext_number(json, "total", listed->total);
	if (err == ERR_OK)
		err =
		    put_next(page, json, paged, listed->number, listed->pages);
	if (err == ERR_OK)
		err = put_posts(page, json, listed);
	return answer(page, json, err);
}

/* A thread */

static enum err
put_entry(struct page *page, struct jsontext *json, const char *path,
    const struct post *reply)
{
	char place[PAGE_PATH_BYTES + 32];
	enum err err;

	(void)snprintf(
	    place, sizeof(place), "%s#reply-%" PRIu64, path, reply->id);
	jsontext_number(json, "id", reply->id);
	err = put_url(page, json, "url", place);
	jsontext_number(json, "parent", reply->parent);
	jsontext_number(json, "depth", reply->depth);
	jsontext_boolean(json, "deleted", reply->deleted);
	if (err != ERR_OK || reply->deleted)
		return err;
	jsontext_string(json, "name", reply->name);
	err = put_text(page, json, reply);
	put_time(json, "time", reply->time_ms);
	put_time(json, "edited", reply->edited_ms);
	jsontext_boolean(json, "by_writer", reply->by_writer);
	jsontext_number(json, "recommends", reply->recommends);
	return err;
}

enum err
machine_thread(struct page *page, const char *path, const struct thread *thread)
{
	char root[PAGE_PATH_BYTES];
	struct jsontext *json;
	enum err err;

	if (!machine_thread_is_open(page, thread))
		return ERR_NOT_FOUND;
	if (jsontext_create(page->arena, &json) != ERR_OK)
		return ERR_NO_MEMORY;
	page_path_of_post(thread->post.id, "", root);
	err = put_post(page, json, &thread->info, &thread->post);
	if (err == ERR_OK)
		err = put_text(page, json, &thread->post);
	jsontext_number(json, "page", thread->number);
	jsontext_number(json, "pages", thread->pages);
	jsontext_number(json, "total", thread->total);
	if (err == ERR_OK)
		err = put_next(page, json, root, thread->number, thread->pages);
	jsontext_array(json, "entries");
	for (size_t i = 0; i < thread->count && err == ERR_OK; i++) {
		/* No reply is secret, unless somebody writes the flag. */
		if (thread->replies[i].secret && !thread->replies[i].deleted)
			continue;
		jsontext_object(json, NULL);
		err = put_entry(page, json, path, &thread->replies[i]);
		jsontext_close(json);
	}
	jsontext_close(json);
	return answer(page, json, err);
}
