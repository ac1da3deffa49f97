/*
 * The folder of a page store: what an owner and other processes do to it, and
 * how much it may hold.
 */
#include "folder.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* The owner's hand */

START_TEST(a_folder_that_was_removed_is_made_again)
{
	static const char *const parts[] = {
	    "", "pages", "trash", "pages/b.", "pages/b./threads/t/5"};
	int entered = folder_enter(unit_thread("", 5));

	ck_assert(folder_drop(unit_lists("")));
	folder_wipe(parts[_i]);
	(void)folder_put(entered, "name", "before");
	ck_assert(folder_publish(unit_thread("", 5)));
	ck_assert_str_eq(folder_read("pages/b./threads/t/5/name"), "text");
	folder_wipe(parts[_i]);
	ck_assert(folder_drop(unit_thread("", 5)));
	ck_assert(!folder_has("pages/b./threads/t/5/name"));
	folder_wipe(parts[_i]);
	pagestore_sweep(folder_store);
	ck_assert(folder_publish(unit_thread("", 5)));
	ck_assert_str_eq(support_log(), "");
}
END_TEST

static const char *const obstacles[] = {"", "/pages", "/pages/b."};

START_TEST(a_folder_that_can_not_be_is_told_once_and_once_that_it_works)
{
	struct pagestore_unit unit = unit_lists("");
	char path[96];

	(void)snprintf(path, sizeof(path), "%s%s", folder, obstacles[_i]);
	for (int i = 0; i < _i; i++)
		ck_assert_int_eq(
		    mkdir(i == 0 ? folder : folder_path("pages"), 0755), 0);
	folder_make_file(path);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(pagestore_enter(folder_store, &unit), -1);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("error pages: publishing in "), 1);
	ck_assert_int_eq(support_count("Not a directory"), 1);
	/* No page is there, and none of before can be. */
	ck_assert(folder_drop(unit));
	pagestore_sweep(folder_store);
	ck_assert_int_eq(support_count("\n"), 1);

	(void)unlink(path);
	support_log_clear();
	ck_assert(folder_publish(unit));
	ck_assert(folder_publish(unit));
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("works again"), 1);
}
END_TEST

START_TEST(a_folder_in_a_place_that_is_not_there_is_told_once)
{
	struct pagestore_unit unit = unit_lists("");

	(void)snprintf(
	    folder + strlen(folder), sizeof(folder) - strlen(folder), "/no/no");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(pagestore_enter(folder_store, &unit), -1);
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("No such file"), 1);
	ck_assert(folder_drop(unit));
	ck_assert(pagestore_drop_all(folder_store));
	ck_assert_int_eq(support_count("\n"), 1);
}
END_TEST

