/*
 * The part of `madang check` that reads nginx's configuration, as far as the
 * worker depends on it. Includes are not followed: `nginx -T` prints all files
 * as one, which is what it wants to be given.
 */
#include "inspect_report.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (4 * 1024 * 1024)
#define WORDS_MAX      4
#define WORD_BYTES     256
#define BLOCKS_MAX     2048
#define PLACES_MAX     256

/* What nginx waits longer than a worker may take, so that neither is cut. */
#define SPARE_MS    200
#define PATIENCE_MS 10000 /* more, and visitors wait for one that hangs */

#define LANGUAGE_MAP "$madang_default_language"

enum nginx_value {
	READ_MS,
	MINDS_ENDS,
	BUFFERS_REQUESTS,
	BUFFERS_ANSWERS,
	BODY_BYTES,
	VALUES
};

/* Those that a block does not say are those of the block around it. */
static const struct {
	const char *name;
	int64_t otherwise; /* where nobody says anything */
} values[VALUES] = {
    [READ_MS] = {"fastcgi_read_timeout", 60000},
    [MINDS_ENDS] = {"fastcgi_keep_conn", 0},
    [BUFFERS_REQUESTS] = {"fastcgi_request_buffering", 1},
    [BUFFERS_ANSWERS] = {"fastcgi_buffering", 1},
    [BODY_BYTES] = {"client_max_body_size", 1048576},
};

struct block {
	size_t around;		   /* of the first one: itself */
	char upstream[WORD_BYTES]; /* its name, if it is one */
	int64_t values[VALUES];	   /* -1: not said */
};

/* A fastcgi_pass, or a server of an upstream. */
struct place {
	size_t block;
	char address[WORD_BYTES];
};

struct nginx_conf {
	struct block blocks[BLOCKS_MAX];
	size_t block_count;
	struct place passes[PLACES_MAX];
	size_t pass_count;
	struct place servers[PLACES_MAX];
	size_t server_count;
	char user[WORD_BYTES];
	char language[WORD_BYTES]; /* of who has no wish */
	size_t language_block;	   /* of the map that says it; 0: none */
	bool sends_pages;
	bool is_part; /* it includes files that are not in it */
};

struct statement {
	char words[WORDS_MAX][WORD_BYTES];
	size_t count; /* may be more than there are words */
	char end;     /* of ; { } or 0, the file's */
};

static const char *
skip_blank(const char *text)
{
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (*text != '#')
			return text;
		text += strcspn(text, "\n");
	}
}

/* One word, without its quotes; what is too long is cut. */
static const char *
read_word(const char *text, char word[WORD_BYTES])
{
	char quote = *text == '"' || *text == '\'' ? *text++ : '\0';
	size_t length = 0;

	while (*text != '\0') {
		if (quote != '\0' ? *text == quote
				  : strchr(" \t\r\n;{", *text) != NULL &&
					!(*text == '{' && text[-1] == '$'))
			break;
		if (*text == '\\' && text[1] != '\0')
			text++;
		if (length < WORD_BYTES - 1)
			word[length++] = *text;
		text++;
	}
	word[length] = '\0';
	return quote != '\0' && *text == quote ? text + 1 : text;
}

static const char *
read_statement(const char *text, struct statement *statement)
{
	char left_out[WORD_BYTES];

	*statement = (struct statement){.count = 0};
	for (;;) {
		text = skip_blank(text);
		statement->end = *text;
		if (*text == '\0')
			return text;
		if (strchr(";{}", *text) != NULL)
			return text + 1;
		text = read_word(text, statement->count < WORDS_MAX
					   ? statement->words[statement->count]
					   : left_out);
		statement->count++;
	}
}

