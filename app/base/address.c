#include "base/address.h"

#include "base/number.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define PORT_MAX 65535

bool
address_split(const char *address, char host[ADDRESS_HOST_MAX], int *port)
{
	const char *colon = strrchr(address, ':');
	uint64_t number;
	size_t length;

	if (colon == NULL || strchr(address, ' ') != NULL ||
	    strchr(address, '/') != NULL ||
	    !number_parse(colon + 1, strlen(colon + 1), 0, PORT_MAX, &number))
		return false;
	length = (size_t)(colon - address);
	if (length >= 2 && address[0] == '[' && colon[-1] == ']') {
		address++;
		length -= 2;
	}
	if (length >= ADDRESS_HOST_MAX)
		return false;
	memcpy(host, address, length);
	host[length] = '\0';
	*port = (int)number;
	return true;
}

struct addrinfo *
address_resolve(const char *address)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	char host[ADDRESS_HOST_MAX];
	char service[8];
	struct addrinfo *found;
	int port;

	if (!address_split(address, host, &port)) {
		errno = EINVAL;
		return NULL;
	}
	(void)snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(
		host[0] != '\0' ? host : NULL, service, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return NULL;
	}
	return found;
}
