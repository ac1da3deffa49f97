/*
 * Memory of one request: allocated piece by piece, given back all at once.
 * A slot has one arena and resets it after each answer. It has a limit, so
 * that one request cannot take the machine's memory. Not for sharing between
 * threads.
 */
#ifndef MADANG_BASE_ARENA_H
#define MADANG_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* limit: the most bytes that may be in use at once. NULL: out of memory. */
struct arena *arena_create(size_t limit);
void arena_destroy(struct arena *arena); /* NULL is fine */

/* Gives everything back; keeps the first chunk for the next request. */
void arena_reset(struct arena *arena);

/* Uninitialised, aligned for any type. NULL: no memory, or over the limit. */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * A piece of old_size bytes that was allocated before becomes one of size
 * bytes, which are more: in its place when it is large and the newest, else
 * by a copy. NULL as above; the old piece then stays as it is.
 */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t size);

/* Zeroed; NULL also when count * size overflows. */
void *arena_zalloc(struct arena *arena, size_t count, size_t size);

/* A copy of length bytes with a NUL behind them; NULL as above. */
char *arena_copy(struct arena *arena, const void *data, size_t length);

/* printf into the arena; NULL as above. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
