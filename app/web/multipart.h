/*
 * multipart/form-data (RFC 7578 over RFC 2046): the fields of a body in
 * memory. Files are passed over: no page takes one yet.
 */
#ifndef MADANG_WEB_MULTIPART_H
#define MADANG_WEB_MULTIPART_H

#include "web/form.h"

/*
 * Decodes a body into pairs, whose list it allocates; pairs->max is the most
 * parts there may be, files included. content_type is the whole header with
 * its boundary. ERR_MALFORMED for a missing or overlong boundary, a part
 * without a name, a body that doesn't end with the closing boundary, NUL or
 * invalid UTF-8 in a name or value; ERR_BODY_TOO_LARGE, ERR_NO_MEMORY.
 */
enum err multipart_parse(struct arena *arena, const char *content_type,
    const char *data, size_t length, struct form_pairs *pairs);

#endif
