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
	REASON_INVALID_PARAMETERS = 0x0a,
};

/* The length of each command, its code included (3.5 and 3.6); 0: there is none. */
static const uint8_t lengths[] = {0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2};

static void sent(struct qb_buf *buf, uint8_t status)
{
	struct qb_smp *smp = buf->owner;

	smp->answers--;
}

void qb_smp_init(struct qb_smp *smp, struct qb_l2cap *l2cap)
{
	*smp = (struct qb_smp){.l2cap = l2cap};
}

static uint8_t reason(uint8_t code, size_t len)
{
	if (len != lengths[code])
		return REASON_INVALID_PARAMETERS;
	return code == PAIRING_REQUEST || code == SECURITY_REQUEST ? REASON_NOT_SUPPORTED
	                                                           : REASON_UNSPECIFIED;
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
	qb_buf_sdu(buf)[1] = reason(sdu[0], len);
	buf->done = sent;
	buf->owner = smp;
	smp->answers++;
	qb_l2cap_send(smp->l2cap, QB_L2CAP_CID_SMP, buf, 2);
}
