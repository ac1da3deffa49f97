/*
 * /metrics: what the worker has counted, for Prometheus. And who may look into
 * the works at all.
 */
#include "pages/page.h"

#include "config.h"

#include "base/client.h"
#include "base/metrics.h"
#include "pages/publisher.h"

bool
page_is_watched(const struct page *page)
{
	const struct http_request *request = page->request;
	const char *proxies = page->conf->writing.proxies;
	char address[CLIENT_NAME_BYTES];

	/* A proxy that nobody named stands between: whoever is behind it. */
	if (request->forwarded_for[0] != '\0' &&
	    !client_is_in(request->client, proxies))
		return false;
	/* "192.0.2.1:555", as some write it, is not the proxy itself. */
	if (!client_find(
		request->client, request->forwarded_for, proxies, address))
		return false;
	return client_is_in(address, page->conf->watch.allow);
}

enum err
metrics_show(struct page *page)
{
	struct http_response *response = page->response;

	/* As if there were nothing: the page that all such addresses have. */
	if (!page_is_watched(page))
		return ERR_NOT_FOUND;
	publisher_tell(page->publisher);
	metrics_write(&response->body, PACKAGE_VERSION);
	response->status = 200;
	response->content_type = "text/plain; version=0.0.4; charset=utf-8";
	return ERR_OK;
}
