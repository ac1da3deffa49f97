/*
 * Who may change a post: private links, passwords and how often they are
 * tried. And what is kept of clients who recommend.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "base/clock.h"
#include "store/script.h"

#include <stdio.h>
#include <string.h>

/* The board's key */

START_TEST(a_board_gets_its_key_once)
{
	struct access_key first;
	struct access_key second;
	struct change_posted posted;
	struct change_post draft = draft_of("::1", "n", "t");

	ck_assert(!post_thread(post_new("::1", "n", "a")).granted);
	(void)DO(&here.store, "FLUSHALL");
	here.store.round_trips = 0;
	ck_assert_int_eq(access_make_key(&here.store, &first), ERR_OK);
	ck_assert_uint_eq(here.store.round_trips, 1);
	ck_assert(first.known);
	ck_assert_int_eq(access_make_key(&here.store, &second), ERR_OK);
	ck_assert_mem_eq(first.bytes, second.bytes, SEAL_KEY_BYTES);
	ck_assert_int_eq(change_post(&here.store, &draft, &posted), ERR_OK);
	ck_assert_mem_eq(first.bytes, posted.key.bytes, SEAL_KEY_BYTES);
	ck_assert_mem_eq(first.bytes, post_thread(1).key.bytes, SEAL_KEY_BYTES);
	/* Another board has another. */
	here.store.prefix = "{b}:";
	ck_assert_int_eq(access_make_key(&here.store, &second), ERR_OK);
	ck_assert_mem_ne(first.bytes, second.bytes, SEAL_KEY_BYTES);
}
END_TEST

static const char *const strange_secrets[] = {
    "", "short", "one byte more than a key may have"};

START_TEST(a_secret_of_another_length_is_no_key)
{
	struct access_key key;

	(void)post_new("::1", "n", "t");
	(void)DO(&here.store, "SET", "madang:secret", strange_secrets[_i]);
	ck_assert(!post_thread(1).key.known);
	ck_assert_int_eq(access_make_key(&here.store, &key), ERR_INTERNAL);
	ck_assert(!access_is_granted(&key, 1, ""));
}
END_TEST

/* Tokens */

static struct access_key
make_key(const char *pepper)
{
	struct access_key key;

	here.store.pepper = pepper;
	ck_assert_int_eq(access_make_key(&here.store, &key), ERR_OK);
	return key;
}

START_TEST(a_token_is_right_for_its_post_alone)
{
	struct access_key key = make_key("");
	struct access_key none = {.known = false};
	char token[SEAL_TEXT_BYTES];

	access_token(&key, 17, 0, token);
	ck_assert(access_is_granted(&key, 17, token));
	ck_assert(!access_is_granted(&key, 1, token));
	ck_assert(!access_is_granted(&key, 171, token));
	ck_assert(!access_is_granted(&none, 17, token));
	ck_assert(!access_is_granted(&key, 17, ""));
}
END_TEST

START_TEST(a_token_with_any_byte_changed_is_wrong)
{
	struct access_key key = make_key("");
	char token[SEAL_TEXT_BYTES];

	access_token(&key, 17, clock_unix_ms() / 1000 + 60, token);
	ck_assert(access_is_granted(&key, 17, token));
	for (size_t i = 0; token[i] != '\0'; i++) {
		char kept = token[i];

		token[i] = kept == '0' ? '1' : '0';
		ck_assert(!access_is_granted(&key, 17, token));
		token[i] = '\0';
		ck_assert(!access_is_granted(&key, 17, token));
		token[i] = kept;
	}
}
END_TEST

START_TEST(a_token_ends_when_it_says)
{
	struct access_key key = make_key("");
	uint64_t now = clock_unix_ms() / 1000;
	char token[SEAL_TEXT_BYTES];

	access_token(&key, 17, now + 60, token);
	ck_assert(access_is_granted(&key, 17, token));
	access_token(&key, 17, now - 1, token);
	ck_assert(!access_is_granted(&key, 17, token));
}
END_TEST

