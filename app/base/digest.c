#include "base/digest.h"

#include "base/log.h"

#include <sodium.h>

_Static_assert(
    sizeof(crypto_hash_sha256_state) <= sizeof(((struct digest_sum *)0)->state),
    "struct digest_sum");

enum err
digest_init(void)
{
	if (sodium_init() < 0) {
		log_error("digest", "libsodium can't start");
		return ERR_INTERNAL;
	}
	return ERR_OK;
}

uint64_t
digest_number(const void *data, size_t length)
{
	unsigned char digest[DIGEST_BYTES];
	uint64_t number = 0;

	(void)crypto_generichash(digest, sizeof(digest), data, length, NULL, 0);
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return number;
}

uint64_t
digest_quick(uint64_t hash, const void *data, size_t length)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
	return hash;
}

void
digest_hex(const void *data, size_t length, char hex[DIGEST_HEX_BYTES])
{
	unsigned char digest[DIGEST_BYTES];

	/* It fails only for a size of digest that it doesn't know. */
	(void)crypto_generichash(digest, sizeof(digest), data, length, NULL, 0);
	(void)sodium_bin2hex(hex, DIGEST_HEX_BYTES, digest, sizeof(digest));
}

static crypto_hash_sha256_state *
state_of(struct digest_sum *sum)
{
	return (void *)sum->state;
}

void
digest_sum_begin(struct digest_sum *sum)
{
	(void)crypto_hash_sha256_init(state_of(sum));
}

void
digest_sum_add(struct digest_sum *sum, const void *data, size_t length)
{
	(void)crypto_hash_sha256_update(state_of(sum), data, length);
}

void
digest_sum_hex(const struct digest_sum *sum, char hex[DIGEST_SUM_HEX_BYTES])
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	struct digest_sum copy = *sum;

	(void)crypto_hash_sha256_final(state_of(&copy), digest);
	(void)sodium_bin2hex(hex, DIGEST_SUM_HEX_BYTES, digest, sizeof(digest));
}
