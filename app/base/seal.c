#include "base/seal.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define UNTIL_DIGITS_MAX 16
#define NUMBER_BYTES	 8

_Static_assert(SEAL_KEY_BYTES == crypto_generichash_KEYBYTES, "BLAKE2b's key");
_Static_assert(SEAL_BYTES >= crypto_generichash_BYTES_MIN, "BLAKE2b's digest");

/*
 * What is hashed begins with one of these and a number in eight bytes; of what
 * follows, only the last part's length isn't said: no two different inputs
 * give the same bytes. To change this is to make every token, digest and key
 * of before invalid.
 */
enum kind {
	KIND_TOKEN = 'T',  /* until, what */
	KIND_DIGEST = 'D', /* the purpose's length, the purpose, the data */
	KIND_KEY = 'K'	   /* 0, the text */
};

/* Keyed BLAKE2b is a MAC by itself (RFC 7693): it needs no HMAC. */
static void
hash_start(crypto_generichash_state *state,
    const unsigned char key[SEAL_KEY_BYTES], enum kind kind, uint64_t number)
{
	unsigned char start[1 + NUMBER_BYTES];

	start[0] = (unsigned char)kind;
	for (size_t i = NUMBER_BYTES; i > 0; i--) {
		start[i] = (unsigned char)(number & 0xff);
		number >>= 8;
	}
	/* It fails only for sizes that it doesn't know. */
	(void)crypto_generichash_init(state, key, SEAL_KEY_BYTES,
	    kind == KIND_KEY ? SEAL_KEY_BYTES : SEAL_BYTES);
	(void)crypto_generichash_update(state, start, sizeof(start));
}

static void
hash_add(crypto_generichash_state *state, const char *data, size_t length)
{
	if (length > 0)
		(void)crypto_generichash_update(
		    state, (const unsigned char *)data, length);
}

/* The state has had the key in it. */
static void
hash_end(crypto_generichash_state *state, unsigned char *digest, size_t length)
{
	(void)crypto_generichash_final(state, digest, length);
	sodium_memzero(state, sizeof(*state));
}

/*
 * The time in front of a token's "-", 0 without one. Not strict: other
 * spellings of a number are found when the token is made anew from it.
 */
static bool
parse_until(const char *token, uint64_t *until)
{
	const char *dash = strchr(token, '-');
	size_t length = dash == NULL ? 0 : (size_t)(dash - token);
	uint64_t value = 0;

	if (length > UNTIL_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit;

		if (token[i] >= '0' && token[i] <= '9')
			digit = (unsigned)(token[i] - '0');
		else if (token[i] >= 'a' && token[i] <= 'f')
			digit = (unsigned)(token[i] - 'a') + 10;
		else
			return false;
		value = value << 4 | digit;
	}
	*until = value;
	return true;
}

void
seal_random(unsigned char *bytes, size_t length)
{
	randombytes_buf(bytes, length);
}

void
seal_derive(const unsigned char secret[SEAL_KEY_BYTES], const char *text,
    unsigned char key[SEAL_KEY_BYTES])
{
	crypto_generichash_state state;

	hash_start(&state, secret, KIND_KEY, 0);
	hash_add(&state, text, strlen(text));
	hash_end(&state, key, SEAL_KEY_BYTES);
}

void
seal_make(const unsigned char key[SEAL_KEY_BYTES], const char *what,
    uint64_t until, char token[SEAL_TEXT_BYTES])
{
	crypto_generichash_state state;
	unsigned char digest[SEAL_BYTES];
	int used = 0;

	hash_start(&state, key, KIND_TOKEN, until);
	hash_add(&state, what, strlen(what));
	hash_end(&state, digest, sizeof(digest));
	if (until != 0)
		used = snprintf(token, SEAL_TEXT_BYTES, "%" PRIx64 "-", until);
	(void)sodium_bin2hex(
	    token + used, 2 * SEAL_BYTES + 1, digest, sizeof(digest));
	sodium_memzero(digest, sizeof(digest));
}

bool
seal_verify(const unsigned char key[SEAL_KEY_BYTES], const char *what,
    const char *token, uint64_t now_seconds)
{
	size_t length = strnlen(token, SEAL_TEXT_BYTES);
	char expected[SEAL_TEXT_BYTES];
	uint64_t until;
	bool same;

	if (length >= SEAL_TEXT_BYTES || !parse_until(token, &until))
		return false;
	if (until != 0 && now_seconds >= until)
		return false;
	seal_make(key, what, until, expected);
	/* The length is no secret, the digits are. */
	same = strlen(expected) == length &&
	       sodium_memcmp(expected, token, length) == 0;
	sodium_memzero(expected, sizeof(expected));
	return same;
}

void
seal_digest(const unsigned char key[SEAL_KEY_BYTES], const char *purpose,
    const char *data, size_t length, unsigned char digest[SEAL_BYTES])
{
	crypto_generichash_state state;
	size_t purpose_length = strlen(purpose);

	hash_start(&state, key, KIND_DIGEST, purpose_length);
	hash_add(&state, purpose, purpose_length);
	hash_add(&state, data, length);
	hash_end(&state, digest, SEAL_BYTES);
}

void
seal_digest_text(const unsigned char key[SEAL_KEY_BYTES], const char *purpose,
    const char *text, char digest[SEAL_DIGEST_TEXT_BYTES])
{
	unsigned char bytes[SEAL_BYTES];

	seal_digest(key, purpose, text, strlen(text), bytes);
	(void)sodium_bin2hex(
	    digest, SEAL_DIGEST_TEXT_BYTES, bytes, sizeof(bytes));
}