START_TEST(another_pepper_makes_other_tokens)
{
	struct access_key plain = make_key("");
	struct access_key hot = make_key("hot");
	char token[SEAL_TEXT_BYTES];

	access_token(&plain, 17, 0, token);
	ck_assert(!access_is_granted(&hot, 17, token));
	access_token(&hot, 17, 0, token);
	ck_assert(!access_is_granted(&plain, 17, token));
	hot = make_key("hot");
	ck_assert(access_is_granted(&hot, 17, token));
}
END_TEST

/* Clients */

START_TEST(a_digest_is_not_the_address)
{
	struct access_key key = make_key("");
	char digests[6][ACCESS_CLIENT_BYTES];

	access_client(&key, "try", "192.0.2.1", digests[0]);
	access_client(&key, "recommend 1", "192.0.2.1", digests[1]);
	access_client(&key, "recommend 2", "192.0.2.1", digests[2]);
	access_client(&key, "try", "192.0.2.2", digests[3]);
	key = make_key("hot");
	access_client(&key, "try", "192.0.2.1", digests[4]);
	for (int i = 0; i < 5; i++) {
		ck_assert_uint_eq(strlen(digests[i]), ACCESS_CLIENT_BYTES - 1);
		ck_assert_uint_eq(strspn(digests[i], "0123456789abcdef"),
		    ACCESS_CLIENT_BYTES - 1);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(digests[i], digests[j]);
	}
	/* All of a household's IPv6 is one client. */
	access_client(&key, "try", "2001:db8:1:2::3", digests[4]);
	access_client(&key, "try", "2001:db8:1:2:ffff::4", digests[5]);
	ck_assert_str_eq(digests[4], digests[5]);
}
END_TEST

/* Recommending */

static uint64_t
recommend(uint64_t id, const char *client)
{
	struct post post;
	uint64_t before;
	bool on;

	ck_assert_int_eq(post_find(id, &post), ERR_OK);
	before = post.recommends;
	on = post_recommend(id, client);
	ck_assert_int_eq(post_find(id, &post), ERR_OK);
	ck_assert_uint_eq(post.recommends, on ? before + 1 : before - 1);
	ck_assert_int_eq((int64_t)post.recommends,
	    DO(&here.store, "SCARD",
		arena_printf(
		    support_arena(), "news:recommend:%u", (unsigned)id))
		.integer);
	return post.recommends;
}

START_TEST(a_client_recommends_once_or_takes_it_back)
{
	(void)post_new("::1", "n", "t");
	(void)post_reply(1, "r");
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 1);
	ck_assert_uint_eq(recommend(1, "192.0.2.2"), 2);
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 1);
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 2);
	ck_assert_uint_eq(recommend(2, "192.0.2.1"), 1);
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 1);
	ck_assert_uint_eq(recommend(1, "192.0.2.2"), 0);
	ck_assert_uint_eq(recommend(2, "192.0.2.1"), 0);
}
END_TEST

START_TEST(nobody_learns_who_recommended_what)
{
	struct reply first;
	struct reply second;

	(void)post_new("::1", "n", "a");
	(void)post_new("::1", "n", "b");
	(void)recommend(1, "192.0.2.1");
	(void)recommend(2, "192.0.2.1");
	first = DO(&here.store, "SMEMBERS", "news:recommend:1");
	second = DO(&here.store, "SMEMBERS", "news:recommend:2");
	ck_assert_uint_eq(first.count, 1);
	ck_assert_uint_eq(second.count, 1);
	ck_assert_str_ne(first.items[0].text, second.items[0].text);
	ck_assert_ptr_null(strstr(dump(), "192.0.2"));
}
END_TEST

/* Nothing that lasts is made of an address: the day's key is gone by then. */
START_TEST(a_day_later_nobody_knows_who_recommended)
{
	(void)post_new("::1", "n", "t");
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 1);
	ck_assert_int_gt(DO(&here.store, "TTL", "madang:day").integer, 0);
	ck_assert_int_eq(DO(&here.store, "DEL", "madang:day").integer, 1);
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 2);
	ck_assert_uint_eq(recommend(1, "192.0.2.1"), 1);
}
END_TEST

