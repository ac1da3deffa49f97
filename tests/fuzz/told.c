#include "told.h"

#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

static struct connection_settings settings;
static struct {
	char folder[32];
	char path[64];
	int socket;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	bool at_once;
	size_t size;
	char data[TOLD_MAX_BYTES];
} told = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* One connection. */
struct talk {
	int fd;
	size_t said;
	bool subscribed;
	redisReader *replies; /* where they end in what is said */
	redisReader *commands;
};

/* Says everything up to there. */
static void
say(struct talk *talk, size_t end)
{
	while (talk->said < end) {
		ssize_t sent = send(talk->fd, told.data + talk->said,
		    end - talk->said, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		talk->said += (size_t)sent;
	}
}

static void
hang_up(const struct talk *talk)
{
	(void)shutdown(talk->fd, SHUT_WR);
}

/*
 * Answers one command with the next reply, as a Redis would: whoever finds more
 * than he asked for hangs up. What is no whole reply is the last one; and who
 * has subscribed hears all at his PING.
 */
static void
answer(struct talk *talk, const redisReply *command)
{
	const char *word =
	    command->type == REDIS_REPLY_ARRAY && command->elements > 0
		? command->element[0]->str
		: "";
	void *reply = NULL;
	bool whole;

	if (talk->said >= told.size) {
		hang_up(talk);
		return;
	}
	whole = redisReaderGetReply(talk->replies, &reply) == REDIS_OK &&
		reply != NULL && !told.at_once &&
		!(talk->subscribed && strcmp(word, "PING") == 0);
	if (strcmp(word, "SUBSCRIBE") == 0)
		talk->subscribed = true;
	if (whole) {
		say(talk,
		    told.size - (talk->replies->len - talk->replies->pos));
	} else {
		say(talk, told.size);
		hang_up(talk);
	}
}

/* Answers as long as there is anything to be heard. */
static void
converse(struct talk *talk)
{
	char heard[16 * 1024];
	ssize_t length;

	(void)redisReaderFeed(talk->replies, told.data, told.size);
	while ((length = recv(talk->fd, heard, sizeof(heard), 0)) > 0) {
		void *command = NULL;

		assert(redisReaderFeed(talk->commands, heard, (size_t)length) ==
		       REDIS_OK);
		while (
		    redisReaderGetReply(talk->commands, &command) == REDIS_OK &&
		    command != NULL) {
			answer(talk, command);
			freeReplyObject(command);
		}
	}
}

static void
talk_to(int fd)
{
	/* Without functions it makes nothing of what it reads. */
	struct talk talk = {.fd = fd,
	    .replies = redisReaderCreateWithFunctions(NULL),
	    .commands = redisReaderCreate()};

	assert(talk.replies != NULL && talk.commands != NULL);
	converse(&talk);
	redisReaderFree(talk.replies);
	redisReaderFree(talk.commands);
	(void)close(fd);
}

static void *
serve(void *unused)
{
	int fd;

	(void)unused;
	while ((fd = accept(told.socket, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&told.lock);
		talk_to(fd);
		pthread_mutex_unlock(&told.lock);
	}
	return NULL;
}

static void
leave(void)
{
	/* Wakes it where it accepts. */
	(void)shutdown(told.socket, SHUT_RDWR);
	(void)pthread_join(told.thread, NULL);
	(void)close(told.socket);
	(void)unlink(told.path);
	(void)rmdir(told.folder);
}

static void
start(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	sigset_t alarms;
	sigset_t before;

	/* hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(told.folder, sizeof(told.folder), "/tmp/fuzz-XXXXXX");
	assert(mkdtemp(told.folder) != NULL);
	(void)snprintf(told.path, sizeof(told.path), "%s/redis", told.folder);
	memcpy(address.sun_path, told.path, strlen(told.path));
	told.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(told.socket >= 0);
	assert(bind(told.socket, (struct sockaddr *)&address,
		   sizeof(address)) == 0);
	assert(listen(told.socket, 16) == 0);
	/* libFuzzer's alarm must not end a wait of the thread's. */
	assert(sigemptyset(&alarms) == 0 && sigaddset(&alarms, SIGALRM) == 0);
	assert(pthread_sigmask(SIG_BLOCK, &alarms, &before) == 0);
	assert(pthread_create(&told.thread, NULL, serve, NULL) == 0);
	assert(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	assert(atexit(leave) == 0);
	/* Longer than a fuzzer lets an input take: a wait is a finding. */
	settings = (struct connection_settings){.address = told.path,
	    .user = "",
	    .password = "",
	    .connect_ms = 60000,
	    .command_ms = 60000};
}

const struct connection_settings *
told_settings(void)
{
	if (settings.address == NULL)
		start();
	return &settings;
}

void
told_hurry(bool at_once)
{
	pthread_mutex_lock(&told.lock);
	told.at_once = at_once;
	pthread_mutex_unlock(&told.lock);
}

void
told_say(const void *data, size_t size)
{
	assert(size <= TOLD_MAX_BYTES);
	pthread_mutex_lock(&told.lock);
	told.size = size;
	if (size > 0)
		memcpy(told.data, data, size);
	pthread_mutex_unlock(&told.lock);
}

/* What replies are about: each of them sends a reader another way. */
static const char *const words[] = {"", "1", "2", "0", "-1", "17",
    "99999999999999", "100000000000000", "1:1", "2:99", "s", "d", "swp",
    "LOADING x", "NOSCRIPT No", "ERR unknown command 'x', with args: 'y'",
    "ERR Error running script (call to f_1): @user_script:1: -OOM x", "posted",
    "again", "full", "gone", "conflict", "edited", "deleted", "restored",
    "orphan", "moved", "on", "off", "set", "missing", "try", "none", "wait",
    "counted", "same", "would", "known", "free/7", "message", "pong",
    "news:name:1", "{free}:post_id", "free", "title\nsecond",
    "used_memory_human:1M\r\n", "12345678901234567890123456789012",
    "1\0n\0t\0x"};
#define WORDS (sizeof(words) / sizeof(words[0]))

/* More than is read of one text, and room for some of them. */
#define LONG_BYTES     (REPLY_TEXT_MAX_BYTES + 1)
#define COMPOSED_BYTES (64 * 1024 * 1024UL)

static char long_text[LONG_BYTES];

static void
add_text(struct buf *out, char kind, const char *text, size_t length)
{
	if (kind == '$')
		buf_printf(out, "$%zu\r\n", length);
	else
		buf_printf(out, "%c", kind);
	buf_append(out, text, length);
	buf_text(out, "\r\n");
}

/* One piece of the input as a reply, or the beginning of an array. */
static void
add_reply(struct buf *out, const uint8_t **data, size_t *size)
{
	static const long long integers[] = {0, 1, 2, -1, 100, 4096, 1LL << 32,
	    99999999999999, INT64_MAX, INT64_MIN};
	uint8_t kind = **data & 7;
	size_t number = **data >> 3;

	(*data)++;
	(*size)--;
	if (kind == 0) {
		buf_text(out, number % 2 == 0 ? "$-1\r\n" : "*-1\r\n");
	} else if (kind == 1) {
		buf_printf(out, ":%lld\r\n",
		    integers[number %
			     (sizeof(integers) / sizeof(integers[0]))]);
	} else if (kind == 2 || kind == 3) {
		buf_printf(out, "*%zu\r\n", kind == 2 ? number : number * 5);
	} else if (kind == 4 && *size >= number) {
		add_text(out, '$', (const char *)*data, number);
		*data += number;
		*size -= number;
	} else if (kind == 7 && number == 31) {
		add_text(
		    out, '$', memset(long_text, 'x', LONG_BYTES), LONG_BYTES);
	} else if (*size > 0) {
		const char *word = words[**data % WORDS];

		/* The last one has NULs. */
		add_text(out, kind == 5 ? '-' : '$', word,
		    word == words[WORDS - 1] ? 7 : strlen(word));
		(*data)++;
		(*size)--;
	}
}

void
told_compose(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(COMPOSED_BYTES);
	struct buf out;

	buf_init(&out, arena);
	buf_text(&out, "");
	while (size > 0 && out.length < TOLD_MAX_BYTES - LONG_BYTES - 64)
		add_reply(&out, &data, &size);
	assert(!out.failed);
	told_say(out.data, out.length);
	arena_destroy(arena);
}
