/*
 * The part of `madang check` that asks for the board through the web server,
 * as a visitor would.
 */
#include "inspect_report.h"

#include "inspect_curl.h"
#include "pages/publisher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MS   5000
#define ASKED_TIMES 8 /* a page is published when it was asked for again */
#define BETWEEN_NS  100000000L
#define URL_BYTES   1024

/* What each answer of the board has. */
static const char *const security[] = {"Content-Security-Policy",
    "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
    "Permissions-Policy"};

/* Those that an answer lacks, with commas; false: none. */
static bool
lacks(const struct ask_answer *answer, char *names, size_t size)
{
	size_t length = 0;

	names[0] = '\0';
	for (size_t i = 0; i < sizeof(security) / sizeof(security[0]); i++)
		if (!ask_has_header(answer, security[i]))
			length +=
			    (size_t)snprintf(names + length, size - length,
				"%s%s", length > 0 ? ", " : "", security[i]);
	return length > 0;
}

/* False, and told: it was not answered, or not by a page. */
static bool
get_page(
    struct inspection *inspection, const char *url, struct ask_answer *answer)
{
	char place[URL_BYTES];
	enum ask_result result = ask_web(url, NULL, ANSWER_MS, answer);

	if (result == ASK_ABSENT)
		report_advice(
		    "web server: it is not asked, for want of the "
		    "program curl: install it (apt-get install curl)");
	else if (result == ASK_FAILED || result == ASK_SILENT)
		report_wrong(inspection,
		    "web server: %s is not answered: %s; start it, or give "
		    "another --url",
		    url, result == ASK_SILENT ? "time is over" : answer->text);
	else if (result != ASK_ANSWERED)
		report_wrong(
		    inspection, "web server: %s does not speak HTTP", url);
	else if (answer->status >= 500)
		report_wrong(inspection,
		    "web server: %s is answered with %u: it does not reach the "
		    "worker, or that its Redis; see the lines on the socket, "
		    "and its error log",
		    url, answer->status);
	else if (answer->status >= 300 && answer->status < 400 &&
		 ask_header(answer, "Location", place, sizeof(place)))
		report_advice("web server: %s leads to %s: give that as --url",
		    url, place);
	else if (answer->status != 200)
		report_wrong(inspection,
		    "web server: %s is answered with %u: is the board there? "
		    "Else give the address where it is as --url",
		    url, answer->status);
	else
		return true;
	return false;
}

/* The address of the style sheet, by the page's link. False: it has none. */
static bool
find_style(const char *url, const char *page, char style[URL_BYTES])
{
	const char *mark = strstr(page, "/static/style.");
	const char *host = strstr(url, "://");
	const char *begin = mark;
	int origin;

	if (mark == NULL || host == NULL)
		return false;
	while (begin > page && begin[-1] != '"')
		begin--;
	if (*begin != '/')
		return false;
	origin = (int)(strcspn(host + 3, "/") + (size_t)(host + 3 - url));
	(void)snprintf(style, URL_BYTES, "%.*s%.*s", origin, url,
	    (int)strcspn(begin, "\""), begin);
	return true;
}

static void
inspect_style(
    struct inspection *inspection, const char *style, struct ask_answer *answer)
{
	char control[128];
	char names[256];
	char folder[CONF_TEXT_MAX];
	char *slash;

	(void)snprintf(
	    folder, sizeof(folder), "%s", inspection->conf->files.assets);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	if (ask_web(style, NULL, ANSWER_MS, answer) != ASK_ANSWERED ||
	    answer->status != 200)
		report_wrong(inspection,
		    "static files: %s is answered with %u: let the web server "
		    "send /static/ from %s/static, and read there",
		    style, answer->status, folder);
	else if (!ask_header(
		     answer, "Cache-Control", control, sizeof(control)) ||
		 strstr(control, "immutable") == NULL)
		report_wrong(inspection,
		    "static files: browsers ask for them again and again: let "
		    "the web server send Cache-Control: public, "
		    "max-age=31536000, immutable with /static/");
	else if (lacks(answer, names, sizeof(names)))
		report_wrong(inspection,
		    "static files: they are sent without %s: let the web "
		    "server add them, as its example does",
		    names);
	else
		report_right("static files: they are sent, to be kept for "
			     "ever, with every security header");
}