START_TEST(the_second_try_of_a_recommendation_takes_nothing_back)
{
	(void)post_new("::1", "n", "t");
	for (int i = 0; i < 3; i++) {
		struct command words;
		struct reply reply;

		ck_assert_int_eq(script_begin(&here.store, &words), ERR_OK);
		script_add(&words, "1");
		script_add(&words, "digest");
		script_add(&words, "the request's own word");
		script_add(&words, "60");
		script_add(&words, "");
		ck_assert_int_eq(limit_add(&here.store, &words), ERR_OK);
		ck_assert_int_eq(
		    script_run(&here.store, SCRIPT_RECOMMEND, &words, &reply),
		    ERR_OK);
		ck_assert(script_says(&reply, "on"));
	}
	ck_assert_str_eq(field("news:meta:1", "recommends"), "1");
}
END_TEST

START_TEST(what_is_secret_is_recommended_by_its_readers)
{
	struct change_recommendation known = {.client = "::1"};
	const char *before;
	bool on;

	(void)post_secret("", "hidden");
	(void)post_reply(1, "r");
	before = dump();
	for (known.id = 1; known.id <= 2; known.id++)
		ck_assert_int_eq(
		    change_recommend(&here.store, &known, &on), ERR_NOT_FOUND);
	ck_assert_str_eq(dump(), before);
	known.granted = true;
	for (known.id = 1; known.id <= 2; known.id++) {
		ck_assert_int_eq(
		    change_recommend(&here.store, &known, &on), ERR_OK);
		ck_assert(on);
	}
}
END_TEST

START_TEST(what_is_gone_is_not_recommended)
{
	const char *before;
	bool on;

	(void)post_new("::1", "n", "t");
	post_delete(1);
	before = dump();
	for (uint64_t id = 1; id <= 2; id++)
		ck_assert_int_eq(
		    post_try_recommend(id, "::1", &on), ERR_NOT_FOUND);
	ck_assert_str_eq(dump(), before);
}
END_TEST

/* Passwords */

static uint64_t
post_with_password(const char *text, const char *password)
{
	struct change_post draft = draft_of("::1", "n", text);
	unsigned char record[PASSWORD_BYTES];

	const struct password said = {"::1", password, strlen(password)};

	ck_assert_int_eq(password_hash(&said, record), ERR_OK);
	draft.password = record;
	return post_draft(&draft);
}

static enum access_answer
answer(uint64_t id, const char *client, const char *password)
{
	struct access_try attempt = {
	    .id = id, .password = {client, password, strlen(password)}};
	enum access_answer answer;
	struct access_key key;
	uint64_t seconds = 0;

	ck_assert_int_eq(
	    access_try(&here.store, &attempt, &key, &answer, &seconds), ERR_OK);
	ck_assert(key.known);
	if (answer == ACCESS_WAIT) {
		ck_assert_uint_gt(seconds, 0);
		ck_assert_uint_le(seconds, 600);
	} else {
		ck_assert_uint_eq(seconds, 0);
	}
	return answer;
}

START_TEST(a_right_password_is_told_from_a_wrong_one)
{
	(void)post_with_password("t", "열려라 sesame");
	here.store.round_trips = 0;
	ck_assert_int_eq(answer(1, "192.0.2.1", "열려라 sesame"), ACCESS_RIGHT);
	ck_assert_int_eq(answer(1, "192.0.2.1", "sesame"), ACCESS_WRONG);
	ck_assert_int_eq(answer(1, "192.0.2.1", ""), ACCESS_WRONG);
	ck_assert_ptr_null(strstr(dump(), "sesame"));
	ck_assert_ptr_null(strstr(dump(), "192.0.2"));
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_right_password_uses_up_no_try)
{
	(void)post_with_password("t", "a");
	for (int i = 0; i < 7; i++) {
		ck_assert_int_eq(answer(1, "192.0.2.1", "a"), ACCESS_RIGHT);
		arena_reset(here.store.arena);
	}
	/* Nor a key for each of those who know it. */
	ck_assert_uint_eq(DO(&here.store, "KEYS", "madang:tries:*").count, 0);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(answer(1, "192.0.2.1", "b"), ACCESS_WRONG);
	ck_assert_int_eq(answer(1, "192.0.2.1", "a"), ACCESS_WAIT);
}
END_TEST

