/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "version.h"

static void help(void)
{
	puts("usage: qbled [OPTION...]\n"
	     "\n"
	     "Takes a Bluetooth controller and offers the BLE API of Quectel's modules on\n"
	     "the system bus as com.quectel.Ble1.\n"
	     "\n"
	     "  --controller=SPEC   hci0 (the default), hciN, h4:unix:PATH,\n"
	     "                      h4:tcp:HOST:PORT (an address, or a name in /etc/hosts)\n"
	     "                      or h4:tty:DEV,BAUD[,noflow]; or\n"
	     "                      replay:FILE[,fast | ,speed=N], which plays a capture's\n"
	     "                      controller\n"
	     "  --bus-name=NAME     instead of com.quectel.Ble1, for one more controller\n"
	     "  --capture=FILE      copy what goes to the controller and comes from it, keys\n"
	     "                      included, for btmon, wireshark and replay:\n"
	     "  --config=FILE       instead of " QB_CONFIG_FILE "\n"
	     "  --state-dir=DIR     instead of $STATE_DIRECTORY or " QB_STATE_DIR "\n"
	     "  --log-level=LEVEL   emerg, alert, crit, err, warning, notice, info or debug\n"
	     "  --help              this text\n"
	     "  --version           the version");
}

enum {
	OPT_CONTROLLER = 256,
	OPT_BUS_NAME,
	OPT_CAPTURE,
	OPT_CONFIG,
	OPT_STATE_DIR,
	OPT_LOG_LEVEL,
	OPT_HELP,
	OPT_VERSION
};

static const struct option options[] = {
        {"controller", required_argument, NULL, OPT_CONTROLLER},
        {"bus-name", required_argument, NULL, OPT_BUS_NAME},
        {"capture", required_argument, NULL, OPT_CAPTURE},
        {"config", required_argument, NULL, OPT_CONFIG},
        {"state-dir", required_argument, NULL, OPT_STATE_DIR},
        {"log-level", required_argument, NULL, OPT_LOG_LEVEL},
        {"help", no_argument, NULL, OPT_HELP},
        {"version", no_argument, NULL, OPT_VERSION},
        {0},
};

static int usage_error(void)
{
	fputs("qbled: try 'qbled --help'\n", stderr);
	return -EINVAL;
}

static int replace(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
	return *field ? 0 : -ENOMEM;
}

int qb_options_parse(struct qb_config *config, int argc, char **argv)
{
	const char *file = NULL, *level = NULL, *controller = NULL, *state_dir = NULL,
	           *bus_name = NULL, *capture = NULL;
	int option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case OPT_CONTROLLER: controller = optarg; break;
		case OPT_BUS_NAME: bus_name = optarg; break;
		case OPT_CAPTURE: capture = optarg; break;
		case OPT_CONFIG: file = optarg; break;
		case OPT_STATE_DIR: state_dir = optarg; break;
		case OPT_LOG_LEVEL: level = optarg; break;
		case OPT_HELP: help(); return 0;
		case OPT_VERSION: puts("qbled " QB_VERSION); return 0;
		default: return usage_error();
		}
	}
	if (optind < argc) {
		fprintf(stderr, "qbled: '%s' is no option\n", argv[optind]);
		return usage_error();
	}
	r = qb_config_load(config, file ? file : QB_CONFIG_FILE, file);
	if (r < 0)
		return r;
	/* The command line has the last word. */
	if (level) {
		config->log_level = qb_log_level_from_string(level);
		if (config->log_level < 0) {
			fprintf(stderr, "qbled: '%s' is no log level\n", level);
			return usage_error();
		}
	}
	if (controller && replace(&config->controller, controller) < 0)
		return -ENOMEM;
	if (bus_name && replace(&config->bus_name, bus_name) < 0)
		return -ENOMEM;
	if (capture && replace(&config->capture, capture) < 0)
		return -ENOMEM;
	if (state_dir && replace(&config->state_dir, state_dir) < 0)
		return -ENOMEM;
	return 1;
}
