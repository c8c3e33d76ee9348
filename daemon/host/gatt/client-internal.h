/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the GATT client share: a procedure, and how it asks and ends. */
#pragma once

#include "host/gatt/client.h"

struct qb_gatt_proc_def {
	/* Sends the next request: 0, or a negative errno. */
	int (*next)(struct qb_gatt_client *client, struct qb_gatt_proc *proc);
	/* The response to it. */
	void (*reply)(struct qb_gatt_client *client, struct qb_gatt_proc *proc,
	              const struct qb_att_pdu *pdu);
	/* An ATT error or a bad answer instead; NULL if the procedure simply ends with it. */
	void (*failed)(struct qb_gatt_client *client, struct qb_gatt_proc *proc, unsigned end);
};

struct qb_gatt_proc {
	struct qb_list elem;
	struct qb_gatt_client *client; /* of a Write Command; NULL once the client is done */
	const struct qb_gatt_proc_def *def;
	enum qb_gatt_proc_type type;
	unsigned tag;
	uint16_t start, end; /* what remains of the range; a handle is start */
	uint16_t offset;
	uint16_t mtu; /* to exchange; of a long read: in force when it last asked */
	struct qb_uuid uuid;
	/* What to write, or what a long read has brought. */
	uint8_t *data;
	size_t len, room;
	/* A long write: octets prepared, those in the air, and what happens to them. */
	size_t prepared, preparing;
	enum { QB_WRITE_PREPARE, QB_WRITE_EXECUTE, QB_WRITE_CANCEL } phase;
	unsigned why; /* it is cancelled; of a Write Command: it could not be sent */
};

/* Asks on behalf of the running procedure, whose reply() or failed() is called. */
int qb_gatt_proc_ask(struct qb_gatt_client *client, const struct qb_att_pdu *pdu);

/* Goes on with the running procedure's next request. */
void qb_gatt_proc_next(struct qb_gatt_client *client);

/* Ends the running procedure. */
void qb_gatt_proc_end(struct qb_gatt_client *client, unsigned end);

/*
 * Checks that the entries of a response have rising handles from first to last, as groups of a
 * first and a last handle or as single ones. Returns the last handle, 0 if they do not.
 */
uint16_t qb_gatt_check_list(const struct qb_att_pdu *pdu, uint16_t first, uint16_t last,
                            bool groups);

/* client-discover.c */
extern const struct qb_gatt_proc_def qb_gatt_discover;
/* client-read.c */
extern const struct qb_gatt_proc_def qb_gatt_read_once, qb_gatt_read_long, qb_gatt_read_by_uuid;
/* client-write.c */
extern const struct qb_gatt_proc_def qb_gatt_exchange_mtu, qb_gatt_write_once, qb_gatt_write_long;
