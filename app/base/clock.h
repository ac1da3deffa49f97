/*
 * What time it is: one clock for how long something took, one for when it
 * was. Neither fails on a system that Madang runs on.
 */
#ifndef MADANG_BASE_CLOCK_H
#define MADANG_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_DAY_SECONDS 86400

/* Microseconds since some fixed moment; never goes back. For durations. */
uint64_t clock_monotonic_us(void);

/* What is left until a moment of it, and limit_us at most. */
uint64_t clock_left(uint64_t until, uint64_t limit_us);

/* A moment of it, for condition variables that go by CLOCK_MONOTONIC. */
struct timespec clock_moment(uint64_t monotonic_us);

/* Milliseconds since 1970, UTC; goes where the system's clock is set to. */
uint64_t clock_unix_ms(void);

#endif
