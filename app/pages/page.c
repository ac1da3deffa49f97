/*
 * What pages share: the frame's values, and how a post is shown.
 */
#include "pages/page.h"

#include "view/markup.h"
#include "web/language.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define LANGUAGE_COOKIE "lang"

static enum view_language
language_of_tag(const char *tag, enum view_language otherwise)
{
	for (int i = 0; i < VIEW_LANGUAGES; i++)
		if (strcmp(tag, view_language_tags[i]) == 0)
			return (enum view_language)i;
	return otherwise;
}

enum view_language
page_language(struct arena *arena, const struct http_request *request,
    const struct conf *conf)
{
	enum view_language usual =
	    language_of_tag(conf->site.language, VIEW_EN);
	const char *chosen =
	    http_cookie(arena, request->cookie, LANGUAGE_COOKIE);
	enum view_language accepted =
	    (enum view_language)language_negotiate(request->accept_language,
		view_language_tags, VIEW_LANGUAGES, (size_t)usual);

	return chosen != NULL ? language_of_tag(chosen, accepted) : accepted;
}

enum err
page_begin(struct page *page, const char *name, const char *path)
{
	enum err err = view_begin(page->view, page->arena, page->language);

	view_set(page->view, "Site.title", page->conf->site.title);
	view_set(page->view, "Site.base", page->request->base);
	view_set(page->view, "Page.name", name);
	view_set(page->view, "Page.path", path);
	return err;
}

enum err
page_end(struct page *page, enum view_template template, unsigned status)
{
	struct http_response *response = page->response;

	response->status = status;
	response->content_type = "text/html; charset=utf-8";
	response->language = view_language_tags[page->language];
	return view_render(page->view, template, &response->body);
}

enum err
page_redirect(struct page *page, unsigned status, const char *path)
{
	page->response->status = status;
	page->response->location =
	    arena_printf(page->arena, "%s%s", page->request->base, path);
	return page->response->location == NULL ? ERR_NO_MEMORY : ERR_OK;
}

void
page_path_of_list(uint64_t number, char path[PAGE_PATH_BYTES])
{
	if (number == 1)
		(void)snprintf(path, PAGE_PATH_BYTES, "/all");
	else
		(void)snprintf(
		    path, PAGE_PATH_BYTES, "/all/page/%" PRIu64, number);
}

/* The time as people read it, in the board's zone, and as machines do. */
static void
set_time(struct page *page, const char *prefix, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm local;
	struct tm utc;
	char text[32];

	if (localtime_r(&seconds, &local) == NULL ||
	    gmtime_r(&seconds, &utc) == NULL)
		return;
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &local);
	view_set_in(page->view, prefix, "time", text);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	view_set_in(page->view, prefix, "datetime", text);
}

enum err
page_set_post(struct page *page, const char *prefix, const struct post *post)
{
	struct buf html;
	enum err err;

	buf_init(&html, page->arena);
	err = markup_html(page->arena, post->text, strlen(post->text), &html);
	if (err != ERR_OK)
		return err;
	view_set_number_in(page->view, prefix, "id", post->id);
	view_set_in(page->view, prefix, "title", post->title);
	/* To a template, a title of "0" would be none. */
	if (post->title[0] != '\0')
		view_set_in(page->view, prefix, "titled", "1");
	view_set_in(page->view, prefix, "name", post->name);
	view_set_in(
	    page->view, prefix, "text_html", html.length > 0 ? html.data : "");
	if (post->time_ms != 0)
		set_time(page, prefix, post->time_ms);
	return ERR_OK;
}

enum err
page_set_posts(struct page *page, const struct post *posts, size_t count)
{
	enum err err = ERR_OK;
	char prefix[32];

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		(void)snprintf(prefix, sizeof(prefix), "Posts.%zu", i);
		err = page_set_post(page, prefix, &posts[i]);
	}
	return err;
}
