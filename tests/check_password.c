#include "support.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/password.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define SALT_BYTES  16
#define THREADS	    4
#define ROUNDS	    5
#define AT_ONCE_MAX 2

/*
 * libsodium's function with a lid on it: this program's definition is linked
 * before the library's, so a test can hold a computation, count how many run,
 * and take the memory away.
 */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned running;
	unsigned running_max;
	bool held;
	bool no_memory;
	bool quick; /* nothing is computed */
} lid = {
    .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int
crypto_pwhash(unsigned char *const out, unsigned long long out_length,
    const char *const text, unsigned long long length,
    const unsigned char *const salt, unsigned long long passes,
    size_t memory_bytes, int algorithm)
{
	int failed = -1;
	bool no_memory;
	bool quick;

	pthread_mutex_lock(&lid.lock);
	lid.running++;
	if (lid.running > lid.running_max)
		lid.running_max = lid.running;
	pthread_cond_broadcast(&lid.changed);
	while (lid.held)
		pthread_cond_wait(&lid.changed, &lid.lock);
	no_memory = lid.no_memory;
	quick = lid.quick;
	pthread_mutex_unlock(&lid.lock);
	if (quick)
		failed = 0;
	else if (!no_memory)
		failed = crypto_pwhash_argon2id(out, out_length, text, length,
		    salt, passes, memory_bytes, algorithm);
	pthread_mutex_lock(&lid.lock);
	lid.running--;
	pthread_mutex_unlock(&lid.lock);
	errno = ENOMEM;
	return failed;
}

static void
hold(bool held)
{
	pthread_mutex_lock(&lid.lock);
	lid.held = held;
	pthread_cond_broadcast(&lid.changed);
	pthread_mutex_unlock(&lid.lock);
}

static void
wait_for_running(unsigned count)
{
	pthread_mutex_lock(&lid.lock);
	while (lid.running < count)
		pthread_cond_wait(&lid.changed, &lid.lock);
	pthread_mutex_unlock(&lid.lock);
}

/* By one client. */
#define SAID(text, length) (&(struct password){"192.0.2.1", text, length})

static void
set_up(void)
{
	ck_assert_int_eq(digest_init(), ERR_OK);
}

static bool
verifies(const char *text, size_t length, const unsigned char *record)
{
	bool right = false;

	ck_assert_int_eq(
	    password_verify(SAID(text, length), record, &right), ERR_OK);
	return right;
}

/* From libargon2: argon2id_hash_raw(2, 19456, 1, ..., bytes 0 to 15, ...). */
static const struct {
	const char *text;
	size_t length;
	const char *hash;
} known[] = {
    {"", 0,
	"31548c3f7ac123313b17ce8558728d7a"
	"646713a864818d8ed9bb99771b7b1a4c"},
    {"correct horse", 13,
	"d00b90c40f918cf889780d7d3a9ec3c2"
	"b1719df87dc5e4d4d93ea6163db04e17"},
    {"비밀번호", 12,
	"d60e6eb1fbd7ae5995aa7e59045a1554"
	"d873af03cf2ae7f3d93e97901b65e0fb"},
    {"a\0b", 3,
	"f380ad71052a6a18d82e96bcde8ffe0b"
	"d3913ff2a962043c52363c98d5d592cf"},
};

START_TEST(a_record_of_another_program_is_read)
{
	unsigned char record[PASSWORD_BYTES];

	for (unsigned char i = 0; i < SALT_BYTES; i++)
		record[i] = i;
	ck_assert_int_eq(
	    sodium_hex2bin(record + SALT_BYTES, PASSWORD_BYTES - SALT_BYTES,
		known[_i].hash, strlen(known[_i].hash), NULL, NULL, NULL),
	    0);
	ck_assert(verifies(known[_i].text, known[_i].length, record));
}
END_TEST

static const struct {
	const char *text;
	size_t length;
	bool right;
} tries[] = {
    {"Secret 17", 9, true},
    {"Secret 17 and more", 9, true},
    {"", 0, false},
    {"Secret 1", 8, false},
    {"Secret 177", 10, false},
    {"Secret 17\0", 10, false},
    {"secret 17", 9, false},
};

START_TEST(only_the_same_text_is_right)
{
	unsigned char record[PASSWORD_BYTES];

	ck_assert_int_eq(password_hash(SAID("Secret 17", 9), record), ERR_OK);
	ck_assert(verifies(tries[_i].text, tries[_i].length, record) ==
		  tries[_i].right);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(an_empty_text_is_a_text)
{
	unsigned char record[PASSWORD_BYTES];

	ck_assert_int_eq(password_hash(SAID("", 0), record), ERR_OK);
	ck_assert(verifies("", 0, record));
	ck_assert(!verifies("", 1, record));
}
END_TEST

START_TEST(each_record_has_its_own_salt)
{
	unsigned char one[PASSWORD_BYTES];
	unsigned char two[PASSWORD_BYTES];

	ck_assert_int_eq(password_hash(SAID("same", 4), one), ERR_OK);
	ck_assert_int_eq(password_hash(SAID("same", 4), two), ERR_OK);
	ck_assert_mem_ne(one, two, SALT_BYTES);
	ck_assert_mem_ne(
	    one + SALT_BYTES, two + SALT_BYTES, PASSWORD_BYTES - SALT_BYTES);
}
END_TEST

static const size_t places[] = {
    0, SALT_BYTES - 1, SALT_BYTES, PASSWORD_BYTES - 1};

START_TEST(a_changed_record_is_of_no_text)
{
	unsigned char record[PASSWORD_BYTES];

	ck_assert_int_eq(password_hash(SAID("text", 4), record), ERR_OK);
	record[places[_i]] ^= 0x80;
	ck_assert(!verifies("text", 4, record));
}
END_TEST

START_TEST(no_text_has_4_gib)
{
	unsigned char record[PASSWORD_BYTES] = {0};
	bool right = true;

	if (SIZE_MAX == UINT32_MAX)
		return;
	ck_assert_int_eq(
	    password_hash(SAID("", (size_t)UINT32_MAX + 1), record),
	    ERR_INVALID);
	ck_assert_int_eq(
	    password_verify(SAID("", (size_t)UINT32_MAX + 1), record, &right),
	    ERR_INVALID);
	ck_assert(!right);
}
END_TEST

START_TEST(without_memory_nothing_is_right_and_no_turn_is_lost)
{
	unsigned char record[PASSWORD_BYTES];

	ck_assert_int_eq(password_hash(SAID("text", 4), record), ERR_OK);
	lid.no_memory = true;
	for (int i = 0; i < 2 * AT_ONCE_MAX; i++) {
		bool right = true;

		ck_assert_int_eq(
		    password_verify(SAID("text", 4), record, &right),
		    ERR_NO_MEMORY);
		ck_assert(!right);
	}
	ck_assert_ptr_nonnull(
	    strstr(support_log(), "error password: Argon2 fails: "));
	ck_assert_int_eq(password_hash(SAID("text", 4), record), ERR_NO_MEMORY);
	lid.no_memory = false;
	ck_assert_int_eq(password_hash(SAID("text", 4), record), ERR_OK);
	ck_assert(verifies("text", 4, record));
}
END_TEST

struct visitor {
	pthread_t thread;
	const char *client;
	enum err err;
	unsigned wrong; /* answers that are neither right nor a refusal */
};

static const char *const clients[THREADS] = {
    "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8:0:1::1"};

static void *
hash_once(void *argument)
{
	struct visitor *visitor = argument;
	unsigned char record[PASSWORD_BYTES];

	visitor->err = password_hash(
	    &(struct password){visitor->client, "text", 4}, record);
	return NULL;
}

static void
start(struct visitor *visitor, const char *client, void *(*run)(void *))
{
	visitor->client = client;
	ck_assert_int_eq(
	    pthread_create(&visitor->thread, NULL, run, visitor), 0);
}

START_TEST(who_waits_for_too_long_is_refused)
{
	struct visitor visitors[AT_ONCE_MAX];
	unsigned char record[PASSWORD_BYTES] = {0};
	bool right = true;
	uint64_t began;
	uint64_t waited;

	hold(true);
	for (int i = 0; i < AT_ONCE_MAX; i++)
		start(&visitors[i], clients[i], hash_once);
	wait_for_running(AT_ONCE_MAX);
	began = clock_monotonic_us();
	ck_assert_int_eq(
	    password_verify(SAID("text", 4), record, &right), ERR_UNAVAILABLE);
	waited = clock_monotonic_us() - began;
	ck_assert(!right);
	ck_assert_uint_ge(waited, 700000);
	ck_assert_uint_lt(waited, 10000000);
	ck_assert_str_eq(support_log(),
	    "warning password: too many are computed: one is refused\n");
	hold(false);
	for (int i = 0; i < AT_ONCE_MAX; i++) {
		ck_assert_int_eq(pthread_join(visitors[i].thread, NULL), 0);
		ck_assert_int_eq(visitors[i].err, ERR_OK);
	}
	ck_assert_int_eq(password_hash(SAID("text", 4), record), ERR_OK);
}
END_TEST

static void
pause_ms(long ms)
{
	struct timespec moment = {.tv_nsec = ms * 1000 * 1000};

	(void)nanosleep(&moment, NULL);
}

START_TEST(who_waits_comes_in_when_one_leaves)
{
	struct visitor visitors[AT_ONCE_MAX + 1];
	uint64_t began;

	/* However slow the machine is, the third has no second to wait. */
	lid.quick = true;
	hold(true);
	for (int i = 0; i < AT_ONCE_MAX; i++)
		start(&visitors[i], clients[i], hash_once);
	wait_for_running(AT_ONCE_MAX);
	start(&visitors[AT_ONCE_MAX], clients[AT_ONCE_MAX], hash_once);
	pause_ms(100);
	began = clock_monotonic_us();
	hold(false);
	for (int i = 0; i <= AT_ONCE_MAX; i++) {
		ck_assert_int_eq(pthread_join(visitors[i].thread, NULL), 0);
		ck_assert_int_eq(visitors[i].err, ERR_OK);
	}
	/* Not only when the second is over. */
	ck_assert_uint_lt(clock_monotonic_us() - began, 850000);
	ck_assert_uint_eq(lid.running_max, AT_ONCE_MAX);
}
END_TEST

/* All addresses of one household are one client. */
START_TEST(a_client_alone_keeps_nobody_out)
{
	static const char *const home[] = {
	    "2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"};
	struct visitor visitors[5];
	unsigned served = 0;

	lid.quick = true;
	hold(true);
	/* Two run, one waits, and one may not. */
	for (int i = 0; i < 4; i++) {
		start(&visitors[i], home[i], hash_once);
		if (i == 1)
			wait_for_running(2);
	}
	pause_ms(100);
	start(&visitors[4], "192.0.2.1", hash_once);
	pause_ms(100);
	hold(false);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(pthread_join(visitors[i].thread, NULL), 0);
	ck_assert_int_eq(visitors[4].err, ERR_OK);
	for (int i = 0; i < 4; i++)
		served += visitors[i].err == ERR_OK;
	/* The fourth may, when it came late. */
	ck_assert_uint_ge(served, 3);
	ck_assert_uint_eq(lid.running_max, AT_ONCE_MAX);
}
END_TEST

/* A slow machine may refuse; nothing may give a wrong answer. */
static void *
hash_and_verify(void *argument)
{
	struct visitor *visitor = argument;
	unsigned char record[PASSWORD_BYTES];

	for (int i = 0; i < ROUNDS; i++) {
		bool expected = i % 2 == 0;
		bool right = false;
		const struct password right_one = {visitor->client, "text", 4};
		const struct password said = {
		    visitor->client, expected ? "text" : "tex", 4};
		enum err err = password_hash(&right_one, record);

		if (err == ERR_OK)
			err = password_verify(&said, record, &right);
		if (err == ERR_OK ? right != expected : err != ERR_UNAVAILABLE)
			visitor->wrong++;
	}
	return NULL;
}

START_TEST(two_at_a_time_are_computed)
{
	struct visitor visitors[THREADS] = {0};

	for (int i = 0; i < THREADS; i++)
		start(&visitors[i], clients[i], hash_and_verify);
	for (int i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(visitors[i].thread, NULL), 0);
		ck_assert_uint_eq(visitors[i].wrong, 0);
	}
	ck_assert_uint_ge(lid.running_max, 1);
	ck_assert_uint_le(lid.running_max, AT_ONCE_MAX);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
	Suite *suite = suite_create("password");
	TCase *records = support_case(suite, "records");
	TCase *turns = support_case(suite, "turns");

	tcase_add_checked_fixture(records, set_up, NULL);
	tcase_add_loop_test(
	    records, a_record_of_another_program_is_read, 0, COUNT(known));
	tcase_add_loop_test(
	    records, only_the_same_text_is_right, 0, COUNT(tries));
	tcase_add_test(records, an_empty_text_is_a_text);
	tcase_add_test(records, each_record_has_its_own_salt);
	tcase_add_loop_test(
	    records, a_changed_record_is_of_no_text, 0, COUNT(places));
	tcase_add_test(records, no_text_has_4_gib);
	tcase_add_test(
	    records, without_memory_nothing_is_right_and_no_turn_is_lost);
	tcase_add_checked_fixture(turns, set_up, NULL);
	tcase_add_test(turns, who_waits_for_too_long_is_refused);
	tcase_add_test(turns, who_waits_comes_in_when_one_leaves);
	tcase_add_test(turns, a_client_alone_keeps_nobody_out);
	tcase_add_test(turns, two_at_a_time_are_computed);
	return support_run(suite);
}
