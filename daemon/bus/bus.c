/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the system bus: name, object, and its way back after the bus was gone. */
#include "bus/bus-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/log.h"

#define RETRY_USEC 1000000

static int connect_bus(struct qb_bus *bus);

static void disconnect_bus(struct qb_bus *bus)
{
	qb_bus_drop_waiters(bus);
	bus->bus = sd_bus_flush_close_unref(bus->bus);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct qb_bus *bus = user;

	if (bus->bus)
		disconnect_bus(bus);
	if (connect_bus(bus) >= 0) {
		qb_log(LOG_NOTICE, "the system bus is back");
		return 0;
	}
	sd_event_source_set_time_relative(bus->retry, RETRY_USEC);
	return sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
}

/* The radio goes on as it is; only nobody can be told until the bus is back. */
static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct qb_bus *bus = user;

	qb_log(LOG_WARNING, "the connection to the system bus is lost; trying again");
	sd_event_source_set_time_relative(bus->retry, RETRY_USEC);
	return sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
}

static int connect_bus(struct qb_bus *bus)
{
	const char *what = "connect to the system bus";
	int r = sd_bus_open_system_with_description(&bus->bus, "qbled");

	if (r >= 0)
		r = sd_bus_attach_event(bus->bus, bus->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal(bus->bus, NULL, "org.freedesktop.DBus.Local", NULL,
		                        "org.freedesktop.DBus.Local", "Disconnected",
		                        on_disconnected, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, QB_BUS_PATH, QB_BUS_INTERFACE,
		                             bus->vtable, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, QB_BUS_PATH, QB_BUS_EXTENDED,
		                             bus->extended, bus);
	if (r >= 0) {
		what = "take the name " QB_BUS_NAME;
		r = sd_bus_request_name(bus->bus, QB_BUS_NAME, 0);
	}
	if (r >= 0)
		return 0;
	qb_log(LOG_ERR, "cannot %s: %s%s", what, strerror(-r),
	       r == -EEXIST                  ? " (is another qbled running?)"
	       : r == -EACCES || r == -EPERM ? " (is the policy com.quectel.Ble1.conf installed?)"
	                                     : "");
	disconnect_bus(bus);
	return r;
}

int qb_bus_new(struct qb_bus **ret, sd_event *event, struct qb_clock *clock, const char *controller)
{
	struct qb_bus *bus;
	unsigned n = 0;
	int r;

	while (qb_calls[n].name)
		n++;
	bus = calloc(1, sizeof(*bus) + n * sizeof(bus->methods[0]));
	if (!bus)
		return -ENOMEM;
	bus->event = sd_event_ref(event);
	bus->clock = clock;
	bus->controller = controller;
	qb_list_init(&bus->waiters);
	bus->log = qb_event_log_new(QB_EVENT_LOG_MAX);
	r = bus->log ? qb_bus_build_vtables(bus) : -ENOMEM;
	if (r >= 0)
		r = sd_event_add_time_relative(event, &bus->retry, CLOCK_MONOTONIC, RETRY_USEC, 0,
		                               on_retry, bus);
	if (r >= 0)
		r = sd_event_source_set_enabled(bus->retry, SD_EVENT_OFF);
	if (r < 0)
		qb_log(LOG_ERR, "cannot prepare the bus: %s", strerror(-r));
	else
		r = connect_bus(bus);
	if (r < 0) {
		qb_bus_free(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

void qb_bus_serve(struct qb_bus *bus, struct qb_ble *ble)
{
	bus->ble = ble;
}

void qb_bus_free(struct qb_bus *bus)
{
	if (!bus)
		return;
	disconnect_bus(bus);
	sd_event_source_disable_unref(bus->retry);
	qb_bus_free_vtables(bus);
	qb_event_log_free(bus->log);
	sd_event_unref(bus->event);
	free(bus->controller_why);
	free(bus);
}

void qb_bus_event(struct qb_bus *bus, const struct qb_event *event)
{
	qb_event_log_add(bus->log, event);
	qb_bus_send_signal(bus, event);
	qb_bus_wake_waiters(bus);
}

void qb_bus_changed(struct qb_bus *bus, unsigned changes)
{
	static const struct {
		unsigned change;
		const char *property;
	} table[] = {
	        {QB_CHANGE_STATUS, "Status"},
	        {QB_CHANGE_CONTROLLER, "Controller"},
	        {QB_CHANGE_ADDRESS, "Address"},
	        {QB_CHANGE_CONNECTIONS, "Connections"},
	};
	const char *names[sizeof(table) / sizeof(table[0]) + 1] = {0};
	unsigned n = 0;

	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (changes & table[i].change)
			names[n++] = table[i].property;
	if (n && bus->bus)
		sd_bus_emit_properties_changed_strv(bus->bus, QB_BUS_PATH, QB_BUS_EXTENDED,
		                                    (char **)names);
}

void qb_bus_controller(struct qb_bus *bus, bool up, const char *why)
{
	bus->controller_up = up;
	free(bus->controller_why);
	bus->controller_why = why ? strdup(why) : NULL;
}

bool qb_bus_congested(struct qb_bus *bus)
{
	uint64_t queued = 0;

	return bus->bus && sd_bus_get_n_queued_write(bus->bus, &queued) >= 0 &&
	       queued > QB_CONGESTED;
}
