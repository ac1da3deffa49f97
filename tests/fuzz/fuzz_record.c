#include "fuzz.h"

#include "base/arena.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "web/form.h"
#include "web/gateway.h"
#include "web/http.h"
#include "web/listener.h"
#include "web/lobby.h"
#include "web/record.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * The bytes of a web server, or of whoever else reaches the socket, go the way
 * of a real connection: lobby, libfcgi, gateway, request, form. Then comes
 * another visitor, who must be answered.
 */

#define ARENA_BYTES (4 * 1024 * 1024UL)
#define BODY_MS	    60000
#define ANSWER	    "Status: 200 OK\r\n\r\n"

static const struct http_limits limits = {
    .body_bytes = 4096, .header_bytes = 65536, .uri_bytes = 500};

static const struct form_field fields[] = {{"data", FORM_TEXT, 100}};

#define BEGIN "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
static const char next_visitor[] = BEGIN "\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0";

static struct {
	char folder[32];
	struct sockaddr_un address;
	struct gateway *gateway;
} worker;

static void
ignore_line(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)context;
	(void)level;
	(void)module;
	assert(text_is_utf8(line, strlen(line)));
}

static void
leave(void)
{
	(void)unlink(worker.address.sun_path);
	(void)rmdir(worker.folder);
}

static void *
let_in(void *lobby)
{
	(void)lobby_run(lobby);
	return NULL;
}

static void
start(void)
{
	struct lobby *lobby;
	pthread_t thread;
	int stop = eventfd(0, EFD_CLOEXEC);
	int listening;

	(void)signal(SIGPIPE, SIG_IGN);
	log_set_sink(ignore_line, NULL);
	(void)snprintf(
	    worker.folder, sizeof(worker.folder), "/tmp/fuzz-XXXXXX");
	assert(mkdtemp(worker.folder) != NULL);
	worker.address.sun_family = AF_UNIX;
	(void)snprintf(worker.address.sun_path, sizeof(worker.address.sun_path),
	    "%s/madang", worker.folder);
	assert(atexit(leave) == 0 && stop >= 0);
	assert(listener_open(worker.address.sun_path, false, &listening) ==
	       ERR_OK);
	assert(gateway_init() == ERR_OK && digest_init() == ERR_OK);
	assert(lobby_create(listening, stop, UINT64_MAX, &lobby) == ERR_OK);
	assert(pthread_create(&thread, NULL, let_in, lobby) == 0);
	assert(gateway_create(lobby, &worker.gateway) == ERR_OK);
}

/* Says all that it will, and waits for an answer. */
static int
visit(const void *data, size_t size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0);
	assert(connect(fd, (const struct sockaddr *)&worker.address,
		   sizeof(worker.address)) == 0);
	assert(send(fd, data, size, 0) == (ssize_t)size);
	assert(shutdown(fd, SHUT_WR) == 0);
	return fd;
}

static void
serve(struct arena *arena, char *const *environment)
{
	struct http_request request;
	struct form_value value;

	if (http_request_parse(arena, environment, &limits, &request) ==
		ERR_OK &&
	    gateway_read(worker.gateway, arena, request.content_length, BODY_MS,
		&request.body) == ERR_OK)
		(void)form_read(arena, request.content_type, request.body,
		    request.content_length, 16, fields, 1, &value);
	(void)gateway_write(worker.gateway, ANSWER, strlen(ANSWER), "", 0);
	gateway_finish(worker.gateway);
}

/* Whether something was said there, which must be an answer. */
static bool
is_answered(int fd)
{
	char answer[512];
	ssize_t got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);

	if (got < 0)
		return false;
	assert(memmem(answer, (size_t)got, ANSWER, strlen(ANSWER)) != NULL);
	return true;
}

/* The beginning of a request is one too, or waits. */
static void
check_look(const uint8_t *data, size_t size)
{
	size_t head = 0;
	enum record_state whole = record_look(data, size, &head);
	enum record_state state = RECORD_WAIT;

	assert(whole != RECORD_WHOLE || (head > 0 && head <= size));
	for (size_t i = 0; i < size && state == RECORD_WAIT; i++)
		state = record_look(data, i, &head);
	assert(state == RECORD_WAIT || state == whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	int first;
	int second;

	if (worker.gateway == NULL)
		start();
	assert(arena != NULL);
	check_look(data, size < 256 ? size : 256);
	first = visit(data, size);
	second = visit(next_visitor, sizeof(next_visitor) - 1);
	while (!is_answered(second)) {
		char *const *environment = gateway_accept(worker.gateway);

		assert(environment != NULL);
		serve(arena, environment);
		arena_reset(arena);
	}
	(void)close(first);
	(void)close(second);
	arena_destroy(arena);
	return 0;
}