/* "1m30s", "1700ms", "512k", "on"; -1: none of these. */
static int64_t
parse_value(enum nginx_value which, const char *word)
{
	int64_t sum = 0;

	if (strcmp(word, "on") == 0 || strcmp(word, "off") == 0)
		return word[1] == 'n';
	while (*word != '\0') {
		char *end;
		int64_t number = strtoll(word, &end, 10);

		if (end == word || number < 0 || number > INT32_MAX)
			return -1;
		word = end + strspn(end, "abcdefghijklmnopqrstuvwxyzGKM");
		if (which == BODY_BYTES)
			number *= *end == 'k' || *end == 'K'   ? 1024
				  : *end == 'm' || *end == 'M' ? 1048576
				  : *end == 'g' || *end == 'G' ? 1073741824
							       : 1;
		else if (which == READ_MS && strncmp(end, "ms", 2) != 0)
			number *= *end == 'm'	? 60000
				  : *end == 'h' ? 3600000
						: 1000;
		sum += number;
	}
	return sum;
}

static void
add_place(
    struct place *places, size_t *count, size_t block, const char *address)
{
	if (*count == PLACES_MAX)
		return;
	places[*count].block = block;
	(void)snprintf(places[*count].address, WORD_BYTES, "%s", address);
	(*count)++;
}

/* Where there is no map for it, the lines " " of another one have the word. */
static bool
says_language(
    const struct nginx_conf *nginx, size_t block, const struct statement *said)
{
	if (nginx->language_block != 0)
		return block == nginx->language_block &&
		       strcmp(said->words[0], "default") == 0;
	return strcmp(said->words[0], " ") == 0 && said->words[1][0] != '$';
}

static void
read_directive(struct nginx_conf *nginx, size_t block,
    const struct statement *said, const char *store)
{
	const char *name = said->words[0];
	const char *word = said->words[1];

	for (size_t i = 0; i < VALUES; i++)
		if (strcmp(name, values[i].name) == 0)
			nginx->blocks[block].values[i] =
			    parse_value((enum nginx_value)i, word);
	if (strcmp(name, "fastcgi_pass") == 0)
		add_place(nginx->passes, &nginx->pass_count, block, word);
	else if (strcmp(name, "server") == 0)
		add_place(nginx->servers, &nginx->server_count, block, word);
	else if (strcmp(name, "user") == 0)
		(void)snprintf(nginx->user, sizeof(nginx->user), "%s", word);
	else if (says_language(nginx, block, said))
		(void)snprintf(
		    nginx->language, sizeof(nginx->language), "%s", word);
	else if (strcmp(name, "include") == 0)
		nginx->is_part = true;
	else if ((strcmp(name, "root") == 0 || strcmp(name, "alias") == 0) &&
		 strncmp(word, store, strlen(store)) == 0)
		nginx->sends_pages = true;
}

/* False: there are more blocks than we look at. */
static bool
enter_block(
    struct nginx_conf *nginx, size_t *block, const struct statement *said)
{
	struct block *inner = &nginx->blocks[nginx->block_count];

	if (nginx->block_count == BLOCKS_MAX)
		return false;
	memset(inner->values, -1, sizeof(inner->values));
	inner->around = *block;
	*block = nginx->block_count++;
	if (strcmp(said->words[0], "upstream") == 0)
		memcpy(inner->upstream, said->words[1], WORD_BYTES);
	if (strcmp(said->words[0], "map") == 0 &&
	    strcmp(said->words[2], LANGUAGE_MAP) == 0)
		nginx->language_block = *block;
	return true;
}

/* False: it is nested wrongly, or has more blocks than we look at. */
static bool
read_text(struct nginx_conf *nginx, const char *text, const char *store)
{
	struct statement said;
	size_t block = 0;

	memset(nginx->blocks[0].values, -1, sizeof(nginx->blocks[0].values));
	nginx->block_count = 1;
	do {
		text = read_statement(text, &said);
		if (said.end == ';' && said.count > 0) {
			read_directive(nginx, block, &said, store);
		} else if (said.end == '{') {
			if (!enter_block(nginx, &block, &said))
				return false;
		} else if (said.end == '}') {
			if (block == 0)
				return false;
			block = nginx->blocks[block].around;
		}
	} while (said.end != '\0');
	return block == 0;
}

