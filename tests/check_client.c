#include "support.h"

#include "base/client.h"

#include <string.h>

static const struct {
	const char *address;
	const char *name;
} clients[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:c000:201", "192.0.2.1"},
    {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
    {"2001:db8:1:2::", "2001:db8:1:2::/64"},
    {"2001:0DB8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
    {"2001:db8::1", "2001:db8::/64"},
    {"2001:db8:0:1::1", "2001:db8:0:1::/64"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"},
    {"fe80::1", "fe80::/64"},
    {"::1", "::/64"},
    {"::", "::/64"},
    /* Not mapped: its ffff stands one place before. */
    {"::ffff:0:192.0.2.1", "::/64"},
    {"0:0:0:ffff::1", "0:0:0:ffff::/64"},
    {NULL, "unknown"},
    {"", "unknown"},
    {"unknown", "unknown"},
    {"unix:", "unknown"},
    {"localhost", "unknown"},
    {" 192.0.2.1", "unknown"},
    {"192.0.2.1 ", "unknown"},
    {"192.0.2.1\n", "unknown"},
    {"192.0.2", "unknown"},
    {"192.0.2.256", "unknown"},
    {"192.0.2.1:80", "unknown"},
    {"0xc0000201", "unknown"},
    {"[2001:db8::1]", "unknown"},
    {"2001:db8::1/64", "unknown"},
    {"2001:db8:::1", "unknown"},
    {"2001:db8:1:2:3:4:5:6:7", "unknown"},
    {"fe80::1%eth0", "unknown"},
    {"::ffff:192.0.2.256", "unknown"},
};

START_TEST(an_address_is_counted_as_its_client)
{
	char name[CLIENT_NAME_BYTES];

	memset(name, '#', sizeof(name));
	client_name(clients[_i].address, name);
	ck_assert_str_eq(name, clients[_i].name);
}
END_TEST

START_TEST(a_long_text_is_no_address)
{
	char text[4096];
	char name[CLIENT_NAME_BYTES];

	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	client_name(text, name);
	ck_assert_str_eq(name, "unknown");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client");
	TCase *test_case = support_case(suite, "name");

	tcase_add_loop_test(test_case, an_address_is_counted_as_its_client, 0,
	    sizeof(clients) / sizeof(clients[0]));
	tcase_add_test(test_case, a_long_text_is_no_address);
	return support_run(suite);
}
