/* Old pages that can't be thrown away. */
#include "pages/publisher.h"

#include "folder.h"
#include "support.h"

#include "base/clock.h"
#include "store/keys.h"

#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct conf conf;
static struct publisher *publisher;

static void
set_up(void)
{
	folder_create();
	conf_defaults(&conf);
	(void)snprintf(conf.pages.folder, CONF_TEXT_MAX, "%s", folder);
	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "https://b.example");
	ck_assert_int_eq(publisher_create(&conf, &publisher), ERR_OK);
	publisher_set_hearing(publisher, true);
}

static void
tear_down(void)
{
	publisher_destroy(publisher);
	folder_destroy();
}

static bool
publish(struct pagestore_unit unit)
{
	struct pagestore_page page = folder_page("name", "text");
	int entered = publisher_enter(publisher, &unit);
	bool done;

	if (entered < 0)
		return false;
	done = publisher_put(publisher, &unit, entered, &page, 0);
	(void)close(entered);
	return done;
}

/* So that neither root nor another user gets it away. False: it can't be. */
static bool
hold_lists(void)
{
	if (mount("none", folder_path("pages/b./lists"), "tmpfs", 0, NULL) == 0)
		return true;
	return chmod(folder_path("pages/b."), 0555) == 0 && geteuid() != 0;
}

static void
let_lists_go(void)
{
	if (umount(folder_path("pages/b./lists")) != 0)
		(void)chmod(folder_path("pages/b."), 0755);
}

START_TEST(what_could_not_be_thrown_away_is_tried_again)
{
	const struct store_change notice = {.kind = KEY_NOTICES, .prefix = ""};

	ck_assert(publish(unit_lists("")));
	ck_assert(publish(unit_site()));
	if (!hold_lists())
		return;
	publisher_hear(publisher, &notice);
	ck_assert(!publish(unit_thread("", 7)));
	let_lists_go();
	publisher_tick(publisher, clock_monotonic_us());
	ck_assert(!folder_has("pages/b./lists/name"));
	ck_assert(!folder_has("pages/site/name"));
	ck_assert(publish(unit_thread("", 7)));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stale");
	TCase *tests = support_case(suite, "stale pages");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_could_not_be_thrown_away_is_tried_again);
	return support_run(suite);
}
