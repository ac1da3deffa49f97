/*
 * How often may be written: by one client, by a network that may be all one's
 * own, and by all of a board together. The script that writes counts, in the
 * same step, by GCRA, the generic cell rate algorithm (ITU-T I.371, annex A):
 * so many writes at once, then one in each interval. What is counted is in
 * Redis: other workers know of it.
 */
#ifndef MADANG_STORE_LIMIT_H
#define MADANG_STORE_LIMIT_H

#include "base/client.h"
#include "base/err.h"
#include "store/command.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct limit_rate {
	uint64_t burst;	   /* writes at once; 0: there is no limit */
	uint64_t interval; /* milliseconds between two afterwards */
};

/* All zero: the owner, who writes as he likes. */
struct limit {
	char client[CLIENT_DIGEST_BYTES];  /* who writes */
	char network[CLIENT_DIGEST_BYTES]; /* of his; "": none */
	struct limit_rate of_client;	   /* a network is ten clients */
	struct limit_rate of_all;
};

/*
 * Adds what scripts/shared.lua's limits want to know of store->limit: the last
 * words of a script. ERR_NO_MEMORY.
 */
enum err limit_add(struct store *store, struct command *words);

/*
 * Whether the script says {"wait", seconds, whose}: then nothing was written,
 * and store->wait_seconds tells how long to wait.
 */
bool limit_is_over(struct store *store, const struct reply *reply);

#endif
