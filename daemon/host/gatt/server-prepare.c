/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prepared writes: queued, then all done or none (Core 5.4, Vol 3, Part F, 3.4.6, and Part G,
 * 4.9.4 and 4.9.5).
 */
#include <stdlib.h>
#include <string.h>

#include "host/gatt/server-internal.h"
#include "util/le.h"

struct entry {
	uint16_t handle, offset;
	uint16_t at, len; /* its octets in the queue */
};

struct qb_gatt_prepared {
	unsigned n;
	uint16_t gone; /* a handle that was written to and is no more; 0 if there is none */
	size_t len;
	struct entry entries[QB_PREPARE_ENTRIES_MAX];
	uint8_t octets[QB_PREPARE_OCTETS_MAX];
};

static void add(struct qb_gatt_prepared *queue, uint16_t handle, uint16_t offset,
                const uint8_t *value, size_t len)
{
	queue->entries[queue->n++] = (struct entry){
	        .handle = handle,
	        .offset = offset,
	        .at = (uint16_t)queue->len,
	        .len = (uint16_t)len,
	};
	memcpy(queue->octets + queue->len, value, len);
	queue->len += len;
}

/* 0, or the ATT error that says why the queue takes no value of this length. */
static uint8_t check_room(struct qb_gatt_server *server, size_t len)
{
	struct qb_gatt_prepared *queue = server->prepared;

	if (!queue) {
		/* Kept until the link ends: who writes one long value writes more. */
		queue = server->prepared = malloc(sizeof(*queue));
		if (!queue)
			return QB_ATT_E_INSUFFICIENT_RESOURCES;
		queue->n = 0;
		queue->gone = 0;
		queue->len = 0;
	}
	return queue->n == QB_PREPARE_ENTRIES_MAX || len > sizeof(queue->octets) - queue->len
	               ? QB_ATT_E_PREPARE_QUEUE_FULL
	               : 0;
}

/* Offset and length are looked at when the queue is executed (3.4.6.1). */
void qb_gatt_prepare_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_attr *attr = qb_gatt_find(server, pdu, pdu->attr.handle, QB_GATT_WRITE);
	const struct qb_att_pdu rsp = {.opcode = QB_ATT_PREPARE_WRITE_RSP, .attr = pdu->attr};
	uint8_t code;

	if (!attr)
		return;
	code = check_room(server, pdu->attr.len);
	if (code) {
		qb_gatt_fail(server, pdu, attr->handle, code);
		return;
	}
	add(server->prepared, attr->handle, pdu->attr.offset, pdu->attr.value, pdu->attr.len);
	qb_att_answer(server->att, &rsp);
}

/* True for the first entry of each attribute. */
static bool is_first(const struct qb_gatt_prepared *queue, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (queue->entries[j].handle == queue->entries[i].handle)
			return false;
	return true;
}

/*
 * The value that an attribute will have. An entry at offset 0 begins a new value, as a Write
 * Request does, unless the length never changes; others go over the value or on at its end, but
 * leave no gap.
 */
static uint8_t assemble(const struct qb_gatt_server *server, const struct qb_attr *attr,
                        uint8_t ret[QB_VALUE_MAX], size_t *ret_len)
{
	const struct qb_gatt_prepared *queue = server->prepared;
	uint8_t own[2];
	struct qb_gatt_value old = qb_gatt_value(server, attr, own);
	size_t len = old.len;

	if (len)
		memcpy(ret, old.p, len);
	for (unsigned i = 0; i < queue->n; i++) {
		const struct entry *e = &queue->entries[i];
		size_t end = (size_t)e->offset + e->len;

		if (e->handle != attr->handle)
			continue;
		if (!e->offset && !qb_gatt_is_cccd(attr))
			len = 0;
		if (e->offset > len)
			return QB_ATT_E_INVALID_OFFSET;
		if (end > QB_VALUE_MAX)
			return QB_ATT_E_INVALID_VALUE_LENGTH;
		memcpy(ret + e->offset, queue->octets + e->at, e->len);
		if (end > len)
			len = end;
	}
	*ret_len = len;
	return 0;
}

