/*
 * /healthz: for machines that ask whether the board can be read and written;
 * /healthz/live: whether the worker answers at all, whatever Redis does. Who
 * may see the metrics is told what is wrong, too.
 */
#include "pages/page.h"

#include "base/metrics.h"
#include "board/board.h"
#include "pages/publisher.h"

#include <string.h>

/* What a refusal of Redis means, by its word. */
static const struct {
	const char *word;
	const char *sentence;
} refusals[] = {
    {"LOADING", "Redis is reading its file and answers when that is done."},
    {"READONLY", "Redis is a replica that is read only: nothing can be "
		 "written. redis.address should name its primary."},
    {"OOM", "Redis is full (maxmemory): nothing can be written."},
    {"MISCONF", "Redis can't write to its disk: nothing can be written."},
    {"NOREPLICAS", "Redis lacks replicas (min-replicas-to-write): nothing "
		   "can be written."},
    {"BUSY", "Redis is busy with a script and answers nobody."},
    {"NOAUTH", "Redis wants a password: redis.user, redis.password."},
    {"WRONGPASS", "Redis takes another password: redis.user, "
		  "redis.password."},
    {"MASTERDOWN", "Redis is a replica that has lost its primary."},
    {"CLUSTERDOWN", "Redis Cluster is down."},
};

static void
tell_refusal(struct buf *out, const char *word)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].word, word) == 0) {
			buf_printf(out, "%s\n", refusals[i].sentence);
			return;
		}
	buf_printf(out, "Redis refuses: %s. The log has its words.\n", word);
}

/* What keeps the board from being read or written. */
static void
tell_trouble(struct page *page, enum err err, const char *refusal)
{
	struct buf *out = &page->response->body;

	if (page->store.until_us == 0)
		buf_text(out, "More is asked than the slots can answer.\n");
	else if (err == ERR_BUSY)
		buf_text(out, "The board is being imported or upgraded.\n");
	else if (err == ERR_CONFIG)
		buf_text(out, "Redis holds keys that this Madang does not "
			      "know, perhaps a newer one's.\n");
	else if (refusal != NULL)
		tell_refusal(out, refusal);
	else
		buf_printf(out,
		    "Redis at %s does not answer. The log says why.\n",
		    page->conf->redis.address);
}

/* What is no reason to send visitors elsewhere. */
static void
tell_more(struct page *page)
{
	struct buf *out = &page->response->body;

	publisher_tell(page->publisher);
	if (metrics_get(METRIC_RELOADED) == 0)
		buf_text(out, "The last SIGHUP was refused: older settings "
			      "and templates are in force. The log says "
			      "why.\n");
	if (page->publisher != NULL && metrics_get(METRIC_PAGES_HEARING) == 0)
		buf_text(out, "Redis can't be heard: no page is published.\n");
}

static void
answer(struct page *page, unsigned status, const char *word)
{
	struct http_response *response = page->response;

	response->status = status;
	response->retry_after = status == 200 ? 0 : 5;
	response->content_type = "text/plain; charset=utf-8";
	buf_text(&response->body, word);
}

enum err
health_show(struct page *page)
{
	const char *refusal = NULL;
	enum err err = board_is_ready(&page->store, &refusal);

	if (err == ERR_NO_MEMORY)
		return err;
	page->response->error = err;
	answer(page, err == ERR_OK ? 200 : 503,
	    err == ERR_OK ? "ok\n" : "not ready\n");
	if (!page_is_watched(page))
		return ERR_OK;
	if (err != ERR_OK)
		tell_trouble(page, err, refusal);
	tell_more(page);
	return ERR_OK;
}

enum err
health_show_live(struct page *page)
{
	answer(page, 200, "ok\n");
	return ERR_OK;
}
