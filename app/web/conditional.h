/*
 * Conditional requests (RFC 9110 section 13): a page that the visitor has
 * already is not sent again.
 */
#ifndef MADANG_WEB_CONDITIONAL_H
#define MADANG_WEB_CONDITIONAL_H

#include "base/arena.h"
#include "base/err.h"
#include "web/http.h"

/*
 * Gives a page that may be kept (200, and a cache_control) its entity tag,
 * and makes a 304 of it when the request's If-None-Match has that tag. Tags
 * are weak: nginx may send the same page compressed. Other answers stay as
 * they are. ERR_NO_MEMORY.
 */
enum err conditional_apply(struct arena *arena,
    const struct http_request *request, struct http_response *response);

#endif
