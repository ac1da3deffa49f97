#include "support.h"

#include "base/redisurl.h"

#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const struct {
	const char *text;
	const char *address;
	const char *user;
	const char *password;
	uint64_t database;
} right[] = {
    {"redis://localhost", "localhost:6379", "", "", 0},
    {"redis://localhost/", "localhost:6379", "", "", 0},
    {"redis://localhost:7000/3", "localhost:7000", "", "", 3},
    {"redis://[::1]", "[::1]:6379", "", "", 0},
    {"redis://[::1]:7000", "[::1]:7000", "", "", 0},
    {"redis://:pass@host", "host:6379", "", "pass", 0},
    {"redis://john:a:b@host:1/2", "host:1", "john", "a:b", 2},
    {"redis://jo%40hn:%2f%2F%25@host", "host:6379", "jo@hn", "//%", 0},
    {"redis://:a@b@host", "host:6379", "", "a@b", 0},
    {"unix:/run/redis.sock", "/run/redis.sock", "", "", 0},
    {"unix:///run/redis.sock", "/run/redis.sock", "", "", 0},
    {"unix:///run/redis.sock?db=5", "/run/redis.sock", "", "", 5},
    {"redis+socket://:p@/run/r%20s", "/run/r s", "", "p", 0},
};

START_TEST(an_address_is_taken_apart)
{
	struct redisurl url;

	ck_assert(redisurl_read(right[_i].text, &url));
	ck_assert_str_eq(url.address, right[_i].address);
	ck_assert_str_eq(url.user, right[_i].user);
	ck_assert_str_eq(url.password, right[_i].password);
	ck_assert_uint_eq(url.database, right[_i].database);
}
END_TEST

static const char *const wrong[] = {"", "localhost", "http://localhost",
    "redis:/x", "redis://", "redis:///", "redis://:p@", "redis://host/x",
    "redis://host/-1", "redis://host?db=1", "redis://john@host",
    "redis://:%@host", "redis://:%4@host", "redis://:%zz@host",
    "redis://:%00@host", "unix:", "unix:redis.sock", "unix://redis.sock",
    "unix://x/redis.sock", "unix:/a?db=", "unix:/a?x=1", "unix:/%0"};

START_TEST(what_is_no_address_is_refused)
{
	struct redisurl url;

	ck_assert(!redisurl_read(wrong[_i], &url));
}
END_TEST

START_TEST(nothing_is_longer_than_its_room)
{
	char text[3 * REDISURL_TEXT_BYTES] = "redis://:";
	size_t length = strlen(text);
	struct redisurl url;

	memset(text + length, 'p', REDISURL_TEXT_BYTES);
	strcpy(text + length + REDISURL_TEXT_BYTES, "@host");
	ck_assert(!redisurl_read(text, &url));
	strcpy(text + length + REDISURL_TEXT_BYTES - 1, "@host");
	ck_assert(redisurl_read(text, &url));
	memcpy(text, "unix:/pppp", 10);
	memset(text + length, 'p', 2 * REDISURL_TEXT_BYTES);
	ck_assert(!redisurl_read(text, &url));
	memcpy(text, "redis://pp", 10);
	ck_assert(!redisurl_read(text, &url));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("redisurl");
	TCase *tests = support_case(suite, "redisurl");

	tcase_add_loop_test(tests, an_address_is_taken_apart, 0, ROWS(right));
	tcase_add_loop_test(
	    tests, what_is_no_address_is_refused, 0, ROWS(wrong));
	tcase_add_test(tests, nothing_is_longer_than_its_room);
	return support_run(suite);
}
