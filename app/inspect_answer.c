#include "inspect_answer.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int
answer_left_ms(uint64_t until)
{
	return (int)((clock_left(until, UINT64_C(1000000000)) + 999) / 1000);
}

void
answer_keep(struct ask_answer *answer, const unsigned char *data, size_t length)
{
	size_t room = sizeof(answer->text) - 1 - answer->length;

	if (length > room)
		length = room;
	/* What is printed of it must not drive a terminal. */
	for (size_t i = 0; i < length; i++)
		answer->text[answer->length + i] =
		    iscntrl(data[i]) && !isspace(data[i]) ? '?' : (char)data[i];
	answer->length += length;
	answer->text[answer->length] = '\0';
}

/* The end of the line that begins there: its \n, or the text's end. */
static const char *
line_end(const char *line)
{
	return line + strcspn(line, "\n");
}

static bool
line_is_empty(const char *line)
{
	return line[0] == '\n' || (line[0] == '\r' && line[1] == '\n') ||
	       line[0] == '\0';
}

bool
ask_header(
    const struct ask_answer *answer, const char *name, char *text, size_t size)
{
	size_t length = strlen(name);

	text[0] = '\0';
	for (const char *line = answer->text; !line_is_empty(line);
	     line = *line_end(line) == '\0' ? line_end(line)
					    : line_end(line) + 1) {
		const char *value = line + length + 1;

		if (strncasecmp(line, name, length) != 0 || line[length] != ':')
			continue;
		value += strspn(value, " \t");
		(void)snprintf(
		    text, size, "%.*s", (int)strcspn(value, "\r\n"), value);
		return true;
	}
	return false;
}

bool
ask_has_header(const struct ask_answer *answer, const char *name)
{
	char value[8];

	return ask_header(answer, name, value, sizeof(value));
}

const char *
ask_body(const struct ask_answer *answer)
{
	const char *line = answer->text;

	while (!line_is_empty(line))
		line = *line_end(line) == '\0' ? line_end(line)
					       : line_end(line) + 1;
	return *line_end(line) == '\0' ? line_end(line) : line_end(line) + 1;
}
