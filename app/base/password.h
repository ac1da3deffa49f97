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

/* What somebody typed. The caller wipes it. */
struct password {
	const char *client; /* whose it is: an address */
	const char *text;   /* never NULL; it needs no NUL at its end */
	size_t length;
};

/*
 * Both functions take tens of milliseconds of a processor and 19 MiB. Two at
 * a time run in a process; two more wait, 0.7 seconds at the most. A client has
 * one of those that wait, and none that runs beside another of its own while
 * others wait: nobody alone keeps others out. Who waits in vain, or may not
 * wait, gets ERR_UNAVAILABLE. ERR_NO_MEMORY: the 19
 * MiB can't be had. ERR_INVALID: the text has 4 GiB or more.
 */

/* A record of the text, with a new salt. It is undefined after an error. */
enum err password_hash(
    const struct password *password, unsigned char record[PASSWORD_BYTES]);

/* Whether the record is one of the text. *right is false after an error. */
enum err password_verify(const struct password *password,
    const unsigned char record[PASSWORD_BYTES], bool *right);

#endif
