/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switching advertising and scanning on and off at the controller, for any number of callers. */
#include <stdlib.h>

#include "ble/ble-internal.h"

bool qb_switch_join(struct qb_switch *sw, bool on, struct qb_pending *pending)
{
	if (sw->on != on)
		return false;
	if (sw->last && sw->last->on == on) {
		pending->next = sw->last->calls;
		sw->last->calls = pending;
	} else {
		qb_call_ok(pending);
	}
	return true;
}

struct qb_turn *qb_switch_turn(struct qb_ble *ble, struct qb_switch *sw, bool on,
                               struct qb_pending *pending)
{
	struct qb_turn *turn = malloc(sizeof(*turn));

	if (!turn) {
		if (pending)
			qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return NULL;
	}
	*turn = (struct qb_turn){.ble = ble, .sw = sw, .on = on, .calls = pending};
	sw->on = on;
	sw->last = turn;
	return turn;
}

void qb_switch_done(void *user, uint8_t status)
{
	struct qb_turn *turn = user;
	struct qb_ble *ble = turn->ble;
	struct qb_pending *pending, *next;

	if (turn->sw->last == turn) {
		turn->sw->last = NULL;
		if (status)
			turn->sw->on = !turn->on && status != QB_HCI_ABORTED;
	}
	pending = turn->calls;
	free(turn);
	for (; pending; pending = next) {
		next = pending->next;
		qb_call_end_hci(pending, status);
	}
	qb_stop_check(ble);
}
