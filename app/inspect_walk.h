/*
 * Whether a user reaches a file: the modes, owners and groups on the way to
 * it, as the kernel reads them, and the command that mends what is wrong.
 * Knows no ACLs (it says where there is one) and nothing of what stands beside
 * the modes: SELinux, AppArmor.
 */
#ifndef MADANG_INSPECT_WALK_H
#define MADANG_INSPECT_WALK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PERSON_NAME_BYTES 64
#define PERSON_GROUPS_MAX 64

struct person {
	char name[PERSON_NAME_BYTES]; /* "": nobody is known */
	char group[PERSON_NAME_BYTES];
	uid_t uid;
	gid_t gid;
	gid_t groups[PERSON_GROUPS_MAX]; /* the first one too */
	int group_count;
};

/* False: there is no such user, and *person is nobody that is known. */
bool person_of_name(const char *name, struct person *person);
bool person_of_uid(uid_t uid, struct person *person);

/* Whoever else has an account: no file is his, and he is in no group. */
struct person person_anybody(void);

bool person_is_known(const struct person *person);

enum walk_want { WALK_ENTER = 1, WALK_WRITE = 2, WALK_READ = 4 };

enum walk_result {
	WALK_REACHES,
	WALK_MISSES, /* fault says where and how to mend it */
	WALK_ABSENT, /* it is not there */
	WALK_UNSEEN  /* whoever runs this can't look; fault.path is where */
};

/* How others than the owner are to be let in. */
enum walk_mend {
	WALK_BY_GROUP, /* the file and its folder are for one group */
	WALK_BY_ALL    /* all may come there */
};

struct walk_fault {
	char path[PATH_MAX];
	char what[2 * PATH_MAX];    /* "may not enter /a (mode 0700, …)" */
	char command[4 * PATH_MAX]; /* "chmod o+x /a" */
};

/*
 * Whether a person may do what is wanted (of enum walk_want, or-ed) with the
 * file, an absolute path. Links on the way are followed. Fault is filled unless
 * he reaches it.
 */
enum walk_result walk_to(const struct person *person, const char *path,
    unsigned want, enum walk_mend mend, struct walk_fault *fault);

/* The path as a shell takes it. */
void walk_quote(const char *path, char *quoted, size_t size);

#endif
