#include "store/pool.h"

#include "base/address.h"
#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <hiredis/hiredis.h>

#define MODULE "pool"

/*
 * While Redis is away one request at a time probes it. Others wait for how
 * that goes, but only so long after its beginning: a refusal comes sooner, and
 * a Redis that hangs must not hold every slot for a time-out each.
 */
#define PROBE_PATIENCE_US 50000

struct pool {
	struct pool_settings settings;
	pthread_mutex_t lock;
	pthread_cond_t returned;
	redisContext **idle; /* open connections that nobody uses */
	size_t idle_count;
	size_t in_use;
	bool away;    /* the last run failed, and the log said so */
	bool probing; /* somebody tries whether that is still so */
	uint64_t probing_since_us;
	size_t probes; /* since Redis is away */
	pthread_cond_t probed;
};

/* One run's place in the pool. */
struct place {
	redisContext *context; /* NULL: to be opened */
	bool probe;	       /* this run tells the others how Redis does */
	bool first_probe;      /* and is the first one that does */
	char failure[256];     /* why it failed */
};

/* Commands */

void
command_add(struct command *command, const char *data, size_t length)
{
	assert(command->count < COMMAND_WORDS_MAX);
	command->words[command->count] = data;
	command->lengths[command->count] = length;
	command->count++;
}

void
command_of(struct command *command, const char *word, ...)
{
	va_list words;

	command->count = 0;
	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *))
		command_add(command, word, strlen(word));
	va_end(words);
}

/* Replies */

static enum err reply_copy(
    struct arena *arena, const redisReply *from, struct reply *to);

