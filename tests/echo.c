#include "echo.h"

#include "support.h"

#include "base/buf.h"
#include "base/clock.h"
#include "web/listener.h"
#include "web/lobby.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ANSWER_HEAD "Status: 200 OK\r\n\r\n"

static struct {
	char folder[64];
	char path[108];
	int socket;
	int stop;
	struct lobby *lobby;
	struct gateway *gateway;
	pthread_t lobby_thread;
	pthread_t thread;
	bool joined;
} worker;

const char *
echo_variable(char *const *environment, const char *name)
{
	for (; *environment != NULL; environment++)
		if (strncmp(*environment, name, strlen(name)) == 0 &&
		    (*environment)[strlen(name)] == '=')
			return *environment + strlen(name) + 1;
	return "";
}

void
echo_answer(
    struct gateway *gateway, struct arena *arena, char *const *environment)
{
	size_t length =
	    (size_t)atol(echo_variable(environment, "CONTENT_LENGTH"));
	size_t large = (size_t)atol(echo_variable(environment, "ANSWER_BYTES"));
	const char *body = "";
	enum err err =
	    gateway_read(gateway, arena, length, ECHO_BODY_MS, &body);
	struct buf out;

	buf_init(&out, arena);
	buf_printf(&out, "err %d\n", (int)err);
	for (; large == 0 && *environment != NULL; environment++)
		buf_printf(&out, "%s\n", *environment);
	for (size_t i = 0; i < large; i++)
		buf_append(&out, &"abcdefghijklmnopqrstuvwxyz"[i % 26], 1);
	buf_printf(&out, "\n%s", body);
	(void)gateway_write(
	    gateway, ANSWER_HEAD, strlen(ANSWER_HEAD), out.data, out.length);
}

static void *
work(void *unused)
{
	struct arena *arena = arena_create(SUPPORT_ARENA_BYTES);
	char *const *environment;

	(void)unused;
	while ((environment = gateway_accept(worker.gateway)) != NULL) {
		echo_answer(worker.gateway, arena, environment);
		gateway_finish(worker.gateway);
		arena_reset(arena);
	}
	arena_destroy(arena);
	return NULL;
}

static void *
let_in(void *unused)
{
	(void)unused;
	return lobby_run(worker.lobby) ? NULL : &worker;
}

void
echo_open_folder(void)
{
	support_folder(worker.folder, sizeof(worker.folder));
	(void)snprintf(
	    worker.path, sizeof(worker.path), "%s/madang.sock", worker.folder);
}

void
echo_remove_folder(void)
{
	(void)unlink(worker.path);
	(void)rmdir(worker.folder);
}

const char *
echo_folder(void)
{
	return worker.folder;
}

const char *
echo_path(void)
{
	return worker.path;
}

void
echo_start_on(int socket)
{
	ck_assert_int_eq(gateway_init(), ERR_OK);
	worker.socket = socket;
	worker.stop = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(worker.stop, 0);
	ck_assert_int_eq(
	    lobby_create(worker.socket, worker.stop, UINT64_MAX, &worker.lobby),
	    ERR_OK);
	ck_assert_int_eq(gateway_create(worker.lobby, &worker.gateway), ERR_OK);
	worker.joined = false;
	ck_assert_int_eq(
	    pthread_create(&worker.lobby_thread, NULL, let_in, NULL), 0);
	ck_assert_int_eq(pthread_create(&worker.thread, NULL, work, NULL), 0);
}

void
echo_start(void)
{
	int socket = -1;

	echo_open_folder();
	ck_assert_int_eq(listener_open(worker.path, false, &socket), ERR_OK);
	echo_start_on(socket);
}

void
echo_tell_to_stop(void)
{
	ck_assert_int_eq(
	    write(worker.stop, &(uint64_t){1}, sizeof(uint64_t)), 8);
}

uint64_t
echo_join(void)
{
	uint64_t start_us = clock_monotonic_us();
	void *failed;

	ck_assert_int_eq(pthread_join(worker.lobby_thread, &failed), 0);
	ck_assert_ptr_null(failed);
	ck_assert_int_eq(pthread_join(worker.thread, NULL), 0);
	worker.joined = true;
	return clock_monotonic_us() - start_us;
}

void
echo_stop_on(void)
{
	if (!worker.joined) {
		echo_tell_to_stop();
		(void)echo_join();
	}
	gateway_destroy(worker.gateway);
	lobby_destroy(worker.lobby);
	(void)close(worker.stop);
	(void)close(worker.socket);
}

void
echo_stop(void)
{
	echo_stop_on();
	echo_remove_folder();
}
