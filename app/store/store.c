#include "store/store.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "base/number.h"

enum err
store_run(struct store *store, const struct command *commands, size_t count,
    struct reply *replies)
{
	uint64_t start = clock_monotonic_us();
	enum err err;

	if (store->until_us == 0)
		return ERR_UNAVAILABLE;
	err = pool_run(store->pool, store->arena, store->until_us, commands,
	    count, replies);
	start = clock_monotonic_us() - start;
	store->spent_us += start;
	store->round_trips++;
	metrics_add(METRIC_REDIS_TRIPS, 1);
	metrics_add(METRIC_REDIS_US, start);
	if (err == ERR_UNAVAILABLE)
		metrics_add(METRIC_REDIS_FAILED, 1);
	return err;
}

void
store_tell(
    const struct store *store, const char *kind, uint64_t id, uint64_t root)
{
	const struct store_change change = {
	    .prefix = store->prefix, .kind = kind, .id = id, .root = root};

	if (store->hear != NULL)
		store->hear(store->hear_context, &change);
}

uint64_t
reply_number(const struct reply *reply, uint64_t maximum)
{
	uint64_t number = 0;

	if (reply->type == REPLY_INTEGER && reply->integer > 0 &&
	    (uint64_t)reply->integer <= maximum)
		return (uint64_t)reply->integer;
	if (reply->type == REPLY_TEXT)
		(void)number_parse(
		    reply->text, reply->length, 1, maximum, &number);
	return number;
}
