/* SPDX-License-Identifier: MIT */
/* An event's fields as the daemon's log has them, of the record that the library hands out. */
#include <string.h>

#include "ble/error.h"
#include "qblectl.h"

static void add_u(json_object *object, const char *key, uint32_t value)
{
	ctl_json_add(object, key, json_object_new_int64(value));
}

static void add_addr(json_object *object, const uint8_t addr[6])
{
	char str[QBLE_ADDR_STRING_SIZE];

	ctl_json_add(object, "addr", json_object_new_string(qble_addr_to_string(addr, str)));
}

static void add_data(json_object *object, const uint8_t *data, size_t len)
{
	add_u(object, "data_len", (uint32_t)len);
	ctl_json_add(object, "data", ctl_json_octets(data, len));
}

static void add_role(json_object *object, const struct qble_event *event)
{
	ctl_json_add(
	        object, "role",
	        json_object_new_string(event->role == QBLE_CENTRAL ? "central" : "peripheral"));
}

static void add_connect(json_object *object, const struct qble_event *event)
{
	bool failed = event->connect_id == QBLE_NO_CONNECTION;

	/* As the document has it. */
	add_u(object, "connect_id", failed ? 0xff : event->connect_id);
	add_addr(object, event->u.connect.addr);
	add_role(object, event);
	add_u(object, "addr_type", event->u.connect.addr_type);
	if (event->id == QBLE_CONNECT_IND && !event->status)
		return;
	add_u(object, "reason", event->u.connect.reason);
	ctl_json_add(object, "reason_text",
	             json_object_new_string(qb_hci_error_text(event->u.connect.reason)));
}

static void add_conn_param(json_object *object, const struct qble_event *event)
{
	add_u(object, "connect_id", event->connect_id);
	add_u(object, "max_interval", event->u.conn_param.max_interval);
	add_u(object, "min_interval", event->u.conn_param.min_interval);
	add_u(object, "latency", event->u.conn_param.latency);
	add_u(object, "timeout", event->u.conn_param.timeout);
	add_role(object, event);
}

static void add_scan(json_object *object, const struct qble_event *event)
{
	add_u(object, "event_type", event->u.scan.event_type);
	ctl_json_add(object, "name", json_object_new_string(event->u.scan.name));
	add_u(object, "addr_type", event->u.scan.addr_type);
	add_addr(object, event->u.scan.addr);
	ctl_json_add(object, "rssi", json_object_new_int(event->u.scan.rssi));
	add_data(object, event->u.scan.data, event->u.scan.len);
}

static void add_attr(json_object *object, const struct qble_event *event)
{
	add_data(object, event->u.attr.data, event->u.attr.len);
	add_u(object, "attr_handle", event->u.attr.attr_handle);
	add_u(object, "short_uuid", event->u.attr.short_uuid);
	ctl_json_add(object, "uuid", ctl_json_uuid(event->u.attr.uuid));
}

static void add_service(json_object *object, const struct qble_event *event)
{
	add_u(object, "start_handle", event->u.service.start_handle);
	add_u(object, "end_handle", event->u.service.end_handle);
	add_u(object, "short_uuid", event->u.service.short_uuid);
	ctl_json_add(object, "uuid", ctl_json_uuid(event->u.service.uuid));
}

/* The next of whatever these are; NULL after the last one. */
static json_object *next_entry(struct qble_entries *entries)
{
	struct qble_include include;
	struct qble_chara chara;
	struct qble_desc desc;
	struct qble_value value;
	uint8_t uuid[16];
	json_object *entry = json_object_new_object();

	if (qble_next_chara(entries, &chara)) {
		add_u(entry, "handle", chara.handle);
		add_u(entry, "properties", chara.properties);
		add_u(entry, "value_handle", chara.value_handle);
		ctl_json_add(entry, "uuid", ctl_json_uuid(chara.uuid));
	} else if (qble_next_include(entries, &include)) {
		add_u(entry, "handle", include.handle);
		add_u(entry, "start_handle", include.start_handle);
		add_u(entry, "end_handle", include.end_handle);
		qble_uuid_from_short(include.short_uuid, uuid);
		if (include.short_uuid)
			ctl_json_add(entry, "uuid", ctl_json_uuid(uuid));
	} else if (qble_next_desc(entries, &desc)) {
		add_u(entry, "handle", desc.handle);
		ctl_json_add(entry, "uuid", ctl_json_uuid(desc.uuid));
	} else if (qble_next_value(entries, &value)) {
		add_u(entry, "handle", value.handle);
		ctl_json_add(entry, "value", ctl_json_octets(value.data, value.len));
	} else {
		json_object_put(entry);
		return NULL;
	}
	return entry;
}

static void add_packed(json_object *object, const struct qble_event *event)
{
	json_object *array, *entry;
	struct qble_entries entries;
	struct qble_value value;

	add_data(object, event->u.data.data, event->u.data.len);
	if (qble_entries_init(&entries, event) < 0)
		return;
	if (event->id == QBLE_GATT_RECV_NOTIFICATION_IND ||
	    event->id == QBLE_GATT_RECV_INDICATION_IND) {
		qble_next_value(&entries, &value);
		add_u(object, "handle", value.handle);
		ctl_json_add(object, "value", ctl_json_octets(value.data, value.len));
		return;
	}
	array = json_object_new_array();
	while ((entry = next_entry(&entries)))
		json_object_array_add(array, entry);
	ctl_json_add(object, "entries", array);
}

static void add_documented(json_object *object, const struct qble_event *event)
{
	switch (event->id) {
	case QBLE_CONNECT_IND:
	case QBLE_DISCONNECT_IND: add_connect(object, event); break;
	case QBLE_UPDATE_CONN_PARAM_IND: add_conn_param(object, event); break;
	case QBLE_SCAN_REPORT_IND: add_scan(object, event); break;
	case QBLE_GATT_MTU:
		add_u(object, "handle", event->connect_id);
		add_u(object, "mtu", event->u.mtu.mtu);
		add_role(object, event);
		break;
	case QBLE_GATT_RECV_WRITE_IND:
	case QBLE_GATT_RECV_READ_IND: add_attr(object, event); break;
	case QBLE_GATT_DISCOVER_SERVICE_IND: add_service(object, event); break;
	case QBLE_GATT_RECV_NOTIFICATION_IND:
	case QBLE_GATT_RECV_INDICATION_IND:
	case QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND:
	case QBLE_GATT_DISCOVER_CHARA_DESC_IND:
	case QBLE_GATT_CHARA_READ_IND:
	case QBLE_GATT_CHARA_READ_BY_UUID_IND:
	case QBLE_GATT_CHARA_MULTI_READ_IND:
	case QBLE_GATT_DESC_READ_IND: add_packed(object, event); break;
	case QBLE_GATT_ATT_ERROR_IND:
		add_u(object, "errcode", event->u.att.errcode);
		ctl_json_add(
		        object, "error_text",
		        json_object_new_string(qb_att_error_text((uint8_t)event->u.att.errcode)));
		break;
	default: break;
	}
}

json_object *ctl_event_fields(const struct qble_event *event)
{
	json_object *object = json_object_new_object();

	add_documented(object, event);
	if (!event->call)
		return object;
	ctl_json_add(object, "call", json_object_new_string(event->call));
	if (event->handle)
		add_u(object, "handle", event->handle);
	return object;
}
