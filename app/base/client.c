#include "base/client.h"

#include "base/number.h"

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

/* And what one customer may get of those (RFC 6177): 65,536. */
#define CUSTOMER_BITS 48

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
name_ipv6(struct in6_addr *address, unsigned bits, char name[CLIENT_NAME_BYTES])
{
	size_t kept = bits / 8;
	size_t used;

	memset(address->s6_addr + kept, 0, sizeof(address->s6_addr) - kept);
	(void)inet_ntop(AF_INET6, address, name, CLIENT_NAME_BYTES);
	used = strlen(name);
	(void)snprintf(name + used, CLIENT_NAME_BYTES - used, "/%u", bits);
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
		name_ipv6(&ipv6, SITE_BITS, name);
	}
}

static void
digest_name(
    const char *name, const char *pepper, char digest[CLIENT_DIGEST_BYTES])
{
	static const unsigned char nothing[SEAL_KEY_BYTES] = {0};
	unsigned char key[SEAL_KEY_BYTES];

	seal_derive(nothing, pepper, key);
	seal_digest_text(key, "client", name, digest);
}

void
client_digest(
    const char *address, const char *pepper, char digest[CLIENT_DIGEST_BYTES])
{
	char name[CLIENT_NAME_BYTES];

	client_name(address, name);
	digest_name(name, pepper, digest);
}

void
client_digest_of_network(
    const char *address, const char *pepper, char digest[CLIENT_DIGEST_BYTES])
{
	char name[CLIENT_NAME_BYTES];
	struct in6_addr ipv6;

	digest[0] = '\0';
	if (inet_pton(AF_INET6, address, &ipv6) != 1 ||
	    IN6_IS_ADDR_V4MAPPED(&ipv6))
		return;
	name_ipv6(&ipv6, CUSTOMER_BITS, name);
	digest_name(name, pepper, digest);
}

/* Networks */

#define ADDRESS_BYTES 16
#define ADDRESS_BITS  128
#define MAPPED_BITS   (8 * MAPPED_IPV4_OFFSET)

/* An address of either kind, that of IPv4 as it is mapped into IPv6. */
static bool
read_address(const char *text, unsigned char address[ADDRESS_BYTES], bool *ipv4)
{
	static const unsigned char mapped[MAPPED_IPV4_OFFSET] = {
	    [10] = 0xff, [11] = 0xff};

	*ipv4 = inet_pton(AF_INET, text, address + MAPPED_IPV4_OFFSET) == 1;
	if (*ipv4)
		memcpy(address, mapped, sizeof(mapped));
	return *ipv4 || inet_pton(AF_INET6, text, address) == 1;
}

struct network {
	unsigned char address[ADDRESS_BYTES];
	size_t bits;
};

/* One address, or a block: "192.0.2.0/24". */
static bool
read_network(const char *text, size_t length, struct network *network)
{
	char copy[CLIENT_NAME_BYTES];
	uint64_t bits;
	char *slash;
	bool ipv4;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	if (!read_address(copy, network->address, &ipv4))
		return false;
	bits = ipv4 ? ADDRESS_BITS - MAPPED_BITS : ADDRESS_BITS;
	if (slash != NULL &&
	    !number_parse(slash + 1, strlen(slash + 1), 0, bits, &bits))
		return false;
	network->bits = (size_t)bits + (ipv4 ? MAPPED_BITS : 0);
	return true;
}

static bool
network_has(
    const struct network *network, const unsigned char address[ADDRESS_BYTES])
{
	size_t bytes = network->bits / 8;
	size_t rest = network->bits % 8;

	return memcmp(network->address, address, bytes) == 0 &&
	       (rest == 0 ||
		   (network->address[bytes] ^ address[bytes]) >> (8 - rest) ==
		       0);
}

/*
 * Cuts the next network off the text. False: there is none; *fine is false
 * then if that is so because it can't be read.
 */
static bool
next_network(const char **text, struct network *network, bool *fine)
{
	size_t length;

	*text += strspn(*text, " ");
	length = strcspn(*text, " ");
	*fine = length == 0 || read_network(*text, length, network);
	*text += length;
	return length > 0 && *fine;
}

bool
client_networks_are_fine(const char *networks)
{
	struct network network;
	bool fine;

	while (next_network(&networks, &network, &fine))
		continue;
	return fine;
}

bool
client_is_in(const char *address, const char *networks)
{
	unsigned char bytes[ADDRESS_BYTES];
	struct network network;
	bool any;

	if (!read_address(address, bytes, &any))
		return false;
	while (next_network(&networks, &network, &any))
		if (network_has(&network, bytes))
			return true;
	return false;
}

/*
 * Cuts the last entry off a list that ends at *length. False: there is none, or
 * it is no address.
 */
static bool
last_entry(const char *list, size_t *length, char entry[CLIENT_NAME_BYTES])
{
	unsigned char bytes[ADDRESS_BYTES];
	size_t end = *length;
	size_t begin;
	bool ipv4;

	while (end > 0 && (list[end - 1] == ' ' || list[end - 1] == '\t'))
		end--;
	begin = end;
	while (begin > 0 && list[begin - 1] != ',')
		begin--;
	*length = begin > 0 ? begin - 1 : 0;
	begin += strspn(list + begin, " \t");
	if (begin >= end || end - begin >= CLIENT_NAME_BYTES)
		return false;
	memcpy(entry, list + begin, end - begin);
	entry[end - begin] = '\0';
	return read_address(entry, bytes, &ipv4);
}

bool
client_find(const char *remote, const char *forwarded_for, const char *proxies,
    char address[CLIENT_NAME_BYTES])
{
	size_t length = strlen(forwarded_for);
	char entry[CLIENT_NAME_BYTES];

	(void)snprintf(address, CLIENT_NAME_BYTES, "%s", remote);
	/* Each entry was added by the one that stands behind it. */
	while (client_is_in(address, proxies) && length > 0) {
		if (!last_entry(forwarded_for, &length, entry))
			return false;
		(void)snprintf(address, CLIENT_NAME_BYTES, "%s", entry);
	}
	return true;
}
