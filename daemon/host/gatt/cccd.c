/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Client Characteristic Configuration descriptors: every client has a value of its own, 0 until it
 * writes another (Core 5.4, Vol 3, Part G, 3.3.3.3).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

bool qb_gatt_is_cccd(const struct qb_attr *attr)
{
	return attr->kind == QB_ATTR_DESCRIPTOR && qb_uuid_is(&attr->type, QB_GATT_CCCD);
}

/* The position of the first one at or after a handle. */
static unsigned position(const struct qb_gatt_server *server, uint16_t handle)
{
	unsigned low = 0, high = server->n_cccds;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (server->cccds[mid].handle < handle)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint16_t qb_gatt_cccd_get(const struct qb_gatt_server *server, uint16_t handle)
{
	unsigned pos = position(server, handle);

	return pos < server->n_cccds && server->cccds[pos].handle == handle
	               ? server->cccds[pos].value
	               : 0;
}

int qb_gatt_cccd_set(struct qb_gatt_server *server, uint16_t handle, uint16_t value)
{
	unsigned pos = position(server, handle);

	if (pos == server->n_cccds || server->cccds[pos].handle != handle) {
		if (server->n_cccds == server->room_cccds) {
			unsigned room = server->room_cccds ? server->room_cccds * 2 : 4;
			struct qb_gatt_cccd *cccds = realloc(server->cccds, room * sizeof(*cccds));

			if (!cccds)
				return -ENOMEM;
			server->cccds = cccds;
			server->room_cccds = room;
		}
		memmove(server->cccds + pos + 1, server->cccds + pos,
		        (server->n_cccds - pos) * sizeof(*server->cccds));
		server->n_cccds++;
		server->cccds[pos].handle = handle;
	}
	/* Reserved bits are ignored. */
	server->cccds[pos].value = value & QB_CCCD_BITS;
	return 0;
}

uint8_t qb_gatt_cccd_check(const struct qb_gatt_server *server, const struct qb_attr *attr,
                           const uint8_t *value, size_t len)
{
	const struct qb_attr *subject = qb_gatt_db_get(server->db, attr->end);
	uint16_t wish;

	if (len != 2)
		return QB_ATT_E_INVALID_VALUE_LENGTH;
	wish = qb_get_le16(value);
	if ((wish & QB_CCCD_NOTIFY && !(attr->properties & QB_PROP_NOTIFY)) ||
	    (wish & QB_CCCD_INDICATE && !(attr->properties & QB_PROP_INDICATE)))
		return QB_ATT_E_CCCD_IMPROPER;
	/* Who may not read the value may not have it sent either. */
	return wish & QB_CCCD_BITS
	               ? qb_gatt_check_security(&server->att->security, subject, QB_GATT_READ)
	               : 0;
}

uint16_t qb_gatt_server_subscribed(const struct qb_gatt_server *server, uint16_t value_handle)
{
	const struct qb_attr *attr;

	if (!server->n_cccds)
		return 0;
	for (unsigned handle = value_handle + 1u; handle <= UINT16_MAX; handle++) {
		attr = qb_gatt_db_get(server->db, (uint16_t)handle);
		if (!attr || attr->kind != QB_ATTR_DESCRIPTOR)
			break;
		if (qb_gatt_is_cccd(attr))
			return qb_gatt_cccd_get(server, attr->handle);
	}
	return 0;
}

void qb_gatt_cccd_prune(struct qb_gatt_server *server)
{
	unsigned n = 0;

	for (unsigned i = 0; i < server->n_cccds; i++) {
		const struct qb_attr *attr = qb_gatt_db_get(server->db, server->cccds[i].handle);

		if (attr && qb_gatt_is_cccd(attr))
			server->cccds[n++] = server->cccds[i];
	}
	server->n_cccds = n;
}
