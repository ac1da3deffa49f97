/*
 * The claim that the page store is for, with many who publish and throw away
 * at once, in several processes: what was put before a page was thrown away is
 * not found after. What the pages are made of is a number for each unit.
 */
#include "folder.h"
#include "support.h"

#include "base/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUN_US	   UINT64_C(2000000)
#define PROCESSES  2
#define PUBLISHERS 3
#define CHANGERS   2

/* A page is its number, so often that half of it would be seen. */
#define PAGE_BYTES 20000

static const struct {
	struct pagestore_unit unit;
	const char *path;
} units[] = {
    {{PAGESTORE_SITE, "", 0}, "pages/site/name"},
    {{PAGESTORE_LISTS, "", 0}, "pages/b./lists/name"},
    {{PAGESTORE_LISTS, "free", 0}, "pages/b.free/lists/name"},
    {{PAGESTORE_THREAD, "free", 105}, "pages/b.free/threads/t1/05/name"},
    {{PAGESTORE_THREAD, "free", 106}, "pages/b.free/threads/t1/06/name"},
    {{PAGESTORE_THREAD, "free", 205}, "pages/b.free/threads/t2/05/name"},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

/* The ways to throw away, and which of the units, in bits, go by each. */
enum way { UNIT_105, SITE, LISTS, NEAR, THREADS, BOARD, ALL, WAYS };
static const unsigned gone[WAYS] = {[UNIT_105] = 8,
    [SITE] = 1,
    [LISTS] = 4,
    [NEAR] = 8 | 16,
    [THREADS] = 8 | 16 | 32,
    [BOARD] = 4 | 8 | 16 | 32,
    [ALL] = 63};

/* In memory that all processes share. */
static struct shared {
	atomic_uint_fast64_t now[UNITS]; /* what pages are made of */
	atomic_uint_fast64_t stale;
	atomic_uint_fast64_t broken;
	atomic_uint_fast64_t found;
	atomic_uint_fast64_t put;
	atomic_uint_fast64_t failed;
	uint64_t until_us;
} * shared;

static bool
is_over(void)
{
	return clock_monotonic_us() >= shared->until_us;
}

static unsigned
random_of(unsigned *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

/* Enters, reads, makes the page, puts it. */
static void
publish(size_t i, char text[PAGE_BYTES + 1])
{
	struct pagestore_unit unit = units[i].unit;
	int entered = pagestore_enter(folder_store, &unit);
	struct pagestore_page page;

	if (entered < 0)
		return;
	(void)snprintf(
	    text, 21, "%020" PRIu64, (uint64_t)atomic_load(&shared->now[i]));
	for (size_t at = 20; at < PAGE_BYTES; at += 20)
		memcpy(&text[at], text, 20);
	text[PAGE_BYTES] = '\0';
	page = folder_page("name", text);
	if (pagestore_put(folder_store, entered, &page))
		atomic_fetch_add(&shared->put, 1);
	(void)close(entered);
}

/* Enters, finds that there is nothing to put, and goes. */
static void
leave(size_t i)
{
	struct pagestore_unit unit = units[i].unit;
	int entered = pagestore_enter(folder_store, &unit);

	if (entered < 0)
		return;
	pagestore_leave(folder_store, &unit);
	(void)close(entered);
}

static void *
publisher(void *seed)
{
	unsigned state = (unsigned)(uintptr_t)seed;
	char text[PAGE_BYTES + 1];

	while (!is_over()) {
		if (random_of(&state) % 8 == 0)
			leave(random_of(&state) % UNITS);
		else
			publish(random_of(&state) % UNITS, text);
	}
	return NULL;
}

static bool
throw_away(enum way way)
{
	const struct pagestore_unit post = units[3].unit;
	const struct pagestore_unit site = units[0].unit;
	const struct pagestore_unit lists = units[2].unit;

	switch (way) {
	case UNIT_105:
		return pagestore_drop(folder_store, &post);
	case SITE:
		return pagestore_drop(folder_store, &site);
	case LISTS:
		return pagestore_drop(folder_store, &lists);
	case NEAR:
		return pagestore_drop_near(folder_store, "free", 150);
	case THREADS:
		return pagestore_drop_threads(folder_store, "free");
	case BOARD:
		return pagestore_drop_board(folder_store, "free");
	default:
		return pagestore_drop_all(folder_store);
	}
}

/* As a visitor who asks now, and knows what must be there at least. */
static void
look_at(size_t i, uint64_t least)
{
	char path[160];
	char text[PAGE_BYTES + 1];
	ssize_t length;
	int file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, units[i].path);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return;
	length = read(file, text, PAGE_BYTES);
	(void)close(file);
	atomic_fetch_add(&shared->found, 1);
	if (length != PAGE_BYTES ||
	    memcmp(text, &text[PAGE_BYTES - 20], 20) != 0) {
		atomic_fetch_add(&shared->broken, 1);
		return;
	}
	text[20] = '\0';
	if (strtoull(text, NULL, 10) < least)
		atomic_fetch_add(&shared->stale, 1);
}

/* Changes what the units are made of, and throws them away. */
static void
change(enum way way, uint64_t least[UNITS])
{
	for (size_t i = 0; i < UNITS; i++)
		if (gone[way] & 1u << i)
			least[i] = 1 + atomic_fetch_add(&shared->now[i], 1);
	if (!throw_away(way))
		atomic_fetch_add(&shared->failed, 1);
}

static void *
changer(void *seed)
{
	unsigned state = (unsigned)(uintptr_t)seed;
	uint64_t least[UNITS] = {0};

	while (!is_over()) {
		change((enum way)(random_of(&state) % WAYS), least);
		for (unsigned looks = random_of(&state) % 64; looks > 0;
		     looks--)
			for (size_t i = 0; i < UNITS; i++)
				look_at(i, least[i]);
	}
	return NULL;
}

static void *
sweeper(void *unused)
{
	(void)unused;
	while (!is_over()) {
		pagestore_sweep(folder_store);
		(void)nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	return NULL;
}

/* All threads of one process, till it is over. */
static void
run_threads(unsigned seed)
{
	static void *(*const runs[])(void *) = {publisher, changer};
	static const size_t counts[] = {PUBLISHERS, CHANGERS};
	pthread_t threads[PUBLISHERS + CHANGERS + 1];
	size_t started = 0;

	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < counts[i]; n++, started++)
			if (pthread_create(&threads[started], NULL, runs[i],
				(void *)(uintptr_t)(seed + started)) != 0)
				_exit(2);
	if (pthread_create(&threads[started++], NULL, sweeper, NULL) != 0)
		_exit(2);
	while (started > 0)
		(void)pthread_join(threads[--started], NULL);
}

static void
set_up(void)
{
	folder_create();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	shared->until_us = clock_monotonic_us() + RUN_US;
}

static void
tear_down(void)
{
	(void)munmap(shared, sizeof(*shared));
	folder_destroy();
}

static void
assert_exact(void)
{
	ck_assert_uint_eq(atomic_load(&shared->stale), 0);
	ck_assert_uint_eq(atomic_load(&shared->broken), 0);
	ck_assert_uint_eq(atomic_load(&shared->failed), 0);
	/* Or nothing was tried. */
	ck_assert_uint_gt(atomic_load(&shared->put), 20);
	ck_assert_uint_gt(atomic_load(&shared->found), 10);
}

START_TEST(threads_leave_no_page_from_before_a_change)
{
	run_threads(1);
	assert_exact();
	/* That others throw away beside us is no failure to tell of. */
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(processes_leave_no_page_from_before_a_change)
{
	pid_t children[PROCESSES];
	int status;

	for (unsigned i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		ck_assert_int_ge(children[i], 0);
		if (children[i] == 0) {
			run_threads(1 + i * 1000);
			_exit(support_log()[0] == '\0' ? 0 : 3);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
		ck_assert_int_eq(status, 0);
	}
	assert_exact();
}
END_TEST

/* The least room that a setting gives: it starts over again and again. */
START_TEST(a_store_that_starts_over_is_no_less_exact)
{
	folder_open(40, FOLDER_BYTES);
	run_threads(7);
	assert_exact();
	ck_assert_str_eq(support_log(), "");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pagestore_stress");
	TCase *stress = support_case(suite, "stress");

	tcase_add_checked_fixture(stress, set_up, tear_down);
	tcase_add_test(stress, threads_leave_no_page_from_before_a_change);
	tcase_add_test(stress, processes_leave_no_page_from_before_a_change);
	tcase_add_test(stress, a_store_that_starts_over_is_no_less_exact);
	return support_run(suite);
}
