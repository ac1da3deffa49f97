#include "support.h"

#include "base/logline.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REQUEST "0123456789abcdef0123456789abcdef"

static char line[LOGLINE_MAX_BYTES + 1];

/* The line of JSON as jansson reads it, which is strict about UTF-8. */
static json_t *
json_of(const struct logline *logline)
{
	size_t length = logline_json(line, logline);
	json_error_t fault;
	json_t *read;

	ck_assert_uint_le(length, LOGLINE_MAX_BYTES);
	ck_assert_int_eq(line[length - 1], '\n');
	ck_assert_ptr_null(memchr(line, '\n', length - 1));
	read = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);
	ck_assert_msg(read != NULL, "%s: %.*s", fault.text, (int)length, line);
	return read;
}

static const char *
member(const json_t *read, const char *name)
{
	const char *value = json_string_value(json_object_get(read, name));

	return value != NULL ? value : "(none)";
}

static const char *const messages[] = {
    "plain",
    "",
    "홍길동 🙂",
    "a \"quote\" and a back\\slash, and \\\"both\\\"",
    "tab\there, \r\n\v\f\b, \x01\x1f\x7f",
    "latin-1 \xe9, cut \xed\x99",
    "overlong \xc0\xaf, surrogate \xed\xa0\x80, beyond \xf4\x90\x80\x80",
    "\xff\xfe\"\\",
    "c1 \xc2\x9b, line separators \xe2\x80\xa8\xe2\x80\xa9",
    "</script>{\"level\":\"error\"}",
};

START_TEST(json_says_what_text_says)
{
	const struct logline logline = {.level = LOG_LEVEL_WARNING,
	    .module = "pool",
	    .message = messages[_i],
	    .request = REQUEST};
	char text[LOGLINE_MAX_BYTES];
	size_t length = logline_text(text, &logline);
	json_t *read = json_of(&logline);

	ck_assert_str_eq(member(read, "level"), "warning");
	ck_assert_str_eq(member(read, "module"), "pool");
	ck_assert_str_eq(member(read, "request"), REQUEST);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(read, "pid")), getpid());
	ck_assert_str_eq(arena_copy(support_arena(), text, length),
	    arena_printf(support_arena(),
		"warning pool: %s (request " REQUEST ")\n",
		member(read, "message")));
	json_decref(read);
}
END_TEST

/* Each byte by itself, and behind a lead byte that wants another. */
START_TEST(any_byte_makes_json)
{
	const char message[] = {'<', (char)_i, '>', '\xec', (char)_i, 0};
	json_t *read = json_of(&(struct logline){.level = LOG_LEVEL_INFO,
	    .module = "m",
	    .message = message,
	    .request = ""});

	ck_assert_ptr_null(json_object_get(read, "request"));
	json_decref(read);
}
END_TEST

/* The end of the message goes, not that of the object. */
START_TEST(a_long_message_leaves_json_whole)
{
	static const char *const fill[] = {"\"", "\\", "가", "\x01", "a"};
	char message[8192] = "";
	json_t *read;

	for (int i = 0; i < _i / 5; i++)
		strcat(message, "x");
	while (strlen(message) < 3000)
		strcat(message, fill[_i % 5]);
	read = json_of(&(struct logline){.level = LOG_LEVEL_ERROR,
	    .module = "a module whose name is longer than any that there is",
	    .message = message,
	    .request = REQUEST});
	ck_assert_str_eq(member(read, "request"), REQUEST);
	ck_assert_uint_ge(strlen(member(read, "message")), 380);
	json_decref(read);
}
END_TEST

START_TEST(a_time_is_utc_with_milliseconds)
{
	json_t *read = json_of(&(struct logline){.level = LOG_LEVEL_INFO,
	    .module = "m",
	    .message = "x",
	    .request = ""});
	const char *time = member(read, "time");
	int end = 0;

	(void)sscanf(time,
	    "%*4[0-9]-%*2[0-9]-%*2[0-9]T%*2[0-9]:%*2[0-9]:%*2[0-9].%*3[0-9]Z%n",
	    &end);
	ck_assert_int_eq(end, 24);
	ck_assert_uint_eq(strlen(time), 24);
	json_decref(read);
}
END_TEST

/* The request stays when the message has to go. */
START_TEST(a_long_line_of_text_keeps_its_request)
{
	char message[4096];
	size_t length;

	memset(message, 'a', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	length = logline_text(line, &(struct logline){.level = LOG_LEVEL_INFO,
					.module = "m",
					.message = message,
					.request = "3f9c2b7a11223344",
					.time = true});
	ck_assert_uint_eq(length, LOGLINE_MAX_BYTES);
	line[length] = '\0';
	ck_assert_ptr_nonnull(strstr(line, "aaa (request 3f9c2b7a11223344)\n"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("logline");
	TCase *test_case = support_case(suite, "logline");

	tcase_add_loop_test(test_case, json_says_what_text_says, 0,
	    (int)(sizeof(messages) / sizeof(messages[0])));
	tcase_add_loop_test(test_case, any_byte_makes_json, 1, 256);
	tcase_add_loop_test(test_case, a_long_message_leaves_json_whole, 0, 40);
	tcase_add_test(test_case, a_time_is_utc_with_milliseconds);
	tcase_add_test(test_case, a_long_line_of_text_keeps_its_request);
	return support_run(suite);
}
