#include "fuzz.h"

#include "base/excerpt.h"
#include "base/text.h"

#include <string.h>

#define ARENA_BYTES (16 * 1024 * 1024UL)
#define ELLIPSIS    "…"

/* One line with single spaces, and none at its ends. */
static void
is_squeezed(const char *line, size_t length)
{
	assert(length == 0 || (line[0] != ' ' && line[length - 1] != ' '));
	assert(strstr(line, "  ") == NULL);
	for (size_t i = 0; i < length; i++)
		assert((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
}

/* As many characters as asked for, and more only as an ellipsis. */
static void
is_cut(const char *line, size_t length, size_t max_chars)
{
	size_t bytes = strlen(ELLIPSIS);

	if (text_cut(line, length, max_chars) == length)
		return;
	assert(length >= bytes);
	assert(memcmp(line + length - bytes, ELLIPSIS, bytes) == 0);
	length -= bytes;
	assert(text_cut(line, length, max_chars) == length);
}

static void
check_line(struct arena *arena, const char *text, size_t max_chars)
{
	const char *line = excerpt_line(arena, text, max_chars);
	size_t length;

	assert(line != NULL);
	length = strlen(line);
	assert(text_is_utf8(line, length));
	is_squeezed(line, length);
	is_cut(line, length, max_chars);
	assert((length > 0) == text_is_visible(text, strlen(text)));
}

/* The first byte of an input is how many characters there may be. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	size_t max_chars;
	char *repaired;
	char *raw;

	if (size == 0)
		return 0;
	max_chars = *data++;
	size--;
	arena = arena_create(ARENA_BYTES);
	assert(arena != NULL);
	repaired = text_repair(arena, (const char *)data, size, SIZE_MAX);
	raw = arena_copy(arena, data, size);
	assert(repaired != NULL && raw != NULL);
	check_line(arena, repaired, max_chars);
	/* As it is, up to the first NUL: it is read, whatever comes of it. */
	assert(excerpt_line(arena, raw, max_chars) != NULL);
	arena_destroy(arena);
	return 0;
}
