#include "support.h"

#include "base/address.h"

#include <string.h>

static const struct {
	const char *address;
	const char *host; /* NULL: it is no address */
	int port;
} addresses[] = {
    {"localhost:6379", "localhost", 6379},
    {"127.0.0.1:1", "127.0.0.1", 1},
    {"[::1]:65535", "::1", 65535},
    {"::1:6379", "::1", 6379},
    {":9000", "", 9000},
    {"[]:80", "", 80},
    {"", NULL, 0},
    {"host", NULL, 0},
    {"host:", NULL, 0},
    {"host:0", "host", 0},
    {"host:00", NULL, 0},
    {"host:65536", NULL, 0},
    {"host:080", NULL, 0},
    {"host:80x", NULL, 0},
    {"ho st:80", NULL, 0},
    {"/run/x:80", NULL, 0},
};

START_TEST(an_address_is_a_host_and_a_port)
{
	char host[ADDRESS_HOST_MAX];
	int port;

	if (addresses[_i].host == NULL) {
		ck_assert(!address_split(addresses[_i].address, host, &port));
		return;
	}
	ck_assert(address_split(addresses[_i].address, host, &port));
	ck_assert_str_eq(host, addresses[_i].host);
	ck_assert_int_eq(port, addresses[_i].port);
}
END_TEST

START_TEST(a_host_that_is_too_long_is_none)
{
	char address[ADDRESS_HOST_MAX + 8];
	char host[ADDRESS_HOST_MAX];
	int port;

	memset(address, 'a', sizeof(address));
	memcpy(address + ADDRESS_HOST_MAX, ":80", 4);
	ck_assert(!address_split(address, host, &port));
	ck_assert(address_split(address + 1, host, &port));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *test_case = support_case(suite, "split");

	tcase_add_loop_test(test_case, an_address_is_a_host_and_a_port, 0,
	    sizeof(addresses) / sizeof(addresses[0]));
	tcase_add_test(test_case, a_host_that_is_too_long_is_none);
	return support_run(suite);
}
