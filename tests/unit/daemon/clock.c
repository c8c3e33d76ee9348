/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers in the event loop, also of a daemon that did not run for a while. */
#include "util/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../unit.h"

static sd_event *event;
static struct qb_clock clock_;
static struct qb_timer deadline, other;
static int line[2]; /* the peer writes to the second */

/* What happened: a letter from the peer, '!' for the deadline, '?' for the other one. */
static char story[16];

static void happens(char what)
{
	ck_assert_uint_lt(strlen(story), sizeof(story) - 1);
	story[strlen(story)] = what;
}

static void on_deadline(void *user)
{
	happens('!');
	sd_event_exit(event, 0);
}

static void on_other(void *user)
{
	happens('?');
}

/* One letter at a time, as a user channel has one packet at a time; 'x' was waited for. */
static int on_letter(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	char letter;

	ck_assert_int_eq(read(fd, &letter, 1), 1);
	qb_clock_tick(&clock_);
	happens(letter);
	if (letter != 'x')
		return 0;
	qb_timer_cancel(&clock_.timers, &deadline);
	return sd_event_exit(event, 0);
}

static void stand_still(unsigned msec)
{
	const struct timespec span = {msec / 1000, msec % 1000 * 1000000L};

	nanosleep(&span, NULL);
}

static void set_up(void)
{
	memset(story, 0, sizeof(story));
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_ge(qb_clock_init(&clock_, event), 0);
	ck_assert_int_eq(pipe(line), 0);
	ck_assert_int_ge(sd_event_add_io(event, NULL, line[0], EPOLLIN, on_letter, NULL), 0);
	qb_timer_init(&deadline, on_deadline, NULL);
	qb_timer_init(&other, on_other, NULL);
	qb_timer_arm(&clock_.timers, &deadline, 50 * QB_MSEC);
}

static void tear_down(void)
{
	qb_clock_done(&clock_);
	sd_event_unref(event);
	close(line[0]);
	close(line[1]);
}

START_TEST(nothing_comes_and_the_deadline_passes)
{
	set_up();
	ck_assert_int_eq(sd_event_loop(event), 0);
	ck_assert_str_eq(story, "!");
	tear_down();
}
END_TEST

START_TEST(what_came_while_the_daemon_stood_still_is_no_reason_to_give_up)
{
	set_up();
	ck_assert_int_eq(write(line[1], "abcx", 4), 4);
	stand_still(200);
	ck_assert_int_eq(sd_event_loop(event), 0);
	ck_assert_str_eq(story, "abcx");
	tear_down();
}
END_TEST

START_TEST(but_a_late_deadline_still_passes)
{
	set_up();
	ck_assert_int_eq(write(line[1], "abc", 3), 3);
	stand_still(200);
	ck_assert_int_eq(sd_event_loop(event), 0);
	ck_assert_str_eq(story, "abc!");
	tear_down();
}
END_TEST

/* The peer never stops; its letters must not keep the deadline away. */
static int on_flood(sd_event_source *source, int fd, uint32_t revents, void *user)
{
	qb_clock_tick(&clock_);
	return 0;
}

START_TEST(nobody_keeps_a_late_deadline_away)
{
	int flood[2];

	set_up();
	ck_assert_int_eq(pipe(flood), 0);
	ck_assert_int_ge(sd_event_add_io(event, NULL, flood[0], EPOLLIN, on_flood, NULL), 0);
	ck_assert_int_eq(write(flood[1], "z", 1), 1);
	stand_still(200);
	ck_assert_int_eq(sd_event_loop(event), 0);
	ck_assert_str_eq(story, "!");
	close(flood[0]);
	close(flood[1]);
	tear_down();
}
END_TEST

START_TEST(late_deadlines_pass_in_their_order)
{
	set_up();
	qb_timer_arm(&clock_.timers, &other, 20 * QB_MSEC);
	stand_still(200);
	ck_assert_int_eq(sd_event_loop(event), 0);
	ck_assert_str_eq(story, "?!");
	tear_down();
}
END_TEST

UNIT_MAIN("clock", nothing_comes_and_the_deadline_passes,
          what_came_while_the_daemon_stood_still_is_no_reason_to_give_up,
          but_a_late_deadline_still_passes, nobody_keeps_a_late_deadline_away,
          late_deadlines_pass_in_their_order)
