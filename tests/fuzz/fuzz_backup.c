#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/lines.h"
#include "board/dump.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * A line of a backup: what is taken for right is written as the same again.
 * Then the same bytes as a file.
 */

#define ARENA_BYTES (16 * 1024 * 1024UL)
#define SMALL_BYTES 600
#define LONGEST	    2048

static void
check_names(const struct dump_line *line)
{
	for (size_t i = 0; i < DUMP_LISTS; i++)
		for (size_t j = 0; j < line->lists[i].count; j++) {
			const struct dump_text *item = &line->lists[i].items[j];

			assert(item->data != NULL);
			assert(item->data[item->length] == '\0');
			if (dump_list_parts[i].form == DUMP_HASH && j % 2 == 0)
				assert(dump_name_is_valid(
				    item->data, item->length));
		}
}

static void
check_line(struct arena *arena, const char *text, size_t length)
{
	struct dump_line line;
	struct dump_line again;
	struct buf first;
	struct buf second;

	if (dump_read(arena, text, length, &line) != NULL)
		return;
	check_names(&line);
	buf_init(&first, arena);
	buf_init(&second, arena);
	assert(dump_write(&line, &first) == ERR_OK);
	assert(memchr(first.data, '\n', first.length) == NULL);
	assert(dump_read(arena, first.data, first.length, &again) == NULL);
	assert(dump_write(&again, &second) == ERR_OK);
	assert(first.length == second.length &&
	       memcmp(first.data, second.data, first.length) == 0);
}

/* Whatever it is, it ends. */
static void
check_file(const uint8_t *data, size_t size)
{
	int file = memfd_create("fuzz", MFD_CLOEXEC);
	struct lines_in *in;
	enum lines_end end;
	const char *line;
	size_t length;

	assert(file >= 0 && write(file, data, size) == (ssize_t)size);
	assert(lseek(file, 0, SEEK_SET) == 0);
	assert(lines_open(file, LONGEST, &in) == ERR_OK);
	do {
		end = lines_read(in, &line, &length);
		assert(
		    end != LINES_LINE ||
		    (length <= LONGEST && memchr(line, '\n', length) == NULL));
	} while (end == LINES_LINE);
	lines_close(in);
	(void)close(file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct arena *small = arena_create(0);
	struct dump_line line;

	assert(arena != NULL && small != NULL && digest_init() == ERR_OK);
	check_line(arena, (const char *)data, size);
	/* Where memory ends, it says so. */
	while (arena_alloc(small, SMALL_BYTES) != NULL)
		;
	(void)dump_read(small, (const char *)data, size, &line);
	check_file(data, size);
	arena_destroy(small);
	arena_destroy(arena);
	return 0;
}
