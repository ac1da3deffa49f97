/*
 * A limit to compare with: the least program that makes the first page of the
 * list from the same Redis commands and the same template as Madang does. It
 * knows libfcgi, hiredis and ClearSilver, and nothing of ours: no limits, no
 * languages, no repair of texts, no answer to what goes wrong but to end.
 *
 *     least HEAD REDIS TEMPLATES ASSETS URL
 *
 * HEAD is a file with the headers of the answer, REDIS the path of a socket,
 * URL the site's; its own socket is on file descriptor 0. As many threads as
 * Madang has slots. A post without a title is beyond it: the board that is
 * measured has none.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ClearSilver/ClearSilver.h>
#include <fcgiapp.h>
#include <hiredis/hiredis.h>

#define THREADS	       8
#define HEAD_MAX_BYTES 8192
#define PAGE_SIZE      20
#define POSTS_MAX      (PAGE_SIZE + 10)
#define VIEWS_POSTS    100
#define DAY_MS	       (86400 * 1000LL)

/* The fields of HMGET on news:meta:ID that the list shows, by their place. */
enum { TIME = 0, REPLIES = 6, RECOMMENDS, CATEGORY, TITLE };
#define META_FIELDS                                                            \
	"time edited version parent root depth replies recommends category "   \
	"title flags moved"

static char head[HEAD_MAX_BYTES];
static const char *redis_path, *templates, *assets, *site;

struct thread {
	redisContext *redis;
	HDF *settings, *language;
	CSPARSE *list;
	STRING page;
};

static void
need(int fine, const char *what)
{
	if (fine)
		return;
	(void)fprintf(stderr, "least: %s\n", what);
	exit(EXIT_FAILURE);
}

static void
must(NEOERR *error)
{
	if (error != STATUS_OK)
		nerr_log_error(error);
	need(error == STATUS_OK, "ClearSilver");
}

static redisReply *
reply_of(struct thread *thread)
{
	void *reply = NULL;

	need(redisGetReply(thread->redis, &reply) == REDIS_OK &&
		 ((redisReply *)reply)->type != REDIS_REPLY_ERROR,
	    "Redis");
	return reply;
}

static void
set(HDF *hdf, const char *name, const char *value)
{
	must(hdf_set_value(hdf, name, value));
}

static void
set_number(HDF *hdf, const char *name, long long number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", number);
	set(hdf, name, text);
}

/* The list's frame: what is the same for every board of that name. */
static void
set_frame(HDF *hdf)
{
	char url[512];

	(void)snprintf(url, sizeof(url), "%s/list", site);
	set(hdf, "Site.title", "Madang");
	set(hdf, "Site.base", "");
	set(hdf, "Page.name", "list");
	set(hdf, "Page.path", "/list");
	set(hdf, "Page.canonical", url);
	set(hdf, "Page.feed", "/list");
	set(hdf, "Page.json", "/list");
	set(hdf, "Board.base", "");
	set(hdf, "Board.home", "/");
}

/* Names, one a line; names[0] is none. */
static size_t
set_categories(HDF *hdf, char *lines, const char *names[POSTS_MAX])
{
	size_t count = 0;
	char path[32];
	HDF *node;

	while (lines != NULL && count + 1 < POSTS_MAX) {
		names[++count] = strsep(&lines, "\n");
		(void)snprintf(path, sizeof(path), "Categories.%zu", count);
		must(hdf_get_node(hdf, path, &node));
		set_number(node, "number", (long long)count);
		set(node, "name", names[count]);
	}
	return count;
}

static void
set_time(HDF *row, long long ms)
{
	time_t seconds = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	(void)localtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%d", &tm);
	set(row, "written.day", text);
	(void)gmtime_r(&seconds, &tm);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	set(row, "written.machine", text);
	if (ms + DAY_MS > (long long)time(NULL) * 1000)
		set(row, "new", "1");
}

