/*
 * How often may be written: by the scripts, in a real Redis. Time is moved by
 * moving what Redis keeps of it, so that no test waits.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "base/client.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Long: no test takes a part of it that could be seen. */
#define INTERVAL_MS 100000

/* As a visitor from this address; 3 at once, and 5 by all. */
static void
visit(const char *address)
{
	here.store.limit = (struct limit){
	    .of_client = {3, INTERVAL_MS}, .of_all = {5, INTERVAL_MS}};
	client_digest(address, "", here.store.limit.client);
	client_digest_of_network(address, "", here.store.limit.network);
	here.store.wait_seconds = 0;
}

/* Writes a post that nobody wrote before. */
static enum err
post_another(void)
{
	static unsigned number;
	char text[32];

	(void)snprintf(text, sizeof(text), "text %u", number++);
	return post_refused(text);
}

static void
post_times(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		ck_assert_int_eq(post_another(), ERR_OK);
}

static void
assert_waits(uint64_t seconds)
{
	ck_assert_int_eq(post_another(), ERR_TOO_OFTEN);
	ck_assert_uint_ge(here.store.wait_seconds, seconds - 10);
	ck_assert_uint_le(here.store.wait_seconds, seconds);
}

/* All counts as if so many milliseconds more had gone by. */
static void
pass(const char *ms)
{
	struct reply keys = DO(&here.store, "KEYS", "madang:limit:*");

	ck_assert_uint_gt(keys.count, 0);
	for (size_t i = 0; i < keys.count; i++)
		(void)DO(&here.store, "DECRBY", keys.items[i].text, ms);
}

/* All but what says who was here on which day. */
static const char *
dump_of_posts(void)
{
	return dump_without("^madang:[dl]");
}

START_TEST(so_many_at_once_and_then_one_in_each_interval)
{
	visit("192.0.2.1");
	post_times(3);
	assert_waits(INTERVAL_MS / 1000);
	pass("100000");
	post_times(1);
	assert_waits(INTERVAL_MS / 1000);
	/* Whoever was away for long has no more at once than at first. */
	pass("100000000");
	post_times(3);
	assert_waits(INTERVAL_MS / 1000);
}
END_TEST

START_TEST(what_is_refused_writes_nothing)
{
	struct change_words words = words_of("", "another");
	struct change_conflict conflict;
	const char *before;
	uint64_t root;
	bool on;

	visit("192.0.2.1");
	post_times(3);
	before = dump_of_posts();
	ck_assert_int_eq(post_another(), ERR_TOO_OFTEN);
	ck_assert_int_eq(
	    change_edit(&here.store, 1, 0, &words, &conflict), ERR_TOO_OFTEN);
	ck_assert_int_eq(
	    change_delete(&here.store, 1, 60, &root), ERR_TOO_OFTEN);
	ck_assert_int_eq(
	    post_try_recommend(1, "192.0.2.1", &on), ERR_TOO_OFTEN);
	ck_assert_str_eq(dump_of_posts(), before);
	/* Nor does it count. */
	pass("100000");
	post_times(1);
}
END_TEST

START_TEST(every_kind_of_write_counts)
{
	struct change_words words = words_of("", "another");

	visit("192.0.2.1");
	post_times(1);
	post_edit(1, 0, &words);
	ck_assert(post_recommend(1, "192.0.2.1"));
	assert_waits(INTERVAL_MS / 1000);
	visit("192.0.2.2");
	post_delete(1);
	post_times(1);
	assert_waits(INTERVAL_MS / 1000);
}
END_TEST

START_TEST(the_same_again_is_neither_counted_nor_refused)
{
	struct change_post draft = draft_of("the client", "n", "the same");
	struct change_words words = words_of("", "another");
	struct change_posted posted;

	visit("192.0.2.1");
	post_times(1);
	(void)post_draft(&draft);
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(
		    change_post(&here.store, &draft, &posted), ERR_OK);
		ck_assert(posted.again);
	}
	post_edit(1, 0, &words);
	/* The third write was it; what is done is still said to be done. */
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	post_edit(1, 0, &words);
	ck_assert_int_eq(post_another(), ERR_TOO_OFTEN);
}
END_TEST

/* Before a password is computed. */
START_TEST(to_ask_is_refused_as_to_write_and_writes_nothing)
{
	static const unsigned char record[PASSWORD_BYTES] = "a record";
	struct change_post draft = draft_of("the client", "n", "asked for");
	struct change_posted posted;
	const char *before;

	visit("192.0.2.1");
	post_times(2);
	draft.asks = true;
	before = dump();
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(
		    change_post(&here.store, &draft, &posted), ERR_OK);
		ck_assert(posted.would);
	}
	ck_assert_str_eq(dump(), before);
	draft.asks = false;
	draft.password = record;
	ck_assert_uint_eq(post_draft(&draft), 3);
	/* What was written is so for who asks, too. */
	draft.asks = true;
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	ck_assert(!posted.would && posted.again);
	ck_assert_uint_eq(posted.id, 3);
	draft.words = words_of("", "another");
	ck_assert_int_eq(
	    change_post(&here.store, &draft, &posted), ERR_TOO_OFTEN);
	draft.parent = 99;
	ck_assert_int_eq(
	    change_post(&here.store, &draft, &posted), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_network_of_ipv6_is_one_client)
{
	visit("2001:db8::1");
	post_times(2);
	visit("2001:db8::ffff:2");
	post_times(1);
	assert_waits(INTERVAL_MS / 1000);
	visit("2001:db8:0:1::1");
	post_times(1);
}
END_TEST

