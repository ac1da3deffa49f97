#include "web/lobby.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "web/listener.h"
#include "web/record.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MODULE "lobby"

/* Connections that may wait for their request. */
#define WAITING_MAX 1024
/*
 * What a request may take up to the end of its parameters: more than the
 * setting limits.header_bytes allows, and less than a socket's buffer holds.
 */
#define LOOK_BYTES (128 * 1024)
/* How long they may; a web server sends its request with the connection. */
#define WAITING_US (10 * 1000000UL)
/* How long one that is waiting when we stop is still given. */
#define STOPPING_US (1 * 1000000UL)
/* The pause when the process is out of file descriptors or memory. */
#define EXHAUSTED_MS 100

/*
 * Those whose request is there. Once it is full the kernel keeps them, whose
 * queue refuses at once when it is full too; the web server says 503 then.
 */
#define READY_MAX 1024
_Static_assert(WAITING_MAX + READY_MAX == LOBBY_GUESTS_MAX,
    "the header says how many connections there may be");
/* So many are let in at one go: other processes want some too. */
#define AT_ONCE 8
/* How long it may be full before somebody looks whether we shall stop. */
#define FULL_MS 50

/* So quick again, and it is over that visitors come late. */
#define CALM_PART 4 /* of what is late */

struct guest {
	int fd;
	size_t head; /* bytes of its request, once that is there */
	uint64_t since_us;
};

struct lobby {
	int socket;
	int stop;
	int epoll;
	uint64_t late_us;

	/* Of the thread that lets them in. */
	uint64_t stopped_us; /* 0: not stopped */
	bool at_door;	     /* it still lets in who stands there */
	size_t count;
	struct guest waiting[WAITING_MAX]; /* the oldest first */
	unsigned char look[LOOK_BYTES];

	/* Of all; a ring. */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* somebody is ready, or it is closed */
	pthread_cond_t taken;
	struct guest ready[READY_MAX];
	size_t first;
	size_t ready_count;
	bool closed;
	bool last;     /* on its socket */
	uint64_t late; /* since that began; 0: nobody is */
	size_t slots;
	size_t patient; /* of them, with those who send slowly */
};

