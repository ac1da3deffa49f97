/*
 * What is published, and what each change throws away: that, and nothing else.
 */
#include "pages/publisher.h"

#include "folder.h"
#include "posting.h"
#include "server.h"
#include "support.h"

#include "base/clock.h"
#include "board/graph.h"
#include "board/registry.h"
#include "store/keys.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FREE	 "{free}:"
#define LATER_US (UINT64_C(1000) * GRAPH_LATER_MS)

/* One page of each unit, by bits. */
#define SITE	   1u
#define LISTS	   2u
#define POST_5	   4u
#define POST_105   8u
#define FREE_LISTS 16u
#define FREE_5	   32u
#define ALL	   63u
#define BOARD	   (LISTS | POST_5 | POST_105)

static const struct {
	struct pagestore_unit unit;
	const char *path;
} units[] = {
    {{PAGESTORE_SITE, "", 0}, "pages/site/name"},
    {{PAGESTORE_LISTS, "", 0}, "pages/b./lists/name"},
    {{PAGESTORE_THREAD, "", 5}, "pages/b./threads/t/5/name"},
    {{PAGESTORE_THREAD, "", 105}, "pages/b./threads/t1/05/name"},
    {{PAGESTORE_LISTS, "free", 0}, "pages/b.free/lists/name"},
    {{PAGESTORE_THREAD, "free", 5}, "pages/b.free/threads/t/5/name"},
};

static struct conf conf;
static struct publisher *publisher;

static void
create_publisher(const char *prefix)
{
	publisher_destroy(publisher);
	conf_defaults(&conf);
	(void)snprintf(conf.pages.folder, CONF_TEXT_MAX, "%s", folder);
	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "https://b.example");
	(void)snprintf(conf.redis.prefix, CONF_TEXT_MAX, "%s", prefix);
	ck_assert_int_eq(publisher_create(&conf, &publisher), ERR_OK);
	ck_assert_ptr_nonnull(publisher);
	publisher_set_hearing(publisher, true);
}

static void
set_up(void)
{
	folder_create();
	publisher = NULL;
	create_publisher("");
}

static void
tear_down(void)
{
	publisher_destroy(publisher);
	folder_destroy();
}

/* A page of a unit, good until a time. */
static bool
publish(struct pagestore_unit unit, uint64_t until_ms)
{
	struct pagestore_page page = folder_page("name", "text");
	int entered = publisher_enter(publisher, &unit);
	bool done;

	if (entered < 0)
		return false;
	done = publisher_put(publisher, &unit, entered, &page, until_ms);
	(void)close(entered);
	return done;
}

static void
publish_all(void)
{
	for (int i = 0; i < ROWS(units); i++)
		ck_assert(publish(units[i].unit, 0));
}

/* The units whose pages went. */
static unsigned
what_went(void)
{
	unsigned went = 0;

	for (int i = 0; i < ROWS(units); i++)
		if (!folder_has(units[i].path))
			went |= 1u << i;
	return went;
}

static void
tick(void)
{
	publisher_tick(publisher, clock_monotonic_us());
}

/* Whether there is one */

START_TEST(without_a_folder_or_an_address_there_is_none)
{
	struct publisher *none = publisher;

	conf.pages.folder[0] = '\0';
	ck_assert_int_eq(publisher_create(&conf, &none), ERR_OK);
	ck_assert_ptr_null(none);
	(void)snprintf(conf.pages.folder, CONF_TEXT_MAX, "%s", folder);
	conf.site.url[0] = '\0';
	none = publisher;
	ck_assert_int_eq(publisher_create(&conf, &none), ERR_OK);
	ck_assert_ptr_null(none);
	publisher_destroy(NULL);
}
END_TEST

START_TEST(nothing_is_published_before_changes_are_heard_of)
{
	publisher_set_hearing(publisher, false);
	ck_assert(!publish(unit_lists(""), 0));
	ck_assert(!folder_has(""));
	publisher_set_hearing(publisher, true);
	ck_assert(publish(unit_lists(""), 0));
	publisher_set_hearing(publisher, false);
	ck_assert(!publish(unit_lists("free"), 0));
	/* What is there stays while Redis is away. */
	tick();
	ck_assert(folder_has("pages/b./lists/name"));
}
END_TEST

