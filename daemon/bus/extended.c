/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The properties of com.quectel.Ble1.Extended, and the vtable of all that is not a plain call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus/bus-internal.h"
#include "version.h"

static int get_version(sd_bus *b, const char *path, const char *interface, const char *property,
                       sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(m, "s", QB_VERSION);
}

/* What goes beyond the document, so that a program can ask before it relies on it. */
static int get_features(sd_bus *b, const char *path, const char *interface, const char *property,
                        sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	return sd_bus_message_append(m, "as", 7, "accept-list", "directed-advertising", "event-log",
	                             "multiple-links", "read-multiple", "rssi", "subscribe");
}

/* The configured controller, whether it is up, and if not, why. */
static int get_controller(sd_bus *b, const char *path, const char *interface, const char *property,
                          sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;

	return sd_bus_message_append(m, "(sbs)", bus->controller, bus->controller_up,
	                             bus->controller_why ? bus->controller_why : "");
}

static int get_address(sd_bus *b, const char *path, const char *interface, const char *property,
                       sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	const struct qb_addr *addr = bus->ble ? qb_ble_address(bus->ble) : NULL;
	char str[QB_ADDR_STR_SIZE] = "";

	return sd_bus_message_append(m, "s", addr ? qb_addr_str(addr, str) : "");
}

static int get_status(sd_bus *b, const char *path, const char *interface, const char *property,
                      sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;

	return sd_bus_message_append(m, "i", bus->ble ? qb_ble_status(bus->ble) : 0);
}

static int get_activity(sd_bus *b, const char *path, const char *interface, const char *property,
                        sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	static const char *const words[] = {"server", "client", "advertising", "scanning",
	                                    "scan-filter"};
	struct qb_bus *bus = userdata;
	unsigned activity = bus->ble ? qb_ble_activity(bus->ble) : 0;
	int r = sd_bus_message_open_container(m, 'a', "s");

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]) && r >= 0; i++)
		if (activity >> i & 1)
			r = sd_bus_message_append_basic(m, 's', words[i]);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int get_reports_dropped(sd_bus *b, const char *path, const char *interface,
                               const char *property, sd_bus_message *m, void *userdata,
                               sd_bus_error *error)
{
	struct qb_bus *bus = userdata;

	return sd_bus_message_append(m, "t", bus->ble ? qb_ble_reports_dropped(bus->ble) : 0);
}

/* connect_id, own role, peer, its address type, MTU, interval, latency, timeout. */
static int get_connections(sd_bus *b, const char *path, const char *interface, const char *property,
                           sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_connection_info rows[QB_LINKS_MAX];
	struct qb_bus *bus = userdata;
	unsigned n = bus->ble ? qb_ble_connections(bus->ble, rows, QB_LINKS_MAX) : 0;
	int r = sd_bus_message_open_container(m, 'a', "(ussuuuuu)");

	for (unsigned i = 0; i < n && i < QB_LINKS_MAX && r >= 0; i++) {
		char str[QB_ADDR_STR_SIZE];

		r = sd_bus_message_append(
		        m, "(ussuuuuu)", rows[i].connect_id, qb_bus_role_text(rows[i].role),
		        qb_addr_str(&rows[i].peer, str), rows[i].peer.type, rows[i].mtu,
		        rows[i].interval, rows[i].latency, rows[i].timeout);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int capture(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	struct qb_bus *bus = userdata;
	int fd = bus->ops->capture(bus->user), r;

	if (fd == -ENOSPC)
		return sd_bus_error_set(error, qb_error_name(QB_ERR_LIMIT_EXCEEDED),
		                        "there are as many captures as there may be");
	if (fd < 0)
		return sd_bus_error_setf(error, qb_error_name(QB_ERR_FAILED), "no pipe: %s",
		                         strerror(-fd));
	r = sd_bus_reply_method_return(m, "h", fd);
	close(fd);
	return r;
}

const sd_bus_vtable qb_bus_extended_vtable[] = {
        SD_BUS_METHOD_WITH_ARGS("GetEvents", SD_BUS_ARGS("t", since, "u", max),
                                SD_BUS_RESULT("t", next, "a(tuiua{sv})", events), qb_bus_get_events,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("WaitEvents", SD_BUS_ARGS("t", since, "u", max, "u", timeout_ms),
                                SD_BUS_RESULT("t", next, "a(tuiua{sv})", events),
                                qb_bus_wait_events, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Subscribe", SD_BUS_ARGS("t", since), SD_BUS_RESULT("t", next),
                                qb_bus_subscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("Unsubscribe", "", "", qb_bus_unsubscribe, SD_BUS_VTABLE_UNPRIVILEGED),
        /* Without UNPRIVILEGED: for root and the daemon's own user, as the keys of links are seen.
         */
        SD_BUS_METHOD_WITH_ARGS("Capture", SD_BUS_NO_ARGS, SD_BUS_RESULT("h", fd), capture, 0),
        SD_BUS_SIGNAL_WITH_ARGS(
                "Event", SD_BUS_ARGS("t", seq, "u", connect_id, "v", arguments, "a{sv}", more), 0),
        SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Features", "as", get_features, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Controller", "(sbs)", get_controller, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Address", "s", get_address, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Status", "i", get_status, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Activity", "as", get_activity, 0, 0),
        SD_BUS_PROPERTY("ReportsDropped", "t", get_reports_dropped, 0, 0),
        SD_BUS_PROPERTY("Connections", "a(ussuuuuu)", get_connections, 0,
                        SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        {0},
};
