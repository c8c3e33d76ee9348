/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the system bus: name, object, and its way back after the bus was gone. */
#include "bus/bus-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/log.h"

/* Between attempts to get the bus back: soon after the loss, then ever more rarely. */
#define RETRY_MIN 250000
#define RETRY_MAX 5000000

/* For what is still queued at the end. */
#define DRAIN_TURNS     100
#define DRAIN_TURN_USEC 10000

static void retry_later(struct qb_bus *bus)
{
	sd_event_source_set_time_relative(bus->retry, bus->retry_pause);
	sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
	bus->retry_pause = bus->retry_pause * 2 < RETRY_MAX ? bus->retry_pause * 2 : RETRY_MAX;
}

/* The radio goes on as it is; only nobody can be told until the bus is back. */
void qb_bus_lost(struct qb_bus *bus, const char *why)
{
	if (sd_event_source_get_enabled(bus->retry, NULL) > 0)
		return;
	qb_log_message(QB_MSG_BUS_LOST, LOG_WARNING,
	               "the connection to the system bus is lost%s%s; trying again",
	               why ? ": " : "", why ? why : "");
	retry_later(bus);
}

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *error)
{
	qb_bus_lost(user, NULL);
	return 0;
}

/* Each reason is logged once, however often it is met again. */
static void log_failure(struct qb_bus *bus, const char *what, int r)
{
	if (r == bus->retry_error)
		return;
	bus->retry_error = r;
	qb_log(LOG_ERR, "cannot %s: %s%s", what, strerror(-r),
	       r == -EEXIST                  ? " (is another qbled running?)"
	       : r == -EACCES || r == -EPERM ? " (is the policy com.quectel.Ble1.conf installed?)"
	                                     : "");
}

static void disconnect_bus(struct qb_bus *bus)
{
	qb_bus_drop_waiters(bus);
	bus->subscribers = sd_bus_track_unref(bus->subscribers);
	bus->bus = sd_bus_close_unref(bus->bus);
}

static int connect_bus(struct qb_bus *bus)
{
	int r = sd_bus_open_system_with_description(&bus->bus, "qbled");

	if (r >= 0)
		r = sd_bus_attach_event(bus->bus, bus->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = sd_bus_match_signal(bus->bus, NULL, "org.freedesktop.DBus.Local",
		                        "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local",
		                        "Disconnected", on_disconnected, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, QB_BUS_PATH, QB_BUS_INTERFACE,
		                             bus->vtable, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus->bus, NULL, QB_BUS_PATH, QB_BUS_EXTENDED,
		                             bus->extended, bus);
	if (r >= 0)
		r = qb_bus_add_log_control(bus->bus);
	if (r >= 0)
		r = sd_bus_track_new(bus->bus, &bus->subscribers, NULL, NULL);
	if (r < 0)
		log_failure(bus, "connect to the system bus", r);
	return r;
}

static void log_name_failure(struct qb_bus *bus, int r)
{
	char what[300];

	snprintf(what, sizeof(what), "take the name %s", bus->name);
	log_failure(bus, what, r);
}

static int take_name(struct qb_bus *bus)
{
	int r = sd_bus_request_name(bus->bus, bus->name, 0);

	if (r == -EEXIST || r == -EACCES || r == -EPERM || r == -EINVAL)
		log_name_failure(bus, r);
	else if (r < 0)
		log_failure(bus, "connect to the system bus", r);
	return r;
}

static int on_name(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct qb_bus *bus = user;
	uint32_t answer = 0;
	int r = -sd_bus_message_get_errno(m);

	if (!r)
		r = sd_bus_message_read(m, "u", &answer);
	/* DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER is 1; the others say that somebody else has it. */
	if (r >= 0 && answer != 1)
		r = -EEXIST;
	if (r < 0) {
		log_name_failure(bus, r);
		retry_later(bus);
		return 0;
	}
	bus->retry_pause = RETRY_MIN;
	bus->retry_error = 0;
	qb_log_message(QB_MSG_BUS_BACK, LOG_NOTICE, "the system bus is back");
	return 0;
}

/* In the background, as the radio cannot wait for a bus that is slow to come back. */
static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct qb_bus *bus = user;
	int r;

	disconnect_bus(bus);
	r = connect_bus(bus);
	if (r >= 0)
		r = sd_bus_request_name_async(bus->bus, NULL, bus->name, 0, on_name, bus);
	if (r < 0) {
		disconnect_bus(bus);
		retry_later(bus);
	}
	return 0;
}

int qb_bus_new(struct qb_bus **ret, sd_event *event, struct qb_clock *clock, const char *name,
               const char *controller, const struct qb_bus_ops *ops, void *user)
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
	bus->name = name;
	bus->controller = controller;
	bus->ops = ops;
	bus->user = user;
	qb_list_init(&bus->waiters);
	bus->retry_pause = RETRY_MIN;
	bus->log = qb_event_log_new(QB_EVENT_LOG_MAX);
	bus->flow = qb_flow_new(bus);
	r = bus->log && bus->flow ? qb_bus_build_vtables(bus) : -ENOMEM;
	if (r >= 0)
		r = sd_event_add_time_relative(event, &bus->retry, CLOCK_MONOTONIC, RETRY_MIN, 0,
		                               on_retry, bus);
	if (r >= 0)
		r = sd_event_source_set_enabled(bus->retry, SD_EVENT_OFF);
	if (r < 0)
		log_failure(bus, "prepare the bus", r);
	else
		r = connect_bus(bus);
	if (r >= 0)
		r = take_name(bus);
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

/* The last answers and events, for as long as the bus takes them. */
static void drain(sd_bus *bus)
{
	uint64_t n;

	for (unsigned turn = 0; turn < DRAIN_TURNS; turn++) {
		if (sd_bus_get_n_queued_write(bus, &n) < 0 || !n)
			return;
		if (sd_bus_wait(bus, DRAIN_TURN_USEC) < 0 || sd_bus_process(bus, NULL) < 0)
			return;
	}
}

void qb_bus_free(struct qb_bus *bus)
{
	if (!bus)
		return;
	if (bus->bus)
		drain(bus->bus);
	disconnect_bus(bus);
	sd_event_source_disable_unref(bus->retry);
	qb_flow_free(bus->flow);
	qb_bus_free_vtables(bus);
	qb_event_log_free(bus->log);
	sd_event_unref(bus->event);
	free(bus->controller_why);
	free(bus);
}

void qb_bus_event(struct qb_bus *bus, const struct qb_event *event)
{
	uint64_t seq = qb_event_log_add(bus->log, event);

	qb_bus_send_signal(bus, event);
	qb_bus_tell_subscribers(bus, seq, event);
	qb_bus_wake_waiters(bus);
	qb_flow_check(bus->flow);
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
