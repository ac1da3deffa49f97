#include "base/metrics.h"

#include "base/clock.h"
#include "base/metrics_store.h"

#include <fcntl.h>

/* Those of web/response.c. */
const unsigned metrics_statuses[METRICS_STATUSES] = {200, 204, 301, 303, 304,
    400, 403, 404, 405, 408, 409, 413, 414, 415, 422, 429, 431, 500, 503};

/* A page takes some tenths of a millisecond; who waits for Redis, a second. */
const uint64_t metrics_bounds[METRICS_BOUNDS] = {250, 500, 1000, 2500, 5000,
    10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000};

struct metrics_store metrics_store = {
    .numbers = {[METRIC_RELOADED] = 1, [METRIC_GENERATION] = 1}, .memory = -1};

static const char none[] = "none";

void
metrics_add(enum metric metric, uint64_t more)
{
	atomic_fetch_add_explicit(
	    &metrics_store.numbers[metric], more, memory_order_relaxed);
}

void
metrics_subtract(enum metric metric, uint64_t less)
{
	atomic_fetch_sub_explicit(
	    &metrics_store.numbers[metric], less, memory_order_relaxed);
}

void
metrics_set(enum metric metric, uint64_t value)
{
	atomic_store_explicit(
	    &metrics_store.numbers[metric], value, memory_order_relaxed);
}

uint64_t
metrics_get(enum metric metric)
{
	return atomic_load_explicit(
	    &metrics_store.numbers[metric], memory_order_relaxed);
}

/* The place of a page, which is taken for it when it is the first time. */
static size_t
find_page(const char *page)
{
	size_t place = 0;

	for (; place < METRICS_PAGES_MAX - 1; place++) {
		const char *known = atomic_load_explicit(
		    &metrics_store.pages[place], memory_order_relaxed);

		if (known == page)
			return place;
		if (known == NULL &&
		    (atomic_compare_exchange_strong(
			 &metrics_store.pages[place], &known, page) ||
			known == page))
			return place;
	}
	atomic_store(&metrics_store.pages[place], none);
	return place;
}

static size_t
find_status(unsigned status)
{
	size_t place = 0;

	while (
	    place < METRICS_STATUSES - 1 && metrics_statuses[place] != status)
		place++;
	return place;
}

static size_t
find_bucket(uint64_t us)
{
	size_t place = 0;

	while (place < METRICS_BOUNDS && us > metrics_bounds[place])
		place++;
	return place;
}

static void
increase(metrics_number *number, uint64_t more)
{
	atomic_fetch_add_explicit(number, more, memory_order_relaxed);
}

void
metrics_count(const struct metrics_request *request)
{
	size_t page = find_page(request->page != NULL ? request->page : none);

	increase(
	    &metrics_store.requests[page][find_status(request->status)], 1);
	increase(
	    &metrics_store.buckets[request->method][find_bucket(request->us)],
	    1);
	increase(&metrics_store.taken_us[request->method], request->us);
	if (request->error != ERR_OK)
		metrics_add(
		    (enum metric)(METRIC_ERRORS + (int)request->error), 1);
}

void
metrics_begin(void)
{
	metrics_store.started_ms = clock_unix_ms();
	metrics_store.memory =
	    open("/proc/self/statm", O_RDONLY | O_CLOEXEC | O_NOCTTY);
}
