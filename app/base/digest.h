/*
 * Digests, by libsodium. Not for passwords (base/password), and without a key
 * (base/seal).
 */
#ifndef MADANG_BASE_DIGEST_H
#define MADANG_BASE_DIGEST_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES	 16 /* a collision is beyond anybody's means */
#define DIGEST_HEX_BYTES (2 * DIGEST_BYTES + 1)

/* Once, before threads. ERR_INTERNAL: the system gives no randomness. */
enum err digest_init(void);

/* The first bytes of the same digest as a number, for where few are enough. */
uint64_t digest_number(const void *data, size_t length);

/*
 * For tables: adds bytes to the hash of those before them, which begins with
 * DIGEST_QUICK (FNV-1a). Quick, without digest_init; but who wants to finds two
 * that are the same.
 */
#define DIGEST_QUICK UINT64_C(14695981039346656037)
uint64_t digest_quick(uint64_t hash, const void *data, size_t length);

/* The BLAKE2b digest of the bytes as lower-case hexadecimal digits. */
void digest_hex(const void *data, size_t length, char hex[DIGEST_HEX_BYTES]);

/*
 * The SHA-256 of what is added piece by piece: what `sha256sum` prints. The
 * room is libsodium's own, which digest.c sees to.
 */
#define DIGEST_SUM_HEX_BYTES 65
struct digest_sum {
	_Alignas(8) unsigned char state[128];
};
void digest_sum_begin(struct digest_sum *sum);
void digest_sum_add(struct digest_sum *sum, const void *data, size_t length);
/* Of all so far; more may be added afterwards. */
void digest_sum_hex(
    const struct digest_sum *sum, char hex[DIGEST_SUM_HEX_BYTES]);

#endif
