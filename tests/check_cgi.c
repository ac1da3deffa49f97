/*
 * Plain CGI: standard input and output are the request, in a process of its
 * own.
 */
#include "web/gateway.h"

#include "echo.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_MAX 4096

/* One request in a process of its own; its exit status says what is wrong. */
static void
answer_cgi(int in, int out, const char *length)
{
	struct arena *arena = arena_create(SUPPORT_ARENA_BYTES);
	struct gateway *gateway;
	char *const *environment;

	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(10);
	(void)setenv("CONTENT_LENGTH", length, 1);
	(void)setenv("PATH_INFO", "/by/cgi", 1);
	if (gateway_create_cgi(&gateway) != ERR_OK)
		_exit(11);
	environment = gateway_accept(gateway);
	if (environment == NULL ||
	    strcmp(echo_variable(environment, "PATH_INFO"), "/by/cgi") != 0)
		_exit(12);
	(void)setenv("ANSWER_BYTES", "0", 1);
	echo_answer(gateway, arena,
	    (char *const[]){
		arena_printf(arena, "CONTENT_LENGTH=%s", length), NULL});
	gateway_finish(gateway);
	/* There is one request only. */
	if (gateway_accept(gateway) != NULL)
		_exit(13);
	gateway_destroy(gateway);
	arena_destroy(arena);
	_exit(0);
}

static const struct {
	const char *length;
	const char *sent;
	bool open; /* the other side keeps its end open */
	enum err err;
	const char *body;
} cgi_rows[] = {
    {"5", "hello", false, ERR_OK, "hello"},
    {"5", "hello, and more", true, ERR_OK, "hello"},
    {"0", "", true, ERR_OK, ""},
    {"6", "hello", false, ERR_MALFORMED, ""},
    {"6", "hello", true, ERR_TIMEOUT, ""},
};

START_TEST(plain_cgi_answers_one_request)
{
	char text[ANSWER_MAX];
	size_t length = 0;
	ssize_t got;
	int in[2], out[2];
	int status;
	pid_t child;

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		(void)close(in[1]);
		(void)close(out[0]);
		answer_cgi(in[0], out[1], cgi_rows[_i].length);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	ck_assert_int_eq(
	    write(in[1], cgi_rows[_i].sent, strlen(cgi_rows[_i].sent)),
	    (int)strlen(cgi_rows[_i].sent));
	if (!cgi_rows[_i].open)
		(void)close(in[1]);
	while (
	    (got = read(out[0], text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)got;
	text[length] = '\0';
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_str_eq(text,
	    arena_printf(support_arena(),
		"Status: 200 OK\r\n\r\nerr %d\nCONTENT_LENGTH=%s\n\n%s",
		(int)cgi_rows[_i].err, cgi_rows[_i].length, cgi_rows[_i].body));
	(void)close(out[0]);
	if (cgi_rows[_i].open)
		(void)close(in[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cgi");
	TCase *test_case = support_case(suite, "plain CGI");

	tcase_add_loop_test(test_case, plain_cgi_answers_one_request, 0,
	    sizeof(cgi_rows) / sizeof(cgi_rows[0]));
	return support_run(suite);
}
