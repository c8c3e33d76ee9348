/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of gap/ share: operations of several commands, and each other's event handlers. */
#pragma once

#include "host/gap/gap.h"
#include "host/host.h"
#include "util/le.h"

#define QB_GAP_STEPS_MAX 5
#define QB_GAP_PARAM_MAX 48

/* Longest LE data channel payload and its time on the 1M PHY, in microseconds (7.8.33). */
#define QB_DATA_OCTETS_MAX 251
#define QB_DATA_TIME_MAX   2120

/*
 * An operation: commands that make sense only together, sent one after the other until one fails.
 * Operations queue up behind one another, so that what a caller asked for in order happens in
 * order.
 */
struct qb_gap_op {
	struct qb_list elem;
	struct qb_host *host;
	unsigned n, next;
	struct {
		uint16_t opcode;
		uint8_t len;
		bool lenient; /* Command Disallowed means that it is so already */
		uint8_t param[QB_GAP_PARAM_MAX];
	} steps[QB_GAP_STEPS_MAX];
	/* GAP's own end of the operation, before the caller's; may be NULL. */
	void (*end)(struct qb_host *host, uint8_t status);
	qb_gap_done_fn done;
	void *user;
};

/* NULL if memory is out or the controller is not up; then done has been called. */
struct qb_gap_op *qb_gap_op_new(struct qb_host *host, qb_gap_done_fn done, void *user);
/* Appends a command and returns its zeroed parameters for the caller to fill in. */
uint8_t *qb_gap_op_add(struct qb_gap_op *op, uint16_t opcode, size_t len);
/* Lets the command that was appended last fail with Command Disallowed. */
void qb_gap_op_lenient(struct qb_gap_op *op);
/* Queues the operation; it frees itself. */
void qb_gap_op_run(struct qb_gap_op *op);
/* Ends every operation with QB_HCI_ABORTED. */
void qb_gap_ops_abort(struct qb_host *host);

/* The own address type to tell the controller: public only if there is such an address. */
uint8_t qb_gap_own_type(const struct qb_host *host, uint8_t wanted);

/* Event handlers, one for each subject. */
void qb_gap_on_conn_complete(struct qb_host *host, const struct qb_hci_conn_complete *ev);
void qb_gap_on_adv_terminated(struct qb_host *host, const struct qb_hci_adv_terminated *ev);
void qb_gap_on_adv_reports(struct qb_host *host, const uint8_t *param, size_t len);

/* Advertising ended because of a connection (0) or for another reason. */
void qb_gap_adv_over(struct qb_host *host, uint8_t status);

/* host.c: a link comes and goes. */
struct qb_link *qb_host_link_new(struct qb_host *host, const struct qb_hci_conn_complete *ev);
void qb_host_link_end(struct qb_link *link, uint8_t reason);
