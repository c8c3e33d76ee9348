/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of bus/ share. */
#pragma once

#include "ble/log.h"
#include "bus/bus.h"
#include "util/list.h"

/* Method calls that wait for their end at once; more are refused. */
#define QB_REPLIES_MAX 4096

/*
 * Messages queued to be sent: from CONGESTED on scan reports are left out, from SATURATED on the
 * controller waits. A bus that takes nothing at all is given up at STUCK.
 */
#define QB_CONGESTED 1024
#define QB_SATURATED 8192
#define QB_STUCK     65536

/* A method of the vtable leads to its call by its offset from the bus. */
struct qb_method {
	struct qb_bus *bus;
	const struct qb_call *call;
};

struct qb_bus {
	sd_event *event;
	sd_bus *bus; /* NULL while disconnected */
	sd_event_source *retry;
	uint64_t retry_pause;
	int retry_error; /* the last one that was logged */
	struct qb_flow *flow;
	struct qb_clock *clock;
	struct qb_ble *ble;
	struct qb_event_log *log;
	const struct qb_bus_ops *ops;
	void *user;
	const char *name, *controller;
	bool controller_up;
	char *controller_why;
	unsigned replies;
	struct qb_list waiters; /* callers in WaitEvents */
	unsigned n_waiters;
	sd_bus_track *subscribers; /* their names, while connected */
	sd_bus_vtable *vtable, *extended;
	char **names; /* argument names of the vtables */
	unsigned n_names;
	struct qb_method methods[]; /* one for each row of qb_calls */
};

/* bus.c: the connection is of no use any more; it is made anew from the loop. */
void qb_bus_lost(struct qb_bus *bus, const char *why);

/* flow.c: holds the controller up while the bus is behind. */
struct qb_flow *qb_flow_new(struct qb_bus *bus);
void qb_flow_free(struct qb_flow *flow);
void qb_flow_check(struct qb_flow *flow);

/* log-control.c: the level of the log, on the bus. */
int qb_bus_add_log_control(sd_bus *bus);

/* methods.c: the vtables, and the one handler of all calls of the table. */
int qb_bus_build_vtables(struct qb_bus *bus);
void qb_bus_free_vtables(struct qb_bus *bus);

/* signals.c: the documented arguments, and the signal with them. */
int qb_bus_append_args(sd_bus_message *m, const struct qb_event *event);
void qb_bus_send_signal(struct qb_bus *bus, const struct qb_event *event);

/* extended.c: the members that are not calls of the table; ends with a row of type 0. */
extern const sd_bus_vtable qb_bus_extended_vtable[];

/* waiters.c */
int qb_bus_get_events(sd_bus_message *m, void *userdata, sd_bus_error *error);
int qb_bus_wait_events(sd_bus_message *m, void *userdata, sd_bus_error *error);
void qb_bus_wake_waiters(struct qb_bus *bus);
void qb_bus_drop_waiters(struct qb_bus *bus);

/* subscribers.c */
int qb_bus_subscribe(sd_bus_message *m, void *userdata, sd_bus_error *error);
int qb_bus_unsubscribe(sd_bus_message *m, void *userdata, sd_bus_error *error);
void qb_bus_tell_subscribers(struct qb_bus *bus, uint64_t seq, const struct qb_event *event);

/* fields.c: the named fields of an event, an a{sv}: all, or those beyond its arguments and data. */
int qb_bus_append_fields(sd_bus_message *m, const struct qb_event *event);
int qb_bus_append_more(sd_bus_message *m, const struct qb_event *event);
const char *qb_bus_role_text(uint8_t role);
