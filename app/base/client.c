#include "base/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/*
 * The other half of an address names an interface, and its owner chooses it
 * (RFC 4291, 2.5.1; RFC 8981 changes it daily): whoever has one address has
 * the /64 around it, and counting single addresses would limit nobody.
 */
#define SITE_BITS 64

#define MAPPED_IPV4_OFFSET 12 /* behind ::ffff:, RFC 4291, 2.5.5.2 */

_Static_assert(CLIENT_NAME_BYTES >= INET6_ADDRSTRLEN + sizeof("/64") - 1,
    "the longest address and its prefix fit");

static void
name_ipv4(const struct in_addr *address, char name[CLIENT_NAME_BYTES])
{
	/* It fails only for want of room. */
	(void)inet_ntop(AF_INET, address, name, CLIENT_NAME_BYTES);
}

static void
name_ipv6(struct in6_addr *address, char name[CLIENT_NAME_BYTES])
{
	size_t kept = SITE_BITS / 8;
	size_t used;

	memset(address->s6_addr + kept, 0, sizeof(address->s6_addr) - kept);
	(void)inet_ntop(AF_INET6, address, name, CLIENT_NAME_BYTES);
	used = strlen(name);
	(void)snprintf(name + used, CLIENT_NAME_BYTES - used, "/%d", SITE_BITS);
}

void
client_name(const char *address, char name[CLIENT_NAME_BYTES])
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (address == NULL)
		address = "";
	if (inet_pton(AF_INET, address, &ipv4) == 1) {
		name_ipv4(&ipv4, name);
	} else if (inet_pton(AF_INET6, address, &ipv6) != 1) {
		(void)snprintf(name, CLIENT_NAME_BYTES, "unknown");
	} else if (IN6_IS_ADDR_V4MAPPED(&ipv6)) {
		memcpy(&ipv4, ipv6.s6_addr + MAPPED_IPV4_OFFSET, sizeof(ipv4));
		name_ipv4(&ipv4, name);
	} else {
		name_ipv6(&ipv6, name);
	}
}
