#include "base/tree.h"

#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 4096

static char scratch[64];

static const char *
at(const char *name)
{
	return arena_printf(support_arena(), "%s/%s", scratch, name);
}

static void
make_folder(const char *name)
{
	ck_assert_int_eq(mkdir(at(name), 0755), 0);
}

static void
make_file(const char *name, off_t bytes)
{
	int file = open(at(name), O_WRONLY | O_CREAT | O_EXCL, 0644);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(ftruncate(file, bytes), 0);
	ck_assert_int_eq(close(file), 0);
}

static bool
is_there(const char *name)
{
	struct stat status;

	return lstat(at(name), &status) == 0;
}

/* A folder "top" of two levels, with three files: 1, 4096 and 4097 bytes. */
static void
make_tree(void)
{
	make_folder("top");
	make_folder("top/in");
	make_folder("top/in/most");
	make_file("top/one", 1);
	make_file("top/in/two", BLOCK);
	make_file("top/in/most/three", BLOCK + 1);
}

static void
set_up(void)
{
	support_folder(scratch, sizeof(scratch));
}

static void
tear_down(void)
{
	(void)tree_remove(scratch, false, NULL, NULL);
}

/* What a folder takes of itself is the file system's own affair. */
static uint64_t
room_of(const char *name)
{
	struct stat status;

	ck_assert_int_eq(stat(at(name), &status), 0);
	return tree_room((uint64_t)status.st_size);
}

static const struct {
	uint64_t bytes;
	uint64_t room;
} rooms[] = {
    {0, 0},
    {1, BLOCK},
    {BLOCK - 1, BLOCK},
    {BLOCK, BLOCK},
    {BLOCK + 1, 2 * BLOCK},
    {UINT64_C(1) << 40, UINT64_C(1) << 40},
};

START_TEST(a_file_takes_whole_blocks)
{
	ck_assert_uint_eq(tree_room(rooms[_i].bytes), rooms[_i].room);
}
END_TEST

/* Measuring */

START_TEST(folders_and_files_are_measured_at_every_depth)
{
	struct tree_size size;

	make_tree();
	size = tree_measure(at("top"), NULL);
	ck_assert_uint_eq(size.files, 6);
	ck_assert_uint_eq(size.bytes, room_of("top") + room_of("top/in") +
					  room_of("top/in/most") + 4 * BLOCK);
	size = tree_measure(at("top/one"), NULL);
	ck_assert_uint_eq(size.files, 1);
	ck_assert_uint_eq(size.bytes, BLOCK);
}
END_TEST

START_TEST(what_is_not_there_has_no_size)
{
	make_file("file", 1);
	ck_assert_uint_eq(tree_measure(at("none"), NULL).files, 0);
	ck_assert_uint_eq(tree_measure(at("none/none"), NULL).files, 0);
	ck_assert_uint_eq(tree_measure(at("file/none"), NULL).files, 0);
	ck_assert_uint_eq(tree_measure(at("none"), NULL).bytes, 0);
}
END_TEST

START_TEST(a_link_is_neither_measured_nor_followed)
{
	make_tree();
	make_folder("other");
	ck_assert_int_eq(symlink(at("top"), at("other/folder")), 0);
	ck_assert_int_eq(symlink(at("top/one"), at("other/file")), 0);
	ck_assert_int_eq(symlink("nowhere", at("other/none")), 0);
	ck_assert_uint_eq(tree_measure(at("other"), NULL).files, 1);
	ck_assert_uint_eq(tree_measure(at("other/folder"), NULL).files, 0);
}
END_TEST

/* Removing */

START_TEST(a_folder_goes_with_all_that_is_in_it)
{
	struct tree_size size;
	struct tree_size removed = {.files = 100, .bytes = 1};

	make_tree();
	make_file("beside", 0);
	size = tree_measure(at("top"), NULL);
	ck_assert(tree_remove(at("top"), false, &removed, NULL));
	ck_assert(!is_there("top"));
	ck_assert(is_there("beside"));
	/* It is added. */
	ck_assert_uint_eq(removed.files, 100 + size.files);
	ck_assert_uint_eq(removed.bytes, 1 + size.bytes);
}
END_TEST

START_TEST(a_folder_that_is_kept_is_empty)
{
	struct tree_size removed = {0};

	make_tree();
	ck_assert(tree_remove(at("top"), true, &removed, NULL));
	ck_assert(is_there("top"));
	ck_assert_uint_eq(removed.files, 5);
	ck_assert_int_eq(rmdir(at("top")), 0);
}
END_TEST

START_TEST(what_is_not_there_is_removed_already)
{
	struct tree_size removed = {0};

	make_file("file", 1);
	ck_assert(tree_remove(at("file/none"), false, &removed, NULL));
	ck_assert(tree_remove(at("none"), false, &removed, NULL));
	ck_assert(tree_remove(at("none/none"), true, &removed, NULL));
	ck_assert_uint_eq(removed.files, 0);
}
END_TEST

START_TEST(a_file_goes_too)
{
	make_file("file", 3);
	ck_assert(tree_remove(at("file"), false, NULL, NULL));
	ck_assert(!is_there("file"));
}
END_TEST

