#include "support.h"

#include "base/conf.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

#define TEN   "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

/* A file, the setting that it is about, and that setting's value then. */
static const struct {
	const char *file;
	const char *name;
	const char *value;
} accepted[] = {
    {"", "slots", "8"},
    {"# nothing\n\n  # here", "slots", "8"},
    {"slots = 1", "slots", "1"},
    {"slots=256\n", "slots", "256"},
    {"", "linger_ms", "0"},
    {"linger_ms = 60000", "linger_ms", "60000"},
    {"\t slots \t=\t 9 \t\r\n", "slots", "9"},
    {"slots = \"10\"\n", "slots", "10"},
    {"site.title = 마당\n", "site.title", "마당"},
    {"site.title = two  words\n", "site.title", "two  words"},
    {"site.title = \"  kept  \"\n", "site.title", "  kept  "},
    {"site.title = C# = fun\n", "site.title", "C# = fun"},
    {"site.title = \"a\"b\"\n", "site.title", "a\"b"},
    {"site.title = a \"b\"\n", "site.title", "a \"b\""},
    {"site {\n\ttitle = x\n}\nslots = 2\n", "site.title", "x"},
    {"site{\ntitle=x\n}\nslots=2\n", "slots", "2"},
    {"\xef\xbb\xbfslots = 4\r\n", "slots", "4"},
    {"site.language = ko\n", "site.language", "ko"},
    {"site.time_zone = Asia/Seoul\n", "site.time_zone", "Asia/Seoul"},
    {"site.time_zone = Etc/GMT+9\n", "site.time_zone", "Etc/GMT+9"},
    {"site.url = \"\"\n", "site.url", ""},
    {"site.url = https://example.org\n", "site.url", "https://example.org"},
    {"site.url = http://Board.example:8080\n", "site.url",
	"http://Board.example:8080"},
    {"site.url = http://[::1]:80\n", "site.url", "http://[::1]:80"},
    {"site.url = https://example.org/board\n", "site.url",
	"https://example.org/board"},
    {"site.url = https://example.org/~me/A-z.0_9\n", "site.url",
	"https://example.org/~me/A-z.0_9"},
    {"site.url = https://example.org/%EB%A7%88%25/...\n", "site.url",
	"https://example.org/%EB%A7%88%25/..."},
    {"site.replies_size = 1\n", "site.replies_size", "1"},
    {"site.replies_size = 100\n", "site.replies_size", "100"},
    {"post.trash_days = 3650\n", "post.trash_days", "3650"},
    {"post.pepper = \"\"\n", "post.pepper", ""},
    {"post.pepper = black & hot\n", "post.pepper", "(hidden)"},
    {"listen = \"\"\n", "listen", ""},
    {"listen =\n", "listen", ""},
    {"listen = run/madang.sock\n", "listen", "run/madang.sock"},
    {"listen = :9000\n", "listen", ":9000"},
    {"redis.address = 127.0.0.1:6379\n", "redis.address", "127.0.0.1:6379"},
    {"redis.database = 0\n", "redis.database", "0"},
    {"redis.prefix = \"{free}:\"\n", "redis.prefix", "{free}:"},
    {"redis.password = \"\"\n", "redis.password", ""},
    {"redis.password = p a=s\"s\n", "redis.password", "(hidden)"},
    {"limits.request_bytes = 1073741824\n", "limits.request_bytes",
	"1073741824"},
};

#define URL_RULE                                                               \
	"site.url must be empty, or like https://example.org or "              \
	"https://example.org/board\n"
#define SLASH_RULE                                                             \
	"site.url must not end with a slash, nor have two together in its "    \
	"path\n"
#define PATH_RULE                                                              \
	"site.url may have letters, digits, - . _ ~ and others as %EA in its " \
	"path\n"
#define DOTS_RULE "site.url must not have . or .. in its path\n"

