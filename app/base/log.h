/*
 * One line an event, to standard error, written whole: "warning pool: …".
 * Bytes from outside may be passed as arguments: control characters and
 * broken UTF-8 come out as \xNN. No one's words are ever logged: not names,
 * not texts, not addresses of visitors.
 */
#ifndef MADANG_BASE_LOG_H
#define MADANG_BASE_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

void log_error(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_warning(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void log_info(const char *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * For tests: each line goes to sink (without level, module or newline)
 * instead of standard error. NULL restores standard error. Set it before
 * threads start.
 */
typedef void log_sink(
    void *context, enum log_level level, const char *module, const char *line);
void log_set_sink(log_sink *sink, void *context);

#endif