START_TEST(links_go_and_what_they_lead_to_stays)
{
	make_tree();
	make_folder("other");
	ck_assert_int_eq(symlink(at("top"), at("other/folder")), 0);
	ck_assert_int_eq(symlink(at("top/one"), at("other/file")), 0);
	ck_assert_int_eq(symlink(at("other"), at("link")), 0);
	ck_assert(tree_remove(at("link"), false, NULL, NULL));
	ck_assert(!is_there("link"));
	ck_assert(is_there("other/folder"));
	ck_assert(tree_remove(at("other"), false, NULL, NULL));
	ck_assert(!is_there("other"));
	ck_assert_uint_eq(tree_measure(at("top"), NULL).files, 6);
}
END_TEST

/* Where something is mounted stays, whoever asks; else who may not write. */
static bool
hold_folder(const char *name)
{
	if (mount("none", at(name), "tmpfs", 0, NULL) == 0)
		return true;
	return chmod(at(name), 0555) == 0 && geteuid() != 0;
}

static void
let_folder_go(const char *name)
{
	if (umount(at(name)) != 0)
		(void)chmod(at(name), 0755);
}

START_TEST(what_can_not_be_removed_stays_and_the_rest_goes)
{
	bool held, done;
	int failure;

	make_tree();
	make_folder("top/held");
	make_file("top/held/file", 1);
	make_folder("top/zzz");
	held = hold_folder("top/held");
	done = tree_remove(at("top"), false, NULL, NULL);
	failure = errno;
	let_folder_go("top/held");
	ck_assert(!is_there("top/one"));
	ck_assert(!is_there("top/in"));
	ck_assert(!is_there("top/zzz"));
	ck_assert(is_there("top/held") == held);
	ck_assert(done == !held);
	ck_assert(!held || failure == EBUSY || failure == ENOTEMPTY);
	ck_assert(tree_remove(at("top"), false, NULL, NULL));
	ck_assert(!is_there("top"));
}
END_TEST

/* The kernel lets nobody, and not root. */
START_TEST(a_failure_is_told_with_its_reason)
{
	struct tree_size removed = {0};

	errno = 0;
	ck_assert(!tree_remove("/proc/self/fdinfo", false, &removed, NULL));
	ck_assert_int_ne(errno, 0);
	ck_assert_int_ne(errno, ENOENT);
	ck_assert_uint_eq(removed.files, 0);
}
END_TEST

/* So many names take more than a process has that may not grow. */
START_TEST(a_walk_that_ends_early_is_a_failure)
{
	const char *sanitizers = getenv("SANITIZERS");
	struct rlimit limit;
	bool done;
	int failure;

	/* Those need more room than they may be left. */
	if (sanitizers != NULL && sanitizers[0] != '\0')
		return;
	make_folder("top");
	for (int i = 0; i < 8000; i++)
		make_file(arena_printf(support_arena(), "top/%0100d", i), 0);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = 1;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	done = tree_remove(at("top"), false, NULL, NULL);
	failure = errno;
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	ck_assert(!done);
	ck_assert_int_eq(failure, ENOMEM);
	ck_assert(tree_remove(at("top"), false, NULL, NULL));
}
END_TEST

START_TEST(a_walk_that_is_stopped_leaves_the_rest)
{
	atomic_bool stop = true;

	make_folder("top");
	make_file("top/file", 1);
	ck_assert_uint_eq(tree_measure(at("top"), &stop).files, 0);
	ck_assert(!tree_remove(at("top"), false, NULL, &stop));
	ck_assert_int_eq(errno, ECANCELED);
	ck_assert_uint_eq(tree_measure(at("top"), NULL).files, 2);
	stop = false;
	ck_assert_uint_eq(tree_measure(at("top"), &stop).files, 2);
	ck_assert(tree_remove(at("top"), false, NULL, &stop));
	ck_assert_uint_eq(tree_measure(at("top"), NULL).files, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tree");
	TCase *tests = support_case(suite, "trees");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, a_file_takes_whole_blocks, 0,
	    sizeof(rooms) / sizeof(rooms[0]));
	tcase_add_test(tests, folders_and_files_are_measured_at_every_depth);
	tcase_add_test(tests, what_is_not_there_has_no_size);
	tcase_add_test(tests, a_link_is_neither_measured_nor_followed);
	tcase_add_test(tests, a_folder_goes_with_all_that_is_in_it);
	tcase_add_test(tests, a_folder_that_is_kept_is_empty);
	tcase_add_test(tests, what_is_not_there_is_removed_already);
	tcase_add_test(tests, a_file_goes_too);
	tcase_add_test(tests, links_go_and_what_they_lead_to_stays);
	tcase_add_test(tests, what_can_not_be_removed_stays_and_the_rest_goes);
	tcase_add_test(tests, a_failure_is_told_with_its_reason);
	tcase_add_test(tests, a_walk_that_ends_early_is_a_failure);
	tcase_add_test(tests, a_walk_that_is_stopped_leaves_the_rest);
	return support_run(suite);
}
