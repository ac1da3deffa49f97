/*
 * Whom limits count: the one behind an address, as far as an address can
 * tell. The address is what the web server says; no header is read here.
 */
#ifndef MADANG_BASE_CLIENT_H
#define MADANG_BASE_CLIENT_H

#define CLIENT_NAME_BYTES 64 /* the NUL included */

/*
 * "192.0.2.1" for an address of IPv4, also for one that is mapped into IPv6
 * ("::ffff:192.0.2.1"); "2001:db8:1:2::/64", RFC 5952's spelling, for all of
 * IPv6 that a household gets; "unknown" for NULL and whatever else, so that
 * all who can't be told apart share one count.
 */
void client_name(const char *address, char name[CLIENT_NAME_BYTES]);

#endif
