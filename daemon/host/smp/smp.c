/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Security Manager of one link: refuses to pair, with the reason that fits. */
#include "host/smp/smp.h"

/* Commands (3.3, table 3.3), and the reasons of Pairing Failed (3.5.5). */
enum {
	PAIRING_REQUEST = 0x01,
	PAIRING_FAILED = 0x05,
	SECURITY_REQUEST = 0x0b,
	KEYPRESS = 0x0e,

	REASON_NOT_SUPPORTED = 0x05,
	REASON_UNSPECIFIED = 0x08,
};

static void sent(struct qb_buf *buf, uint8_t status)
{
	struct qb_smp *smp = buf->owner;

	smp->answers--;
}

void qb_smp_init(struct qb_smp *smp, struct qb_l2cap *l2cap)
{
	*smp = (struct qb_smp){.l2cap = l2cap};
}

void qb_smp_receive(struct qb_smp *smp, const uint8_t *sdu, size_t len)
{
	struct qb_buf *buf;

	/* Reserved codes are ignored (3.3), and a failure is never answered with a failure. */
	if (!len || !sdu[0] || sdu[0] > KEYPRESS || sdu[0] == PAIRING_FAILED ||
	    smp->answers >= QB_RSP_QUEUE_MAX)
		return;
	buf = qb_l2cap_buf(smp->l2cap);
	if (!buf)
		return;
	qb_buf_sdu(buf)[0] = PAIRING_FAILED;
	if (sdu[0] == PAIRING_REQUEST || sdu[0] == SECURITY_REQUEST)
		qb_buf_sdu(buf)[1] = REASON_NOT_SUPPORTED;
	else
		qb_buf_sdu(buf)[1] = REASON_UNSPECIFIED;
	buf->done = sent;
	buf->owner = smp;
	smp->answers++;
	qb_l2cap_send(smp->l2cap, QB_L2CAP_CID_SMP, buf, 2);
}