static void
inspect_gzip(const char *url, struct ask_answer *answer)
{
	char encoding[32];

	if (ask_web(url, "Accept-Encoding: gzip", ANSWER_MS, answer) !=
		ASK_ANSWERED ||
	    !ask_header(
		answer, "Content-Encoding", encoding, sizeof(encoding)) ||
	    strcmp(encoding, "gzip") != 0)
		report_advice("web server: pages are sent without compression: "
			      "let it use gzip, as its example does");
	else
		report_right("web server: pages are compressed");
}

/* Only what the worker makes says how long that took. */
static bool
comes_from_file(const char *url, const char *header, struct ask_answer *answer)
{
	const struct timespec pause = {.tv_nsec = BETWEEN_NS};

	for (int i = 0; i < ASKED_TIMES; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		if (ask_web(url, header, ANSWER_MS, answer) != ASK_ANSWERED ||
		    answer->status != 200)
			return false;
		if (!ask_has_header(answer, "Server-Timing"))
			return true;
	}
	return false;
}

/* Who has no wish gets the language that the web server takes him to want. */
static void
inspect_published(
    struct inspection *inspection, const char *url, struct ask_answer *answer)
{
	const struct conf *conf = inspection->conf;
	char wish[CONF_TEXT_MAX + 32];
	char language[16] = "";
	bool sent = comes_from_file(url, NULL, answer);

	if (sent)
		(void)ask_header(
		    answer, "Content-Language", language, sizeof(language));
	if (sent && strcmp(language, conf->site.language) == 0) {
		report_right("page store: the web server sends from it");
		return;
	}
	(void)snprintf(
	    wish, sizeof(wish), "Accept-Language: %s", conf->site.language);
	if (sent || comes_from_file(url, wish, answer))
		report_wrong(inspection,
		    "page store: for the web server, who has no wish wants "
		    "another language than %s, which is site.language: say "
		    "the same in both",
		    conf->site.language);
	else
		report_wrong(inspection,
		    "page store: a page that was asked for again still comes "
		    "from the worker: let the web server send from %s/pages, "
		    "as its example does",
		    conf->pages.folder);
}

static void
inspect_board(
    struct inspection *inspection, const char *url, struct ask_answer *answer)
{
	char style[URL_BYTES];
	char names[256];

	if (!get_page(inspection, url, answer))
		return;
	if (!find_style(url, ask_body(answer), style)) {
		report_wrong(inspection,
		    "web server: at %s is something else than the board: give "
		    "the address where that is as --url",
		    url);
		return;
	}
	report_right("web server: the board is at %s", url);
	if (lacks(answer, names, sizeof(names)))
		report_wrong(inspection,
		    "web server: pages are sent without %s: let it pass them "
		    "on, or add them, as its example does",
		    names);
	else
		report_right("web server: pages have every security header");
	inspect_style(inspection, style, answer);
	inspect_gzip(url, answer);
	if (publisher_is_wanted(inspection->conf))
		inspect_published(inspection, url, answer);
}

void
inspect_web(struct inspection *inspection)
{
	const char *given = inspection->options->url;
	struct ask_answer *answer;
	char url[URL_BYTES];
	size_t length;

	if (given == NULL) {
		report_advice("web server: it is not asked: give the board's "
			      "address as visitors know it, --url URL");
		return;
	}
	length = strlen(given);
	if ((strncmp(given, "http://", 7) != 0 &&
		strncmp(given, "https://", 8) != 0) ||
	    length > URL_BYTES - 2) {
		report_wrong(inspection,
		    "web server: --url must be like http://localhost/");
		return;
	}
	(void)snprintf(url, sizeof(url), "%s%s", given,
	    given[length - 1] == '/' ? "" : "/");
	answer = malloc(sizeof(*answer));
	if (answer != NULL)
		inspect_board(inspection, url, answer);
	free(answer);
}
