/*
 * A page store of the test's own, and what is in its folder: looked at as a web
 * server does, by names.
 */
#ifndef MADANG_TESTS_FOLDER_H
#define MADANG_TESTS_FOLDER_H

#include "view/pagestore.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A fixture: a new store. The folder, whose path this is, is not there yet:
 * only what it is in.
 */
extern char folder[64];
extern struct pagestore *folder_store;
void folder_create(void);
void folder_destroy(void);

/* Another store in its place; these are more than most tests need. */
#define FOLDER_FILES UINT64_C(100000)
#define FOLDER_BYTES (UINT64_C(1) << 30)
void folder_open(uint64_t files, uint64_t bytes);

/* A name below it, in the test's arena. */
const char *folder_path(const char *name);

/* Whether it is there; its permissions; its time; its text; "" for none. */
bool folder_has(const char *name);
mode_t folder_mode(const char *name);
int64_t folder_time(const char *name);
const char *folder_read(const char *name);

/* How many names are in it, "." and ".." aside; 0 where it is not there. */
size_t folder_count(const char *name);

/* How many files there are in all of it. */
size_t folder_files(void);

/* As an owner does it who types rm -rf. */
void folder_wipe(const char *name);

/* An empty file, by its whole path. */
void folder_make_file(const char *path);

/* Units by kind. */
struct pagestore_unit unit_site(void);
struct pagestore_unit unit_lists(const char *slug);
struct pagestore_unit unit_thread(const char *slug, uint64_t id);

/* A page without a compressed form. */
#define FOLDER_VALIDATOR 0x10e217d3
struct pagestore_page folder_page(const char *name, const char *text);

/* Enters a unit, which must work; puts a page there, and leaves it. */
int folder_enter(struct pagestore_unit unit);
bool folder_put(int entered, const char *name, const char *text);

/* Whether a page "name" with the text "text" could be published. */
bool folder_publish(struct pagestore_unit unit);
bool folder_drop(struct pagestore_unit unit);

#endif
