/*
 * Pages come into the store's folder, and go. What others do to that folder,
 * and its room, is in check_pagestore_room; many at once are in
 * check_pagestore_stress.
 */
#include "folder.h"
#include "support.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Names */

static const struct {
	struct pagestore_unit unit;
	const char *path;
} units[] = {
    {{PAGESTORE_SITE, "", 0}, "site"},
    {{PAGESTORE_SITE, "free", 5}, "site"},
    {{PAGESTORE_LISTS, "", 0}, "b./lists"},
    {{PAGESTORE_LISTS, "free", 0}, "b.free/lists"},
    {{PAGESTORE_LISTS, "abcdefghijklmnopqrstuvwxyz012345", 0},
	"b.abcdefghijklmnopqrstuvwxyz012345/lists"},
    {{PAGESTORE_THREAD, "", 1}, "b./threads/t/1"},
    {{PAGESTORE_THREAD, "", 5}, "b./threads/t/5"},
    {{PAGESTORE_THREAD, "", 10}, "b./threads/t/10"},
    {{PAGESTORE_THREAD, "", 17}, "b./threads/t/17"},
    {{PAGESTORE_THREAD, "", 99}, "b./threads/t/99"},
    {{PAGESTORE_THREAD, "", 100}, "b./threads/t1/00"},
    {{PAGESTORE_THREAD, "", 105}, "b./threads/t1/05"},
    {{PAGESTORE_THREAD, "", 1234}, "b./threads/t12/34"},
    {{PAGESTORE_THREAD, "", 10000}, "b./threads/t100/00"},
    {{PAGESTORE_THREAD, "", UINT64_C(99999999999999)},
	"b./threads/t999999999999/99"},
    {{PAGESTORE_THREAD, "a-1", 205}, "b.a-1/threads/t2/05"},
};

