/*
 * The command line: from argv to a subcommand. See madang(1).
 */
#ifndef MADANG_COMMAND_H
#define MADANG_COMMAND_H

/* Runs what argv says. The process's exit status: 0, 1, or 2 for usage. */
int command_run(int argc, char **argv);

#endif
