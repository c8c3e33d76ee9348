/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading (Core 5.4, Vol 3, Part G, 4.8 and 4.12). */
#include <string.h>

#include "host/gatt/client-internal.h"

static int next_once(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	struct qb_att_pdu pdu = {
	        .opcode = proc->offset ? QB_ATT_READ_BLOB_REQ : QB_ATT_READ_REQ,
	        .attr = {.handle = proc->start, .offset = proc->offset},
	};

	if (proc->type == QB_PROC_READ_MULTIPLE) {
		pdu.opcode = QB_ATT_READ_MULTIPLE_REQ;
		pdu.list.size = 2;
		pdu.list.data = proc->data;
		pdu.list.len = proc->len;
	}
	return qb_gatt_proc_ask(client, &pdu);
}

static void reply_once(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                       const struct qb_att_pdu *pdu)
{
	client->ops->data(client->user, proc->tag, pdu->attr.value, pdu->attr.len);
	qb_gatt_proc_end(client, QB_GATT_OK);
}

const struct qb_gatt_proc_def qb_gatt_read_once = {.next = next_once, .reply = reply_once};

static int next_by_uuid(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	const struct qb_att_pdu pdu = {
	        .opcode = QB_ATT_READ_BY_TYPE_REQ,
	        .find = {.start = proc->start, .end = proc->end, .type = proc->uuid},
	};

	return qb_gatt_proc_ask(client, &pdu);
}

static void reply_by_uuid(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                          const struct qb_att_pdu *pdu)
{
	if (!qb_gatt_check_list(pdu, proc->start, proc->end, false)) {
		qb_gatt_proc_end(client, QB_GATT_BAD_RESPONSE);
		return;
	}
	client->ops->data(client->user, proc->tag, pdu->param, pdu->param_len);
	qb_gatt_proc_end(client, QB_GATT_OK);
}

const struct qb_gatt_proc_def qb_gatt_read_by_uuid = {.next = next_by_uuid, .reply = reply_by_uuid};

/* A long read: the first part, then blobs, until one is short (4.8.3). */

static int next_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	uint16_t offset = (uint16_t)(proc->offset + proc->len);
	const struct qb_att_pdu pdu = {
	        .opcode = offset ? QB_ATT_READ_BLOB_REQ : QB_ATT_READ_REQ,
	        .attr = {.handle = proc->start, .offset = offset},
	};

	proc->mtu = client->att->mtu;
	return qb_gatt_proc_ask(client, &pdu);
}

static void finish_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	client->ops->data(client->user, proc->tag, proc->data, proc->len);
	qb_gatt_proc_end(client, QB_GATT_OK);
}

static void reply_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                       const struct qb_att_pdu *pdu)
{
	/* An exchange that the peer began meanwhile leaves open which MTU it answered with. */
	uint16_t mtu = proc->mtu < client->att->mtu ? proc->mtu : client->att->mtu;
	size_t past = proc->offset + proc->len + pdu->attr.len;

	/* No value is longer than that, so what goes on there is no value. */
	if (pdu->attr.len && past > QB_VALUE_MAX) {
		qb_gatt_proc_end(client, QB_GATT_BAD_RESPONSE);
		return;
	}
	if (pdu->attr.len)
		memcpy(proc->data + proc->len, pdu->attr.value, pdu->attr.len);
	proc->len += pdu->attr.len;
	if (pdu->attr.len < mtu - 1u || past == QB_VALUE_MAX)
		finish_long(client, proc);
	else
		qb_gatt_proc_next(client);
}

/* At the end of a value whose last part filled a response there may be an error, too. */
static void failed_long(struct qb_gatt_client *client, struct qb_gatt_proc *proc, unsigned end)
{
	if (proc->len && (end == QB_ATT_E_INVALID_OFFSET || end == QB_ATT_E_ATTRIBUTE_NOT_LONG))
		finish_long(client, proc);
	else
		qb_gatt_proc_end(client, end);
}

const struct qb_gatt_proc_def qb_gatt_read_long = {
        .next = next_long,
        .reply = reply_long,
        .failed = failed_long,
};
