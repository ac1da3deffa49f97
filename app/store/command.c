#include "store/command.h"

#include "base/log.h"
#include "base/metrics.h"
#include "base/number.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#define MODULE "redis"

/* Room for "*64\r\n", or for "$1024\r\n" before a word and its "\r\n". */
#define HEAD_BYTES (1 + NUMBER_TEXT_BYTES + 4)

void
command_add(struct command *command, const char *data, size_t length)
{
	assert(command->count < COMMAND_WORDS_MAX);
	command->words[command->count] = data;
	command->lengths[command->count] = length;
	command->count++;
}

void
command_of(struct command *command, const char *word, ...)
{
	va_list words;

	command->count = 0;
	va_start(words, word);
	for (; word != NULL; word = va_arg(words, const char *))
		command_add(command, word, strlen(word));
	va_end(words);
}

static char *
write_head(char *at, char kind, size_t number)
{
	*at++ = kind;
	at += number_write(number, at);
	*at++ = '\r';
	*at++ = '\n';
	return at;
}

static char *
write_command(char *at, const struct command *command)
{
	at = write_head(at, '*', command->count);
	for (size_t i = 0; i < command->count; i++) {
		at = write_head(at, '$', command->lengths[i]);
		if (command->lengths[i] > 0)
			memcpy(at, command->words[i], command->lengths[i]);
		at += command->lengths[i];
		*at++ = '\r';
		*at++ = '\n';
	}
	return at;
}

enum err
command_write(struct arena *arena, const struct command *commands, size_t count,
    char **data, size_t *length)
{
	size_t room = 0;
	char *end;

	for (size_t i = 0; i < count; i++) {
		room += HEAD_BYTES * (commands[i].count + 1);
		for (size_t j = 0; j < commands[i].count; j++)
			room += commands[i].lengths[j];
	}
	*data = end = arena_alloc(arena, room);
	if (end == NULL)
		return ERR_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		end = write_command(end, &commands[i]);
	*length = (size_t)(end - *data);
	return ERR_OK;
}

/*
 * The word that says which error it is: the first one, except that Redis
 * before 7 puts a script's name and line in front of what a command of the
 * script was refused with.
 */
static const char *
error_word(const char *text)
{
	static const char script[] = "ERR Error running script ";
	const char *word;

	if (strncmp(text, script, sizeof(script) - 1) != 0)
		return text;
	word = strstr(text, ": -");
	return word == NULL ? text : word + 3;
}

/*
 * Refusals that pass, or that the owner mends: what Redis is asked is right.
 * Some have no word of their own.
 */
static const struct {
	const char *word;
	enum metric metric;
} passing[] = {
    {"LOADING", METRIC_REFUSED_LOADING},
    {"READONLY", METRIC_REFUSED_READONLY},
    {"OOM", METRIC_REFUSED_OOM},
    {"MISCONF", METRIC_REFUSED_MISCONF},
    {"NOAUTH", METRIC_REFUSED_ACCESS},
    {"NOPERM", METRIC_REFUSED_ACCESS},
    {"WRONGPASS", METRIC_REFUSED_ACCESS},
    {"DENIED", METRIC_REFUSED_ACCESS},
    {"BUSY", METRIC_REFUSED_BUSY},
    {"MASTERDOWN", METRIC_REFUSED_OTHER},
    {"CLUSTERDOWN", METRIC_REFUSED_OTHER},
    {"MOVED", METRIC_REFUSED_OTHER},
    {"ASK", METRIC_REFUSED_OTHER},
    {"TRYAGAIN", METRIC_REFUSED_OTHER},
    {"NOREPLICAS", METRIC_REFUSED_NOREPLICAS},
    {"UNKILLABLE", METRIC_REFUSED_BUSY},
    {"ERR max number of clients reached", METRIC_REFUSED_OTHER},
    {"ERR Protocol error: unauthenticated", METRIC_REFUSED_ACCESS},
    {"ERR The user executing the script can't ", METRIC_REFUSED_ACCESS},
};
#define PASSING (sizeof(passing) / sizeof(passing[0]))

/* The place of the one that a refusal begins with; PASSING: none. */
static size_t
find_passing(const char *text)
{
	const char *word = error_word(text);
	size_t i = 0;

	while (i < PASSING &&
	       strncmp(word, passing[i].word, strlen(passing[i].word)) != 0)
		i++;
	return i;
}

/*
 * Redis repeats the words of a command that it does not know: people's. While
 * it refuses everything, one line tells of it.
 */
static void
log_refusal(const char *text, const char *kind)
{
	const char *words = strstr(text, ", with args");
	size_t length = words != NULL ? (size_t)(words - text) : strlen(text);

	log_seldom(LOG_LEVEL_ERROR, MODULE, kind != NULL ? kind : text,
	    "Redis refuses: %.*s", (int)length, text);
}

const char *
reply_refusal(const struct reply *reply)
{
	size_t kind =
	    reply->type == REPLY_ERROR ? find_passing(reply->text) : PASSING;

	return kind == PASSING ? NULL : passing[kind].word;
}

enum err
reply_check(const struct reply *reply)
{
	size_t kind;

	if (reply->type != REPLY_ERROR)
		return ERR_OK;
	kind = find_passing(reply->text);
	if (kind == PASSING) {
		metrics_add(METRIC_REFUSED_UNEXPECTED, 1);
		log_refusal(reply->text, NULL);
		return ERR_INTERNAL;
	}
	metrics_add(passing[kind].metric, 1);
	log_refusal(reply->text, passing[kind].word);
	return ERR_UNAVAILABLE;
}
