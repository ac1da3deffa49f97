#include "base/file.h"

#include <errno.h>
#include <unistd.h>

bool
file_write(int file, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(file, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}
