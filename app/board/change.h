/*
 * What changes a board: each is one script, all or nothing; all but
 * change_views can be sent again without doing it twice. Knows no HTTP and no
 * template.
 */
#ifndef MADANG_BOARD_CHANGE_H
#define MADANG_BOARD_CHANGE_H

#include "base/err.h"
#include "base/password.h"
#include "board/access.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The earlier versions of a post that are kept. */
#define CHANGE_VERSIONS_MAX 20

/*
 * What somebody wants to say: texts are cleaned (base/text). Of a reply
 * neither category nor secret counts.
 */
struct change_words {
	const char *name;
	size_t name_length;
	const char *title; /* "": none */
	size_t title_length;
	const char *text;
	size_t text_length;
	uint64_t category; /* 0: none */
	bool secret;
};

struct change_post {
	struct change_words words;
	const char *client;	       /* who sends it; an address */
	uint64_t once_seconds;	       /* 1 or more: till then it's the same */
	uint64_t parent;	       /* 0: it is no reply */
	const unsigned char *password; /* PASSWORD_BYTES; NULL: none */
	/*
	 * It will have one, which is work to compute: whether it would be
	 * written is asked before that.
	 */
	bool asks;
	bool by_writer; /* of a reply: the thread's post is by the same */
};

/*
 * So long the answer to the same post again may tell its private link: it is a
 * second click. Later it may be somebody else at the same address, who has
 * copied the words.
 */
#define CHANGE_AGAIN_MS 5000

struct change_posted {
	bool would; /* it was asked, and it would be; there is no more */
	uint64_t id;
	bool again;	 /* it was there already, from a first try */
	uint64_t age_ms; /* of that: what was written so long ago */
	uint64_t root;	 /* of a reply: its thread's post; else 0 */
	uint64_t place;	 /* of a reply: among its thread's, from 0 */
	struct access_key key;
};

/*
 * Writes a post or a reply, in one step, and gives its id once Redis has it.
 * ERR_NOT_FOUND: what it replies to is gone. ERR_FULL: the thread takes no
 * reply there: it has 10,000, or 99 stand above it. ERR_UNAVAILABLE,
 * ERR_NO_MEMORY, ERR_INTERNAL: nothing is known to be written, and the same can
 * be sent again without doubling it.
 */
enum err change_post(struct store *store, const struct change_post *post,
    struct change_posted *posted);

/* What is there now, when somebody else has edited meanwhile. */
struct change_conflict {
	bool found;
	uint64_t version;
	const char *name;
	const char *title;
	const char *text;
	uint64_t category; /* 0: none */
	bool secret;
};

/*
 * Writes a post anew, if it still is the version that was edited; else
 * conflict->found and nothing is written. ERR_NOT_FOUND and the errors above.
 */
enum err change_edit(struct store *store, uint64_t id, uint64_t version,
    const struct change_words *words, struct change_conflict *conflict);

/* A version of a post before it was edited. */
struct change_version {
	uint64_t time_ms; /* when it was written; 0: unknown */
	const char *name;
	const char *title;
	const char *text;
};

/*
 * The earlier versions, newest first, in the arena. What is no version is left
 * out. One round trip. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err change_read_versions(struct store *store, uint64_t id,
    struct change_version **versions, size_t *count);

/*
 * Into the trash for so many seconds. *root: the thread that it was a reply
 * in, or 0. ERR_NOT_FOUND and the errors above.
 */
enum err change_delete(
    struct store *store, uint64_t id, uint64_t seconds, uint64_t *root);

/* What came of a restoration; nothing was done unless both are none. */
struct change_restored {
	uint64_t parent; /* what it replied to has to come back before it */
	const char
	    *moved; /* "slug/id": there it is now, or its thread; or "" */
};

/*
 * Back from the trash. ERR_NOT_FOUND: it is not there (any more). The errors
 * above.
 */
enum err change_restore(
    struct store *store, uint64_t id, struct change_restored *restored);

struct change_recommendation {
	uint64_t id;
	const char *client; /* an address */
	bool granted;	    /* may read it, or its thread, if that is secret */
	struct access_key key; /* not known: one more round trip makes it */
};

/*
 * Recommends a post for a client, or takes it back; *on says which. One round
 * trip. ERR_NOT_FOUND, also for what is secret to the client, and the errors
 * above.
 */
enum err change_recommend(struct store *store,
    const struct change_recommendation *recommendation, bool *on);

/* Above the list or not. ERR_NOT_FOUND: no post of the list's. */
enum err change_notice(struct store *store, uint64_t id, bool on);

/*
 * To the board with another prefix, called slug in addresses ("": the first).
 * *moved is its new id there. ERR_NOT_FOUND: no post of the list's.
 * ERR_INVALID: there is no room for its ids.
 */
enum err change_move(struct store *store, uint64_t id, const char *prefix,
    const char *slug, uint64_t *moved);

/* Views to be added to a post's. */
struct change_views {
	uint64_t id;
	uint64_t count;
};
#define CHANGE_VIEWS_MAX 24 /* at once */
/*
 * Adds views to posts; those that are not there are left out. Sent twice, they
 * count twice. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_INTERNAL.
 */
enum err change_views(
    struct store *store, const struct change_views *views, size_t count);

/*
 * Makes the board of the store's prefix, or changes it. title "": as it was;
 * category "": none is added. ERR_NOT_FOUND: there is no such board and no
 * title for a new one. ERR_INVALID: the category is there already, or there
 * are as many as can be.
 */
enum err change_board(struct store *store, const char *slug, const char *title,
    const char *category);

#endif
