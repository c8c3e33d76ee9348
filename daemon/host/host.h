/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole Bluetooth LE host: one controller below, any number of links, one GATT database. It does
 * no I/O and reads no clock. Whoever runs it hands in packets and the time and takes packets out,
 * so the same object code runs against a radio, a script, a fuzzer or a simulation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/gap/gap.h"
#include "host/gatt/client.h"
#include "host/gatt/db.h"
#include "host/gatt/known.h"
#include "host/gatt/server.h"
#include "host/hci/hci.h"
#include "host/smp/smp.h"
#include "util/addr.h"
#include "util/buf.h"
#include "util/list.h"
#include "util/timer.h"

struct qb_host;

/* One connection and everything that lives and dies with it. */
struct qb_link {
	struct qb_host *host;
	struct qb_list elem;
	uint16_t handle;
	uint8_t role; /* QB_ROLE_CENTRAL or QB_ROLE_PERIPHERAL: ours */
	struct qb_addr peer;
	/* Parameters in force: interval in 1.25 ms, latency in events, timeout in 10 ms. */
	uint16_t interval, latency, timeout;
	struct qb_gap_link gap;
	struct qb_l2cap l2cap;
	struct qb_smp smp;
	struct qb_att att;
	struct qb_gatt_server server;
	struct qb_gatt_client client;
	bool ending; /* on its way out: nothing more is started on it */
	void *user;  /* the floor above's */
};

struct qb_host_ops {
	/* One whole H4 packet for the controller; copies what it keeps. */
	void (*send)(void *user, const uint8_t *packet, size_t len);

	/* The controller is up, or what it answered instead (QB_HCI_ABORTED: it stopped answering).
	 */
	void (*ready)(void *user, uint8_t status);
	/* A controller that was up is lost: every link has ended, qb_host_start() begins anew. */
	void (*failed)(void *user, const char *why);

	/* A link is up. The floor above may set link->user and start procedures. */
	void (*connected)(void *user, struct qb_link *link);
	/*
	 * A link is gone, and is freed on return. reason is the HCI error code of its end. What was
	 * pending on it has ended before through its own callbacks.
	 */
	void (*disconnected)(void *user, struct qb_link *link, uint8_t reason);
	/* A qb_gap_connect() ended without a link. */
	void (*connect_failed)(void *user, const struct qb_addr *peer, uint8_t status);
	/* New parameters are in force (status 0), or an attempt to change them failed. */
	void (*param_updated)(void *user, struct qb_link *link, uint8_t status);
	/* Advertising ended by itself: with 0 by a connection, else by the directed time limit. */
	void (*adv_ended)(void *user, uint8_t status);
	/* A PDU was heard while scanning. */
	void (*report)(void *user, const struct qb_adv_report *report);
	/* An MTU exchange, begun by either side, has settled the link's MTU. */
	void (*mtu)(void *user, struct qb_link *link, uint16_t mtu);

	/* GATT, both called with the struct qb_link as user. */
	const struct qb_gatt_server_ops *server;
	const struct qb_gatt_client_ops *client;
};

struct qb_host {
	const struct qb_host_ops *ops;
	void *user;
	struct qb_timers *timers;
	struct qb_pool pool;
	struct qb_hci hci;
	struct qb_gap gap;
	struct qb_list links;
	unsigned n_links;
	struct qb_gatt_db *db;
	struct qb_gatt_known known;
	struct qb_addr static_addr; /* random, for where there is no public address */
	struct qb_addr public_addr; /* all zero if the controller has none */
	uint16_t mtu;               /* what we offer and accept, 23..517 */
	uint8_t commands[64];       /* Read Local Supported Commands */
	uint8_t features[8];        /* LE Read Local Supported Features */
	bool starting, up;
};

/* static_addr: a valid static random address. NULL if memory is out. */
struct qb_host *qb_host_new(struct qb_timers *timers, const struct qb_addr *static_addr,
                            uint16_t mtu, const struct qb_host_ops *ops, void *user);

/* Ends everything as qb_host_lost() does, with its callbacks. NULL is fine. */
void qb_host_free(struct qb_host *host);

/* The transport is there: resets and initialises the controller; ends in ready(). */
void qb_host_start(struct qb_host *host);

/*
 * The transport is gone: every link ends with disconnected(), every pending command and connect
 * with its callback. Does nothing if the host is not started. No failed() comes from it.
 */
void qb_host_lost(struct qb_host *host);

/* One whole H4 packet from the controller. */
void qb_host_input(struct qb_host *host, const uint8_t *packet, size_t len);

/* The address that others know us by: public where the controller has one. */
const struct qb_addr *qb_host_address(const struct qb_host *host);

/* True if the controller says that it knows a command (a QB_HCI_CMD_… number). */
bool qb_host_has_command(const struct qb_host *host, unsigned command);

static inline bool qb_host_has_feature(const struct qb_host *host, unsigned feature)
{
	return host->features[feature / 8] >> feature % 8 & 1;
}

/* The link with a connection handle, or to a peer; NULL if there is none. */
struct qb_link *qb_host_link(struct qb_host *host, uint16_t handle);
struct qb_link *qb_host_link_to(struct qb_host *host, const struct qb_addr *peer);