static void
set_row(HDF *row, const char *id, const char *name, redisReply *meta,
    const redisReply *views, const char *categories[POSTS_MAX], size_t count)
{
	redisReply **fields = meta->element;
	size_t category = fields[CATEGORY]->str
			      ? strtoul(fields[CATEGORY]->str, NULL, 10)
			      : 0;

	need(fields[TITLE]->str != NULL, "a post without a title");
	set(row, "id", id);
	set(row, "name", name);
	set(row, "titled", "1");
	set(row, "title", fields[TITLE]->str);
	if (category > 0 && category <= count)
		set(row, "category", categories[category]);
	set(row, "views", views->str != NULL ? views->str : "0");
	if (fields[REPLIES]->str != NULL)
		set(row, "replies", fields[REPLIES]->str);
	if (fields[RECOMMENDS]->str != NULL)
		set(row, "recommends", fields[RECOMMENDS]->str);
	if (fields[TIME]->str != NULL)
		set_time(row, strtoll(fields[TIME]->str, NULL, 10));
}

static void
set_link(HDF *hdf, const char *path, long long number)
{
	char text[64];
	HDF *node;

	must(hdf_get_node(hdf, path, &node));
	(void)snprintf(text, sizeof(text),
	    number > 1 ? "/list/page/%lld" : "/list", number);
	set_number(node, "number", number);
	set(node, "path", text);
}

/* The first page's: 1 2 3 … last. */
static void
set_pager(HDF *hdf, long long pages)
{
	need(pages > 6, "fewer than seven pages");
	set_link(hdf, "Pager.next", 2);
	set_link(hdf, "Pager.items.0", 1);
	set(hdf, "Pager.items.0.current", "1");
	set_link(hdf, "Pager.items.1", 2);
	set_link(hdf, "Pager.items.2", 3);
	set(hdf, "Pager.items.3.gap", "1");
	set_link(hdf, "Pager.items.4", pages);
}

/* 1234567 as 1,234,567. */
static void
with_commas(long long number, char text[32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%lld", number);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*text++ = ',';
		*text++ = digits[i];
	}
	*text = '\0';
}

/* The English sentence List.summary, as it stands in en.hdf. */
static void
set_summary(HDF *hdf, long long total, long long pages)
{
	char all[32], last[32], text[128];

	with_commas(total, all);
	with_commas(pages, last);
	(void)snprintf(
	    text, sizeof(text), "%s in all \u00b7 page 1 of %s", all, last);
	set(hdf, "List.summary", text);
}

/* The second round trip: names of all, then three commands for each. */
static void
ask_posts(struct thread *thread, const char *ids[POSTS_MAX], size_t count)
{
	const char *words[1 + POSTS_MAX] = {"MGET"};
	char names[POSTS_MAX][32];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(
		    names[i], sizeof(names[i]), "news:name:%s", ids[i]);
		words[1 + i] = names[i];
	}
	redisAppendCommandArgv(thread->redis, (int)count + 1, words, NULL);
	for (size_t i = 0; i < count; i++) {
		redisAppendCommand(
		    thread->redis, "HMGET news:meta:%s " META_FIELDS, ids[i]);
		redisAppendCommand(
		    thread->redis, "GETRANGE news:post:%s 0 1023", ids[i]);
		redisAppendCommand(thread->redis, "HGET news:views:%lld %s",
		    strtoll(ids[i], NULL, 10) / VIEWS_POSTS, ids[i]);
	}
}

static void
set_posts(struct thread *thread, HDF *hdf, const char *ids[POSTS_MAX],
    size_t notices, size_t count, const char *categories[POSTS_MAX],
    size_t categories_count)
{
	redisReply *names = reply_of(thread);

	for (size_t i = 0; i < count; i++) {
		redisReply *meta = reply_of(thread);
		redisReply *text = reply_of(thread);
		redisReply *views = reply_of(thread);
		char path[32];
		HDF *row;

		if (i < notices)
			(void)snprintf(path, sizeof(path), "Notices.%zu", i);
		else
			(void)snprintf(
			    path, sizeof(path), "Rows.%zu", i - notices);
		must(hdf_get_node(hdf, path, &row));
		set_row(row, ids[i], names->element[i]->str, meta, views,
		    categories, categories_count);
		freeReplyObject(meta);
		freeReplyObject(text);
		freeReplyObject(views);
	}
	freeReplyObject(names);
}

