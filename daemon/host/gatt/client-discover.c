/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Discovery (Core 5.4, Vol 3, Part G, 4.4 to 4.7): one request after the other, each from where
 * the answer to the last one ended, until the range or the peer's attributes end.
 */
#include "host/gatt/client-internal.h"
#include "host/gatt/db.h"
#include "util/le.h"

/* What each discovery asks for and what it may get. */
static const struct search {
	uint8_t request;
	uint16_t type;    /* of the attributes, 0 for any */
	uint8_t sizes[2]; /* of an entry in the response */
	bool groups;      /* an entry has a first and a last handle */
} searches[] = {
        [QB_PROC_DISCOVER_SERVICES] = {QB_ATT_READ_BY_GROUP_TYPE_REQ,
                                       QB_GATT_PRIMARY_SERVICE,
                                       {6, 20},
                                       true},
        [QB_PROC_DISCOVER_BY_UUID] = {QB_ATT_FIND_BY_TYPE_VALUE_REQ,
                                      QB_GATT_PRIMARY_SERVICE,
                                      {4, 4},
                                      true},
        [QB_PROC_DISCOVER_INCLUDES] = {QB_ATT_READ_BY_TYPE_REQ, QB_GATT_INCLUDE, {6, 8}, false},
        [QB_PROC_DISCOVER_CHARAS] = {QB_ATT_READ_BY_TYPE_REQ,
                                     QB_GATT_CHARACTERISTIC,
                                     {7, 21},
                                     false},
        [QB_PROC_DISCOVER_DESCS] = {QB_ATT_FIND_INFORMATION_REQ, 0, {4, 18}, false},
};

static int next(struct qb_gatt_client *client, struct qb_gatt_proc *proc)
{
	const struct search *search = &searches[proc->type];
	struct qb_att_pdu pdu = {
	        .opcode = search->request,
	        .find = {.start = proc->start, .end = proc->end},
	};
	uint8_t value[2];
	uint16_t u;

	pdu.find.type = qb_uuid_from_16(search->type);
	if (proc->type == QB_PROC_DISCOVER_BY_UUID && qb_uuid_to_16(&proc->uuid, &u)) {
		qb_put_le16(value, u);
		pdu.find.value = value;
		pdu.find.len = sizeof(value);
	} else if (proc->type == QB_PROC_DISCOVER_BY_UUID) {
		pdu.find.value = proc->uuid.b;
		pdu.find.len = sizeof(proc->uuid.b);
	}
	return qb_gatt_proc_ask(client, &pdu);
}

uint16_t qb_gatt_check_list(const struct qb_att_pdu *pdu, uint16_t first, uint16_t last,
                            bool groups)
{
	unsigned least = first; /* that the next entry may begin with */

	for (size_t i = 0; i < pdu->list.len; i += pdu->list.size) {
		uint16_t start = qb_get_le16(pdu->list.data + i);
		uint16_t end = groups ? qb_get_le16(pdu->list.data + i + 2) : start;

		if (start < least || end < start || end > last)
			return 0;
		least = end + 1u;
	}
	return (uint16_t)(least - 1);
}

/* Checks what an entry says beside its handle. */
static bool check_entry(const struct qb_gatt_proc *proc, const uint8_t *entry)
{
	switch (proc->type) {
	case QB_PROC_DISCOVER_INCLUDES:
		/* The included service: first and last handle. */
		return qb_get_le16(entry + 2) && qb_get_le16(entry + 2) <= qb_get_le16(entry + 4);
	case QB_PROC_DISCOVER_CHARAS:
		/* Properties, then the handle of the value, which follows its declaration. */
		return qb_get_le16(entry + 3) > qb_get_le16(entry);
	default: return true;
	}
}

static bool check(const struct qb_gatt_proc *proc, const struct qb_att_pdu *pdu, uint16_t *ret_last)
{
	const struct search *search = &searches[proc->type];

	if (pdu->list.size != search->sizes[0] && pdu->list.size != search->sizes[1])
		return false;
	*ret_last = qb_gatt_check_list(pdu, proc->start, proc->end, search->groups);
	if (!*ret_last)
		return false;
	for (size_t i = 0; i < pdu->list.len; i += pdu->list.size)
		if (!check_entry(proc, pdu->list.data + i))
			return false;
	return true;
}

static void tell_services(struct qb_gatt_client *client, const struct qb_gatt_proc *proc,
                          const struct qb_att_pdu *pdu)
{
	unsigned tag = proc->tag;

	for (size_t i = 0; i < pdu->list.len; i += pdu->list.size) {
		const uint8_t *entry = pdu->list.data + i;
		struct qb_uuid uuid = proc->uuid;

		/* By UUID: just the two handles. */
		if (pdu->list.size > 4)
			qb_uuid_from_le(&uuid, entry + 4, pdu->list.size - 4u);
		client->ops->service(client->user, tag, qb_get_le16(entry), qb_get_le16(entry + 2),
		                     &uuid);
	}
}

static void reply(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
                  const struct qb_att_pdu *pdu)
{
	uint16_t last;

	if (!check(proc, pdu, &last)) {
		qb_gatt_proc_end(client, QB_GATT_BAD_RESPONSE);
		return;
	}
	if (searches[proc->type].groups)
		tell_services(client, proc, pdu);
	else
		client->ops->data(client->user, proc->tag, pdu->param, pdu->param_len);
	if (last == proc->end) {
		qb_gatt_proc_end(client, QB_GATT_OK);
		return;
	}
	proc->start = (uint16_t)(last + 1);
	qb_gatt_proc_next(client);
}

const struct qb_gatt_proc_def qb_gatt_discover = {.next = next, .reply = reply};