/* All of a file with a NUL, for free(); NULL: see errno. */
static char *
read_file(const char *path)
{
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "re");
	char *text = file != NULL ? calloc(1, FILE_BYTES_MAX + 1) : NULL;

	if (text != NULL && fread(text, 1, FILE_BYTES_MAX, file) == 0 &&
	    ferror(file)) {
		free(text);
		text = NULL;
	}
	if (file != NULL && !is_input)
		(void)fclose(file);
	return text;
}

struct nginx_conf *
inspect_nginx_read(struct inspection *inspection)
{
	const char *path = inspection->options->nginx_conf;
	char store[CONF_TEXT_MAX + 8];
	struct nginx_conf *nginx;
	char *text;

	if (path == NULL)
		return NULL;
	text = read_file(path);
	nginx = text != NULL ? calloc(1, sizeof(*nginx)) : NULL;
	(void)snprintf(
	    store, sizeof(store), "%s/pages", inspection->conf->pages.folder);
	if (nginx == NULL) {
		report_wrong(inspection,
		    "nginx: %s can't be read: run this as root, or give it "
		    "what `nginx -T` prints",
		    path);
	} else if (!read_text(nginx, text, store)) {
		report_wrong(inspection,
		    "nginx: %s is no configuration of nginx's, or too large: "
		    "see what `nginx -t` says",
		    path);
		free(nginx);
		nginx = NULL;
	} else {
		/* What nginx -T puts before each file. */
		if (strstr(text, "# configuration file ") != NULL)
			nginx->is_part = false;
		if (inspection->options->web_user == NULL &&
		    nginx->user[0] != '\0')
			(void)person_of_name(nginx->user, &inspection->web);
	}
	free(text);
	return nginx;
}

static int64_t
value_at(const struct nginx_conf *nginx, size_t block, enum nginx_value which)
{
	for (;;) {
		int64_t value = nginx->blocks[block].values[which];

		if (value >= 0)
			return value;
		if (block == 0)
			return values[which].otherwise;
		block = nginx->blocks[block].around;
	}
}

/* Whether an address of nginx's is a setting listen: "unix:" before a path. */
static bool
is_ours(const char *address, const char *listen)
{
	if (listen[0] == '\0' || strchr(address, '$') != NULL)
		return true;
	if (strncmp(address, "unix:", 5) == 0)
		address += 5;
	return strcmp(address, listen) == 0;
}

/* Where a fastcgi_pass leads: of an upstream, to its first server. */
static const char *
address_of(const struct nginx_conf *nginx, const struct place *pass)
{
	for (size_t i = 0; i < nginx->server_count; i++)
		if (strcmp(nginx->blocks[nginx->servers[i].block].upstream,
			pass->address) == 0)
			return nginx->servers[i].address;
	return pass->address;
}

static bool
leads_to_us(const struct nginx_conf *nginx, const struct place *pass,
    const char *listen)
{
	if (is_ours(pass->address, listen))
		return true;
	for (size_t i = 0; i < nginx->server_count; i++) {
		const struct place *server = &nginx->servers[i];

		if (strcmp(nginx->blocks[server->block].upstream,
			pass->address) == 0 &&
		    is_ours(server->address, listen))
			return true;
	}
	return false;
}

