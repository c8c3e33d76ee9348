/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client asks to get to know a database: Find Information, Find By Type Value, Read By
 * Group Type (Core 5.4, Vol 3, Part F, 3.4.3 and 3.4.4.9).
 */
#include <string.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

void qb_gatt_find_information(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	struct qb_gatt_list list = qb_gatt_list_begin(server, 1);
	const struct qb_attr *attr;

	if (!qb_gatt_check_range(server, pdu))
		return;
	for (unsigned handle = pdu->find.start; handle <= pdu->find.end; handle++) {
		uint16_t u;
		bool is_short;
		uint8_t *p;

		attr = qb_gatt_db_next(server->db, (uint16_t)handle);
		if (!attr || attr->handle > pdu->find.end)
			break;
		is_short = qb_uuid_to_16(&attr->type, &u);
		p = qb_gatt_list_add(&list, 2 + (is_short ? 2 : sizeof(attr->type.b)));
		if (!p)
			break;
		qb_put_le16(p, attr->handle);
		if (is_short)
			qb_put_le16(p + 2, u);
		else
			memcpy(p + 2, attr->type.b, sizeof(attr->type.b));
		handle = attr->handle;
	}
	qb_gatt_list_answer(server, pdu, &list);
}

/* A service's value is a UUID, and equals it in either spelling. */
static bool is_service(const struct qb_attr *attr, const struct qb_uuid *uuid)
{
	struct qb_uuid own;

	return qb_uuid_from_le(&own, attr->value, attr->len) && qb_uuid_equal(&own, uuid);
}

static bool has_value(const struct qb_gatt_server *server, const struct qb_attr *attr,
                      const uint8_t *value, size_t len)
{
	struct qb_gatt_value have;
	uint8_t own[2];

	/* To compare is to read. */
	if (qb_gatt_access(&server->att->security, attr, QB_GATT_READ))
		return false;
	have = qb_gatt_value(server, attr, own);
	return have.len == len && (!len || !memcmp(have.p, value, len));
}

/* The next attribute of the type and the value that a request asks for. */
static const struct qb_attr *next_with_value(const struct qb_gatt_server *server,
                                             const struct qb_att_pdu *pdu, uint16_t handle)
{
	const struct qb_uuid *type = &pdu->find.type;
	const struct qb_attr *attr;
	struct qb_uuid uuid;

	if (qb_uuid_is(type, QB_GATT_PRIMARY_SERVICE))
		return qb_uuid_from_le(&uuid, pdu->find.value, pdu->find.len)
		               ? qb_gatt_db_next_service(server->db, &uuid, handle)
		               : NULL;
	while ((attr = qb_gatt_db_next_of_type(server->db, type, handle)) &&
	       attr->handle <= pdu->find.end) {
		if (attr->kind == QB_ATTR_SERVICE
		            ? qb_uuid_from_le(&uuid, pdu->find.value, pdu->find.len) &&
		                      is_service(attr, &uuid)
		            : has_value(server, attr, pdu->find.value, pdu->find.len))
			return attr;
		if (attr->handle == UINT16_MAX)
			break;
		handle = (uint16_t)(attr->handle + 1);
	}
	return NULL;
}

void qb_gatt_find_by_type_value(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	struct qb_gatt_list list = qb_gatt_list_begin(server, 0);
	const struct qb_attr *attr;

	if (!qb_gatt_check_range(server, pdu))
		return;
	for (unsigned handle = pdu->find.start; handle <= pdu->find.end; handle++) {
		uint8_t *p;

		attr = next_with_value(server, pdu, (uint16_t)handle);
		if (!attr || attr->handle > pdu->find.end)
			break;
		p = qb_gatt_list_add(&list, 4);
		if (!p)
			break;
		qb_put_le16(p, attr->handle);
		qb_put_le16(p + 2, qb_gatt_db_group_end(server->db, attr));
		handle = attr->handle;
	}
	qb_gatt_list_answer(server, pdu, &list);
}

void qb_gatt_read_by_group_type(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	struct qb_gatt_list list = qb_gatt_list_begin(server, 1);
	const struct qb_attr *attr;

	if (!qb_gatt_check_range(server, pdu))
		return;
	/* Characteristics are groups too, but may not be asked for so (Part G, 2.5.3). */
	if (!qb_uuid_is(&pdu->find.type, QB_GATT_PRIMARY_SERVICE) &&
	    !qb_uuid_is(&pdu->find.type, QB_GATT_SECONDARY_SERVICE)) {
		qb_gatt_fail(server, pdu, pdu->find.start, QB_ATT_E_UNSUPPORTED_GROUP_TYPE);
		return;
	}
	/* Who discovers knows, and would only do it twice. */
	server->returned = false;
	server->known = qb_gatt_db_digest(server->db);
	for (unsigned handle = pdu->find.start; handle <= pdu->find.end; handle++) {
		uint8_t *p;

		attr = qb_gatt_db_next_of_type(server->db, &pdu->find.type, (uint16_t)handle);
		if (!attr || attr->handle > pdu->find.end)
			break;
		p = qb_gatt_list_add(&list, (size_t)4 + attr->len);
		if (!p)
			break;
		qb_put_le16(p, attr->handle);
		qb_put_le16(p + 2, attr->end);
		memcpy(p + 4, attr->value, attr->len);
		handle = attr->end;
	}
	qb_gatt_list_answer(server, pdu, &list);
}
