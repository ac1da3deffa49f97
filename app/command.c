#include "command.h"

#include "config.h"

#include "base/conf.h"
#include "base/log.h"
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
    "Usage: madang [serve] [OPTION]...   answer FastCGI or CGI requests\n"
    "       madang check [OPTION]...     say what is right and what is wrong\n";
static const char usage_options[] =
    "\n"
    "  --config FILE    settings (default: " MADANG_SYSCONFDIR "/madang.hdf)\n"
    "  --listen SOCKET  a path or host:port to listen on\n"
    "  --slots N        requests answered at once\n"
    "  --board SLUG     the board that is meant (default: /, the first)\n"
    "  --title TITLE    what a new board is called\n"
    "  --all            every page there is\n"
    "  --repair         mend what can be mended without guessing\n"
    "  --version        print the version\n"
    "  --help           print this\n"
    "\n"
    "Without --listen the socket is the one on file descriptor 0, which\n"
    "spawn-fcgi, mod_fcgid and systemd give; in a CGI environment one request\n"
    "is answered; else the setting `listen` counts. See madang(1).\n";

/* What the command line says over the settings. */
struct options {
	const char *verb;
	const char *config; /* NULL: none */
	const char *listen; /* NULL: not given */
	const char *slots;  /* NULL: not given */
	const char *board;  /* NULL: not given */
	const char *title;  /* NULL: not given */
	bool all;
	bool repair;
	char **words; /* behind the verb */
	size_t count;
};

static void
print_usage(FILE *stream)
{
	(void)fputs(usage_serve, stream);
	owner_print_usage(stream);
	(void)fputs(usage_options, stream);
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
	int socket = STDIN_FILENO;
	enum err err = load_conf(options, &conf);

	if (err != ERR_OK)
		return EXIT_FAILURE;
	if (options->listen == NULL && listener_is_open(STDIN_FILENO)) {
		err = listener_check("the socket on file descriptor 0", socket,
		    conf.listen_beyond_loopback != 0);
		if (err == ERR_OK)
			err = worker_serve(
			    &conf, options->config, socket, load_conf, options);
	} else if (is_cgi()) {
		err = worker_answer_cgi(&conf);
	} else if (conf.listen[0] == '\0') {
		log_error(MODULE,
		    "no socket on file descriptor 0 and no CGI request: give "
		    "--listen, or the setting `listen`");
		err = ERR_CONFIG;
	} else if (listener_open(conf.listen, conf.listen_beyond_loopback != 0,
		       &socket) == ERR_OK) {
		err = worker_serve(
		    &conf, options->config, socket, load_conf, options);
		/* Before it is closed: later it may be a successor's. */
		if (strchr(conf.listen, '/') != NULL)
			(void)unlink(conf.listen);
		close(socket);
	} else {
		err = ERR_CONFIG;
	}
	return err == ERR_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run_check(struct options *options)
{
	return inspect_all(load_conf, options, options->config) ? EXIT_SUCCESS
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
	    .all = options->all,
	    .repair = options->repair};

	return owner_run(load_conf, options, &said);
}

static const struct verb {
	const char *name;
	int (*run)(struct options *options);
} verbs[] = {
    {"serve", run_serve},
    {"check", run_check},
};

static int
run_verb(struct options *options)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(options->verb, verbs[i].name) == 0) {
			if (options->count == 0 && options->board == NULL &&
			    options->title == NULL && !options->all &&
			    !options->repair)
				return verbs[i].run(options);
			print_usage(stderr);
			return EXIT_USAGE;
		}
	if (owner_knows(options->verb))
		return run_owner(options);
	(void)fprintf(
	    stderr, "madang: there is no command %s\n\n", options->verb);
	print_usage(stderr);
	return EXIT_USAGE;
}

/* Options into *options. True: there is a command to run; else its status. */
static bool
read_options(int argc, char **argv, struct options *options, int *status)
{
	static const struct option known[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"listen", required_argument, NULL, 'l'},
	    {"slots", required_argument, NULL, 's'},
	    {"board", required_argument, NULL, 'b'},
	    {"title", required_argument, NULL, 't'},
	    {"all", no_argument, NULL, 'a'},
	    {"repair", no_argument, NULL, 'r'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	*status = EXIT_SUCCESS;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'l':
			options->listen = optarg;
			break;
		case 's':
			options->slots = optarg;
			break;
		case 'b':
			options->board = optarg;
			break;
		case 't':
			options->title = optarg;
			break;
		case 'a':
			options->all = true;
			break;
		case 'r':
			options->repair = true;
			break;
		case 'V':
			(void)puts(PACKAGE_STRING);
			return false;
		case 'h':
			print_usage(stdout);
			return false;
		default:
			print_usage(stderr);
			*status = EXIT_USAGE;
			return false;
		}
	}
	return true;
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
	if (!read_options(argc, argv, &options, &status))
		return status;
	if (optind < argc)
		options.verb = argv[optind++];
	options.words = &argv[optind];
	options.count = (size_t)(argc - optind);
	options.config = find_config(options.config);
	return run_verb(&options);
}
