/*
 * A Redis that says what it was told to, whatever it is asked: the other side
 * of real connections, for a fuzzer of what reads from them. Each command has
 * one reply, and none comes before its command was heard: what a reader finds
 * does not depend on who is quicker.
 */
#ifndef MADANG_TESTS_TOLD_H
#define MADANG_TESTS_TOLD_H

#include "store/connection.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where it listens; begins to at the first call, for the process's life. */
const struct connection_settings *told_settings(void);

/*
 * What every connection from now on hears, to its end: size bytes, at most
 * TOLD_MAX_BYTES. None of the connections of before may be open.
 */
#define TOLD_MAX_BYTES (1024 * 1024UL)
void told_say(const void *data, size_t size);

/*
 * The same of any bytes: composed into replies, which hiredis understands
 * whatever they are, with words that send readers different ways.
 */
void told_compose(const uint8_t *data, size_t size);

/* Whether all of that is said to the first command, as no Redis would. */
void told_hurry(bool at_once);

#endif
