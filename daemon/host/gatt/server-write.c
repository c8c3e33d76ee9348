/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing values at once (Core 5.4, Vol 3, Part F, 3.4.5). */
#include <errno.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

/* 0, or the ATT error that refuses the value. */
static uint8_t store(struct qb_gatt_server *server, const struct qb_attr *attr,
                     const uint8_t *value, size_t len)
{
	uint8_t code;
	int r;

	if (qb_gatt_is_cccd(attr)) {
		code = qb_gatt_cccd_check(server, attr, value, len);
		if (code)
			return code;
		r = qb_gatt_cccd_set(server, attr->handle, qb_get_le16(value));
	} else {
		r = qb_gatt_db_set_value(server->db, attr->handle, value, len);
	}
	switch (r) {
	case 0: return 0;
	case -EMSGSIZE: return QB_ATT_E_INVALID_VALUE_LENGTH;
	default: return QB_ATT_E_INSUFFICIENT_RESOURCES;
	}
}

void qb_gatt_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_att_pdu rsp = {.opcode = QB_ATT_WRITE_RSP};
	const struct qb_attr *attr = qb_gatt_find(server, pdu, pdu->attr.handle, QB_GATT_WRITE);
	uint8_t code;

	if (!attr)
		return;
	code = store(server, attr, pdu->attr.value, pdu->attr.len);
	if (code) {
		qb_gatt_fail(server, pdu, attr->handle, code);
		return;
	}
	qb_att_answer(server->att, &rsp);
	qb_gatt_written(server, attr, pdu->attr.value, pdu->attr.len);
}

/* Whatever is wrong with a command, nobody is told (3.4.5.3). */
void qb_gatt_write_cmd(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_attr *attr = qb_gatt_db_get(server->db, pdu->attr.handle);

	if (attr && !qb_gatt_access(&server->att->security, attr, QB_GATT_WRITE_CMD) &&
	    !store(server, attr, pdu->attr.value, pdu->attr.len))
		qb_gatt_written(server, attr, pdu->attr.value, pdu->attr.len);
}
