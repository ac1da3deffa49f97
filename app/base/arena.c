#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough for most requests, so that a reset leaves one chunk and no free. */
#define CHUNK_BYTES (128 * 1024UL)

/* What most texts fit into, so that they are formatted once. */
#define PRINTF_FIRST_BYTES 256

struct chunk {
	struct chunk *next;
	size_t size; /* of data */
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct chunk *first;   /* kept over a reset */
	struct chunk *current; /* the one that allocations come from */
	size_t limit;
	size_t total; /* bytes in all chunks */
};

static struct chunk *
chunk_create(size_t size)
{
	struct chunk *chunk;

	if (size > SIZE_MAX - sizeof(*chunk))
		return NULL;
	chunk = malloc(sizeof(*chunk) + size);
	if (chunk == NULL)
		return NULL;
	chunk->next = NULL;
	chunk->size = size;
	chunk->used = 0;
	return chunk;
}

struct arena *
arena_create(size_t limit)
{
	struct arena *arena = malloc(sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->first = chunk_create(CHUNK_BYTES);
	if (arena->first == NULL) {
		free(arena);
		return NULL;
	}
	arena->current = arena->first;
	arena->limit = limit;
	arena->total = CHUNK_BYTES;
	return arena;
}

void
arena_reset(struct arena *arena)
{
	struct chunk *chunk = arena->first->next;

	while (chunk != NULL) {
		struct chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->current = arena->first;
	arena->total = arena->first->size;
}

void
arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	arena_reset(arena);
	free(arena->first);
	free(arena);
}

/* A new chunk that holds at least size bytes becomes the current one. */
static struct chunk *
arena_add_chunk(struct arena *arena, size_t size)
{
	size_t wanted = size > CHUNK_BYTES ? size : CHUNK_BYTES;
	struct chunk *chunk;

	if (arena->total > arena->limit || wanted > arena->limit - arena->total)
		return NULL;
	chunk = chunk_create(wanted);
	if (chunk == NULL)
		return NULL;
	arena->current->next = chunk;
	arena->current = chunk;
	arena->total += wanted;
	return chunk;
}

/* Up to what fits any type, and never 0 but for overflow. */
static size_t
align_up(size_t size)
{
	const size_t align = alignof(max_align_t);

	if (size > SIZE_MAX - align)
		return 0;
	return size == 0 ? align : (size + align - 1) & ~(align - 1);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->current;
	void *memory;

	size = align_up(size);
	if (size == 0)
		return NULL;
	if (size > chunk->size - chunk->used) {
		chunk = arena_add_chunk(arena, size);
		if (chunk == NULL)
			return NULL;
	}
	memory = chunk->data + chunk->used;
	chunk->used += size;
	return memory;
}

/* Whether a piece has a chunk to itself, which is the newest. */
static bool
is_alone(const struct arena *arena, const void *piece, size_t size)
{
	return arena->current != arena->first &&
	       piece == arena->current->data &&
	       arena->current->used == align_up(size);
}

/* The newest chunk with more room, moved by the system if it can. */
static void *
chunk_resize(struct arena *arena, size_t size)
{
	struct chunk *before = arena->first;
	size_t more = size - arena->current->size;
	struct chunk *chunk;

	if (arena->total > arena->limit || more > arena->limit - arena->total)
		return NULL;
	while (before->next != arena->current)
		before = before->next;
	chunk = realloc(arena->current, sizeof(*chunk) + size);
	if (chunk == NULL)
		return NULL;
	chunk->size = size;
	chunk->used = size;
	before->next = chunk;
	arena->current = chunk;
	arena->total += more;
	return chunk->data;
}

void *
arena_grow(struct arena *arena, void *old, size_t old_size, size_t size)
{
	void *memory;

	if (old != NULL && is_alone(arena, old, old_size) &&
	    align_up(size) > arena->current->size)
		return chunk_resize(arena, align_up(size));
	memory = arena_alloc(arena, size);
	if (memory != NULL && old_size > 0)
		memcpy(memory, old, old_size);
	return memory;
}

void *
arena_zalloc(struct arena *arena, size_t count, size_t size)
{
	void *memory;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	memory = arena_alloc(arena, count * size);
	if (memory != NULL)
		memset(memory, 0, count * size);
	return memory;
}

char *
arena_copy(struct arena *arena, const void *data, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, length + 1);
	if (copy == NULL)
		return NULL;
	if (length > 0)
		memcpy(copy, data, length);
	copy[length] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	char first[PRINTF_FIRST_BYTES];
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(first, sizeof(first), format, arguments);
	va_end(arguments);
	if (length < 0)
		return NULL;
	if ((size_t)length < sizeof(first))
		return arena_copy(arena, first, (size_t)length);
	text = arena_alloc(arena, (size_t)length + 1);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	(void)vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return text;
}
