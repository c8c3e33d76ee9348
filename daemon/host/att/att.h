/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ATT bearer of one link (Core 5.4, Vol 3, Part F, 3.3): at most one request and one
 * indication of ours in the air, each answered within 30 s or the bearer is dead; the peer's PDUs
 * decoded, checked and handed to the server or the client above.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/att/pdu.h"
#include "host/l2cap/l2cap.h"
#include "util/timer.h"

struct qb_att_ops {
	/* A request or command that is well-formed, for the server. */
	void (*request)(void *user, const struct qb_att_pdu *pdu);
	/* A notification or indication. The bearer confirms an indication afterwards. */
	void (*value)(void *user, const struct qb_att_pdu *pdu);
	/* An exchange, begun by either side, has settled the MTU. */
	void (*mtu)(void *user, uint16_t mtu);
	/* A transaction timed out: no further PDU will be sent or taken. The link should end. */
	void (*timeout)(void *user);
};

/* The answer to a request: a response, an Error Response, or NULL if the bearer ended first. */
typedef void (*qb_att_reply_fn)(void *user, const struct qb_att_pdu *pdu);

struct qb_att {
	struct qb_l2cap *l2cap;
	struct qb_timers *timers;
	const struct qb_att_ops *ops;
	void *user;
	uint16_t mtu;     /* in force */
	uint16_t own_mtu; /* what we can take, 23..517 */
	bool dead;
	/* Our request in the air. */
	uint8_t request; /* its opcode, 0 if there is none */
	qb_att_reply_fn reply;
	void *reply_user;
	struct qb_timer request_timer;
	/* Our indication in the air, and those behind it. */
	struct qb_buf *indication, *indications, **indications_tail;
	qb_buf_done_fn indication_done;
	void *indication_user;
	struct qb_timer indication_timer;
	unsigned waiting;   /* notifications, indications and commands accepted and not yet ended */
	unsigned responses; /* answers queued and not yet taken by the controller */
};

void qb_att_init(struct qb_att *att, struct qb_l2cap *l2cap, struct qb_timers *timers,
                 const struct qb_att_ops *ops, void *user);

/* Ends the bearer: the request's reply comes with NULL, waiting indications end with the reason. */
void qb_att_done(struct qb_att *att, uint8_t reason);

/* One SDU of the ATT channel. */
void qb_att_receive(struct qb_att *att, const uint8_t *sdu, size_t len);
