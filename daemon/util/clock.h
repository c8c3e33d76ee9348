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
	bool late; /* what is due waits for what came meanwhile */
};

int qb_clock_init(struct qb_clock *clock, sd_event *event);
void qb_clock_done(struct qb_clock *clock);

/*
 * Tells the timers the time, before anything from outside is handled; what is due fires from the
 * loop alone.
 */
void qb_clock_tick(struct qb_clock *clock);
