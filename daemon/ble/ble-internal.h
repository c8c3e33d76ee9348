/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of ble/ share: the state behind the API, and each other's entry points. */
#pragma once

#include "ble/ble.h"
#include "ble/services.h"
#include "host/host.h"

/* Roles that a program holds, as a mask; also whom an event is for. */
enum {
	QB_SERVER = 1 << 0,
	QB_CLIENT = 1 << 1,
	QB_ANY_ROLE = QB_SERVER | QB_CLIENT,
};

enum qb_run_state {
	QB_STOPPED,
	QB_STARTING, /* GattStart was accepted, event 0 is to come */
	QB_STARTED,
	QB_STOPPING, /* event 1 is to come */
};

/*
 * Something that the controller does or does not: advertising, scanning. Calls that ask for what
 * has been asked for already share its end.
 */
struct qb_switch {
	bool on;              /* as it will be when the controller has done all it was asked */
	struct qb_turn *last; /* the newest request that has no answer yet, or NULL */
};

struct qb_turn {
	struct qb_ble *ble;
	struct qb_switch *sw;
	bool on;
	struct qb_pending *calls;
};

struct qb_adv {
	struct qb_switch sw;
	struct qb_adv_param param;
	uint8_t on_type; /* what advertises, or did so last: SetAdvParam changes the next only */
	bool enabled, has_peer;
	uint8_t flags;              /* of the Flags structure to add */
	struct qb_adv_data data[2]; /* as the app gave them: advertising, scan response */
	unsigned serial[2];         /* counts the changes of each */
	bool resume;                /* a connection ended it, and it should go on after that */
	bool asked;                 /* AdvStart was called since BLE and the role began */
};

struct qb_seen; /* seen.h */

/* A scannable PDU without a name, until its scan response comes. */
struct qb_heard {
	struct qb_list elem;
	uint64_t deadline;
	struct qb_adv_report report;
	uint8_t data[UINT8_MAX];
};

struct qb_scan {
	struct qb_switch sw;
	struct qb_scan_param param;
	bool once; /* setScanFilter: each address once */
	struct qb_seen *seen;
	struct qb_list waiting; /* struct qb_heard, the oldest first */
	unsigned n_waiting;
	struct qb_timer timer; /* of the oldest */
	uint64_t dropped;
};

/* A value on its way to a client. */
struct qb_sent {
	struct qb_conn *conn;
	bool silent; /* whoever sent it has released the role since */
	struct qb_sent *next;
	const char *call;
	uint16_t handle;
};

/* A connection as the API knows it: what link->user points at. */
struct qb_conn {
	struct qb_ble *ble;
	struct qb_link *link;
	uint32_t id;
	bool silent;   /* nobody was told of it, or its end was told already */
	bool updating; /* UpdateConnParam was accepted, event 18 is to come */
	bool mtu_asked;
	unsigned released; /* roles that its events are not for any more: their holder is gone */
	/* GATT client procedures (client.c). */
	unsigned procs;         /* started and not ended, commands apart */
	unsigned found;         /* what the running one has brought */
	uint8_t era;            /* counts the client's releases; older ones end untold */
	struct qb_list answers; /* those that end without a word to the peer */
	unsigned n_answers;
	struct qb_sent *free_sent;
	struct qb_sent sent[QB_TX_QUEUE_MAX];
};

struct qb_ble {
	struct qb_timers *timers;
	struct qb_ble_config config;
	const struct qb_ble_ops *ops;
	void *user;
	struct qb_host *host;
	bool freeing;
	/* The controller. */
	bool present, ready;
	char why[256]; /* why there is none */
	/* Roles and states (start.c). */
	unsigned roles;
	enum qb_run_state state;
	bool up;    /* as getStatus tells it */
	bool muted; /* the last role was released; nobody hears how it stops */
	struct qb_timer stop_timer;
	struct qb_pending *releases; /* calls that wait for the end of a stop */
	/* Connections (conn.c). */
	struct qb_conn *conns[QB_LINKS_MAX]; /* by connect_id */
	unsigned n_links;                    /* with those that are silent */
	struct qb_list dials;                /* Connect calls without a link so far */
	struct qb_adv adv;
	struct qb_scan scan;
	struct qb_services services;
};

