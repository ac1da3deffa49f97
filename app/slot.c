#include "slot.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/seal.h"
#include "pages/page.h"
#include "pages/publish.h"
#include "pages/publisher.h"
#include "route.h"
#include "view/jsontext.h"
#include "web/conditional.h"
#include "web/http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MODULE "slot"

/* Sent when there is no memory to build even a short answer. */
static const char out_of_memory[] =
    "Status: 503 Service Unavailable\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cache-Control: no-store\r\n"
    "Retry-After: 5\r\n"
    "\r\n"
    "The board can't make this page just now. Please try again in a "
    "moment.\n";

struct connection_settings
slot_redis(const struct conf *conf)
{
	return (struct connection_settings){.address = conf->redis.address,
	    .user = conf->redis.user,
	    .password = conf->redis.password,
	    .database = conf->redis.database,
	    .connect_ms = conf->redis.connect_ms,
	    .command_ms = conf->redis.command_ms};
}

enum err
slot_pool_create(const struct conf *conf, struct pool **pool)
{
	const struct pool_settings settings = {
	    .redis = slot_redis(conf),
	    .wait_ms = conf->redis.wait_ms,
	    /* One for each, for the views, and for who hears of changes. */
	    .size = (size_t)conf->slots + 2,
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
slot_prepare(const struct conf *conf)
{
	enum err err = view_init();

	jsontext_init();
	if (err == ERR_OK)
		err = digest_init();
	(void)setenv("TZ", conf->site.time_zone, 1);
	tzset();
	return err;
}

enum err
slot_init(struct slot *slot, const struct slot_shared *shared,
    struct gateway *gateway)
{
	const struct conf *conf = shared->conf;

	*slot = (struct slot){.shared = *shared, .gateway = gateway};
	slot->arena = arena_create((size_t)conf->limits.request_bytes);
	if (slot->arena == NULL)
		return ERR_NO_MEMORY;
	seal_random((unsigned char *)&slot->ids, sizeof(slot->ids));
	if (shared->view != NULL)
		return view_share(shared->view, &slot->view);
	return view_create(conf->files.templates, conf->files.assets,
	    shared->at_once, &slot->view);
}

void
slot_free(struct slot *slot)
{
	view_destroy(slot->view);
	arena_destroy(slot->arena);
	gateway_destroy(slot->gateway);
}

/* A late one's body is there, or it is nobody's who could be served. */
#define LATE_BODY_MS 50

static uint64_t
body_patience(const struct slot *slot)
{
	uint64_t ms = slot->shared.conf->limits.body_ms;

	return gateway_is_late(slot->gateway) && ms > LATE_BODY_MS
		   ? LATE_BODY_MS
		   : ms;
}

/*
 * The web server's id of a request, or one of ours: a step from a beginning
 * that is another in each slot, mixed (splitmix64), so that no two are alike
 * and people don't take one for its neighbour.
 */
static void
name_request(struct slot *slot, struct http_request *request)
{
	uint64_t id = slot->ids += UINT64_C(0x9e3779b97f4a7c15);

	if (request->id[0] == '\0') {
		id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
		(void)snprintf(
		    slot->id, sizeof(slot->id), "%016" PRIx64, id ^ id >> 31);
		request->id = slot->id;
	}
	log_set_request(request->id);
}

/* A typed request of the environment and the body. */
static enum err
slot_read(
    struct slot *slot, char *const *environment, struct http_request *request)
{
	const struct http_limits limits = {
	    .body_bytes = (size_t)slot->shared.conf->limits.body_bytes,
	    .header_bytes = (size_t)slot->shared.conf->limits.header_bytes,
	    .uri_bytes = (size_t)slot->shared.conf->limits.uri_bytes,
	};
	enum err err =
	    http_request_parse(slot->arena, environment, &limits, request);

	name_request(slot, request);
	if (err != ERR_OK || request->method != HTTP_POST)
		return err;
	return gateway_read(slot->gateway, slot->arena, request->content_length,
	    body_patience(slot), &request->body);
}

static void
slot_write(struct slot *slot, const struct http_request *request,
    const struct http_response *response)
{
	struct buf head;

	buf_init(&head, slot->arena);
	http_response_head(response, &head);
	if (head.failed) {
		log_seldom(LOG_LEVEL_ERROR, MODULE, "answering",
		    "out of memory while answering");
		(void)gateway_write(slot->gateway, out_of_memory,
		    sizeof(out_of_memory) - 1, "", 0);
		return;
	}
	/* A visitor who has left is no event for the log. */
	(void)gateway_write(slot->gateway, head.data, head.length,
	    response->body.data, http_response_length(response, request));
}

/* Of so many writes an hour, one in each of these milliseconds. */
static struct limit_rate
rate_of(uint64_t burst, uint64_t per_hour)
{
	return (struct limit_rate){
	    .burst = burst, .interval = UINT64_C(3600000) / per_hour};
}

/* Who writes, and how often he may. */
static void
slot_limit(const struct conf *conf, const char *client, struct limit *limit)
{
	*limit = (struct limit){.of_client = rate_of(conf->writing.client_burst,
				    conf->writing.client_per_hour),
	    .of_all =
		rate_of(conf->writing.all_burst, conf->writing.all_per_hour)};
	if (client_is_in(client, conf->writing.unlimited))
		limit->of_client.burst = 0;
	client_digest(client, conf->post.pepper, limit->client);
	client_digest_of_network(client, conf->post.pepper, limit->network);
}

struct page
slot_page(struct slot *slot, const struct http_request *request,
    struct http_response *response)
{
	const struct slot_shared *shared = &slot->shared;
	struct page page = {.conf = shared->conf,
	    .arena = slot->arena,
	    .view = slot->view,
	    .views = shared->views,
	    .publisher = shared->publisher,
	    .store = slot_store(shared->conf, shared->pool, slot->arena),
	    .language = page_language(slot->arena, request, shared->conf),
	    .request = request,
	    .response = response,
	    .slug = "",
	    .board = ""};

	publisher_attach(page.publisher, &page.store);
	return page;
}

/* Before it is sent: who has it finds it counted. */
static void
count_answer(const struct page *page)
{
	static const enum metrics_method methods[] = {[HTTP_GET] = METRICS_GET,
	    [HTTP_HEAD] = METRICS_GET,
	    [HTTP_POST] = METRICS_POST,
	    [HTTP_OTHER] = METRICS_OTHER};
	const struct metrics_request counted = {.page = page->route,
	    .method = methods[page->request->method],
	    .status = page->response->status,
	    .us = page->response->total_us,
	    .error = page->response->error};

	metrics_count(&counted);
}

/* No path: people's words may be in what is none of ours. */
static void
log_answer(const struct page *page)
{
	static const char *const methods[] = {[HTTP_GET] = "GET",
	    [HTTP_HEAD] = "HEAD",
	    [HTTP_POST] = "POST",
	    [HTTP_OTHER] = "another method"};
	const struct http_response *response = page->response;

	log_info("request", "%s %s: %u in %" PRIu64 ".%03u ms, %u round trips",
	    methods[page->request->method],
	    page->route != NULL ? page->route : "(none)", response->status,
	    response->total_us / 1000, (unsigned)(response->total_us % 1000),
	    response->round_trips);
}

static void
slot_answer(struct slot *slot, char *const *environment)
{
	uint64_t start_us = clock_monotonic_us();
	char client[CLIENT_NAME_BYTES];
	struct http_request request;
	struct http_response response;
	struct page page;
	enum err err;

	arena_reset(slot->arena);
	http_response_init(&response, slot->arena);
	err = slot_read(slot, environment, &request);
	page = slot_page(slot, &request, &response);
	/* Who only reads is nobody in particular. */
	if (request.method == HTTP_POST) {
		(void)client_find(request.client, request.forwarded_for,
		    slot->shared.conf->writing.proxies, client);
		request.client = client;
		slot_limit(slot->shared.conf, client, &page.store.limit);
	}
	/* As if Redis were away: the page that says so, the form kept. */
	if (gateway_is_late(slot->gateway))
		page.store.until_us = 0;
	route_answer(&page, err);
	if (conditional_apply(slot->arena, &request, &response) != ERR_OK)
		response.etag = NULL; /* the page goes out all the same */
	publish_end(&page);
	response.redis_us = page.store.spent_us;
	response.round_trips = page.store.round_trips;
	/* Not with what may be a file for all, as the page of a 404 may. */
	if (response.status >= 400 && response.status != 404)
		response.id = request.id;
	response.total_us = clock_monotonic_us() - start_us;
	count_answer(&page);
	slot_write(slot, &request, &response);
	if (slot->shared.conf->log.requests != 0)
		log_answer(&page);
	log_set_request(NULL);
}

void
slot_run(struct slot *slot)
{
	char *const *environment;

	metrics_add(METRIC_SLOTS, 1);
	while ((environment = gateway_accept(slot->gateway)) != NULL) {
		metrics_add(METRIC_SLOTS_BUSY, 1);
		slot_answer(slot, environment);
		gateway_finish(slot->gateway);
		metrics_subtract(METRIC_SLOTS_BUSY, 1);
	}
	metrics_subtract(METRIC_SLOTS, 1);
}
