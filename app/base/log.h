/*
 * One line an event, written whole: "warning pool: …"; to standard error until
 * log_begin says where and how. Bytes from outside may be passed as arguments:
 * control characters and broken UTF-8 come out as \xNN. No one's words are
 * ever logged: not names, not texts, not addresses of visitors.
 *
 * It belongs to the process: who logs need not be given anything.
 */
#ifndef MADANG_BASE_LOG_H
#define MADANG_BASE_LOG_H

#include "base/err.h"

#include <stdint.h>

struct conf;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

/*
 * From now on lines are written as the settings log.… say, to a file that is
 * opened for it, also if it was before. ERR_CONFIG (logged) when it can't be:
 * all stays as it was. By one thread at a time; others may log meanwhile.
 */
enum err log_begin(const struct conf *conf);

/*
 * Until NULL is set: the id of the request that the calling thread answers. It
 * stands in every line that the thread logs. Borrowed.
 */
void log_set_request(const char *id);
const char *log_request(void); /* "": none */

void log_error(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warning(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * What each request says anew while a fault lasts, and must not fill the log:
 * of what has the same module and key, one line in LOG_SELDOM_US. The next one
 * after that ends with how many were left out. The key is not logged.
 */
#define LOG_SELDOM_US UINT64_C(60000000)
void log_seldom(enum log_level level, const char *module, const char *key,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * For tests: each line goes to sink (without level, module or newline)
 * instead of standard error. NULL restores standard error. Set it before
 * threads start.
 */
typedef void log_sink(
    void *context, enum log_level level, const char *module, const char *line);
void log_set_sink(log_sink *sink, void *context);

#endif
