/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documented API over one host: roles, staged services, the calls (see call.h), the events and
 * their order. No I/O, no clock, no bus: like the host, it runs under the daemon, a test or a
 * simulation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ble/call.h"
#include "ble/event.h"
#include "util/addr.h"
#include "util/timer.h"

struct qb_ble;

struct qb_ble_config {
	struct qb_addr static_addr; /* random, made once for this machine */
	uint16_t mtu;               /* 23..517 */
	bool auto_mtu;              /* as client, exchange the MTU at connection */
	bool strict_cccd;           /* send only to clients that subscribed */
	bool auto_advertise;        /* advertise again when a link that ended it is gone */
	unsigned connect_timeout;   /* seconds */
};

/* What the API changes that a property shows. */
enum qb_ble_change {
	QB_CHANGE_STATUS = 1 << 0,
	QB_CHANGE_CONTROLLER = 1 << 1,
	QB_CHANGE_ADDRESS = 1 << 2,
	QB_CHANGE_CONNECTIONS = 1 << 3,
};

struct qb_ble_ops {
	/* One whole H4 packet for the controller; copies what it keeps. */
	void (*send)(void *user, const uint8_t *packet, size_t len);
	/* Something happened. The event and its pointers do not outlast the call. */
	void (*event)(void *user, const struct qb_event *event);
	/* Properties changed: a mask of enum qb_ble_change. */
	void (*changed)(void *user, unsigned changes);
	/*
	 * The controller stopped answering or reported a hardware error. All that follows from it
	 * has been said in events; the transport should be opened anew.
	 */
	void (*controller_failed)(void *user, const char *why);
	/* True if a scan report would only lengthen a queue that its readers do not keep up with.
	 */
	bool (*congested)(void *user);
	/*
	 * Code 1 of setLocalName: writes a UTF-8 string in GBK, at most room octets of it, and
	 * returns how many it takes in all, or -1 if it has no such form.
	 */
	int (*to_gbk)(void *user, const char *utf8, uint8_t *ret, size_t room);
};

/* NULL if memory is out. */
struct qb_ble *qb_ble_new(struct qb_timers *timers, const struct qb_ble_config *config,
                          const struct qb_ble_ops *ops, void *user);

/* Pending calls end with Failed; no events. */
void qb_ble_free(struct qb_ble *ble);

/* The transport is open: the controller is initialised. */
void qb_ble_controller_up(struct qb_ble *ble);

/*
 * There is no controller: why, in words for a person ("hci0 is in use by bluetoothd: ..."). Links
 * end with their events 17, a start or a running state with its event, calls with NoController.
 */
void qb_ble_controller_down(struct qb_ble *ble, const char *why);

/* One whole H4 packet from the controller. */
void qb_ble_input(struct qb_ble *ble, const uint8_t *packet, size_t len);

/* For the properties of com.quectel.Ble1.Extended. */
int qb_ble_status(const struct qb_ble *ble); /* as getStatus: 0 stopped, 1 started */
bool qb_ble_controller_ready(const struct qb_ble *ble);
const struct qb_addr *qb_ble_address(const struct qb_ble *ble); /* NULL while there is none */

/* What goes on, whichever caller began it: a mask. */
enum qb_activity {
	QB_ACTIVITY_SERVER = 1 << 0, /* the server's role is taken */
	QB_ACTIVITY_CLIENT = 1 << 1,
	QB_ACTIVITY_ADVERTISING = 1 << 2,
	QB_ACTIVITY_SCANNING = 1 << 3,
	QB_ACTIVITY_SCAN_FILTER = 1 << 4, /* setScanFilter is 1 */
};
unsigned qb_ble_activity(const struct qb_ble *ble);

struct qb_connection_info {
	uint32_t connect_id;
	uint8_t role; /* QB_ROLE_…: ours */
	struct qb_addr peer;
	uint16_t mtu, interval, latency, timeout;
};

/* Scan reports that nobody could be told, because their readers did not keep up. */
uint64_t qb_ble_reports_dropped(const struct qb_ble *ble);

/* Fills at most max rows and returns how many there are. */
unsigned qb_ble_connections(const struct qb_ble *ble, struct qb_connection_info *ret, unsigned max);