/* Who asks */

static bool
has_seen(const char *name, struct pagestore_unit unit)
{
	return publisher_has_seen(publisher, name, &unit);
}

START_TEST(the_second_who_asks_is_told_of_the_first)
{
	ck_assert(!has_seen("en-list--", unit_lists("")));
	ck_assert(has_seen("en-list--", unit_lists("")));
	ck_assert(has_seen("en-list--", unit_lists("")));
	ck_assert(!has_seen("ko-list--", unit_lists("")));
	ck_assert(!has_seen("en-list--", unit_lists("free")));
	ck_assert(!has_seen("en-list--2", unit_lists("")));
	ck_assert(!has_seen("en-posts--", unit_thread("", 5)));
	ck_assert(!has_seen("en-posts--", unit_thread("", 6)));
	ck_assert(!has_seen("en-posts--", unit_thread("free", 5)));
	ck_assert(has_seen("en-posts--", unit_thread("", 5)));
}
END_TEST

START_TEST(another_page_takes_the_place_in_the_end)
{
	ck_assert(!has_seen("en-posts--", unit_thread("", 1)));
	for (uint64_t id = 2; id < 2000000; id++)
		(void)has_seen("en-posts--", unit_thread("", id));
	ck_assert(!has_seen("en-posts--", unit_thread("", 1)));
	ck_assert(has_seen("en-posts--", unit_thread("", 1)));
}
END_TEST

START_TEST(who_walks_through_everything_has_next_to_nothing_published)
{
	unsigned seen = 0;

	for (uint64_t id = 1; id <= 1000000; id++)
		seen += has_seen("en-posts--", unit_thread("", id));
	ck_assert_uint_lt(seen, 200);
}
END_TEST

/* Our own changes */

static const struct {
	struct store_change change;
	unsigned gone;
} changes[] = {
    {{"", KEY_POST_ID, 0, 0}, LISTS | SITE},
    {{FREE, KEY_POST_ID, 0, 0}, FREE_LISTS | SITE},
    {{"", KEY_NOTICES, 0, 0}, LISTS},
    {{"", KEY_CATEGORY, 3, 0}, LISTS},
    {{"", KEY_META, 5, 5}, POST_5 | LISTS},
    {{"", KEY_NAME, 5, 5}, POST_5 | LISTS},
    {{"", KEY_TEXT, 105, 105}, POST_105 | LISTS},
    /* A reply; its own address may have said that it was gone. */
    {{"", KEY_META, 105, 5}, POST_5 | POST_105},
    {{"", KEY_META, 6, 6}, LISTS},
    {{"", KEY_META, 6, 7}, 0},
    {{"", KEY_META, 0, 0}, BOARD},
    {{FREE, KEY_META, 5, 5}, FREE_5 | FREE_LISTS},
    {{FREE, KEY_META, 0, 0}, FREE_5 | FREE_LISTS},
    {{"{other}:", KEY_META, 5, 5}, 0},
    {{"", KEY_REPLIES, 5, 5}, POST_5},
    {{"", KEY_REPLIES, 5, 0}, POST_5 | POST_105},
    {{"", KEY_BOARD, 0, 0}, BOARD | SITE},
    {{FREE, KEY_BOARD, 0, 0}, FREE_LISTS | FREE_5 | SITE},
    {{"", KEY_BOARDS, 0, 0}, ALL},
    {{"", KEY_VIEWS, 0, 0}, 0},
    {{"", KEY_LAST_ID, 0, 0}, 0},
    {{"", KEY_SECRET, 0, 0}, 0},
    {{"", KEY_WORDS, 5, 5}, 0},
    {{"", KEY_VERSIONS, 5, 5}, 0},
    {{"", KEY_RECOMMEND, 5, 5}, 0},
    /* Nobody knows whose these are. */
    {{"y:", KEY_META, 5, 5}, ALL},
};

