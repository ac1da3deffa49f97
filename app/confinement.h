/*
 * What a worker still needs once it has started, by its settings: the folders
 * that a reload reads, the page store, the socket's file to remove it, Redis.
 * All else it gives up: base/confine.h.
 */
#ifndef MADANG_CONFINEMENT_H
#define MADANG_CONFINEMENT_H

#include "base/conf.h"
#include "base/err.h"

#include <stdbool.h>

struct confinement;

/*
 * Makes the page store's folder if it is missing, and confines the process for
 * good; before its threads are made and after its socket was opened. config:
 * the settings' file, which a reload reads again; NULL: none. The caller
 * destroys it, which sets nothing free. ERR_NO_MEMORY.
 */
enum err confinement_begin(const struct conf *conf, const char *config,
    struct confinement **confinement);
void confinement_destroy(struct confinement *confinement); /* NULL is fine */

/* A line of the log: what is in force. */
void confinement_tell(const struct confinement *confinement);

/*
 * Whether a worker of other settings could do with what is left: false after a
 * log line that names what it could not reach.
 */
bool confinement_suits(
    const struct confinement *confinement, const struct conf *conf);

#endif
