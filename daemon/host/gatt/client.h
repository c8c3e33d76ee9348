/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GATT client's side of one link: the procedures of Core 5.4, Vol 3, Part G, 4, one after the
 * other in the order they were asked for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/att/att.h"
#include "util/list.h"
#include "util/uuid.h"

enum qb_gatt_proc_type {
	QB_PROC_EXCHANGE_MTU,      /* mtu */
	QB_PROC_DISCOVER_SERVICES, /* all primary ones */
	QB_PROC_DISCOVER_BY_UUID,  /* uuid */
	QB_PROC_DISCOVER_INCLUDES, /* start, end */
	QB_PROC_DISCOVER_CHARAS,   /* start, end */
	QB_PROC_DISCOVER_DESCS,    /* start, end */
	QB_PROC_READ,              /* handle, offset: Read, or one Read Blob if offset > 0 */
	QB_PROC_READ_LONG,         /* handle, offset: to the end of the value */
	QB_PROC_READ_BY_UUID,      /* start, end, uuid */
	QB_PROC_READ_MULTIPLE,     /* data: handles, LE16 each */
	QB_PROC_WRITE,             /* handle, data: Write Request */
	QB_PROC_WRITE_LONG,        /* handle, offset, data: Prepare and Execute */
	QB_PROC_WRITE_CMD,         /* handle, data: Write Command */
};

/* What is asked for; data is copied. tag is the caller's and comes back in every callback. */
struct qb_gatt_proc_args {
	enum qb_gatt_proc_type type;
	unsigned tag;
	uint16_t start, end; /* handle is start */
	uint16_t offset;
	uint16_t mtu;
	struct qb_uuid uuid;
	const uint8_t *data;
	size_t len;
};

/* How a procedure ended. */
enum qb_gatt_end {
	QB_GATT_OK = 0,
	/* 0x01..0xff: the peer's ATT error code */
	QB_GATT_BAD_RESPONSE = 0x100, /* the peer's answer breaks the specification */
	QB_GATT_TIMEOUT,              /* no answer in 30 s; the bearer is dead */
	QB_GATT_LINK_LOST,            /* the link ended first */
	QB_GATT_NO_MEMORY,
};

/* The callbacks may start procedures, but not end the client. */
struct qb_gatt_client_ops {
	/* A service that a discovery found. */
	void (*service)(void *user, unsigned tag, uint16_t start, uint16_t end,
	                const struct qb_uuid *uuid);
	/*
	 * What a procedure brought: for includes and characteristics one Read By Type Response, for
	 * descriptors one Find Information Response, each without its opcode and checked; for reads
	 * the value (by UUID: one Read By Type Response, multiple: the values end to end), once.
	 */
	void (*data)(void *user, unsigned tag, const uint8_t *data, size_t len);
	/*
	 * The procedure's one end, of type enum qb_gatt_end or an ATT error code. A discovery that
	 * ran to the end of the database or of its range ends with 0x0a (Attribute Not Found) if
	 * the peer said so, otherwise with 0. What was asked for before an MTU exchange ended and
	 * then does not fit the MTU ends with 0x0d (Invalid Attribute Value Length).
	 */
	void (*done)(void *user, unsigned tag, unsigned end);
	/* A notification or indication; an indication is confirmed after this returns. */
	void (*value)(void *user, bool indication, uint16_t handle, const uint8_t *data,
	              size_t len);
};

struct qb_gatt_proc;

struct qb_gatt_client {
	struct qb_att *att;
	const struct qb_gatt_client_ops *ops;
	void *user;
	struct qb_list queue;         /* struct qb_gatt_proc, the running one first */
	struct qb_gatt_proc *running; /* its request is in the air */
	struct qb_list commands;      /* Write Commands that the controller has not taken yet */
	struct qb_list spare;         /* for reuse */
	unsigned queued;              /* in queue and commands */
	unsigned exchanges;           /* MTU exchanges in queue */
	bool ended;
};

void qb_gatt_client_init(struct qb_gatt_client *client, struct qb_att *att,
                         const struct qb_gatt_client_ops *ops, void *user);

/* Ends every procedure, in order, with QB_GATT_LINK_LOST. */
void qb_gatt_client_done(struct qb_gatt_client *client);

/*
 * Queues a procedure. -EBUSY when QB_PROC_QUEUE_MAX wait, -EMSGSIZE when data does not fit the
 * procedure, -EINVAL for a range that is not one, fewer than two handles or half a one, or an MTU
 * that is none, -ENOMEM, -ENOTCONN after an ATT time-out. It may run and end before this returns.
 */
int qb_gatt_client_start(struct qb_gatt_client *client, const struct qb_gatt_proc_args *args);

/* A notification or indication of the peer, already decoded. */
void qb_gatt_client_receive(struct qb_gatt_client *client, const struct qb_att_pdu *pdu);
