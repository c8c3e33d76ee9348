/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT server's side: sendNotification, sendIndication, and events 21, 22 and 25. */
#include <errno.h>

#include "ble/calls.h"

static void tell_access(struct qb_link *link, uint8_t id, const struct qb_attr *attr,
                        const uint8_t *data, size_t len)
{
	struct qb_conn *conn = link->user;
	uint16_t short_uuid = 0;

	if (!conn)
		return;
	qb_uuid_to_16(&attr->type, &short_uuid);
	qb_conn_emit(conn, QB_SERVER,
	             &(struct qb_event){
	                     .id = id,
	                     .u = {attr->handle, short_uuid},
	                     .uuid = attr->type,
	                     .data = data,
	                     .len = len,
	                     .handle = attr->handle,
	             });
}

static void on_written(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell_access(user, QB_EV_RECV_WRITE, attr, data, len);
}

static void on_read(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell_access(user, QB_EV_RECV_READ, attr, data, len);
}

const struct qb_gatt_server_ops qb_server_ops = {
        .written = on_written,
        .read = on_read,
};

void qb_server_init(struct qb_conn *conn)
{
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++) {
		conn->sent[i].conn = conn;
		conn->sent[i].next = conn->free_sent;
		conn->free_sent = &conn->sent[i];
	}
}

void qb_server_release(struct qb_conn *conn)
{
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++)
		conn->sent[i].silent = true;
}

/* The event that each accepted send ends in. */
static void on_sent(void *user, uint8_t status)
{
	struct qb_sent *sent = user;
	struct qb_conn *conn = sent->conn;

	sent->next = conn->free_sent;
	conn->free_sent = sent;
	if (sent->silent)
		return;
	qb_conn_emit(conn, QB_SERVER,
	             &(struct qb_event){
	                     .id = QB_EV_SEND_END,
	                     .status = qb_ble_status_code(status),
	                     .call = sent->call,
	                     .handle = sent->handle,
	             });
}

/* True if the handle's value may be sent so; if not, the call has been ended. */
static bool may_send(struct qb_pending *pending, const struct qb_conn *conn, uint16_t handle,
                     bool indicate)
{
	uint8_t property = indicate ? QB_PROP_INDICATE : QB_PROP_NOTIFY;
	const char *what = indicate ? "indicate" : "notify";
	const struct qb_ble *ble = pending->ble;
	const struct qb_attr *attr = qb_gatt_db_get(ble->host->db, handle);

	if (!attr) {
		qb_call_fail(pending, QB_ERR_NOT_FOUND,
		             "attr_handle 0x%04x: no such attribute; the last one is 0x%04x",
		             handle, qb_gatt_db_last(ble->host->db));
	} else if (attr->kind != QB_ATTR_VALUE) {
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "attr_handle 0x%04x is not a characteristic value", handle);
	} else if (!(attr->properties & property)) {
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "attr_handle 0x%04x: its properties 0x%02x do not have %s (0x%02x)",
		             handle, attr->properties, what, property);
	} else if (ble->config.strict_cccd &&
	           !(qb_gatt_server_subscribed(&conn->link->server, handle) &
	             (indicate ? 0x02 : 0x01))) {
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "attr_handle 0x%04x: connect_id %u has not subscribed (strict-cccd)",
		             handle, conn->id);
	} else {
		return true;
	}
	return false;
}

static void send_value(const struct qb_value *args, bool indicate, struct qb_pending *pending)
{
	uint16_t handle = (uint16_t)args[1].u;
	const struct qb_value *value = &args[2];
	struct qb_conn *conn;
	struct qb_sent *sent;
	int r = -EBUSY;

	if (!qb_ble_is_started(pending, QB_SERVER))
		return;
	conn = qb_conn_find(pending, args[0].u);
	if (!conn || !may_send(pending, conn, handle, indicate))
		return;
	sent = conn->free_sent;
	if (sent) {
		r = (indicate ? qb_gatt_server_indicate : qb_gatt_server_notify)(
		        &conn->link->server, handle, value->data, value->len, on_sent, sent);
	}
	switch (r) {
	case 0:
		conn->free_sent = sent->next;
		sent->silent = false;
		sent->handle = handle;
		sent->call = pending->call->name;
		qb_call_ok(pending);
		break;
	case -EBUSY:
		qb_call_fail(pending, QB_ERR_BUSY,
		             "connect_id %u: %d values are waiting; go on after an event 25",
		             conn->id, QB_TX_QUEUE_MAX);
		break;
	case -EMSGSIZE:
		qb_call_fail(pending, QB_ERR_TOO_LONG,
		             "value is %zu bytes long, allowed are 0..%u: the MTU of connect_id %u "
		             "is %u",
		             value->len, conn->link->att.mtu - 3u, conn->id, conn->link->att.mtu);
		break;
	case -EACCES:
		qb_call_fail(
		        pending, QB_ERR_NOT_PERMITTED,
		        "attr_handle 0x%04x: its permissions demand more security than the link "
		        "of connect_id %u has",
		        handle, conn->id);
		break;
	case -ENOTCONN:
		qb_call_fail(pending, QB_ERR_NOT_CONNECTED,
		             "connect_id %u: the peer stopped answering", conn->id);
		break;
	default: qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
	}
}

void qb_run_send_notification(struct qb_ble *ble, const struct qb_value *args,
                              struct qb_pending *pending)
{
	send_value(args, false, pending);
}

void qb_run_send_indication(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	send_value(args, true, pending);
}
