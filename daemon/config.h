/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's configuration: a key file, every key optional, and the command line over it. */
#pragma once

#include <stdbool.h>

#include "ble/ble.h"

#define QB_CONFIG_FILE "/etc/qbled/qbled.conf"
#define QB_STATE_DIR   "/var/lib/qbled"

struct qb_config {
	char *controller; /* a transport spec */
	char *state_dir;
	char *bus_name;
	char *capture; /* a file, or NULL */
	int log_level;
	struct qb_ble_config ble; /* but for the address */
};

/* The defaults. */
void qb_config_init(struct qb_config *config);
void qb_config_done(struct qb_config *config);

/*
 * Reads a key file. A file that is not there is an error only if it must be. Every wrong group, key
 * or value is logged with its file and line; returns -EINVAL if there was one, or the errno of
 * reading.
 */
int qb_config_load(struct qb_config *config, const char *path, bool must);
