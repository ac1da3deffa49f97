/*
 * What the pages for a post's writer share: edit, delete, versions, unlock.
 */
#ifndef MADANG_PAGES_OWN_H
#define MADANG_PAGES_OWN_H

#include "board/thread.h"
#include "pages/page.h"

/*
 * Reads a post alone, with the token that was given, and sets page->info.
 * One round trip. ERR_NOT_FOUND also for a deleted one.
 */
enum err own_read(struct page *page, const char *token, struct thread *thread);

/*
 * The same for who may change the post: thread->granted. Without a right token
 * the answer leads to the password, which is no error.
 */
enum err own_read_granted(
    struct page *page, const char *token, struct thread *thread);

/* A path of a post's with the token behind it; in the arena, or NULL. */
const char *own_path(
    struct page *page, uint64_t id, const char *what, const char *token);

/*
 * Whether a password opens a post: thread->granted and token, which is good
 * for ACCESS_SECONDS, are set then. ERR_FORBIDDEN: it doesn't, or there is no
 * password. ERR_TOO_MANY: *seconds till the next try. ERR_NOT_FOUND,
 * ERR_UNAVAILABLE, ERR_NO_MEMORY.
 */
enum err own_unlock(struct page *page, const struct form_value *password,
    struct thread *thread, char token[SEAL_TEXT_BYTES], uint64_t *seconds);

/* Sets what page_set_post doesn't tell: that it is a reply, and its token. */
void own_set_access(
    struct page *page, const struct thread *thread, const char *token);

/*
 * Sets what these pages tell of the post below "Post", which is not its text.
 * They are for its writer: no search engine shall list them.
 */
enum err own_set_post(
    struct page *page, const struct thread *thread, const char *token);

#endif
