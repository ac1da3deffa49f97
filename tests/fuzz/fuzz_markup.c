#include "fuzz.h"

#include "../scan.h"

#include "base/text.h"
#include "view/markup.h"

#include <stdio.h>
#include <string.h>

#define ARENA_BYTES (16 * 1024 * 1024UL)

/* Whatever the bytes: HTML that the scanner takes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	const char *wrong;
	struct buf out;
	size_t at = 0;
	char *text;

	assert(arena != NULL);
	text = text_repair(arena, (const char *)data, size, size * 3);
	assert(text != NULL);
	buf_init(&out, arena);
	assert(markup_html(arena, text, strlen(text), &out) == ERR_OK);
	/* Time and memory grow with the length, not with its square. */
	assert(out.length <= 32 * strlen(text) + 65536);
	wrong = scan_html(out.length > 0 ? out.data : "", out.length, &at);
	if (wrong != NULL)
		fprintf(stderr, "%s at %zu of:\n%s\n", wrong, at, out.data);
	assert(wrong == NULL);
	arena_destroy(arena);
	return 0;
}
