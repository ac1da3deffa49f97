#include "inspect_report.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 2, 0)))
print_line(const char *verdict, const char *format, va_list arguments)
{
	(void)fputs(verdict, stdout);
	(void)vprintf(format, arguments);
	(void)putchar('\n');
	/* What comes next may take its time. */
	(void)fflush(stdout);
}

void
report_right(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("right  ", format, arguments);
	va_end(arguments);
}

void
report_wrong(struct inspection *inspection, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("WRONG  ", format, arguments);
	va_end(arguments);
	inspection->fine = false;
}

void
report_advice(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line("advice ", format, arguments);
	va_end(arguments);
}

uint64_t
inspect_patience_ms(const struct conf *conf)
{
	return conf->limits.queue_ms + conf->redis.wait_ms +
	       conf->redis.command_ms;
}
