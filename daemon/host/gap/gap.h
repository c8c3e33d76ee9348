/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Generic Access Profile: advertising, scanning, connecting and what belongs to a link as a
 * whole, over legacy or extended HCI commands, whichever the controller has (Core 5.4, Vol 3,
 * Part C). Everything ends in a callback: at the latest when the controller is given up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hci/event.h"
#include "host/l2cap/l2cap.h"
#include "util/addr.h"
#include "util/list.h"
#include "util/timer.h"

struct qb_host;
struct qb_link;

/* status: 0, or the HCI error code, or QB_HCI_ABORTED if the controller went away. */
typedef void (*qb_gap_done_fn)(void *user, uint8_t status);

struct qb_connect; /* a pending connect, see connect.c */

/* The part of a host that is GAP's. */
struct qb_gap {
	bool extended; /* the controller has the extended advertising commands: then only those */
	bool advertising, scanning;
	unsigned init_step;
	struct qb_list ops;      /* struct qb_gap_op, the running one first */
	struct qb_list connects; /* struct qb_connect, the one whose turn it is first */
	unsigned n_connects;
	struct qb_connect *initiating; /* the controller is creating a connection to it */
	bool cancelling;               /* and was told to stop that */
	struct qb_timer turn;
};

/* The part of a link that is GAP's. */
struct qb_gap_link {
	uint8_t features[8]; /* the peer's, all zero until it told */
	uint16_t tx_octets;  /* LE data length in force */
	uint8_t tx_phy;
	struct qb_conn_param wanted; /* of an update on its way, for a second try over L2CAP */
	bool updating;
	struct qb_timer update; /* ends an update that was accepted and never came */
	struct qb_timer force;  /* ends a link that the controller does not end in time */
};

/* Largest advertising or scan response data of a legacy PDU. */
#define QB_ADV_DATA_MAX 31

/* As the document's setAdvParam has them, in HCI's numbers. */
struct qb_adv_param {
	uint16_t interval_min, interval_max; /* 0.625 ms, 0x0020..0x4000 */
	uint8_t type;                        /* 0..4, as the document and HCI number them */
	uint8_t own_addr_type;               /* QB_ADDR_PUBLIC falls back to random without one */
	uint8_t channels;                    /* bit mask, 1..7 */
	uint8_t filter;                      /* 0..3 */
	struct qb_addr peer;                 /* of types 1 and 4 */
};

struct qb_adv_data {
	uint8_t len;
	uint8_t data[QB_ADV_DATA_MAX];
};

struct qb_scan_param {
	bool active;
	uint16_t interval, window; /* 0.625 ms */
	uint8_t filter;            /* 0..3 */
	uint8_t own_addr_type;
	bool filter_duplicates; /* in the controller */
};

/* Begins advertising; -> done. The host's state is the floor above's business: it asks in order. */
void qb_gap_adv_start(struct qb_host *host, const struct qb_adv_param *param,
                      const struct qb_adv_data *adv, const struct qb_adv_data *rsp,
                      qb_gap_done_fn done, void *user);
/* Replaces the data of the running advertising. */
void qb_gap_adv_update(struct qb_host *host, const struct qb_adv_data *adv,
                       const struct qb_adv_data *rsp, qb_gap_done_fn done, void *user);
/* Ends it; succeeds if it had ended already. */
void qb_gap_adv_stop(struct qb_host *host, qb_gap_done_fn done, void *user);
bool qb_gap_advertising(const struct qb_host *host);

/* While scanning, each PDU heard comes through the host's report(). */
void qb_gap_scan_start(struct qb_host *host, const struct qb_scan_param *param, qb_gap_done_fn done,
                       void *user);
/* No report comes after done. */
void qb_gap_scan_stop(struct qb_host *host, qb_gap_done_fn done, void *user);
bool qb_gap_scanning(const struct qb_host *host);

/*
 * Connects as central; ends in connected() or connect_failed(), at the latest after the time
 * limit. Several may be pending: they take turns at the controller. 0, -EALREADY if this
 * peer is pending or connected, -EBUSY past QB_CONNECT_PENDING_MAX or without a free link,
 * -ENOMEM, -ENETDOWN while the controller is not up.
 */
int qb_gap_connect(struct qb_host *host, const struct qb_addr *peer, uint64_t timeout_usec);

/*
 * Gives a pending connect up; it ends in connect_failed() with QB_HCI_E_UNKNOWN_CONN, also where
 * the link came up in that moment: nobody hears of that one. -ENOENT if none is pending.
 */
int qb_gap_connect_cancel(struct qb_host *host, const struct qb_addr *peer);
bool qb_gap_connect_pending(const struct qb_host *host, const struct qb_addr *peer);
unsigned qb_gap_connects(const struct qb_host *host);

/* Ends a link; disconnected() follows, by force if the controller does not do it in time. */
void qb_gap_disconnect(struct qb_link *link, uint8_t reason);

/*
 * Asks for other connection parameters, by HCI or, as a peripheral where either side lacks the
 * procedure, through L2CAP. done tells whether the request is on its way; param_updated() tells
 * how it went.
 */
void qb_gap_update_param(struct qb_link *link, const struct qb_conn_param *param,
                         qb_gap_done_fn done, void *user);

/* The signal strength of a link in dBm (127: unknown). */
typedef void (*qb_gap_rssi_fn)(void *user, uint8_t status, int8_t rssi);
void qb_gap_read_rssi(struct qb_link *link, qb_gap_rssi_fn done, void *user);

/* The controller's accept list. Refused (0x0c) by the controller while a filter uses it. */
void qb_gap_accept_list_add(struct qb_host *host, const struct qb_addr *addr, qb_gap_done_fn done,
                            void *user);
void qb_gap_accept_list_remove(struct qb_host *host, const struct qb_addr *addr,
                               qb_gap_done_fn done, void *user);
void qb_gap_accept_list_clear(struct qb_host *host, qb_gap_done_fn done, void *user);

/* Between the host and GAP's parts. */

/* Once for each host. */
void qb_gap_setup(struct qb_host *host);
/* Resets and initialises the controller; ends in the host's ready(). */
void qb_gap_init(struct qb_host *host);
/* The controller is gone: pending connects end in connect_failed(), operations with ABORTED. */
void qb_gap_lost(struct qb_host *host);
/* An event of the controller. */
void qb_gap_event(struct qb_host *host, uint8_t code, const uint8_t *param, size_t len);

void qb_gap_link_init(struct qb_link *link);
void qb_gap_link_done(struct qb_link *link);
/* What the L2CAP signalling channel brings. */
bool qb_gap_param_request(struct qb_link *link, const struct qb_conn_param *param);
void qb_gap_param_response(struct qb_link *link, bool accepted);
