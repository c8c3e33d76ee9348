/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations: sequences of HCI commands that run one after the other. */
#include "host/gap/gap-internal.h"

#include <assert.h>
#include <stdlib.h>

static void step(struct qb_gap_op *op);

struct qb_gap_op *qb_gap_op_new(struct qb_host *host, qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op;

	if (!host->up) {
		done(user, QB_HCI_ABORTED);
		return NULL;
	}
	op = calloc(1, sizeof(*op));
	if (!op) {
		done(user, QB_HCI_E_MEMORY_EXCEEDED);
		return NULL;
	}
	op->host = host;
	op->done = done;
	op->user = user;
	return op;
}

uint8_t *qb_gap_op_add(struct qb_gap_op *op, uint16_t opcode, size_t len)
{
	assert(op->n < QB_GAP_STEPS_MAX && len <= QB_GAP_PARAM_MAX);
	op->steps[op->n].opcode = opcode;
	op->steps[op->n].len = (uint8_t)len;
	return op->steps[op->n++].param;
}

void qb_gap_op_lenient(struct qb_gap_op *op)
{
	op->steps[op->n - 1].lenient = true;
}

static void finish(struct qb_gap_op *op, uint8_t status)
{
	struct qb_host *host = op->host;

	qb_list_remove(&op->elem);
	if (op->end)
		op->end(host, status);
	op->done(op->user, status);
	free(op);
}

static void next(struct qb_host *host)
{
	if (!qb_list_empty(&host->gap.ops))
		step(qb_list_entry(host->gap.ops.next, struct qb_gap_op, elem));
}

static void on_reply(void *user, uint8_t status, const uint8_t *ret, size_t len)
{
	struct qb_gap_op *op = user;
	struct qb_host *host = op->host;

	if (status == QB_HCI_ABORTED)
		return; /* qb_gap_ops_abort() ends them all, in order */
	if (status == QB_HCI_E_DISALLOWED && op->steps[op->next].lenient)
		status = QB_HCI_E_SUCCESS;
	op->next++;
	if (!status && op->next < op->n) {
		step(op);
		return;
	}
	finish(op, status);
	next(host);
}

static void step(struct qb_gap_op *op)
{
	qb_hci_command(&op->host->hci, op->steps[op->next].opcode, op->steps[op->next].param,
	               op->steps[op->next].len, on_reply, op);
}

void qb_gap_op_run(struct qb_gap_op *op)
{
	struct qb_list *ops = &op->host->gap.ops;
	bool idle = qb_list_empty(ops);

	qb_list_append(ops, &op->elem);
	if (idle)
		step(op);
}

void qb_gap_ops_abort(struct qb_host *host)
{
	while (!qb_list_empty(&host->gap.ops))
		finish(qb_list_entry(host->gap.ops.next, struct qb_gap_op, elem), QB_HCI_ABORTED);
}
