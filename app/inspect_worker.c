#include "inspect_worker.h"

#include "base/number.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 512
#define NAME	   "madang" /* and madang.fcgi */

/* Whether it runs this program, and as whom: a line of /proc for each. */
static bool
is_worker(pid_t process, uid_t *user)
{
	char path[64];
	char line[LINE_BYTES];
	bool ours = false;
	unsigned effective;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)process);
	file = process == getpid() ? NULL : fopen(path, "re");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, "Name:\t" NAME, 6 + strlen(NAME)) == 0)
			ours = true;
		if (ours && sscanf(line, "Uid:\t%*u\t%u", &effective) == 1) {
			(void)fclose(file);
			*user = (uid_t)effective;
			return true;
		}
	}
	(void)fclose(file);
	return false;
}

/* The kernel's number of a listening unix socket; 0: none has that path. */
static uint64_t
inode_of(const char *socket)
{
	FILE *file = fopen("/proc/net/unix", "re");
	char line[LINE_BYTES];
	uint64_t inode = 0;

	if (file == NULL)
		return 0;
	while (inode == 0 && fgets(line, sizeof(line), file) != NULL) {
		const char *path = strchr(line, '/');
		const char *end = path;
		unsigned flags;

		line[strcspn(line, "\n")] = '\0';
		/* Slot, users, protocol, flags, type, state, inode, path. */
		if (path == NULL || strcmp(path, socket) != 0 ||
		    sscanf(line, "%*s %*s %*s %x", &flags) != 1 ||
		    (flags & 0x10000) == 0)
			continue;
		while (end > line && end[-1] == ' ')
			end--;
		while (end > line && end[-1] != ' ')
			end--;
		(void)number_parse(
		    end, strspn(end, "0123456789"), 1, UINT64_MAX, &inode);
	}
	(void)fclose(file);
	return inode;
}

/* Whether a process has a socket open, as far as we may look. */
static bool
has_socket(pid_t process, uint64_t inode)
{
	char folder[64];
	char wanted[64];
	char link[64];
	struct dirent *entry;
	bool has = false;
	DIR *files;

	(void)snprintf(folder, sizeof(folder), "/proc/%ld/fd", (long)process);
	(void)snprintf(
	    wanted, sizeof(wanted), "socket:[%llu]", (unsigned long long)inode);
	files = opendir(folder);
	if (files == NULL)
		return false;
	while (!has && (entry = readdir(files)) != NULL) {
		ssize_t length =
		    readlinkat(dirfd(files), entry->d_name, link, 63);

		link[length > 0 ? length : 0] = '\0';
		has = strcmp(link, wanted) == 0;
	}
	(void)closedir(files);
	return has;
}

/* Of all that run: the one with the socket; else the one user of all. */
static bool
search(uint64_t inode, struct worker_found *found)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	bool one_user = false;
	bool several = false;

	if (processes == NULL)
		return false;
	while ((entry = readdir(processes)) != NULL) {
		struct worker_found here;
		uint64_t number;

		if (!number_parse(entry->d_name, strlen(entry->d_name), 1,
			INT32_MAX, &number))
			continue;
		here.process = (pid_t)number;
		if (!is_worker(here.process, &here.user))
			continue;
		if (inode != 0 && has_socket(here.process, inode)) {
			*found = here;
			(void)closedir(processes);
			return true;
		}
		several = several || (one_user && found->user != here.user);
		*found = here;
		one_user = true;
	}
	(void)closedir(processes);
	return one_user && !several;
}

bool
worker_find(const char *socket, pid_t opened_by, struct worker_found *found)
{
	found->process = opened_by;
	if (opened_by > 1 && is_worker(opened_by, &found->user))
		return true;
	return search(inode_of(socket), found);
}
