/*
 * A post with its replies, as its page shows them: one list of all replies of
 * the thread, in the order of reading, by pages.
 */
#ifndef MADANG_BOARD_THREAD_H
#define MADANG_BOARD_THREAD_H

#include "base/err.h"
#include "board/access.h"
#include "board/board.h"
#include "board/post.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thread_query {
	uint64_t id;
	uint64_t number;   /* of the page of replies; 0: no replies are read */
	uint64_t size;	   /* replies on a page, 1 to 100 */
	const char *token; /* of a private link; "": none */
	bool tail;	   /* not the page but the last replies that fill one */
};

struct thread {
	struct board_info info;
	struct post post;
	struct access_key key;
	bool was_there; /* its id was given to a post, which may be gone */
	bool hidden;	/* the post is secret, whoever reads it */
	bool granted;	/* the token is right: the reader may change the post */
	struct post *replies;
	size_t count;
	uint64_t number;
	uint64_t pages; /* at least 1 */
	uint64_t total; /* entries, deleted ones with replies too */
};

/*
 * Two round trips; one when no replies are read. Without a right token a secret
 * post has no words, and neither replies nor pages of them are known. The id of
 * a reply gives it alone, as post, which has a root: whether that one is secret
 * is the caller's to look at. A deleted post is given when it keeps a place or
 * was moved. ERR_NOT_FOUND: neither post nor page, or no such board;
 * ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err thread_read(struct store *store, const struct thread_query *query,
    struct thread *thread);

/* Where a reply stands. */
struct thread_place {
	uint64_t number; /* among its thread's, from 0 */
	bool secret;	 /* the thread's post is: only its readers may know */
};

/* One round trip. ERR_NOT_FOUND and the errors above. */
enum err thread_locate(
    struct store *store, const struct post *reply, struct thread_place *place);

/* Where a thread stands in the list. */
struct thread_listed {
	struct board_info info;
	struct post post; /* the one that was asked for */
	uint64_t id;	  /* of the thread's post */
	struct board_place place;
};

/*
 * Looks for a post in the list, or for the thread of a reply: one round trip,
 * two for a reply. What is deleted or on another board now is not listed.
 * ERR_NOT_FOUND: there is no such post, or board; and the errors above.
 */
enum err thread_find_listed(
    struct store *store, uint64_t id, struct thread_listed *listed);

#endif