START_TEST(a_change_of_ours_throws_away_what_it_makes_old)
{
	publish_all();
	publisher_hear(publisher, &changes[_i].change);
	ck_assert_uint_eq(what_went(), changes[_i].gone);
	publish_all();
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(the_first_board_is_known_by_its_prefix)
{
	const struct store_change change = {"x:", KEY_META, 5, 5};
	const struct store_change strange = {"", KEY_META, 5, 5};

	create_publisher("x:");
	publish_all();
	publisher_hear(publisher, &change);
	ck_assert_uint_eq(what_went(), POST_5 | LISTS);
	publisher_hear(publisher, &strange);
	ck_assert_uint_eq(what_went(), ALL);
}
END_TEST

/* The changes that Redis tells of */

/* Posts 1 to 5 and 105, of which 4 was removed by hand; 6 replies to 5. */
static void
write_board(const char *prefix)
{
	here.store.prefix = prefix;
	for (int i = 0; i < 5; i++)
		(void)post_new(
		    "::1", "n", arena_printf(support_arena(), "%d", i));
	(void)post_reply(5, "reply");
	(void)DO(&here.store, "SET",
	    key_of_board(support_arena(), prefix, KEY_LAST_ID), "104");
	ck_assert_uint_eq(post_new("::1", "n", "newest"), 105);
	(void)DO(&here.store, "DEL",
	    key_of_post(support_arena(), prefix, KEY_NAME, 4),
	    key_of_post(support_arena(), prefix, KEY_TEXT, 4),
	    key_of_post(support_arena(), prefix, KEY_META, 4));
	(void)DO(&here.store, "LREM",
	    key_of_board(support_arena(), prefix, KEY_POST_ID), "0", "4");
	here.store.prefix = "";
}

static void
set_up_redis(void)
{
	set_up();
	write_board("");
	write_board(FREE);
}

static void
note(const char *key)
{
	publisher_note(publisher, key, strlen(key));
}

static void
note_all(const char *keys)
{
	char *rest = arena_copy(support_arena(), keys, strlen(keys));
	char *key;

	while ((key = strsep(&rest, " ")) != NULL)
		note(key);
}

static const struct {
	const char *keys;
	unsigned gone;
} written[] = {
    {"post_id", LISTS | SITE},
    {"news:name:5", POST_5 | LISTS},
    {"news:post:5 news:name:5 news:meta:5", POST_5 | LISTS},
    {"news:meta:6", POST_5}, /* which is a reply */
    {"news:name:6 news:replies:5", POST_5},
    {"news:meta:5 news:meta:105", POST_5 | POST_105 | LISTS},
    {"news:meta:1", LISTS},
    {"news:meta:4", BOARD}, /* of which nothing is there */
    {"news:replies:4", POST_5 | POST_105},
    {"news:category:7", LISTS},
    {"news:notices", LISTS},
    {FREE "news:meta:5", FREE_5 | FREE_LISTS},
    {FREE "news:meta:6", FREE_5},
    {FREE "news:meta:4", FREE_5 | FREE_LISTS},
    {"news:meta:6 " FREE "news:meta:6", POST_5 | FREE_5},
    {FREE "news:meta:6 news:meta:6 " FREE "news:meta:5",
	POST_5 | FREE_5 | FREE_LISTS},
    {"madang:board", BOARD | SITE},
    {FREE "madang:board", FREE_LISTS | FREE_5 | SITE},
    {"madang:boards", ALL},
    {"news:views:0", 0},
    {"last_id news:secret:5 news:versions:5 news:recommend:5 news:trash:5", 0},
    {"x:post_id news:name:x {Free}:post_id madang:once:5", 0},
    {"{other}:post_id", SITE},
};

START_TEST(a_change_of_others_throws_away_what_it_makes_old)
{
	publish_all();
	note_all(written[_i].keys);
	/* It goes when all is settled, and not before. */
	ck_assert_uint_eq(what_went(), 0);
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), written[_i].gone);
	ck_assert_str_eq(here.store.prefix, "");
	/* And once. */
	publish_all();
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), 0);
	ck_assert_str_eq(support_log(), "");
}
END_TEST

START_TEST(when_all_keys_went_all_pages_go)
{
	publish_all();
	note("news:meta:5");
	publisher_note(publisher, NULL, 0);
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), ALL);
	publish_all();
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), 0);
}
END_TEST

