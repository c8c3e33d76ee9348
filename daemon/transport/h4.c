/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4: packets in a byte stream. */
#include "transport/h4.h"

#include <string.h>

#include "host/hci/spec.h"
#include "util/le.h"

/*
 * How many octets the packet that begins at p has: its header as long as that is not whole, 0 if
 * no packet begins like this.
 */
static size_t packet_len(const uint8_t *p, size_t have)
{
	switch (p[0]) {
	case QB_H4_EVENT: return have < 3 ? 3 : 3 + (size_t)p[2];
	case QB_H4_ACL: return have < 5 ? 5 : 5 + (size_t)qb_get_le16(p + 3);
	case QB_H4_SYNC: return have < 4 ? 4 : 4 + (size_t)p[3];
	/* The two top bits of an ISO length are reserved (Part E, 5.4.5). */
	case QB_H4_ISO: return have < 5 ? 5 : 5 + (size_t)(qb_get_le16(p + 3) & 0x3fff);
	default: return 0;
	}
}

/* True if the packet at p, of which have octets are there, is whole. *ret is where it ends. */
static bool is_whole(const uint8_t *p, size_t have, size_t *ret)
{
	*ret = packet_len(p, have);
	return have >= *ret;
}

bool qb_h4_input(struct qb_h4 *h4, const uint8_t *data, size_t len, qb_h4_packet_fn fn, void *user)
{
	size_t want;

	while (len) {
		if (!h4->have) {
			/* The usual case: whole packets, handed out where they lie. */
			if (!packet_len(data, len))
				return false;
			if (is_whole(data, len, &want)) {
				fn(user, data, want);
				data += want;
				len -= want;
				continue;
			}
			memcpy(h4->buf, data, len);
			h4->have = len;
			return true;
		}
		while (len && !is_whole(h4->buf, h4->have, &want)) {
			size_t take = want - h4->have < len ? want - h4->have : len;

			memcpy(h4->buf + h4->have, data, take);
			h4->have += take;
			data += take;
			len -= take;
		}
		if (is_whole(h4->buf, h4->have, &want)) {
			h4->have = 0;
			fn(user, h4->buf, want);
		}
	}
	return true;
}
