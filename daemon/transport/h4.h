/* SPDX-License-Identifier: GPL-2.0-or-later */
/* H4: packets in a byte stream (Core 5.4, Vol 4, Part A). A pure codec, without I/O. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest packet with its indicator: an ISO or ACL packet may announce 64 KiB. */
#define QB_H4_PACKET_MAX (1 + 4 + 65535)

struct qb_h4 {
	size_t have;
	uint8_t buf[QB_H4_PACKET_MAX];
};

typedef void (*qb_h4_packet_fn)(void *user, const uint8_t *packet, size_t len);

/*
 * Takes octets as they come and hands out each whole packet. Returns false when an octet that
 * should begin a packet is no packet indicator of a controller: the stream is out of step, and
 * H4 has no way back.
 */
bool qb_h4_input(struct qb_h4 *h4, const uint8_t *data, size_t len, qb_h4_packet_fn fn, void *user);
