#include "web/header.h"

#include "support.h"

#include <locale.h>
#include <string.h>

/* The items of a list, each as "[item]". */
static const struct {
	const char *list;
	const char *items;
} list_rows[] = {
    {"", "[]"},
    {"a", "[a]"},
    {"a,b", "[a][b]"},
    {" a b\t,\tc ", "[a b][c]"},
    {",", "[][]"},
    {"a,", "[a][]"},
    {", ,a", "[][][a]"},
    {"a;b=c", "[a;b=c]"},
};

START_TEST(a_list_is_taken_apart)
{
	size_t i;

	for (i = 0; i < sizeof(list_rows) / sizeof(list_rows[0]); i++) {
		struct header_piece rest = header_whole(list_rows[i].list);
		struct header_piece item;
		char *items = arena_copy(support_arena(), "", 0);

		while (header_next(&rest, ',', &item))
			items = arena_printf(support_arena(), "%s[%.*s]", items,
			    (int)item.length, item.data);
		ck_assert_str_eq(items, list_rows[i].items);
		ck_assert(!header_next(&rest, ',', &item));
	}
}
END_TEST

static const struct {
	const char *piece;
	const char *text;
	bool expected;
} equal_rows[] = {
    {"", "", true},
    {"a", "", false},
    {"", "a", false},
    {"Content-TYPE", "content-type", true},
    {"content-typ", "content-type", false},
    {"content-types", "content-type", false},
    {"[", "{", false}, /* they differ in the bit that letters' cases do */
    {"@", "`", false},
    {"\xc4\xb1", "I", false},
    {"INLINE", "inline", true},
};

START_TEST(only_the_case_of_ascii_letters_is_ignored)
{
	static const char *const locales[] = {"C", "tr_TR.UTF-8", "C.UTF-8"};
	size_t i, n;

	for (n = 0; n < sizeof(locales) / sizeof(locales[0]); n++) {
		(void)setlocale(LC_ALL, locales[n]);
		for (i = 0; i < sizeof(equal_rows) / sizeof(equal_rows[0]); i++)
			ck_assert_msg(
			    header_equals(header_whole(equal_rows[i].piece),
				equal_rows[i].text) == equal_rows[i].expected,
			    "%s, %s", equal_rows[i].piece, equal_rows[i].text);
	}
	(void)setlocale(LC_ALL, "C");
}
END_TEST

static const struct {
	const char *header;
	enum err expected;
	const char *value;
} parameter_rows[] = {
    {"", ERR_OK, NULL},
    {"x", ERR_OK, NULL},
    {"x; a", ERR_OK, ""},
    {"x; a=", ERR_OK, ""},
    {"x; a=b", ERR_OK, "b"},
    {"x;A=b", ERR_OK, "b"},
    {"a=b; a=c", ERR_OK, "c"},
    {"x ; a = b c ; d", ERR_OK, "b c"},
    {"x; aa=b; a=c; a=d", ERR_OK, "c"},
    {"x; b=\"; a=c\"; a=\"d;e\"", ERR_OK, "d;e"},
    {"x; a=\"b\\\"c\\d\"", ERR_OK, "b\"c\\d"},
    {"x; a=\"\"", ERR_OK, ""},
    {"x; a=b\"c", ERR_OK, "b\"c"},
    {"x;;;=;a=b", ERR_OK, "b"},
    {"x; a=\"", ERR_MALFORMED, NULL},
    {"x; a=\"b\\\"", ERR_MALFORMED, NULL},
    {"x; a=\"b\"c", ERR_MALFORMED, NULL},
    {"x; b=\"c; a=d", ERR_MALFORMED, NULL},
};

START_TEST(a_parameter_of_a_header_is_found)
{
	size_t i;

	for (i = 0; i < sizeof(parameter_rows) / sizeof(parameter_rows[0]);
	     i++) {
		const char *value;
		enum err err = header_parameter(support_arena(),
		    header_whole(parameter_rows[i].header), "a", &value);

		ck_assert_msg(err == parameter_rows[i].expected, "%s",
		    parameter_rows[i].header);
		if (parameter_rows[i].value == NULL)
			ck_assert_ptr_null(value);
		else
			ck_assert_str_eq(value, parameter_rows[i].value);
	}
}
END_TEST

static const struct {
	const char *item;
	const char *name; /* NULL: it is broken */
	int weight;
} weighted_rows[] = {
    {"gzip", "gzip", 1000},
    {" ko-KR\t", "ko-KR", 1000},
    {"*", "*", 1000},
    {"gzip;q=1", "gzip", 1000},
    {"gzip;q=1.", "gzip", 1000},
    {"gzip;q=1.000", "gzip", 1000},
    {"gzip;q=0", "gzip", 0},
    {"gzip;q=0.000", "gzip", 0},
    {"gzip;q=0.5", "gzip", 500},
    {"gzip;q=0.001", "gzip", 1},
    {"gzip ; Q = 0.25 ", "gzip", 250},
    {"gzip;q=1.001", NULL, 0},
    {"gzip;q=2", NULL, 0},
    {"gzip;q=0.1234", NULL, 0},
    {"gzip;q=-0", NULL, 0},
    {"gzip;q=+1", NULL, 0},
    {"gzip;q=0,5", NULL, 0},
    {"gzip;q=0.5.", NULL, 0},
    {"gzip;q=.5", NULL, 0},
    {"gzip;q=1e0", NULL, 0},
    {"gzip;q=inf", NULL, 0},
    {"gzip;q=\"1\"", NULL, 0},
    {"gzip;q=", NULL, 0},
    {"gzip;q", NULL, 0},
    {"gzip;=1", NULL, 0},
    {"gzip;", NULL, 0},
    {"gzip;x=1", NULL, 0},
    {"gzip;q=1;x=1", NULL, 0},
    {"gzip;q=1;", NULL, 0},
    {";q=1", NULL, 0},
    {" ", NULL, 0},
    {"", NULL, 0},
};

START_TEST(a_wish_has_a_name_and_a_weight_or_is_broken)
{
	struct header_weighted weighted;
	bool whole = header_parse_weighted(
	    header_whole(weighted_rows[_i].item), &weighted);

	ck_assert(whole == (weighted_rows[_i].name != NULL));
	if (!whole)
		return;
	ck_assert_uint_eq(weighted.name.length, strlen(weighted_rows[_i].name));
	ck_assert(header_equals(weighted.name, weighted_rows[_i].name));
	ck_assert_int_eq(weighted.weight, weighted_rows[_i].weight);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("header");
	TCase *tests = support_case(suite, "lexical");

	tcase_add_test(tests, a_list_is_taken_apart);
	tcase_add_test(tests, only_the_case_of_ascii_letters_is_ignored);
	tcase_add_test(tests, a_parameter_of_a_header_is_found);
	tcase_add_loop_test(tests, a_wish_has_a_name_and_a_weight_or_is_broken,
	    0, sizeof(weighted_rows) / sizeof(weighted_rows[0]));
	return support_run(suite);
}
