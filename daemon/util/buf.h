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

/* Ends a buffer's way: 0, or the HCI reason why its link ended first. The buffer is freed next. */
typedef void (*qb_buf_done_fn)(void *user, uint8_t status);

struct qb_buf {
	struct qb_buf *next;
	qb_buf_done_fn done; /* may be NULL */
	void *user;
	uint16_t pos; /* where the next fragment starts in data */
	uint16_t end; /* one past the last octet in data */
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
