/*
 * Asks a web server, for `madang check`, by the program curl, which knows TLS,
 * names and encodings better than anything that could be written here; as a
 * library it would be in every worker.
 */
#ifndef MADANG_INSPECT_CURL_H
#define MADANG_INSPECT_CURL_H

#include "inspect_answer.h"

/*
 * GET of a URL, http or https, no redirect followed, with patience of so many
 * milliseconds and no more; header: one of the request's, or NULL. Where it
 * isn't answered the text is curl's own sentence.
 */
enum ask_result ask_web(
    const char *url, const char *header, int ms, struct ask_answer *answer);

#endif
