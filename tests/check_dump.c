/*
 * The lines of a backup: what is written is read as it was, and what is not
 * right is said.
 */
#include "support.h"

#include "base/digest.h"
#include "board/dump.h"

#include <string.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

static const char *
written(const struct dump_line *line)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(dump_write(line, &out), ERR_OK);
	return out.data;
}

static const char *
wrong_with(const char *text, struct dump_line *line)
{
	return dump_read(support_arena(), text, strlen(text), line);
}

/* Written as they are read. */
static const char *const right[] = {
    "{\"kind\":\"begin\",\"format\":1,\"time\":5,\"by\":\"madang 1\"}",
    "{\"kind\":\"post\",\"board\":\"\",\"id\":7}",
    "{\"kind\":\"post\",\"board\":\"free\",\"id\":99999999999999,"
    "\"name\":\"\",\"text\":\"a\\n\\\"\\\\\\u0001\\u001f"
    "\xed\x95\x9c\"}",
    "{\"kind\":\"post\",\"board\":\"\",\"id\":1,"
    "\"name\":{\"base64\":\"/wA=\"},"
    "\"meta\":{\"time\":\"1\",\"a:b.c-D_9\":\"\"},"
    "\"versions\":[[\"1\",\"n\",\"\",\"t\"],[\"\"]],"
    "\"recommend\":[\"x\"],\"replies\":[\"2:1\"],"
    "\"trash\":{\"name\":\"n\"},\"left\":{\"recommend\":1,\"trash\":2}}",
    "{\"kind\":\"views\",\"board\":\"\",\"number\":0,"
    "\"counts\":{\"1\":\"5\"}}",
    "{\"kind\":\"board\",\"board\":\"a-1\",\"layout\":3,"
    "\"last_id\":\"9\",\"key\":{\"base64\":\"AA==\"},"
    "\"about\":{\"title\":\"T\"},\"notices\":[\"3\",\"1\"]}",
    "{\"kind\":\"end\",\"lines\":4,\"sha256\":\"00\"}",
};

START_TEST(a_line_is_written_as_it_was_read)
{
	struct dump_line line;

	ck_assert_ptr_null(wrong_with(right[_i], &line));
	ck_assert_str_eq(written(&line), right[_i]);
}
END_TEST

START_TEST(a_version_keeps_its_nuls)
{
	struct dump_line line;

	ck_assert_ptr_null(wrong_with(right[3], &line));
	ck_assert_uint_eq(line.lists[DUMP_VERSIONS].items[0].length, 6);
	ck_assert_mem_eq(
	    line.lists[DUMP_VERSIONS].items[0].data, "1\0n\0\0t", 7);
	ck_assert_uint_eq(line.texts[DUMP_NAME].length, 2);
	ck_assert_mem_eq(line.texts[DUMP_NAME].data, "\xff\0", 3);
}
END_TEST

/* What is wrong is in tests/integration/backup.py and the fuzzer's seeds. */
START_TEST(every_beginning_of_a_line_is_wrong)
{
	struct dump_line line;

	for (size_t i = 0; i < strlen(right[_i]); i++)
		ck_assert_ptr_nonnull(
		    dump_read(support_arena(), right[_i], i, &line));
}
END_TEST

/* An arena in which there is less room than that, and a little at least. */
static struct arena *
narrow_arena(size_t room)
{
	struct arena *arena = arena_create(0);

	ck_assert_ptr_nonnull(arena);
	while (arena_alloc(arena, room) != NULL)
		;
	return arena;
}

START_TEST(without_memory_a_line_is_not_right)
{
	size_t failed[2] = {0, 0};

	for (size_t room = 16; room < 4096; room += 16) {
		struct arena *arena = narrow_arena(room);
		struct dump_line line;
		struct buf out;

		failed[0] +=
		    dump_read(arena, right[3], strlen(right[3]), &line) != NULL;
		arena_destroy(arena);
		arena = narrow_arena(room);
		ck_assert_ptr_null(wrong_with(right[3], &line));
		buf_init(&out, arena);
		failed[1] += dump_write(&line, &out) != ERR_OK;
		arena_destroy(arena);
	}
	ck_assert_uint_gt(failed[0], 10);
	ck_assert_uint_gt(failed[1], 10);
}
END_TEST

/* A list of so many times an item; the line ends in it. */
static char *
long_list(const char *item, size_t times)
{
	struct buf out;

	buf_init(&out, support_arena());
	buf_text(&out, "{\"kind\":\"post\",\"board\":\"\",\"id\":1,"
		       "\"text\":\"a,[{\\\",\",\"replies\":[");
	for (size_t i = 0; i < times; i++) {
		buf_text(&out, i > 0 ? "," : "");
		buf_text(&out, item);
	}
	buf_text(&out, "]}");
	return out.data;
}

START_TEST(a_line_of_too_many_parts_is_not_taken_apart)
{
	static const struct {
		const char *item;
		size_t times;
		bool fits;
	} rows[] = {
	    {"\"1,[\\\"\"", 1400000, true},
	    {"\"\"", 1600000, false},
	    {"1", 1600000, false},
	    {"{}", 99990, true},
	    {"{}", 100001, false},
	    {"[]", 100001, false},
	};
	const char *text = long_list(rows[_i].item, rows[_i].times);
	struct dump_line line;

	ck_assert_int_eq(dump_line_fits(text, strlen(text)), rows[_i].fits);
	if (!rows[_i].fits)
		ck_assert_str_eq(wrong_with(text, &line),
		    "it has more parts than a line of a backup can have");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dump");
	TCase *tests = support_case(suite, "lines");

	if (digest_init() != ERR_OK)
		return 1;
	tcase_add_loop_test(
	    tests, a_line_is_written_as_it_was_read, 0, ROWS(right));
	tcase_add_test(tests, a_version_keeps_its_nuls);
	tcase_add_loop_test(
	    tests, every_beginning_of_a_line_is_wrong, 0, ROWS(right));
	tcase_add_test(tests, without_memory_a_line_is_not_right);
	tcase_add_loop_test(
	    tests, a_line_of_too_many_parts_is_not_taken_apart, 0, 6);
	return support_run(suite);
}