/* Ten times what a client may, and in a tenth of the time. */
START_TEST(who_has_many_networks_of_ipv6_is_limited)
{
	char address[64];

	for (unsigned i = 0; i < 10; i++) {
		(void)snprintf(address, sizeof(address), "2001:db8:1:%x::1", i);
		visit(address);
		here.store.limit.of_all.burst = 0;
		post_times(3);
	}
	visit("2001:db8:1:ffff::1");
	here.store.limit.of_all.burst = 0;
	assert_waits(INTERVAL_MS / 10 / 1000 + 1);
	pass("10000");
	post_times(1);
	assert_waits(INTERVAL_MS / 10 / 1000 + 1);
	visit("2001:db8:2::1");
	here.store.limit.of_all.burst = 0;
	post_times(1);
}
END_TEST

START_TEST(all_together_have_a_limit_too)
{
	visit("192.0.2.1");
	post_times(3);
	visit("192.0.2.2");
	post_times(2);
	assert_waits(INTERVAL_MS / 1000);
	visit("192.0.2.3");
	assert_waits(INTERVAL_MS / 1000);
}
END_TEST

START_TEST(a_board_counts_for_itself)
{
	visit("192.0.2.1");
	post_times(3);
	here.store.prefix = "{b}:";
	post_times(3);
	ck_assert_int_eq(post_another(), ERR_TOO_OFTEN);
}
END_TEST

START_TEST(without_limits_nothing_is_counted)
{
	visit("192.0.2.1");
	here.store.limit.of_client.burst = 0;
	here.store.limit.of_all.burst = 0;
	post_times(20);
	ck_assert_uint_eq(DO(&here.store, "KEYS", "madang:limit:*").count, 0);
	ck_assert_int_eq(DO(&here.store, "EXISTS", "madang:day").integer, 0);
}
END_TEST

START_TEST(the_owner_is_not_counted)
{
	post_times(20);
	ck_assert_uint_eq(DO(&here.store, "KEYS", "madang:limit:*").count, 0);
}
END_TEST

START_TEST(every_count_ends_by_itself)
{
	struct reply keys;

	visit("192.0.2.1");
	post_times(2);
	keys = DO(&here.store, "KEYS", "madang:limit:*");
	ck_assert_uint_eq(keys.count, 2);
	for (size_t i = 0; i < keys.count; i++) {
		int64_t left =
		    DO(&here.store, "PTTL", keys.items[i].text).integer;

		ck_assert_int_gt(left, 0);
		ck_assert_int_le(left, 2 * INTERVAL_MS);
	}
}
END_TEST

START_TEST(a_day_later_nobody_knows_who_it_was)
{
	int64_t left;

	visit("192.0.2.1");
	post_times(3);
	left = DO(&here.store, "TTL", "madang:day").integer;
	ck_assert_int_gt(left, 86000);
	ck_assert_int_le(left, 86400);
	ck_assert_ptr_null(strstr(dump(), "192.0.2"));
	/* With another key it is another digest. */
	(void)DO(&here.store, "DEL", "madang:day");
	post_times(1);
	ck_assert_uint_eq(DO(&here.store, "KEYS", "madang:limit:*").count, 3);
}
END_TEST

/* What a clock that was wrong, or others, may have left. */
static const char *const wild[] = {"99999999999999", "9999999999999999999999",
    "-5", "", "1e308", "nan", "x", "inf"};

START_TEST(no_count_keeps_anybody_away_for_long)
{
	struct reply keys;
	enum err err;

	visit("192.0.2.1");
	post_times(1);
	keys = DO(&here.store, "KEYS", "madang:limit:*");
	for (size_t i = 0; i < keys.count; i++)
		(void)DO(
		    &here.store, "SET", keys.items[i].text, wild[_i], NULL);
	err = post_another();
	if (err == ERR_OK)
		return;
	ck_assert_int_eq(err, ERR_TOO_OFTEN);
	ck_assert_uint_le(here.store.wait_seconds, 5 * INTERVAL_MS / 1000);
}
END_TEST

START_TEST(a_count_of_another_type_is_an_error_and_writes_nothing)
{
	const char *before;

	visit("192.0.2.1");
	post_times(1);
	before = dump_of_posts();
	(void)DO(&here.store, "DEL", "madang:limit:all");
	(void)DO(&here.store, "RPUSH", "madang:limit:all", "x");
	ck_assert_int_eq(post_another(), ERR_INTERNAL);
	ck_assert_str_eq(dump_of_posts(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limit");
	TCase *limit;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	limit = server_case(suite, "limit");
	tcase_add_test(limit, so_many_at_once_and_then_one_in_each_interval);
	tcase_add_test(limit, what_is_refused_writes_nothing);
	tcase_add_test(limit, every_kind_of_write_counts);
	tcase_add_test(limit, the_same_again_is_neither_counted_nor_refused);
	tcase_add_test(limit, to_ask_is_refused_as_to_write_and_writes_nothing);
	tcase_add_test(limit, a_network_of_ipv6_is_one_client);
	tcase_add_test(limit, who_has_many_networks_of_ipv6_is_limited);
	tcase_add_test(limit, all_together_have_a_limit_too);
	tcase_add_test(limit, a_board_counts_for_itself);
	tcase_add_test(limit, without_limits_nothing_is_counted);
	tcase_add_test(limit, the_owner_is_not_counted);
	tcase_add_test(limit, every_count_ends_by_itself);
	tcase_add_test(limit, a_day_later_nobody_knows_who_it_was);
	tcase_add_loop_test(
	    limit, no_count_keeps_anybody_away_for_long, 0, ROWS(wild));
	tcase_add_test(
	    limit, a_count_of_another_type_is_an_error_and_writes_nothing);
	return support_run(suite);
}
