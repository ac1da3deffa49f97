/*
 * What a Redis tells of itself that an owner should know, beside the settings
 * of board_advise: for `madang check`.
 */
#ifndef MADANG_BOARD_FACTS_H
#define MADANG_BOARD_FACTS_H

#include "store/store.h"

#include <stdint.h>

/* 0, NULL: it doesn't say. Texts are in the arena. */
struct facts {
	const char *version; /* "7.0.15" */
	const char *folder;  /* where its files are */
	uint64_t clients_max;
	uint64_t clients; /* now, this one included */
	uint64_t unix_s;  /* its clock */
};

/* One round trip. ERR_UNAVAILABLE, ERR_NO_MEMORY. */
enum err facts_read(struct store *store, struct facts *facts);

#endif
