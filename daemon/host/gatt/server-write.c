/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing values at once (Core 5.4, Vol 3, Part F, 3.4.5). */
#include <errno.h>
#include <string.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

/* The length never changes: octets that are not written stay as they are (3.4.5.1). */
static uint8_t store_cccd(struct qb_gatt_server *server, const struct qb_attr *attr,
                          const uint8_t *value, size_t len)
{
	uint8_t whole[2], code;

	qb_put_le16(whole, qb_gatt_cccd_get(server, attr->handle));
	if (len && len <= sizeof(whole))
		memcpy(whole, value, len);
	code = qb_gatt_cccd_check(server, attr, whole, len < sizeof(whole) ? sizeof(whole) : len);
	if (code)
		return code;
	return qb_gatt_cccd_set(server, attr->handle, qb_get_le16(whole))
	               ? QB_ATT_E_INSUFFICIENT_RESOURCES
	               : 0;
}

/* 0, or the ATT error that refuses the value. */
static uint8_t store(struct qb_gatt_server *server, const struct qb_attr *attr,
                     const uint8_t *value, size_t len)
{
	if (qb_gatt_is_cccd(attr))
		return store_cccd(server, attr, value, len);
	switch (qb_gatt_db_set_value(server->db, attr->handle, value, len)) {
	case 0: return 0;
	case -EMSGSIZE: return QB_ATT_E_INVALID_VALUE_LENGTH;
	default: return QB_ATT_E_INSUFFICIENT_RESOURCES;
	}
}

/* As it was written, reserved bits too; of a configuration whole, also where a part came. */
static void tell(struct qb_gatt_server *server, const struct qb_attr *attr, const uint8_t *value,
                 size_t len)
{
	uint8_t whole[2];

	if (!qb_gatt_is_cccd(attr)) {
		qb_gatt_written(server, attr, value, len);
		return;
	}
	qb_put_le16(whole, qb_gatt_cccd_get(server, attr->handle));
	if (len)
		memcpy(whole, value, len);
	qb_gatt_written(server, attr, whole, sizeof(whole));
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
	tell(server, attr, pdu->attr.value, pdu->attr.len);
}

/* Whatever is wrong with a command, nobody is told (3.4.5.3). */
void qb_gatt_write_cmd(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_attr *attr = qb_gatt_db_get(server->db, pdu->attr.handle);

	if (attr && !qb_gatt_access(&server->att->security, attr, QB_GATT_WRITE_CMD) &&
	    !store(server, attr, pdu->attr.value, pdu->attr.len))
		tell(server, attr, pdu->attr.value, pdu->attr.len);
}
