/*
 * Compression for the web (RFC 1952), by zlib. The same bytes give the same
 * bytes: no name and no time is in them.
 */
#ifndef MADANG_BASE_GZIP_H
#define MADANG_BASE_GZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Appends the compressed form of the bytes. ERR_NO_MEMORY. */
enum err gzip_append(struct buf *out, const void *data, size_t length);

#endif
