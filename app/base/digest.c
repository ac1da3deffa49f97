#include "base/digest.h"

#include "base/log.h"

#include <sodium.h>

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
