#include "base/metrics_store.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How a number is told. */
enum unit { PLAIN, MICROSECONDS /* as seconds */ };

/*
 * A family of samples, of which the first row has the family's type and help.
 * label is what stands in the braces; "": no braces.
 */
struct row {
	const char *name;
	const char *type; /* NULL: another sample of the row before */
	const char *help;
	const char *label;
	int metric;
	enum unit unit;
};

#define GAUGE(name, metric, help)                                              \
	{                                                                      \
		name, "gauge", help, "", metric, PLAIN                         \
	}
#define COUNT(name, metric, help)                                              \
	{                                                                      \
		name, "counter", help, "", metric, PLAIN                       \
	}
#define SECONDS(name, metric, help)                                            \
	{                                                                      \
		name, "counter", help, "", metric, MICROSECONDS                \
	}
#define FIRST(name, type, help, label, metric)                                 \
	{                                                                      \
		name, type, help, label, metric, PLAIN                         \
	}
#define MORE(label, metric)                                                    \
	{                                                                      \
		NULL, NULL, NULL, label, metric, PLAIN                         \
	}
#define REASON(word, err) MORE("reason=\"" word "\"", METRIC_ERRORS + (err))

static const struct row rows[] = {
    GAUGE(
	"madang_slots", METRIC_SLOTS, "Requests that can be answered at once."),
    GAUGE("madang_slots_busy", METRIC_SLOTS_BUSY,
	"Requests that are being answered."),
    FIRST("madang_connections_waiting", "gauge",
	"Connections of the web server that wait.", "waits_for=\"request\"",
	METRIC_WAITING_FOR_REQUEST),
    MORE("waits_for=\"slot\"", METRIC_WAITING_FOR_SLOT),
    SECONDS("madang_waited_for_slot_seconds_total", METRIC_WAITED_US,
	"Time that requests have waited for a slot."),
    COUNT("madang_requests_late_total", METRIC_LATE,
	"Requests that waited too long for a slot and were told to come back."),
    FIRST("madang_errors_total", "counter",
	"Answers that were no success, by what was wrong.",
	"reason=\"malformed\"", METRIC_ERRORS + ERR_MALFORMED),
    REASON("invalid", ERR_INVALID),
    REASON("forbidden", ERR_FORBIDDEN),
    REASON("not_found", ERR_NOT_FOUND),
    REASON("method", ERR_METHOD),
    REASON("conflict", ERR_CONFLICT),
    REASON("full", ERR_FULL),
    REASON("password_tries", ERR_TOO_MANY),
    REASON("too_often", ERR_TOO_OFTEN),
    REASON("timeout", ERR_TIMEOUT),
    REASON("body_too_large", ERR_BODY_TOO_LARGE),
    REASON("uri_too_long", ERR_URI_TOO_LONG),
    REASON("media_type", ERR_MEDIA_TYPE),
    REASON("headers_too_large", ERR_HEADERS_TOO_LARGE),
    REASON("no_memory", ERR_NO_MEMORY),
    REASON("unavailable", ERR_UNAVAILABLE),
    REASON("busy", ERR_BUSY),
    REASON("internal", ERR_INTERNAL),
    REASON("config", ERR_CONFIG),

    GAUGE("madang_redis_up", METRIC_REDIS_UP,
	"Whether Redis answered when it was asked last."),
    COUNT("madang_redis_round_trips_total", METRIC_REDIS_TRIPS,
	"Round trips to Redis, those that failed too."),
    SECONDS("madang_redis_round_trip_seconds_total", METRIC_REDIS_US,
	"Time that round trips to Redis took, waiting for a connection too."),
    COUNT("madang_redis_failures_total", METRIC_REDIS_FAILED,
	"Round trips to which no answer came."),
    COUNT("madang_redis_connections_total", METRIC_REDIS_CONNECTED,
	"Connections to Redis that were opened."),
    COUNT("madang_redis_connection_failures_total", METRIC_REDIS_NOT_CONNECTED,
	"Connections to Redis that could not be opened."),
    FIRST("madang_redis_refusals_total", "counter",
	"Answers of Redis that refused what was asked, by its word for it.",
	"word=\"LOADING\"", METRIC_REFUSED_LOADING),
    MORE("word=\"READONLY\"", METRIC_REFUSED_READONLY),
    MORE("word=\"OOM\"", METRIC_REFUSED_OOM),
    MORE("word=\"MISCONF\"", METRIC_REFUSED_MISCONF),
    MORE("word=\"NOREPLICAS\"", METRIC_REFUSED_NOREPLICAS),
    MORE("word=\"BUSY\"", METRIC_REFUSED_BUSY),
    MORE("word=\"access\"", METRIC_REFUSED_ACCESS),
    MORE("word=\"other\"", METRIC_REFUSED_OTHER),
    MORE("word=\"unexpected\"", METRIC_REFUSED_UNEXPECTED),
    GAUGE("madang_redis_pool_size", METRIC_POOL_SIZE,
	"Connections to Redis that there may be."),
    GAUGE("madang_redis_pool_in_use", METRIC_POOL_IN_USE,
	"Connections to Redis that are in use."),
    COUNT("madang_redis_pool_waits_total", METRIC_POOL_WAITS,
	"Times that somebody had to wait for a connection in use."),
    COUNT("madang_redis_pool_timeouts_total", METRIC_POOL_TIMEOUTS,
	"Those of them who waited in vain."),

    FIRST("madang_writes_total", "counter", "What was written.",
	"kind=\"post\"", METRIC_POSTS),
    MORE("kind=\"reply\"", METRIC_REPLIES),
    MORE("kind=\"edit\"", METRIC_EDITS),
    MORE("kind=\"delete\"", METRIC_DELETES),
    MORE("kind=\"recommend\"", METRIC_RECOMMENDS),
    MORE("kind=\"unrecommend\"", METRIC_UNRECOMMENDS),
    COUNT("madang_views_written_total", METRIC_VIEWS,
	"Views that were added to those in Redis."),
    COUNT("madang_duplicates_total", METRIC_DUPLICATES,
	"Posts and replies that had arrived before and were not stored again."),
    FIRST("madang_limited_total", "counter",
	"Writes that were refused for being too many, by whose they were.",
	"of=\"client\"", METRIC_LIMITED_CLIENT),
    MORE("of=\"network\"", METRIC_LIMITED_NETWORK),
    MORE("of=\"all\"", METRIC_LIMITED_ALL),
    COUNT("madang_passwords_computed_total", METRIC_PASSWORDS,
	"Passwords that were hashed."),
    GAUGE("madang_passwords_waiting", METRIC_PASSWORDS_WAITING,
	"Requests that wait until others are hashed."),
    COUNT("madang_passwords_refused_total", METRIC_PASSWORDS_REFUSED,
	"Passwords that were not hashed because too many were."),

    FIRST("madang_pages_asked_total", "counter",
	"Requests for pages that can be files, which reached the worker.",
	"time=\"first\"", METRIC_PAGES_FIRST),
    MORE("time=\"again\"", METRIC_PAGES_AGAIN),
    COUNT("madang_pages_published_total", METRIC_PAGES_PUBLISHED,
	"Pages that became files."),
    FIRST("madang_pages_refused_total", "counter",
	"Pages that did not become files though they could.", "reason=\"full\"",
	METRIC_PAGES_FULL),
    MORE("reason=\"deaf\"", METRIC_PAGES_DEAF),
    MORE("reason=\"failed\"", METRIC_PAGES_FAILED),
    FIRST("madang_pages_dropped_total", "counter",
	"How often pages were thrown away, by which: each is any number.",
	"what=\"lists\"", METRIC_PAGES_DROPPED_LISTS),
    MORE("what=\"threads\"", METRIC_PAGES_DROPPED_THREADS),
    MORE("what=\"site\"", METRIC_PAGES_DROPPED_SITE),
    MORE("what=\"board\"", METRIC_PAGES_DROPPED_BOARD),
    MORE("what=\"all\"", METRIC_PAGES_DROPPED_ALL),
    GAUGE("madang_pages_hearing", METRIC_PAGES_HEARING,
	"Whether Redis tells what changes, without which nothing is "
	"published."),
    GAUGE("madang_pages_files", METRIC_PAGES_FILES,
	"Files and folders of the page store, as far as this process knows."),
    GAUGE("madang_pages_bytes", METRIC_PAGES_BYTES,
	"Room that they take, likewise."),

    FIRST("madang_log_lines_total", "counter", "Lines of the log.",
	"level=\"error\"", METRIC_LOG_ERRORS),
    MORE("level=\"warning\"", METRIC_LOG_WARNINGS),
    MORE("level=\"info\"", METRIC_LOG_INFOS),
    COUNT("madang_log_lines_astray_total", METRIC_LOG_ASTRAY,
	"Lines that went to standard error since their place took none."),
    FIRST("madang_reloads_total", "counter", "What came of SIGHUP.",
	"result=\"ok\"", METRIC_RELOADS),
    MORE("result=\"failed\"", METRIC_RELOADS_FAILED),
    GAUGE("madang_last_reload_successful", METRIC_RELOADED,
	"Whether the last SIGHUP took effect; 1 when there was none."),
    GAUGE("madang_config_generation", METRIC_GENERATION,
	"Settings in force: 1 at start, one more with each reload."),
};

