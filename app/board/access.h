/*
 * Who may change a post, without accounts: whoever has its private link, or
 * gives its password. A private link's token is a keyed MAC of the post's id;
 * nothing is stored for it. A right password earns such a token for a while.
 * The key is the board's: made by chance at its first post, kept in Redis and
 * mixed with a setting, the pepper, so that neither alone is enough.
 */
#ifndef MADANG_BOARD_ACCESS_H
#define MADANG_BOARD_ACCESS_H

#include "base/err.h"
#include "base/password.h"
#include "base/seal.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long a right password's token is good for. */
#define ACCESS_SECONDS 7200

struct access_key {
	bool known; /* false: the board has none yet, and no token is right */
	unsigned char bytes[SEAL_KEY_BYTES];
};

/*
 * For those who read it among other things: the command, and the key of its
 * reply. ERR_NO_MEMORY, ERR_UNAVAILABLE, ERR_INTERNAL (no string).
 */
enum err access_key_command(struct store *store, struct command *command);
enum err access_key_of_reply(
    struct store *store, const struct reply *reply, struct access_key *key);

/*
 * It alone, in one round trip; a board that has none gets one (a write). Errors
 * as above.
 */
enum err access_make_key(struct store *store, struct access_key *key);

/* The token of a post's private link: for ever, or till a Unix time. */
void access_token(const struct access_key *key, uint64_t id, uint64_t until,
    char token[SEAL_TEXT_BYTES]);
/* Whether a token, of any bytes, is right for the post now. */
bool access_is_granted(
    const struct access_key *key, uint64_t id, const char *token);

/* What stands for a client in Redis: no address can be made of it. */
#define ACCESS_CLIENT_BYTES SEAL_DIGEST_TEXT_BYTES
void access_client(const struct access_key *key, const char *purpose,
    const char *address, char digest[ACCESS_CLIENT_BYTES]);

enum access_answer {
	ACCESS_RIGHT,
	ACCESS_WRONG,
	ACCESS_NO_PASSWORD, /* the post has none */
	ACCESS_GONE,	    /* there is no such post */
	ACCESS_WAIT	    /* too many tries; *seconds till the next one */
};

/*
 * Looks at a password for a post, when client and post have tries left. The
 * try is counted before, and taken back when the password is right or was not
 * looked at. Three round trips. ERR_UNAVAILABLE (also: the machine
 * is busy with others' passwords), ERR_NO_MEMORY, ERR_INTERNAL.
 */
struct access_try {
	uint64_t id;
	struct password password;
};
enum err access_try(struct store *store, const struct access_try *attempt,
    struct access_key *key, enum access_answer *answer, uint64_t *seconds);

#endif
