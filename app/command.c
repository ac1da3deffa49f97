#include "command.h"

#include "config.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/setting.h"
#include "inspect.h"
#include "owner.h"
#include "web/listener.h"
#include "worker.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE "madang"

#define EXIT_USAGE 2

static const char usage_serve[] =
    "madang [serve] [OPTION]...   answer FastCGI or CGI requests\n";
static const char usage_check[] =
    "madang check [OPTION]...     say what is right and what is wrong\n";
static const char usage_check_options[] =
    "  --web-user USER  the web server's user (default: a usual one's)\n"
    "  --url URL        the board's address: asked for it, as a visitor does\n"
    "  --nginx-conf FILE\n"
    "                   nginx's configuration, to be read; - is standard "
    "input\n";
static const char usage_options[] =
    "\n"
    "  --config FILE    settings (default: " MADANG_SYSCONFDIR "/madang.hdf)\n"
    "  --listen SOCKET  a path or host:port to listen on\n"
    "  --slots N        requests answered at once\n";
static const char usage_rest[] =
    "  --board SLUG     the board that is meant (default: /, the first)\n"
    "  --title TITLE    what a new board is called\n"
    "  --all            every page there is\n"
    "  --from-tutorial ADDRESS   redis://[[user]:password@]host[:port][/db]\n"
    "  --repair         mend what can be mended without guessing\n"
    "  --version        print the version\n"
    "  --help           print this; behind a command, what it takes\n"
    "\n"
    "Without --listen the socket is the one on file descriptor 0, which\n"
    "spawn-fcgi, mod_fcgid and systemd give; in a CGI environment one request\n"
    "is answered; else the setting `listen` counts. See madang-serve(1).\n";

/* What the command line says over the settings. */
struct options {
	const char *verb;
	const char *config;  /* NULL: none */
	const char *listen;  /* NULL: not given */
	const char *slots;   /* NULL: not given */
	const char *board;   /* NULL: not given */
	const char *title;   /* NULL: not given */
	char *from_tutorial; /* a copy; NULL: not given */
	bool all;
	bool repair;
	bool version;
	bool help;
	bool named;			/* the verb was said */
	struct inspect_options inspect; /* all but its config */
	char **words;			/* behind the verb */
	size_t count;
};

static void
print_usage(FILE *stream)
{
	(void)fprintf(stream, "Usage: %s       %s", usage_serve, usage_check);
	owner_print_usage(stream);
	(void)fprintf(
	    stream, "%s%s%s", usage_options, usage_check_options, usage_rest);
}

/* The settings' file: given, in the environment, installed, or none. */
static const char *
find_config(const char *given)
{
	static const char installed[] = MADANG_SYSCONFDIR "/madang.hdf";
	const char *variable = getenv("MADANG_CONFIG");

	if (given != NULL)
		return given;
	if (variable != NULL && variable[0] != '\0')
		return variable;
	return access(installed, F_OK) == 0 ? installed : NULL;
}

/* An option's value, if it was given, in place of a setting's. */
static bool
override(
    struct conf *conf, const char *name, const char *option, const char *value)
{
	return value == NULL || setting_set(&settings[setting_find(name)], conf,
				    option, value, strlen(value));
}

/* A worker_load: settings of file and environment, then the options. */
static enum err
load_conf(void *context, struct conf *conf)
{
	const struct options *options = context;
	enum err err = conf_load(conf, options->config);

	if (err != ERR_OK)
		return err;
	if (!override(conf, "listen", "--listen", options->listen) ||
	    !override(conf, "slots", "--slots", options->slots))
		return ERR_CONFIG;
	return ERR_OK;
}

static bool
is_cgi(void)
{
	return getenv("REQUEST_METHOD") != NULL &&
	       !listener_is_open(STDIN_FILENO);
}