static void
head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Without floating point, whose decimal sign is the locale's. */
static void
number(struct buf *out, uint64_t value, enum unit unit)
{
	if (unit == MICROSECONDS)
		buf_printf(out, " %" PRIu64 ".%06u\n", value / 1000000,
		    (unsigned)(value % 1000000));
	else
		buf_printf(out, " %" PRIu64 "\n", value);
}

static void
write_rows(struct buf *out)
{
	const char *name = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if (row->type != NULL) {
			name = row->name;
			head(out, name, row->type, row->help);
		}
		buf_text(out, name);
		if (row->label[0] != '\0')
			buf_printf(out, "{%s}", row->label);
		number(out, metrics_get((enum metric)row->metric), row->unit);
	}
}

static void
write_requests(struct buf *out)
{
	static const char name[] = "madang_requests_total";

	head(out, name, "counter",
	    "Requests that the worker answered, by page and status.");
	for (size_t page = 0; page < METRICS_PAGES_MAX; page++)
		for (size_t i = 0; i < METRICS_STATUSES; i++) {
			uint64_t count =
			    atomic_load(&metrics_store.requests[page][i]);
			const char *pattern =
			    atomic_load(&metrics_store.pages[page]);

			if (count > 0)
				buf_printf(out,
				    "%s{page=\"%s\",status=\"%u\"} %" PRIu64
				    "\n",
				    name, pattern, metrics_statuses[i], count);
		}
}

