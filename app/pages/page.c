/*
 * What pages share: the frame's values, and how a post is shown.
 */
#include "pages/page.h"

#include "base/excerpt.h"
#include "base/number.h"
#include "base/seal.h"
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
page_read_info(struct page *page)
{
	return board_read_info(&page->store, &page->info);
}

/* The first page of another board has no slash at its end. */
static const char *
below_board(const struct page *page, const char *path)
{
	bool first = path[0] == '/' && (path[1] == '\0' || path[1] == '?');

	return first && page->board[0] != '\0' ? path + 1 : path;
}

/* The board that the page is of, and whether there are others. */
static void
set_board(struct page *page)
{
	const struct board_info *info = &page->info;
	char *base =
	    arena_printf(page->arena, "%s%s", page->request->base, page->board);
	char *home = arena_printf(page->arena, "%s%s%s", page->request->base,
	    page->board, below_board(page, "/"));

	view_set(page->view, "Board.base", base == NULL ? "" : base);
	view_set(page->view, "Board.home", home == NULL ? "" : home);
	if (info->title != NULL && info->title[0] != '\0')
		view_set(page->view, "Board.title", info->title);
	if ((info->others || page->slug[0] != '\0') &&
	    (page->archive == NULL || !page->archive->alone))
		view_set(page->view, "Board.others", "1");
	for (size_t i = 0; i < info->categories_count; i++) {
		char prefix[32];

		if (info->categories[i][0] == '\0')
			continue;
		(void)snprintf(prefix, sizeof(prefix), "Categories.%zu", i + 1);
		view_set_number_in(page->view, prefix, "number", i + 1);
		view_set_in(page->view, prefix, "name", info->categories[i]);
	}
}

void
page_set_id(struct page *page)
{
	if (page->request->id[0] != '\0')
		view_set(page->view, "Problem.id", page->request->id);
}

enum err
page_begin(struct page *page, const char *name, const char *path)
{
	enum err err = view_begin(page->view, page->arena, page->language);
	char *whole = arena_printf(
	    page->arena, "%s%s", page->board, below_board(page, path));
	char *canonical = page_url(page, path);

	if (err != ERR_OK)
		return err;
	if (whole == NULL || canonical == NULL)
		return ERR_NO_MEMORY;
	view_set(page->view, "Site.title", page->conf->site.title);
	view_set(page->view, "Site.base", page->request->base);
	view_set(page->view, "Page.name", name);
	view_set(page->view, "Page.path", whole);
	if (page->archive != NULL)
		view_set(page->view, "Page.archive", "1");
	/* What only the request would tell, an archive can't. */
	if (page->archive == NULL || page->conf->site.url[0] != '\0')
		view_set(page->view, "Page.canonical", canonical);
	set_board(page);
	return ERR_OK;
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
	page->response->location = arena_printf(page->arena, "%s%s%s",
	    page->request->base, page->board, below_board(page, path));
	return page->response->location == NULL ? ERR_NO_MEMORY : ERR_OK;
}

enum err
page_redirect_to_first(struct page *page, const char *paged)
{
	const char *path =
	    arena_printf(page->arena, "%s%s", paged, path_suffix(page->format));

	if (path != NULL)
		path = page_keep_key(page, path);
	return path == NULL ? ERR_NO_MEMORY : page_redirect(page, 301, path);
}

/* Letters that a host and its port can have: the header is the client's. */
static bool
host_is_plain(const char *host)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    ".-:[]";

	return host[0] != '\0' && host[strspn(host, allowed)] == '\0';
}

char *
page_url(struct page *page, const char *path)
{
	const struct http_request *request = page->request;
	const char *host =
	    host_is_plain(request->host) ? request->host : "localhost";

	path = below_board(page, path);
	if (page->conf->site.url[0] != '\0')
		return arena_printf(page->arena, "%s%s%s", page->conf->site.url,
		    page->board, path);
	return arena_printf(page->arena, "%s://%s%s%s%s", request->scheme, host,
	    request->base, page->board, path);
}

/* A value of the query; a query that is not ours is no error. */
static const char *
query_value(struct page *page, const char *name, size_t max_bytes)
{
	const struct form_field field = {name, FORM_TOKEN, max_bytes};
	struct form_value value;
	enum err err = form_read_query(page->arena, page->request->query,
	    (size_t)page->conf->limits.fields, &field, 1, &value);

	return err == ERR_OK && value.state == FORM_VALID ? value.text : "";
}

const char *
page_token(struct page *page, const char *name)
{
	const char *token = query_value(page, name, SEAL_TEXT_BYTES);

	return token[strspn(token, SEAL_ALPHABET)] == '\0' ? token : "";
}

const char *
page_keep_key(struct page *page, const char *path)
{
	const char *token = page_token(page, "key");

	return arena_printf(page->arena, "%s%s%s", path,
	    token[0] != '\0' ? "?key=" : "", token);
}

bool
page_query_is(struct page *page, const char *name, const char *value)
{
	return strcmp(query_value(page, name, strlen(value)), value) == 0;
}

uint64_t
page_query_number(struct page *page, const char *name)
{
	const char *text = query_value(page, name, 14);
	uint64_t number = 0;

	(void)number_parse(text, strlen(text), 1, POST_ID_MAX, &number);
	return number;
}

void
page_set_posted(struct page *page, const struct access_key *key)
{
	uint64_t id = page_query_number(page, "posted");
	const char *token = page_token(page, "mine");

	if (id == 0)
		return;
	view_set_number(page->view, "Posted.id", id);
	if (access_is_granted(key, id, token))
		view_set(page->view, "Posted.token", token);
	else if (token[0] != '\0' && !key->known)
		view_set(page->view, "Posted.later", "1");
}

