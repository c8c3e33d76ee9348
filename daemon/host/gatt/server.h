/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GATT server's side of one link: answers requests from a database, keeps the link's prepared
 * writes and client configurations, sends notifications and indications (Core 5.4, Vol 3,
 * Part F, 3.4 and Part G, 4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/att/att.h"
#include "host/gatt/db.h"

/* Both are called when the answer is on its way. They may change the database. */
struct qb_gatt_server_ops {
	/*
	 * A peer's write was accepted and stored: data is the whole value written. An executed long
	 * write comes once for each attribute that it touched.
	 */
	void (*written)(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len);
	/* A Read Request for a value or descriptor was answered with these octets. */
	void (*read)(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len);
};

struct qb_gatt_cccd {
	uint16_t handle;
	uint16_t value;
};

struct qb_gatt_prepared; /* the queue of prepared writes */

struct qb_gatt_server {
	struct qb_att *att;
	struct qb_gatt_db *db;
	const struct qb_gatt_server_ops *ops;
	void *user;
	struct qb_gatt_cccd *cccds; /* this link's, sorted by handle; those never written are 0 */
	unsigned n_cccds, room_cccds;
	struct qb_gatt_prepared *prepared; /* NULL until the peer prepares a write */
	/* Service Changed: one indication at a time, and the range that waits for the next. */
	bool changing;
	uint16_t changed_from, changed_to; /* 0: none waits */
	/* Digests of the database: as the peer knows it, and as the indication on its way told it.
	 */
	uint64_t known, telling;
	bool returned; /* known is of an earlier link: it was not told nor has it looked since */
};

void qb_gatt_server_init(struct qb_gatt_server *server, struct qb_att *att, struct qb_gatt_db *db,
                         const struct qb_gatt_server_ops *ops, void *user);
void qb_gatt_server_done(struct qb_gatt_server *server);

/* A request or command of the peer, already decoded and its length checked. */
void qb_gatt_server_receive(struct qb_gatt_server *server, const struct qb_att_pdu *pdu);

/* The link's client configuration for a characteristic value: bit 0 notify, bit 1 indicate. */
uint16_t qb_gatt_server_subscribed(const struct qb_gatt_server *server, uint16_t value_handle);

/*
 * Sends a value, whatever the client configuration is. done is called exactly once for each call
 * that returned 0: for a notification when the controller has taken it over, for an indication at
 * its confirmation; with a status that is not 0 when the link or the bearer ended first.
 * Indications wait for one another. -EBUSY when QB_TX_QUEUE_MAX wait, -EMSGSIZE when the value
 * does not fit the MTU, -ENOENT when the handle is no characteristic value's, -EACCES when the
 * link is not as safe as reading the value demands, -ENOMEM, -ENOTCONN after an ATT time-out.
 */
int qb_gatt_server_notify(struct qb_gatt_server *server, uint16_t value_handle,
                          const uint8_t *value, size_t len, qb_buf_done_fn done, void *user);
int qb_gatt_server_indicate(struct qb_gatt_server *server, uint16_t value_handle,
                            const uint8_t *value, size_t len, qb_buf_done_fn done, void *user);

/*
 * Indicates Service Changed for a range of handles to a client that subscribed to it. Ranges that
 * come while one is unconfirmed are told as one.
 */
void qb_gatt_server_changed(struct qb_gatt_server *server, uint16_t from, uint16_t to);

/* Forgets client configurations and prepared writes of attributes that are no longer there. */
void qb_gatt_server_prune(struct qb_gatt_server *server);
