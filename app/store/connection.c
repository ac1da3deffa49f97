#include "store/connection.h"

#include "base/address.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

/* Far more than any setting, and poll's int holds it. */
#define WAIT_MAX_US UINT64_C(1000000000)

struct connection {
	redisContext *context;
	struct arena *arena; /* of the run */
	struct reply *reply; /* the one that is being read */
	bool stray;	     /* something came that nobody asked for */
};

/*
 * What hiredis has read goes where it belongs at once: the place that is being
 * filled, or the item of an array there. NULL: out of memory, which ends the
 * run.
 */
static struct reply *
place_of(const redisReadTask *task)
{
	const struct connection *connection = task->privdata;
	const struct reply *array = task->parent ? task->parent->obj : NULL;

	return array == NULL ? connection->reply : &array->items[task->idx];
}

static void *
put_nil(const redisReadTask *task)
{
	struct reply *reply = place_of(task);

	*reply = (struct reply){.type = REPLY_NIL, .text = ""};
	return reply;
}

static void *
put_integer(const redisReadTask *task, long long integer)
{
	struct reply *reply = place_of(task);

	*reply = (struct reply){
	    .type = REPLY_INTEGER, .text = "", .integer = integer};
	return reply;
}

static void *
put_text(const redisReadTask *task, char *data, size_t length)
{
	const struct connection *connection = task->privdata;
	struct reply *reply = place_of(task);

	if (length > REPLY_TEXT_MAX_BYTES)
		length = REPLY_TEXT_MAX_BYTES;
	*reply = (struct reply){
	    .type = task->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_TEXT,
	    .text = arena_copy(connection->arena, data, length),
	    .length = length};
	return reply->text == NULL ? NULL : reply;
}

/* hiredis 1 counts an array's items in another type. */
#if HIREDIS_MAJOR >= 1
typedef size_t item_count;
#else
typedef int item_count;
#endif

static void *
put_array(const redisReadTask *task, item_count count)
{
	const struct connection *connection = task->privdata;
	struct reply *reply = place_of(task);

	*reply = (struct reply){.type = REPLY_ARRAY, .text = ""};
	reply->count = (size_t)count;
	reply->items = arena_zalloc(
	    connection->arena, reply->count, sizeof(*reply->items));
	return reply->items == NULL ? NULL : reply;
}

static redisReplyObjectFunctions into_arena = {
    .createString = put_text,
    .createArray = put_array,
    .createInteger = put_integer,
    .createNil = put_nil,
};

static struct timeval
timeval_of(uint64_t us)
{
	/* Zero would mean without end. */
	if (us == 0)
		us = 1;
	return (struct timeval){.tv_sec = (time_t)(us / 1000000),
	    .tv_usec = (suseconds_t)(us % 1000000)};
}

static redisContext *
dial(const struct connection_settings *settings, uint64_t us)
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
greet(redisContext *context, char *reason, size_t size,
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
login(const struct connection_settings *settings, redisContext *context,
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
		if (!greet(context, reason, size, &command))
			return false;
	}
	if (settings->database != 0) {
		(void)snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)settings->database);
		command_of(&command, "SELECT", number, NULL);
		if (!greet(context, reason, size, &command))
			return false;
	}
	return true;
}

/*
 * From here on hiredis waits for nothing: wait_for does. One poll() takes the
 * place of a read's and a write's time-outs, which had to be set each time.
 */
static bool
stop_blocking(redisContext *context)
{
	int flags = fcntl(context->fd, F_GETFL);

	context->flags &= ~REDIS_BLOCK;
	return flags != -1 &&
	       fcntl(context->fd, F_SETFL, flags | O_NONBLOCK) != -1;
}

static bool
make_ready(const struct connection_settings *settings, redisContext *context,
    uint64_t until, char *reason, size_t size)
{
	uint64_t left = clock_left(until, settings->command_ms * 1000);

	if (context->err != 0) {
		(void)snprintf(reason, size, "%s", context->errstr);
		return false;
	}
	if (redisSetTimeout(context, timeval_of(left)) != REDIS_OK) {
		(void)snprintf(reason, size, "its time-out can't be set");
		return false;
	}
	if (!login(settings, context, reason, size))
		return false;
	if (!stop_blocking(context)) {
		(void)snprintf(reason, size, "it can't be made non-blocking");
		return false;
	}
	return true;
}

struct connection *
connection_open(const struct connection_settings *settings, uint64_t until,
    char *reason, size_t size)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (connection != NULL)
		connection->context = dial(
		    settings, clock_left(until, settings->connect_ms * 1000));
	if (connection == NULL || connection->context == NULL)
		(void)snprintf(
		    reason, size, "out of memory, or an address that is none");
	else if (make_ready(
		     settings, connection->context, until, reason, size)) {
		connection->context->reader->fn = &into_arena;
		connection->context->reader->privdata = connection;
		return connection;
	}
	connection_close(connection);
	return NULL;
}

