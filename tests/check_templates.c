/*
 * Templates and sentences that an owner has changed, or broken.
 */
#include "shown.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch[64];

static const char *
scratch_path(const char *name)
{
	return arena_printf(support_arena(), "%s/%s", scratch, name);
}

static void
write_file(const char *name, const char *data, size_t length)
{
	FILE *file = fopen(scratch_path(name), "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static const char *const template_files[] = {"en.hdf", "ko.hdf", "boards.cs",
    "delete.cs", "edit.cs", "feed.cs", "form.cs", "home.cs", "layout.cs",
    "list.cs", "pager.cs", "post.cs", "posted.cs", "posts.cs", "problem.cs",
    "reply.cs", "stream.cs", "unlock.cs", "versions.cs", "write.cs"};

#define TEMPLATE_FILES (sizeof(template_files) / sizeof(template_files[0]))

/* A copy of the templates that a test may break. */
static void
copy_templates(void)
{
	static const char names[] = "Asset.style = s.css\nAsset.icon = i.svg\n";

	support_folder(scratch, sizeof(scratch));
	for (size_t i = 0; i < TEMPLATE_FILES; i++) {
		size_t length;
		const char *data =
		    support_read(arena_printf(support_arena(), "templates/%s",
				     template_files[i]),
			&length);

		write_file(template_files[i], data, length);
	}
	write_file("assets.hdf", names, strlen(names));
	ck_assert_int_eq(view_init(), ERR_OK);
}

static void
remove_templates(void)
{
	for (size_t i = 0; i < TEMPLATE_FILES; i++)
		(void)unlink(scratch_path(template_files[i]));
	(void)unlink(scratch_path("assets.hdf"));
	(void)rmdir(scratch);
}

static enum err
open_copy(struct view **view)
{
	return view_create(scratch, scratch_path("assets.hdf"), 1, view);
}

START_TEST(a_copy_of_the_templates_works)
{
	struct view *view;

	ck_assert_int_eq(open_copy(&view), ERR_OK);
	shown_begin(view, VIEW_EN);
	assert_has(shown_render(view, VIEW_HOME), "/static/s.css");
	view_destroy(view);
}
END_TEST

/*
 * What breaks a file (NULL: it is gone), and what the log must say. An if
 * without its end is told too, but ClearSilver loses 32 bytes over it.
 */
static const struct {
	const char *file;
	const char *data;
	const char *logged;
} broken[] = {
    {"home.cs", "one\n<?cs else ?>\ntwo\n", "/home.cs:2]"},
    {"list.cs", "one\ntwo\n<?cs nonsense:x ?>\n", "/list.cs:3]"},
    {"post.cs", "one\n<?cs var:x + ?>\n", "/post.cs:2]"},
    {"posted.cs", "<?cs var:x \n", "/posted.cs:1]"},
    {"problem.cs", "\n\n\n<?cs call:nobody() ?>\n", "/problem.cs:4]"},
    {"posts.cs", "\n<?cs /if ?>\n", "/posts.cs:2]"},
    {"list.cs", "<?cs include!\"gone.cs\" ?>\n", "gone.cs"},
    {"ko.hdf", "T {\n\tcode = ko\n\tnonsense\n}\n", "/ko.hdf:3]"},
    {"en.hdf", "\nnonsense\n", "/en.hdf:2]"},
    {"assets.hdf", "\n\nnonsense\n", "/assets.hdf:3]"},
    {"home.cs", NULL, "/home.cs"},
    {"layout.cs", NULL, "layout.cs"},
    {"ko.hdf", NULL, "/ko.hdf"},
    {"assets.hdf", NULL, "/assets.hdf"},
};

START_TEST(what_is_broken_is_told_with_its_file_and_line)
{
	struct view *view = NULL;

	if (broken[_i].data != NULL)
		write_file(
		    broken[_i].file, broken[_i].data, strlen(broken[_i].data));
	else
		ck_assert_int_eq(unlink(scratch_path(broken[_i].file)), 0);
	ck_assert_int_eq(open_copy(&view), ERR_CONFIG);
	ck_assert_ptr_null(view);
	assert_has(support_log(), "error view: ");
	assert_has(support_log(), broken[_i].logged);
}
END_TEST

/* Sentences as an owner may write them, with {max} being 12. */
static const struct {
	const char *sentence;
	const char *shown;
} sentences[] = {
    {"{max}", "12"},
    {"{max}{max}", "1212"},
    {"{min} to {max}", "{min} to 12"},
    {"{maximum} {ma} {}", "{maximum} {ma} {}"},
    {"{max", "{max"},
    {"max} {max}", "max} 12"},
    {"100% %s", "100% %s"},
    {"a < b & c", "a &lt; b &amp; c"},
};

START_TEST(an_unknown_word_stays_as_it_is)
{
	static const struct view_word word = {"max", 12};
	struct view *view;
	const char *line = arena_printf(
	    support_arena(), "Hints.text = %s\n", sentences[_i].sentence);

	write_file("en.hdf", line, strlen(line));
	ck_assert_int_eq(open_copy(&view), ERR_OK);
	shown_begin(view, VIEW_EN);
	view_set(view, "Form.data.shown", "1");
	view_set_sentence(view, "Form.data.hint", "Hints.text", &word, 1);
	assert_has(shown_render(view, VIEW_HOME),
	    arena_printf(support_arena(), "\"data-hint\">%s</span>",
		sentences[_i].shown));
	view_destroy(view);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("templates");
	TCase *test_case = support_case(suite, "templates of an owner");

	tcase_add_checked_fixture(test_case, copy_templates, remove_templates);
	tcase_add_test(test_case, a_copy_of_the_templates_works);
	tcase_add_loop_test(test_case,
	    what_is_broken_is_told_with_its_file_and_line, 0,
	    sizeof(broken) / sizeof(broken[0]));
	tcase_add_loop_test(test_case, an_unknown_word_stays_as_it_is, 0,
	    sizeof(sentences) / sizeof(sentences[0]));
	return support_run(suite);
}
