/*
 * Asks for one page at a constant rate and tells how long that takes.
 *
 *     pace PORT PATH RATE SECONDS CONNECTIONS
 *
 * Request i is due at i / RATE seconds, whatever became of those before it,
 * and its time counts from then: one that had to wait for a connection has
 * waited, as a visitor would have. (A client that asks anew only once it has
 * its answer asks less often of a slow server, and so never sees how slow it
 * is: coordinated omission.)
 *
 * Prints: p50 p99 p99.9 in microseconds, the requests, the errors.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CONNECTIONS_MAX 1024
#define SECOND_NS	INT64_C(1000000000)
/* What is not answered so long after the last was due never is. */
#define PATIENCE_NS (5 * SECOND_NS)

static struct client clients[CONNECTIONS_MAX];
static struct pollfd polled[CONNECTIONS_MAX];
static size_t count;
static int port;

static int64_t *times; /* of answers */
static long long answered, errors;

static void
dial(size_t i)
{
	client_dial(&clients[i], port);
	polled[i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
}

static void
receive(size_t i)
{
	/* A server may close a connection that has nothing to do. */
	bool busy = clients[i].busy;
	enum client_state state = client_receive(&clients[i]);

	if (state == CLIENT_DONE)
		times[answered++] = client_now() - clients[i].due;
	if (state == CLIENT_FAILED && busy)
		errors++;
	if (state == CLIENT_FAILED ||
	    (state == CLIENT_DONE && clients[i].closes))
		dial(i);
}

/* A connection without a request in hand; count: there is none. */
static size_t
find_idle(void)
{
	size_t i = 0;

	while (i < count && clients[i].busy)
		i++;
	return i;
}

static void
wait_until(int64_t moment)
{
	int64_t left = moment - client_now();
	struct timespec timeout = {0, 0};

	if (left > 0)
		timeout = (struct timespec){
		    .tv_sec = left / SECOND_NS, .tv_nsec = left % SECOND_NS};
	if (ppoll(polled, count, &timeout, NULL) < 0 && errno != EINTR) {
		perror("ppoll");
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < count; i++)
		if (polled[i].revents != 0)
			receive(i);
}

static void
run(const char *request, long long rate, long long total)
{
	int64_t start = client_now() + SECOND_NS / 100;
	int64_t end = start + total * SECOND_NS / rate + PATIENCE_NS;
	long long sent = 0;

	while (answered + errors < total && client_now() < end) {
		int64_t due = start + sent * SECOND_NS / rate;
		size_t idle = find_idle();

		if (sent == total || idle == count) {
			wait_until(end);
		} else if (due > client_now()) {
			wait_until(due);
		} else {
			clients[idle].due = due;
			sent++;
			if (client_send(&clients[idle], request) ==
			    CLIENT_FAILED) {
				errors++;
				dial(idle);
			}
		}
	}
	errors = total - answered;
}

static int
compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

static long long
percentile(double share)
{
	long long i = (long long)((double)answered * share);

	if (answered == 0)
		return 0;
	return (long long)(times[i < answered ? i : answered - 1] / 1000);
}

int
main(int argc, char **argv)
{
	char request[2048];
	long long rate, total;

	if (argc != 6)
		return 2;
	port = (int)strtol(argv[1], NULL, 10);
	rate = strtoll(argv[3], NULL, 10);
	total = rate * strtoll(argv[4], NULL, 10);
	count = strtoul(argv[5], NULL, 10);
	if (rate < 1 || total < 1 || count < 1 || count > CONNECTIONS_MAX)
		return 2;
	times = calloc((size_t)total, sizeof(*times));
	if (times == NULL)
		return EXIT_FAILURE;
	client_request(request, sizeof(request), port, argv[2], false);
	for (size_t i = 0; i < count; i++)
		dial(i);
	run(request, rate, total);
	qsort(times, (size_t)answered, sizeof(*times), compare);
	printf("%lld %lld %lld %lld %lld\n", percentile(0.5), percentile(0.99),
	    percentile(0.999), total, errors);
	return EXIT_SUCCESS;
}
