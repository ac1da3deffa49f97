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
 * Gives a page that may be kept (200, and a cache_control) its validator and
 * its entity tag, and makes a 304 of it when the request's If-None-Match has a
 * tag with that validator: of the page, or of its compressed form. Other
 * answers stay as they are. ERR_NO_MEMORY.
 *
 * A tag is what nginx makes for a file, "TIME-SIZE" in hexadecimal digits: time
 * is a digest of 31 bits (a file of the page store has it as its time), so that
 * both give the same page the same tag.
 */
enum err conditional_apply(struct arena *arena,
    const struct http_request *request, struct http_response *response);

/*
 * Where the visitor takes it, makes the compressed form of a page the answer,
 * with the tag that belongs to it; without memory the answer stays.
 */
void conditional_encode(struct arena *arena, const struct http_request *request,
    struct http_response *response, const struct buf *gzip);

#endif
