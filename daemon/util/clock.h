/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge between the daemon's event loop and the timers of the parts that know no clock. A
 * timer that is moved further away costs no system call: the loop wakes up once too often instead.
 */
#pragma once

#include <systemd/sd-event.h>

#include "util/timer.h"

struct qb_clock {
	struct qb_timers timers;
	sd_event *event;
	sd_event_source *source;
	uint64_t armed;
};

int qb_clock_init(struct qb_clock *clock, sd_event *event);
void qb_clock_done(struct qb_clock *clock);

/* Brings the timers up to now; called before anything from outside is handled. */
void qb_clock_tick(struct qb_clock *clock);
