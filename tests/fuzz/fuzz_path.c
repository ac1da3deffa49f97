#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"

#include <inttypes.h>
#include <string.h>

#define ARENA_BYTES (1024 * 1024UL)
#define LOWER	    "abcdefghijklmnopqrstuvwxyz0123456789"
#define WORD	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" LOWER "-._~"

static const char *const suffixes[] = {
    [PATH_HTML] = "", [PATH_JSON] = ".json", [PATH_ATOM] = ".atom"};

static void
check_slug(const char *slug)
{
	size_t length = strnlen(slug, PATH_SLUG_MAX + 1);

	assert(length <= PATH_SLUG_MAX && slug[0] != '-');
	assert(strspn(slug, LOWER "-") == length);
}

/* One piece of a pattern, up to the next slash; returns its end. */
static const char *
check_piece(const char *piece)
{
	size_t length = strcspn(piece, "/");

	if (length == 1 && piece[0] == '#')
		return piece + 1;
	assert(length > 0 && strspn(piece, WORD) == length);
	assert(length != 1 || piece[0] != '.');
	assert(length != 2 || memcmp(piece, "..", 2) != 0);
	return piece + length;
}

static void
check_pattern(const char *pattern)
{
	assert(strnlen(pattern, PATH_PATTERN_BYTES) < PATH_PATTERN_BYTES);
	assert(pattern[0] == '/');
	assert(strncmp(pattern, "/boards/", strlen("/boards/")) != 0);
	if (pattern[1] == '\0')
		return;
	while (*pattern != '\0')
		pattern = check_piece(pattern + 1);
}

/* Writes the pattern with the numbers that its signs stand for. */
static void
write_pattern(const struct path *path, struct buf *out)
{
	size_t count = 0;

	for (const char *c = path->pattern; *c != '\0'; c++) {
		if (*c != '#') {
			buf_append(out, c, 1);
			continue;
		}
		assert(count < path->count);
		assert(path->numbers[count] >= 1 &&
		       path->numbers[count] <= PATH_NUMBER_MAX);
		buf_printf(out, "%" PRIu64, path->numbers[count++]);
	}
	assert(count == path->count);
}

/* What was read is all that there was: one address, one reading. */
static void
written_again_is_the_same(
    struct arena *arena, const struct path *path, const char *text)
{
	struct buf out;

	buf_init(&out, arena);
	if (path->slug[0] != '\0')
		buf_printf(&out, "/boards/%s", path->slug);
	/* Of the board's first page only "/" itself ends with a slash. */
	if (path->slug[0] == '\0' || strcmp(path->pattern, "/") != 0)
		write_pattern(path, &out);
	buf_text(&out, suffixes[path->format]);
	if (path->trailing_slash)
		buf_text(&out, "/");
	assert(!out.failed && strcmp(out.data, text) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct path untouched;
	struct path path;
	const char *text;

	assert(arena != NULL);
	text = arena_copy(arena, data, size);
	assert(text != NULL);
	memset(&untouched, 0x5a, sizeof(untouched));
	memcpy(&path, &untouched, sizeof(path));
	if (path_parse(text, &path)) {
		assert(path.format <= PATH_ATOM);
		check_slug(path.slug);
		check_pattern(path.pattern);
		written_again_is_the_same(arena, &path, text);
	} else {
		assert(memcmp(&path, &untouched, sizeof(path)) == 0);
	}
	arena_destroy(arena);
	return 0;
}
