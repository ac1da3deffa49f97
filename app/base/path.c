#include "base/path.h"

#include "base/number.h"

#include <string.h>

#define BOARDS	"/boards/"
#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"
#define ALLOWED LOWER UPPER DIGITS "-._~/"

#define FORMATS (sizeof(suffixes) / sizeof(suffixes[0]))

static const char *const suffixes[] = {
    [PATH_HTML] = "", [PATH_JSON] = ".json", [PATH_ATOM] = ".atom"};

const char *
path_suffix(enum path_format format)
{
	return suffixes[format];
}

/* The bytes before the next slash. */
static size_t
piece_length(const char *text, size_t length)
{
	const char *slash = memchr(text, '/', length);

	return slash != NULL ? (size_t)(slash - text) : length;
}

static bool
starts_with_boards(const char *text, size_t length)
{
	return length >= strlen(BOARDS) &&
	       memcmp(text, BOARDS, strlen(BOARDS)) == 0;
}

/* A letter or digit, then these and hyphens. text is of ALLOWED. */
static bool
is_slug(const char *text, size_t length)
{
	if (length == 0 || length > PATH_SLUG_MAX || text[0] == '-')
		return false;
	for (size_t i = 0; i < length; i++) {
		if (strchr(LOWER DIGITS "-", text[i]) == NULL)
			return false;
	}
	return true;
}

/* The bytes that "/boards/SLUG" takes, 0 without; false: not a board. */
static bool
read_board(const char *text, size_t length, char *slug, size_t *taken)
{
	size_t start = strlen(BOARDS);
	size_t bytes;

	*taken = 0;
	if (!starts_with_boards(text, length))
		return true;
	bytes = piece_length(text + start, length - start);
	if (!is_slug(text + start, bytes))
		return false;
	memcpy(slug, text + start, bytes);
	slug[bytes] = '\0';
	*taken = start + bytes;
	return !starts_with_boards(text + *taken, length - *taken);
}

/* The format that the last piece of a path names; its suffix is taken off. */
static enum path_format
read_suffix(const char *text, size_t *length)
{
	for (size_t i = PATH_HTML + 1; i < FORMATS; i++) {
		size_t bytes = strlen(suffixes[i]);

		if (*length >= bytes &&
		    memcmp(text + *length - bytes, suffixes[i], bytes) == 0) {
			*length -= bytes;
			return (enum path_format)i;
		}
	}
	return PATH_HTML;
}

/* Adds a piece to the pattern, which has used bytes. */
static bool
add_piece(struct path *path, size_t *used, const char *text, size_t length)
{
	uint64_t number;

	if (length == 0 || (length == 1 && text[0] == '.') ||
	    (length == 2 && memcmp(text, "..", 2) == 0))
		return false;
	if (number_parse(text, length, 1, PATH_NUMBER_MAX, &number)) {
		if (path->count == PATH_NUMBERS_MAX)
			return false;
		path->numbers[path->count++] = number;
		text = "#";
		length = 1;
	}
	/* The slash and the NUL. */
	if (*used + 1 + length + 1 > sizeof(path->pattern))
		return false;
	path->pattern[(*used)++] = '/';
	memcpy(path->pattern + *used, text, length);
	*used += length;
	path->pattern[*used] = '\0';
	return true;
}

/* Reads what is below the board: "", or pieces with a slash before each. */
static bool
read_pieces(const char *text, size_t length, struct path *path)
{
	size_t used = 0;
	size_t i = 0;

	if (length > 0)
		path->format = read_suffix(text, &length);
	else
		memcpy(path->pattern, "/", sizeof("/"));
	while (i < length) {
		size_t bytes = piece_length(text + i + 1, length - i - 1);

		if (!add_piece(path, &used, text + i + 1, bytes))
			return false;
		i += 1 + bytes;
	}
	return true;
}

bool
path_parse(const char *text, struct path *path)
{
	struct path parsed = {.format = PATH_HTML};
	size_t length = strlen(text);
	size_t taken;

	if (text[0] != '/' || strspn(text, ALLOWED) != length)
		return false;
	parsed.trailing_slash = length > 1 && text[length - 1] == '/';
	/* "/" is what is below no piece at all, as in "/boards/free/". */
	if (text[length - 1] == '/')
		length--;
	if (!read_board(text, length, parsed.slug, &taken) ||
	    !read_pieces(text + taken, length - taken, &parsed))
		return false;
	*path = parsed;
	return true;
}
