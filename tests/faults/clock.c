/*
 * Loaded before a program's libraries (LD_PRELOAD), sets its wall clock by the
 * seconds that the file CLOCK_OFFSET_FILE has as a 64-bit number, while it
 * runs. The monotonic clock stays the kernel's, as where an administrator sets
 * the time. libfaketime doesn't work with redis-server's jemalloc.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;

static void __attribute__((constructor)) map_offset(void)
{
	const char *path = getenv("CLOCK_OFFSET_FILE");
	int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *mapped = MAP_FAILED;

	if (file >= 0)
		mapped =
		    mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, file, 0);
	if (mapped != MAP_FAILED)
		offset = mapped;
	if (file >= 0)
		(void)close(file);
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	long failure = syscall(SYS_clock_gettime, id, now);

	if (failure == 0 && offset != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += *offset;
	return (int)failure;
}

int
gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact = {0};

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &exact);
	*now = (struct timeval){
	    .tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
	return 0;
}

time_t
time(time_t *told)
{
	struct timespec exact = {0};

	(void)clock_gettime(CLOCK_REALTIME, &exact);
	if (told != NULL)
		*told = exact.tv_sec;
	return exact.tv_sec;
}
