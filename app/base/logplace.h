/*
 * Where lines of the log go: standard error, a file, or syslog. Nothing here
 * waits for whoever takes them: a full disk, or a syslog that hangs, costs a
 * request no time. What can't be written there goes to standard error.
 *
 * Like the log itself this belongs to the process, not to what slots share.
 */
#ifndef MADANG_BASE_LOGPLACE_H
#define MADANG_BASE_LOGPLACE_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Lines go to another place from now on, or to the same one, opened anew: ""
 * for standard error, a file's path, "syslog", or "syslog:" and the path of
 * another socket than /dev/log. False, with errno: a file that can't be
 * opened; then all stays as it was. A syslog that is not there may come.
 */
bool logplace_open(const char *to);

/* Whether who reads there knows by himself when a line came. */
bool logplace_has_time(void);

/* Whether it can be an own place for a line with the newline at its end. */
bool logplace_is_good(const char *to);

/*
 * Writes a line, with its newline, whole. False: it went to standard error,
 * since that failed; errno tells why.
 */
bool logplace_write(enum log_level level, const char *line, size_t length);

#endif
