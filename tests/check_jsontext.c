#include "support.h"

#include "base/buf.h"
#include "view/jsontext.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* How many more allocations jansson gets. */
static size_t allocations_left;

static void *
allocate(size_t size)
{
	if (allocations_left == 0)
		return NULL;
	allocations_left--;
	return malloc(size);
}

static struct jsontext *
begin(void)
{
	struct jsontext *json = NULL;

	ck_assert_int_eq(jsontext_create(support_arena(), &json), ERR_OK);
	return json;
}

/* The text that json becomes. */
static const char *
text_of(struct jsontext *json)
{
	struct buf out;

	buf_init(&out, support_arena());
	ck_assert_int_eq(jsontext_finish(json, &out), ERR_OK);
	ck_assert_uint_eq(strlen(out.data), out.length);
	return out.data;
}

/* The error that json ends with; nothing may then be written. */
static enum err
error_of(struct jsontext *json)
{
	struct buf out;
	enum err err;

	buf_init(&out, support_arena());
	buf_text(&out, "before");
	err = jsontext_finish(json, &out);
	ck_assert_str_eq(out.data, "before");
	return err;
}

static const struct {
	const char *text;
	const char *written;
} strings[] = {
    {"", "\"\""},
    {"안녕 👩‍🚀", "\"안녕 👩‍🚀\""},
    {"\"a\" \\ /", "\"\\\"a\\\" \\\\ /\""},
    {"\b\f\n\r\t\x01\x1f", "\"\\b\\f\\n\\r\\t\\u0001\\u001F\""},
    {"</script>", "\"\\u003c/script\\u003e\""},
    {"<!--&-->", "\"\\u003c!--\\u0026--\\u003e\""},
    {"\\u003c\\<", "\"\\\\u003c\\\\\\u003c\""},
    {"a\u2028b\u2029", "\"a\\u2028b\\u2029\""},
    {"\u2027\u202a\u20a8\u3028", "\"\u2027\u202a\u20a8\u3028\""},
    {"\ufffe\U0010ffff", "\"\ufffe\U0010ffff\""},
    {NULL, "null"},
};

static const struct {
	uint64_t number;
	const char *written;
} numbers[] = {
    {0, "0"},
    {99999999999999, "99999999999999"},
    {JSONTEXT_NUMBER_MAX, "9007199254740991"},
    {JSONTEXT_NUMBER_MAX + 1, "9007199254740991"},
    {UINT64_MAX, "9007199254740991"},
};

static const char *const broken[] = {
    "\xff",
    "a\xed\x99",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
};

START_TEST(nothing_put_in_is_an_empty_object)
{
	ck_assert_str_eq(text_of(begin()), "{}\n");
}
END_TEST

START_TEST(objects_and_arrays_nest_in_the_order_of_calls)
{
	struct jsontext *json = begin();

	jsontext_string(json, "z", "first");
	jsontext_array(json, "posts");
	for (uint64_t i = 1; i <= 2; i++) {
		jsontext_object(json, NULL);
		jsontext_number(json, "id", i);
		jsontext_boolean(json, "edited", i == 2);
		jsontext_close(json);
	}
	jsontext_null(json, NULL);
	jsontext_string(json, NULL, "s");
	jsontext_array(json, NULL);
	jsontext_close(json);
	jsontext_close(json);
	jsontext_object(json, "a");
	jsontext_null(json, "z");
	jsontext_close(json);
	ck_assert_str_eq(text_of(json),
	    "{\"z\":\"first\",\"posts\":[{\"id\":1,\"edited\":false},"
	    "{\"id\":2,\"edited\":true},null,\"s\",[]],\"a\":{\"z\":null}}\n");
}
END_TEST

START_TEST(string_is_escaped_for_any_context)
{
	struct jsontext *json = begin();

	jsontext_string(json, "x", strings[_i].text);
	ck_assert_str_eq(text_of(json),
	    arena_printf(support_arena(), "{\"x\":%s}\n", strings[_i].written));
}
END_TEST

START_TEST(name_is_escaped_as_well)
{
	struct jsontext *json = begin();

	jsontext_null(json, "<&>");
	ck_assert_str_eq(text_of(json), "{\"\\u003c\\u0026\\u003e\":null}\n");
}
END_TEST

START_TEST(number_stays_within_what_every_reader_holds)
{
	struct jsontext *json = begin();

	jsontext_number(json, "x", numbers[_i].number);
	ck_assert_str_eq(text_of(json),
	    arena_printf(support_arena(), "{\"x\":%s}\n", numbers[_i].written));
}
END_TEST

START_TEST(text_is_appended_to_what_is_there)
{
	struct buf out;

	buf_init(&out, support_arena());
	buf_text(&out, "before ");
	ck_assert_int_eq(jsontext_finish(begin(), &out), ERR_OK);
	ck_assert_str_eq(out.data, "before {}\n");
}
END_TEST

START_TEST(bytes_that_are_no_utf8_are_an_error)
{
	struct jsontext *json = begin();

	jsontext_string(json, "x", broken[_i]);
	jsontext_string(json, "y", "fine");
	ck_assert_int_eq(error_of(json), ERR_INTERNAL);
	json = begin();
	jsontext_string(json, broken[_i], "fine");
	ck_assert_int_eq(error_of(json), ERR_INTERNAL);
}
END_TEST

