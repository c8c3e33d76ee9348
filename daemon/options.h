/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line, and the configuration file that it names or leaves to the default. */
#pragma once

#include "config.h"

/*
 * Fills the configuration. Returns 1 to go on, 0 if all that was asked for has been printed, or a
 * negative errno where something is wrong, which has been said.
 */
int qb_options_parse(struct qb_config *config, int argc, char **argv);
