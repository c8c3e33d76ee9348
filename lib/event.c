/* SPDX-License-Identifier: MIT */
/* Events as they come over D-Bus: the documented arguments, and the named fields beyond them. */
#include <errno.h>
#include <string.h>

#include "client-internal.h"
#include "util/le.h"

/* What kind of arguments an event has after its event_id and status. */
enum kind {
	KIND_NONE,
	KIND_CONNECT,
	KIND_CONN_PARAM,
	KIND_SCAN,
	KIND_MTU,
	KIND_ATTR,
	KIND_DATA,
	KIND_SERVICE,
	KIND_ATT,
};

static const uint8_t kinds[] = {
        [QBLE_CONNECT_IND] = KIND_CONNECT,
        [QBLE_DISCONNECT_IND] = KIND_CONNECT,
        [QBLE_UPDATE_CONN_PARAM_IND] = KIND_CONN_PARAM,
        [QBLE_SCAN_REPORT_IND] = KIND_SCAN,
        [QBLE_GATT_MTU] = KIND_MTU,
        [QBLE_GATT_RECV_WRITE_IND] = KIND_ATTR,
        [QBLE_GATT_RECV_READ_IND] = KIND_ATTR,
        [QBLE_GATT_RECV_NOTIFICATION_IND] = KIND_DATA,
        [QBLE_GATT_RECV_INDICATION_IND] = KIND_DATA,
        [QBLE_GATT_DISCOVER_SERVICE_IND] = KIND_SERVICE,
        [QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND] = KIND_DATA,
        [QBLE_GATT_DISCOVER_CHARA_DESC_IND] = KIND_DATA,
        [QBLE_GATT_CHARA_READ_IND] = KIND_DATA,
        [QBLE_GATT_CHARA_READ_BY_UUID_IND] = KIND_DATA,
        [QBLE_GATT_CHARA_MULTI_READ_IND] = KIND_DATA,
        [QBLE_GATT_DESC_READ_IND] = KIND_DATA,
        [QBLE_GATT_ATT_ERROR_IND] = KIND_ATT,
};

static enum kind kind_of(uint32_t id)
{
	return id < sizeof(kinds) ? kinds[id] : KIND_NONE;
}

static int read_bytes(sd_bus_message *m, const uint8_t **ret, size_t *ret_len)
{
	const void *data;
	int r = sd_bus_message_read_array(m, 'y', &data, ret_len);

	*ret = data;
	return r;
}

static int read_fixed(sd_bus_message *m, uint8_t *ret, size_t len)
{
	const uint8_t *data;
	size_t n;
	int r = read_bytes(m, &data, &n);

	if (r < 0)
		return r;
	if (n != len)
		return -EBADMSG;
	memcpy(ret, data, len);
	return 0;
}

static int read_connect(sd_bus_message *m, struct qble_event *event)
{
	int r = sd_bus_message_read(m, "u", &event->connect_id);

	return r < 0 ? r : read_fixed(m, event->u.connect.addr, sizeof(event->u.connect.addr));
}

static int read_conn_param(sd_bus_message *m, struct qble_event *event)
{
	return sd_bus_message_read(m, "uuuuu", &event->connect_id,
	                           &event->u.conn_param.max_interval,
	                           &event->u.conn_param.min_interval, &event->u.conn_param.latency,
	                           &event->u.conn_param.timeout);
}

static int read_scan(sd_bus_message *m, struct qble_event *event)
{
	uint32_t data_len;
	int r;

	r = sd_bus_message_read(m, "usu", &event->u.scan.event_type, &event->u.scan.name,
	                        &event->u.scan.addr_type);
	if (r >= 0)
		r = read_fixed(m, event->u.scan.addr, sizeof(event->u.scan.addr));
	if (r >= 0)
		r = sd_bus_message_read(m, "iu", &event->u.scan.rssi, &data_len);
	if (r >= 0)
		r = read_bytes(m, &event->u.scan.data, &event->u.scan.len);
	return r;
}

static int read_attr(sd_bus_message *m, struct qble_event *event)
{
	uint32_t data_len;
	int r;

	r = sd_bus_message_read(m, "u", &data_len);
	if (r >= 0)
		r = read_bytes(m, &event->u.attr.data, &event->u.attr.len);
	if (r >= 0)
		r = sd_bus_message_read(m, "uu", &event->u.attr.attr_handle,
		                        &event->u.attr.short_uuid);
	if (r >= 0)
		r = read_fixed(m, event->u.attr.long_uuid, sizeof(event->u.attr.long_uuid));
	if (r < 0)
		return r;
	event->handle = event->u.attr.attr_handle;
	memcpy(event->u.attr.uuid, event->u.attr.long_uuid, sizeof(event->u.attr.uuid));
	if (memcmp(event->u.attr.uuid, (uint8_t[16]){0}, sizeof(event->u.attr.uuid)) == 0)
		qble_uuid_from_short((uint16_t)event->u.attr.short_uuid, event->u.attr.uuid);
	return 0;
}

