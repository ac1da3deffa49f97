#include "fuzz.h"

#include "base/digest.h"
#include "base/seal.h"
#include "board/access.h"

#include <stdlib.h>
#include <string.h>

/*
 * Tokens of private links: a visitor's bytes are right only if they are the
 * very ones that were made.
 */

#define NOW UINT64_C(1700000000)

static struct access_key
key_of(unsigned char byte)
{
	struct access_key key = {.known = true};
	unsigned char secret[SEAL_KEY_BYTES];

	memset(secret, byte, sizeof(secret));
	seal_derive(secret, "pepper", key.bytes);
	return key;
}

/* A token with one of its characters changed, put in or left out. */
static void
check_changed(const struct access_key *key, const char *what, uint64_t until,
    const uint8_t *data, size_t size)
{
	char token[SEAL_TEXT_BYTES + 2];
	char made[SEAL_TEXT_BYTES];
	size_t length;
	size_t at;

	seal_make(key->bytes, what, until, made);
	assert(seal_verify(key->bytes, what, made, 0));
	assert(strspn(made, SEAL_ALPHABET) == strlen(made));
	assert(until == 0 || !seal_verify(key->bytes, what, made, until));
	if (size < 3)
		return;
	length = strlen(made);
	at = data[0] % length;
	memcpy(token, made, length + 1);
	if (data[1] % 3 == 0)
		token[at] = (char)data[2];
	else if (data[1] % 3 == 1)
		memmove(token + at, token + at + 1, length - at);
	else if (data[2] != '\0') {
		memmove(token + at + 1, token + at, length - at + 1);
		token[at] = (char)data[2];
	}
	assert(seal_verify(key->bytes, what, token, 0) ==
	       (strcmp(token, made) == 0));
}

/*
 * libFuzzer sees what is compared, and so finds a right token in time: then it
 * is the very one that is made for its time.
 */
static void
check_granted(const struct access_key *key, const char *token)
{
	char made[SEAL_TEXT_BYTES];
	const char *dash = strchr(token, '-');
	uint64_t until = dash == NULL ? 0 : strtoull(token, NULL, 16);

	access_token(key, 17, until, made);
	assert(strcmp(token, made) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct access_key key = key_of('k');
	const struct access_key other = key_of('o');
	const struct access_key none = {.known = false};
	uint64_t until = 0;
	char token[512];
	size_t length = size < sizeof(token) ? size : sizeof(token) - 1;

	assert(digest_init() == ERR_OK);
	if (size > 0)
		memcpy(token, data, length);
	token[length] = '\0';
	if (access_is_granted(&key, 17, token) ||
	    seal_verify(key.bytes, "post 17", token, NOW))
		check_granted(&key, token);
	if (size >= sizeof(until))
		memcpy(&until, data, sizeof(until));
	check_changed(&key, "post 17", until, data, size);
	check_changed(&key, token, until % 3, data, size);
	/* Of another key, of another post, of no key. */
	access_token(&key, 17, 0, token);
	assert(access_is_granted(&key, 17, token));
	assert(!access_is_granted(&key, 18, token));
	assert(!access_is_granted(&other, 17, token));
	assert(!access_is_granted(&none, 17, token));
	return 0;
}