static void
inspect_pass(struct inspection *inspection, const struct nginx_conf *nginx,
    const struct place *pass)
{
	const struct conf *conf = inspection->conf;
	int64_t patience = (int64_t)inspect_patience_ms(conf);
	int64_t read_ms = value_at(nginx, pass->block, READ_MS);
	int64_t body = value_at(nginx, pass->block, BODY_BYTES);

	if (read_ms <= patience)
		report_wrong(inspection,
		    "nginx: it gives the worker up after %" PRId64
		    " ms, and that may take %" PRId64
		    " (limits.queue_ms, redis.wait_ms and redis.command_ms "
		    "together): set fastcgi_read_timeout %" PRId64 "ms",
		    read_ms, patience, patience + SPARE_MS);
	else if (read_ms > patience + PATIENCE_MS)
		report_advice("nginx: visitors wait %" PRId64
			      " ms for a worker that hangs: set "
			      "fastcgi_read_timeout %" PRId64 "ms",
		    read_ms, patience + SPARE_MS);
	if (!value_at(nginx, pass->block, MINDS_ENDS))
		report_wrong(inspection,
		    "nginx: it takes an answer that breaks off for a whole "
		    "one: set fastcgi_keep_conn on");
	if (!value_at(nginx, pass->block, BUFFERS_REQUESTS))
		report_wrong(inspection,
		    "nginx: whoever sends slowly keeps a slot: set "
		    "fastcgi_request_buffering on");
	if (!value_at(nginx, pass->block, BUFFERS_ANSWERS))
		report_wrong(inspection,
		    "nginx: whoever reads slowly keeps a slot: set "
		    "fastcgi_buffering on");
	if (body != 0 && body < (int64_t)conf->limits.body_bytes)
		report_wrong(inspection,
		    "nginx: it refuses posts that the worker would take "
		    "(limits.body_bytes): set client_max_body_size %" PRIu64
		    "k",
		    conf->limits.body_bytes / 512);
}

static void
inspect_nginx_pages(
    struct inspection *inspection, const struct nginx_conf *nginx)
{
	const struct conf *conf = inspection->conf;

	if (conf->pages.folder[0] == '\0')
		return;
	if (!nginx->sends_pages)
		report_wrong(inspection,
		    "nginx: it sends nothing from the page store: set the root "
		    "and alias of nginx.conf.example to %s/pages",
		    conf->pages.folder);
	else if (nginx->language[0] != '\0' &&
		 strcmp(nginx->language, conf->site.language) != 0)
		report_wrong(inspection,
		    "nginx: who has no wish gets published pages in %s, and "
		    "site.language is %s: set the default of the "
		    "map " LANGUAGE_MAP " to %s",
		    nginx->language, conf->site.language, conf->site.language);
}

/* A location with the same faults as one before says nothing new. */
static bool
is_like_before(const struct nginx_conf *nginx, size_t pass, const char *listen)
{
	for (size_t i = 0; i < pass; i++) {
		size_t same = 0;

		if (!leads_to_us(nginx, &nginx->passes[i], listen))
			continue;
		while (same < VALUES &&
		       value_at(nginx, nginx->passes[i].block,
			   (enum nginx_value)same) ==
			   value_at(nginx, nginx->passes[pass].block,
			       (enum nginx_value)same))
			same++;
		if (same == VALUES)
			return true;
	}
	return false;
}

void
inspect_nginx(struct inspection *inspection, const struct nginx_conf *nginx)
{
	const char *listen = inspection->conf->listen;
	bool was_fine = inspection->fine;
	bool passes = false;

	if (nginx == NULL)
		return;
	if (nginx->is_part)
		report_advice("nginx: files that %s includes are not looked "
			      "at: nginx -T | madang check --nginx-conf -",
		    inspection->options->nginx_conf);
	inspection->fine = true;
	for (size_t i = 0; i < nginx->pass_count; i++) {
		if (!leads_to_us(nginx, &nginx->passes[i], listen))
			continue;
		passes = true;
		if (!is_like_before(nginx, i, listen))
			inspect_pass(inspection, nginx, &nginx->passes[i]);
	}
	if (!passes && nginx->pass_count > 0)
		report_wrong(inspection,
		    "nginx: it passes requests to %s, and the worker listens "
		    "on %s: say the same in both",
		    address_of(nginx, &nginx->passes[0]), listen);
	else if (!passes && !nginx->is_part)
		report_wrong(inspection,
		    "nginx: it passes nothing to a worker: see "
		    "nginx.conf.example for the lines with fastcgi_pass");
	if (passes)
		inspect_nginx_pages(inspection, nginx);
	if (passes && inspection->fine)
		report_right("nginx: %s suits the worker's settings",
		    inspection->options->nginx_conf);
	inspection->fine = inspection->fine && was_fine;
}
