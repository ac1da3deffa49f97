#include "fuzz.h"

#include "board/graph.h"
#include "board/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than the longest key of ours. */
#define KEY_BYTES 512

/* The first boards: of the tutorial, of a shared Redis, of a cluster. */
static const char *const firsts[] = {"", "x:", "{a}:", "{a}:b:"};

#define FIRSTS (sizeof(firsts) / sizeof(firsts[0]))

static void
slug_is_a_boards(const char slug[BOARD_SLUG_BYTES])
{
	assert(memchr(slug, '\0', BOARD_SLUG_BYTES) != NULL);
	assert(slug[0] == '\0' || registry_slug_is_valid(slug));
}

/* Whether the key is the prefix, the kind and the number, and nothing else. */
static int
is_written(const char *key, size_t length, const char *prefix, const char *kind,
    uint64_t number)
{
	char text[KEY_BYTES];
	int bytes = kind[strlen(kind) - 1] == ':'
			? snprintf(text, sizeof(text), "%s%s%" PRIu64, prefix,
			      kind, number)
			: snprintf(text, sizeof(text), "%s%s", prefix, kind);

	assert(bytes > 0 && bytes < KEY_BYTES);
	return (size_t)bytes == length && memcmp(text, key, length) == 0;
}

/* What has pages is the key of one kind, of the board that it says. */
static void
written_again_is_the_same(const char *first, const char *key, size_t length,
    const struct graph_change *change)
{
	static const char *const kinds[] = {"post_id", "news:notices",
	    "news:category:", "news:name:", "news:post:", "news:meta:",
	    "news:replies:", "news:views:", "madang:board", "madang:boards"};
	char prefix[BOARD_SLUG_BYTES + 4];
	char slug[BOARD_SLUG_BYTES];
	int found = 0;

	(void)snprintf(prefix, sizeof(prefix), "{%s}:", change->slug);
	if (change->slug[0] == '\0')
		(void)snprintf(prefix, sizeof(prefix), "%s", first);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		found +=
		    is_written(key, length, prefix, kinds[i], change->id) &&
		    graph_of_kind(kinds[i]) == change->pages;
	assert(found == 1);
	assert(graph_slug_of_prefix(first, prefix, slug));
	assert(strcmp(slug, change->slug) == 0);
}

static void
check_prefix(const char *first, const char *text)
{
	char slug[BOARD_SLUG_BYTES];
	char prefix[BOARD_SLUG_BYTES + 4];

	if (!graph_slug_of_prefix(first, text, slug))
		return;
	slug_is_a_boards(slug);
	(void)snprintf(prefix, sizeof(prefix), "{%s}:", slug);
	assert(strcmp(text, slug[0] == '\0' ? first : prefix) == 0);
}

/* The bytes have an end of their own, which a sanitizer watches. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *key = malloc(size > 0 ? size : 1);
	char *text = malloc(size + 1);

	assert(key != NULL && text != NULL);
	/* libFuzzer may give NULL for nothing. */
	if (size > 0) {
		memcpy(key, data, size);
		memcpy(text, data, size);
	}
	text[size] = '\0';
	for (size_t i = 0; i < FIRSTS; i++) {
		struct graph_change change = graph_of_key(firsts[i], key, size);

		slug_is_a_boards(change.slug);
		if (change.pages != 0)
			written_again_is_the_same(
			    firsts[i], key, size, &change);
		check_prefix(firsts[i], text);
	}
	free(text);
	free(key);
	return 0;
}
