#include "store/limit.h"

#include "base/metrics.h"
#include "store/script.h"

#include <string.h>

/* A wrong answer must not turn a visitor away for good. */
#define WAIT_MAX_SECONDS 86400

enum err
limit_add(struct store *store, struct command *words)
{
	const struct limit *limit = &store->limit;
	const uint64_t numbers[] = {limit->of_client.burst,
	    limit->of_client.interval, limit->of_all.burst,
	    limit->of_all.interval};
	enum err err = ERR_OK;

	script_add(words, limit->client);
	script_add(words, limit->network);
	for (size_t i = 0; i < 4 && err == ERR_OK; i++)
		err = script_add_number(store, words, numbers[i]);
	return err != ERR_OK ? err : script_add_random(store, words);
}

/* Whose writes are too many, for the metrics. */
static void
count_limit(const char *whose)
{
	metrics_add(strcmp(whose, "client") == 0    ? METRIC_LIMITED_CLIENT
		    : strcmp(whose, "network") == 0 ? METRIC_LIMITED_NETWORK
						    : METRIC_LIMITED_ALL,
	    1);
}

bool
limit_is_over(struct store *store, const struct reply *reply)
{
	if (!script_says(reply, "wait") || reply->count != 3)
		return false;
	count_limit(reply->items[2].text);
	store->wait_seconds = reply_number(&reply->items[1], WAIT_MAX_SECONDS);
	if (store->wait_seconds == 0)
		store->wait_seconds = 1;
	return true;
}
