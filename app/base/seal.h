/*
 * Proofs that need no memory: a token says that whoever holds the key said
 * something, and until when that holds; nothing is kept on the server. It is
 * no secret what a token says, and it can be shown again until it expires.
 * Not for passwords. digest_init() comes first.
 */
#ifndef MADANG_BASE_SEAL_H
#define MADANG_BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_BYTES 32
#define SEAL_BYTES     16 /* nobody guesses 128 bits over a network */

/* 16 hexadecimal digits of a time, "-", 32 of a MAC, NUL. */
#define SEAL_TEXT_BYTES (16 + 1 + 2 * SEAL_BYTES + 1)

/* Bytes that nobody can foretell: a key, or a name. It never fails. */
void seal_random(unsigned char *bytes, size_t length);

/*
 * A key that is made of two secrets: who lacks either doesn't know it. text
 * may be empty, is never NULL; the same two make the same key.
 */
void seal_derive(const unsigned char secret[SEAL_KEY_BYTES], const char *text,
    unsigned char key[SEAL_KEY_BYTES]);

/* What tokens consist of: they need no escaping anywhere. */
#define SEAL_ALPHABET "0123456789abcdef-"

/*
 * A token that proves what ("post 17"): before the Unix second until, or for
 * ever when until is 0. It consists of lower-case hexadecimal digits and at
 * most one "-".
 */
void seal_make(const unsigned char key[SEAL_KEY_BYTES], const char *what,
    uint64_t until, char token[SEAL_TEXT_BYTES]);

/*
 * Whether the token, which is the visitor's and never NULL, is byte for byte
 * what seal_make gave for this key and what, and isn't expired.
 */
bool seal_verify(const unsigned char key[SEAL_KEY_BYTES], const char *what,
    const char *token, uint64_t now_seconds);

/*
 * The keyed digest of the data: to count or to compare what shall not be
 * kept. One purpose's digests tell nothing about another's, nor are any of
 * them tokens. data may be NULL when length is 0.
 */
void seal_digest(const unsigned char key[SEAL_KEY_BYTES], const char *purpose,
    const char *data, size_t length, unsigned char digest[SEAL_BYTES]);

/* The same of a text, as lower-case hexadecimal digits. */
#define SEAL_DIGEST_TEXT_BYTES (2 * SEAL_BYTES + 1)
void seal_digest_text(const unsigned char key[SEAL_KEY_BYTES],
    const char *purpose, const char *text, char digest[SEAL_DIGEST_TEXT_BYTES]);

#endif
