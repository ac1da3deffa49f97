#include "inspect.h"

#include "base/client.h"
#include "slot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
inspect_time_zone(struct inspection *inspection)
{
	const char *zone = inspection->conf->site.time_zone;
	char path[CONF_TEXT_MAX + 32];

	(void)snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", zone);
	if (strcmp(zone, "UTC") == 0 || access(path, R_OK) == 0)
		report_right("time zone: %s", zone);
	else
		report_wrong(inspection,
		    "time zone: %s is not in /usr/share/zoneinfo (package "
		    "tzdata); times would be shown in UTC",
		    zone);
}

static void
inspect_templates(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;
	struct view *view;

	if (view_init() != ERR_OK ||
	    view_create(conf->files.templates, conf->files.assets, 1, &view) !=
		ERR_OK) {
		report_wrong(inspection,
		    "templates: see above; they are read from %s and %s",
		    conf->files.templates, conf->files.assets);
		return;
	}
	view_destroy(view);
	report_right("templates: all of %s can be used", conf->files.templates);
}

/* Addresses of documentation (RFC 5737, 3849), which no proxy has. */
static bool
names_everybody(const char *networks)
{
	return (client_is_in("192.0.2.1", networks) &&
		   client_is_in("203.0.113.254", networks)) ||
	       client_is_in("2001:db8:ffff::1", networks);
}

static void
inspect_proxies(struct inspection *inspection)
{
	const struct conf *conf = inspection->conf;

	if (names_everybody(conf->writing.proxies))
		report_wrong(inspection,
		    "settings: writing.proxies names everybody, so whoever "
		    "sends X-Forwarded-For can be any visitor: set it to the "
		    "addresses of your proxies alone");
	if (names_everybody(conf->writing.unlimited))
		report_advice("settings: writing.unlimited names everybody, so "
			      "nobody is kept from writing too often: set it "
			      "to the addresses of who needs that");
}

/* What distributions call the user of their web servers; the first there is. */
static void
guess_web_user(struct person *web)
{
	static const char *const usual[] = {
	    "www-data", "nginx", "apache", "http", "lighttpd", "www"};

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (person_of_name(usual[i], web))
			return;
}

static void
find_web_user(struct inspection *inspection)
{
	const char *name = inspection->options->web_user;

	if (person_is_known(&inspection->web))
		return;
	if (name == NULL)
		guess_web_user(&inspection->web);
	else if (!person_of_name(name, &inspection->web))
		report_wrong(inspection,
		    "web server: there is no user %s: give the one that it "
		    "runs as, --web-user NAME",
		    name);
}

static void
inspect_parts(struct inspection *inspection)
{
	struct nginx_conf *nginx = inspect_nginx_read(inspection);

	inspect_proxies(inspection);
	inspect_time_zone(inspection);
	inspect_templates(inspection);
	inspect_redis(inspection);
	inspect_confinement(inspection);
	find_web_user(inspection);
	inspect_socket(inspection);
	inspect_machine(inspection);
	inspect_secrets(inspection);
	inspect_pages(inspection);
	inspect_nginx(inspection, nginx);
	inspect_web(inspection);
	free(nginx);
}

bool
inspect_all(
    worker_load *load, void *context, const struct inspect_options *options)
{
	struct conf conf;
	struct inspection inspection = {
	    .conf = &conf, .options = options, .fine = true};

	/* Who hangs up on us is told of, and not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (load(context, &conf) != ERR_OK) {
		report_wrong(&inspection, "settings: see above");
		return false;
	}
	report_right("settings: %s", options->config != NULL
					 ? options->config
					 : "no file, so the defaults");
	inspection.arena = arena_create((size_t)conf.limits.request_bytes);
	if (inspection.arena != NULL &&
	    slot_pool_create(&conf, &inspection.pool) == ERR_OK)
		inspect_parts(&inspection);
	else
		report_wrong(&inspection, "memory: there is none");
	pool_destroy(inspection.pool);
	arena_destroy(inspection.arena);
	return inspection.fine;
}
