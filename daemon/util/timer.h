/* SPDX-License-Identifier: MIT */
/*
 * Timers against a clock that is handed in. Nothing here reads the time: whoever owns the queue
 * says what time it is, which may be the real one or a simulated one. Times are in microseconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define QB_MSEC  UINT64_C(1000)
#define QB_SEC   UINT64_C(1000000)
#define QB_NEVER UINT64_MAX

/* Embedded in its owner; a pairing heap links timers to one another, so arming allocates nothing.
 */
struct qb_timer {
	uint64_t deadline;
	uint64_t turn; /* among equal deadlines */
	void (*fn)(void *user);
	void *user;
	struct qb_timer *child, *next, **link;
};

struct qb_timers {
	uint64_t now;
	uint64_t turns;
	struct qb_timer *root;
};

static inline void qb_timer_init(struct qb_timer *timer, void (*fn)(void *user), void *user)
{
	*timer = (struct qb_timer){.fn = fn, .user = user};
}

static inline bool qb_timer_armed(const struct qb_timer *timer)
{
	return timer->link;
}

/* Fires once, delay microseconds from now; arming an armed timer moves it. */
void qb_timer_arm(struct qb_timers *timers, struct qb_timer *timer, uint64_t delay);

/* Does nothing if the timer is not armed. */
void qb_timer_cancel(struct qb_timers *timers, struct qb_timer *timer);

/* When the next timer is due, or QB_NEVER. */
static inline uint64_t qb_timers_next(const struct qb_timers *timers)
{
	return timers->root ? timers->root->deadline : QB_NEVER;
}

/* Sets the clock, which never goes backwards, and fires nothing. */
static inline void qb_timers_set(struct qb_timers *timers, uint64_t now)
{
	if (now > timers->now)
		timers->now = now;
}

/*
 * Sets the clock likewise, and fires what is due, earliest first, and in the order of arming where
 * deadlines are equal. Each timer sees its own deadline as now, or what the clock was set to.
 */
void qb_timers_advance(struct qb_timers *timers, uint64_t now);
