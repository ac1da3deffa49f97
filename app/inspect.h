/*
 * `madang check`: looks at everything that serving needs and says, in a line
 * each, what is right and what is wrong.
 */
#ifndef MADANG_INSPECT_H
#define MADANG_INSPECT_H

#include "inspect_report.h"
#include "worker.h"

#include <stdbool.h>

/*
 * Prints the lines to standard output. True when nothing is wrong. Whatever it
 * asks, it waits some seconds for, and no longer.
 */
bool inspect_all(
    worker_load *load, void *context, const struct inspect_options *options);

#endif