/* A file, and all that the log says about it; "f" is the file's name. */
static const struct {
	const char *file;
	const char *log;
} refused[] = {
    {"\n\nsite.tilte = x\n",
	"error conf: f:3: unknown setting \"site.tilte\"\n"},
    {"site {\n\n tilte = x\n}\n",
	"error conf: f:3: unknown setting \"site.tilte\"\n"},
    {"title = x\n", "error conf: f:1: unknown setting \"title\"\n"},
    {"site = x\n", "error conf: f:1: unknown setting \"site\"\n"},
    {"slots = 0\n", "error conf: f:1: slots must be a number from 1 to 256\n"},
    {"slots = 257\n",
	"error conf: f:1: slots must be a number from 1 to 256\n"},
    {"linger_ms = 60001\n",
	"error conf: f:1: linger_ms must be a number from 0 to 60000\n"},
    {"slots = eight\n",
	"error conf: f:1: slots must be a number from 1 to 256\n"},
    {"slots = 8 # eight\n",
	"error conf: f:1: slots must be a number from 1 to 256\n"},
    {"slots = -1\n", "error conf: f:1: slots must be a number from 1 to 256\n"},
    {"slots =\n", "error conf: f:1: slots must be a number from 1 to 256\n"},
    {"redis.database = 1000001\n",
	"error conf: f:1: redis.database must be a number from 0 to 1000000\n"},
    {"slots = 1\nslots = 1\n",
	"error conf: f:2: slots is set already, in line 1\n"},
    {"site {\nlanguage = en\n}\nsite.language = ko\n",
	"error conf: f:4: site.language is set already, in line 2\n"},
    {"site.language = de\n",
	"error conf: f:1: site.language must be en or ko\n"},
    {"site.title =\n", "error conf: f:1: site.title must not be empty\n"},
    {"site.title = a\tb\n",
	"error conf: f:1: site.title must be UTF-8 without control "
	"characters\n"},
    {"site.time_zone = /etc/passwd\n",
	"error conf: f:1: site.time_zone must be a zone's name like "
	"Asia/Seoul\n"},
    {"site.time_zone = KST:9\n",
	"error conf: f:1: site.time_zone must be a zone's name like "
	"Asia/Seoul\n"},
    {"site.url = example.org\n", "error conf: f:1: " URL_RULE},
    {"site.url = ftp://example.org\n", "error conf: f:1: " URL_RULE},
    {"site.url = https://\n", "error conf: f:1: " URL_RULE},
    {"site.url = https:///board\n", "error conf: f:1: " URL_RULE},
    {"site.url = https://example.org?x\n", "error conf: f:1: " URL_RULE},
    {"site.url = https://example.org/\n", "error conf: f:1: " SLASH_RULE},
    {"site.url = https://example.org/board/\n", "error conf: f:1: " SLASH_RULE},
    {"site.url = https://example.org//board\n", "error conf: f:1: " SLASH_RULE},
    {"site.url = https://example.org/마당\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/a b\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/a?b\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/a#b\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/a\"b\n", "error conf: f:1: " PATH_RULE},
    /* One way to write each: these would never be what a request says. */
    {"site.url = https://example.org/%eb\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%41\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/a%2Fb\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%0A\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%00\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%7F\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/%E\n", "error conf: f:1: " PATH_RULE},
    {"site.url = https://example.org/..\n", "error conf: f:1: " DOTS_RULE},
    {"site.url = https://example.org/a/./b\n", "error conf: f:1: " DOTS_RULE},
    {"site.url = https://me@example.org\n", "error conf: f:1: " URL_RULE},
    {"site.url = https://example.org\"x\n", "error conf: f:1: " URL_RULE},
    {"site.url = https://마당.example\n", "error conf: f:1: " URL_RULE},
    {"files.templates =\n",
	"error conf: f:1: files.templates must not be empty\n"},
    {"listen = 9000\n",
	"error conf: f:1: listen must be empty, a path with a slash, or "
	"host:port\n"},
    {"redis.address =\n",
	"error conf: f:1: redis.address must be a path that begins with a "
	"slash, or host:port\n"},
    {"redis.address = localhost:70000\n",
	"error conf: f:1: redis.address must be a path that begins with a "
	"slash, or host:port\n"},
    {"redis.prefix = a b\n",
	"error conf: f:1: redis.prefix must not hold a space\n"},
    {"site.title = \"x\n", "error conf: f:1: the closing \" is missing\n"},
    {"site.title = \"\n", "error conf: f:1: the closing \" is missing\n"},
    {"redis.password = \"secret\n",
	"error conf: f:1: the closing \" is missing\n"},
    {"redis.password = sec\x01ret\n",
	"error conf: f:1: redis.password must be UTF-8 without control "
	"characters\n"},
    {"secret\n",
	"error conf: f:1: neither name = value, section {, } nor # comment\n"},
    {"se cret = x\n", "error conf: f:1: this is no setting's name\n"},
    {"Slots = 1\n", "error conf: f:1: this is no setting's name\n"},
    {"= 1\n", "error conf: f:1: this is no setting's name\n"},
    {FIFTY TEN "abc = 1\n", "error conf: f:1: this is no setting's name\n"},
    {"{\n}\n", "error conf: f:1: a section needs a name\n"},
    {"}\n", "error conf: f:1: } without a section\n"},
    {"\nsite {\ntitle = x\n", "error conf: f:2: this section has no }\n"},
    {"a {\nb {\nc {\nd {\ne {\n}\n}\n}\n}\n",
	"error conf: f:5: too many sections inside of each other\n"},
    {"# \xff\n", "error conf: f:1: this line is not UTF-8\n"},
    {"site.title = \xff\n", "error conf: f:1: this line is not UTF-8\n"},
    /* Every fault is told, not only the first. */
    {"slots = 0\nsite.tilte = x\n}\n",
	"error conf: f:1: slots must be a number from 1 to 256\n"
	"error conf: f:2: unknown setting \"site.tilte\"\n"
	"error conf: f:3: } without a section\n"},
};

