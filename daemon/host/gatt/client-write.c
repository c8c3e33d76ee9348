/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The MTU exchange and writing (Core 5.4, Vol 3, Part G, 4.3, 4.9 and 4.12). */
#include <string.h>

#include "host/gatt/client-internal.h"

/* What both of these wanted is done when the response is there. */
static void reply_done(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                       const struct qb_att_pdu *pdu)
{
	qb_gatt_proc_end(client, QB_GATT_OK);
}

static int next_mtu(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	const struct qb_att_pdu pdu = {.opcode = QB_ATT_EXCHANGE_MTU_REQ, .mtu = proc->mtu};

	client->att->own_mtu = proc->mtu;
	return qb_gatt_proc_ask(client, &pdu);
}

const struct qb_gatt_proc_def qb_gatt_exchange_mtu = {.next = next_mtu, .reply = reply_done};

static int next_write(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	const struct qb_att_pdu pdu = {
	        .opcode = QB_ATT_WRITE_REQ,
	        .attr = {.handle = proc->start, .value = proc->data, .len = proc->len},
	};

	return qb_gatt_proc_ask(client, &pdu);
}

const struct qb_gatt_proc_def qb_gatt_write_once = {.next = next_write, .reply = reply_done};

/* A long write: all of it is prepared, then executed (4.9.4). */

/* What is in the air, or to be sent. */
static struct qb_att_pdu prepare_pdu(const struct qb_gatt_proc *proc, uint8_t opcode)
{
	return (struct qb_att_pdu){
	        .opcode = opcode,
	        .attr = {.handle = proc->start,
	                 .offset = (uint16_t)(proc->offset + proc->prepared),
	                 .value = proc->data ? proc->data + proc->prepared : NULL,
	                 .len = proc->preparing},
	};
}

static int next_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	size_t left = proc->len - proc->prepared, room = client->att->mtu - 5u;
	struct qb_att_pdu pdu = {.opcode = QB_ATT_EXECUTE_WRITE_REQ};

	switch (proc->phase) {
	case QB_WRITE_PREPARE:
		proc->preparing = left < room ? left : room;
		pdu = prepare_pdu(proc, QB_ATT_PREPARE_WRITE_REQ);
		break;
	case QB_WRITE_EXECUTE: pdu.flags = QB_ATT_EXECUTE_WRITE; break;
	case QB_WRITE_CANCEL: pdu.flags = QB_ATT_EXECUTE_CANCEL; break;
	}
	return qb_gatt_proc_ask(client, &pdu);
}

/* Takes back what is prepared, or the peer would add it to the next one. */
static void cancel(struct qb_gatt_client *client, struct qb_gatt_proc *proc, unsigned why)
{
	proc->phase = QB_WRITE_CANCEL;
	proc->why = why;
	qb_gatt_proc_next(client);
}

/* The peer says what it understood; only if that is right it may be done (3.4.6.2). */
static bool is_echo(const struct qb_gatt_proc *proc, const struct qb_att_pdu *pdu)
{
	struct qb_att_pdu sent = prepare_pdu(proc, QB_ATT_PREPARE_WRITE_RSP);

	return pdu->attr.handle == sent.attr.handle && pdu->attr.offset == sent.attr.offset &&
	       pdu->attr.len == sent.attr.len &&
	       (!sent.attr.len || !memcmp(pdu->attr.value, sent.attr.value, sent.attr.len));
}

static void reply_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                       const struct qb_att_pdu *pdu)
{
	if (proc->phase != QB_WRITE_PREPARE) {
		qb_gatt_proc_end(client, proc->phase == QB_WRITE_CANCEL ? proc->why : QB_GATT_OK);
		return;
	}
	if (!is_echo(proc, pdu)) {
		cancel(client, proc, QB_GATT_BAD_RESPONSE);
		return;
	}
	proc->prepared += proc->preparing;
	if (proc->prepared == proc->len)
		proc->phase = QB_WRITE_EXECUTE;
	qb_gatt_proc_next(client);
}

static void failed_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc, unsigned end)
{
	switch (proc->phase) {
	case QB_WRITE_PREPARE:
		/* The peer has nothing of ours if it refused the first part. */
		if (proc->prepared || end == QB_GATT_BAD_RESPONSE)
			cancel(client, proc, end);
		else
			qb_gatt_proc_end(client, end);
		break;
	case QB_WRITE_EXECUTE: qb_gatt_proc_end(client, end); break;
	case QB_WRITE_CANCEL: qb_gatt_proc_end(client, proc->why); break;
	}
}

const struct qb_gatt_proc_def qb_gatt_write_long = {
        .next = next_long,
        .reply = reply_long,
        .failed = failed_long,
};