void
connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	if (connection->context != NULL)
		redisFree(connection->context);
	free(connection);
}

int
connection_fd(const struct connection *connection)
{
	return connection->context->fd;
}

bool
connection_has_more(const struct connection *connection)
{
	const redisReader *reader = connection->context->reader;

	return reader->pos < reader->len;
}

const char *
connection_failure(const struct connection *connection)
{
	const redisContext *context = connection->context;

	if (connection->stray)
		return "it says what nobody asked for";
	if (context->err == 0 ||
	    (context->err == REDIS_ERR_IO && errno == EAGAIN))
		return "no answer in time";
	return context->errstr;
}

/*
 * Until the socket is ready, or a moment has come: false then. What is left
 * is looked at each time, because replies that drip are always ready.
 */
static bool
wait_for(const redisContext *context, short events, uint64_t until)
{
	struct pollfd polled = {.fd = context->fd, .events = events};
	uint64_t left;
	int ready;

	do {
		left = clock_left(until, WAIT_MAX_US);
		if (left == 0)
			return false;
		ready = poll(&polled, 1, (int)((left + 999) / 1000));
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

static bool
send_all(redisContext *context, uint64_t until, const char *data, size_t length)
{
	int done = 0;

	if (redisAppendFormattedCommand(context, data, length) != REDIS_OK)
		return false;
	/* Most fit into the socket at once. */
	while (redisBufferWrite(context, &done) == REDIS_OK) {
		if (done)
			return true;
		if (!wait_for(context, POLLOUT, until))
			return false;
	}
	return false;
}

/* Reads the next reply to its place. False: it failed, or not in time. */
static bool
receive(redisContext *context, uint64_t until)
{
	void *reply = NULL;

	while (redisGetReplyFromReader(context, &reply) == REDIS_OK) {
		if (reply != NULL)
			return true;
		if (!wait_for(context, POLLIN, until) ||
		    redisBufferRead(context) != REDIS_OK)
			return false;
	}
	return false;
}

/*
 * Whether there is something to read while nothing is asked: its end, which
 * comes to light before anything is sent, or the rest of a reply that was
 * damaged. The next one's would be taken for another's.
 */
static bool
has_stray(const struct connection *connection)
{
	struct pollfd polled = {
	    .fd = connection->context->fd, .events = POLLIN};

	return connection_has_more(connection) || poll(&polled, 1, 0) > 0;
}

enum err
connection_run(struct connection *connection, uint64_t until,
    struct arena *arena, const struct command *commands, size_t count,
    struct reply *replies)
{
	redisContext *context = connection->context;
	bool fine;
	size_t length;
	char *data;

	if (command_write(arena, commands, count, &data, &length) != ERR_OK)
		return ERR_NO_MEMORY;
	errno = 0;
	connection->stray = has_stray(connection);
	if (connection->stray)
		return ERR_UNAVAILABLE;
	connection->arena = arena;
	fine = send_all(context, until, data, length);
	for (size_t i = 0; i < count && fine; i++) {
		connection->reply = &replies[i];
		fine = receive(context, until);
	}
	if (fine)
		return ERR_OK;
	return context->err == REDIS_ERR_OOM ? ERR_NO_MEMORY : ERR_UNAVAILABLE;
}

enum err
connection_send(struct connection *connection, struct arena *arena,
    uint64_t until, const struct command *command)
{
	size_t length;
	char *data;

	if (command_write(arena, command, 1, &data, &length) != ERR_OK)
		return ERR_NO_MEMORY;
	errno = 0;
	return send_all(connection->context, until, data, length)
		   ? ERR_OK
		   : ERR_UNAVAILABLE;
}

enum err
connection_next(struct connection *connection, struct arena *arena,
    uint64_t until, struct reply *reply)
{
	redisContext *context = connection->context;
	struct pollfd ready = {.fd = context->fd, .events = POLLIN};

	errno = 0;
	if (!connection_has_more(connection) && poll(&ready, 1, 0) <= 0)
		return ERR_TIMEOUT;
	connection->arena = arena;
	connection->reply = reply;
	/* What has begun is read to its end, while there is an arena for it. */
	if (receive(context, until))
		return ERR_OK;
	return context->err == REDIS_ERR_OOM ? ERR_NO_MEMORY : ERR_UNAVAILABLE;
}

bool
connection_was_dead(const struct connection *connection)
{
	const redisContext *context = connection->context;

	return connection->stray || context->err == REDIS_ERR_EOF ||
	       (context->err == REDIS_ERR_IO &&
		   (errno == EPIPE || errno == ECONNRESET));
}
