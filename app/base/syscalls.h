/*
 * The system calls that a worker may make from some moment on: a list, by
 * libseccomp. Three kinds, in syscalls.c: what a worker needs; what it never
 * has reason to call, and what somebody who took it over would (a program, a
 * process, another user's rights), which kills it; and all else, for which it
 * is told that the kernel has no such call, because that is what a new libc
 * that tries a new call first takes for an answer.
 */
#ifndef MADANG_BASE_SYSCALLS_H
#define MADANG_BASE_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Holds for all threads of the process, forever. Who breaks it dies of SIGSYS,
 * and the kernel's log has the number of the call ("audit: type=1326 …
 * comm="madang" … syscall=59"). False, with the reason as an English
 * half-sentence in why: nothing has changed. A sanitizer needs other calls: a
 * build with one never restricts itself.
 */
bool syscalls_restrict(char *why, size_t why_size);

#endif
