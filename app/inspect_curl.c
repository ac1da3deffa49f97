#include "inspect_curl.h"

#include "base/clock.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Whatever a program says until it ends, or until then. */
static enum ask_result
read_output(int pipe, uint64_t until, struct ask_answer *answer)
{
	struct pollfd ready = {.fd = pipe, .events = POLLIN};
	unsigned char data[4096];

	for (;;) {
		ssize_t got;

		if (poll(&ready, 1, answer_left_ms(until)) <= 0)
			return ASK_SILENT;
		got = read(pipe, data, sizeof(data));
		if (got == 0)
			return ASK_ANSWERED;
		if (got > 0)
			answer_keep(answer, data, (size_t)got);
		else if (errno != EINTR)
			return ASK_FAILED;
	}
}

/* Runs curl, its words and its errors in one pipe. 0: it ended well. */
static enum ask_result
run_curl(
    char *const *words, uint64_t until, struct ask_answer *answer, int *status)
{
	posix_spawn_file_actions_t actions;
	enum ask_result result;
	int ends[2];
	pid_t child;
	int failure;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return ASK_FAILED;
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(
	    &actions, ends[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(
	    &actions, ends[1], STDERR_FILENO);
	failure =
	    posix_spawnp(&child, words[0], &actions, NULL, words, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failure != 0) {
		close(ends[0]);
		return ASK_ABSENT;
	}
	result = read_output(ends[0], until, answer);
	close(ends[0]);
	if (result != ASK_ANSWERED)
		(void)kill(child, SIGKILL);
	while (waitpid(child, status, 0) < 0 && errno == EINTR)
		continue;
	return result;
}

/* "HTTP/1.1 200 OK"; 0: it is none. */
static unsigned
status_of_line(const char *text)
{
	const char *blank = strchr(text, ' ');
	uint64_t status;

	if (strncmp(text, "HTTP/", 5) != 0 || blank == NULL ||
	    !number_parse(
		blank + 1, strspn(blank + 1, "0123456789"), 100, 999, &status))
		return 0;
	return (unsigned)status;
}

enum ask_result
ask_web(const char *url, const char *header, int ms, struct ask_answer *answer)
{
	/* -q: no file of anybody's; else a proxy might answer for it. */
	const char *words[] = {"curl", "-q", "--silent", "--show-error",
	    "--noproxy", "*", "--proto", "=http,https", "--max-time", NULL,
	    "--include", "--url", url, header != NULL ? "--header" : NULL,
	    header, NULL};
	uint64_t until = clock_monotonic_us() + (uint64_t)(ms + 500) * 1000;
	enum ask_result result;
	char seconds[32];
	int status = 0;

	memset(answer, 0, sizeof(*answer));
	(void)snprintf(
	    seconds, sizeof(seconds), "%d.%03d", ms / 1000, ms % 1000);
	words[9] = seconds;
	result =
	    run_curl((char *const *)(uintptr_t)words, until, answer, &status);
	if (result != ASK_ANSWERED)
		return result;
	/* Then it is a sentence of curl's. */
	if (status != 0)
		answer->text[strcspn(answer->text, "\r\n")] = '\0';
	/* 127: a shell's way to say that there is no such program. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return ASK_ABSENT;
	if (status != 0)
		return ASK_FAILED;
	answer->status = status_of_line(answer->text);
	return answer->status != 0 ? ASK_ANSWERED : ASK_NONSENSE;
}