/* The setting's value as text, in the arena. */
static const char *
value_of(const struct conf *conf, const char *name)
{
	char *text = arena_alloc(support_arena(), CONF_TEXT_MAX);

	for (size_t i = 0; conf_name(i) != NULL; i++) {
		if (strcmp(conf_name(i), name) == 0) {
			conf_value(conf, i, text);
			return text;
		}
	}
	ck_abort_msg("no setting is called %s", name);
	return NULL;
}

static enum err
parse(struct conf *conf, const char *file)
{
	conf_defaults(conf);
	return conf_parse(conf, "f", file, strlen(file));
}

static const struct {
	const char *url;
	const char *path;
} site_paths[] = {
    {"", ""},
    {"https://example.org", ""},
    {"http://[::1]:8080", ""},
    {"http://[::1]:8080/b", "/b"},
    {"https://example.org/board", "/board"},
    {"https://example.org/a/%EB%A7%88", "/a/%EB%A7%88"},
};

START_TEST(the_path_of_the_site_is_what_stands_behind_its_host)
{
	struct conf conf;

	conf_defaults(&conf);
	(void)snprintf(conf.site.url, CONF_TEXT_MAX, "%s", site_paths[_i].url);
	ck_assert_str_eq(conf_site_path(&conf), site_paths[_i].path);
}
END_TEST

