/*
 * Landlock: from some moment on, a process reaches no other files and TCP
 * ports than those named. Knows the kernel's interface, in whichever of its
 * versions there is; what is named, others decide (landlock(7)).
 */
#ifndef MADANG_BASE_LANDLOCK_H
#define MADANG_BASE_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stays allowed with a file, or with all that is beneath a folder. */
enum landlock_access {
	LANDLOCK_READ,	 /* reading, and listing folders */
	LANDLOCK_RUN,	 /* reading, and running programs */
	LANDLOCK_REMOVE, /* removing files, no folders; not reading */
	LANDLOCK_WRITE,	 /* making files and writing to them; not reading */
	LANDLOCK_CHANGE	 /* all but running programs, devices and links */
};

struct landlock_place {
	const char *path; /* what it leads to now; later no other */
	enum landlock_access access;
};

struct landlock_wish {
	const struct landlock_place *places;
	size_t place_count;
	const uint16_t *ports; /* that may be connected to */
	size_t port_count;
};

/* The first version that knows TCP ports. */
#define LANDLOCK_PORTS_VERSION 4

/*
 * Takes all else from the calling thread, and from the threads and processes
 * that it makes; forever. Files, sockets and connections that are open stay
 * so, and connecting to a unix socket needs no right. From version 4 on no TCP
 * port can be bound, and only those named be connected to; from 6 on processes
 * outside get no signal, and sockets without a file are out of reach. A place
 * that isn't there is passed over. Gives the version in force; or 0, with the
 * reason, an English half-sentence, in why.
 */
int landlock_restrict(
    const struct landlock_wish *wish, char *why, size_t why_size);

#endif
