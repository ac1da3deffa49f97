#include "owner_call.h"

#include "base/number.h"
#include "base/text.h"
#include "board/registry.h"
#include "pages/publisher.h"
#include "slot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the first board, which has no slug, is called here. */
#define FIRST_BOARD "/"

int
owner_done(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vprintf(format, arguments);
	va_end(arguments);
	(void)putchar('\n');
	return EXIT_SUCCESS;
}

int
owner_failed(int status, const char *format, ...)
{
	va_list arguments;

	(void)fputs("madang: ", stderr);
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	return status;
}

int
owner_failed_by(enum err err)
{
	return owner_failed(
	    EXIT_FAILURE, "It was not done: %s.", err_text(err));
}

const char *
owner_board_name(const char *slug)
{
	return slug[0] == '\0' ? FIRST_BOARD : slug;
}

int
owner_failed_board(const char *slug)
{
	return owner_failed(
	    EXIT_FAILURE, "There is no board %s.", owner_board_name(slug));
}

struct store
owner_store(struct owner *owner, const char *slug)
{
	struct store store =
	    slot_store(&owner->conf, owner->pool, owner->arena);

	store.prefix = registry_prefix(owner->arena, store.first, slug);
	publisher_attach(owner->publisher, &store);
	return store;
}

enum err
owner_read_board(struct owner *owner, const char *slug, struct board_info *info)
{
	struct store store = owner_store(owner, slug);

	if (store.prefix == NULL)
		return ERR_NO_MEMORY;
	return board_read_info(&store, info);
}

bool
owner_parse_slug(const char *word)
{
	if (registry_slug_is_valid(word))
		return true;
	(void)owner_failed(OWNER_EXIT_USAGE,
	    "%s can't be a board: it takes 1 to %d of a-z, 0-9 and -, and no "
	    "- first.",
	    word, BOARD_SLUG_BYTES - 1);
	return false;
}

bool
owner_parse_board(const char *word, const char **slug)
{
	bool first = strcmp(word, FIRST_BOARD) == 0;

	*slug = first ? "" : word;
	return first || owner_parse_slug(word);
}

bool
owner_parse_id(const char *word, uint64_t *id)
{
	if (number_parse(word, strlen(word), 1, POST_ID_MAX, id))
		return true;
	(void)owner_failed(OWNER_EXIT_USAGE, "%s is no post's number.", word);
	return false;
}

int
owner_parse_line(struct owner *owner, const char *what, const char *word,
    size_t max_chars, const char **line)
{
	const struct text_rules rules = {
	    .one_line = true, .max_chars = max_chars};
	struct text text;

	if (!text_is_utf8(word, strlen(word)))
		return owner_failed(
		    OWNER_EXIT_USAGE, "The %s is not UTF-8.", what);
	if (text_clean(owner->arena, word, strlen(word), &rules, &text) !=
	    ERR_OK)
		return owner_failed_by(ERR_NO_MEMORY);
	*line = text.data;
	if (text.problem == TEXT_FINE)
		return EXIT_SUCCESS;
	if (text.problem == TEXT_EMPTY)
		return owner_failed(OWNER_EXIT_USAGE, "The %s is empty.", what);
	if (text.problem == TEXT_TOO_LONG || text.problem == TEXT_HEAVY)
		return owner_failed(OWNER_EXIT_USAGE,
		    "The %s is too long: it may have %zu characters.", what,
		    max_chars);
	return owner_failed(OWNER_EXIT_USAGE,
	    "The %s has characters that a line can't have.", what);
}
