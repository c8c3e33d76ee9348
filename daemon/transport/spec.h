/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a controller may be called. Nothing is opened or looked up here: what is wrong with a spec
 * is so for ever, and can be said before anything is done with it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "transport/transport.h"

#define QB_REPLAY_PREFIX "replay:"

/* Of "h4:tcp:HOST:PORT". */
struct qb_spec_tcp {
	char host[256];
	unsigned port;
};

/* Of "h4:tty:DEV,BAUD[,noflow]". */
struct qb_spec_tty {
	char device[128];
	unsigned baud;
	bool flow;
};

/* Each returns 0, or -EINVAL and what is wrong; those of H4 take what stands behind the prefix. */
int qb_spec_hci(const char *device, unsigned *index, char why[QB_WHY_MAX]);
int qb_spec_unix(const char *path, char why[QB_WHY_MAX]);
int qb_spec_tcp(const char *host_port, struct qb_spec_tcp *ret, char why[QB_WHY_MAX]);
int qb_spec_tty(const char *device_baud, struct qb_spec_tty *ret, char why[QB_WHY_MAX]);

/* The same for a whole spec of any kind. */
int qb_spec_check(const char *spec, char why[QB_WHY_MAX]);
/* It is of no kind. */
int qb_spec_unknown(const char *spec, char why[QB_WHY_MAX]);
