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

#endif
