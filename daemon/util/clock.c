/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bridge between the event loop and the timers. */
#include "util/clock.h"

#include <time.h>

/* How late a timer may fire for the sake of fewer wake-ups, in microseconds. */
#define ACCURACY 500

/*
 * A timer that is this late says that we did not run, as after SIGSTOP or on a machine that
 * thrashes. What it would declare missing may have come long ago: that gets this much time to be
 * handled first.
 */
#define LATE  (100 * QB_MSEC)
#define GRACE (20 * QB_MSEC)

void qb_clock_tick(struct qb_clock *clock)
{
	uint64_t now;

	if (sd_event_now(clock->event, CLOCK_MONOTONIC, &now) >= 0)
		qb_timers_set(&clock->timers, now);
}

static int on_time(sd_event_source *source, uint64_t usec, void *user)
{
	struct qb_clock *clock = user;
	uint64_t next = qb_timers_next(&clock->timers), now;
	int r = sd_event_now(clock->event, CLOCK_MONOTONIC, &now);

	if (r < 0)
		return r;
	clock->late = !clock->late && next < now && now - next > LATE;
	if (!clock->late)
		qb_timers_advance(&clock->timers, now);
	clock->armed = clock->late ? now + GRACE : qb_timers_next(&clock->timers);
	return sd_event_source_set_time(source, clock->armed);
}

/* Before the loop sleeps: only an earlier deadline than the one it knows is news to it. */
static int on_prepare(sd_event_source *source, void *user)
{
	struct qb_clock *clock = user;
	uint64_t next = qb_timers_next(&clock->timers);

	if (clock->late || next >= clock->armed)
		return 0;
	clock->armed = next;
	return sd_event_source_set_time(source, next);
}

int qb_clock_init(struct qb_clock *clock, sd_event *event)
{
	int r;

	*clock = (struct qb_clock){.event = event, .armed = QB_NEVER};
	r = sd_event_add_time(event, &clock->source, CLOCK_MONOTONIC, QB_NEVER, ACCURACY, on_time,
	                      clock);
	if (r < 0)
		return r;
	qb_clock_tick(clock);
	r = sd_event_source_set_enabled(clock->source, SD_EVENT_ON);
	if (r < 0)
		return r;
	return sd_event_source_set_prepare(clock->source, on_prepare);
}

void qb_clock_done(struct qb_clock *clock)
{
	clock->source = sd_event_source_unref(clock->source);
}
