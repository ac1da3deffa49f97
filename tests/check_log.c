#include "support.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define THREADS	       4
#define LINES_EACH     200

/* What is logged for a text: itself, or escaped. */
static const struct {
	const char *text;
	const char *logged;
} rows[] = {
    {"plain", "plain"},
    {"", ""},
    {"홍길동", "홍길동"},
    {"tab\there", "tab\\x09here"},
    {"two\nlines\r", "two\\x0Alines\\x0D"},
    {"\x1b[31mred", "\\x1B[31mred"},
    {"del\x7f", "del\\x7F"},
    {"c1 \xc2\x9b", "c1 \\xC2\\x9B"},
    {"latin-1 \xe9", "latin-1 \\xE9"},
    {"cut \xed\x99", "cut \\xED\\x99"},
    {"overlong \xc0\xaf", "overlong \\xC0\\xAF"},
    {"surrogate \xed\xa0\x80", "surrogate \\xED\\xA0\\x80"},
    {"100% %s", "100% %s"},
};

/* Standard error goes to this file while a test reads what was written. */
static FILE *file;
static int saved_stderr;

static void
redirect(void)
{
	log_set_sink(NULL, NULL);
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
}

static char *
restore(void)
{
	long size;
	char *text;

	ck_assert_int_ge(dup2(saved_stderr, STDERR_FILENO), 0);
	(void)close(saved_stderr);
	(void)fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	text = arena_zalloc(support_arena(), 1, (size_t)size + 1);
	ck_assert_uint_eq(fread(text, 1, (size_t)size, file), (size_t)size);
	(void)fclose(file);
	return text;
}

START_TEST(outside_bytes_cannot_forge_a_line)
{
	log_warning("pool", "%s", rows[_i].text);
	ck_assert_str_eq(
	    support_log(), arena_printf(support_arena(), "warning pool: %s\n",
			       rows[_i].logged));
}
END_TEST

START_TEST(levels_have_their_words)
{
	log_error("a", "%d", 1);
	log_warning("b", "%d", 2);
	log_info("c", "%d", 3);
	ck_assert_str_eq(
	    support_log(), "error a: 1\nwarning b: 2\ninfo c: 3\n");
}
END_TEST

START_TEST(a_line_has_the_time_in_front)
{
	char *text;
	int end = 0;

	(void)unsetenv("JOURNAL_STREAM");
	redirect();
	log_error("conf", "no %s", "file");
	text = restore();
	(void)sscanf(text,
	    "%*4[0-9]-%*2[0-9]-%*2[0-9]T%*2[0-9]:%*2[0-9]:"
	    "%*2[0-9]Z %n",
	    &end);
	ck_assert_int_eq(end, 21);
	ck_assert_str_eq(text + end, "error conf: no file\n");
}
END_TEST

START_TEST(the_journal_has_its_own_time)
{
	(void)setenv("JOURNAL_STREAM", "8:1234", 1);
	redirect();
	log_info("worker", "ready");
	(void)unsetenv("JOURNAL_STREAM");
	ck_assert_str_eq(restore(), "info worker: ready\n");
}
END_TEST

START_TEST(what_is_said_seldom_is_said_once)
{
	for (int i = 0; i < 1000; i++) {
		log_seldom(
		    LOG_LEVEL_WARNING, "lobby", "full", "no room for %d", i);
		log_seldom(LOG_LEVEL_ERROR, "pool", "full", "%s", "full too");
		log_seldom(LOG_LEVEL_ERROR, "pool", "other", "another");
	}
	ck_assert_str_eq(support_log(),
	    "warning lobby: no room for 0\nerror pool: full too\n"
	    "error pool: another\n");
}
END_TEST

/* More kinds than are remembered: the oldest is said anew. */
START_TEST(what_was_forgotten_is_said_again)
{
	for (int i = 0; i < 100; i++) {
		const char *key = arena_printf(support_arena(), "%d", i);

		log_seldom(LOG_LEVEL_ERROR, "m", key, "%s", "x");
		log_seldom(LOG_LEVEL_ERROR, "m", key, "%s", "x");
	}
	ck_assert_int_eq(support_count("\n"), 100);
	log_seldom(LOG_LEVEL_ERROR, "m", "0", "%s", "x");
	ck_assert_int_eq(support_count("\n"), 101);
}
END_TEST

/* The end falls into a character at one of three offsets: none is cut. */
START_TEST(a_long_line_is_cut_between_characters)
{
	static const char *const fill[] = {"가", "\x01", "a"};
	char message[8192] = "";
	char *text;

	for (int i = 0; i < _i / 3; i++)
		strcat(message, "x");
	for (int i = 0; i < 2000; i++)
		strcat(message, fill[_i % 3]);
	redirect();
	log_info("m", "%s", message);
	text = restore();
	ck_assert_uint_le(strlen(text), LINE_MAX_BYTES);
	ck_assert_uint_ge(strlen(text), LINE_MAX_BYTES - 3);
	ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
	if (_i % 3 == 0)
		ck_assert_ptr_null(strchr(text, '\\'));
}
END_TEST

START_TEST(errno_is_left_alone)
{
	redirect();
	errno = ENOENT;
	log_error("m", "gone");
	ck_assert_int_eq(errno, ENOENT);
	(void)restore();
	/* Even where nothing can be written. */
	saved_stderr = dup(STDERR_FILENO);
	(void)close(STDERR_FILENO);
	errno = ENOENT;
	log_error("m", "gone");
	ck_assert_int_eq(errno, ENOENT);
	(void)dup2(saved_stderr, STDERR_FILENO);
}
END_TEST

static void *
write_lines(void *name)
{
	for (int i = 0; i < LINES_EACH; i++)
		log_info(name, "%d of a line that others must not cut", i);
	return NULL;
}

START_TEST(lines_of_threads_stay_whole)
{
	static char names[THREADS][2] = {"a", "b", "c", "d"};
	pthread_t threads[THREADS];
	int next[THREADS] = {0};
	char *line;

	(void)setenv("JOURNAL_STREAM", "8:1234", 1);
	redirect();
	(void)fcntl(STDERR_FILENO, F_SETFL, O_APPEND);
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, write_lines, names[i]),
		    0);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	line = strtok(restore(), "\n");
	for (; line != NULL; line = strtok(NULL, "\n")) {
		char name;
		int number;
		int end = 0;

		(void)sscanf(line,
		    "info %c: %d of a line that others must not cut%n", &name,
		    &number, &end);
		ck_assert_int_eq(end, (int)strlen(line));
		ck_assert_int_eq(number, next[name - 'a']++);
	}
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(next[i], LINES_EACH);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("log");
	TCase *test_case = support_case(suite, "log");

	tcase_add_loop_test(test_case, outside_bytes_cannot_forge_a_line, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(test_case, levels_have_their_words);
	tcase_add_test(test_case, a_line_has_the_time_in_front);
	tcase_add_test(test_case, the_journal_has_its_own_time);
	tcase_add_loop_test(
	    test_case, a_long_line_is_cut_between_characters, 0, 15);
	tcase_add_test(test_case, what_is_said_seldom_is_said_once);
	tcase_add_test(test_case, what_was_forgotten_is_said_again);
	tcase_add_test(test_case, errno_is_left_alone);
	tcase_add_test(test_case, lines_of_threads_stay_whole);
	return support_run(suite);
}
