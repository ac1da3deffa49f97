/*
 * Bytes to a descriptor that blocks: a file, or what CGI gives.
 */
#ifndef MADANG_BASE_FILE_H
#define MADANG_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes all of them, in as many pieces as it takes. False: see errno. */
bool file_write(int file, const char *data, size_t length);

#endif
