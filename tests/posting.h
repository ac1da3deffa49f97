/*
 * What the tests of the board share: short ways to write on a board and to
 * look at what Redis then holds. They speak to the running test's Redis, see
 * server.h, and fail the test when they can't do what they say.
 */
#ifndef MADANG_TESTS_POSTING_H
#define MADANG_TESTS_POSTING_H

#include "board/change.h"
#include "board/thread.h"

#include <stdbool.h>
#include <stdint.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* What stands where a secret text would be read by others. */
#define POSTING_LOCK "\xf0\x9f\x94\x92"

/* What main does first, as the worker does. */
void posting_init(void);

/* A post as somebody sends it; neither title, category, nor password. */
struct change_post draft_of(
    const char *client, const char *name, const char *text);
/* The words of an edit: name "n". */
struct change_words words_of(const char *title, const char *text);

/* What must be written anew: its id. */
uint64_t post_draft(const struct change_post *draft);
uint64_t post_new(const char *client, const char *name, const char *text);
uint64_t post_reply(uint64_t parent, const char *text);
uint64_t post_secret(const char *title, const char *text);
/* How a post of this text fails. */
enum err post_refused(const char *text);

/* Edits that nothing else was done meanwhile; and what must go well. */
void post_edit(uint64_t id, uint64_t version, const struct change_words *words);
void post_delete(uint64_t id);
void post_restore(uint64_t id);
/* The same, which may fail; *parent is of struct change_restored. */
enum err post_bring_back(uint64_t id, uint64_t *parent);
/* Recommends it or takes that back, for who may read it. */
enum err post_try_recommend(uint64_t id, const char *client, bool *on);
/* Whether the post is recommended by the client now. */
bool post_recommend(uint64_t id, const char *client);

/* The seconds that post_delete leaves a post in the trash. */
#define POSTING_TRASH_SECONDS 1000

/* A post as its page has it, without a token and without its replies. */
enum err post_find(uint64_t id, struct post *post);
/* Its page's first replies, a hundred at most; the test fails without it. */
struct thread post_thread(uint64_t id);

/*
 * Every key of the database but those that the Lua pattern finds, with what it
 * holds, and "~" where it ends by itself; sorted.
 */
const char *dump_without(const char *pattern);
const char *dump(void);
/* The keys alone, a line each; those that end by themselves have a "~". */
const char *keys_of(const char *pattern);

/* A text in Redis; one that is there. */
const char *get(const char *key);
/* A field of a hash, "" if it has none. */
const char *field(const char *key, const char *name);
/* A list's entries: "3,2,1". */
const char *list_of(const char *key);
/* post_id's. */
const char *listed(void);

#endif
