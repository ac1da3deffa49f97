#include "base/logplace.h"

#include "base/conf.h"
#include "base/logline.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SYSLOG	      "syslog"
#define SYSLOG_SOCKET "/dev/log"
#define FACILITY      (3 << 3) /* daemon; RFC 3164, section 4.1.1 */

/* "<27>Jan 31 12:00:00 madang[12345]: " */
#define HEAD_MAX_BYTES 64

#define FILE_MODE 0640

enum kind { KIND_STDERR, KIND_FILE, KIND_SYSLOG };

/* Severities of RFC 3164. */
static const int severities[] = {
    [LOG_LEVEL_ERROR] = 3,
    [LOG_LEVEL_WARNING] = 4,
    [LOG_LEVEL_INFO] = 6,
};

/* The lock is for who writes, too: a file is not closed under his hands. */
static struct {
	pthread_mutex_t lock;
	enum kind kind;
	int fd;	   /* of the file or of syslog; -1: not now */
	bool torn; /* the file ends within a line */
	char socket[CONF_TEXT_MAX];
} place = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static bool
is_syslog(const char *to)
{
	size_t length = strlen(SYSLOG);

	return strncmp(to, SYSLOG, length) == 0 &&
	       (to[length] == '\0' || to[length] == ':');
}

static const char *
socket_of(const char *to)
{
	const char *colon = strchr(to, ':');

	return colon == NULL ? SYSLOG_SOCKET : colon + 1;
}

bool
logplace_is_good(const char *to)
{
	const struct sockaddr_un *any = NULL;

	if (is_syslog(to))
		return socket_of(to)[0] == '/' &&
		       strlen(socket_of(to)) < sizeof(any->sun_path);
	return to[0] == '\0' || to[0] == '/';
}

/* -1: syslog is not there. */
static int
connect_syslog(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
			   sizeof(address)) == 0)
		return fd;
	if (fd >= 0) {
		int failure = errno;

		(void)close(fd);
		errno = failure;
	}
	return -1;
}

bool
logplace_open(const char *to)
{
	enum kind kind = to[0] == '\0'	 ? KIND_STDERR
			 : is_syslog(to) ? KIND_SYSLOG
					 : KIND_FILE;
	int fd = -1;

	/* A pipe that nobody reads must not stop us. */
	if (kind == KIND_FILE)
		fd = open(to,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
			O_NONBLOCK,
		    FILE_MODE);
	if (kind == KIND_FILE && fd < 0)
		return false;
	if (kind == KIND_SYSLOG)
		fd = connect_syslog(socket_of(to));
	pthread_mutex_lock(&place.lock);
	if (place.fd >= 0)
		(void)close(place.fd);
	place.kind = kind;
	place.fd = fd;
	place.torn = false;
	if (kind == KIND_SYSLOG)
		(void)snprintf(
		    place.socket, sizeof(place.socket), "%s", socket_of(to));
	pthread_mutex_unlock(&place.lock);
	return true;
}

bool
logplace_has_time(void)
{
	enum kind kind;

	pthread_mutex_lock(&place.lock);
	kind = place.kind;
	pthread_mutex_unlock(&place.lock);
	/* The journal puts its own time in front. */
	return kind == KIND_SYSLOG ||
	       (kind == KIND_STDERR && getenv("JOURNAL_STREAM") != NULL);
}

/*
 * One write: a file that several processes append to has whole lines. What
 * a full disk took half of ends there, and the next line begins anew.
 */
static bool
write_file(const char *line, size_t length)
{
	ssize_t written;

	if (place.torn && write(place.fd, "\n", 1) != 1)
		return false;
	place.torn = false;
	written = write(place.fd, line, length);
	if (written == (ssize_t)length)
		return true;
	if (written >= 0) {
		place.torn = written > 0;
		errno = ENOSPC;
	}
	return false;
}

static bool
send_to_syslog(const char *data, size_t length)
{
	return place.fd >= 0 &&
	       send(place.fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		   (ssize_t)length;
}

/* As syslog(3) writes it to the socket of the machine, and without waiting. */
static bool
write_syslog(enum log_level level, const char *line, size_t length)
{
	char data[HEAD_MAX_BYTES + LOGLINE_MAX_BYTES];
	char when[32] = "";
	time_t now = time(NULL);
	struct tm local;
	size_t head;

	if (localtime_r(&now, &local) != NULL)
		(void)strftime(when, sizeof(when), "%b %e %H:%M:%S ", &local);
	head = (size_t)snprintf(data, HEAD_MAX_BYTES,
	    "<%d>%smadang[%ld]: ", FACILITY | severities[level], when,
	    (long)getpid());
	/* Its newline stays here. */
	memcpy(data + head, line, length - 1);
	length += head - 1;
	if (send_to_syslog(data, length))
		return true;
	/* It hangs: another connection would, too. */
	if (place.fd >= 0 && (errno == EAGAIN || errno == ENOBUFS))
		return false;
	if (place.fd >= 0)
		(void)close(place.fd);
	place.fd = connect_syslog(place.socket);
	return send_to_syslog(data, length);
}

bool
logplace_write(enum log_level level, const char *line, size_t length)
{
	bool done = false;
	int failure;

	pthread_mutex_lock(&place.lock);
	if (place.kind == KIND_FILE)
		done = write_file(line, length);
	else if (place.kind == KIND_SYSLOG)
		done = write_syslog(level, line, length);
	failure = errno;
	/* A failure is ignored: there is nobody left to tell. */
	if (!done && write(STDERR_FILENO, line, length) < 0 &&
	    place.kind == KIND_STDERR)
		failure = errno;
	done = done || place.kind == KIND_STDERR;
	pthread_mutex_unlock(&place.lock);
	errno = failure;
	return done;
}