START_TEST(a_page_that_can_not_be_written_is_told_once)
{
	struct pagestore_page page = folder_page("name", "text");
	int entered = folder_enter(unit_lists(""));

	ck_assert_int_eq(mkdir(folder_path("pages/b./lists/name"), 0755), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(!pagestore_put(folder_store, entered, &page));
	ck_assert_int_eq(support_count("\n"), 1);
	ck_assert_int_eq(support_count("Is a directory"), 1);
	/* What was written so far is not left lying about. */
	ck_assert_uint_eq(folder_count("pages/b./lists"), 1);
	ck_assert_int_eq(rmdir(folder_path("pages/b./lists/name")), 0);
	ck_assert(folder_put(entered, "name", "text"));
	ck_assert_int_eq(support_count("works again"), 1);
}
END_TEST

/* A file that lies where a unit's folder was to be goes with it. */
START_TEST(whatever_has_a_units_name_is_thrown_away)
{
	ck_assert(folder_publish(unit_lists("")));
	folder_wipe("pages/b./lists");
	folder_make_file(folder_path("pages/b./lists"));
	ck_assert(folder_drop(unit_lists("")));
	ck_assert(!folder_has("pages/b./lists"));
	ck_assert_int_eq(symlink("/etc", folder_path("pages/b./lists")), 0);
	ck_assert_int_eq(
	    pagestore_enter(folder_store,
		&(struct pagestore_unit){.kind = PAGESTORE_LISTS, .slug = ""}),
	    -1);
	ck_assert(folder_drop(unit_lists("")));
	pagestore_sweep(folder_store);
	ck_assert(folder_publish(unit_lists("")));
}
END_TEST

/* Sweeping */

START_TEST(who_leaves_with_nothing_leaves_no_folder)
{
	struct pagestore_unit unit = unit_thread("x", 105);

	ck_assert(folder_publish(unit_site()));
	(void)close(folder_enter(unit));
	ck_assert(folder_has("pages/b.x/threads/t1/05"));
	pagestore_leave(folder_store, &unit);
	ck_assert(!folder_has("pages/b.x"));
	ck_assert(folder_has("pages/site"));
	pagestore_leave(folder_store, &unit);

	/* What others have put there, or near it, stays. */
	ck_assert(folder_publish(unit));
	pagestore_leave(folder_store, &unit);
	ck_assert(folder_has("pages/b.x/threads/t1/05/name"));
	unit.id = 106;
	(void)close(folder_enter(unit));
	pagestore_leave(folder_store, &unit);
	ck_assert(!folder_has("pages/b.x/threads/t1/06"));
	ck_assert(folder_has("pages/b.x/threads/t1/05/name"));
}
END_TEST

START_TEST(who_has_nothing_put_fills_no_store)
{
	folder_open(12, FOLDER_BYTES);
	for (uint64_t id = 1; id < 10000; id += 100) {
		struct pagestore_unit unit = unit_thread("", id);

		(void)close(folder_enter(unit));
		pagestore_leave(folder_store, &unit);
	}
	ck_assert(folder_publish(unit_site()));
}
END_TEST

START_TEST(trash_is_emptied)
{
	ck_assert(folder_publish(unit_lists("")));
	ck_assert(folder_publish(unit_thread("", 105)));
	ck_assert(folder_drop(unit_lists("")));
	ck_assert(pagestore_drop_all(folder_store));
	ck_assert_uint_eq(folder_count("trash"), 2);
	pagestore_sweep(folder_store);
	ck_assert_uint_eq(folder_count("trash"), 0);
	ck_assert(folder_has("trash"));
	pagestore_sweep(folder_store);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(a_store_that_has_room_keeps_what_it_has)
{
	ck_assert(folder_publish(unit_lists("")));
	for (int i = 0; i < 3; i++)
		pagestore_sweep(folder_store);
	ck_assert_str_eq(folder_read("pages/b./lists/name"), "text");
}
END_TEST

/* Publishes threads until it is full: how many. */
static uint64_t
fill(void)
{
	uint64_t id = 0;

	while (id < 1000 && folder_publish(unit_thread("", id + 1)))
		id++;
	ck_assert_uint_lt(id, 1000);
	return id;
}

START_TEST(past_its_files_nothing_is_published_till_it_starts_over)
{
	uint64_t pages;

	/* It counts what it makes, and later what is in its pages. */
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	folder_open(100, FOLDER_BYTES);
	pages = fill();
	/* A page here is a folder and a file; some folders are above. */
	ck_assert_uint_ge(pages, 45);
	ck_assert_uint_le(pages, 49);
	ck_assert(!folder_publish(unit_lists("free")));
	ck_assert_uint_eq(folder_count("pages/b./threads/t"), pages);
	pagestore_sweep(folder_store);
	ck_assert_uint_eq(folder_count("pages"), 0);
	ck_assert_uint_eq(folder_count("trash"), 0);
	ck_assert_uint_eq(fill(), pages);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(past_its_bytes_likewise)
{
	char *large = arena_zalloc(support_arena(), 1, 100001);
	int published = 0;

	ck_assert_ptr_nonnull(large);
	memset(large, 'x', 100000);
	folder_open(FOLDER_FILES, 1000000);
	for (int entered; published < 100; published++) {
		struct pagestore_unit unit =
		    unit_thread("", (uint64_t)published + 1);

		entered = pagestore_enter(folder_store, &unit);
		if (entered < 0)
			break;
		ck_assert(folder_put(entered, "name", large));
	}
	ck_assert_int_eq(published, 10);
	pagestore_sweep(folder_store);
	ck_assert_uint_eq(folder_count("pages"), 0);
	ck_assert(folder_publish(unit_lists("")));
}
END_TEST

START_TEST(what_was_thrown_away_makes_room)
{
	folder_open(100, FOLDER_BYTES);
	(void)fill();
	ck_assert(pagestore_drop_threads(folder_store, ""));
	pagestore_sweep(folder_store);
	ck_assert(folder_publish(unit_lists("")));
	ck_assert(folder_has("pages/b./lists/name"));
}
END_TEST

/* What others remove, the owner or another process, is not there any more. */
START_TEST(what_others_removed_is_counted_when_it_is_full)
{
	folder_open(100, FOLDER_BYTES);
	ck_assert(folder_publish(unit_lists("free")));
	(void)fill();
	folder_wipe("pages/b./threads");
	pagestore_sweep(folder_store);
	ck_assert(folder_has("pages/b.free/lists/name"));
	ck_assert(folder_publish(unit_thread("", 1)));
}
END_TEST

START_TEST(what_others_published_is_counted)
{
	struct pagestore *mine = folder_store;
	struct pagestore_unit unit = unit_lists("");

	/* The other has all its files; nothing of it is ours. */
	folder_store = NULL;
	folder_open(200, FOLDER_BYTES);
	(void)fill();
	pagestore_destroy(mine);
	folder_open(100, FOLDER_BYTES);
	pagestore_sweep(folder_store);
	ck_assert_uint_eq(folder_count("pages"), 0);
	ck_assert_int_ge(folder_enter(unit), 0);
}
END_TEST

/* Two processes, each with a folder_store of the one folder. */
START_TEST(what_one_process_publishes_another_throws_away)
{
	pid_t child;
	int status;

	ck_assert(folder_publish(unit_lists("")));
	ck_assert(folder_publish(unit_thread("", 5)));
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		struct pagestore_unit unit = unit_lists("");
		struct pagestore *other;

		_exit(pagestore_create(folder, FOLDER_FILES, FOLDER_BYTES,
			  &other) == ERR_OK &&
			      pagestore_drop(other, &unit)
			  ? 0
			  : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(!folder_has("pages/b./lists/name"));
	ck_assert(folder_has("pages/b./threads/t/5/name"));
	pagestore_sweep(folder_store);
	ck_assert_uint_eq(folder_count("trash"), 0);
}
END_TEST

/* As a crew that ends and the one that follows, or as two containers. */
START_TEST(stores_with_one_process_number_take_no_name_twice)
{
	struct pagestore *mine = folder_store;
	struct pagestore *other;

	ck_assert_int_eq(
	    pagestore_create(folder, FOLDER_FILES, FOLDER_BYTES, &other),
	    ERR_OK);
	for (int i = 0; i < 3; i++) {
		ck_assert(folder_publish(unit_lists("")));
		ck_assert(folder_drop(unit_lists("")));
		folder_store = other;
		ck_assert(folder_publish(unit_lists("")));
		ck_assert(folder_drop(unit_lists("")));
		folder_store = mine;
	}
	ck_assert_uint_eq(folder_count("trash"), 6);
	pagestore_destroy(other);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

static void
add_owner(Suite *suite)
{
	TCase *owner = support_case(suite, "the owner's hand");

	tcase_add_checked_fixture(owner, folder_create, folder_destroy);
	tcase_add_loop_test(
	    owner, a_folder_that_was_removed_is_made_again, 0, 5);
	tcase_add_loop_test(owner,
	    a_folder_that_can_not_be_is_told_once_and_once_that_it_works, 0,
	    ROWS(obstacles));
	tcase_add_test(
	    owner, a_folder_in_a_place_that_is_not_there_is_told_once);
	tcase_add_test(owner, a_page_that_can_not_be_written_is_told_once);
	tcase_add_test(owner, whatever_has_a_units_name_is_thrown_away);
}

static void
add_sweeping(Suite *suite)
{
	TCase *sweeping = support_case(suite, "sweeping");

	tcase_add_checked_fixture(sweeping, folder_create, folder_destroy);
	tcase_add_test(sweeping, who_leaves_with_nothing_leaves_no_folder);
	tcase_add_test(sweeping, who_has_nothing_put_fills_no_store);
	tcase_add_test(sweeping, trash_is_emptied);
	tcase_add_test(sweeping, a_store_that_has_room_keeps_what_it_has);
	tcase_add_test(
	    sweeping, past_its_files_nothing_is_published_till_it_starts_over);
	tcase_add_test(sweeping, past_its_bytes_likewise);
	tcase_add_test(sweeping, what_was_thrown_away_makes_room);
	tcase_add_test(
	    sweeping, what_others_removed_is_counted_when_it_is_full);
	tcase_add_test(sweeping, what_others_published_is_counted);
	tcase_add_test(
	    sweeping, what_one_process_publishes_another_throws_away);
	tcase_add_test(
	    sweeping, stores_with_one_process_number_take_no_name_twice);
}

int
main(void)
{
	Suite *suite = suite_create("pagestore_room");

	add_owner(suite);
	add_sweeping(suite);
	return support_run(suite);
}
