#include "support.h"

#include "base/metrics.h"
#include "base/metrics_store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS	   4
#define TIMES_EACH 20000

static void
set_up(void)
{
	memset(&metrics_store, 0, sizeof(metrics_store));
	metrics_store.memory = -1;
}

static char *
written(void)
{
	struct buf out;

	buf_init(&out, support_arena());
	metrics_write(&out, "1.2");
	ck_assert(!out.failed);
	ck_assert_int_eq(out.data[out.length - 1], '\n');
	return out.data;
}

/* The value of a sample, as it is written; "": it isn't there, or twice. */
static const char *
value_of(const char *sample)
{
	const char *text = written();
	const char *start = arena_printf(support_arena(), "\n%s ", sample);
	const char *at = strstr(text, start);

	if (at == NULL || strstr(at + 1, start) != NULL)
		return "";
	at += strlen(start);
	return arena_copy(support_arena(), at, strcspn(at, "\n"));
}

static void
answer(
    const char *page, enum metrics_method method, unsigned status, uint64_t us)
{
	metrics_count(&(struct metrics_request){
	    .page = page, .method = method, .status = status, .us = us});
}

START_TEST(requests_are_counted_by_page_and_status)
{
	static const char list[] = "/list";
	static const char post[] = "/posts/#";

	for (int i = 0; i < 3; i++)
		answer(list, METRICS_GET, 200, 1);
	answer(list, METRICS_GET, 503, 1);
	answer(post, METRICS_GET, 304, 1);
	answer(NULL, METRICS_GET, 404, 1);
	answer(NULL, METRICS_GET, 418, 1);
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/list\",status=\"200\"}"),
	    "3");
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/list\",status=\"503\"}"),
	    "1");
	ck_assert_str_eq(value_of("madang_requests_total{page=\"/posts/#\","
				  "status=\"304\"}"),
	    "1");
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"none\",status=\"404\"}"),
	    "1");
	/* A status that none of ours is. */
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"none\",status=\"0\"}"), "1");
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/list\",status=\"304\"}"),
	    "");
}
END_TEST

/* Microseconds, and the bucket of them. */
static const struct {
	uint64_t us;
	const char *in;
	const char *below;
} buckets[] = {
    {0, "0.00025", NULL},
    {250, "0.00025", NULL},
    {251, "0.0005", "0.00025"},
    {1000, "0.001", "0.0005"},
    {999999, "1.0", "0.5"},
    {1000000, "1.0", "0.5"},
    {2500000, "2.5", "1.0"},
    {2500001, "+Inf", "2.5"},
    {UINT64_C(1) << 40, "+Inf", "2.5"},
};

static const char *
bucket(const char *le)
{
	return value_of(arena_printf(support_arena(),
	    "madang_request_duration_seconds_bucket{method=\"POST\",le=\"%s\"}",
	    le));
}

START_TEST(a_time_is_in_all_buckets_from_its_own_on)
{
	answer("/", METRICS_POST, 200, buckets[_i].us);
	ck_assert_str_eq(bucket(buckets[_i].in), "1");
	if (buckets[_i].below != NULL)
		ck_assert_str_eq(bucket(buckets[_i].below), "0");
	ck_assert_str_eq(bucket("+Inf"), "1");
	ck_assert_str_eq(
	    value_of("madang_request_duration_seconds_count{method=\"POST\"}"),
	    "1");
	ck_assert_str_eq(
	    value_of("madang_request_duration_seconds_sum{method=\"POST\"}"),
	    arena_printf(support_arena(), "%" PRIu64 ".%06" PRIu64,
		buckets[_i].us / 1000000, buckets[_i].us % 1000000));
	ck_assert_str_eq(
	    value_of("madang_request_duration_seconds_count{method=\"GET\"}"),
	    "0");
}
END_TEST

