/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading values (Core 5.4, Vol 3, Part F, 3.4.4.1 to 3.4.4.8, 3.4.4.11 and 3.4.4.12). */
#include <string.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

/* The longest value in a Read By Type Response: its entry's size is one octet (3.4.4.2). */
#define BY_TYPE_VALUE_MAX 253

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

void qb_gatt_read_by_type(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	struct qb_gatt_list list = qb_gatt_list_begin(server, 1);
	size_t longest = min(server->att->mtu - 4u, BY_TYPE_VALUE_MAX);
	const struct qb_attr *attr;

	if (!qb_gatt_check_range(server, pdu))
		return;
	for (unsigned handle = pdu->find.start; handle <= pdu->find.end; handle++) {
		struct qb_gatt_value value;
		uint8_t own[2], code, *p;
		size_t len;

		attr = qb_gatt_db_next_of_type(server->db, &pdu->find.type, (uint16_t)handle);
		if (!attr || attr->handle > pdu->find.end)
			break;
		code = qb_gatt_access(&server->att->security, attr, QB_GATT_READ);
		/* What cannot be read is an error in the first place only (3.4.4.1). */
		if (code && !list.len) {
			qb_gatt_fail(server, pdu, attr->handle, code);
			return;
		}
		if (code)
			break;
		value = qb_gatt_value(server, attr, own);
		len = min(value.len, longest);
		p = qb_gatt_list_add(&list, 2 + len);
		if (!p)
			break;
		qb_put_le16(p, attr->handle);
		if (len)
			memcpy(p + 2, value.p, len);
		handle = attr->handle;
	}
	qb_gatt_list_answer(server, pdu, &list);
}

static void answer_value(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                         const uint8_t *value, size_t len)
{
	const struct qb_att_pdu rsp = {
	        .opcode = pdu->opcode + 1,
	        .attr = {.value = value, .len = len},
	};

	qb_att_answer(server->att, &rsp);
}

void qb_gatt_read(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_attr *attr = qb_gatt_find(server, pdu, pdu->attr.handle, QB_GATT_READ);
	struct qb_gatt_value value;
	uint8_t own[2];

	if (!attr)
		return;
	value = qb_gatt_value(server, attr, own);
	value.len = min(value.len, server->att->mtu - 1u);
	answer_value(server, pdu, value.p, value.len);
	if (attr->kind == QB_ATTR_VALUE || attr->kind == QB_ATTR_DESCRIPTOR)
		server->ops->read(server->user, attr, value.p, value.len);
}

/* Declarations and client configurations have a length that never changes. */
static bool is_fixed(const struct qb_attr *attr)
{
	return (attr->kind != QB_ATTR_VALUE && attr->kind != QB_ATTR_DESCRIPTOR) ||
	       qb_gatt_is_cccd(attr);
}

void qb_gatt_read_blob(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_attr *attr = qb_gatt_find(server, pdu, pdu->attr.handle, QB_GATT_READ);
	size_t offset = pdu->attr.offset;
	struct qb_gatt_value value;
	uint8_t own[2];

	if (!attr)
		return;
	value = qb_gatt_value(server, attr, own);
	if (is_fixed(attr) && value.len <= server->att->mtu - 1u)
		qb_gatt_fail(server, pdu, attr->handle, QB_ATT_E_ATTRIBUTE_NOT_LONG);
	else if (offset > value.len)
		qb_gatt_fail(server, pdu, attr->handle, QB_ATT_E_INVALID_OFFSET);
	else
		answer_value(server, pdu, value.p + offset,
		             min(value.len - offset, server->att->mtu - 1u));
}

/*
 * The values of the handles in a request, end to end, as many octets as the response holds. All
 * must be readable, also those that no room is left for.
 */
static void read_multiple(struct qb_gatt_server *server, const struct qb_att_pdu *pdu, bool lengths)
{
	uint8_t *rsp = qb_att_answer_param(server->att);
	size_t room = server->att->mtu - 1u, len = 0;

	for (size_t i = 0; i < pdu->list.len; i += 2) {
		uint16_t handle = qb_get_le16(pdu->list.data + i);
		const struct qb_attr *attr = qb_gatt_find(server, pdu, handle, QB_GATT_READ);
		struct qb_gatt_value value;
		uint8_t own[2];
		size_t n;

		if (!attr)
			return;
		value = qb_gatt_value(server, attr, own);
		if (lengths && room - len >= 2) {
			qb_put_le16(rsp + len, (uint16_t)value.len);
			len += 2;
		} else if (lengths) {
			/* Half a length says nothing. */
			room = len;
		}
		n = min(value.len, room - len);
		if (n)
			memcpy(rsp + len, value.p, n);
		len += n;
	}
	answer_value(server, pdu, rsp, len);
}

void qb_gatt_read_multiple(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	read_multiple(server, pdu, false);
}

void qb_gatt_read_multiple_variable(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	read_multiple(server, pdu, true);
}
