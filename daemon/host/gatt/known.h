/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What peers know of our database that were here before. Without a bond they are to discover it
 * anew on each link (Core 5.4, Vol 3, Part G, 2.5.2); some keep it all the same, by our address,
 * and would go on with what has changed since. Those are told Service Changed when they come back.
 */
#pragma once

#include <stdint.h>

#include "host/gatt/server.h"
#include "host/limits.h"
#include "util/addr.h"

struct qb_gatt_known_peer {
	struct qb_addr addr;
	uint64_t digest; /* of the database as it knows it */
};

struct qb_gatt_known {
	struct qb_gatt_known_peer peers[QB_KNOWN_PEERS_MAX];
	unsigned n, oldest;
};

/* A link to a peer begins, and ends. */
void qb_gatt_known_begin(const struct qb_gatt_known *known, const struct qb_addr *peer,
                         struct qb_gatt_server *server);
void qb_gatt_known_end(struct qb_gatt_known *known, const struct qb_addr *peer,
                       const struct qb_gatt_server *server);
