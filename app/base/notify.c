#include "base/notify.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "notify"

/* A path, or the name of an abstract socket behind an @. */
static bool
read_address(const char *name, struct notify *notify)
{
	size_t length = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || length < 2 ||
	    length >= sizeof(notify->address.sun_path))
		return false;
	notify->address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(notify->address.sun_path, name, length);
	if (name[0] == '@')
		notify->address.sun_path[0] = '\0';
	/* Of an abstract name each byte counts, and none is its end. */
	notify->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				     length + (name[0] == '@' ? 0 : 1));
	return true;
}

void
notify_open(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");

	notify->socket = -1;
	if (name == NULL || name[0] == '\0')
		return;
	if (!read_address(name, notify))
		log_warning(MODULE,
		    "the service manager can't be told anything: "
		    "NOTIFY_SOCKET is %s",
		    name);
	else
		notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)unsetenv("NOTIFY_SOCKET");
}

void
notify_close(struct notify *notify)
{
	if (notify->socket >= 0)
		close(notify->socket);
	notify->socket = -1;
}

/*
 * By its address each time: a manager that was started anew may have another
 * socket there.
 */
static void
notify_say(const struct notify *notify, const char *states)
{
	if (notify->socket < 0)
		return;
	if (sendto(notify->socket, states, strlen(states), MSG_NOSIGNAL,
		(const struct sockaddr *)&notify->address, notify->length) < 0)
		log_warning(MODULE, "can't tell the service manager: %s",
		    strerror(errno));
}

void
notify_ready(const struct notify *notify, const char *status)
{
	char states[256];

	(void)snprintf(states, sizeof(states), "READY=1\nSTATUS=%s", status);
	notify_say(notify, states);
}

/* The moment tells the manager which of two reloads has ended. */
void
notify_reloading(const struct notify *notify)
{
	char states[256];

	(void)snprintf(states, sizeof(states),
	    "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=Reading the settings and "
	    "templates again",
	    (unsigned long long)clock_monotonic_us());
	notify_say(notify, states);
}

void
notify_stopping(const struct notify *notify)
{
	notify_say(notify, "STOPPING=1\nSTATUS=Finishing what is in hand");
}
