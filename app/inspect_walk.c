#include "inspect_walk.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* No system gives these to anybody: (uid_t)-1 means none in many calls. */
#define UID_NOBODY ((uid_t)-2)
#define GID_NOBODY ((gid_t)-2)

static bool
person_of_entry(const struct passwd *entry, struct person *person)
{
	const struct group *group;

	*person = (struct person){.name = ""};
	if (entry == NULL)
		return false;
	(void)snprintf(
	    person->name, sizeof(person->name), "%s", entry->pw_name);
	person->uid = entry->pw_uid;
	person->gid = entry->pw_gid;
	person->group_count = PERSON_GROUPS_MAX;
	/* Of one who is in more, the first ones are there. */
	if (getgrouplist(person->name, person->gid, person->groups,
		&person->group_count) < 0)
		person->group_count = PERSON_GROUPS_MAX;
	group = getgrgid(person->gid);
	if (group != NULL)
		(void)snprintf(
		    person->group, sizeof(person->group), "%s", group->gr_name);
	else
		(void)snprintf(person->group, sizeof(person->group), "%u",
		    (unsigned)person->gid);
	return true;
}

bool
person_of_name(const char *name, struct person *person)
{
	return person_of_entry(getpwnam(name), person);
}

bool
person_of_uid(uid_t uid, struct person *person)
{
	return person_of_entry(getpwuid(uid), person);
}

struct person
person_anybody(void)
{
	return (struct person){.name = "anybody",
	    .group = "nogroup",
	    .uid = UID_NOBODY,
	    .gid = GID_NOBODY};
}

bool
person_is_known(const struct person *person)
{
	return person->name[0] != '\0';
}

void
walk_quote(const char *path, char *quoted, size_t size)
{
	size_t plain =
	    strspn(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789/._-+,:@%=");
	size_t length = 0;

	if (path[plain] == '\0') {
		(void)snprintf(quoted, size, "%s", path);
		return;
	}
	quoted[length++] = '\'';
	for (size_t i = 0; path[i] != '\0' && length + 6 < size; i++) {
		if (path[i] == '\'') {
			memcpy(quoted + length, "'\\''", 4);
			length += 4;
		} else {
			quoted[length++] = path[i];
		}
	}
	quoted[length++] = '\'';
	quoted[length] = '\0';
}

static bool
is_in_group(const struct person *person, gid_t gid)
{
	if (person->gid == gid)
		return true;
	for (int i = 0; i < person->group_count; i++)
		if (person->groups[i] == gid)
			return true;
	return false;
}

/* u, g or o: whose bits of a mode count for a person. */
static char
class_of(const struct person *person, const struct stat *status)
{
	if (status->st_uid == person->uid)
		return 'u';
	return is_in_group(person, status->st_gid) ? 'g' : 'o';
}

static unsigned
bits_of(const struct stat *status, char class)
{
	unsigned shift = class == 'u' ? 6 : class == 'g' ? 3 : 0;

	return ((unsigned)status->st_mode >> shift) & 7;
}

/* An access list says more than the mode does. */
static bool
has_list(const char *path)
{
	return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

/* "madang:www-data" */
static void
write_owner(const struct stat *status, char *text, size_t size)
{
	const struct passwd *user = getpwuid(status->st_uid);
	const struct group *group = getgrgid(status->st_gid);
	char user_number[16];
	char group_number[16];

	(void)snprintf(
	    user_number, sizeof(user_number), "%u", (unsigned)status->st_uid);
	(void)snprintf(
	    group_number, sizeof(group_number), "%u", (unsigned)status->st_gid);
	(void)snprintf(text, size, "%s:%s",
	    user != NULL ? user->pw_name : user_number,
	    group != NULL ? group->gr_name : group_number);
}

static void
write_letters(unsigned bits, char letters[4])
{
	size_t length = 0;

	if (bits & WALK_READ)
		letters[length++] = 'r';
	if (bits & WALK_WRITE)
		letters[length++] = 'w';
	if (bits & WALK_ENTER)
		letters[length++] = 'x';
	letters[length] = '\0';
}

/* What keeps a person out of a place, and what lets him in. */
static void
describe(const struct person *person, const struct stat *status, unsigned want,
    enum walk_mend mend, struct walk_fault *fault)
{
	const char *verb = want & WALK_WRITE  ? "write to"
			   : want & WALK_READ ? "read"
					      : "enter";
	char owner[2 * PERSON_NAME_BYTES + 2];
	char quoted[PATH_MAX];
	char letters[4];
	char class = class_of(person, status);

	write_owner(status, owner, sizeof(owner));
	(void)snprintf(fault->what, sizeof(fault->what),
	    "may not %s %s (mode %04o, %s)", verb, fault->path,
	    (unsigned)status->st_mode & 07777, owner);
	write_letters(want, letters);
	walk_quote(fault->path, quoted, sizeof(quoted));
	/* What is made in a folder of that group gets the group, too. */
	if (class == 'o' && mend == WALK_BY_GROUP)
		(void)snprintf(fault->command, sizeof(fault->command),
		    "chgrp %s %s && chmod g+%s%s %s", person->group, quoted,
		    letters, S_ISDIR(status->st_mode) ? "s" : "", quoted);
	else
		(void)snprintf(fault->command, sizeof(fault->command),
		    "chmod %c+%s %s", class, letters, quoted);
}

/* One place of the way, whose path is in the fault. */
static enum walk_result
look(const struct person *person, unsigned want, enum walk_mend mend,
    struct walk_fault *fault)
{
	struct stat status;

	if (stat(fault->path, &status) != 0)
		return errno == ENOENT || errno == ENOTDIR ? WALK_ABSENT
							   : WALK_UNSEEN;
	/* Root may all, but run what nobody may. */
	if (person->uid == 0 || has_list(fault->path) ||
	    (want & ~bits_of(&status, class_of(person, &status))) == 0)
		return WALK_REACHES;
	describe(person, &status, want, mend, fault);
	return WALK_MISSES;
}

/* Every folder on a way without links, then its end. */
static enum walk_result
walk(const struct person *person, const char *path, unsigned want,
    enum walk_mend mend, struct walk_fault *fault)
{
	const char *last = strrchr(path, '/');

	for (const char *slash = path; slash != NULL && slash <= last;
	     slash = strchr(slash + 1, '/')) {
		size_t length = slash == path ? 1 : (size_t)(slash - path);
		enum walk_result result;

		(void)snprintf(fault->path, sizeof(fault->path), "%.*s",
		    (int)length, path);
		/* Folders further up are not for one program alone. */
		result = look(person, WALK_ENTER,
		    slash == last ? mend : WALK_BY_ALL, fault);
		if (result != WALK_REACHES)
			return result;
	}
	(void)snprintf(fault->path, sizeof(fault->path), "%s", path);
	return look(person, want, mend, fault);
}

enum walk_result
walk_to(const struct person *person, const char *path, unsigned want,
    enum walk_mend mend, struct walk_fault *fault)
{
	enum walk_result result = walk(person, path, want, mend, fault);
	char *real = NULL;

	if (result == WALK_REACHES)
		real = realpath(path, NULL);
	/* Where a link leads there are folders on the way as well. */
	if (real != NULL && strcmp(real, path) != 0)
		result = walk(person, real, want, mend, fault);
	free(real);
	return result;
}
