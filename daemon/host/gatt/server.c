/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GATT server of one link: its requests go to their handlers, values go out, Service Changed
 * is told.
 */
#include "host/gatt/server.h"

#include <errno.h>
#include <stdlib.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

typedef void (*handler_fn)(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

static const handler_fn requests[] = {
        [QB_ATT_FIND_INFORMATION_REQ] = qb_gatt_find_information,
        [QB_ATT_FIND_BY_TYPE_VALUE_REQ] = qb_gatt_find_by_type_value,
        [QB_ATT_READ_BY_TYPE_REQ] = qb_gatt_read_by_type,
        [QB_ATT_READ_REQ] = qb_gatt_read,
        [QB_ATT_READ_BLOB_REQ] = qb_gatt_read_blob,
        [QB_ATT_READ_MULTIPLE_REQ] = qb_gatt_read_multiple,
        [QB_ATT_READ_BY_GROUP_TYPE_REQ] = qb_gatt_read_by_group_type,
        [QB_ATT_WRITE_REQ] = qb_gatt_write,
        [QB_ATT_PREPARE_WRITE_REQ] = qb_gatt_prepare_write,
        [QB_ATT_EXECUTE_WRITE_REQ] = qb_gatt_execute_write,
        [QB_ATT_READ_MULTIPLE_VARIABLE_REQ] = qb_gatt_read_multiple_variable,
};

void qb_gatt_server_init(struct qb_gatt_server *server, struct qb_att *att, struct qb_gatt_db *db,
                         const struct qb_gatt_server_ops *ops, void *user)
{
	*server = (struct qb_gatt_server){.att = att, .db = db, .ops = ops, .user = user};
}

void qb_gatt_server_done(struct qb_gatt_server *server)
{
	free(server->cccds);
	free(server->prepared);
	server->cccds = NULL;
	server->prepared = NULL;
	server->n_cccds = server->room_cccds = 0;
}

void qb_gatt_server_receive(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	switch (pdu->opcode) {
	case QB_ATT_WRITE_CMD: qb_gatt_write_cmd(server, pdu); break;
	/* There is no key to verify a signature with, so none is right (3.3.1). */
	case QB_ATT_SIGNED_WRITE_CMD: break;
	default: requests[pdu->opcode](server, pdu);
	}
}

struct qb_gatt_value qb_gatt_value(const struct qb_gatt_server *server, const struct qb_attr *attr,
                                   uint8_t own[2])
{
	if (!qb_gatt_is_cccd(attr))
		return (struct qb_gatt_value){attr->value, attr->len};
	qb_put_le16(own, qb_gatt_cccd_get(server, attr->handle));
	return (struct qb_gatt_value){own, 2};
}

void qb_gatt_fail(struct qb_gatt_server *server, const struct qb_att_pdu *pdu, uint16_t handle,
                  uint8_t code)
{
	qb_att_error(server->att, pdu->opcode, handle, code);
}

const struct qb_attr *qb_gatt_find(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                                   uint16_t handle, enum qb_gatt_access access)
{
	const struct qb_attr *attr = qb_gatt_db_get(server->db, handle);
	uint8_t code = attr ? qb_gatt_access(&server->att->security, attr, access)
	                    : QB_ATT_E_INVALID_HANDLE;

	if (!code)
		return attr;
	qb_gatt_fail(server, pdu, handle, code);
	return NULL;
}

bool qb_gatt_check_range(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	if (pdu->find.start && pdu->find.start <= pdu->find.end)
		return true;
	qb_gatt_fail(server, pdu, pdu->find.start, QB_ATT_E_INVALID_HANDLE);
	return false;
}

struct qb_gatt_list qb_gatt_list_begin(struct qb_gatt_server *server, size_t header)
{
	return (struct qb_gatt_list){
	        .data = qb_att_answer_param(server->att) + header,
	        .room = server->att->mtu - 1u - header,
	};
}

uint8_t *qb_gatt_list_add(struct qb_gatt_list *list, size_t size)
{
	uint8_t *p = list->data + list->len;

	if ((list->size && list->size != size) || size > list->room - list->len)
		return NULL;
	list->size = size;
	list->len += size;
	return p;
}

void qb_gatt_list_answer(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                         const struct qb_gatt_list *list)
{
	const struct qb_att_pdu rsp = {
	        .opcode = pdu->opcode + 1,
	        .list = {.size = (uint8_t)list->size, .data = list->data, .len = list->len},
	};

	if (list->len)
		qb_att_answer(server->att, &rsp);
	else
		qb_gatt_fail(server, pdu, pdu->find.start, QB_ATT_E_ATTRIBUTE_NOT_FOUND);
}

/* 0, or why a value may not be sent. */
static int check_send(const struct qb_gatt_server *server, uint16_t value_handle, size_t len)
{
	const struct qb_attr *attr = qb_gatt_db_get(server->db, value_handle);

	if (server->att->dead)
		return -ENOTCONN;
	if (qb_att_full(server->att))
		return -EBUSY;
	if (len > QB_VALUE_MAX)
		return -EMSGSIZE;
	if (!attr || attr->kind != QB_ATTR_VALUE)
		return -ENOENT;
	return qb_gatt_check_security(&server->att->security, attr, QB_GATT_READ) ? -EACCES : 0;
}

int qb_gatt_server_notify(struct qb_gatt_server *server, uint16_t value_handle,
                          const uint8_t *value, size_t len, qb_buf_done_fn done, void *user)
{
	int r = check_send(server, value_handle, len);

	return r ? r : qb_att_notify(server->att, value_handle, value, len, done, user);
}

int qb_gatt_server_indicate(struct qb_gatt_server *server, uint16_t value_handle,
                            const uint8_t *value, size_t len, qb_buf_done_fn done, void *user)
{
	int r = check_send(server, value_handle, len);

	return r ? r : qb_att_indicate(server->att, value_handle, value, len, done, user);
}

static void send_changed(struct qb_gatt_server *server);

static void on_changed(void *user, uint8_t status)
{
	struct qb_gatt_server *server = user;

	server->changing = false;
	if (status)
		return;
	server->known = server->telling;
	send_changed(server);
}

/* Not held to the limit of what may wait: there is one of these at most. */
static void send_changed(struct qb_gatt_server *server)
{
	struct qb_uuid type = qb_uuid_from_16(QB_GATT_SERVICE_CHANGED);
	const struct qb_attr *attr = qb_gatt_db_next_of_type(server->db, &type, 1);
	uint8_t value[4];

	if (!server->changed_from || !attr)
		return;
	qb_put_le16(value, server->changed_from);
	qb_put_le16(value + 2, server->changed_to);
	if (qb_att_indicate(server->att, attr->handle, value, sizeof(value), on_changed, server))
		return;
	server->changing = true;
	server->telling = qb_gatt_db_digest(server->db);
	server->changed_from = server->changed_to = 0;
}

void qb_gatt_server_changed(struct qb_gatt_server *server, uint16_t from, uint16_t to)
{
	struct qb_uuid type = qb_uuid_from_16(QB_GATT_SERVICE_CHANGED);
	const struct qb_attr *attr = qb_gatt_db_next_of_type(server->db, &type, 1);

	if (!attr || !(qb_gatt_server_subscribed(server, attr->handle) & QB_CCCD_INDICATE))
		return;
	if (!server->changed_from || from < server->changed_from)
		server->changed_from = from;
	if (to > server->changed_to)
		server->changed_to = to;
	if (!server->changing)
		send_changed(server);
}

/* The first moment at which a peer that was away can be told is when it has subscribed again. */
static void remind(struct qb_gatt_server *server)
{
	struct qb_uuid type = qb_uuid_from_16(QB_GATT_SERVICE_CHANGED);
	const struct qb_attr *attr = qb_gatt_db_next_of_type(server->db, &type, 1);

	if (!server->returned || !attr ||
	    !(qb_gatt_server_subscribed(server, attr->handle) & QB_CCCD_INDICATE))
		return;
	server->returned = false;
	if (server->known != qb_gatt_db_digest(server->db))
		qb_gatt_server_changed(server, 1, UINT16_MAX);
}

void qb_gatt_written(struct qb_gatt_server *server, const struct qb_attr *attr, const uint8_t *data,
                     size_t len)
{
	if (qb_gatt_is_cccd(attr))
		remind(server);
	server->ops->written(server->user, attr, data, len);
}

void qb_gatt_server_prune(struct qb_gatt_server *server)
{
	qb_gatt_cccd_prune(server);
	qb_gatt_prepared_prune(server);
}