/* ble.c: an event for those who hold one of the roles; the first sets "no connection" in it. */
void qb_ble_emit(struct qb_ble *ble, unsigned roles, struct qb_event *event);
void qb_ble_deliver(struct qb_ble *ble, unsigned roles, const struct qb_event *event);
void qb_ble_changed(struct qb_ble *ble, unsigned changes);

/*
 * Whether a call may go on: one of the roles is held; and, in the second, BLE is started. If not,
 * the call has been ended.
 */
bool qb_ble_has_role(struct qb_pending *pending, unsigned roles);
bool qb_ble_is_started(struct qb_pending *pending, unsigned roles);

/* The HCI error code to tell for how something ended. */
static inline uint8_t qb_ble_status_code(uint8_t status)
{
	return status == QB_HCI_ABORTED ? QB_HCI_E_HARDWARE_FAILURE : status;
}

/* Six octets of an argument, as an address. */
static inline struct qb_addr qb_arg_addr(const struct qb_value *type, const struct qb_value *addr)
{
	return qb_addr_from_display((uint8_t)type->u, addr->data);
}

/* Reads the three arguments uuid_type, uuid_s and uuid_l; if they are wrong, ends the call. */
bool qb_arg_uuid(struct qb_pending *pending, const struct qb_value *args, struct qb_uuid *ret);

/* switch.c */
/* Ends the call at once if sw is so already, else when the last request for it ends. */
bool qb_switch_join(struct qb_switch *sw, bool on, struct qb_pending *pending);
/* A new request, for qb_switch_done() to end; pending may be NULL. NULL: it was ended. */
struct qb_turn *qb_switch_turn(struct qb_ble *ble, struct qb_switch *sw, bool on,
                               struct qb_pending *pending);
void qb_switch_done(void *turn, uint8_t status);

/* start.c */
void qb_start_ready(struct qb_ble *ble, uint8_t status);
void qb_start_lost(struct qb_ble *ble);
/* Something that a stop waits for has ended. */
void qb_stop_check(struct qb_ble *ble);

/* adv.c */
void qb_adv_reset(struct qb_ble *ble);
void qb_adv_off(struct qb_ble *ble);
void qb_adv_ended(struct qb_ble *ble, uint8_t status);
void qb_adv_resume(struct qb_ble *ble);

/* scan.c */
void qb_scan_init(struct qb_ble *ble);
void qb_scan_reset(struct qb_ble *ble);
void qb_scan_off(struct qb_ble *ble);
void qb_scan_report(struct qb_ble *ble, const struct qb_adv_report *report);

/* conn.c */
void qb_conn_done(struct qb_ble *ble);
/* NULL, and the call ended, if there is no such connection or it is ending. */
struct qb_conn *qb_conn_find(struct qb_pending *pending, uint32_t connect_id);
/* As qb_ble_emit(), with the connection's id; not for silent ones. */
void qb_conn_emit(struct qb_conn *conn, unsigned roles, struct qb_event *event);
/* The role that a connection belongs to. */
unsigned qb_conn_role(const struct qb_conn *conn);
/* Cancels connects and disconnects links of the roles. */
void qb_conns_end(struct qb_ble *ble, unsigned roles);
/*
 * A role is released: nothing that is under way is told to whoever takes it next. Links of the role
 * are about to end.
 */
void qb_conns_release(struct qb_ble *ble, unsigned role);
bool qb_conns_idle(const struct qb_ble *ble);
void qb_conn_connected(struct qb_ble *ble, struct qb_link *link);
void qb_conn_disconnected(struct qb_ble *ble, struct qb_link *link, uint8_t reason);
void qb_conn_failed(struct qb_ble *ble, const struct qb_addr *peer, uint8_t status);
void qb_conn_mtu(struct qb_conn *conn, uint16_t mtu);
void qb_conn_updated(struct qb_conn *conn, uint8_t status);

/* client.c */
extern const struct qb_gatt_client_ops qb_client_ops;
void qb_client_init(struct qb_conn *conn);
/* Forgets what has no procedure at the host. */
void qb_client_done(struct qb_conn *conn);
/* Goes on with what is under way, but tells nobody how it ends. */
void qb_client_release(struct qb_conn *conn);
/* Exchanges the MTU by itself; event 26 follows. */
void qb_client_begin(struct qb_conn *conn);

/* server.c */
extern const struct qb_gatt_server_ops qb_server_ops;
void qb_server_init(struct qb_conn *conn);
/* As qb_client_release(), of values on their way. */
void qb_server_release(struct qb_conn *conn);
