/*
 * Asks a FastCGI program one thing, for `madang check`, as a web server would
 * (FastCGI 1.0, a responder).
 */
#ifndef MADANG_INSPECT_ASK_H
#define MADANG_INSPECT_ASK_H

#include "inspect_answer.h"

/*
 * GET path by the program at an address, a path of a socket or host:port; with
 * patience of so many milliseconds and no more.
 */
enum ask_result ask_fastcgi(
    const char *address, const char *path, int ms, struct ask_answer *answer);

#endif
