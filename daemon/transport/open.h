/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of transports: each turns what stands after its prefix into a non-blocking descriptor,
 * or returns a negative errno and says why.
 */
#pragma once

#include "transport/transport.h"

int qb_open_user_channel(const char *device, char why[QB_WHY_MAX]);
int qb_open_unix(const char *path, char why[QB_WHY_MAX]);
int qb_open_tcp(const char *host_port, char why[QB_WHY_MAX]);
int qb_open_tty(const char *device_baud, char why[QB_WHY_MAX]);
