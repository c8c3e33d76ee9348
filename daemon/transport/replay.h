/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture in the place of a controller, so that what went wrong elsewhere goes wrong here: what
 * the host sends is matched with what it sent then, and what the controller sent is handed in where
 * it came then.
 */
#pragma once

#include <systemd/sd-event.h>

#include "transport/transport.h"

struct qb_replay;

/*
 * arg: "FILE", in the time in which it was captured, "FILE,speed=N" N times as fast, 1 to 1000, or
 * "FILE,fast", waiting for the host alone. Returns 0, or a negative errno with the reason, and
 * where in the file it lies, in why.
 */
int qb_replay_new(struct qb_replay **ret, sd_event *event, const char *arg, char why[QB_WHY_MAX]);
void qb_replay_free(struct qb_replay *replay);

/*
 * The controller is opened: returns a descriptor for qb_transport_take(), one packet a read. Each
 * opening plays on from the next HCI Reset, as the host begins anew with one. -ENODATA, with the
 * reason in why: there is none left.
 */
int qb_replay_connect(struct qb_replay *replay, char why[QB_WHY_MAX]);
