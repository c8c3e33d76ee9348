/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pool gives buffers back clean, keeps some, and counts those that are out. */
#include "util/buf.h"

#include <string.h>

#include "unit.h"

static void ignore(struct qb_buf *buf, uint8_t status)
{
}

START_TEST(a_buffer_comes_back_and_goes_out_clean)
{
	struct qb_pool pool = {0};
	struct qb_buf *buf = qb_buf_new(&pool), *again;

	ck_assert_ptr_nonnull(buf);
	ck_assert_uint_eq(pool.used, 1);
	buf->done = ignore;
	buf->owner = buf->user = &pool;
	buf->pos = 1;
	buf->fragments = 3;
	buf->next = buf;
	qb_buf_free(&pool, buf);
	ck_assert_uint_eq(pool.used, 0);
	again = qb_buf_new(&pool);
	ck_assert_ptr_eq(again, buf);
	ck_assert(!again->done);
	ck_assert(!again->then);
	ck_assert_ptr_null(again->owner);
	ck_assert_ptr_null(again->user);
	ck_assert_ptr_null(again->next);
	ck_assert_uint_eq(again->fragments, 0);
	ck_assert_uint_eq(again->pos, QB_BUF_HEADROOM);
	ck_assert_uint_eq(again->end, QB_BUF_HEADROOM);
	qb_buf_free(&pool, again);
	qb_buf_free(&pool, NULL);
	ck_assert_uint_eq(pool.used, 0);
	qb_pool_done(&pool);
	ck_assert_uint_eq(pool.spare, 0);
}
END_TEST

START_TEST(the_largest_sdu_fits)
{
	struct qb_pool pool = {0};
	struct qb_buf *buf = qb_buf_new(&pool);

	ck_assert_ptr_nonnull(buf);
	memset(qb_buf_sdu(buf), 0xaa, QB_SDU_MAX);
	ck_assert_ptr_eq(qb_buf_sdu(buf) + QB_SDU_MAX, buf->data + sizeof(buf->data));
	qb_buf_free(&pool, buf);
	qb_pool_done(&pool);
}
END_TEST

START_TEST(after_a_burst_only_some_are_kept)
{
	static struct qb_buf *bufs[QB_POOL_SPARE + 20];
	struct qb_pool pool = {0};
	size_t n = sizeof(bufs) / sizeof(bufs[0]);

	for (size_t i = 0; i < n; i++)
		ck_assert_ptr_nonnull(bufs[i] = qb_buf_new(&pool));
	ck_assert_uint_eq(pool.used, n);
	for (size_t i = 0; i < n; i++)
		qb_buf_free(&pool, bufs[i]);
	ck_assert_uint_eq(pool.used, 0);
	ck_assert_uint_eq(pool.spare, QB_POOL_SPARE);
	qb_pool_done(&pool);
}
END_TEST

UNIT_MAIN("buf", a_buffer_comes_back_and_goes_out_clean, the_largest_sdu_fits,
          after_a_burst_only_some_are_kept)
