#include "base/confine.h"

#include "base/log.h"
#include "base/syscalls.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#define MODULE "confine"

#define LINE_BYTES 1024

static const char switched_off[] = "switched off";

static bool
set_flag(int flag, unsigned long value, char *why)
{
	if (prctl(flag, value, 0UL, 0UL, 0UL) == 0)
		return true;
	(void)snprintf(why, CONFINE_WHY_BYTES, "%s", strerror(errno));
	return false;
}

static void
confine_privileges(
    struct confine *confine, const struct landlock_wish *wish, char *why)
{
	(void)confine;
	(void)wish;
	(void)set_flag(PR_SET_NO_NEW_PRIVS, 1, why);
}

static void
confine_files(
    struct confine *confine, const struct landlock_wish *wish, char *why)
{
	confine->landlock = landlock_restrict(wish, why, CONFINE_WHY_BYTES);
}

static void
confine_system_calls(
    struct confine *confine, const struct landlock_wish *wish, char *why)
{
	(void)confine;
	(void)wish;
	(void)syscalls_restrict(why, CONFINE_WHY_BYTES);
}

/*
 * A limit of 0 on the size of core files would not do: where the kernel hands
 * them to a program (systemd-coredump) it does not count.
 */
static void
confine_core_dumps(
    struct confine *confine, const struct landlock_wish *wish, char *why)
{
	(void)confine;
	(void)wish;
	(void)set_flag(PR_SET_DUMPABLE, 0, why);
}

static const struct part {
	const char *name; /* the setting's */
	void (*begin)(struct confine *confine, const struct landlock_wish *wish,
	    char *why);
} parts[CONFINE_PARTS] = {
    [CONFINE_PRIVILEGES] = {"privileges", confine_privileges},
    [CONFINE_FILES] = {"files", confine_files},
    [CONFINE_SYSTEM_CALLS] = {"system_calls", confine_system_calls},
    [CONFINE_CORE_DUMPS] = {"core_dumps", confine_core_dumps},
};

/* The list goes last: it has none of the calls that the others take. */
static const enum confine_part order[CONFINE_PARTS] = {CONFINE_PRIVILEGES,
    CONFINE_CORE_DUMPS, CONFINE_FILES, CONFINE_SYSTEM_CALLS};

void
confine_begin(struct confine *confine, const struct landlock_wish *wish)
{
	confine->landlock = 0;
	for (size_t i = 0; i < CONFINE_PARTS; i++) {
		char *why = confine->why[order[i]];

		(void)snprintf(why, CONFINE_WHY_BYTES, "%s",
		    confine->wanted[order[i]] ? "" : switched_off);
		if (confine->wanted[order[i]])
			parts[order[i]].begin(confine, wish, why);
	}
}

const char *
confine_name(enum confine_part part)
{
	return parts[part].name;
}

bool
confine_is_in_force(const struct confine *confine, enum confine_part part)
{
	return confine->why[part][0] == '\0';
}

struct line {
	char text[LINE_BYTES];
	size_t length;
};

/* What doesn't fit is left out; there is room for all. */
static void __attribute__((format(printf, 2, 3)))
add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int added;

	va_start(arguments, format);
	added = vsnprintf(line->text + line->length, LINE_BYTES - line->length,
	    format, arguments);
	va_end(arguments);
	if (added > 0 && (size_t)added < LINE_BYTES - line->length)
		line->length += (size_t)added;
}

static void
add_parts(struct line *line, const struct confine *confine, bool in_force)
{
	const char *before = in_force ? "in force: " : "; not: ";
	bool none = true;

	for (size_t i = 0; i < CONFINE_PARTS; i++) {
		const char *why = confine->why[i];

		if ((why[0] == '\0') != in_force)
			continue;
		add(line, "%s%s", none ? before : ", ", parts[i].name);
		none = false;
		if (!in_force)
			add(line, " (%s)", why);
		else if (i == CONFINE_FILES)
			add(line, " (Landlock %d%s)", confine->landlock,
			    confine->landlock < LANDLOCK_PORTS_VERSION
				? ", which knows no TCP ports"
				: "");
	}
	if (none && in_force)
		add(line, "in force: nothing");
}

void
confine_tell(const struct confine *confine)
{
	struct line line = {.length = 0};
	bool wanting = false;

	add_parts(&line, confine, true);
	add_parts(&line, confine, false);
	for (size_t i = 0; i < CONFINE_PARTS; i++)
		if (confine->wanted[i] && confine->why[i][0] != '\0')
			wanting = true;
	if (wanting)
		log_warning(MODULE, "%s", line.text);
	else
		log_info(MODULE, "%s", line.text);
}
