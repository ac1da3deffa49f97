#include "fuzz.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA_BYTES (1024 * 1024UL)

static size_t faults;

static void
count_fault(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)context;
	assert(level == LOG_LEVEL_ERROR && strcmp(module, "conf") == 0);
	assert(strncmp(line, "seed:", strlen("seed:")) == 0);
	faults++;
}

/* What was read, written as a file again, is read as the same settings. */
static void
read_back(const struct conf *conf)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct conf again;
	char value[CONF_TEXT_MAX];
	struct buf file;

	assert(arena != NULL);
	buf_init(&file, arena);
	for (size_t i = 0; conf_name(i) != NULL; i++) {
		conf_value(conf, i, value);
		buf_printf(&file, "%s = \"%s\"\n", conf_name(i), value);
	}
	assert(!file.failed);
	conf_defaults(&again);
	assert(conf_parse(&again, "seed", file.data, file.length) == ERR_OK);
	/* A set password is shown hidden, and so read back as that. */
	memcpy(again.redis.password, conf->redis.password, CONF_TEXT_MAX);
	for (size_t i = 0; conf_name(i) != NULL; i++) {
		char other[CONF_TEXT_MAX];

		conf_value(conf, i, value);
		conf_value(&again, i, other);
		assert(strcmp(value, other) == 0);
	}
	arena_destroy(arena);
}

extern char **environ;

static void
ignore_fault(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)context;
	(void)level;
	(void)module;
	(void)line;
}

/*
 * The same from a file; then from the environment, where the bytes up to the
 * first NUL are a variable of ours, and the value of one.
 */
static void
load(const uint8_t *data, size_t size, enum err parsed)
{
	char variable[1024];
	char value[1024];
	char file_variable[] = "MADANG_CONFIG=x";
	char other[] = "PATH=/";
	char *fake[] = {variable, value, file_variable, other, NULL};
	char **saved = environ;
	char path[64];
	struct conf conf;
	int file = memfd_create("conf", MFD_CLOEXEC);

	assert(file >= 0 && write(file, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	(void)snprintf(variable, sizeof(variable), "MADANG_%.*s", (int)size,
	    (const char *)data);
	(void)snprintf(value, sizeof(value), "MADANG_SITE_TITLE=%.*s",
	    (int)size, (const char *)data);
	log_set_sink(ignore_fault, NULL);
	environ = &fake[3];
	assert(conf_load(&conf, path) == parsed);
	environ = fake;
	(void)conf_load(&conf, NULL);
	environ = saved;
	(void)close(file);
	assert(conf_load(&conf, path) == ERR_CONFIG);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf;
	enum err err;

	log_set_sink(count_fault, NULL);
	faults = 0;
	conf_defaults(&conf);
	err = conf_parse(&conf, "seed", (const char *)data, size);
	assert((err == ERR_OK) == (faults == 0));
	assert(err == ERR_OK || err == ERR_CONFIG);
	if (err == ERR_OK)
		read_back(&conf);
	load(data, size, err);
	return 0;
}
