/*
 * Passwords, kept as Argon2id hashes. What a good one is isn't
 * decided here: an empty one is hashed like any other. digest_init() comes
 * first.
 */
#ifndef MADANG_BASE_PASSWORD_H
#define MADANG_BASE_PASSWORD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A salt of 16 bytes, then a hash of 32: binary, it may contain NUL. */
#define PASSWORD_BYTES 48

/*
 * Both functions take tens of milliseconds of a processor and 19 MiB. Two at
 * a time run in a process; two more wait, a second at the most. Who waits in
 * vain, or finds two waiting, gets ERR_UNAVAILABLE. ERR_NO_MEMORY: the 19 MiB
 * can't be had. ERR_INVALID: the text has 4 GiB or more. text is never NULL and
 * needs no NUL at its end; the caller wipes it.
 */

/* A record of the text, with a new salt. It is undefined after an error. */
enum err password_hash(
    const char *text, size_t length, unsigned char record[PASSWORD_BYTES]);

/* Whether the record is one of the text. *right is false after an error. */
enum err password_verify(const char *text, size_t length,
    const unsigned char record[PASSWORD_BYTES], bool *right);

#endif
