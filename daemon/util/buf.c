/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets on their way out: the pool. */
#include "util/buf.h"

#include <stdlib.h>

struct qb_buf *qb_buf_new(struct qb_pool *pool)
{
	struct qb_buf *buf = pool->free;

	if (buf) {
		pool->free = buf->next;
		pool->spare--;
	} else {
		buf = malloc(sizeof(*buf));
		if (!buf)
			return NULL;
	}
	pool->used++;
	buf->next = NULL;
	buf->done = NULL;
	buf->owner = NULL;
	buf->then = NULL;
	buf->user = NULL;
	buf->pos = buf->end = QB_BUF_HEADROOM;
	buf->fragments = 0;
	return buf;
}

void qb_buf_free(struct qb_pool *pool, struct qb_buf *buf)
{
	if (!buf)
		return;
	pool->used--;
	if (pool->spare >= QB_POOL_SPARE) {
		free(buf);
		return;
	}
	buf->next = pool->free;
	pool->free = buf;
	pool->spare++;
}

void qb_pool_done(struct qb_pool *pool)
{
	struct qb_buf *buf;

	while ((buf = pool->free)) {
		pool->free = buf->next;
		free(buf);
	}
	pool->spare = 0;
}
