#include "support.h"

#include "base/digest.h"
#include "base/seal.h"

#include <stdio.h>
#include <string.h>

#define NOW 1700000000

static unsigned char key[SEAL_KEY_BYTES];

static void
set_up(void)
{
	ck_assert_int_eq(digest_init(), ERR_OK);
	for (unsigned char i = 0; i < SEAL_KEY_BYTES; i++)
		key[i] = i;
}

/*
 * From Python: hashlib.blake2b(b"T" + until.to_bytes(8, "big") + what,
 * key=bytes(range(32)), digest_size=16).
 */
static const struct {
	const char *what;
	uint64_t until;
	const char *token;
} known[] = {
    {"post 17", 0, "46b414da96d39c835c698b23e5ac4ba0"},
    {"", 0, "23bbd6e0086567915b86bec5de2033d5"},
    {"post 17", 1, "1-cf4428b4a7ed3cf7dc5b4d8ad24555f1"},
    {"post 17", NOW, "6553f100-62232d98b32c5a7e7e5093cda183727d"},
    {"post 17", UINT64_MAX,
	"ffffffffffffffff-d40d08b431c45a1a47d72a510958d687"},
};

START_TEST(a_token_is_what_it_always_was)
{
	char token[SEAL_TEXT_BYTES];

	seal_make(key, known[_i].what, known[_i].until, token);
	ck_assert_str_eq(token, known[_i].token);
	ck_assert(seal_verify(key, known[_i].what, token, 0));
}
END_TEST

static const struct {
	uint64_t until;
	uint64_t now;
	bool holds;
} times[] = {
    {0, 0, true},
    {0, UINT64_MAX, true},
    {NOW, 0, true},
    {NOW, NOW - 1, true},
    {NOW, NOW, false},
    {NOW, NOW + 1, false},
    {1, 0, true},
    {1, 1, false},
    {UINT64_MAX, UINT64_MAX - 1, true},
    {UINT64_MAX, UINT64_MAX, false},
};

START_TEST(a_token_holds_until_its_time)
{
	char token[SEAL_TEXT_BYTES];

	seal_make(key, "post 17", times[_i].until, token);
	ck_assert(seal_verify(key, "post 17", token, times[_i].now) ==
		  times[_i].holds);
}
END_TEST

START_TEST(a_token_proves_one_thing_under_one_key)
{
	char token[SEAL_TEXT_BYTES];
	unsigned char other[SEAL_KEY_BYTES];

	seal_make(key, "post 17", 0, token);
	ck_assert(!seal_verify(key, "post 1", token, NOW));
	ck_assert(!seal_verify(key, "post 171", token, NOW));
	ck_assert(!seal_verify(key, "post 7", token, NOW));
	ck_assert(!seal_verify(key, "", token, NOW));
	memcpy(other, key, sizeof(other));
	other[SEAL_KEY_BYTES - 1] ^= 1;
	ck_assert(!seal_verify(other, "post 17", token, NOW));
}
END_TEST

START_TEST(a_token_with_another_byte_is_refused)
{
	char token[SEAL_TEXT_BYTES];
	size_t length;

	seal_make(key, "post 17", NOW, token);
	length = strlen(token);
	for (size_t i = 0; i < length; i++) {
		char right = token[i];

		for (int byte = 0; byte < 256; byte++) {
			token[i] = (char)byte;
			ck_assert(seal_verify(key, "post 17", token, 0) ==
				  (token[i] == right));
		}
		token[i] = right;
	}
}
END_TEST

START_TEST(a_token_of_another_length_is_refused)
{
	char longer[2 * SEAL_TEXT_BYTES] = "";
	size_t length;

	seal_make(key, "post 17", NOW, longer);
	length = strlen(longer);
	for (size_t i = length; i < sizeof(longer) - 1; i++) {
		longer[i] = '0';
		ck_assert(!seal_verify(key, "post 17", longer, 0));
	}
	for (size_t i = length; i > 0; i--) {
		longer[i - 1] = '\0';
		ck_assert(!seal_verify(key, "post 17", longer, 0));
	}
}
END_TEST

#define MAC_EVER  "46b414da96d39c835c698b23e5ac4ba0"
#define MAC_UNTIL "62232d98b32c5a7e7e5093cda183727d"

static const char *const other_spellings[] = {
    "",
    "-",
    "0",
    "46B414DA96D39C835C698B23E5AC4BA0",
    "-" MAC_EVER,
    "0-" MAC_EVER,
    "0000000000000000-" MAC_EVER,
    MAC_EVER "-",
    MAC_EVER " ",
    " " MAC_EVER,
    MAC_EVER MAC_EVER,
    MAC_UNTIL, /* the time is taken off */
    "06553f100-" MAC_UNTIL,
    "000000006553f100-" MAC_UNTIL,
    "6553F100-" MAC_UNTIL,
    "0x6553f100-" MAC_UNTIL,
    "+6553f100-" MAC_UNTIL,
    "6553f100--" MAC_UNTIL,
    "6553f100" MAC_UNTIL,
    "6553f100 " MAC_UNTIL,
    "6553f101-" MAC_UNTIL, /* a second is put on */
    "ffffffffffffffff-" MAC_UNTIL,
    "1000000006553f100-" MAC_UNTIL, /* it is cut off in 64 bits */
    "6553f100-62232D98B32C5A7E7E5093CDA183727D",
};

