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

/* The callbacks may send and ask, but not end the bearer. */
struct qb_att_ops {
	/* A request or command that is well-formed. A request must be answered from within. */
	void (*request)(void *user, const struct qb_att_pdu *pdu);
	/* A notification or indication. The bearer confirms an indication afterwards. */
	void (*value)(void *user, const struct qb_att_pdu *pdu);
	/* An exchange, begun by either side, has settled the MTU. */
	void (*mtu)(void *user, uint16_t mtu);
	/* A transaction timed out: no further PDU will be sent or taken. The link should end. */
	void (*timeout)(void *user);
};

/* How a request of ours ended. */
enum qb_att_outcome {
	QB_ATT_ANSWERED,   /* with its response, or an Error Response with a code that is not 0 */
	QB_ATT_BAD_ANSWER, /* with something that does not answer it */
	QB_ATT_TIMED_OUT,
	QB_ATT_LINK_ENDED,
};

/* pdu is NULL unless the outcome is QB_ATT_ANSWERED. */
typedef void (*qb_att_reply_fn)(void *user, enum qb_att_outcome outcome,
                                const struct qb_att_pdu *pdu);

/* How safe the link is. Without pairing it stays at all zero. */
struct qb_att_security {
	bool encrypted;
	bool authenticated; /* the key that encrypts it comes from pairing with MITM protection */
	bool bonded;        /* there is a key to encrypt it with */
	uint8_t key_size;   /* of the key that encrypts it, in octets */
};

struct qb_att {
	struct qb_l2cap *l2cap;
	struct qb_timers *timers;
	const struct qb_att_ops *ops;
	void *user;
	uint16_t mtu;     /* in force */
	uint16_t own_mtu; /* what we can take, 23..517 */
	struct qb_att_security security;
	bool dead;
	/* Our request in the air. */
	uint8_t request; /* its opcode, 0 if there is none */
	qb_att_reply_fn reply;
	void *reply_user;
	struct qb_timer request_timer;
	/* Our indication in the air, and those behind it. */
	bool indicating;
	qb_buf_done_fn indication_done;
	void *indication_user;
	struct qb_timer indication_timer;
	struct qb_buf *indications, **indications_tail;
	/* Notifications that wait for the answer to our MTU request. */
	struct qb_buf *held, **held_tail;
	unsigned below; /* notifications and commands that are handed down and not yet ended */
	uint8_t why;    /* it is dead */
	/* The peer's request: the buffer that its answer will go into, NULL when it is answered. */
	struct qb_buf *answer;
	unsigned waiting;   /* notifications, indications and commands accepted and not yet ended */
	unsigned responses; /* answers queued and not yet taken by the controller */
};

void qb_att_init(struct qb_att *att, struct qb_l2cap *l2cap, struct qb_timers *timers,
                 const struct qb_att_ops *ops, void *user);

/* Ends the bearer: the request's reply comes, waiting indications end with the reason. */
void qb_att_done(struct qb_att *att, uint8_t reason);

/* One SDU of the ATT channel. */
void qb_att_receive(struct qb_att *att, const uint8_t *sdu, size_t len);

/*
 * Asks. reply is called exactly once for each call that returned 0. -EBUSY while another request
 * is in the air, -EMSGSIZE if it does not fit the MTU, -ENOMEM, -ENOTCONN after a time-out.
 */
int qb_att_request(struct qb_att *att, const struct qb_att_pdu *pdu, qb_att_reply_fn reply,
                   void *user);

/* True if as many sent PDUs wait as a link may have: time to say -EBUSY. */
static inline bool qb_att_full(const struct qb_att *att)
{
	return att->waiting >= QB_TX_QUEUE_MAX;
}

/*
 * Sends a Handle Value Notification or a Write Command, or queues a Handle Value Indication. done,
 * unless it is NULL, is called exactly once for each call that returned 0: when the controller has
 * taken it, an indication's when the peer has confirmed it; with an HCI error code if the link or
 * the bearer ended first. -EMSGSIZE, -ENOMEM, -ENOTCONN as above.
 */
int qb_att_notify(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                  qb_buf_done_fn done, void *user);
int qb_att_write_cmd(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                     qb_buf_done_fn done, void *user);
int qb_att_indicate(struct qb_att *att, uint16_t handle, const uint8_t *value, size_t len,
                    qb_buf_done_fn done, void *user);

/* Answers the peer's request, which is being handled, with a response that fits the MTU. */
void qb_att_answer(struct qb_att *att, const struct qb_att_pdu *rsp);
void qb_att_error(struct qb_att *att, uint8_t request, uint16_t handle, uint8_t code);

/*
 * Where the answer's octets after its opcode will lie. What is put there need not be copied: the
 * response's data may point to it.
 */
static inline uint8_t *qb_att_answer_param(struct qb_att *att)
{
	return qb_buf_sdu(att->answer) + 1;
}