START_TEST(more_than_can_be_noted_throws_everything_away)
{
	publish_all();
	for (unsigned id = 1; id <= 2000; id++)
		note(arena_printf(support_arena(), "news:meta:%u", id));
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), ALL);
}
END_TEST

START_TEST(the_same_again_is_noted_once)
{
	publish_all();
	for (int i = 0; i < 5000; i++)
		note_all("news:meta:6 " FREE "news:meta:6 news:replies:5");
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), POST_5 | FREE_5);
}
END_TEST

START_TEST(where_redis_does_not_answer_the_board_goes)
{
	publish_all();
	server_stop(&here.server);
	note_all("news:meta:5 " FREE "post_id");
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), BOARD | FREE_LISTS | SITE);
	/* What needs no answer goes as ever. */
	publish_all();
	note_all("post_id");
	publisher_settle(publisher, &here.store);
	ck_assert_uint_eq(what_went(), LISTS | SITE);
}
END_TEST

/* Time */

START_TEST(views_may_be_seen_late_but_not_later)
{
	uint64_t now = clock_monotonic_us();

	publish_all();
	note("news:views:0");
	publisher_tick(publisher, now + LATER_US - 1);
	ck_assert_uint_eq(what_went(), 0);
	/* Others don't put it off. */
	note(FREE "news:views:1");
	publisher_tick(publisher, clock_monotonic_us() + LATER_US);
	ck_assert_uint_eq(what_went(), POST_5 | LISTS | FREE_LISTS);
	publish_all();
	publisher_tick(publisher, clock_monotonic_us() + 2 * LATER_US);
	ck_assert_uint_eq(what_went(), 0);
	note("news:views:1");
	tick();
	ck_assert_uint_eq(what_went(), 0);
	publisher_tick(publisher, clock_monotonic_us() + LATER_US);
	ck_assert_uint_eq(what_went(), POST_105 | LISTS);
}
END_TEST

START_TEST(more_views_than_can_be_noted_throw_everything_away)
{
	publish_all();
	for (unsigned id = 1; id <= 2000; id++)
		note(arena_printf(support_arena(), "news:views:%u", id));
	publisher_tick(publisher, clock_monotonic_us() + LATER_US);
	ck_assert_uint_eq(what_went(), ALL);
}
END_TEST

START_TEST(without_hearing_late_views_wait)
{
	publish_all();
	note("news:views:0");
	publisher_set_hearing(publisher, false);
	publisher_tick(publisher, clock_monotonic_us() + LATER_US);
	ck_assert_uint_eq(what_went(), 0);
	publisher_set_hearing(publisher, true);
	publisher_tick(publisher, clock_monotonic_us() + LATER_US);
	ck_assert_uint_eq(what_went(), POST_5 | LISTS);
}
END_TEST