static size_t
add_ids(const redisReply *list, const char *ids[POSTS_MAX], size_t count)
{
	for (size_t i = 0; i < list->elements && count < POSTS_MAX; i++)
		ids[count++] = list->element[i]->str;
	return count;
}

static void
fill(struct thread *thread, HDF *hdf)
{
	static const char *const first[] = {
	    "HMGET madang:board title categories",
	    "EXISTS madang:boards",
	    "LLEN post_id",
	    "LRANGE post_id 0 19",
	    "LRANGE news:notices 0 9",
	};
	enum { INFO, BOARDS, LENGTH, IDS, NOTICES, COMMANDS };
	const char *categories[POSTS_MAX], *ids[POSTS_MAX];
	redisReply *replies[COMMANDS];
	size_t named, notices, count;
	long long pages;

	for (int i = 0; i < COMMANDS; i++)
		redisAppendCommand(thread->redis, first[i]);
	for (int i = 0; i < COMMANDS; i++)
		replies[i] = reply_of(thread);
	if (replies[INFO]->element[0]->str != NULL)
		set(hdf, "Board.title", replies[INFO]->element[0]->str);
	if (replies[BOARDS]->integer > 0)
		set(hdf, "Board.others", "1");
	named = set_categories(hdf, replies[INFO]->element[1]->str, categories);
	notices = add_ids(replies[NOTICES], ids, 0);
	count = add_ids(replies[IDS], ids, notices);
	ask_posts(thread, ids, count);
	set_posts(thread, hdf, ids, notices, count, categories, named);
	pages = (replies[LENGTH]->integer - 1) / PAGE_SIZE + 1;
	set_pager(hdf, pages);
	set_summary(hdf, replies[LENGTH]->integer, pages);
	for (int i = 0; i < COMMANDS; i++)
		freeReplyObject(replies[i]);
}

static NEOERR *
add_piece(void *page, char *piece)
{
	return string_append(page, piece);
}

static void
answer(struct thread *thread, FCGX_Request *request)
{
	HDF *hdf;

	must(hdf_init(&hdf));
	set_frame(hdf);
	fill(thread, hdf);
	thread->page.len = 0;
	thread->list->hdf = hdf;
	thread->list->global_hdf = thread->language;
	must(cs_render(thread->list, &thread->page, add_piece));
	hdf_destroy(&hdf);
	FCGX_FPrintF(request->out, "%sContent-Length: %d\r\n\r\n", head,
	    thread->page.len);
	FCGX_PutStr(thread->page.buf, thread->page.len, request->out);
}

static void
prepare(struct thread *thread)
{
	char path[512];

	thread->redis = redisConnectUnix(redis_path);
	need(thread->redis != NULL && thread->redis->err == 0, "Redis");
	string_init(&thread->page);
	must(hdf_init(&thread->language));
	(void)snprintf(path, sizeof(path), "%s/en.hdf", templates);
	must(hdf_read_file(thread->language, path));
	(void)snprintf(path, sizeof(path), "%s", assets);
	must(hdf_read_file(thread->language, path));
	must(hdf_init(&thread->settings));
	set(thread->settings, "Config.VarEscapeMode", "html");
	set(thread->settings, "hdf.loadpaths.0", templates);
	must(cs_init(&thread->list, thread->settings));
	(void)snprintf(path, sizeof(path), "%s/list.cs", templates);
	must(cs_parse_file(thread->list, path));
}

static void *
serve(void *unused)
{
	struct thread thread;
	FCGX_Request request;

	prepare(&thread);
	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0)
		answer(&thread, &request);
	return unused;
}

int
main(int argc, char **argv)
{
	FILE *file = argc == 6 ? fopen(argv[1], "rb") : NULL;
	pthread_t threads[THREADS];

	need(file != NULL && FCGX_Init() == 0, "wrong arguments");
	head[fread(head, 1, sizeof(head) - 1, file)] = '\0';
	(void)fclose(file);
	redis_path = argv[2];
	templates = argv[3];
	assets = argv[4];
	site = argv[5];
	must(nerr_init());
	/* As Madang's own setting has it. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, serve, NULL);
	return pthread_join(threads[0], NULL);
}
