/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The controller's accept list (Core 5.4, Vol 4, Part E, 7.8.15 to 7.8.17). */
#include "host/gap/gap-internal.h"

static void run(struct qb_host *host, uint16_t opcode, const struct qb_addr *addr,
                qb_gap_done_fn done, void *user)
{
	struct qb_gap_op *op = qb_gap_op_new(host, done, user);
	uint8_t *p;

	if (!op)
		return;
	p = qb_gap_op_add(op, opcode, addr ? 7 : 0);
	if (addr) {
		p[0] = addr->type;
		memcpy(p + 1, addr->b, 6);
	}
	qb_gap_op_run(op);
}

void qb_gap_accept_list_add(struct qb_host *host, const struct qb_addr *addr, qb_gap_done_fn done,
                            void *user)
{
	run(host, QB_HCI_LE_ADD_ACCEPT_LIST, addr, done, user);
}

void qb_gap_accept_list_remove(struct qb_host *host, const struct qb_addr *addr,
                               qb_gap_done_fn done, void *user)
{
	run(host, QB_HCI_LE_REMOVE_ACCEPT_LIST, addr, done, user);
}

void qb_gap_accept_list_clear(struct qb_host *host, qb_gap_done_fn done, void *user)
{
	run(host, QB_HCI_LE_CLEAR_ACCEPT_LIST, NULL, done, user);
}