static bool
watch(const struct lobby *lobby, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(lobby->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void
lobby_init(struct lobby *lobby)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&lobby->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&lobby->changed, &attributes);
	pthread_cond_init(&lobby->taken, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum err
lobby_create(int socket, int stop, uint64_t late_us, struct lobby **created)
{
	struct lobby *lobby = calloc(1, sizeof(*lobby));
	int flags = fcntl(socket, F_GETFL);

	if (lobby == NULL)
		return ERR_NO_MEMORY;
	lobby_init(lobby);
	lobby->socket = socket;
	lobby->stop = stop;
	lobby->late_us = late_us;
	lobby->epoll = epoll_create1(EPOLL_CLOEXEC);
	/*
	 * Non-blocking, since another process may be quicker; exclusive, so
	 * that a connection does not wake all of them. Who made the socket we
	 * got on fd 0 may have given it a short queue: listen again.
	 */
	if (lobby->epoll < 0 || flags < 0 ||
	    fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    listen(socket, LISTENER_BACKLOG) != 0 ||
	    !watch(lobby, socket, EPOLLIN | EPOLLEXCLUSIVE) ||
	    !watch(lobby, stop, EPOLLIN)) {
		log_error(
		    MODULE, "can't wait for connections: %s", strerror(errno));
		lobby_destroy(lobby);
		return ERR_INTERNAL;
	}
	/* Linux hands it on to what is accepted. A unix socket has none. */
	(void)setsockopt(
	    socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	lobby->at_door = true;
	*created = lobby;
	return ERR_OK;
}

void
lobby_destroy(struct lobby *lobby)
{
	if (lobby == NULL)
		return;
	metrics_subtract(METRIC_WAITING_FOR_REQUEST, lobby->count);
	metrics_subtract(METRIC_WAITING_FOR_SLOT, lobby->ready_count);
	for (size_t i = 0; i < lobby->count; i++)
		close(lobby->waiting[i].fd);
	for (size_t i = 0; i < lobby->ready_count; i++)
		close(lobby->ready[(lobby->first + i) % READY_MAX].fd);
	if (lobby->epoll >= 0)
		close(lobby->epoll);
	pthread_cond_destroy(&lobby->changed);
	pthread_cond_destroy(&lobby->taken);
	pthread_mutex_destroy(&lobby->lock);
	free(lobby);
}

/* Waiting for a slot */

static void
ready_add(struct lobby *lobby, const struct guest *guest)
{
	metrics_add(METRIC_WAITING_FOR_SLOT, 1);
	pthread_mutex_lock(&lobby->lock);
	lobby->ready[(lobby->first + lobby->ready_count++) % READY_MAX] =
	    *guest;
	pthread_mutex_unlock(&lobby->lock);
	/* After that, or whoever is woken would wait for the lock at once. */
	pthread_cond_signal(&lobby->changed);
}

/*
 * Whether there is room for AT_ONCE more; waits a little for it. Only the
 * caller adds any.
 */
static bool
ready_has_room(struct lobby *lobby)
{
	bool room;

	pthread_mutex_lock(&lobby->lock);
	if (lobby->ready_count + AT_ONCE > READY_MAX) {
		struct timespec moment =
		    clock_moment(clock_monotonic_us() + FULL_MS * 1000);

		(void)pthread_cond_timedwait(
		    &lobby->taken, &lobby->lock, &moment);
	}
	room = lobby->ready_count + AT_ONCE <= READY_MAX;
	pthread_mutex_unlock(&lobby->lock);
	return room;
}

void
lobby_close(struct lobby *lobby)
{
	pthread_mutex_lock(&lobby->lock);
	lobby->closed = true;
	pthread_cond_broadcast(&lobby->changed);
	pthread_mutex_unlock(&lobby->lock);
}

void
lobby_be_last(struct lobby *lobby)
{
	pthread_mutex_lock(&lobby->lock);
	lobby->last = true;
	pthread_mutex_unlock(&lobby->lock);
}

/* The oldest; under the lock, and there is one. */
static struct guest
ready_remove(struct lobby *lobby)
{
	struct guest guest = lobby->ready[lobby->first];

	lobby->first = (lobby->first + 1) % READY_MAX;
	if (lobby->ready_count-- + AT_ONCE > READY_MAX)
		pthread_cond_signal(&lobby->taken);
	return guest;
}

/* That visitors come late is an event for the log, not each of them. */
static void
tell_of_late(const struct lobby *lobby, bool begins, uint64_t over)
{
	if (begins)
		log_warning(MODULE,
		    "more is asked than the slots can answer: who has waited "
		    "for %llu ms is told to come back",
		    (unsigned long long)(lobby->late_us / 1000));
	if (over != 0)
		log_info(MODULE,
		    "nobody waits any more; %llu were told to come back",
		    (unsigned long long)over);
}

int
lobby_take(struct lobby *lobby, size_t *head, bool *late)
{
	struct guest guest = {.fd = -1};
	uint64_t waited = 0;
	uint64_t over = 0;
	bool begins;

	pthread_mutex_lock(&lobby->lock);
	while (lobby->ready_count == 0 && !lobby->closed)
		pthread_cond_wait(&lobby->changed, &lobby->lock);
	if (lobby->ready_count > 0) {
		guest = ready_remove(lobby);
		waited = clock_monotonic_us() - guest.since_us;
	}
	*late = waited > lobby->late_us;
	begins = *late && lobby->late == 0;
	lobby->late += *late ? 1 : 0;
	if (waited < lobby->late_us / CALM_PART) {
		over = lobby->late;
		lobby->late = 0;
	}
	pthread_mutex_unlock(&lobby->lock);
	tell_of_late(lobby, begins, over);
	if (guest.fd >= 0) {
		metrics_subtract(METRIC_WAITING_FOR_SLOT, 1);
		metrics_add(METRIC_WAITED_US, waited);
		metrics_add(METRIC_LATE, *late ? 1 : 0);
	}
	*head = guest.head;
	return guest.fd;
}

/* The slots' patience */

void
lobby_join(struct lobby *lobby)
{
	pthread_mutex_lock(&lobby->lock);
	lobby->slots++;
	pthread_mutex_unlock(&lobby->lock);
}

bool
lobby_begin_patience(struct lobby *lobby)
{
	bool may;

	pthread_mutex_lock(&lobby->lock);
	may = lobby->patient == 0 || lobby->patient < lobby->slots / 2;
	lobby->patient += may ? 1 : 0;
	pthread_mutex_unlock(&lobby->lock);
	return may;
}

void
lobby_end_patience(struct lobby *lobby)
{
	pthread_mutex_lock(&lobby->lock);
	lobby->patient--;
	pthread_mutex_unlock(&lobby->lock);
}

/* Waiting for the request */

/* Takes the i-th out of those that wait. */
static struct guest
waiting_remove(struct lobby *lobby, size_t i)
{
	struct guest guest = lobby->waiting[i];

	(void)epoll_ctl(lobby->epoll, EPOLL_CTL_DEL, guest.fd, NULL);
	metrics_subtract(METRIC_WAITING_FOR_REQUEST, 1);
	lobby->count--;
	memmove(&lobby->waiting[i], &lobby->waiting[i + 1],
	    (lobby->count - i) * sizeof(lobby->waiting[0]));
	return guest;
}

static void
waiting_send_off(struct lobby *lobby, size_t i)
{
	close(waiting_remove(lobby, i).fd);
}

static void
waiting_add(struct lobby *lobby, int fd)
{
	if (lobby->count == WAITING_MAX)
		waiting_send_off(lobby, 0);
	/* At its edge: what has come stays in the socket until it is whole. */
	if (!watch(lobby, fd, EPOLLIN | EPOLLRDHUP | EPOLLET)) {
		close(fd);
		return;
	}
	metrics_add(METRIC_WAITING_FOR_REQUEST, 1);
	lobby->waiting[lobby->count++] =
	    (struct guest){.fd = fd, .since_us = clock_monotonic_us()};
}

/* Closes those that have waited too long. */
static void
waiting_expire(struct lobby *lobby)
{
	uint64_t now = clock_monotonic_us();

	while (
	    lobby->count > 0 && now - lobby->waiting[0].since_us >= WAITING_US)
		waiting_send_off(lobby, 0);
}

/* Milliseconds until something is to be done without an event; -1: never. */
static int
waiting_timeout(const struct lobby *lobby)
{
	uint64_t now = clock_monotonic_us();
	uint64_t end = UINT64_MAX;

	if (lobby->count > 0)
		end = lobby->waiting[0].since_us + WAITING_US;
	if (lobby->stopped_us != 0 && end > lobby->stopped_us + STOPPING_US)
		end = lobby->stopped_us + STOPPING_US;
	if (end == UINT64_MAX)
		return -1;
	return end <= now ? 0 : (int)((end - now) / 1000 + 1);
}

/* What has come over a connection, which is left where it is. */
static enum record_state
connection_look(struct lobby *lobby, struct guest *guest)
{
	ssize_t length =
	    recv(guest->fd, lobby->look, LOOK_BYTES, MSG_PEEK | MSG_DONTWAIT);
	enum record_state state;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return RECORD_WAIT;
	if (length <= 0)
		return RECORD_BROKEN; /* the other side is gone */
	state = record_look(lobby->look, (size_t)length, &guest->head);
	if (state == RECORD_BROKEN)
		log_seldom(LOG_LEVEL_WARNING, MODULE, "not FastCGI",
		    "closed a connection: not FastCGI");
	if (state != RECORD_WAIT || length < LOOK_BYTES)
		return state;
	log_seldom(LOG_LEVEL_WARNING, MODULE, "parameters",
	    "closed a connection: parameters over %d bytes", LOOK_BYTES);
	return RECORD_BROKEN;
}

/* One that waits has said more, or has hung up. */
static void
waiting_hear(struct lobby *lobby, const struct epoll_event *event)
{
	enum record_state state;
	size_t i = 0;

	while (i < lobby->count && lobby->waiting[i].fd != event->data.fd)
		i++;
	if (i == lobby->count)
		return; /* it has just been closed */
	state = connection_look(lobby, &lobby->waiting[i]);
	if (state == RECORD_WHOLE) {
		/* It waits for us since now, not since it came. */
		struct guest guest = waiting_remove(lobby, i);

		guest.since_us = clock_monotonic_us();
		ready_add(lobby, &guest);
	} else if (state == RECORD_BROKEN ||
		   (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
		waiting_send_off(lobby, i);
	}
}

/* Arriving */

/* To a slot at once when its request is there, as it mostly is. */
static void
lobby_receive(struct lobby *lobby, int fd)
{
	struct guest guest = {.fd = fd, .since_us = clock_monotonic_us()};

	switch (connection_look(lobby, &guest)) {
	case RECORD_WHOLE:
		ready_add(lobby, &guest);
		break;
	case RECORD_WAIT:
		waiting_add(lobby, fd);
		break;
	default:
		close(fd);
	}
}

static bool
is_readable(int fd)
{
	struct pollfd door = {.fd = fd, .events = POLLIN};

	return poll(&door, 1, 0) > 0;
}

/* After accept(2) has failed. False: it will for good. */
static bool
lobby_bear(struct lobby *lobby, int error)
{
	if (listener_goes_on(error))
		return true;
	if (!listener_is_exhausted(error)) {
		log_error(MODULE, "can't accept: %s", strerror(error));
		return false;
	}
	/* accept(2) wants a descriptor before it looks who is there. */
	if (!is_readable(lobby->socket))
		return true;
	log_seldom(LOG_LEVEL_WARNING, MODULE, "accept",
	    "can't accept for now: %s", strerror(error));
	/* Who waits without a word makes room. */
	if (lobby->count > 0)
		waiting_send_off(lobby, 0);
	else
		(void)nanosleep(
		    &(struct timespec){.tv_nsec = EXHAUSTED_MS * 1000000L},
		    NULL);
	return true;
}

/* Who else has the socket may have made it block: systemd, for ExecReload=. */
static int
lobby_next(const struct lobby *lobby)
{
	(void)fcntl(lobby->socket, F_SETFL, O_NONBLOCK);
	return accept4(lobby->socket, NULL, NULL, SOCK_CLOEXEC);
}

static bool
lobby_is_last(struct lobby *lobby)
{
	bool last;

	pthread_mutex_lock(&lobby->lock);
	last = lobby->last;
	pthread_mutex_unlock(&lobby->lock);
	return last;
}

static bool
lobby_leave_door(struct lobby *lobby)
{
	(void)epoll_ctl(lobby->epoll, EPOLL_CTL_DEL, lobby->socket, NULL);
	lobby->at_door = false;
	/* Empty by now; what came meanwhile would stand there for nothing. */
	if (lobby_is_last(lobby))
		(void)shutdown(lobby->socket, SHUT_RD);
	return true;
}

/* Accepts those who stand at the door. False: the socket failed for good. */
static bool
lobby_accept(struct lobby *lobby)
{
	for (int i = 0; i < AT_ONCE; i++) {
		int fd = lobby_next(lobby);

		if (fd < 0 && lobby->stopped_us != 0 && errno == EAGAIN)
			return lobby_leave_door(lobby); /* all are in */
		if (fd < 0)
			return lobby_bear(lobby, errno);
		lobby_receive(lobby, fd);
	}
	return true;
}

/* Takes in those that the kernel took in our name so far. */
static void
lobby_empty_queue(struct lobby *lobby)
{
	while (lobby->count < WAITING_MAX) {
		int fd = lobby_next(lobby);

		if (fd < 0)
			return;
		waiting_add(lobby, fd);
	}
}

/* Takes no new ones; those that wait get a moment. */
static void
lobby_stop(struct lobby *lobby)
{
	(void)epoll_ctl(lobby->epoll, EPOLL_CTL_DEL, lobby->stop, NULL);
	lobby->stopped_us = clock_monotonic_us();
	if (lobby_is_last(lobby)) {
		listener_refuse(lobby->socket);
		return; /* lobby_step sees to the rest */
	}
	lobby_empty_queue(lobby);
	(void)lobby_leave_door(lobby);
}

static bool
lobby_is_done(const struct lobby *lobby)
{
	return lobby->stopped_us != 0 && !lobby->at_door &&
	       (lobby->count == 0 ||
		   clock_monotonic_us() - lobby->stopped_us >= STOPPING_US);
}

/* What happens next. False: the socket failed for good. */
static bool
lobby_step(struct lobby *lobby)
{
	struct epoll_event event;
	int ready;

	if (lobby->stopped_us != 0 && lobby->at_door)
		return lobby_accept(lobby);
	ready = epoll_wait(lobby->epoll, &event, 1, waiting_timeout(lobby));
	if (ready < 0 && errno != EINTR) {
		log_error(MODULE, "can't wait: %s", strerror(errno));
		return false;
	}
	waiting_expire(lobby);
	if (ready <= 0)
		return true;
	if (event.data.fd == lobby->stop)
		lobby_stop(lobby);
	else if (event.data.fd == lobby->socket)
		return lobby_accept(lobby);
	else
		waiting_hear(lobby, &event);
	return true;
}

bool
lobby_run(struct lobby *lobby)
{
	bool goes_on = true;

	while (goes_on && !lobby_is_done(lobby)) {
		if (ready_has_room(lobby))
			goes_on = lobby_step(lobby);
		else if (lobby->stopped_us == 0 && is_readable(lobby->stop))
			lobby_stop(lobby);
	}
	lobby_close(lobby);
	return goes_on;
}