static int
run_serve(struct options *options)
{
	struct conf conf;
	struct worker_door door = {.socket = STDIN_FILENO};
	enum err err = load_conf(options, &conf);

	if (err == ERR_OK)
		err = log_begin(&conf);
	if (err != ERR_OK)
		return EXIT_FAILURE;
	metrics_begin();
	listener_adopt();
	if (options->listen == NULL && listener_is_open(STDIN_FILENO)) {
		err = listener_check("the socket on file descriptor 0",
		    door.socket, conf.listen_beyond_loopback != 0);
		if (err == ERR_OK)
			err = worker_serve(
			    &conf, options->config, &door, load_conf, options);
	} else if (is_cgi()) {
		err = worker_answer_cgi(&conf);
	} else if (conf.listen[0] == '\0') {
		log_error(MODULE,
		    "no socket on file descriptor 0 and no CGI request: give "
		    "--listen, or the setting `listen`");
		err = ERR_CONFIG;
	} else if (listener_open(conf.listen, conf.listen_beyond_loopback != 0,
		       &door.socket) == ERR_OK) {
		door.name = conf.listen;
		door.file = listener_file_of(conf.listen);
		err = worker_serve(
		    &conf, options->config, &door, load_conf, options);
		close(door.socket);
	} else {
		err = ERR_CONFIG;
	}
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run_check(struct options *options)
{
	options->inspect.config = options->config;
	return inspect_all(load_conf, options, &options->inspect)
		   ? EXIT_SUCCESS
		   : EXIT_FAILURE;
}

static int
run_owner(struct options *options)
{
	const struct owner_words said = {.verb = options->verb,
	    .words = options->words,
	    .count = options->count,
	    .board = options->board,
	    .title = options->title,
	    .from_tutorial = options->from_tutorial,
	    .all = options->all,
	    .repair = options->repair};

	return owner_run(load_conf, options, &said);
}

static const struct verb {
	const char *name;
	int (*run)(struct options *options);
	const char *usage;
	const char *options; /* that no other command has */
} verbs[] = {
    {"serve", run_serve, usage_serve, ""},
    {"check", run_check, usage_check, usage_check_options},
};

/* One of these; NULL: another command, or none. */
static const struct verb *
find_verb(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

static bool
has_owner_options(const struct options *options)
{
	return options->board != NULL || options->title != NULL ||
	       options->from_tutorial != NULL || options->all ||
	       options->repair;
}

static bool
has_check_options(const struct options *options)
{
	return options->inspect.web_user != NULL ||
	       options->inspect.url != NULL ||
	       options->inspect.nginx_conf != NULL;
}

static int
refuse(const char *command)
{
	if (command != NULL)
		(void)fprintf(
		    stderr, "madang: there is no command %s\n\n", command);
	print_usage(stderr);
	return EXIT_USAGE;
}

/* What one command takes, or all of them where none is named. */
static int
run_help(const struct options *options)
{
	const struct verb *verb = find_verb(options->verb);

	if (!options->named) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	if (verb != NULL)
		(void)printf(
		    "Usage: %s%s%s", verb->usage, usage_options, verb->options);
	else if (owner_knows(options->verb))
		owner_print_usage_of(stdout, options->verb);
	else
		return refuse(options->verb);
	(void)printf("\nSee madang-%s(1).\n", options->verb);
	return EXIT_SUCCESS;
}

static int
run_verb(struct options *options)
{
	const struct verb *verb = find_verb(options->verb);

	if (options->help)
		return run_help(options);
	if (verb != NULL && options->count == 0 &&
	    !has_owner_options(options) &&
	    (verb->run == run_check || !has_check_options(options)))
		return verb->run(options);
	if (verb != NULL || has_check_options(options))
		return refuse(NULL);
	if (owner_knows(options->verb))
		return run_owner(options);
	return refuse(options->verb);
}

/* Where an option's value goes; NULL: it has none. */
static const char **
value_of(struct options *options, int option)
{
	switch (option) {
	case 'c':
		return &options->config;
	case 'l':
		return &options->listen;
	case 's':
		return &options->slots;
	case 'b':
		return &options->board;
	case 't':
		return &options->title;
	case 'w':
		return &options->inspect.web_user;
	case 'u':
		return &options->inspect.url;
	case 'n':
		return &options->inspect.nginx_conf;
	default:
		return NULL;
	}
}

/* What an option without a value says; NULL: it is no such option. */
static bool *
flag_of(struct options *options, int option)
{
	switch (option) {
	case 'a':
		return &options->all;
	case 'r':
		return &options->repair;
	case 'V':
		return &options->version;
	case 'h':
		return &options->help;
	default:
		return NULL;
	}
}

/*
 * A word that may hold a password, which whoever lists processes reads: a copy,
 * in place of which nothing is to be seen there. False: no memory.
 */
static bool
take_secret(char *word, char **copy)
{
	free(*copy);
	*copy = strdup(word);
	if (*copy != NULL)
		memset(word, 'x', strlen(word));
	return *copy != NULL;
}

/* False: one is unknown, or has no value; it has been told. */
static bool
read_options(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"listen", required_argument, NULL, 'l'},
	    {"slots", required_argument, NULL, 's'},
	    {"board", required_argument, NULL, 'b'},
	    {"title", required_argument, NULL, 't'},
	    {"from-tutorial", required_argument, NULL, 'f'},
	    {"all", no_argument, NULL, 'a'},
	    {"repair", no_argument, NULL, 'r'},
	    {"web-user", required_argument, NULL, 'w'},
	    {"url", required_argument, NULL, 'u'},
	    {"nginx-conf", required_argument, NULL, 'n'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		const char **value = value_of(options, option);
		bool *flag = flag_of(options, option);

		if (value != NULL)
			*value = optarg;
		else if (flag != NULL)
			*flag = true;
		else if (option != 'f' ||
			 !take_secret(optarg, &options->from_tutorial))
			return false;
	}
	return true;
}

/* The arguments into *options, and what they ask for; its status. */
static int
run_arguments(int argc, char **argv, struct options *options)
{
	if (!read_options(argc, argv, options))
		return refuse(NULL);
	if (options->version) {
		(void)puts(PACKAGE_STRING);
		return EXIT_SUCCESS;
	}
	if (optind < argc) {
		options->verb = argv[optind++];
		options->named = true;
	}
	options->words = &argv[optind];
	options->count = (size_t)(argc - optind);
	options->config = find_config(options->config);
	return run_verb(options);
}

int
command_run(int argc, char **argv)
{
	struct options options = {.verb = "serve"};
	int status;

	/*
	 * A web server makes arguments of a CGI request's query (RFC 3875
	 * section 4.4): they are the visitor's words, not the owner's.
	 */
	if (is_cgi())
		argc = 1;
	status = run_arguments(argc, argv, &options);
	free(options.from_tutorial);
	return status;
}
