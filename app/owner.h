/*
 * What an owner does from the command line: boards, categories, notices, the
 * trash, numbers, sample posts. See madang(1).
 */
#ifndef MADANG_OWNER_H
#define MADANG_OWNER_H

#include "owner_call.h"
#include "worker.h"

#include <stdbool.h>
#include <stdio.h>

/* Whether the word begins one of these commands. */
bool owner_knows(const char *verb);

/* A line on each command, for the usage. */
void owner_print_usage(FILE *stream);
/* The same of those that begin with a word that it knows. */
void owner_print_usage_of(FILE *stream, const char *verb);

/*
 * Runs a command that it knows. One sentence tells what was done, to standard
 * output, or why it was not, to standard error. The exit status: 0, 1, or 2
 * for what is wrong with the words.
 */
int owner_run(worker_load *load, void *context, const struct owner_words *said);

#endif
