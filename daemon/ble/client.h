/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between client.c and client-calls.c: the kinds of client procedures as the API sees them. */
#pragma once

#include "ble/conn.h"

enum qb_client_kind {
	QB_KIND_AUTO_MTU,
	QB_KIND_EXCHANGE_MTU,
	QB_KIND_SERVICES,
	QB_KIND_SERVICES_BY_UUID,
	QB_KIND_INCLUDES,
	QB_KIND_CHARAS,
	QB_KIND_DESCS,
	QB_KIND_READ_BY_UUID,
	QB_KIND_READ,
	QB_KIND_READ_DESC,
	QB_KIND_READ_MULTI,
	QB_KIND_WRITE,
	QB_KIND_WRITE_NO_RSP,
	QB_KIND_WRITE_DESC,
};

/*
 * The tag that a procedure of a kind carries, and the handle that its events are about. Above them
 * is the connection's era, in which it was started.
 */
#define QB_ERA_SHIFT 24

unsigned qb_client_tag(enum qb_client_kind kind, uint16_t handle);

/*
 * Accepts a call that then ends, in its turn, in event 37 with an ATT error code, or, with code 0,
 * in event 20. False if memory is out; then the call has not been ended.
 */
bool qb_client_answer(struct qb_conn *conn, unsigned tag, uint8_t code, struct qb_pending *pending);
