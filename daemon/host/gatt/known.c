/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembers by address what the peers of links that have ended know of the database. */
#include "host/gatt/known.h"

static unsigned find(const struct qb_gatt_known *known, const struct qb_addr *peer)
{
	unsigned i = 0;

	while (i < known->n && !qb_addr_equal(&known->peers[i].addr, peer))
		i++;
	return i;
}

/* Who was never here is about to discover it as it is. */
void qb_gatt_known_begin(const struct qb_gatt_known *known, const struct qb_addr *peer,
                         struct qb_gatt_server *server)
{
	unsigned i = find(known, peer);

	server->returned = i < known->n;
	server->known = server->returned ? known->peers[i].digest : qb_gatt_db_digest(server->db);
}

void qb_gatt_known_end(struct qb_gatt_known *known, const struct qb_addr *peer,
                       const struct qb_gatt_server *server)
{
	unsigned i = find(known, peer);

	if (i == known->n && known->n < QB_KNOWN_PEERS_MAX) {
		known->n++;
	} else if (i == known->n) {
		i = known->oldest;
		known->oldest = (known->oldest + 1) % QB_KNOWN_PEERS_MAX;
	}
	known->peers[i] = (struct qb_gatt_known_peer){.addr = *peer, .digest = server->known};
}
