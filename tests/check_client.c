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

/* Those that may be one visitor's, against the first. */
static const struct {
	const char *address;
	bool same;
} customers[] = {
    {"2001:db8:1::1", true},
    {"2001:db8:1:ffff:1::2", true},
    {"2001:db8:2::1", false},
    {"2001:db9:1::1", false},
};

START_TEST(a_customers_network_of_ipv6_is_its_48_bits)
{
	char first[CLIENT_DIGEST_BYTES];
	char digest[CLIENT_DIGEST_BYTES];

	client_digest_of_network(customers[0].address, "", first);
	client_digest_of_network(customers[_i].address, "", digest);
	ck_assert((strcmp(first, digest) == 0) == customers[_i].same);
	client_digest(customers[_i].address, "", first);
	ck_assert_str_ne(first, digest);
	client_digest_of_network(customers[_i].address, "pepper", first);
	ck_assert_str_ne(first, digest);
}
END_TEST

START_TEST(other_addresses_have_no_such_network)
{
	static const char *const others[] = {
	    "192.0.2.1", "::ffff:192.0.2.1", "", "unix:"};
	char digest[CLIENT_DIGEST_BYTES];

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		client_digest_of_network(others[i], "", digest);
		ck_assert_str_eq(digest, "");
	}
}
END_TEST

/* Networks */

static const struct {
	const char *networks;
	bool fine;
} texts[] = {
    {"", true},
    {" ", true},
    {"192.0.2.1", true},
    {"192.0.2.0/24", true},
    {"0.0.0.0/0 ::/0", true},
    {"  10.0.0.0/8   2001:db8::/32 ", true},
    {"::ffff:192.0.2.0/120", true},
    {"192.0.2.1/33", false},
    {"2001:db8::/129", false},
    {"192.0.2.1/", false},
    {"192.0.2.1/-1", false},
    {"192.0.2.1/08", false},
    {"/8", false},
    {"localhost", false},
    {"192.0.2.1,192.0.2.2", false},
    {"192.0.2.1 x", false},
    {"x 192.0.2.1", false},
    {"192.0.2.1-192.0.2.9", false},
};

START_TEST(a_text_of_networks_is_judged)
{
	ck_assert(
	    client_networks_are_fine(texts[_i].networks) == texts[_i].fine);
}
END_TEST

static const struct {
	const char *address;
	const char *networks;
	bool in;
} places[] = {
    {"192.0.2.1", "", false},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.2", "192.0.2.1", false},
    {"192.0.2.255", "192.0.2.0/24", true},
    {"192.0.3.0", "192.0.2.0/24", false},
    {"192.0.2.127", "192.0.2.0/25", true},
    {"192.0.2.128", "192.0.2.0/25", false},
    {"10.9.8.7", "127.0.0.0/8 10.0.0.0/8", true},
    {"203.0.113.9", "0.0.0.0/0", true},
    {"2001:db8::1", "0.0.0.0/0", false},
    {"192.0.2.1", "::/0", true},
    {"2001:db8:ffff::1", "2001:db8::/32", true},
    {"2001:db9::1", "2001:db8::/32", false},
    {"2001:db8::1", "2001:db8::/127", true},
    {"2001:db8::2", "2001:db8::/127", false},
    {"::ffff:127.0.0.1", "127.0.0.0/8", true},
    {"::1", "::1", true},
    {"unix:", "::/0", false},
    {"", "::/0", false},
    /* What stands behind a mistake is not looked at. */
    {"192.0.2.1", "x 192.0.2.1", false},
};

START_TEST(an_address_is_in_a_network_or_not)
{
	ck_assert(client_is_in(places[_i].address, places[_i].networks) ==
		  places[_i].in);
}
END_TEST

static const struct {
	const char *remote;
	const char *forwarded_for;
	const char *proxies;
	const char *client;
	bool broken; /* it ends at what is no address */
} chains[] = {
    {"192.0.2.1", "", "", "192.0.2.1", false},
    /* Nobody is believed who was not named. */
    {"192.0.2.1", "203.0.113.9", "", "192.0.2.1", false},
    {"192.0.2.1", "203.0.113.9", "192.0.2.2", "192.0.2.1", false},
    {"192.0.2.1", "203.0.113.9", "192.0.2.1", "203.0.113.9", false},
    {"192.0.2.1", "", "192.0.2.1", "192.0.2.1", false},
    /* What the client says of himself stands before what the proxy adds. */
    {"192.0.2.1", "198.51.100.1, 203.0.113.9", "192.0.2.1", "203.0.113.9",
	false},
    {"192.0.2.1", "127.0.0.1,203.0.113.9", "192.0.2.1 127.0.0.1", "203.0.113.9",
	false},
    /* A chain of proxies. */
    {"10.0.0.1", "203.0.113.9, 10.0.0.3,\t10.0.0.2 ", "10.0.0.0/8",
	"203.0.113.9", false},
    {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.0/8", "10.0.0.3", false},
    {"10.0.0.1", "2001:db8::1", "10.0.0.0/8", "2001:db8::1", false},
    /* What is no address ends it. */
    {"10.0.0.1", "203.0.113.9, unknown", "10.0.0.0/8", "10.0.0.1", true},
    {"10.0.0.1", "203.0.113.9, x, 10.0.0.2", "10.0.0.0/8", "10.0.0.2", true},
    {"10.0.0.1", ",", "10.0.0.0/8", "10.0.0.1", true},
    {"10.0.0.1", "203.0.113.9,", "10.0.0.0/8", "10.0.0.1", true},
    {"10.0.0.1", " \t ", "10.0.0.0/8", "10.0.0.1", true},
    {"10.0.0.1", "203.0.113.9:80", "10.0.0.0/8", "10.0.0.1", true},
    {"10.0.0.1",
	"203.0.113.9111111111111111111111111111111111111111111111111111111111",
	"10.0.0.0/8", "10.0.0.1", true},
};

START_TEST(a_proxy_that_is_named_is_believed)
{
	char address[CLIENT_NAME_BYTES];

	ck_assert(client_find(chains[_i].remote, chains[_i].forwarded_for,
		      chains[_i].proxies, address) != chains[_i].broken);
	ck_assert_str_eq(address, chains[_i].client);
}
END_TEST

START_TEST(a_digest_depends_on_client_and_pepper)
{
	char digests[4][CLIENT_DIGEST_BYTES];

	client_digest("2001:db8::1", "", digests[0]);
	client_digest("2001:db8::2", "", digests[1]);
	client_digest("2001:db8::1", "pepper", digests[2]);
	client_digest("192.0.2.1", "", digests[3]);
	ck_assert_uint_eq(strlen(digests[0]), CLIENT_DIGEST_BYTES - 1);
	ck_assert_str_eq(digests[0], digests[1]);
	ck_assert_str_ne(digests[0], digests[2]);
	ck_assert_str_ne(digests[0], digests[3]);
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
	tcase_add_loop_test(test_case, a_text_of_networks_is_judged, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_loop_test(test_case, an_address_is_in_a_network_or_not, 0,
	    sizeof(places) / sizeof(places[0]));
	tcase_add_loop_test(test_case, a_proxy_that_is_named_is_believed, 0,
	    sizeof(chains) / sizeof(chains[0]));
	tcase_add_test(test_case, a_digest_depends_on_client_and_pepper);
	tcase_add_loop_test(test_case,
	    a_customers_network_of_ipv6_is_its_48_bits, 0,
	    sizeof(customers) / sizeof(customers[0]));
	tcase_add_test(test_case, other_addresses_have_no_such_network);
	return support_run(suite);
}
