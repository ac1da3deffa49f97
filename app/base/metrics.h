/*
 * What a process has counted since it started, for /metrics: Prometheus's text
 * format 0.0.4. A SIGHUP takes nothing of it away.
 *
 * Like the log it belongs to the process, not to what slots share: whoever
 * counts need not be given anything, and what is shared may be replaced. The
 * rule is that numbers go in, at the price of an addition, and come out as
 * text; nothing that a request does may depend on one.
 */
#ifndef MADANG_BASE_METRICS_H
#define MADANG_BASE_METRICS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

/* metrics_text.c says of each what it is called and what it counts. */
enum metric {
	METRIC_SLOTS,
	METRIC_SLOTS_BUSY,
	METRIC_WAITING_FOR_REQUEST,
	METRIC_WAITING_FOR_SLOT,
	METRIC_WAITED_US,
	METRIC_LATE,

	METRIC_REDIS_UP,
	METRIC_REDIS_TRIPS,
	METRIC_REDIS_US,
	METRIC_REDIS_FAILED,
	METRIC_REDIS_CONNECTED,
	METRIC_REDIS_NOT_CONNECTED,
	METRIC_REFUSED_LOADING, /* the refusals of Redis */
	METRIC_REFUSED_READONLY,
	METRIC_REFUSED_OOM,
	METRIC_REFUSED_MISCONF,
	METRIC_REFUSED_NOREPLICAS,
	METRIC_REFUSED_BUSY,
	METRIC_REFUSED_ACCESS,
	METRIC_REFUSED_OTHER,
	METRIC_REFUSED_UNEXPECTED,
	METRIC_POOL_SIZE,
	METRIC_POOL_IN_USE,
	METRIC_POOL_WAITS,
	METRIC_POOL_TIMEOUTS,

	METRIC_POSTS,
	METRIC_REPLIES,
	METRIC_EDITS,
	METRIC_DELETES,
	METRIC_RECOMMENDS,
	METRIC_UNRECOMMENDS,
	METRIC_VIEWS,
	METRIC_DUPLICATES,
	METRIC_LIMITED_CLIENT,
	METRIC_LIMITED_NETWORK,
	METRIC_LIMITED_ALL,
	METRIC_PASSWORDS,
	METRIC_PASSWORDS_WAITING,
	METRIC_PASSWORDS_REFUSED,

	METRIC_PAGES_FIRST,
	METRIC_PAGES_AGAIN,
	METRIC_PAGES_PUBLISHED,
	METRIC_PAGES_FULL,
	METRIC_PAGES_DEAF,
	METRIC_PAGES_FAILED,
	METRIC_PAGES_DROPPED_LISTS,
	METRIC_PAGES_DROPPED_THREADS,
	METRIC_PAGES_DROPPED_SITE,
	METRIC_PAGES_DROPPED_BOARD,
	METRIC_PAGES_DROPPED_ALL,
	METRIC_PAGES_HEARING,
	METRIC_PAGES_FILES,
	METRIC_PAGES_BYTES,

	METRIC_LOG_ERRORS, /* in the order of enum log_level */
	METRIC_LOG_WARNINGS,
	METRIC_LOG_INFOS,
	METRIC_LOG_ASTRAY,
	METRIC_RELOADS,
	METRIC_RELOADS_FAILED,
	METRIC_RELOADED, /* whether the last one worked; 1 before any */
	METRIC_GENERATION,

	METRIC_ERRORS, /* and those of the other values of enum err */
	METRICS = METRIC_ERRORS + ERR_COUNT
};

/* Any thread may call these. */
void metrics_add(enum metric metric, uint64_t more);
void metrics_subtract(enum metric metric, uint64_t less);
void metrics_set(enum metric metric, uint64_t value);
uint64_t metrics_get(enum metric metric);

enum metrics_method {
	METRICS_GET, /* and HEAD */
	METRICS_POST,
	METRICS_OTHER,
	METRICS_METHODS
};

/* A request that was answered. */
struct metrics_request {
	const char *page; /* lives as long as the process; NULL: none of ours */
	enum metrics_method method;
	unsigned status;
	uint64_t us;
	enum err error;
};

void metrics_count(const struct metrics_request *request);

/*
 * The process starts: before it is confined, while it may open what tells how
 * much memory it has. Without that the rest works.
 */
void metrics_begin(void);

/* All of it. version is that of the program. */
void metrics_write(struct buf *out, const char *version);

#endif
