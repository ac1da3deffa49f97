#include "slot.h"

#include "base/clock.h"
#include "base/log.h"
#include "pages/page.h"
#include "route.h"
#include "web/conditional.h"
#include "web/http.h"

#include <string.h>

#define MODULE "slot"

/* Sent when there is no memory to build even a short answer. */
static const char out_of_memory[] =
    "Status: 503 Service Unavailable\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n"
    "Retry-After: 5\r\n"
    "\r\n"
    "The board can't make this page just now. Please try again in a "
    "moment.\n";

enum err
slot_pool_create(const struct conf *conf, struct pool **pool)
{
	const struct pool_settings settings = {
	    .address = conf->redis.address,
	    .user = conf->redis.user,
	    .password = conf->redis.password,
	    .database = conf->redis.database,
	    .connect_ms = conf->redis.connect_ms,
	    .command_ms = conf->redis.command_ms,
	    .wait_ms = conf->redis.wait_ms,
	    /* One for each, and one more for the views: no slot waits. */
	    .size = (size_t)conf->slots + 1,
	};

	return pool_create(&settings, pool);
}

struct store
slot_store(const struct conf *conf, struct pool *pool, struct arena *arena)
{
	/*
	 * However many connections, waits and commands a page comes to, it
	 * ends after one wait and one command's time.
	 */
	return (struct store){.pool = pool,
	    .arena = arena,
	    .prefix = conf->redis.prefix,
	    .first = conf->redis.prefix,
	    .pepper = conf->post.pepper,
	    .until_us = clock_monotonic_us() +
			(conf->redis.wait_ms + conf->redis.command_ms) * 1000};
}

enum err
slot_init(struct slot *slot, const struct conf *conf, struct pool *pool,
    struct views *views, struct gateway *gateway)
{
	*slot = (struct slot){
	    .conf = conf, .pool = pool, .views = views, .gateway = gateway};
	slot->arena = arena_create((size_t)conf->limits.request_bytes);
	if (slot->arena == NULL)
		return ERR_NO_MEMORY;
	return view_create(
	    conf->files.templates, conf->files.assets, &slot->view);
}

void
slot_free(struct slot *slot)
{
	view_destroy(slot->view);
	arena_destroy(slot->arena);
	gateway_destroy(slot->gateway);
}

/* A typed request of the environment and the body. */
static enum err
slot_read(
    struct slot *slot, char *const *environment, struct http_request *request)
{
	const struct http_limits limits = {
	    .body_bytes = (size_t)slot->conf->limits.body_bytes,
	    .header_bytes = (size_t)slot->conf->limits.header_bytes,
	    .uri_bytes = (size_t)slot->conf->limits.uri_bytes,
	};
	enum err err =
	    http_request_parse(slot->arena, environment, &limits, request);

	if (err != ERR_OK || request->method != HTTP_POST)
		return err;
	return gateway_read(slot->gateway, slot->arena, request->content_length,
	    slot->conf->limits.body_ms, &request->body);
}

static void
slot_write(struct slot *slot, const struct http_request *request,
    struct http_response *response, uint64_t start_us)
{
	struct buf head;

	response->total_us = clock_monotonic_us() - start_us;
	buf_init(&head, slot->arena);
	http_response_head(response, &head);
	if (head.failed) {
		log_error(MODULE, "out of memory while answering");
		(void)gateway_write(
		    slot->gateway, out_of_memory, sizeof(out_of_memory) - 1);
		return;
	}
	/* A visitor who has left is no event for the log. */
	if (gateway_write(slot->gateway, head.data, head.length))
		(void)gateway_write(slot->gateway, response->body.data,
		    http_response_length(response, request));
}

static void
slot_answer(struct slot *slot, char *const *environment)
{
	uint64_t start_us = clock_monotonic_us();
	struct http_request request;
	struct http_response response;
	struct page page;
	enum err err;

	arena_reset(slot->arena);
	http_response_init(&response, slot->arena);
	err = slot_read(slot, environment, &request);
	page = (struct page){.conf = slot->conf,
	    .arena = slot->arena,
	    .view = slot->view,
	    .views = slot->views,
	    .store = slot_store(slot->conf, slot->pool, slot->arena),
	    .language = page_language(slot->arena, &request, slot->conf),
	    .request = &request,
	    .response = &response,
	    .slug = "",
	    .board = ""};
	route_answer(&page, err);
	if (conditional_apply(slot->arena, &request, &response) != ERR_OK)
		response.etag = NULL; /* the page goes out all the same */
	response.redis_us = page.store.spent_us;
	response.round_trips = page.store.round_trips;
	slot_write(slot, &request, &response, start_us);
}

bool
slot_run(struct slot *slot)
{
	bool failed;
	char *const *environment;

	while ((environment = gateway_accept(slot->gateway, &failed)) != NULL) {
		slot_answer(slot, environment);
		gateway_finish(slot->gateway);
	}
	return !failed;
}
