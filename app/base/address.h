/*
 * Addresses in settings: "host:port", where a host of IPv6 stands in
 * brackets. Paths of sockets are told apart by their slash.
 */
#ifndef MADANG_BASE_ADDRESS_H
#define MADANG_BASE_ADDRESS_H

#include <stdbool.h>

#define ADDRESS_HOST_MAX 256 /* bytes, the NUL included */

/*
 * The host (without brackets; "" for ":80") and the port, 0 to 65535, in its
 * canonical form. False when it is no such address.
 */
bool address_split(const char *address, char host[ADDRESS_HOST_MAX], int *port);

/*
 * What getaddrinfo(3) finds for one, for TCP; without a host every address of
 * this machine. The caller frees it by freeaddrinfo. NULL: errno is EINVAL when
 * it is no such address, EADDRNOTAVAIL when nobody knows its host.
 */
struct addrinfo;
struct addrinfo *address_resolve(const char *address);

#endif