static enum err
reply_copy_items(struct arena *arena, const redisReply *from, struct reply *to)
{
	to->items = arena_zalloc(arena, from->elements, sizeof(*to->items));
	if (to->items == NULL)
		return ERR_NO_MEMORY;
	to->count = from->elements;
	for (size_t i = 0; i < from->elements; i++) {
		enum err err =
		    reply_copy(arena, from->element[i], &to->items[i]);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* hiredis reads seven levels of arrays at most: the recursion ends. */
static enum err
reply_copy(struct arena *arena, const redisReply *from, struct reply *to)
{
	*to = (struct reply){.type = REPLY_NIL, .text = ""};
	switch (from->type) {
	case REDIS_REPLY_INTEGER:
		to->type = REPLY_INTEGER;
		to->integer = from->integer;
		return ERR_OK;
	case REDIS_REPLY_ARRAY:
		to->type = REPLY_ARRAY;
		return reply_copy_items(arena, from, to);
	case REDIS_REPLY_STRING:
	case REDIS_REPLY_STATUS:
	case REDIS_REPLY_ERROR:
		to->type =
		    from->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_TEXT;
		to->length = (size_t)from->len;
		if (to->length > REPLY_TEXT_MAX_BYTES)
			to->length = REPLY_TEXT_MAX_BYTES;
		to->text = arena_copy(arena, from->str, to->length);
		return to->text == NULL ? ERR_NO_MEMORY : ERR_OK;
	default:
		return ERR_OK;
	}
}

/*
 * The word that says which error it is: the first one, except that Redis
 * before 7 puts a script's name and line in front of what a command of the
 * script was refused with.
 */
static const char *
error_word(const char *text)
{
	static const char script[] = "ERR Error running script ";
	const char *word;

	if (strncmp(text, script, sizeof(script) - 1) != 0)
		return text;
	word = strstr(text, ": -");
	return word == NULL ? text : word + 3;
}

/* Redis repeats the words of a command that it does not know: people's. */
static void
log_refusal(const char *text)
{
	const char *words = strstr(text, ", with args");
	size_t length = words != NULL ? (size_t)(words - text) : strlen(text);

	log_error(MODULE, "Redis refuses: %.*s", (int)length, text);
}

enum err
reply_check(const struct reply *reply)
{
	static const char *const passing[] = {"LOADING", "READONLY", "OOM",
	    "MISCONF", "NOAUTH", "NOPERM", "WRONGPASS", "BUSY", "MASTERDOWN",
	    "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS", "UNKILLABLE"};
	const char *word;

	if (reply->type != REPLY_ERROR)
		return ERR_OK;
	word = error_word(reply->text);
	log_refusal(reply->text);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strncmp(word, passing[i], strlen(passing[i])) == 0)
			return ERR_UNAVAILABLE;
	return ERR_INTERNAL;
}

/* Connections */

static struct timeval
timeval_of(uint64_t us)
{
	/* Zero would mean without end. */
	if (us == 0)
		us = 1;
	return (struct timeval){.tv_sec = (time_t)(us / 1000000),
	    .tv_usec = (suseconds_t)(us % 1000000)};
}

/* limit_us, or what is left until a moment if that is less. */
static uint64_t
time_left(uint64_t until, uint64_t limit_us)
{
	uint64_t now = clock_monotonic_us();
	uint64_t left = until > now ? until - now : 0;

	return left < limit_us ? left : limit_us;
}

static redisContext *
connection_dial(const struct pool_settings *settings, uint64_t us)
{
	char host[ADDRESS_HOST_MAX];
	int port;

	if (settings->address[0] == '/')
		return redisConnectUnixWithTimeout(
		    settings->address, timeval_of(us));
	if (!address_split(settings->address, host, &port))
		return NULL;
	return redisConnectWithTimeout(host, port, timeval_of(us));
}

/* Sends one command of set-up; false and a reason when Redis says no. */
static bool
connection_greet(redisContext *context, char *reason, size_t size,
    const struct command *command)
{
	size_t lengths[COMMAND_WORDS_MAX];
	redisReply *reply;
	bool fine;

	memcpy(lengths, command->lengths, sizeof(lengths));
	reply = redisCommandArgv(context, (int)command->count,
	    (const char **)(uintptr_t)command->words, lengths);
	fine = reply != NULL && reply->type != REDIS_REPLY_ERROR;
	if (!fine)
		(void)snprintf(reason, size, "%s",
		    reply != NULL ? reply->str : context->errstr);
	freeReplyObject(reply);
	return fine;
}

static bool
connection_login(const struct pool_settings *settings, redisContext *context,
    char *reason, size_t size)
{
	struct command command;
	char number[24];

	if (settings->user[0] != '\0' || settings->password[0] != '\0') {
		command_of(&command, "AUTH", NULL);
		if (settings->user[0] != '\0')
			command_add(
			    &command, settings->user, strlen(settings->user));
		command_add(
		    &command, settings->password, strlen(settings->password));
		if (!connection_greet(context, reason, size, &command))
			return false;
	}
	if (settings->database != 0) {
		(void)snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)settings->database);
		command_of(&command, "SELECT", number, NULL);
		if (!connection_greet(context, reason, size, &command))
			return false;
	}
	return true;
}

/* A new connection, ready for use, or NULL with the reason. */
static redisContext *
connection_open(const struct pool_settings *settings, uint64_t until,
    char *reason, size_t size)
{
	redisContext *context = connection_dial(
	    settings, time_left(until, settings->connect_ms * 1000));

	if (context == NULL) {
		(void)snprintf(
		    reason, size, "out of memory, or an address that is none");
		return NULL;
	}
	if (context->err != 0) {
		(void)snprintf(reason, size, "%s", context->errstr);
		goto fail;
	}
	if (redisSetTimeout(context,
		timeval_of(time_left(until, settings->command_ms * 1000))) !=
	    REDIS_OK) {
		(void)snprintf(reason, size, "its time-out can't be set");
		goto fail;
	}
	if (!connection_login(settings, context, reason, size))
		goto fail;
	return context;
fail:
	redisFree(context);
	return NULL;
}

/* The pool */

enum err
pool_create(const struct pool_settings *settings, struct pool **created)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t attributes;

	if (pool == NULL)
		return ERR_NO_MEMORY;
	pool->settings = *settings;
	pool->idle = calloc(settings->size, sizeof(*pool->idle));
	if (pool->idle == NULL) {
		free(pool);
		return ERR_NO_MEMORY;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->returned, &attributes);
	pthread_cond_init(&pool->probed, &attributes);
	pthread_condattr_destroy(&attributes);
	*created = pool;
	return ERR_OK;
}

