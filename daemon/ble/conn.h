/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between conn.c and dial.c: how a Connect call becomes a connection. */
#pragma once

#include "ble/calls.h"

/* An UpdateConnParam that the controller has not taken yet. */
struct qb_update {
	struct qb_pending *pending;
	struct qb_conn *conn;
	uint32_t id;
};

/*
 * The oldest Connect to a peer has ended, with or without a link. False if there is none that
 * anybody still wants to hear of.
 */
bool qb_dial_take(struct qb_ble *ble, const struct qb_addr *peer);

/* Cancels the pending connects to an address (six octets in display order), NULL: all of them. */
void qb_dials_cancel(struct qb_ble *ble, const uint8_t *addr);

/* Tells the end of those that are still pending. */
void qb_dials_abandon(struct qb_ble *ble);

/* The client's role is released: those that are pending end untold. */
void qb_dials_release(struct qb_ble *ble);

/* Event 26, of an outgoing link: the app may begin. */
void qb_conn_ready(struct qb_conn *conn);
