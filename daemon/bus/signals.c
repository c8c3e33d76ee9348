/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals: the documented arguments of an event, as its row in the table says. */
#include "bus/bus-internal.h"

static int append_arg(sd_bus_message *m, const struct qb_event_arg *arg,
                      const struct qb_event *event)
{
	uint8_t octets[16];
	uint32_t len;

	switch (arg->from) {
	case QB_FROM_U0:
	case QB_FROM_U1:
	case QB_FROM_U2:
	case QB_FROM_U3:
	case QB_FROM_U4:
		return sd_bus_message_append_basic(m, 'u', &event->u[arg->from - QB_FROM_U0]);
	case QB_FROM_RSSI: return sd_bus_message_append_basic(m, 'i', &event->rssi);
	case QB_FROM_NAME:
		return sd_bus_message_append_basic(m, 's', event->name ? event->name : "");
	case QB_FROM_ADDR:
		qb_addr_to_display(&event->addr, octets);
		return sd_bus_message_append_array(m, 'y', octets, 6);
	case QB_FROM_DATA_LEN:
		len = (uint32_t)event->len;
		return sd_bus_message_append_basic(m, 'u', &len);
	case QB_FROM_DATA: return sd_bus_message_append_array(m, 'y', event->data, event->len);
	case QB_FROM_LONG_UUID:
		qb_event_long_uuid(event, octets);
		return sd_bus_message_append_array(m, 'y', octets, 16);
	default: return 0;
	}
}

int qb_bus_append_args(sd_bus_message *m, const struct qb_event *event)
{
	const struct qb_event_def *def = qb_event_find(event->id);
	uint32_t id = event->id;
	int r = sd_bus_message_append_basic(m, 'u', &id);

	if (r >= 0)
		r = sd_bus_message_append_basic(m, 'i', &event->status);
	for (unsigned i = 0; i < QB_EVENT_ARGS_MAX && def->args[i].name && r >= 0; i++)
		r = append_arg(m, &def->args[i], event);
	return r;
}

void qb_bus_send_signal(struct qb_bus *bus, const struct qb_event *event)
{
	sd_bus_message *m = NULL;
	int r;

	if (!bus->bus)
		return;
	r = sd_bus_message_new_signal(bus->bus, &m, QB_BUS_PATH, QB_BUS_INTERFACE,
	                              qb_event_find(event->id)->signal);
	if (r >= 0)
		r = qb_bus_append_args(m, event);
	if (r >= 0)
		sd_bus_send(bus->bus, m, NULL);
	sd_bus_message_unref(m);
}