void
pool_destroy(struct pool *pool)
{
	if (pool == NULL)
		return;
	assert(pool->in_use == 0);
	for (size_t i = 0; i < pool->idle_count; i++)
		redisFree(pool->idle[i]);
	pthread_cond_destroy(&pool->probed);
	pthread_cond_destroy(&pool->returned);
	pthread_mutex_destroy(&pool->lock);
	free(pool->idle);
	free(pool);
}

static struct timespec
timespec_of(uint64_t us)
{
	return (struct timespec){.tv_sec = (time_t)(us / 1000000),
	    .tv_nsec = (long)(us % 1000000) * 1000};
}

/* Waits for one of the places. False: all stay taken for too long. */
static bool
wait_for_place(struct pool *pool, uint64_t until)
{
	struct timespec moment =
	    timespec_of(clock_monotonic_us() +
			time_left(until, pool->settings.wait_ms * 1000));
	int failure = 0;

	while (pool->in_use >= pool->settings.size && failure == 0)
		failure = pthread_cond_timedwait(
		    &pool->returned, &pool->lock, &moment);
	return pool->in_use < pool->settings.size;
}

/*
 * While Redis is away: place->probe makes the caller who tries it. False:
 * another one does or did, and it is still away.
 */
static bool
wait_for_probe(struct pool *pool, struct place *place)
{
	struct timespec moment;
	int failure = 0;

	place->probe = pool->away && !pool->probing;
	if (place->probe) {
		pool->probing = true;
		pool->probing_since_us = clock_monotonic_us();
		place->first_probe = pool->probes++ == 0;
	}
	if (!pool->away || place->probe)
		return true;
	moment = timespec_of(pool->probing_since_us + PROBE_PATIENCE_US);
	while (pool->probing && failure == 0)
		failure =
		    pthread_cond_timedwait(&pool->probed, &pool->lock, &moment);
	return !pool->away;
}

/* Takes a place, and an open connection with it if there is one. */
static bool
pool_enter(struct pool *pool, uint64_t until, struct place *place)
{
	bool free_place;
	bool entered;

	*place = (struct place){.context = NULL};
	pthread_mutex_lock(&pool->lock);
	entered = wait_for_probe(pool, place);
	free_place = !entered || wait_for_place(pool, until);
	if (entered && free_place) {
		pool->in_use++;
		if (pool->idle_count > 0)
			place->context = pool->idle[--pool->idle_count];
	} else if (place->probe) {
		pool->probing = false;
		pthread_cond_broadcast(&pool->probed);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!free_place)
		log_warning(MODULE,
		    "all %zu connections to Redis stayed in use for %llu ms",
		    pool->settings.size,
		    (unsigned long long)pool->settings.wait_ms);
	return entered && free_place;
}

/*
 * Gives the place back, and its connection unless that was closed. err tells
 * whether Redis is away; the log hears of it when that changes.
 */
static void
pool_leave(struct pool *pool, struct place *place, enum err err)
{
	bool away = err == ERR_UNAVAILABLE;
	bool changed;

	pthread_mutex_lock(&pool->lock);
	changed = pool->away != away;
	pool->away = away;
	if (!away)
		pool->probes = 0;
	if (place->probe) {
		pool->probing = false;
		pthread_cond_broadcast(&pool->probed);
	}
	pool->in_use--;
	if (place->context != NULL)
		pool->idle[pool->idle_count++] = place->context;
	pthread_cond_signal(&pool->returned);
	pthread_mutex_unlock(&pool->lock);
	if (changed && away)
		log_error(MODULE, "Redis at %s is away: %s",
		    pool->settings.address, place->failure);
	else if (changed)
		log_info(MODULE, "Redis at %s is back", pool->settings.address);
}

/* What a broken connection says, for the log. */
static const char *
connection_failure(const redisContext *context)
{
	if (context->err == 0 ||
	    (context->err == REDIS_ERR_IO && errno == EAGAIN))
		return "no answer in time";
	return context->errstr;
}

/* What is to be run: count commands, and where their replies go. */
struct run {
	const struct command *commands;
	size_t count;
	struct reply *replies;
};