/* The bound of a bucket in seconds: "0.0025". */
static void
bound(struct buf *out, uint64_t us)
{
	size_t before = out->length;

	buf_printf(
	    out, "%" PRIu64 ".%06u", us / 1000000, (unsigned)(us % 1000000));
	/* Nobody writes the noughts at its end. */
	while (!out->failed && out->length > before + 3 &&
	       out->data[out->length - 1] == '0' &&
	       out->data[out->length - 2] != '.')
		out->data[--out->length] = '\0';
}

static void
write_histogram(struct buf *out)
{
	static const char name[] = "madang_request_duration_seconds";
	static const char *const methods[METRICS_METHODS] = {
	    "GET", "POST", "other"};

	head(out, name, "histogram",
	    "Time from the moment a slot takes a request to its answer.");
	for (size_t method = 0; method < METRICS_METHODS; method++) {
		uint64_t sum = 0;

		for (size_t i = 0; i <= METRICS_BOUNDS; i++) {
			sum += atomic_load(&metrics_store.buckets[method][i]);
			buf_printf(out, "%s_bucket{method=\"%s\",le=\"", name,
			    methods[method]);
			if (i < METRICS_BOUNDS)
				bound(out, metrics_bounds[i]);
			else
				buf_text(out, "+Inf");
			buf_printf(out, "\"} %" PRIu64 "\n", sum);
		}
		buf_printf(out, "%s_sum{method=\"%s\"}", name, methods[method]);
		number(out, atomic_load(&metrics_store.taken_us[method]),
		    MICROSECONDS);
		buf_printf(out, "%s_count{method=\"%s\"} %" PRIu64 "\n", name,
		    methods[method], sum);
	}
}

/* Bytes of memory that the process has; 0: it can't be read. */
static uint64_t
resident_bytes(void)
{
	char text[128] = "";
	uint64_t pages = 0;
	long page_bytes = sysconf(_SC_PAGESIZE);
	const char *second;

	if (metrics_store.memory < 0 || page_bytes <= 0 ||
	    pread(metrics_store.memory, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	second = strchr(text, ' ');
	if (second == NULL)
		return 0;
	for (second++; *second >= '0' && *second <= '9'; second++)
		pages = 10 * pages + (uint64_t)(*second - '0');
	return pages * (uint64_t)page_bytes;
}

/* Under the names that Prometheus's own libraries have for these. */
static void
write_process(struct buf *out, const char *version)
{
	uint64_t bytes = resident_bytes();
	struct timespec spent;

	head(out, "madang_build_info", "gauge", "1, and which Madang it is.");
	buf_printf(out, "madang_build_info{version=\"%s\"} 1\n", version);
	if (bytes > 0) {
		head(out, "process_resident_memory_bytes", "gauge",
		    "Memory that the process has.");
		buf_text(out, "process_resident_memory_bytes");
		number(out, bytes, PLAIN);
	}
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) == 0) {
		head(out, "process_cpu_seconds_total", "counter",
		    "Processor time that the process has spent.");
		buf_text(out, "process_cpu_seconds_total");
		number(out,
		    (uint64_t)spent.tv_sec * 1000000 +
			(uint64_t)spent.tv_nsec / 1000,
		    MICROSECONDS);
	}
	head(out, "process_start_time_seconds", "gauge",
	    "When the process was started, in Unix time.");
	buf_text(out, "process_start_time_seconds");
	number(out, metrics_store.started_ms * 1000, MICROSECONDS);
}

void
metrics_write(struct buf *out, const char *version)
{
	write_requests(out);
	write_histogram(out);
	write_rows(out);
	write_process(out, version);
}
