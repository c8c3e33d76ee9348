/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * L2CAP PDUs of one link: put together from fragments, handed to their channel, and sent (Core 5.4,
 * Vol 3, Part A, 3.1 and 7.2).
 */
#include "host/l2cap/l2cap.h"

#include <assert.h>
#include <string.h>

#include "host/hci/hci.h"
#include "host/l2cap/signalling.h"
#include "util/le.h"

/* Length of the SDU, channel. */
#define HEADER 4

/*
 * The last thing that happens to a PDU: the floor above may free the link. len is what is at hand;
 * whole says whether that is all of the SDU.
 */
static void deliver(struct qb_l2cap *l2cap, uint16_t cid, const uint8_t *sdu, size_t len,
                    bool whole)
{
	switch (cid) {
	case QB_L2CAP_CID_ATT:
	case QB_L2CAP_CID_SMP:
		if (whole)
			l2cap->ops->receive(l2cap->user, cid, sdu, len);
		break;
	case QB_L2CAP_CID_SIGNALLING:
		/* What is too long is answered there. */
		qb_signalling_receive(l2cap, sdu, len);
		break;
	}
}

/*
 * Adds a fragment to the unfinished PDU. Only as much as an SDU may have is kept, but all of it is
 * counted, so that the PDU's end is found. A fragment that goes past it makes the PDU invalid.
 */
static void append(struct qb_l2cap *l2cap, const uint8_t *data, size_t len)
{
	size_t have = l2cap->rx_have, kept = have, want;

	if (have < sizeof(l2cap->rx)) {
		size_t room = sizeof(l2cap->rx) - have;

		kept += len < room ? len : room;
		memcpy(l2cap->rx + have, data, kept - have);
	} else {
		kept = sizeof(l2cap->rx);
	}
	have += len;
	l2cap->rx_have = (uint32_t)have;
	if (have < HEADER)
		return;
	want = HEADER + qb_get_le16(l2cap->rx);
	if (have < want)
		return;
	l2cap->rx_have = 0;
	if (have == want)
		deliver(l2cap, qb_get_le16(l2cap->rx + 2), l2cap->rx + HEADER, kept - HEADER,
		        kept == want);
}

static void receive(void *user, uint8_t pb, const uint8_t *data, size_t len)
{
	struct qb_l2cap *l2cap = user;

	switch (pb) {
	case QB_ACL_START:
	case QB_ACL_START_NO_FLUSH:
		/* Whatever was unfinished will never be finished. */
		l2cap->rx_have = 0;
		/* The usual case: one fragment, no copy. */
		if (len >= HEADER && len == (size_t)HEADER + qb_get_le16(data) &&
		    len <= sizeof(l2cap->rx))
			deliver(l2cap, qb_get_le16(data + 2), data + HEADER, len - HEADER, true);
		else
			append(l2cap, data, len);
		break;
	case QB_ACL_CONTINUE:
		if (l2cap->rx_have)
			append(l2cap, data, len);
		break;
	}
}

void qb_l2cap_init(struct qb_l2cap *l2cap, struct qb_hci *hci, uint16_t handle, bool central,
                   const struct qb_l2cap_ops *ops, void *user)
{
	l2cap->timers = hci->timers;
	l2cap->pool = hci->acl.pool;
	l2cap->ops = ops;
	l2cap->user = user;
	l2cap->central = central;
	l2cap->rx_have = 0;
	qb_signalling_init(l2cap);
	qb_acl_attach(hci, &l2cap->acl, handle, receive, l2cap);
}

void qb_l2cap_done(struct qb_l2cap *l2cap, uint8_t reason)
{
	if (!l2cap->acl.hci)
		return;
	qb_acl_detach(&l2cap->acl, reason);
	qb_signalling_done(l2cap);
}

void qb_l2cap_send(struct qb_l2cap *l2cap, uint16_t cid, struct qb_buf *buf, size_t len)
{
	uint8_t *header = qb_buf_sdu(buf) - HEADER;

	assert(len <= QB_SDU_MAX);
	qb_put_le16(header, (uint16_t)len);
	qb_put_le16(header + 2, cid);
	buf->end = (uint16_t)(QB_BUF_HEADROOM + len);
	qb_acl_queue(&l2cap->acl, buf);
}