/*
 * Gives the next read or write what is left until a moment. False: nothing
 * is. Set before each, because replies that drip would renew the time-out.
 */
static bool
connection_hurry(redisContext *context, uint64_t until)
{
	uint64_t left = time_left(until, UINT64_MAX);

	return left > 0 &&
	       redisSetTimeout(context, timeval_of(left)) == REDIS_OK;
}

static bool
connection_send(redisContext *context, uint64_t until, const struct run *run)
{
	int done = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct command *command = &run->commands[i];

		if (redisAppendCommandArgv(context, (int)command->count,
			(const char **)(uintptr_t)command->words,
			command->lengths) != REDIS_OK)
			return false;
	}
	while (!done)
		if (!connection_hurry(context, until) ||
		    redisBufferWrite(context, &done) != REDIS_OK)
			return false;
	return true;
}

/* The next reply; NULL: it failed, or was not there in time. */
static redisReply *
connection_receive(redisContext *context, uint64_t until)
{
	void *reply = NULL;

	while (redisGetReplyFromReader(context, &reply) == REDIS_OK &&
	       reply == NULL)
		if (!connection_hurry(context, until) ||
		    redisBufferRead(context) != REDIS_OK)
			return NULL;
	return reply;
}

static enum err
connection_run(redisContext *context, uint64_t until, struct arena *arena,
    const struct run *run)
{
	if (!connection_send(context, until, run))
		return ERR_UNAVAILABLE;
	for (size_t i = 0; i < run->count; i++) {
		redisReply *reply = connection_receive(context, until);
		enum err err;

		if (reply == NULL)
			return ERR_UNAVAILABLE;
		err = reply_copy(arena, reply, &run->replies[i]);
		freeReplyObject(reply);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

/* Whether a run failed because the other side had hung up long ago. */
static bool
connection_was_dead(const redisContext *context)
{
	return context->err == REDIS_ERR_EOF ||
	       (context->err == REDIS_ERR_IO &&
		   (errno == EPIPE || errno == ECONNRESET));
}

/* Closes a connection: out of step after an error, whatever it was. */
static void
place_close(struct place *place)
{
	redisFree(place->context);
	place->context = NULL;
}

/* Runs the commands on the place's connection, opened if need be. */
static enum err
place_run(struct pool *pool, struct place *place, struct arena *arena,
    uint64_t until, const struct run *run)
{
	enum err err;

	if (place->context == NULL)
		place->context = connection_open(&pool->settings, until,
		    place->failure, sizeof(place->failure));
	if (place->context == NULL)
		return ERR_UNAVAILABLE;
	until = clock_monotonic_us() +
		time_left(until, pool->settings.command_ms * 1000);
	errno = 0;
	err = connection_run(place->context, until, arena, run);
	if (err == ERR_UNAVAILABLE)
		(void)snprintf(place->failure, sizeof(place->failure), "%s",
		    connection_failure(place->context));
	return err;
}

enum err
pool_run(struct pool *pool, struct arena *arena, uint64_t until,
    const struct command *commands, size_t count, struct reply *replies)
{
	const struct run run = {commands, count, replies};
	struct place place;
	bool kept;
	bool dead;
	enum err err;

	/* Redis can't be blamed for it: its connections stay. */
	if (time_left(until, 1) == 0) {
		log_warning(MODULE, "no time was left to ask Redis");
		return ERR_UNAVAILABLE;
	}
	if (!pool_enter(pool, until, &place))
		return ERR_UNAVAILABLE;
	/* Whoever probes first has waited for a slot already, perhaps. */
	if (place.first_probe)
		until = clock_monotonic_us() +
			time_left(until, pool->settings.command_ms * 1000 / 2);
	do {
		kept = place.context != NULL;
		err = place_run(pool, &place, arena, until, &run);
		dead = place.context != NULL && err == ERR_UNAVAILABLE &&
		       connection_was_dead(place.context);
		if (err != ERR_OK && place.context != NULL)
			place_close(&place);
	} while (kept && dead);
	pool_leave(pool, &place, err);
	return err;
}
