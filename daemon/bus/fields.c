/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The named fields of a logged event: the documented arguments under their names, with addresses
 * and UUIDs as text, and what the document leaves out or leaves packed.
 */
#include <string.h>

#include "bus/bus-internal.h"
#include "host/hci/spec.h"
#include "util/le.h"

const char *qb_bus_role_text(uint8_t role)
{
	return role == QB_ROLE_CENTRAL ? "central" : "peripheral";
}

static int append(sd_bus_message *m, const char *name, const char *type, const void *value)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', type);
	if (r >= 0)
		r = sd_bus_message_append_basic(m, type[0], value);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_u(sd_bus_message *m, const char *name, uint32_t value)
{
	return append(m, name, "u", &value);
}

static int append_uuid(sd_bus_message *m, const struct qb_uuid *uuid)
{
	char str[QB_UUID_STR_SIZE];

	return append(m, "uuid", "s", qb_uuid_str(uuid, str));
}

static int append_octets(sd_bus_message *m, const char *name, const uint8_t *data, size_t len)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', name);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', data, len);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_documented(sd_bus_message *m, const struct qb_event_arg *arg,
                             const struct qb_event *event)
{
	char str[QB_ADDR_STR_SIZE];

	switch (arg->from) {
	case QB_FROM_RSSI: return append(m, arg->name, "i", &event->rssi);
	case QB_FROM_NAME: return append(m, arg->name, "s", event->name ? event->name : "");
	case QB_FROM_ADDR: return append(m, arg->name, "s", qb_addr_str(&event->addr, str));
	case QB_FROM_DATA_LEN: return append_u(m, arg->name, (uint32_t)event->len);
	case QB_FROM_DATA: return append_octets(m, arg->name, event->data, event->len);
	case QB_FROM_LONG_UUID: return append_uuid(m, &event->uuid);
	default: return append_u(m, arg->name, event->u[arg->from - QB_FROM_U0]);
	}
}

/* One entry of a 28: 2 octets of handle, then an include (6, 8) or a characteristic (7, 21). */
static int append_declaration(sd_bus_message *m, const uint8_t *p, size_t size)
{
	struct qb_uuid uuid;
	int r = append_u(m, "handle", qb_get_le16(p));

	if (size == 7 || size == 21) {
		if (r >= 0)
			r = append_u(m, "properties", p[2]);
		if (r >= 0)
			r = append_u(m, "value_handle", qb_get_le16(p + 3));
		if (r >= 0 && qb_uuid_from_le(&uuid, p + 5, size - 5))
			r = append_uuid(m, &uuid);
		return r;
	}
	if (r >= 0)
		r = append_u(m, "start_handle", qb_get_le16(p + 2));
	if (r >= 0)
		r = append_u(m, "end_handle", qb_get_le16(p + 4));
	if (r >= 0 && size == 8 && qb_uuid_from_le(&uuid, p + 6, 2))
		r = append_uuid(m, &uuid);
	return r;
}

/* One entry of a 29: handle and UUID. */
static int append_descriptor(sd_bus_message *m, const uint8_t *p, size_t size)
{
	struct qb_uuid uuid;
	int r = append_u(m, "handle", qb_get_le16(p));

	if (r >= 0 && qb_uuid_from_le(&uuid, p + 2, size - 2))
		r = append_uuid(m, &uuid);
	return r;
}

/* One entry of a 33: handle and value. */
static int append_value(sd_bus_message *m, const uint8_t *p, size_t size)
{
	int r = append_u(m, "handle", qb_get_le16(p));

	return r < 0 ? r : append_octets(m, "value", p + 2, size - 2);
}

typedef int (*entry_fn)(sd_bus_message *m, const uint8_t *p, size_t size);

static int append_entries(sd_bus_message *m, const uint8_t *p, size_t len, size_t size, entry_fn fn)
{
	int r = sd_bus_message_open_container(m, 'e', "sv");

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 's', "entries");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "aa{sv}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "a{sv}");
	for (; len >= size && r >= 0; p += size, len -= size) {
		r = sd_bus_message_open_container(m, 'a', "{sv}");
		if (r >= 0)
			r = fn(m, p, size);
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	for (int depth = 0; depth < 3 && r >= 0; depth++)
		r = sd_bus_message_close_container(m);
	return r;
}

/* What the packed data of some events holds. */
static int append_parsed(sd_bus_message *m, const struct qb_event *event)
{
	const uint8_t *p = event->data;
	size_t len = event->len;
	int r;

	switch (event->id) {
	case QB_EV_RECV_NOTIFICATION:
	case QB_EV_RECV_INDICATION:
		if (len < 2)
			return 0;
		r = append_u(m, "handle", qb_get_le16(p));
		return r < 0 ? r : append_octets(m, "value", p + 2, len - 2);
	case QB_EV_DISCOVER_CHARAS:
		if (len < 1 || p[0] < 6)
			return 0;
		return append_entries(m, p + 1, len - 1, p[0], append_declaration);
	case QB_EV_DISCOVER_DESCS:
		if (len < 1)
			return 0;
		return append_entries(m, p + 1, len - 1, p[0] == 1 ? 4 : 18, append_descriptor);
	case QB_EV_CHARA_READ_BY_UUID:
		if (len < 1 || p[0] < 2)
			return 0;
		return append_entries(m, p + 1, len - 1, p[0], append_value);
	default: return 0;
	}
}

static int append_role(sd_bus_message *m, const struct qb_event *event)
{
	return append(m, "role", "s", qb_bus_role_text(event->role));
}

static int append_link(sd_bus_message *m, const struct qb_event *event)
{
	int r = append_role(m, event);

	if (r >= 0)
		r = append_u(m, "addr_type", event->addr.type);
	if (r < 0 || (event->id == QB_EV_CONNECT && !event->status))
		return r;
	r = append_u(m, "reason", event->reason);
	return r < 0 ? r : append(m, "reason_text", "s", qb_hci_error_text(event->reason));
}

/* What neither the documented arguments nor the packed data says. */
static int append_beyond(sd_bus_message *m, const struct qb_event *event)
{
	int r = 0;

	switch (event->id) {
	case QB_EV_CONNECT:
	case QB_EV_DISCONNECT: r = append_link(m, event); break;
	/* The other two that both roles have: whose it is cannot be told from the event's ID. */
	case QB_EV_UPDATE_CONN_PARAM:
	case QB_EV_MTU: r = append_role(m, event); break;
	case QB_EV_DISCOVER_SERVICE: r = append_uuid(m, &event->uuid); break;
	case QB_EV_ATT_ERROR:
		r = append(m, "error_text", "s", qb_att_error_text((uint8_t)event->u[0]));
	}
	if (r >= 0 && event->call)
		r = append(m, "call", "s", event->call);
	if (r >= 0 && event->handle && event->call)
		r = append_u(m, "handle", event->handle);
	return r;
}

int qb_bus_append_fields(sd_bus_message *m, const struct qb_event *event)
{
	const struct qb_event_def *def = qb_event_find(event->id);
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	for (unsigned i = 0; i < QB_EVENT_ARGS_MAX && def->args[i].name && r >= 0; i++)
		r = append_documented(m, &def->args[i], event);
	if (r >= 0)
		r = append_parsed(m, event);
	if (r >= 0)
		r = append_beyond(m, event);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

int qb_bus_append_more(sd_bus_message *m, const struct qb_event *event)
{
	int r = sd_bus_message_open_container(m, 'a', "{sv}");

	if (r >= 0)
		r = append_beyond(m, event);
	return r < 0 ? r : sd_bus_message_close_container(m);
}
