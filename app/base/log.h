/*
 * One line an event, to standard error, written whole: "warning pool: …".
 * Bytes from outside may be passed as arguments: control characters and
 * broken UTF-8 come out as \xNN. No one's words are ever logged: not names,
 * not texts, not addresses of visitors.
 */
#ifndef MADANG_BASE_LOG_H
#define MADANG_BASE_LOG_H

#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

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
