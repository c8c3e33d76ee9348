/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to the bus: taken by another, gone, back, slow, and dead. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bus/bus-internal.h"
#include "bus_bed.h"

static void on_pause(void *user, bool pause)
{
}

static const struct qb_bus_ops ops = {.pause = on_pause};

static unsigned ids, wrong;

/* Signals of emit() come with the status 1, 2, 3 … */
static int on_signal(sd_bus_message *m, void *user, sd_bus_error *error)
{
	uint32_t id;
	int32_t status;

	if (sd_bus_message_read(m, "ui", &id, &status) < 0 || status != (int32_t)++ids)
		wrong++;
	return 0;
}

static void listen(void)
{
	ck_assert_int_ge(sd_bus_match_signal_async(bed_client, NULL, QB_BUS_NAME, QB_BUS_PATH,
	                                           QB_BUS_INTERFACE, "GattSendEnd", on_signal, NULL,
	                                           NULL),
	                 0);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
}

static unsigned emitted;

static void emit(void)
{
	struct qb_event event = {.id = 25, .status = (int32_t)++emitted};

	qb_bus_event(bed_bus, &event);
}

/* More than the kernel takes on behalf of a bus that stands. */
static void emit_until_congested(void)
{
	for (unsigned i = 0; i < 100000 && !qb_bus_congested(bed_bus); i++)
		emit();
	ck_assert(qb_bus_congested(bed_bus));
}

START_TEST(name_taken)
{
	struct qb_bus *second = NULL;

	ck_assert_int_eq(qb_bus_new(&second, bed_event, &bed_clock, QB_BUS_NAME, "x", &ops, NULL),
	                 -EEXIST);
	ck_assert_ptr_null(second);
	said_has("take the name com.quectel.Ble1", "is another qbled running?");
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
}
END_TEST

/* A name below ours is one more controller's; what is no name at all is a wrong option. */
START_TEST(other_name)
{
	struct qb_bus *second = NULL;

	ck_assert_int_eq(qb_bus_new(&second, bed_event, &bed_clock, "nonsense", "x", &ops, NULL),
	                 -EINVAL);
	said_has("cannot take the name nonsense", "Invalid argument");
	ck_assert_int_eq(
	        qb_bus_new(&second, bed_event, &bed_clock, QB_BUS_NAME ".hci1", "x", &ops, NULL),
	        0);
	ck_assert_int_ge(sd_bus_get_name_creds(bed_client, QB_BUS_NAME ".hci1", 0, NULL), 0);
	qb_bus_free(second);
}
END_TEST

START_TEST(no_bus)
{
	struct qb_bus *second = NULL;

	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	ck_assert_int_eq(qb_bus_new(&second, bed_event, &bed_clock, QB_BUS_NAME, "x", &ops, NULL),
	                 -ENOENT);
	said_has("cannot connect to the system bus", "No such file");
}
END_TEST

static void turns_for(unsigned msec)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	do {
		bed_turn(10);
		clock_gettime(CLOCK_MONOTONIC, &b);
	} while ((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < msec);
}

static void until_said(const char *part)
{
	for (int i = 0; i < 1000 && !strstr(said(), part); i++)
		bed_turn(10);
	said_has(part, NULL);
}

static unsigned count_said(const char *part)
{
	unsigned n = 0;

	for (const char *p = said(); (p = strstr(p, part)); p++)
		n++;
	return n;
}

