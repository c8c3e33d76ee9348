/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets on their way out. A buffer is taken from a pool, filled with one L2CAP SDU, and comes
 * back when the controller has taken its last byte over, so that steady traffic allocates nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "host/limits.h"

struct qb_buf;

/* Ends something that was sent: 0, or the HCI reason why its link ended first. */
typedef void (*qb_buf_done_fn)(void *user, uint8_t status);

struct qb_buf {
	struct qb_buf *next;
	/*
	 * Ends the buffer's way, right before it is freed: called when the controller has taken its
	 * last octet over, or when the link ended. NULL if nobody wants to know.
	 */
	void (*done)(struct qb_buf *buf, uint8_t status);
	void *owner;         /* for done: the layer that sent the buffer */
	qb_buf_done_fn then; /* for done: whom that layer tells in turn, and with what */
	void *user;
	uint16_t pos;       /* where the next fragment starts in data */
	uint16_t end;       /* one past the last octet in data */
	uint16_t fragments; /* of it that the controller holds */
	/* H4 type and ACL header, L2CAP header, SDU. */
	uint8_t data[QB_BUF_HEADROOM + QB_SDU_MAX];
};

struct qb_pool {
	struct qb_buf *free;
	unsigned spare; /* in the free list */
	unsigned used;  /* out of the pool; 0 when everything has come back */
};

/* An empty buffer, or NULL if memory is out. */
struct qb_buf *qb_buf_new(struct qb_pool *pool);
void qb_buf_free(struct qb_pool *pool, struct qb_buf *buf);

/* Gives the memory of a pool back; every buffer must have been freed. */
void qb_pool_done(struct qb_pool *pool);

/* Where the SDU starts; its room is QB_SDU_MAX octets. */
static inline uint8_t *qb_buf_sdu(struct qb_buf *buf)
{
	return buf->data + QB_BUF_HEADROOM;
}