START_TEST(a_unit_is_the_folder_that_the_web_server_looks_into)
{
	const char *path =
	    arena_printf(support_arena(), "pages/%s/name", units[_i].path);
	struct pagestore_unit unit = units[_i].unit;

	ck_assert(folder_publish(unit));
	ck_assert_str_eq(folder_read(path), "text");
	/* And that, and nothing else, goes with it. */
	ck_assert(folder_drop(unit));
	ck_assert(!folder_has(path));
	ck_assert_uint_eq(folder_count("pages/site"), 0);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(units_of_other_ids_and_boards_stay)
{
	ck_assert(folder_publish(unit_thread("", 5)));
	ck_assert(folder_publish(unit_thread("", 50)));
	ck_assert(folder_publish(unit_thread("", 105)));
	ck_assert(folder_publish(unit_thread("free", 5)));
	ck_assert(folder_publish(unit_lists("")));
	ck_assert(folder_publish(unit_site()));
	ck_assert(folder_drop(unit_thread("", 5)));
	ck_assert(!folder_has("pages/b./threads/t/5"));
	ck_assert(folder_has("pages/b./threads/t/50/name"));
	ck_assert(folder_has("pages/b./threads/t1/05/name"));
	ck_assert(folder_has("pages/b.free/threads/t/5/name"));
	ck_assert(folder_has("pages/b./lists/name"));
	ck_assert(folder_drop(unit_lists("free")));
	ck_assert(folder_has("pages/b./lists/name"));
	ck_assert(folder_has("pages/site/name"));
}
END_TEST

/* Files */

START_TEST(the_web_server_may_read_whatever_the_umask)
{
	static const char *const folders[] = {"", "pages", "pages/b.",
	    "pages/b./threads", "pages/b./threads/t", "pages/b./threads/t/5"};
	struct pagestore_page page = folder_page("name", "text");
	mode_t before = umask((mode_t)(_i == 0 ? 0 : 0777));
	int entered = folder_enter(unit_thread("", 5));

	page.gzip = "small";
	page.gzip_length = 5;
	ck_assert(pagestore_put(folder_store, entered, &page));
	ck_assert(folder_drop(unit_lists("")));
	(void)umask(before);
	(void)close(entered);
	for (int i = 0; i < ROWS(folders); i++)
		ck_assert_uint_eq(folder_mode(folders[i]), 0755);
	ck_assert_uint_eq(folder_mode("pages/b./threads/t/5/name"), 0644);
	ck_assert_uint_eq(folder_mode("pages/b./threads/t/5/name.gz"), 0644);
}
END_TEST

static const uint32_t validators[] = {1, FOLDER_VALIDATOR, INT32_MAX};

START_TEST(both_files_have_the_validator_for_their_time)
{
	struct pagestore_page page = {.name = "name",
	    .plain = "plain\0text",
	    .plain_length = 10,
	    .gzip = "small",
	    .gzip_length = 5,
	    .validator = validators[_i]};
	int entered = folder_enter(unit_lists(""));

	ck_assert(pagestore_put(folder_store, entered, &page));
	(void)close(entered);
	ck_assert_int_eq(folder_time("pages/b./lists/name"), validators[_i]);
	ck_assert_int_eq(folder_time("pages/b./lists/name.gz"), validators[_i]);
	ck_assert_str_eq(folder_read("pages/b./lists/name.gz"), "small");
	ck_assert_int_eq(
	    memcmp(folder_read("pages/b./lists/name"), "plain\0text", 11), 0);
	/* No temporary file is left. */
	ck_assert_uint_eq(folder_count("pages/b./lists"), 2);
}
END_TEST

START_TEST(a_page_without_a_compressed_form_is_one_file)
{
	ck_assert(folder_publish(unit_lists("")));
	ck_assert_uint_eq(folder_count("pages/b./lists"), 1);
}
END_TEST

START_TEST(a_page_takes_the_place_of_what_it_was)
{
	int one = folder_enter(unit_lists(""));
	int two = folder_enter(unit_lists(""));

	ck_assert(folder_put(one, "name", "a longer text"));
	ck_assert(folder_put(two, "name", "short"));
	ck_assert_str_eq(folder_read("pages/b./lists/name"), "short");
}
END_TEST

START_TEST(a_page_may_be_empty_or_large)
{
	char *large = arena_alloc(support_arena(), 3000001);
	struct stat status;

	ck_assert_ptr_nonnull(large);
	memset(large, 'x', 3000000);
	large[3000000] = '\0';
	ck_assert(folder_put(folder_enter(unit_lists("")), "empty", ""));
	ck_assert(folder_put(folder_enter(unit_lists("")), "large", large));
	ck_assert_int_eq(stat(folder_path("pages/b./lists/empty"), &status), 0);
	ck_assert_int_eq(status.st_size, 0);
	ck_assert_int_eq(stat(folder_path("pages/b./lists/large"), &status), 0);
	ck_assert_int_eq(status.st_size, 3000000);
}
END_TEST

/* Throwing away */

/* Each of the ways to throw away the unit of post 105 of the board free. */
static bool
drop_unit(void)
{
	return folder_drop(unit_thread("free", 105));
}

static bool
drop_near(void)
{
	return pagestore_drop_near(folder_store, "free", 199);
}

static bool
drop_threads(void)
{
	return pagestore_drop_threads(folder_store, "free");
}

static bool
drop_board(void)
{
	return pagestore_drop_board(folder_store, "free");
}

static bool
drop_all(void)
{
	return pagestore_drop_all(folder_store);
}

#define STAYS_SITE     1u
#define STAYS_LISTS    2u
#define STAYS_FIRST    4u
#define STAYS_NEXT     8u
#define STAYS_NEIGHBOR 16u

static const struct {
	bool (*drop)(void);
	unsigned stays;
} drops[] = {
    {drop_unit,
	STAYS_SITE | STAYS_LISTS | STAYS_FIRST | STAYS_NEXT | STAYS_NEIGHBOR},
    {drop_near, STAYS_SITE | STAYS_LISTS | STAYS_FIRST | STAYS_NEXT},
    {drop_threads, STAYS_SITE | STAYS_LISTS | STAYS_FIRST},
    {drop_board, STAYS_SITE | STAYS_FIRST},
    {drop_all, 0},
};

static unsigned
what_stays(void)
{
	return (folder_has("pages/site/name") ? STAYS_SITE : 0) |
	       (folder_has("pages/b.free/lists/name") ? STAYS_LISTS : 0) |
	       (folder_has("pages/b./threads/t1/05/name") ? STAYS_FIRST : 0) |
	       (folder_has("pages/b.free/threads/t2/00/name") ? STAYS_NEXT
							      : 0) |
	       (folder_has("pages/b.free/threads/t1/06/name") ? STAYS_NEIGHBOR
							      : 0);
}

START_TEST(what_is_thrown_away_goes_and_the_rest_stays)
{
	ck_assert(folder_publish(unit_site()));
	ck_assert(folder_publish(unit_lists("free")));
	ck_assert(folder_publish(unit_thread("", 105)));
	ck_assert(folder_publish(unit_thread("free", 105)));
	ck_assert(folder_publish(unit_thread("free", 106)));
	ck_assert(folder_publish(unit_thread("free", 200)));
	ck_assert(drops[_i].drop());
	ck_assert(!folder_has("pages/b.free/threads/t1/05/name"));
	ck_assert_uint_eq(what_stays(), drops[_i].stays);
	ck_assert(folder_publish(unit_thread("free", 105)));
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(what_is_not_there_is_thrown_away_already)
{
	ck_assert(drops[_i].drop());
	ck_assert(folder_publish(unit_site()));
	ck_assert(drops[_i].drop());
	ck_assert(drops[_i].drop());
	ck_assert_str_eq(support_log(), "");
}
END_TEST

/* From before the change, whenever it is ready. */
START_TEST(a_page_of_a_unit_that_was_thrown_away_is_found_nowhere)
{
	int entered = folder_enter(unit_thread("free", 105));

	ck_assert(drops[_i].drop());
	(void)folder_put(entered, "name", "old");
	ck_assert(!folder_has("pages/b.free/threads/t1/05/name"));
	entered = folder_enter(unit_thread("free", 105));
	ck_assert(drops[_i].drop());
	pagestore_sweep(folder_store);
	ck_assert(!folder_put(entered, "name", "old"));
	ck_assert(!folder_has("pages/b.free/threads/t1/05/name"));
	ck_assert(folder_publish(unit_thread("free", 105)));
	ck_assert_str_eq(
	    folder_read("pages/b.free/threads/t1/05/name"), "text");
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(near_below_a_hundred_are_those_below_a_hundred)
{
	ck_assert(folder_publish(unit_thread("", 5)));
	ck_assert(folder_publish(unit_thread("", 99)));
	ck_assert(folder_publish(unit_thread("", 100)));
	ck_assert(pagestore_drop_near(folder_store, "", 0));
	ck_assert_uint_eq(folder_count("pages/b./threads"), 1);
	ck_assert(folder_has("pages/b./threads/t1/00/name"));
}
END_TEST

/* Without a trash, as on a disk that is full: then the files go at once. */
START_TEST(without_a_trash_pages_are_thrown_away_all_the_same)
{
	ck_assert(folder_publish(unit_thread("free", 105)));
	folder_make_file(folder_path("trash"));
	ck_assert(drops[_i].drop());
	ck_assert(!folder_has("pages/b.free/threads/t1/05"));
	ck_assert_str_eq(support_log(), "");
}
END_TEST

static void
add_pages(Suite *suite)
{
	TCase *pages = support_case(suite, "pages");

	tcase_add_checked_fixture(pages, folder_create, folder_destroy);
	tcase_add_loop_test(pages,
	    a_unit_is_the_folder_that_the_web_server_looks_into, 0,
	    ROWS(units));
	tcase_add_test(pages, units_of_other_ids_and_boards_stay);
	tcase_add_loop_test(
	    pages, the_web_server_may_read_whatever_the_umask, 0, 2);
	tcase_add_loop_test(pages, both_files_have_the_validator_for_their_time,
	    0, ROWS(validators));
	tcase_add_test(pages, a_page_without_a_compressed_form_is_one_file);
	tcase_add_test(pages, a_page_takes_the_place_of_what_it_was);
	tcase_add_test(pages, a_page_may_be_empty_or_large);
}

static void
add_throwing_away(Suite *suite)
{
	TCase *away = support_case(suite, "throwing away");

	tcase_add_checked_fixture(away, folder_create, folder_destroy);
	tcase_add_loop_test(
	    away, what_is_thrown_away_goes_and_the_rest_stays, 0, ROWS(drops));
	tcase_add_loop_test(
	    away, what_is_not_there_is_thrown_away_already, 0, ROWS(drops));
	tcase_add_loop_test(away,
	    a_page_of_a_unit_that_was_thrown_away_is_found_nowhere, 0,
	    ROWS(drops));
	tcase_add_test(away, near_below_a_hundred_are_those_below_a_hundred);
	tcase_add_loop_test(away,
	    without_a_trash_pages_are_thrown_away_all_the_same, 0, ROWS(drops));
}

int
main(void)
{
	Suite *suite = suite_create("pagestore");

	add_pages(suite);
	add_throwing_away(suite);
	return support_run(suite);
}
