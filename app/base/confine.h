/*
 * What a process gives up for good once it has started: what it does not need
 * is what somebody who took it over would want most. Each part is tried by
 * itself, as far as the kernel has it, and a line of the log says what is in
 * force. Knows nothing of what the process is for.
 */
#ifndef MADANG_BASE_CONFINE_H
#define MADANG_BASE_CONFINE_H

#include "base/landlock.h"

#include <stdbool.h>

enum confine_part {
	/* No set-uid program gives it other rights; the next two need this. */
	CONFINE_PRIVILEGES,
	CONFINE_FILES,	      /* and TCP ports: base/landlock.h */
	CONFINE_SYSTEM_CALLS, /* base/syscalls.h */
	/*
	 * Its memory, where passwords are, becomes no file when it dies, and
	 * other processes of its user can't look into it: a debugger, who reads
	 * /proc/PID/environ, mem or fd. Root can.
	 */
	CONFINE_CORE_DUMPS,
	CONFINE_PARTS
};

#define CONFINE_WHY_BYTES 80

struct confine {
	bool wanted[CONFINE_PARTS];
	/* Filled in: "" where it is in force, else why it is not. */
	char why[CONFINE_PARTS][CONFINE_WHY_BYTES];
	int landlock; /* its version, if it is in force */
};

/*
 * Gives up what is wanted. Threads that there are keep their files: so call it
 * before there are any.
 */
void confine_begin(struct confine *confine, const struct landlock_wish *wish);

/* The setting's name, without its section. */
const char *confine_name(enum confine_part part);

bool confine_is_in_force(const struct confine *confine, enum confine_part part);

/*
 * One line of the log, by the names of the settings; a warning when something
 * that was wanted could not be had.
 */
void confine_tell(const struct confine *confine);

#endif
