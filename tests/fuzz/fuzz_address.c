#include "fuzz.h"

#include "base/address.h"
#include "base/client.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/number.h"
#include "base/setting.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Addresses of clients and of servers, numbers, and every setting's value. */

#define TEXT_MAX 1200

/* What is split can be put together again. */
static void
check_split(const char *text)
{
	char whole[TEXT_MAX + 16];
	char host[ADDRESS_HOST_MAX];
	int port = -1;

	if (!address_split(text, host, &port))
		return;
	assert(port >= 0 && port <= 65535);
	assert(strlen(host) < ADDRESS_HOST_MAX && strchr(host, '/') == NULL);
	(void)snprintf(whole, sizeof(whole), "%s:%d", host, port);
	if (strcmp(whole, text) != 0)
		(void)snprintf(whole, sizeof(whole), "[%s]:%d", host, port);
	assert(strcmp(whole, text) == 0);
}

/* A client's name is one word, and the name of the /64 is its own. */
static void
check_client(const char *text)
{
	char name[CLIENT_NAME_BYTES];
	char again[CLIENT_NAME_BYTES];
	unsigned char bytes[16];

	client_name(text, name);
	assert(strlen(name) > 0 && strpbrk(name, " \r\n\"") == NULL);
	if (inet_pton(AF_INET, text, bytes) != 1 &&
	    inet_pton(AF_INET6, text, bytes) != 1)
		assert(strcmp(name, "unknown") == 0);
	if (strchr(name, '/') != NULL)
		*strchr(name, '/') = '\0';
	client_name(name, again);
	if (strchr(again, '/') != NULL)
		*strchr(again, '/') = '\0';
	assert(strcmp(name, again) == 0);
}

static void
check_number(const char *text, size_t length)
{
	char written[NUMBER_TEXT_BYTES];
	uint64_t number;

	if (!number_parse(text, length, 0, UINT64_MAX, &number))
		return;
	assert(number_write(number, written) == length);
	assert(memcmp(written, text, length) == 0);
}

static void
count_line(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)level;
	(void)module;
	assert(strncmp(line, "seed: ", 6) == 0);
	(*(size_t *)context)++;
}

/* A setting takes a value, which is then shown as it was, or says why not. */
static void
check_settings(const char *text, size_t length)
{
	static struct conf conf;
	char shown[CONF_TEXT_MAX];
	size_t lines = 0;

	log_set_sink(count_line, &lines);
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *setting = &settings[i];

		setting_reset(setting, &conf);
		lines = 0;
		if (!setting_set(setting, &conf, "seed", text, length)) {
			assert(lines == 1);
			continue;
		}
		assert(lines == 0);
		setting_show(setting, &conf, shown);
		assert(setting->kind == SETTING_SECRET
			   ? length == 0 || strcmp(shown, "(hidden)") == 0
			   : strlen(shown) == length &&
				 memcmp(shown, text, length) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	size_t found;

	if (size > TEXT_MAX)
		size = TEXT_MAX;
	text = malloc(size + 1);
	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_split(text);
	check_client(text);
	check_number(text, size);
	check_settings(text, size);
	found = setting_find(text);
	assert(
	    found == setting_count || strcmp(settings[found].name, text) == 0);
	assert(setting_find_upper(text) <= setting_count);
	free(text);
	return 0;
}
