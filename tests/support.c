#include "support.h"

#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sanitizer or valgrind on a busy machine; check's own is 4 seconds. */
#define TIMEOUT_SECONDS 60

#define LOG_MAX (64 * 1024UL)

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_INFO] = "info",
};

static struct arena *arena;

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static char log_lines[LOG_MAX];
static char log_snapshot[LOG_MAX];

/* Threads log too. What doesn't fit is left out: no test logs as much. */
static void
catch_line(
    void *context, enum log_level level, const char *module, const char *line)
{
	size_t used;

	(void)context;
	pthread_mutex_lock(&log_lock);
	used = strlen(log_lines);
	(void)snprintf(log_lines + used, LOG_MAX - used, "%s %s: %s\n",
	    level_names[level], module, line);
	pthread_mutex_unlock(&log_lock);
}

static void
set_up(void)
{
	arena = arena_create(SUPPORT_ARENA_BYTES);
	ck_assert_ptr_nonnull(arena);
	support_log_clear();
	log_set_sink(catch_line, NULL);
}

static void
tear_down(void)
{
	log_set_sink(NULL, NULL);
	arena_destroy(arena);
	arena = NULL;
}

TCase *
support_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, set_up, tear_down);
	tcase_set_timeout(test_case, TIMEOUT_SECONDS);
	suite_add_tcase(suite, test_case);
	return test_case;
}

struct arena *
support_arena(void)
{
	return arena;
}

void
support_folder(char *path, size_t size)
{
	(void)snprintf(path, size, "/tmp/madang-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
}

const char *
support_log(void)
{
	pthread_mutex_lock(&log_lock);
	memcpy(log_snapshot, log_lines, LOG_MAX);
	pthread_mutex_unlock(&log_lock);
	return log_snapshot;
}

void
support_log_clear(void)
{
	pthread_mutex_lock(&log_lock);
	log_lines[0] = '\0';
	pthread_mutex_unlock(&log_lock);
}

int
support_count(const char *word)
{
	const char *at = support_log();
	int count = 0;

	for (; (at = strstr(at, word)) != NULL; at += strlen(word))
		count++;
	return count;
}

char *
support_read(const char *path, size_t *length)
{
	const char *root = getenv("TOP_SRCDIR");
	const char *full =
	    arena_printf(arena, "%s/%s", root != NULL ? root : ".", path);
	FILE *file = fopen(full, "rb");
	char *data;
	long size;

	ck_assert_msg(file != NULL, "%s can't be opened", full);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	ck_assert_int_ge(size, 0);
	rewind(file);
	data = arena_zalloc(arena, 1, (size_t)size + 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, (size_t)size, file), (size_t)size);
	(void)fclose(file);
	if (length != NULL)
		*length = (size_t)size;
	return data;
}

int
support_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