START_TEST(without_a_password_there_is_nothing_to_try)
{
	const char *before;

	(void)post_new("::1", "n", "t");
	(void)post_with_password("u", "a");
	(void)post_reply(2, "r");
	post_delete(2);
	before = dump();
	ck_assert_int_eq(answer(1, "::1", "a"), ACCESS_NO_PASSWORD);
	ck_assert_int_eq(answer(2, "::1", "a"), ACCESS_GONE);
	ck_assert_int_eq(answer(4, "::1", "a"), ACCESS_GONE);
	ck_assert_str_eq(dump(), before);
	/* Brought back, it has its password again. */
	post_restore(2);
	ck_assert_int_eq(answer(2, "::1", "a"), ACCESS_RIGHT);
}
END_TEST

START_TEST(a_record_that_is_none_is_an_error)
{
	struct access_try attempt = {.id = 1, .password = {"::1", "a", 1}};
	enum access_answer answer;
	struct access_key key;
	uint64_t seconds;

	(void)post_new("::1", "n", "t");
	(void)DO(&here.store, "HSET", "news:meta:1", "password", "plain");
	ck_assert_int_eq(
	    access_try(&here.store, &attempt, &key, &answer, &seconds),
	    ERR_INTERNAL);
}
END_TEST

/* Tries, without the work of a password: the script's answer. */
static const char *
try_as(uint64_t id, const char *client)
{
	char digest[ACCESS_CLIENT_BYTES];
	struct access_key key = make_key("");
	struct command words;
	struct reply reply;

	access_client(&key, "try", client, digest);
	ck_assert_int_eq(script_begin(&here.store, &words), ERR_OK);
	ck_assert_int_eq(script_add_number(&here.store, &words, id), ERR_OK);
	script_add(&words, digest);
	script_add(&words, "5");
	script_add(&words, "30");
	script_add(&words, "50");
	script_add(&words, "600");
	script_add(&words, "");
	ck_assert_int_eq(script_add_random(&here.store, &words), ERR_OK);
	ck_assert_int_eq(
	    script_run(&here.store, SCRIPT_TRY, &words, &reply), ERR_OK);
	ck_assert_uint_ge(reply.count, 1);
	return reply.items[0].text;
}

/* Posts 1 to many, each with a record that nobody looks at. */
static void
post_locked(unsigned many)
{
	static const unsigned char record[PASSWORD_BYTES] = "a record";
	struct change_post draft = draft_of("::1", "n", "t");
	char text[16];

	draft.password = record;
	for (unsigned i = 1; i <= many; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		draft.words = words_of("", text);
		ck_assert_uint_eq(post_draft(&draft), i);
	}
}

START_TEST(a_client_has_five_tries_at_a_post)
{
	(void)post_with_password("t", "a");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(answer(1, "192.0.2.1", "b"), ACCESS_WRONG);
	ck_assert_int_eq(answer(1, "192.0.2.1", "a"), ACCESS_WAIT);
	ck_assert_int_eq(answer(1, "192.0.2.1", "b"), ACCESS_WAIT);
	/* Neither others nor other posts wait for that. */
	ck_assert_int_eq(answer(1, "192.0.2.2", "a"), ACCESS_RIGHT);
	(void)post_with_password("u", "a");
	ck_assert_int_eq(answer(2, "192.0.2.1", "a"), ACCESS_RIGHT);
}
END_TEST

