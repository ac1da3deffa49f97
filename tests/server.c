#include "server.h"

#include "base/clock.h"
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Of a machine that has other things to do as well. */
#define START_US 30000000
#define TRY_US	 5000

struct server_test here;

bool
server_is_installed(void)
{
	const char *rest = getenv("PATH");
	char path[4096];

	while (rest != NULL && *rest != '\0') {
		size_t length = strcspn(rest, ":");

		(void)snprintf(
		    path, sizeof(path), "%.*s/redis-server", (int)length, rest);
		if (access(path, X_OK) == 0)
			return true;
		rest += length + (rest[length] == ':');
	}
	(void)fprintf(stderr, "skipped: there is no redis-server\n");
	return false;
}

void
server_create(struct server *server)
{
	*server = (struct server){.pid = 0};
	support_folder(server->folder, sizeof(server->folder));
	(void)snprintf(server->socket, sizeof(server->socket), "%s/redis.sock",
	    server->folder);
}

static int
remove_entry(
    const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status;
	(void)flag;
	(void)walk;
	return remove(path);
}

void
server_destroy(struct server *server)
{
	server_stop(server);
	(void)nftw(server->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The child's part; does not return. */
static void
server_exec(const struct server *server, const char *port, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The parent may have ended before the line above. */
	if (getppid() != parent || chdir(server->folder) != 0)
		_exit(127);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)execlp("redis-server", "redis-server", "--port", port, "--bind",
	    "127.0.0.1", "--unixsocket", server->socket, "--appendonly", "yes",
	    "--appendfsync", "always", "--save", "", (char *)NULL);
	_exit(127);
}

/* Whether a PING is answered: it may still be reading its data. */
static bool
server_answers(const struct server *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char answer[8] = "";
	bool fine;

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, server->socket, strlen(server->socket) + 1);
	fine = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	       send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 &&
	       recv(fd, answer, 7, MSG_WAITALL) == 7 &&
	       memcmp(answer, "+PONG\r\n", 7) == 0;
	(void)close(fd);
	return fine;
}

void
server_start(struct server *server, uint16_t port)
{
	uint64_t until = clock_monotonic_us() + START_US;
	pid_t parent = getpid();
	char number[8];

	ck_assert_int_eq(server->pid, 0);
	(void)snprintf(number, sizeof(number), "%u", port);
	server->pid = fork();
	ck_assert_int_ge(server->pid, 0);
	if (server->pid == 0)
		server_exec(server, number, parent);
	while (!server_answers(server)) {
		ck_assert_int_eq(waitpid(server->pid, NULL, WNOHANG), 0);
		ck_assert_uint_lt(clock_monotonic_us(), until);
		(void)nanosleep(
		    &(struct timespec){.tv_nsec = TRY_US * 1000}, NULL);
	}
}

static void
server_end(struct server *server, int number)
{
	if (server->pid == 0)
		return;
	(void)kill(server->pid, number);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	server->pid = 0;
}

void
server_stop(struct server *server)
{
	server_end(server, SIGTERM);
}

void
server_kill(struct server *server)
{
	server_end(server, SIGKILL);
}

void
server_pause(const struct server *server)
{
	int status;

	ck_assert_int_eq(kill(server->pid, SIGSTOP), 0);
	/* The signal is sent; this returns when it has stopped. */
	ck_assert_int_eq(waitpid(server->pid, &status, WUNTRACED), server->pid);
	ck_assert(WIFSTOPPED(status));
}

void
server_resume(const struct server *server)
{
	ck_assert_int_eq(kill(server->pid, SIGCONT), 0);
}

uint16_t
server_free_port(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, length), 0);
	ck_assert_int_eq(
	    getsockname(fd, (struct sockaddr *)&address, &length), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}

struct pool_settings
server_settings(const struct server *server)
{
	return (struct pool_settings){.redis = {.address = server->socket,
					  .user = "",
					  .password = "",
					  .connect_ms = SERVER_LONG_MS,
					  .command_ms = SERVER_LONG_MS},
	    .wait_ms = SERVER_LONG_MS,
	    .size = 8};
}

struct pool *
server_pool(const struct server *server)
{
	struct pool_settings settings = server_settings(server);
	struct pool *pool;

	ck_assert_int_eq(pool_create(&settings, &pool), ERR_OK);
	return pool;
}

struct store
server_store(struct pool *pool)
{
	return (struct store){.pool = pool,
	    .arena = support_arena(),
	    .prefix = "",
	    .first = "",
	    .pepper = "",
	    .until_us = clock_monotonic_us() + SERVER_LONG_MS * UINT64_C(1000)};
}

struct reply
server_ask(struct store *store, const char *const *words)
{
	struct command command = {.count = 0};
	struct reply reply;

	for (; *words != NULL; words++)
		command_add(&command, *words, strlen(*words));
	ck_assert_int_eq(store_run(store, &command, 1, &reply), ERR_OK);
	return reply;
}

struct reply
server_do(struct store *store, const char *const *words)
{
	struct reply reply = server_ask(store, words);

	ck_assert_msg(reply.type != REPLY_ERROR, "%s: %s", words[0],
	    reply.type == REPLY_ERROR ? reply.text : "");
	return reply;
}

long
server_info(struct store *store, const char *section, const char *name)
{
	struct reply reply = DO(store, "INFO", section);
	const char *line = strstr(reply.text, name);
	long number;

	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line + strlen(name), ":%ld", &number), 1);
	return number;
}

void
server_reopen(void)
{
	pool_destroy(here.pool);
	ck_assert_int_eq(pool_create(&here.settings, &here.pool), ERR_OK);
	here.store = server_store(here.pool);
}

static void
create_folder(void)
{
	server_create(&here.server);
}

static void
create_running(void)
{
	server_create(&here.server);
	server_start(&here.server, 0);
}

static void
destroy(void)
{
	server_destroy(&here.server);
}

static void
set_up(void)
{
	here.settings = server_settings(&here.server);
	here.pool = NULL;
	server_reopen();
}

static void
set_up_empty(void)
{
	set_up();
	(void)DO(&here.store, "FLUSHALL");
}

static void
set_up_started(void)
{
	server_start(&here.server, 0);
	set_up_empty();
}

static void
tear_down(void)
{
	pool_destroy(here.pool);
}

static void
tear_down_stopped(void)
{
	tear_down();
	server_stop(&here.server);
}

TCase *
server_case(Suite *suite, const char *name)
{
	TCase *test_case = support_case(suite, name);

	tcase_add_unchecked_fixture(test_case, create_running, destroy);
	tcase_add_checked_fixture(test_case, set_up_empty, tear_down);
	return test_case;
}

TCase *
server_own_case(Suite *suite, const char *name)
{
	TCase *test_case = support_case(suite, name);

	tcase_add_unchecked_fixture(test_case, create_folder, destroy);
	tcase_add_checked_fixture(test_case, set_up_started, tear_down_stopped);
	return test_case;
}
