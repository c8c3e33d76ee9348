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
	/* Our own request was answered or given up. */
	void (*param_response)(void *user, bool accepted);
};

struct qb_l2cap {
	struct qb_acl_link acl;
	struct qb_timers *timers;
	struct qb_pool *pool;
	const struct qb_l2cap_ops *ops;
	void *user;
	bool central;
	/* Reassembly. rx_want is the PDU's whole length with its header, 0 between PDUs. */
	uint32_t rx_want, rx_have;
	bool rx_drop;
	uint8_t rx[4 + QB_RX_SDU_MAX];
	/* Signalling. */
	uint8_t next_id;
	uint8_t request_id; /* of the parameter request in the air, or 0 */
	struct qb_timer request_timer;
};

void qb_l2cap_init(struct qb_l2cap *l2cap, struct qb_hci *hci, uint16_t handle, bool central,
                   const struct qb_l2cap_ops *ops, void *user);

/* Ends the link; what was queued ends with the reason. */
void qb_l2cap_done(struct qb_l2cap *l2cap, uint8_t reason);

/* An empty buffer for qb_l2cap_send(), or NULL if memory is out. */
static inline struct qb_buf *qb_l2cap_buf(struct qb_l2cap *l2cap)
{
	return qb_buf_new(l2cap->pool);
}

/* Sends the first len octets of buf's SDU (qb_buf_sdu()) on a channel. Takes buf. */
void qb_l2cap_send(struct qb_l2cap *l2cap, uint16_t cid, struct qb_buf *buf, size_t len);

/*
 * Asks the central for other parameters; ends in param_response(). Returns -EBUSY while an
 * earlier request has no answer, -ENOMEM.
 */
int qb_l2cap_request_param(struct qb_l2cap *l2cap, const struct qb_conn_param *param);
