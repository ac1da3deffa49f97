#include "base/clock.h"

uint64_t
clock_monotonic_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t
clock_left(uint64_t until, uint64_t limit_us)
{
	uint64_t now = clock_monotonic_us();
	uint64_t left = until > now ? until - now : 0;

	return left < limit_us ? left : limit_us;
}

struct timespec
clock_moment(uint64_t monotonic_us)
{
	return (struct timespec){.tv_sec = (time_t)(monotonic_us / 1000000),
	    .tv_nsec = (long)(monotonic_us % 1000000) * 1000};
}

uint64_t
clock_unix_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
