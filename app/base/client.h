/*
 * Whom limits count: the one behind an address, as far as an address can
 * tell. The address is what the web server says, or a proxy that the settings
 * name.
 */
#ifndef MADANG_BASE_CLIENT_H
#define MADANG_BASE_CLIENT_H

#include "base/seal.h"

#include <stdbool.h>

#define CLIENT_NAME_BYTES   64 /* the NUL included */
#define CLIENT_DIGEST_BYTES SEAL_DIGEST_TEXT_BYTES

/*
 * "192.0.2.1" for an address of IPv4, also for one that is mapped into IPv6
 * ("::ffff:192.0.2.1"); "2001:db8:1:2::/64", RFC 5952's spelling, for all of
 * IPv6 that a household gets; "unknown" for NULL and whatever else, so that
 * all who can't be told apart share one count.
 */
void client_name(const char *address, char name[CLIENT_NAME_BYTES]);

/*
 * What stands for that name where it may be kept for a while: a digest keyed
 * with the pepper, a setting that may be "".
 */
void client_digest(
    const char *address, const char *pepper, char digest[CLIENT_DIGEST_BYTES]);

/*
 * The same of the network that somebody may have all clients of: the /48 of an
 * address of IPv6; "" for any other.
 */
void client_digest_of_network(
    const char *address, const char *pepper, char digest[CLIENT_DIGEST_BYTES]);

/*
 * Whether a text names networks as settings do: addresses and CIDR blocks (RFC
 * 4632) with a blank between two, "192.0.2.1 2001:db8::/32"; "" names none.
 */
bool client_networks_are_fine(const char *networks);
/* Whether an address, which may be anything, is in one of the networks. */
bool client_is_in(const char *address, const char *networks);

/*
 * The client's address: what the web server says (remote), or, where that is
 * one of the proxies (networks), the last entry of X-Forwarded-For that none of
 * them can have invented: the last that is no proxy's address. Without such an
 * entry it is the proxy's; false: there is one, but it is no address.
 */
bool client_find(const char *remote, const char *forwarded_for,
    const char *proxies, char address[CLIENT_NAME_BYTES]);

#endif
