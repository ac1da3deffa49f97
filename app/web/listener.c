#include "web/listener.h"

#include "base/address.h"
#include "base/log.h"

#include <errno.h>
#include <linux/filter.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MODULE "listener"

/* What a handshake may still take; between machines it is a millisecond. */
#define COMING_MS 20

/* The first descriptor that systemd gives: SD_LISTEN_FDS_START. */
#define ADOPTED 3

/* A unix socket's file that nobody listens on: left by a kill -9. */
static bool
socket_is_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale;

	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)address,
		    sizeof(*address)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int
open_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;
	mode_t mask;
	int bound;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode) &&
	    socket_is_stale(&address) && unlink(path) != 0 && errno != ENOENT)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Whoever can connect can speak for any visitor: no others. */
	mask = umask(0117);
	bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	if (bound != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool
listener_is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->sa_family != AF_INET6)
		return true;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
		   six->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

enum err
listener_check(const char *name, int socket, bool beyond)
{
	struct sockaddr_storage address = {0};
	socklen_t length = sizeof(address);

	if (beyond ||
	    (getsockname(socket, (struct sockaddr *)&address, &length) == 0 &&
		listener_is_loopback((const struct sockaddr *)&address)))
		return ERR_OK;
	log_error(MODULE,
	    "can't listen on %s: other machines reach it, and whoever does "
	    "speaks FastCGI to the worker himself and can pretend to be any "
	    "visitor, with any header. A socket's path is safer; if none but "
	    "the web server can reach it, set listen_beyond_loopback = 1",
	    name);
	return ERR_CONFIG;
}

static int
open_tcp(const char *address)
{
	struct addrinfo *found = address_resolve(address);
	int fd;

	if (found == NULL)
		return -1;
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
		if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	return fd;
}

/* Away from descriptor 0, where a socket is one that somebody else opened. */
static int
leave_standard_input(int fd)
{
	int other;

	if (fd != STDIN_FILENO)
		return fd;
	other = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return other;
}

enum err
listener_open(const char *address, bool beyond, int *opened)
{
	bool path = strchr(address, '/') != NULL;
	int fd =
	    leave_standard_input(path ? open_unix(address) : open_tcp(address));

	/* It is bound, but nobody can connect to it yet. */
	if (fd >= 0 && listener_check(address, fd, beyond) != ERR_OK) {
		close(fd);
		return ERR_CONFIG;
	}
	if (fd < 0 || listen(fd, LISTENER_BACKLOG) != 0) {
		log_error(
		    MODULE, "can't listen on %s: %s", address, strerror(errno));
		if (fd >= 0)
			close(fd);
		return ERR_CONFIG;
	}
	/* FastCGI knows no password: whoever connects is believed. */
	if (!path)
		log_warning(MODULE,
		    "%s is open to all who can reach it, and who can "
		    "must be a web server: a socket's path is safer",
		    address);
	*opened = fd;
	return ERR_OK;
}

/*
 * A unix socket that is shut keeps who stands in its queue. One of TCP would
 * reset them, with what they have sent: it lets nobody begin to come, and gives
 * those that are between SYN and ACK a moment to end that. A SYN without an
 * answer is sent again after a second, and is refused then.
 */
void
listener_refuse(int socket)
{
	/* The flags of a TCP header, which is where the filter begins. */
	struct sock_filter no_syn[] = {
	    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x02, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog filter = {
	    .len = sizeof(no_syn) / sizeof(no_syn[0]), .filter = no_syn};
	int domain = AF_UNSPEC;
	socklen_t length = sizeof(domain);

	(void)getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &length);
	if (domain == AF_UNIX)
		(void)shutdown(socket, SHUT_RD);
	else if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
		     sizeof(filter)) == 0)
		(void)nanosleep(
		    &(struct timespec){.tv_nsec = COMING_MS * 1000000L}, NULL);
}

struct listener_file
listener_file_of(const char *address)
{
	struct stat found;

	if (strchr(address, '/') == NULL || lstat(address, &found) != 0)
		return (struct listener_file){.inode = 0};
	return (struct listener_file){
	    .device = found.st_dev, .inode = found.st_ino};
}

void
listener_leave(const char *address, struct listener_file file)
{
	struct listener_file there = listener_file_of(address);

	/* Somebody took ours away, and another worker has its own there. */
	if (there.inode == 0 || there.inode != file.inode ||
	    there.device != file.device)
		return;
	if (unlink(address) != 0 && errno != ENOENT)
		log_warning(
		    MODULE, "can't remove %s: %s", address, strerror(errno));
}

void
listener_adopt(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	char own[24];

	(void)snprintf(own, sizeof(own), "%ld", (long)getpid());
	/* For us, and not for who started us; one is what we have a use for. */
	if (pid != NULL && count != NULL && strcmp(pid, own) == 0 &&
	    strcmp(count, "1") == 0 && listener_is_open(ADOPTED) &&
	    dup2(ADOPTED, STDIN_FILENO) == STDIN_FILENO)
		close(ADOPTED);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
}

bool
listener_goes_on(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR ||
	       error == ECONNABORTED || error == EPROTO || error == EPERM ||
	       error == ENETDOWN || error == EHOSTUNREACH ||
	       error == ENETUNREACH || error == ETIMEDOUT;
}

bool
listener_is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM ||
	       error == ENOBUFS;
}

bool
listener_is_open(int fd)
{
	int listening = 0;
	socklen_t length = sizeof(listening);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) ==
		   0 &&
	       listening != 0;
}
