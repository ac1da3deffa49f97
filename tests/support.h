/*
 * What the unit tests share: a test case with an arena and with the log
 * caught, so that a test can say what must have been logged. Every test
 * program links it; nothing here knows Redis or the web.
 */
#ifndef MADANG_TESTS_SUPPORT_H
#define MADANG_TESTS_SUPPORT_H

#include "base/arena.h"

#include <check.h>
#include <stddef.h>

/* The most bytes of support_arena: as much as a request gets by default. */
#define SUPPORT_ARENA_BYTES (16UL * 1024 * 1024)

/*
 * A test case of suite whose tests each begin with a new arena and an empty
 * log, and end with the arena destroyed.
 */
TCase *support_case(Suite *suite, const char *name);

/* The running test's arena. Only in tests of a support_case. */
struct arena *support_arena(void);

/*
 * Makes a folder of the test's own, empty, and writes its path: size bytes,
 * SUPPORT_FOLDER_BYTES or more. The test removes it.
 */
#define SUPPORT_FOLDER_BYTES 32
void support_folder(char *path, size_t size);

/*
 * What was logged since the test began, or since support_log_clear, a line
 * each: "warning pool: the text\n". Never NULL. The text stays until the
 * next call of either.
 */
const char *support_log(void);
void support_log_clear(void);
/* How often a word is in it; of "\n": how many lines there are. */
int support_count(const char *word);

/*
 * The bytes of a file of the source tree ("conf/madang.hdf"), in the arena,
 * with a NUL behind them. The test fails where it can't be read. length may
 * be NULL.
 */
char *support_read(const char *path, size_t *length);

/* Runs the suite, prints what failed, frees it: the exit status of main. */
int support_run(Suite *suite);

#endif
