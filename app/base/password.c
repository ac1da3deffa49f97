#include "base/password.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define MODULE "password"

/*
 * What OWASP's Password Storage Cheat Sheet asks of Argon2id: m = 19456 (19
 * MiB), t = 2, p = 1. libsodium takes the memory in bytes, the
 * passes as opslimit, and always has p = 1 (doc.libsodium.org, "The pwhash*
 * API"). Not crypto_pwhash_str: its 128 characters say these numbers again in
 * each post. Other numbers need another size of record, to be told apart.
 */
#define MEMORY_BYTES (19UL * 1024 * 1024)
#define PASSES	     2

#define SALT_BYTES crypto_pwhash_SALTBYTES
#define HASH_BYTES (PASSWORD_BYTES - SALT_BYTES)

_Static_assert(SALT_BYTES == 16, "a record begins with 16 bytes of salt");

#define AT_ONCE_MAX 2
/* More would keep the slots from those who only read. */
#define WAITING_MAX 2
#define WAIT_US	    1000000

/*
 * The one thing at file scope that changes. Everything else mutable belongs to
 * a slot or to the pool, but this bounds what the whole process spends,
 * whoever asks: a visitor who posts wrong passwords on every slot shall cost
 * two processors and 38 MiB, not all there are. A gate that each caller had to
 * be given could be forgotten, or be given twice.
 */
static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	pthread_cond_t left;
	unsigned inside;
	unsigned waiting;
} gate = {.once = PTHREAD_ONCE_INIT, .lock = PTHREAD_MUTEX_INITIALIZER};

/* PTHREAD_COND_INITIALIZER would wait by a clock that people set. */
static void
gate_init(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&gate.left, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* False: nobody left it for too long. */
static bool
gate_enter(void)
{
	uint64_t until = clock_monotonic_us() + WAIT_US;
	struct timespec moment = {.tv_sec = (time_t)(until / 1000000),
	    .tv_nsec = (long)(until % 1000000) * 1000};
	bool entered;
	int failure = 0;

	(void)pthread_once(&gate.once, gate_init);
	pthread_mutex_lock(&gate.lock);
	if (gate.waiting >= WAITING_MAX)
		failure = EBUSY;
	gate.waiting++;
	while (gate.inside >= AT_ONCE_MAX && failure == 0)
		failure =
		    pthread_cond_timedwait(&gate.left, &gate.lock, &moment);
	gate.waiting--;
	entered = gate.inside < AT_ONCE_MAX;
	if (entered)
		gate.inside++;
	pthread_mutex_unlock(&gate.lock);
	return entered;
}

static void
gate_leave(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.inside--;
	pthread_cond_signal(&gate.left);
	pthread_mutex_unlock(&gate.lock);
}

static enum err
compute(const char *text, size_t length, const unsigned char salt[SALT_BYTES],
    unsigned char hash[HASH_BYTES])
{
	int failed;
	int why;

	if (length > crypto_pwhash_PASSWD_MAX)
		return ERR_INVALID;
	if (!gate_enter()) {
		log_warning(MODULE, "too many are computed: one is refused");
		return ERR_UNAVAILABLE;
	}
	failed = crypto_pwhash(hash, HASH_BYTES, text, length, salt, PASSES,
	    MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
	why = errno;
	gate_leave();
	/* Its arguments are in range, so only memory can be missing. */
	if (failed != 0) {
		log_error(MODULE, "Argon2 fails: %s", strerror(why));
		return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

enum err
password_hash(
    const char *text, size_t length, unsigned char record[PASSWORD_BYTES])
{
	randombytes_buf(record, SALT_BYTES);
	return compute(text, length, record, record + SALT_BYTES);
}

enum err
password_verify(const char *text, size_t length,
    const unsigned char record[PASSWORD_BYTES], bool *right)
{
	unsigned char hash[HASH_BYTES];
	enum err err = compute(text, length, record, hash);

	*right = err == ERR_OK &&
		 sodium_memcmp(hash, record + SALT_BYTES, HASH_BYTES) == 0;
	sodium_memzero(hash, sizeof(hash));
	return err;
}
