#include "fuzz.h"

#include "base/address.h"
#include "base/client.h"
#include "base/conf.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/number.h"
#include "base/setting.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Addresses of clients and of servers, networks, numbers, and every setting's
 * value. An input's lines are also what names a client: the web server's
 * address, X-Forwarded-For, the proxies.
 */

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

/* All of a household, and nobody else, has one digest with one pepper. */
static void
check_digests(const char *text)
{
	char digest[CLIENT_DIGEST_BYTES];
	char network[CLIENT_DIGEST_BYTES];
	char again[CLIENT_DIGEST_BYTES];
	char name[CLIENT_NAME_BYTES];
	char *slash;

	client_name(text, name);
	slash = strchr(name, '/');
	if (slash != NULL)
		*slash = '\0';
	client_digest(text, "pepper", digest);
	assert(strlen(digest) == CLIENT_DIGEST_BYTES - 1);
	client_digest(name, "pepper", again);
	assert(strcmp(digest, again) == 0);
	client_digest(text, "salt", again);
	assert(strcmp(digest, again) != 0);
	client_digest_of_network(text, "pepper", network);
	if (slash == NULL) {
		assert(network[0] == '\0');
		return;
	}
	assert(strlen(network) == CLIENT_DIGEST_BYTES - 1);
	assert(strcmp(digest, network) != 0);
	client_digest_of_network(name, "pepper", again);
	assert(strcmp(network, again) == 0);
}

#define EVERYWHERE "::/0"

/* Networks that can be read have the very addresses that they name. */
static void
check_networks(const char *text)
{
	char address[TEXT_MAX + 1];
	bool fine = client_networks_are_fine(text);

	assert(!client_is_in(text, ""));
	while (fine && *(text += strspn(text, " ")) != '\0') {
		size_t length = strcspn(text, " /");

		memcpy(address, text, length);
		address[length] = '\0';
		assert(client_is_in(address, text));
		assert(client_is_in(address, EVERYWHERE));
		assert(client_is_in(address, address));
		text += strcspn(text, " ");
	}
}

/* A client is who the proxies say, and what else is said makes it no other. */
static void
check_found(const char *remote, const char *forwarded_for, const char *proxies)
{
	char forged[TEXT_MAX + 32];
	char found[CLIENT_NAME_BYTES];
	char again[CLIENT_NAME_BYTES];

	(void)client_find(remote, forwarded_for, "", found);
	assert(strncmp(found, remote, sizeof(found) - 1) == 0);
	(void)client_find(remote, forwarded_for, proxies, found);
	if (strncmp(found, remote, sizeof(found) - 1) != 0) {
		assert(client_is_in(remote, proxies));
		assert(client_is_in(found, EVERYWHERE));
		assert(strstr(forwarded_for, found) != NULL);
	}
	if (client_is_in(found, proxies))
		return;
	(void)snprintf(
	    forged, sizeof(forged), "198.51.100.7,%s", forwarded_for);
	(void)client_find(remote, forged, proxies, again);
	assert(strcmp(found, again) == 0);
}

/* Takes three lines apart: what isn't there is empty. */
static void
check_lines(char *text)
{
	char *lines[3] = {text, text + strlen(text), text + strlen(text)};

	for (size_t i = 1; i < 3; i++) {
		char *end = strchr(lines[i - 1], '\n');

		if (end == NULL)
			break;
		*end = '\0';
		lines[i] = end + 1;
	}
	for (size_t i = 0; i < 3; i++)
		check_networks(lines[i]);
	check_found(lines[0], lines[1], lines[2]);
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
	assert(text != NULL && digest_init() == ERR_OK);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_split(text);
	check_client(text);
	check_digests(text);
	check_number(text, size);
	check_settings(text, size);
	found = setting_find(text);
	assert(
	    found == setting_count || strcmp(settings[found].name, text) == 0);
	assert(setting_find_upper(text) <= setting_count);
	check_lines(text);
	free(text);
	return 0;
}
