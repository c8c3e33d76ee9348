/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The LE signalling channel, as l2cap.c knows it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "host/l2cap/l2cap.h"

void qb_signalling_init(struct qb_l2cap *l2cap);
void qb_signalling_done(struct qb_l2cap *l2cap);

/* One SDU of the channel, of which len octets are at hand. *l2cap may be gone afterwards. */
void qb_signalling_receive(struct qb_l2cap *l2cap, const uint8_t *sdu, size_t len);
