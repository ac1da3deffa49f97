/*
 * The numbers themselves, for base/metrics.c, which counts, and
 * base/metrics_text.c, which tells.
 */
#ifndef MADANG_BASE_METRICS_STORE_H
#define MADANG_BASE_METRICS_STORE_H

#include "base/metrics.h"

#include <stdatomic.h>
#include <stddef.h>

/* Pages, by their routes, and one for all that is none; the rest are those. */
#define METRICS_PAGES_MAX 64

#define METRICS_STATUSES 20
extern const unsigned metrics_statuses[METRICS_STATUSES]; /* 0: another */

/* Upper bounds of the histogram's buckets in microseconds; then +Inf. */
#define METRICS_BOUNDS 13
extern const uint64_t metrics_bounds[METRICS_BOUNDS];

typedef _Atomic uint64_t metrics_number;

struct metrics_store {
	metrics_number numbers[METRICS];
	const char *_Atomic pages[METRICS_PAGES_MAX]; /* NULL: free */
	metrics_number requests[METRICS_PAGES_MAX][METRICS_STATUSES];
	/* Each request is in one bucket here. */
	metrics_number buckets[METRICS_METHODS][METRICS_BOUNDS + 1];
	metrics_number taken_us[METRICS_METHODS];
	uint64_t started_ms; /* Unix time; set before there are threads */
	int memory;	     /* /proc/self/statm; -1: not known */
};

extern struct metrics_store metrics_store;

#endif