START_TEST(eight_levels_are_allowed_and_nine_are_not)
{
	struct jsontext *json = begin();

	for (int i = 2; i <= JSONTEXT_DEPTH_MAX; i++)
		jsontext_object(json, "x");
	for (int i = 2; i <= JSONTEXT_DEPTH_MAX; i++)
		jsontext_close(json);
	ck_assert_str_eq(text_of(json), "{\"x\":{\"x\":{\"x\":{\"x\":{\"x\":"
					"{\"x\":{\"x\":{}}}}}}}}\n");
	json = begin();
	for (int i = 2; i <= JSONTEXT_DEPTH_MAX + 1; i++)
		jsontext_object(json, "x");
	for (int i = 2; i <= JSONTEXT_DEPTH_MAX + 1; i++)
		jsontext_close(json);
	ck_assert_int_eq(error_of(json), ERR_INTERNAL);
}
END_TEST

static void
name_nothing(struct jsontext *json)
{
	jsontext_null(json, NULL);
}

static void
name_twice(struct jsontext *json)
{
	jsontext_null(json, "x");
	jsontext_object(json, "x");
	jsontext_close(json);
}

static void
name_in_array(struct jsontext *json)
{
	jsontext_array(json, "x");
	jsontext_number(json, "y", 1);
	jsontext_close(json);
}

static void
close_too_often(struct jsontext *json)
{
	jsontext_array(json, "x");
	jsontext_close(json);
	jsontext_close(json);
	jsontext_null(json, "y");
}

static void
close_too_seldom(struct jsontext *json)
{
	jsontext_array(json, "x");
}

static void (*const mistakes[])(struct jsontext *json) = {
    name_nothing,
    name_twice,
    name_in_array,
    close_too_often,
    close_too_seldom,
};

START_TEST(mistake_of_a_page_is_an_error)
{
	struct jsontext *json = begin();

	mistakes[_i](json);
	ck_assert_int_eq(error_of(json), ERR_INTERNAL);
}
END_TEST

/* Leaks are the sanitizers' to see. */
START_TEST(what_was_begun_can_be_given_up)
{
	struct jsontext *json = begin();

	jsontext_array(json, "x");
	jsontext_string(json, NULL, "y");
	jsontext_destroy(json);
	jsontext_destroy(NULL);
}
END_TEST

/* A page with left allocations; whether they were enough. */
static bool
is_written(size_t left)
{
	struct jsontext *json = NULL;
	struct buf out;
	enum err err;

	buf_init(&out, support_arena());
	buf_text(&out, "");
	allocations_left = left;
	err = jsontext_create(support_arena(), &json);
	if (err == ERR_OK) {
		jsontext_object(json, "x");
		jsontext_array(json, "y");
		jsontext_string(json, NULL, "s");
		jsontext_number(json, NULL, 1);
		jsontext_close(json);
		jsontext_close(json);
		err = jsontext_finish(json, &out);
	}
	ck_assert_str_eq(
	    out.data, err == ERR_OK ? "{\"x\":{\"y\":[\"s\",1]}}\n" : "");
	if (err != ERR_OK)
		ck_assert_int_eq(err, ERR_NO_MEMORY);
	return err == ERR_OK;
}

START_TEST(any_allocation_may_fail)
{
	size_t left = 0;

	json_set_alloc_funcs(allocate, free);
	while (!is_written(left))
		left++;
	json_set_alloc_funcs(malloc, free);
	ck_assert_uint_gt(left, 5);
}
END_TEST

START_TEST(full_arena_is_an_error_and_leaves_the_buffer)
{
	struct arena *arena = arena_create(1);
	struct jsontext *json = begin();
	struct jsontext *none = NULL;
	struct buf out;

	buf_init(&out, arena);
	buf_text(&out, "before");
	while (arena_alloc(arena, 16) != NULL)
		;
	for (int i = 0; i < 1000; i++) {
		char *name = arena_printf(support_arena(), "%d", i);

		jsontext_string(json, name, "some words");
	}
	ck_assert_int_eq(jsontext_finish(json, &out), ERR_NO_MEMORY);
	ck_assert_str_eq(out.data, "before");
	ck_assert_uint_eq(out.length, strlen("before"));
	ck_assert_int_eq(jsontext_create(arena, &none), ERR_NO_MEMORY);
	ck_assert_ptr_null(none);
	arena_destroy(arena);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("jsontext");
	TCase *test_case = support_case(suite, "jsontext");

	tcase_add_test(test_case, nothing_put_in_is_an_empty_object);
	tcase_add_test(
	    test_case, objects_and_arrays_nest_in_the_order_of_calls);
	tcase_add_loop_test(test_case, string_is_escaped_for_any_context, 0,
	    (int)(sizeof(strings) / sizeof(strings[0])));
	tcase_add_test(test_case, name_is_escaped_as_well);
	tcase_add_loop_test(test_case,
	    number_stays_within_what_every_reader_holds, 0,
	    (int)(sizeof(numbers) / sizeof(numbers[0])));
	tcase_add_test(test_case, text_is_appended_to_what_is_there);
	tcase_add_loop_test(test_case, bytes_that_are_no_utf8_are_an_error, 0,
	    (int)(sizeof(broken) / sizeof(broken[0])));
	tcase_add_test(test_case, eight_levels_are_allowed_and_nine_are_not);
	tcase_add_loop_test(test_case, mistake_of_a_page_is_an_error, 0,
	    (int)(sizeof(mistakes) / sizeof(mistakes[0])));
	tcase_add_test(test_case, what_was_begun_can_be_given_up);
	tcase_add_test(test_case, any_allocation_may_fail);
	tcase_add_test(test_case, full_arena_is_an_error_and_leaves_the_buffer);
	return support_run(suite);
}