START_TEST(a_client_has_thirty_tries_at_all_posts)
{
	post_locked(11);
	for (unsigned i = 0; i < 30; i++)
		ck_assert_str_eq(try_as(1 + i / 3, "192.0.2.1"), "try");
	ck_assert_str_eq(try_as(11, "192.0.2.1"), "wait");
	ck_assert_str_eq(try_as(11, "192.0.2.2"), "try");
	ck_assert_int_eq(answer(11, "192.0.2.1", "a"), ACCESS_WAIT);
}
END_TEST

START_TEST(all_clients_have_fifty_tries_at_a_post)
{
	char client[32];

	post_locked(2);
	for (unsigned i = 0; i < 50; i++) {
		(void)snprintf(client, sizeof(client), "192.0.2.%u", i);
		ck_assert_str_eq(try_as(1, client), "try");
	}
	ck_assert_str_eq(try_as(1, "198.51.100.1"), "wait");
	ck_assert_str_eq(try_as(2, "198.51.100.1"), "try");
	ck_assert_int_eq(answer(1, "198.51.100.1", "a"), ACCESS_WAIT);
}
END_TEST

START_TEST(a_refused_try_counts_for_nothing_and_all_counts_end)
{
	const char *before;
	struct reply keys;

	post_locked(1);
	for (int i = 0; i < 5; i++)
		(void)try_as(1, "192.0.2.1");
	before = dump();
	ck_assert_str_eq(try_as(1, "192.0.2.1"), "wait");
	ck_assert_str_eq(dump(), before);
	keys = DO(&here.store, "KEYS", "madang:tries:*");
	ck_assert_uint_eq(keys.count, 3);
	for (size_t i = 0; i < keys.count; i++) {
		int64_t ttl =
		    DO(&here.store, "TTL", keys.items[i].text).integer;

		ck_assert_int_gt(ttl, 500);
		ck_assert_int_le(ttl, 600);
		ck_assert_str_eq(get(keys.items[i].text), "5");
		(void)DO(&here.store, "DEL", keys.items[i].text);
	}
	ck_assert_str_eq(try_as(1, "192.0.2.1"), "try");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("access");
	TCase *tests;

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tests = server_case(suite, "tokens");
	tcase_add_test(tests, a_board_gets_its_key_once);
	tcase_add_loop_test(tests, a_secret_of_another_length_is_no_key, 0,
	    ROWS(strange_secrets));
	tcase_add_test(tests, a_token_is_right_for_its_post_alone);
	tcase_add_test(tests, a_token_with_any_byte_changed_is_wrong);
	tcase_add_test(tests, a_token_ends_when_it_says);
	tcase_add_test(tests, another_pepper_makes_other_tokens);
	tests = server_case(suite, "clients");
	tcase_add_test(tests, a_digest_is_not_the_address);
	tcase_add_test(tests, a_client_recommends_once_or_takes_it_back);
	tcase_add_test(tests, nobody_learns_who_recommended_what);
	tcase_add_test(tests, a_day_later_nobody_knows_who_recommended);
	tcase_add_test(
	    tests, the_second_try_of_a_recommendation_takes_nothing_back);
	tcase_add_test(tests, what_is_secret_is_recommended_by_its_readers);
	tcase_add_test(tests, what_is_gone_is_not_recommended);
	tests = server_case(suite, "passwords");
	tcase_add_test(tests, a_right_password_is_told_from_a_wrong_one);
	tcase_add_test(tests, a_right_password_uses_up_no_try);
	tcase_add_test(tests, without_a_password_there_is_nothing_to_try);
	tcase_add_test(tests, a_record_that_is_none_is_an_error);
	tcase_add_test(tests, a_client_has_five_tries_at_a_post);
	tcase_add_test(tests, a_client_has_thirty_tries_at_all_posts);
	tcase_add_test(tests, all_clients_have_fifty_tries_at_a_post);
	tcase_add_test(
	    tests, a_refused_try_counts_for_nothing_and_all_counts_end);
	return support_run(suite);
}