START_TEST(each_error_has_a_reason)
{
	unsigned total = 0;
	const char *at;

	for (int err = ERR_OK + 1; err < ERR_COUNT; err++)
		metrics_count(&(struct metrics_request){.page = "/",
		    .method = METRICS_GET,
		    .status = 500,
		    .error = (enum err)err});
	at = written();
	while ((at = strstr(at, "\nmadang_errors_total{reason=\"")) != NULL) {
		at += strlen("\nmadang_errors_total{reason=\"");
		ck_assert_str_eq(arena_copy(support_arena(), strchr(at, ' '),
				     strcspn(strchr(at, ' '), "\n")),
		    " 1");
		total++;
	}
	ck_assert_uint_eq(total, ERR_COUNT - 1);
}
END_TEST

/* Each number is told, and no row tells another's. */
START_TEST(every_number_is_told_once)
{
	for (int i = 0; i < METRIC_ERRORS; i++) {
		const char *text;
		const char *value =
		    arena_printf(support_arena(), " %d\n", 10001 + i);

		set_up();
		metrics_set((enum metric)i, (uint64_t)(10001 + i));
		text = written();
		if (strstr(text, value) == NULL)
			value = arena_printf(
			    support_arena(), " 0.%06d\n", 10001 + i);
		text = strstr(text, value);
		ck_assert_msg(text != NULL, "number %d is not told", i);
		ck_assert_msg(
		    strstr(text + 1, value) == NULL, "%d is told twice", i);
	}
}
END_TEST

START_TEST(more_pages_than_there_is_room_for_are_one)
{
	static char names[METRICS_PAGES_MAX + 10][8];

	for (int i = 0; i < METRICS_PAGES_MAX + 10; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "/%d", i);
		answer(names[i], METRICS_GET, 200, 1);
		answer(names[i], METRICS_GET, 200, 1);
	}
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/0\",status=\"200\"}"), "2");
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"none\",status=\"200\"}"),
	    "22");
}
END_TEST

static void *
count_often(void *page)
{
	for (int i = 0; i < TIMES_EACH; i++) {
		answer(page, METRICS_GET, 200, 1);
		metrics_add(METRIC_SLOTS_BUSY, 1);
		metrics_add(METRIC_REDIS_TRIPS, 1);
		metrics_subtract(METRIC_SLOTS_BUSY, 1);
	}
	return NULL;
}

START_TEST(threads_lose_nothing)
{
	static char pages[2][4] = {"/a", "/b"};
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count_often,
				     pages[i % 2]),
		    0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/a\",status=\"200\"}"),
	    "40000");
	ck_assert_str_eq(
	    value_of("madang_requests_total{page=\"/b\",status=\"200\"}"),
	    "40000");
	ck_assert_str_eq(value_of("madang_slots_busy"), "0");
	ck_assert_str_eq(value_of("madang_redis_round_trips_total"), "80000");
}
END_TEST

START_TEST(a_process_tells_of_itself)
{
	metrics_begin();
	ck_assert_str_eq(value_of("madang_build_info{version=\"1.2\"}"), "1");
	ck_assert_int_gt(
	    atoll(value_of("process_resident_memory_bytes")), 1 << 20);
	ck_assert_int_gt(
	    atoll(value_of("process_start_time_seconds")), 1700000000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *test_case = support_case(suite, "metrics");

	tcase_add_checked_fixture(test_case, set_up, NULL);
	tcase_add_test(test_case, requests_are_counted_by_page_and_status);
	tcase_add_loop_test(test_case, a_time_is_in_all_buckets_from_its_own_on,
	    0, (int)(sizeof(buckets) / sizeof(buckets[0])));
	tcase_add_test(test_case, each_error_has_a_reason);
	tcase_add_test(test_case, every_number_is_told_once);
	tcase_add_test(test_case, more_pages_than_there_is_room_for_are_one);
	tcase_add_test(test_case, threads_lose_nothing);
	tcase_add_test(test_case, a_process_tells_of_itself);
	return support_run(suite);
}
