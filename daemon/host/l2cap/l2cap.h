/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L2CAP on one LE link: reassembly, the fixed channels, and the signalling channel (Core 5.4,
 * Vol 3, Part A).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/hci/acl.h"
#include "host/limits.h"
#include "util/timer.h"

/* Fixed channels (2.1). */
enum {
	QB_L2CAP_CID_ATT = 0x0004,
	QB_L2CAP_CID_SIGNALLING = 0x0005,
	QB_L2CAP_CID_SMP = 0x0006,
};

/* Connection parameters; intervals in 1.25 ms, latency in events, supervision timeout in 10 ms. */
struct qb_conn_param {
	uint16_t interval_min;
	uint16_t interval_max;
	uint16_t latency;
	uint16_t timeout;
};

/* True if every value and their relation are what the specification allows (Vol 4, E, 7.8.18). */
bool qb_conn_param_valid(const struct qb_conn_param *param);

struct qb_l2cap_ops {
	/* One whole SDU of the ATT or SMP channel. */
	void (*receive)(void *user, uint16_t cid, const uint8_t *sdu, size_t len);
	/* A peripheral asks for valid parameters; true accepts, and the floor above applies them.
	 */
	bool (*param_request)(void *user, const struct qb_conn_param *param);
	/* Our own request was answered or given up: the time is over, or the link ends. */
	void (*param_response)(void *user, bool accepted);
};

struct qb_l2cap {
	struct qb_acl_link acl;
	struct qb_timers *timers;
	struct qb_pool *pool;
	const struct qb_l2cap_ops *ops;
	void *user;
	bool central;
	/* Reassembly: octets of the unfinished PDU that came, its header among them; 0 between
	 * PDUs. */
	uint32_t rx_have;
	uint8_t rx[4 + QB_RX_SDU_MAX];
	/* Signalling. */
	bool *gone;       /* set when the link ends during an upcall that must know */
	unsigned answers; /* that the controller has not taken over yet */
	uint8_t last_id;
	uint8_t request_id; /* of the parameter request in the air, or 0 */
	struct qb_timer request_timer;
};

/* Nothing is called back from within; data that came before the link did follows soon after. */
void qb_l2cap_init(struct qb_l2cap *l2cap, struct qb_hci *hci, uint16_t handle, bool central,
                   const struct qb_l2cap_ops *ops, void *user);

/*
 * Ends the link; what was queued ends with the reason. Every callback may call it, and *l2cap may
 * be freed right after it, though not by the callbacks that it makes itself.
 */
void qb_l2cap_done(struct qb_l2cap *l2cap, uint8_t reason);

/* An empty buffer for qb_l2cap_send(), or NULL if memory is out. */
static inline struct qb_buf *qb_l2cap_buf(struct qb_l2cap *l2cap)
{
	return qb_buf_new(l2cap->pool);
}

/* Sends the first len octets of buf's SDU (qb_buf_sdu()) on a channel. Takes buf. */
void qb_l2cap_send(struct qb_l2cap *l2cap, uint16_t cid, struct qb_buf *buf, size_t len);

/*
 * As peripheral, asks the central for other parameters, which must be valid; ends in
 * param_response(). Returns -EBUSY while an earlier request has no answer, -EINVAL as central,
 * -ENOTCONN after the end, -ENOMEM.
 */
int qb_l2cap_request_param(struct qb_l2cap *l2cap, const struct qb_conn_param *param);