static int read_data(sd_bus_message *m, struct qble_event *event)
{
	uint32_t data_len;
	int r = sd_bus_message_read(m, "u", &data_len);

	if (r >= 0)
		r = read_bytes(m, &event->u.data.data, &event->u.data.len);
	if (r >= 0 && event->u.data.len >= 2 &&
	    (event->id == QBLE_GATT_RECV_NOTIFICATION_IND ||
	     event->id == QBLE_GATT_RECV_INDICATION_IND))
		event->handle = qb_get_le16(event->u.data.data);
	return r;
}

static int read_arguments(sd_bus_message *m, struct qble_event *event)
{
	int r = sd_bus_message_read(m, "ui", &event->id, &event->status);

	if (r < 0)
		return r;
	switch (kind_of(event->id)) {
	case KIND_NONE: return 0;
	case KIND_CONNECT: return read_connect(m, event);
	case KIND_CONN_PARAM: return read_conn_param(m, event);
	case KIND_SCAN: return read_scan(m, event);
	case KIND_MTU: return sd_bus_message_read(m, "uu", &event->connect_id, &event->u.mtu.mtu);
	case KIND_ATTR: return read_attr(m, event);
	case KIND_DATA: return read_data(m, event);
	case KIND_SERVICE:
		return sd_bus_message_read(m, "uuu", &event->u.service.start_handle,
		                           &event->u.service.end_handle,
		                           &event->u.service.short_uuid);
	default: return sd_bus_message_read(m, "u", &event->u.att.errcode);
	}
}

static int enter(sd_bus_message *m)
{
	const char *contents;
	char type;
	int r = sd_bus_message_peek_type(m, &type, &contents);

	/* What is no container, or the end, has no contents, which sd-bus takes for granted. */
	if (r >= 0 && !contents)
		r = -EBADMSG;
	return r < 0 ? r : sd_bus_message_enter_container(m, type, contents);
}

/* What a newer daemon has added is passed over. */
static int leave(sd_bus_message *m)
{
	int r;

	while ((r = sd_bus_message_at_end(m, false)) == 0)
		if ((r = sd_bus_message_skip(m, NULL)) < 0)
			break;
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* A number, for a field that the record has room for. */
static int read_number(sd_bus_message *m, const char *name, enum kind kind,
                       struct qble_event *event)
{
	uint32_t number;
	int r = sd_bus_message_read(m, "v", "u", &number);

	if (r < 0)
		return r;
	if (strcmp(name, "handle") == 0 && kind != KIND_MTU)
		event->handle = number;
	else if (strcmp(name, "reason") == 0 && kind == KIND_CONNECT)
		event->u.connect.reason = (uint8_t)number;
	else if (strcmp(name, "addr_type") == 0 && kind == KIND_CONNECT)
		event->u.connect.addr_type = number;
	return 0;
}

static int read_text(sd_bus_message *m, const char *name, enum kind kind, struct qble_event *event)
{
	const char *text;
	int r = sd_bus_message_read(m, "v", "s", &text);

	if (r < 0)
		return r;
	if (strcmp(name, "call") == 0)
		event->call = text;
	else if (strcmp(name, "role") == 0)
		event->role = strcmp(text, "peripheral") == 0 ? QBLE_PERIPHERAL : QBLE_CENTRAL;
	else if (strcmp(name, "uuid") == 0 && kind == KIND_SERVICE)
		qble_uuid_from_string(text, event->u.service.uuid);
	return 0;
}

static int read_field(sd_bus_message *m, const char *name, struct qble_event *event)
{
	enum kind kind = kind_of(event->id);
	const char *type;
	int r = sd_bus_message_peek_type(m, NULL, &type);

	if (r < 0)
		return r;
	if (strcmp(type, "u") == 0)
		return read_number(m, name, kind, event);
	if (strcmp(type, "s") == 0)
		return read_text(m, name, kind, event);
	return sd_bus_message_skip(m, "v");
}

static int read_more(sd_bus_message *m, struct qble_event *event)
{
	int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_ARRAY, "{sv}");

	while (r >= 0) {
		const char *name;

		r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
		if (r <= 0)
			break;
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read_field(m, name, event);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* (t seq, u connect_id, v arguments, a{sv} more), the arguments being one struct. */
int qble_event_read(sd_bus_message *message, struct qble_event *ret)
{
	uint32_t connect_id;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = sd_bus_message_read(message, "tu", &ret->seq, &connect_id);
	if (r >= 0)
		r = enter(message);
	if (r >= 0)
		r = enter(message);
	if (r >= 0)
		r = read_arguments(message, ret);
	if (r >= 0)
		r = leave(message);
	if (r >= 0)
		r = leave(message);
	/* An event 16 that failed has a connect_id among its arguments, and no connection. */
	ret->connect_id = connect_id;
	return r < 0 ? r : read_more(message, ret);
}