static void
sleep_until(uint64_t unix_ms)
{
	while (clock_unix_ms() < unix_ms)
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

START_TEST(lists_go_when_their_time_has_come)
{
	uint64_t now = clock_unix_ms();

	publish_all();
	ck_assert(publish(unit_lists(""), now + 3600000));
	ck_assert(publish(unit_lists("free"), now + 3600000));
	/* The earliest time of a board's lists is that of all. */
	ck_assert(publish(unit_lists(""), now + 200));
	ck_assert(publish(unit_lists(""), now + 3600000));
	ck_assert(publish(unit_lists(""), 0));
	tick();
	ck_assert(clock_unix_ms() >= now + 200 || what_went() == 0);
	sleep_until(now + 200);
	tick();
	ck_assert_uint_eq(what_went(), LISTS);
	ck_assert(publish(unit_lists(""), 0));
	tick();
	ck_assert_uint_eq(what_went(), 0);
}
END_TEST

START_TEST(a_time_is_forgotten_with_the_pages_that_had_it)
{
	const struct store_change change = {"", KEY_POST_ID, 0, 0};

	publish_all();
	ck_assert(publish(unit_lists(""), 1));
	publisher_hear(publisher, &change);
	publish_all();
	tick();
	ck_assert_uint_eq(what_went(), 0);
}
END_TEST

START_TEST(without_hearing_a_time_waits)
{
	publish_all();
	ck_assert(publish(unit_lists(""), 1));
	publisher_set_hearing(publisher, false);
	tick();
	ck_assert_uint_eq(what_went(), 0);
	publisher_set_hearing(publisher, true);
	tick();
	ck_assert_uint_eq(what_went(), LISTS);
}
END_TEST

START_TEST(a_time_that_can_not_be_remembered_is_not_promised)
{
	int published = 0;
	char slug[16];

	for (int i = 0; i < REGISTRY_MAX + 10; i++) {
		(void)snprintf(slug, sizeof(slug), "board-%d", i);
		published += publish(unit_lists(slug), UINT64_MAX);
	}
	ck_assert_int_eq(published, REGISTRY_MAX);
	(void)snprintf(slug, sizeof(slug), "board-%d", 3);
	ck_assert(publish(unit_lists(slug), 1));
	tick();
	ck_assert(publish(unit_lists("another"), UINT64_MAX));
}
END_TEST

START_TEST(a_sweep_empties_the_trash)
{
	publish_all();
	publisher_drop_all(publisher);
	ck_assert_uint_eq(what_went(), ALL);
	ck_assert_uint_eq(folder_count("trash"), 1);
	publisher_set_hearing(publisher, false);
	publisher_sweep(publisher);
	ck_assert_uint_eq(folder_count("trash"), 0);
	publisher_set_hearing(publisher, true);
	publish_all();
	publisher_drop_all(publisher);
	publisher_stop_sweeping(publisher);
	publisher_sweep(publisher);
	ck_assert_uint_eq(folder_count("trash"), 1);
}
END_TEST

static void
add_own_tests(Suite *suite)
{
	TCase *own = support_case(suite, "a process");

	tcase_add_checked_fixture(own, set_up, tear_down);
	tcase_add_test(own, without_a_folder_or_an_address_there_is_none);
	tcase_add_test(own, nothing_is_published_before_changes_are_heard_of);
	tcase_add_test(own, the_second_who_asks_is_told_of_the_first);
	tcase_add_test(own, another_page_takes_the_place_in_the_end);
	tcase_add_test(
	    own, who_walks_through_everything_has_next_to_nothing_published);
	tcase_add_loop_test(own, a_change_of_ours_throws_away_what_it_makes_old,
	    0, ROWS(changes));
	tcase_add_test(own, the_first_board_is_known_by_its_prefix);
}

static void
add_redis_tests(Suite *suite)
{
	TCase *others = server_case(suite, "others");
	TCase *away = server_own_case(suite, "Redis away");

	tcase_add_checked_fixture(others, set_up_redis, tear_down);
	tcase_add_loop_test(others,
	    a_change_of_others_throws_away_what_it_makes_old, 0, ROWS(written));
	tcase_add_test(others, when_all_keys_went_all_pages_go);
	tcase_add_test(others, more_than_can_be_noted_throws_everything_away);
	tcase_add_test(others, the_same_again_is_noted_once);
	tcase_add_checked_fixture(away, set_up_redis, tear_down);
	tcase_add_test(away, where_redis_does_not_answer_the_board_goes);
}

static void
add_time(Suite *suite)
{
	TCase *when = support_case(suite, "time");

	tcase_add_checked_fixture(when, set_up, tear_down);
	tcase_add_test(when, views_may_be_seen_late_but_not_later);
	tcase_add_test(
	    when, more_views_than_can_be_noted_throw_everything_away);
	tcase_add_test(when, without_hearing_late_views_wait);
	tcase_add_test(when, lists_go_when_their_time_has_come);
	tcase_add_test(when, a_time_is_forgotten_with_the_pages_that_had_it);
	tcase_add_test(when, without_hearing_a_time_waits);
	tcase_add_test(when, a_time_that_can_not_be_remembered_is_not_promised);
	tcase_add_test(when, a_sweep_empties_the_trash);
}

int
main(void)
{
	Suite *suite = suite_create("publisher");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	add_own_tests(suite);
	add_redis_tests(suite);
	add_time(suite);
	return support_run(suite);
}