START_TEST(another_spelling_is_refused)
{
	ck_assert(seal_verify(key, "post 17", MAC_EVER, 0));
	ck_assert(seal_verify(key, "post 17", "6553f100-" MAC_UNTIL, 0));
	ck_assert(!seal_verify(key, "post 17", other_spellings[_i], 0));
}
END_TEST

/* From Python: b"D" + len(purpose).to_bytes(8, "big") + purpose + data. */
static const struct {
	const char *purpose;
	const char *data;
	size_t length;
	const char *hex;
} digests[] = {
    {"client", "192.0.2.1", 9, "d90b178b89497b9b62403f9fb29ca7e5"},
    {"client", "a\0b", 3, "ae9d9de0a87e2cb4062eaf857190ad54"},
    {"", "", 0, "7485ec3181b1fa8611673f18f36ab482"},
    {"", NULL, 0, "7485ec3181b1fa8611673f18f36ab482"},
};

static const char *
digest_of(const char *purpose, const char *data, size_t length)
{
	unsigned char digest[SEAL_BYTES];
	static char hex[2 * SEAL_BYTES + 1];

	seal_digest(key, purpose, data, length, digest);
	for (size_t i = 0; i < SEAL_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return hex;
}

START_TEST(a_digest_is_what_it_always_was)
{
	ck_assert_str_eq(digest_of(digests[_i].purpose, digests[_i].data,
			     digests[_i].length),
	    digests[_i].hex);
}
END_TEST

START_TEST(purposes_are_apart)
{
	char one[2 * SEAL_BYTES + 1];

	(void)snprintf(one, sizeof(one), "%s", digest_of("ab", "c", 1));
	ck_assert_str_ne(one, digest_of("a", "bc", 2));
	ck_assert_str_ne(one, digest_of("abc", "", 0));
	ck_assert_str_ne(one, digest_of("", "abc", 3));
}
END_TEST

START_TEST(a_digest_is_no_token)
{
	/* The purpose's length could pass for a time, were they not apart. */
	ck_assert(!seal_verify(key, "post 17", digest_of("", "post 17", 7), 0));
	ck_assert(!seal_verify(key, "post 17", digest_of("post 17", "", 0), 0));
	ck_assert_str_ne(digest_of("", "post 17", 7), MAC_EVER);
}
END_TEST

/* From Python: b"K" + bytes(8) + text, digest_size=32. */
static const struct {
	const char *text;
	const char *hex;
} keys[] = {
    {"", "994806dac01bebc42ce3c1efae4652ba"
	 "cb9081dac1151cea4464145284fedb92"},
    {"pepper", "507b6cacda7d166107e430991a222cf4"
	       "4cc12f4498705a6f020150e0d7d6b167"},
};

START_TEST(a_derived_key_is_what_it_always_was)
{
	unsigned char derived[SEAL_KEY_BYTES];
	char hex[2 * SEAL_KEY_BYTES + 1];

	seal_derive(key, keys[_i].text, derived);
	for (size_t i = 0; i < SEAL_KEY_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", derived[i]);
	ck_assert_str_eq(hex, keys[_i].hex);
}
END_TEST

START_TEST(a_derived_key_needs_both_secrets)
{
	unsigned char one[SEAL_KEY_BYTES];
	unsigned char two[SEAL_KEY_BYTES];

	seal_derive(key, "pepper", one);
	seal_derive(key, "peppe", two);
	ck_assert_mem_ne(one, two, sizeof(one));
	key[0] ^= 1;
	seal_derive(key, "pepper", two);
	ck_assert_mem_ne(one, two, sizeof(one));
}
END_TEST

START_TEST(random_bytes_differ)
{
	unsigned char one[SEAL_KEY_BYTES] = {0};
	unsigned char two[SEAL_KEY_BYTES] = {0};
	unsigned char untouched[2] = {7, 7};

	seal_random(one, sizeof(one));
	seal_random(two, sizeof(two));
	ck_assert_mem_ne(one, two, sizeof(one));
	seal_random(untouched, 0);
	ck_assert_uint_eq(untouched[0], 7);
}
END_TEST

#define COUNT(rows) ((int)(sizeof(rows) / sizeof((rows)[0])))

int
main(void)
{
	Suite *suite = suite_create("seal");
	TCase *tokens = support_case(suite, "tokens");
	TCase *others = support_case(suite, "digests");

	tcase_add_checked_fixture(tokens, set_up, NULL);
	tcase_add_loop_test(
	    tokens, a_token_is_what_it_always_was, 0, COUNT(known));
	tcase_add_loop_test(
	    tokens, a_token_holds_until_its_time, 0, COUNT(times));
	tcase_add_test(tokens, a_token_proves_one_thing_under_one_key);
	tcase_add_test(tokens, a_token_with_another_byte_is_refused);
	tcase_add_test(tokens, a_token_of_another_length_is_refused);
	tcase_add_loop_test(
	    tokens, another_spelling_is_refused, 0, COUNT(other_spellings));
	tcase_add_checked_fixture(others, set_up, NULL);
	tcase_add_loop_test(
	    others, a_digest_is_what_it_always_was, 0, COUNT(digests));
	tcase_add_test(others, purposes_are_apart);
	tcase_add_test(others, a_digest_is_no_token);
	tcase_add_loop_test(
	    others, a_derived_key_is_what_it_always_was, 0, COUNT(keys));
	tcase_add_test(others, a_derived_key_needs_both_secrets);
	tcase_add_test(others, random_bytes_differ);
	return support_run(suite);
}