void
page_path_of_post(uint64_t id, const char *what, char path[PAGE_PATH_BYTES])
{
	(void)snprintf(path, PAGE_PATH_BYTES, "/posts/%" PRIu64 "%s%s", id,
	    what[0] != '\0' ? "/" : "", what);
}

void
page_path_of_number(
    const char *paged, uint64_t number, char path[PAGE_PATH_BYTES])
{
	if (number <= 1)
		(void)snprintf(path, PAGE_PATH_BYTES, "%s", paged);
	else
		(void)snprintf(path, PAGE_PATH_BYTES, "%.31s/page/%" PRIu64,
		    paged, number);
}

void
page_path_of_reply(const struct page *page, uint64_t root, uint64_t place,
    char path[PAGE_PATH_BYTES])
{
	char post[PAGE_PATH_BYTES];

	page_path_of_post(root, "", post);
	page_path_of_number(
	    post, place / page->conf->site.replies_size + 1, path);
}

/* A list writes five times a row: strftime takes five times as long. */
static char *
put_two_digits(char *at, int number)
{
	*at++ = (char)('0' + number / 10);
	*at++ = (char)('0' + number % 10);
	return at;
}

/* 2026-11-25. Of all the times that a post can have the year is positive. */
static char *
put_day(char *at, const struct tm *tm)
{
	at += number_write((uint64_t)tm->tm_year + 1900, at);
	*at++ = '-';
	at = put_two_digits(at, tm->tm_mon + 1);
	*at++ = '-';
	return put_two_digits(at, tm->tm_mday);
}

/* 09:30 */
static char *
put_minute(char *at, const struct tm *tm)
{
	at = put_two_digits(at, tm->tm_hour);
	*at++ = ':';
	return put_two_digits(at, tm->tm_min);
}

void
page_machine_time(uint64_t ms, char text[PAGE_TIME_BYTES])
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm utc;
	char *at = text;

	if (gmtime_r(&seconds, &utc) != NULL) {
		at = put_day(at, &utc);
		*at++ = 'T';
		at = put_minute(at, &utc);
		*at++ = ':';
		at = put_two_digits(at, utc.tm_sec);
		*at++ = 'Z';
	}
	*at = '\0';
}

/* The values that tell a time. */
struct time_names {
	const char *time;
	const char *day;
	const char *machine;
};

static const struct time_names written_names = {
    "written.time", "written.day", "written.machine"};
static const struct time_names edited_names = {
    "edited.time", "edited.day", "edited.machine"};

/* A time as people read it, in the board's zone, and as machines do. */
static void
set_time(struct page *page, const char *prefix, const struct time_names *names,
    uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[PAGE_TIME_BYTES];
	struct tm local;
	char *day_end;

	if (ms == 0 || localtime_r(&seconds, &local) == NULL)
		return;
	day_end = put_day(text, &local);
	*day_end = ' ';
	*put_minute(day_end + 1, &local) = '\0';
	view_set_in(page->view, prefix, names->time, text);
	*day_end = '\0';
	view_set_in(page->view, prefix, names->day, text);
	page_machine_time(ms, text);
	view_set_in(page->view, prefix, names->machine, text);
}

static void
set_flag(struct page *page, const char *prefix, const char *name, bool set)
{
	if (set)
		view_set_in(page->view, prefix, name, "1");
}

/* The numbers that are shown when they are not nought. */
static void
set_counts(struct page *page, const char *prefix, const struct post *post)
{
	view_set_number_in(page->view, prefix, "views", post->views);
	if (post->replies > 0)
		view_set_number_in(
		    page->view, prefix, "replies", post->replies);
	if (post->recommends > 0)
		view_set_number_in(
		    page->view, prefix, "recommends", post->recommends);
}

/* What is known of a post beside its text. */
static void
set_facts(struct page *page, const char *prefix, const struct post *post)
{
	const char *category = board_category(&page->info, post->category);

	view_set_number_in(page->view, prefix, "id", post->id);
	view_set_in(page->view, prefix, "name", post->name);
	if (post->title[0] != '\0') {
		/* To a template, a title of "0" would be none. */
		view_set_in(page->view, prefix, "titled", "1");
		view_set_in(page->view, prefix, "title", post->title);
	}
	if (category[0] != '\0')
		view_set_in(page->view, prefix, "category", category);
	set_counts(page, prefix, post);
	set_flag(page, prefix, "secret", post->secret);
	set_flag(page, prefix, "deleted", post->deleted);
	set_flag(page, prefix, "by_writer", post->by_writer);
	set_flag(page, prefix, "has_password", post->has_password);
	set_time(page, prefix, &written_names, post->time_ms);
	set_time(page, prefix, &edited_names, post->edited_ms);
}

enum err
page_set_line(struct page *page, const char *prefix, const struct post *post)
{
	const char *line;

	if (post->title[0] != '\0' || post->secret || post->deleted)
		return ERR_OK;
	line = excerpt_line(page->arena, post->text, PAGE_LINE_CHARS);
	if (line == NULL)
		return ERR_NO_MEMORY;
	view_set_in(page->view, prefix, "line", line);
	return ERR_OK;
}

enum err
page_set_row(struct page *page, const char *prefix, const struct post *post)
{
	set_facts(page, prefix, post);
	return page_set_line(page, prefix, post);
}

enum err
page_set_post(struct page *page, const char *prefix, const struct post *post)
{
	struct buf html;
	enum err err;

	set_facts(page, prefix, post);
	buf_init(&html, page->arena);
	err = markup_html(page->arena, post->text, strlen(post->text), &html);
	if (err == ERR_OK)
		view_lend_in(page->view, prefix, "text_html",
		    html.length > 0 ? html.data : "");
	return err;
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
