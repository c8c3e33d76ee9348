/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * com.quectel.Ble1 on the system bus: methods in, signals out, both made from the tables of calls
 * and events. No BLE knowledge.
 */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "ble/ble.h"
#include "util/clock.h"

#define QB_BUS_NAME      "com.quectel.Ble1"
#define QB_BUS_PATH      "/com/quectel/Ble1"
#define QB_BUS_INTERFACE "com.quectel.Ble1"
#define QB_BUS_EXTENDED  "com.quectel.Ble1.Extended"

struct qb_bus;

/* What the bus wants of the daemon below it, the API apart. */
struct qb_bus_ops {
	/*
	 * A pause, and its end: while the bus does not keep up with the events, the controller is
	 * to wait, which costs nobody anything but time.
	 */
	void (*pause)(void *user, bool pause);
	/* A capture: returns a descriptor to read it from, or a negative errno. */
	int (*capture)(void *user);
};

/*
 * Connects to the system bus and takes the name, which must last; a connection that is lost later
 * is made again as soon as the bus is back. controller: the text that the property Controller
 * begins with. Returns 0 or a negative errno, and has logged why.
 */
int qb_bus_new(struct qb_bus **ret, sd_event *event, struct qb_clock *clock, const char *name,
               const char *controller, const struct qb_bus_ops *ops, void *user);

/* The calls go to ble from now on. */
void qb_bus_serve(struct qb_bus *bus, struct qb_ble *ble);

/* Sends what is still queued and disconnects. NULL is fine. */
void qb_bus_free(struct qb_bus *bus);

/* Logs an event, sends its signal and answers who waits for it. */
void qb_bus_event(struct qb_bus *bus, const struct qb_event *event);

/* Properties changed: a mask of enum qb_ble_change. */
void qb_bus_changed(struct qb_bus *bus, unsigned changes);

/* Whether the controller is up and, if not, why; shown in the property Controller. */
void qb_bus_controller(struct qb_bus *bus, bool up, const char *why);

/* True while more signals wait to be sent than a reader should be behind. */
bool qb_bus_congested(struct qb_bus *bus);
