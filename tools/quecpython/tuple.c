/* SPDX-License-Identifier: MIT */
/* Events as the document's tuples. */
#include "module.h"

static PyObject *bytes(const void *data, size_t len)
{
	return PyByteArray_FromStringAndSize(data, (Py_ssize_t)len);
}

/* Frees the parts where one of them could not be made. N takes the reference of its argument. */
#define TUPLE(format, ...) Py_BuildValue("(Ii" format ")", event->id, event->status, __VA_ARGS__)

static PyObject *data_tuple(const struct qble_event *event)
{
	return TUPLE("IN", (unsigned)event->u.data.len,
	             bytes(event->u.data.data, event->u.data.len));
}

static PyObject *scan_tuple(const struct qble_event *event)
{
	return TUPLE("IsINiIN", event->u.scan.event_type, event->u.scan.name,
	             event->u.scan.addr_type, bytes(event->u.scan.addr, 6), event->u.scan.rssi,
	             (unsigned)event->u.scan.len, bytes(event->u.scan.data, event->u.scan.len));
}

static PyObject *attr_tuple(const struct qble_event *event)
{
	return TUPLE("INIIN", (unsigned)event->u.attr.len,
	             bytes(event->u.attr.data, event->u.attr.len), event->u.attr.attr_handle,
	             event->u.attr.short_uuid, bytes(event->u.attr.long_uuid, 16));
}

PyObject *tuple_of_event(const struct qble_event *event)
{
	switch (event->id) {
	case QBLE_CONNECT_IND:
	case QBLE_DISCONNECT_IND:
		return TUPLE("IN", event->connect_id, bytes(event->u.connect.addr, 6));
	case QBLE_UPDATE_CONN_PARAM_IND:
		return TUPLE("IIIII", event->connect_id, event->u.conn_param.max_interval,
		             event->u.conn_param.min_interval, event->u.conn_param.latency,
		             event->u.conn_param.timeout);
	case QBLE_SCAN_REPORT_IND: return scan_tuple(event);
	case QBLE_GATT_MTU: return TUPLE("II", event->connect_id, event->u.mtu.mtu);
	case QBLE_GATT_RECV_WRITE_IND:
	case QBLE_GATT_RECV_READ_IND: return attr_tuple(event);
	case QBLE_GATT_DISCOVER_SERVICE_IND:
		return TUPLE("III", event->u.service.start_handle, event->u.service.end_handle,
		             event->u.service.short_uuid);
	case QBLE_GATT_RECV_NOTIFICATION_IND:
	case QBLE_GATT_RECV_INDICATION_IND:
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND:
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND:
	case QBLE_GATT_CHARA_READ_IND:
	case QBLE_GATT_CHARA_READ_BY_UUID_IND:
	case QBLE_GATT_CHARA_MULTI_READ_IND:
	case QBLE_GATT_DESC_READ_IND: return data_tuple(event);
	case QBLE_GATT_ATT_ERROR_IND: return TUPLE("I", event->u.att.errcode);
	default: return Py_BuildValue("(Ii)", event->id, event->status);
	}
}
