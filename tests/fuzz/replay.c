#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/*
 * The main() of a fuzzer that is built without libFuzzer: runs it once over
 * each file that is named, and over each file of each folder that is named.
 */

/* Exactly as long as the file, so that a sanitizer sees a read past it. */
static int
run_file(const char *path)
{
	struct stat status;
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	size_t size;

	if (file == NULL || fstat(fileno(file), &status) != 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = (size_t)status.st_size;
	data = malloc(size > 0 ? size : 1);
	if (data == NULL || fread(data, 1, size, file) != size) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static int
run_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char name[PATH_MAX];
	int count = 0;

	if (folder == NULL && errno == ENOTDIR)
		return run_file(path);
	if (folder == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path,
			entry->d_name) >= (int)sizeof(name))
			continue;
		count += run_file(name);
	}
	(void)closedir(folder);
	return count;
}

int
main(int argc, char **argv)
{
	int count = 0;

	for (int i = 1; i < argc; i++) {
		/* libFuzzer's options mean nothing here. */
		if (argv[i][0] != '-')
			count += run_folder(argv[i]);
	}
	printf("%s: %d files\n", argv[0], count);
	return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
