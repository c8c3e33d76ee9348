/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's bus on a private dbus-daemon, over an API that is played by the test, and a client
 * beside it: all in one process and one loop, so that a test says what happens in which order.
 */
#pragma once

#include <check.h>
#include <systemd/sd-bus.h>

#include "../unit.h"
#include "bus/bus.h"
#include "said.h"

#define BED_CALLS_MAX 5000

/* The loop, the bus under test, and its client. */
extern sd_event *bed_event;
extern struct qb_clock bed_clock;
extern struct qb_bus *bed_bus;
extern sd_bus *bed_client;

/* A dbus-daemon; the environment leads to it. Again: the same address. */
void bed_bus_up(void);
void bed_bus_signal(int signal); /* to the dbus-daemon; waits for its end after SIGKILL */

/* All of it, and the end of it. */
void bed_setup(void);
void bed_teardown(void);
sd_bus *bed_client_new(void);

/* One turn of the loop, at most so many milliseconds. */
void bed_turn(unsigned msec);

/* Turns until *counter has the value; fails after ten seconds. */
void bed_until(const unsigned *counter, unsigned value);

/*
 * Calls a method of the bus under test and returns how it ended as text: "(1, 'two', <03 04>)" or
 * "Name: text" of an error, without com.quectel.Ble1.Error. The text lasts until the next.
 */
const char *bed_call(const char *interface, const char *member, const char *types, ...);

/* The same without waiting: the answer is counted in bed_answers, the last one is kept. */
void bed_call_async(sd_bus *bus, const char *interface, const char *member, const char *types, ...);
extern unsigned bed_answers;
extern char bed_answer[65536];

/* What is left of a message as text. */
const char *bed_show(sd_bus_message *m, char *ret, size_t room);

/* The API: each call as text, "Mixed(7, 'x', <01 02>)", and what it ends with. */
extern char bed_called[1024];
extern unsigned bed_n_called;
extern bool bed_hold;               /* calls wait for bed_end() */
extern struct qb_result bed_result; /* with which the others end */
/* Ends the call that came as the n-th, from 0, since the start. */
void bed_end(unsigned n, const struct qb_result *result);

/* What a capture is answered with: a descriptor, or a negative errno. */
extern int bed_capture;

/* A pause was asked for, or ended. */
extern bool bed_paused;
extern unsigned bed_pauses;
