/*
 * How many requests a second each of some pages takes, asked for in turn in
 * short slices: what else the machine does hits all of them alike, and their
 * ratios stay what they are.
 *
 *     turns SLICE_MS SLICES CONNECTIONS plain|gzip PORT PATH [PORT PATH]...
 *
 * In a slice every connection asks for one page, and anew when it has it; at
 * the slice's end what is in hand is still waited for, which counts. Each slice
 * has connections of its own: which of nginx's processes took how many of them
 * makes a third more or less.
 *
 * Prints requests a second, a line for each page. An error ends it.
 */
#include "client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define PAGES_MAX	8
#define CONNECTIONS_MAX 64
#define EVENTS_MAX	64

struct page {
	int port;
	int epoll;
	char request[2048];
	struct client clients[CONNECTIONS_MAX];
	long long answered;
	int64_t taken; /* nanoseconds */
};

static struct page pages[PAGES_MAX];
static size_t count;

static void
die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void
dial(struct page *page, struct client *client)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

	client_dial(client, page->port);
	if (epoll_ctl(page->epoll, EPOLL_CTL_ADD, client->fd, &event) != 0)
		die("epoll_ctl");
}

static void
ask(struct page *page, struct client *client)
{
	if (client_send(client, page->request) == CLIENT_FAILED) {
		/* It was closed while other pages had their turn. */
		dial(page, client);
		if (client_send(client, page->request) == CLIENT_FAILED)
			die(page->request);
	}
}

/* Whether an answer is whole now. */
static bool
receive(struct page *page, struct client *client)
{
	bool busy = client->busy;
	bool fresh = busy && client->to_come < 0 && client->length == 0;

	switch (client_receive(client)) {
	case CLIENT_DONE:
		if (client->closes)
			dial(page, client);
		return true;
	case CLIENT_FAILED:
		dial(page, client);
		/* Closed just before it was asked: that says nothing. */
		if (fresh)
			ask(page, client);
		else if (busy) {
			(void)fprintf(stderr, "no answer: %s", page->request);
			exit(EXIT_FAILURE);
		}
		return false;
	default:
		return false;
	}
}

static void
run_slice(struct page *page, int64_t length)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t start, end;
	size_t in_hand = count;

	for (size_t i = 0; i < count; i++)
		dial(page, &page->clients[i]);
	start = client_now();
	end = start + length;
	for (size_t i = 0; i < count; i++)
		ask(page, &page->clients[i]);
	while (in_hand > 0) {
		int ready = epoll_wait(page->epoll, events, EVENTS_MAX, -1);

		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++) {
			struct client *client = events[i].data.ptr;

			if (!receive(page, client))
				continue;
			page->answered++;
			if (client_now() < end)
				ask(page, client);
			else
				in_hand--;
		}
	}
	page->taken += client_now() - start;
}

static void
open_page(struct page *page, const char *port, const char *path, bool gzip)
{
	page->port = (int)strtol(port, NULL, 10);
	page->epoll = epoll_create1(EPOLL_CLOEXEC);
	client_request(
	    page->request, sizeof(page->request), page->port, path, gzip);
}

int
main(int argc, char **argv)
{
	size_t named = argc < 7 ? 0 : (size_t)(argc - 5) / 2;
	int64_t length;
	long slices;

	if (named == 0 || named > PAGES_MAX || argc % 2 == 0)
		return 2;
	length = strtol(argv[1], NULL, 10) * INT64_C(1000000);
	slices = strtol(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	if (count < 1 || count > CONNECTIONS_MAX)
		return 2;
	for (size_t i = 0; i < named; i++)
		open_page(&pages[i], argv[5 + 2 * i], argv[6 + 2 * i],
		    strcmp(argv[4], "gzip") == 0);
	/* To and fro, so that none is always behind the same. */
	for (long slice = 0; slice < slices; slice++)
		for (size_t i = 0; i < named; i++)
			run_slice(
			    &pages[slice % 2 ? named - 1 - i : i], length);
	for (size_t i = 0; i < named; i++)
		printf("%.1f\n",
		    (double)pages[i].answered * 1e9 / (double)pages[i].taken);
	return EXIT_SUCCESS;
}
