/*
 * `madang check`: looks at everything that serving needs and says, in a line
 * each, what is right and what is wrong.
 */
#ifndef MADANG_INSPECT_H
#define MADANG_INSPECT_H

#include "worker.h"

#include <stdbool.h>

/*
 * Prints the lines to standard output. config: the settings' file that load
 * reads, NULL for none. True when nothing is wrong.
 */
bool inspect_all(worker_load *load, void *context, const char *config);

#endif
