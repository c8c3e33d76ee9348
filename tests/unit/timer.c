/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers fire in order, see their own deadline, and may do anything to one another. */
#include "util/timer.h"

#include "unit.h"

#define MANY 500

struct alarm {
	struct qb_timer timer;
	struct qb_timers *timers;
	unsigned fired;
	uint64_t at;
	unsigned turn; /* the how manieth alarm it was */
	struct alarm *cancels, *rearms;
	uint64_t delay;
};

static unsigned turns;

static void fire(void *user)
{
	struct alarm *alarm = user;

	alarm->fired++;
	alarm->at = alarm->timers->now;
	alarm->turn = ++turns;
	if (alarm->cancels)
		qb_timer_cancel(alarm->timers, &alarm->cancels->timer);
	if (alarm->rearms)
		qb_timer_arm(alarm->timers, &alarm->rearms->timer, alarm->rearms->delay);
}

static void set(struct alarm *alarm, struct qb_timers *timers, uint64_t delay)
{
	*alarm = (struct alarm){.timers = timers, .delay = delay};
	qb_timer_init(&alarm->timer, fire, alarm);
	qb_timer_arm(timers, &alarm->timer, delay);
}

START_TEST(nothing_fires_early)
{
	struct qb_timers timers = {0};
	struct alarm a;

	ck_assert(qb_timers_next(&timers) == QB_NEVER);
	set(&a, &timers, 5 * QB_MSEC);
	ck_assert(qb_timer_armed(&a.timer));
	ck_assert(qb_timers_next(&timers) == 5 * QB_MSEC);
	qb_timers_advance(&timers, 5 * QB_MSEC - 1);
	ck_assert_uint_eq(a.fired, 0);
	qb_timers_advance(&timers, 5 * QB_MSEC);
	ck_assert_uint_eq(a.fired, 1);
	ck_assert(!qb_timer_armed(&a.timer));
	ck_assert(qb_timers_next(&timers) == QB_NEVER);
	qb_timers_advance(&timers, QB_SEC);
	ck_assert_uint_eq(a.fired, 1);
}
END_TEST

START_TEST(each_sees_its_own_deadline)
{
	struct qb_timers timers = {0};
	struct alarm a, b;

	set(&a, &timers, 30);
	set(&b, &timers, 20);
	qb_timers_advance(&timers, 100);
	ck_assert(b.at == 20);
	ck_assert(a.at == 30);
	ck_assert(timers.now == 100);
	qb_timers_advance(&timers, 50);
	ck_assert(timers.now == 100);
}
END_TEST

START_TEST(equal_deadlines_fire_in_the_order_of_arming)
{
	struct qb_timers timers = {0};
	struct alarm first, same[8];

	set(&first, &timers, 1);
	for (int i = 0; i < 8; i++)
		set(&same[i], &timers, 5);
	qb_timers_advance(&timers, 10);
	for (int i = 1; i < 8; i++)
		ck_assert_uint_gt(same[i].turn, same[i - 1].turn);
}
END_TEST

START_TEST(moving_a_timer_puts_it_behind_its_equals)
{
	struct qb_timers timers = {0};
	struct alarm a, b;

	set(&a, &timers, 5);
	set(&b, &timers, 5);
	qb_timer_arm(&timers, &a.timer, 5);
	qb_timers_advance(&timers, 5);
	ck_assert_uint_eq(a.fired, 1);
	ck_assert_uint_eq(b.fired, 1);
	ck_assert_uint_gt(a.turn, b.turn);
}
END_TEST

START_TEST(a_callback_cancels_another_that_is_due)
{
	struct qb_timers timers = {0};
	struct alarm a, b;

	set(&a, &timers, 5);
	set(&b, &timers, 6);
	a.cancels = &b;
	qb_timers_advance(&timers, 100);
	ck_assert_uint_eq(a.fired, 1);
	ck_assert_uint_eq(b.fired, 0);
	ck_assert(!qb_timer_armed(&b.timer));
	qb_timer_cancel(&timers, &b.timer);
}
END_TEST

START_TEST(a_callback_arms_itself_again)
{
	struct qb_timers timers = {0};
	struct alarm a;

	set(&a, &timers, 10);
	a.rearms = &a;
	qb_timers_advance(&timers, 35);
	ck_assert_uint_eq(a.fired, 3);
	ck_assert(qb_timers_next(&timers) == 40);
}
END_TEST

START_TEST(for_ever_is_never)
{
	struct qb_timers timers = {.now = 1000};
	struct alarm a;

	set(&a, &timers, QB_NEVER);
	ck_assert(qb_timers_next(&timers) == QB_NEVER);
	qb_timers_advance(&timers, QB_NEVER - 1);
	ck_assert_uint_eq(a.fired, 0);
}
END_TEST

/* Against the simplest model there is: whoever is armed and due has fired, in order. */
START_TEST(many_armed_moved_and_cancelled)
{
	static struct alarm alarms[MANY];
	struct qb_timers timers = {0};
	uint32_t seed = 1;
	uint64_t last = 0;

	for (int i = 0; i < MANY; i++) {
		seed = seed * 1664525 + 1013904223;
		set(&alarms[i], &timers, seed >> 16 & 0x3ff);
	}
	for (int i = 0; i < MANY; i += 3)
		qb_timer_cancel(&timers, &alarms[i].timer);
	for (int i = 0; i < MANY; i += 5) {
		seed = seed * 1664525 + 1013904223;
		alarms[i].delay = seed >> 16 & 0x3ff;
		qb_timer_arm(&timers, &alarms[i].timer, alarms[i].delay);
	}
	for (uint64_t now = 0; now < 1024; now += 7) {
		qb_timers_advance(&timers, now);
		ck_assert(qb_timers_next(&timers) > now);
		for (int i = 0; i < MANY; i++) {
			struct alarm *a = &alarms[i];
			bool lives = i % 5 == 0 || i % 3;

			ck_assert_uint_eq(a->fired, lives && alarms[i].timer.deadline <= now);
			ck_assert(!a->fired || a->at == a->delay);
		}
	}
	qb_timers_advance(&timers, 1024);
	for (unsigned turn = 1; turn <= turns; turn++) {
		for (int i = 0; i < MANY; i++) {
			if (alarms[i].turn != turn)
				continue;
			ck_assert(alarms[i].at >= last);
			last = alarms[i].at;
		}
	}
	ck_assert(qb_timers_next(&timers) == QB_NEVER);
}
END_TEST

UNIT_MAIN("timer", nothing_fires_early, each_sees_its_own_deadline,
          equal_deadlines_fire_in_the_order_of_arming, moving_a_timer_puts_it_behind_its_equals,
          a_callback_cancels_another_that_is_due, a_callback_arms_itself_again, for_ever_is_never,
          many_armed_moved_and_cancelled)