/* Looks whether an attribute's writes can be done, and makes sure that they will not fail. */
static uint8_t check(struct qb_gatt_server *server, const struct qb_attr *attr)
{
	uint8_t value[QB_VALUE_MAX], code;
	uint16_t handle = attr->handle;
	size_t len;
	int r;

	code = assemble(server, attr, value, &len);
	if (code)
		return code;
	if (qb_gatt_is_cccd(attr)) {
		code = qb_gatt_cccd_check(server, attr, value, len);
		if (code)
			return code;
		r = qb_gatt_cccd_set(server, handle, qb_gatt_cccd_get(server, handle));
	} else {
		r = qb_gatt_db_reserve(server->db, handle, len);
	}
	return r < 0 ? QB_ATT_E_INSUFFICIENT_RESOURCES : 0;
}

static void apply(struct qb_gatt_server *server, const struct qb_attr *attr)
{
	uint8_t value[QB_VALUE_MAX];
	size_t len;

	/* Neither of these fails after the check. */
	assemble(server, attr, value, &len);
	if (qb_gatt_is_cccd(attr))
		qb_gatt_cccd_set(server, attr->handle, qb_get_le16(value));
	else
		qb_gatt_db_set_value(server->db, attr->handle, value, len);
}

static void clear(struct qb_gatt_prepared *queue)
{
	queue->n = 0;
	queue->gone = 0;
	queue->len = 0;
}

static void tell(struct qb_gatt_server *server, uint16_t handle)
{
	const struct qb_attr *attr = qb_gatt_db_get(server->db, handle);
	struct qb_gatt_value value;
	uint8_t own[2];

	/* Whoever was told of an earlier one may have taken it away. */
	if (!attr)
		return;
	value = qb_gatt_value(server, attr, own);
	qb_gatt_written(server, attr, value.p, value.len);
}

/* Does all of the queue or nothing; fills in the handles of the attributes that were written. */
static bool execute(struct qb_gatt_server *server, const struct qb_att_pdu *pdu,
                    uint16_t written[QB_PREPARE_ENTRIES_MAX], unsigned *ret_n)
{
	const struct qb_gatt_prepared *queue = server->prepared;
	unsigned n = 0;

	if (queue->gone) {
		qb_gatt_fail(server, pdu, queue->gone, QB_ATT_E_INVALID_HANDLE);
		return false;
	}
	for (unsigned i = 0; i < queue->n; i++) {
		uint16_t handle = queue->entries[i].handle;
		const struct qb_attr *attr = qb_gatt_db_get(server->db, handle);
		uint8_t code;

		if (!is_first(queue, i))
			continue;
		code = attr ? check(server, attr) : QB_ATT_E_INVALID_HANDLE;
		if (code) {
			qb_gatt_fail(server, pdu, handle, code);
			return false;
		}
		written[n++] = handle;
	}
	for (unsigned i = 0; i < n; i++)
		apply(server, qb_gatt_db_get(server->db, written[i]));
	*ret_n = n;
	return true;
}

void qb_gatt_execute_write(struct qb_gatt_server *server, const struct qb_att_pdu *pdu)
{
	const struct qb_att_pdu rsp = {.opcode = QB_ATT_EXECUTE_WRITE_RSP};
	struct qb_gatt_prepared *queue = server->prepared;
	uint16_t written[QB_PREPARE_ENTRIES_MAX];
	unsigned n = 0;
	bool done = true;

	if (queue) {
		if (pdu->flags == QB_ATT_EXECUTE_WRITE)
			done = execute(server, pdu, written, &n);
		clear(queue);
	}
	if (!done)
		return;
	qb_att_answer(server->att, &rsp);
	for (unsigned i = 0; i < n; i++)
		tell(server, written[i]);
}

/*
 * The writes of a queue are done all or none (3.4.6.3). Without this, what a client writes in parts
 * could lose the first of them and come out as a value that nobody wrote.
 */
void qb_gatt_prepared_prune(struct qb_gatt_server *server)
{
	struct qb_gatt_prepared *queue = server->prepared;

	for (unsigned i = 0; queue && i < queue->n; i++) {
		uint16_t handle = queue->entries[i].handle;

		if (qb_gatt_db_get(server->db, handle))
			continue;
		clear(queue);
		queue->gone = handle;
	}
}
