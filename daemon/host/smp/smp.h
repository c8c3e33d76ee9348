/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Security Manager of one link (Core 5.4, Vol 3, Part H, 3). This host does not pair: it says
 * so to whoever asks.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "host/l2cap/l2cap.h"

struct qb_smp {
	struct qb_l2cap *l2cap;
	unsigned answers; /* queued and not yet taken by the controller */
};

void qb_smp_init(struct qb_smp *smp, struct qb_l2cap *l2cap);

/* One SDU of the SMP channel. */
void qb_smp_receive(struct qb_smp *smp, const uint8_t *sdu, size_t len);
