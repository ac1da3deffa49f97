#include "base/password.h"

#include "base/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

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
#define WAIT_US	    700000

/*
 * Beside the log and the metrics the one thing at file scope that changes.
 * Everything else mutable belongs to a slot or to the pool, but this bounds
 * what the whole process spends, whoever asks: a visitor who posts wrong
 * passwords on every slot shall cost two processors and 38 MiB, not all there
 * are. A gate that each caller had to be given could be forgotten, or be given
 * twice.
 */
static struct {
	pthread_once_t once;
	pthread_mutex_t lock;
	pthread_cond_t left;
	/* Who runs (whoever has one of these), and who waits. */
	char inside[AT_ONCE_MAX][CLIENT_NAME_BYTES];
	char waiting[WAITING_MAX][CLIENT_NAME_BYTES];
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

/* The place of a name, which is "" for a free one; NULL: there is none. */
static char *
place_of(char places[][CLIENT_NAME_BYTES], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(places[i], name) == 0)
			return places[i];
	return NULL;
}

/* Whether anybody waits but the client. */
static bool
others_wait(const char *client)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (gate.waiting[i][0] != '\0' &&
		    strcmp(gate.waiting[i], client) != 0)
			return true;
	return false;
}

/* A place to run in, which is for others while they wait; NULL: none. */
static char *
place_inside(const char *client)
{
	if (others_wait(client) &&
	    place_of(gate.inside, AT_ONCE_MAX, client) != NULL)
		return NULL;
	return place_of(gate.inside, AT_ONCE_MAX, "");
}

/* Waits for one, if need be. NULL: no place to wait, or no end of waiting. */
static char *
wait_for_place(const char *client)
{
	const struct timespec moment =
	    clock_moment(clock_monotonic_us() + WAIT_US);
	char *waiting = place_of(gate.waiting, WAITING_MAX, "");
	char *inside = NULL;
	int failure = 0;

	if (waiting == NULL ||
	    place_of(gate.waiting, WAITING_MAX, client) != NULL)
		return NULL;
	memcpy(waiting, client, strlen(client) + 1);
	metrics_add(METRIC_PASSWORDS_WAITING, 1);
	while ((inside = place_inside(client)) == NULL && failure == 0)
		failure =
		    pthread_cond_timedwait(&gate.left, &gate.lock, &moment);
	waiting[0] = '\0';
	metrics_subtract(METRIC_PASSWORDS_WAITING, 1);
	return inside;
}

/* The place that was entered, for gate_leave; NULL: there is none. */
static char *
gate_enter(const char *address)
{
	char client[CLIENT_NAME_BYTES];
	char *place;

	client_name(address, client);
	(void)pthread_once(&gate.once, gate_init);
	pthread_mutex_lock(&gate.lock);
	place = wait_for_place(client);
	if (place != NULL)
		memcpy(place, client, strlen(client) + 1);
	pthread_mutex_unlock(&gate.lock);
	return place;
}

static void
gate_leave(char *place)
{
	pthread_mutex_lock(&gate.lock);
	place[0] = '\0';
	/* Not any one who waits: it may be one who has to wait for another. */
	pthread_cond_broadcast(&gate.left);
	pthread_mutex_unlock(&gate.lock);
}

static enum err
compute(const struct password *password, const unsigned char salt[SALT_BYTES],
    unsigned char hash[HASH_BYTES])
{
	char *place;
	int failed;
	int why;

	if (password->length > crypto_pwhash_PASSWD_MAX)
		return ERR_INVALID;
	place = gate_enter(password->client);
	if (place == NULL) {
		metrics_add(METRIC_PASSWORDS_REFUSED, 1);
		log_seldom(LOG_LEVEL_WARNING, MODULE, "too many",
		    "too many are computed: one is refused");
		return ERR_UNAVAILABLE;
	}
	failed =
	    crypto_pwhash(hash, HASH_BYTES, password->text, password->length,
		salt, PASSES, MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13);
	why = errno;
	gate_leave(place);
	metrics_add(METRIC_PASSWORDS, 1);
	/* Its arguments are in range, so only memory can be missing. */
	if (failed != 0) {
		log_seldom(LOG_LEVEL_ERROR, MODULE, "Argon2",
		    "Argon2 fails: %s", strerror(why));
		return ERR_NO_MEMORY;
	}
	return ERR_OK;
}

enum err
password_hash(
    const struct password *password, unsigned char record[PASSWORD_BYTES])
{
	randombytes_buf(record, SALT_BYTES);
	return compute(password, record, record + SALT_BYTES);
}

enum err
password_verify(const struct password *password,
    const unsigned char record[PASSWORD_BYTES], bool *right)
{
	unsigned char hash[HASH_BYTES];
	enum err err = compute(password, record, hash);

	*right = err == ERR_OK &&
		 sodium_memcmp(hash, record + SALT_BYTES, HASH_BYTES) == 0;
	sodium_memzero(hash, sizeof(hash));
	return err;
}