/* The bus ends and comes back: said once each; calls, waiters, events and their numbers go on. */
START_TEST(comes_back)
{
	struct qb_result ok = {0};

	emit();
	bed_hold = true;
	bed_call_async(bed_client, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_n_called, 1);
	bed_call_async(bed_client, QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(2), 1, 60000);
	bed_turn(10);
	sd_bus_close_unref(bed_client);
	bed_client = NULL;
	bed_bus_signal(SIGKILL);
	until_said("the connection to the system bus is lost");
	/* Meanwhile things happen: an event, the end of a call whose caller has gone with the bus.
	 */
	emit();
	bed_end(0, &ok);
	ck_assert_uint_eq(bed_bus->replies, 0);
	qb_bus_changed(bed_bus, QB_CHANGE_STATUS);
	ck_assert(!qb_bus_congested(bed_bus));
	turns_for(1000);
	ck_assert_uint_eq(count_said("\n"), 2);
	said_has("cannot connect to the system bus", NULL);

	bed_bus_up();
	until_said("the system bus is back");
	ck_assert_uint_eq(bed_bus->n_waiters, 0);
	bed_client = bed_client_new();
	bed_hold = false;
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "GetEvents", "tu", UINT64_C(2), 9),
	                 "(3, [(2, 25, 2, 0, {})])");
	ids = 2;
	listen();
	emit();
	bed_until(&ids, 3);
	/* A second time is news again. */
	sd_bus_close_unref(bed_client);
	bed_client = NULL;
	said_begin();
	bed_bus_signal(SIGKILL);
	until_said("the connection to the system bus is lost");
	until_said("cannot connect to the system bus");
	bed_bus_up();
	until_said("the system bus is back");
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Somebody else took the name while the bus was away: tried again until it is free. */
START_TEST(name_gone)
{
	sd_bus *thief;

	sd_bus_close_unref(bed_client);
	bed_client = NULL;
	bed_bus_signal(SIGKILL);
	until_said("the connection to the system bus is lost");
	bed_bus_up();
	thief = bed_client_new();
	ck_assert_int_ge(sd_bus_request_name(thief, QB_BUS_NAME, 0), 0);
	until_said("is another qbled running?");
	turns_for(800);
	ck_assert_uint_eq(count_said("is another qbled running?"), 1);
	sd_bus_close_unref(thief);
	until_said("the system bus is back");
	bed_client = bed_client_new();
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
}
END_TEST

/* A bus that is slow holds the controller up, and nothing is lost. */
START_TEST(slow)
{
	listen();
	bed_bus_signal(SIGSTOP);
	emit_until_congested();
	ck_assert(!bed_paused);
	for (unsigned i = 0; i < 100000 && !bed_paused; i++)
		emit();
	ck_assert(bed_paused);
	/* Never for long: an answer may be among what is not read. */
	turns_for(400);
	ck_assert(!bed_paused);
	emit();
	ck_assert(bed_paused);
	ck_assert_uint_eq(bed_pauses, 2);
	bed_bus_signal(SIGCONT);
	bed_until(&ids, emitted);
	ck_assert(!bed_paused);
	ck_assert(!qb_bus_congested(bed_bus));
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

static int nothing(sd_event_source *source, void *user)
{
	return 0;
}

/* The pause ends with the turn of the loop in which the queue has become short. */
START_TEST(caught_up)
{
	sd_bus *bus = bed_bus->bus;

	bed_bus_signal(SIGSTOP);
	while (!bed_paused)
		emit();
	bed_turn(0);
	ck_assert(bed_paused);
	/* No queue at all. */
	bed_bus->bus = NULL;
	ck_assert_int_ge(sd_event_add_defer(bed_event, NULL, nothing, NULL), 0);
	bed_turn(0);
	bed_turn(0);
	ck_assert(!bed_paused);
	bed_bus->bus = bus;
}
END_TEST

/* One that takes nothing at all is given up before it takes all memory, and found again. */
START_TEST(dead)
{
	bed_bus_signal(SIGSTOP);
	for (unsigned i = 0; i < 100000; i++)
		emit();
	until_said("it has taken nothing for a long time");
	turns_for(600);
	ck_assert_uint_eq(count_said("is lost"), 1);
	sd_bus_close_unref(bed_client);
	bed_client = NULL;
	bed_bus_signal(SIGCONT);
	until_said("the system bus is back");
	bed_client = bed_client_new();
	ck_assert_str_eq(bed_call(QB_BUS_INTERFACE, "Plain", ""), "()");
}
END_TEST

/* The end of the daemon does not wait for a dead bus for long. */
START_TEST(end_on_a_dead_bus)
{
	struct timespec a, b;

	bed_bus_signal(SIGSTOP);
	emit_until_congested();
	clock_gettime(CLOCK_MONOTONIC, &a);
	qb_bus_free(bed_bus);
	clock_gettime(CLOCK_MONOTONIC, &b);
	bed_bus = NULL;
	ck_assert_int_le(b.tv_sec - a.tv_sec, 3);
}
END_TEST

/* What was said last before the end is heard. */
START_TEST(last_words)
{
	listen();
	bed_bus_signal(SIGSTOP);
	emit_until_congested();
	bed_bus_signal(SIGCONT);
	qb_bus_serve(bed_bus, NULL);
	qb_bus_free(bed_bus);
	bed_bus = NULL;
	bed_until(&ids, emitted);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {name_taken,        other_name, no_bus, comes_back,
	                              name_gone,         slow,       dead,   last_words,
	                              end_on_a_dead_bus, caught_up};

	return unit_run_with("bus_connection", bed_setup, bed_teardown, tests,
	                     sizeof(tests) / sizeof(tests[0]));
}