START_TEST(a_good_file_sets_what_it_says)
{
	struct conf conf;

	ck_assert_int_eq(parse(&conf, accepted[_i].file), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	ck_assert_str_eq(
	    value_of(&conf, accepted[_i].name), accepted[_i].value);
}
END_TEST

START_TEST(a_fault_is_told_with_file_and_line)
{
	struct conf conf;

	ck_assert_int_eq(parse(&conf, refused[_i].file), ERR_CONFIG);
	ck_assert_str_eq(support_log(), refused[_i].log);
}
END_TEST

START_TEST(a_text_of_511_bytes_is_the_longest)
{
	char *most = arena_printf(support_arena(), "site.title = %0511d", 0);
	char *more = arena_printf(support_arena(), "site.title = %0512d", 0);
	struct conf conf;

	ck_assert_int_eq(parse(&conf, most), ERR_OK);
	ck_assert_uint_eq(strlen(conf.site.title), CONF_TEXT_MAX - 1);
	ck_assert_int_eq(parse(&conf, more), ERR_CONFIG);
	ck_assert_str_eq(support_log(),
	    "error conf: f:1: site.title must have at most 511 bytes\n");
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
	struct conf conf;

	conf_defaults(&conf);
	ck_assert_int_eq(
	    conf_parse(&conf, "f", "slots = 1\n\0\n", 12), ERR_CONFIG);
	ck_assert_str_eq(
	    support_log(), "error conf: f:2: this line is not UTF-8\n");
}
END_TEST

/* What a default breaks, the shipped file would break too. */
START_TEST(defaults_are_within_their_own_ranges)
{
	struct conf conf;
	struct conf again;
	char value[CONF_TEXT_MAX];

	conf_defaults(&conf);
	for (size_t i = 0; conf_name(i) != NULL; i++) {
		conf_value(&conf, i, value);
		ck_assert_int_eq(
		    parse(&again, arena_printf(support_arena(), "%s = %s",
				      conf_name(i), value)),
		    ERR_OK);
	}
	ck_assert_str_eq(conf.site.title, "Madang");
	ck_assert_str_eq(conf.files.templates, MADANG_DATADIR "/templates");
	ck_assert_str_eq(conf.files.assets, MADANG_DATADIR "/web/assets.hdf");
	ck_assert_uint_eq(conf.limits.request_bytes, 67108864);
}
END_TEST

/* The line in which the shipped file sets it; 0: it does not. */
static size_t
line_of(const char *shipped, const char *name)
{
	struct conf conf;
	const char *told;
	size_t line = 0;

	conf_defaults(&conf);
	told = arena_printf(support_arena(), "%s\n%s = %s\n", shipped, name,
	    value_of(&conf, name));
	support_log_clear();
	if (conf_parse(&conf, "f", told, strlen(told)) == ERR_OK)
		return 0;
	told = strstr(support_log(), "is set already, in line ");
	ck_assert_msg(told != NULL, "%s: %s", name, support_log());
	ck_assert_int_eq(
	    sscanf(told, "is set already, in line %zu\n", &line), 1);
	return line;
}

START_TEST(the_shipped_file_has_every_setting_in_order)
{
	const char *shipped = support_read("conf/madang.hdf", NULL);
	size_t previous = 0;

	for (size_t i = 0; conf_name(i) != NULL; i++) {
		const char *name = conf_name(i);
		size_t line = line_of(shipped, name);

		/* Their defaults depend on --prefix: shown, but not set. */
		if (strncmp(name, "files.", strlen("files.")) == 0) {
			const char *shown = arena_printf(support_arena(),
			    "\n\t# %s = ", name + strlen("files."));

			ck_assert_uint_eq(line, 0);
			ck_assert_ptr_nonnull(strstr(shipped, shown));
			continue;
		}
		ck_assert_msg(line > previous, "%s is in line %zu", name, line);
		previous = line;
	}
}
END_TEST

START_TEST(the_shipped_file_sets_only_defaults)
{
	const char *shipped = support_read("conf/madang.hdf", NULL);
	struct conf defaults;
	struct conf conf;

	conf_defaults(&defaults);
	ck_assert_int_eq(parse(&conf, shipped), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	for (size_t i = 0; conf_name(i) != NULL; i++)
		ck_assert_str_eq(value_of(&conf, conf_name(i)),
		    value_of(&defaults, conf_name(i)));
}
END_TEST

/* A file of this test's own; its name is in the arena. */
static char *
write_file(const char *text, size_t length)
{
	char *path = arena_printf(
	    support_arena(), "/tmp/check_conf.%ld", (long)getpid());
	FILE *file = fopen(path, "wbx");

	ck_assert_msg(file != NULL, "%s can't be made", path);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
	return path;
}

static void
clear_environment(void)
{
	static const char *const ours[] = {"MADANG_SLOTS",
	    "MADANG_REDIS_WAIT_MS", "MADANG_REDIS_PASSWORD", "MADANG_CONFIG",
	    "MADANG_SITE_TILTE", "MADANG_SITE_TITLE"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		(void)unsetenv(ours[i]);
}

START_TEST(the_environment_overrides_the_file)
{
	const char *text = "slots = 2\nredis.connect_ms = 7\n";
	char *path = write_file(text, strlen(text));
	struct conf conf;

	(void)setenv("MADANG_SLOTS", "3", 1);
	(void)setenv("MADANG_REDIS_WAIT_MS", "42", 1);
	(void)setenv("MADANG_SITE_TITLE", "마당", 1);
	(void)setenv("MADANG_CONFIG", "anything", 1);
	ck_assert_int_eq(conf_load(&conf, path), ERR_OK);
	ck_assert_str_eq(support_log(), "");
	ck_assert_uint_eq(conf.slots, 3);
	ck_assert_uint_eq(conf.redis.wait_ms, 42);
	ck_assert_uint_eq(conf.redis.connect_ms, 7);
	ck_assert_str_eq(conf.site.title, "마당");
	clear_environment();
	(void)remove(path);
}
END_TEST

START_TEST(a_wrong_variable_is_told_by_name)
{
	struct conf conf;

	(void)setenv("MADANG_SITE_TILTE", "secret", 1);
	ck_assert_int_eq(conf_load(&conf, NULL), ERR_CONFIG);
	ck_assert_str_eq(support_log(),
	    "error conf: MADANG_SITE_TILTE: no setting has this name\n");
	clear_environment();
	support_log_clear();
	(void)setenv("MADANG_SLOTS", "0", 1);
	ck_assert_int_eq(conf_load(&conf, NULL), ERR_CONFIG);
	ck_assert_str_eq(support_log(),
	    "error conf: MADANG_SLOTS: slots must be a number from 1 to 256\n");
	clear_environment();
}
END_TEST

START_TEST(the_password_is_never_shown)
{
	struct conf conf;

	(void)setenv("MADANG_REDIS_PASSWORD", "s3cret", 1);
	ck_assert_int_eq(conf_load(&conf, NULL), ERR_OK);
	ck_assert_str_eq(conf.redis.password, "s3cret");
	ck_assert_str_eq(value_of(&conf, "redis.password"), "(hidden)");
	(void)setenv("MADANG_REDIS_PASSWORD", "s3\ncret", 1);
	ck_assert_int_eq(conf_load(&conf, NULL), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(support_log(), "MADANG_REDIS_PASSWORD"));
	ck_assert_ptr_null(strstr(support_log(), "cret"));
	clear_environment();
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_told)
{
	struct conf conf;

	ck_assert_int_eq(conf_load(&conf, "/nowhere/madang.hdf"), ERR_CONFIG);
	ck_assert_int_eq(conf_load(&conf, "/"), ERR_CONFIG);
	ck_assert_str_eq(support_log(),
	    "error conf: /nowhere/madang.hdf: No such file or directory\n"
	    "error conf: /: Is a directory\n");
}
END_TEST

START_TEST(a_file_without_end_is_not_read)
{
	const size_t most = 1024 * 1024;
	char *text = arena_alloc(support_arena(), most + 1);
	struct conf conf;
	char *path;

	memset(text, '\n', most + 1);
	path = write_file(text, most);
	ck_assert_int_eq(conf_load(&conf, path), ERR_OK);
	(void)remove(path);
	path = write_file(text, most + 1);
	ck_assert_int_eq(conf_load(&conf, path), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(support_log(), "larger than 1048576"));
	(void)remove(path);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf");
	TCase *file = support_case(suite, "file");
	TCase *shipped = support_case(suite, "shipped");
	TCase *load = support_case(suite, "load");

	clear_environment();
	tcase_add_loop_test(
	    file, a_good_file_sets_what_it_says, 0, ROWS(accepted));
	tcase_add_loop_test(
	    file, a_fault_is_told_with_file_and_line, 0, ROWS(refused));
	tcase_add_loop_test(file,
	    the_path_of_the_site_is_what_stands_behind_its_host, 0,
	    (int)(sizeof(site_paths) / sizeof(site_paths[0])));
	tcase_add_test(file, a_text_of_511_bytes_is_the_longest);
	tcase_add_test(file, a_nul_byte_is_refused);
	tcase_add_test(shipped, defaults_are_within_their_own_ranges);
	tcase_add_test(shipped, the_shipped_file_has_every_setting_in_order);
	tcase_add_test(shipped, the_shipped_file_sets_only_defaults);
	tcase_add_test(load, the_environment_overrides_the_file);
	tcase_add_test(load, a_wrong_variable_is_told_by_name);
	tcase_add_test(load, the_password_is_never_shown);
	tcase_add_test(load, a_file_that_cannot_be_read_is_told);
	tcase_add_test(load, a_file_without_end_is_not_read);
	return support_run(suite);
}
