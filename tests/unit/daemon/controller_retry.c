/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A controller that is absent, comes, goes and falls silent: who is told what, and when. */
#include "controller.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../unit.h"
#include "said.h"
#include "transport/capture.h"
#include "transport/transport.h"

/* The transport is played by this test. */
struct qb_transport {
	const struct qb_transport_ops *ops;
	void *user;
	bool paused;
};

static struct qb_transport *there;
static int open_result; /* what the next opening returns */
static unsigned opens, sent;

/* What the owner hears: "up", "down: why", "packet", each followed by a semicolon. */
static char heard[1024];

static sd_event *event;
static struct qb_clock time_source;
static struct qb_controller *controller;
static struct qb_capture *capture;

int qb_transport_open(struct qb_transport **ret, sd_event *e, const char *spec,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX])
{
	ck_assert_str_eq(spec, "spec");
	ck_assert_ptr_null(there);
	opens++;
	if (open_result < 0) {
		snprintf(why, QB_WHY_MAX, "error %d", -open_result);
		return open_result;
	}
	there = calloc(1, sizeof(*there));
	there->ops = ops;
	there->user = user;
	*ret = there;
	return open_result;
}

int qb_transport_take(struct qb_transport **ret, sd_event *e, int fd,
                      const struct qb_transport_ops *ops, void *user, char why[QB_WHY_MAX])
{
	ck_abort_msg("nothing is replayed");
}

void qb_transport_free(struct qb_transport *transport)
{
	if (transport)
		there = NULL;
	free(transport);
}

void qb_transport_pause(struct qb_transport *transport, bool pause)
{
	transport->paused = pause;
}

void qb_transport_send(struct qb_transport *transport, const uint8_t *packet, size_t len)
{
	sent++;
}

static void hear(const char *text)
{
	strcat(strcat(heard, text), ";");
}

static void on_up(void *user)
{
	hear("up");
}

static void on_down(void *user, const char *why)
{
	hear("down");
	hear(why);
}

static void on_packet(void *user, const uint8_t *packet, size_t len)
{
	hear("packet");
	if (packet[0] == 0xee)
		qb_controller_restart(controller, "hardware error");
}

static const struct qb_controller_ops ops = {on_up, on_down, on_packet};

static void hears(const char *text)
{
	ck_assert_str_eq(heard, text);
	heard[0] = '\0';
}

static void setup(void)
{
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_ge(qb_clock_init(&time_source, event), 0);
	capture = qb_capture_new(event);
	controller = qb_controller_new(event, &time_source, "spec", capture, &ops, NULL);
	ck_assert_ptr_nonnull(controller);
	open_result = 1;
	said_begin();
}

static void teardown(void)
{
	qb_controller_free(controller);
	qb_capture_free(capture);
	qb_clock_done(&time_source);
	sd_event_unref(event);
	ck_assert_ptr_null(there);
	said_end();
}

/* Lets the loop run until there was another attempt; returns how many milliseconds that took. */
static unsigned next_attempt(void)
{
	unsigned before = opens;
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < 300 && opens == before; i++)
		sd_event_run(event, 50000);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ck_assert_uint_eq(opens, before + 1);
	return (unsigned)((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000);
}

static void packet(uint8_t first)
{
	there->ops->packet(there->user, &first, 1);
}

START_TEST(there_at_once)
{
	ck_assert_int_eq(qb_controller_start(controller), 0);
	hears("up;");
	packet(4);
	hears("packet;");
	qb_controller_send(controller, (const uint8_t[]){1}, 1);
	ck_assert_uint_eq(sent, 1);
}
END_TEST

/* A connection that is still being made: nothing goes before it is there. */
START_TEST(there_later)
{
	open_result = 0;
	ck_assert_int_eq(qb_controller_start(controller), 0);
	qb_controller_send(controller, (const uint8_t[]){1}, 1);
	ck_assert_uint_eq(sent, 0);
	hears("");
	there->ops->opened(there->user);
	hears("up;");
	/* Or is never there. */
	there->ops->closed(there->user, "refused");
	hears("down;refused;");
	next_attempt();
	there->ops->closed(there->user, "refused");
	hears("down;refused;");
}
END_TEST

START_TEST(wrong_spec)
{
	open_result = -EINVAL;
	ck_assert_int_eq(qb_controller_start(controller), -EINVAL);
	said_has("error 22", NULL);
	hears("");
}
END_TEST

/* Each reason is logged once; the attempts become rarer. */
START_TEST(absent)
{
	unsigned first, third;

	open_result = -ENODEV;
	ck_assert_int_eq(qb_controller_start(controller), 0);
	hears("down;error 19;");
	first = next_attempt();
	ck_assert_uint_ge(first, 250);
	hears("down;error 19;");
	ck_assert_str_eq(said(), "qbled: controller spec: error 19; trying again\n");
	open_result = -EBUSY;
	next_attempt();
	said_has("error 16", NULL);
	hears("down;error 16;");
	open_result = 1;
	third = next_attempt();
	ck_assert_uint_gt(third, first);
	hears("up;");
}
END_TEST

/* It is given up inside a packet: the rest of what was read is not heard, nor is its end. */
START_TEST(restart_inside)
{
	qb_controller_start(controller);
	packet(0xee);
	hears("up;packet;down;hardware error;");
	packet(4);
	qb_controller_send(controller, (const uint8_t[]){1}, 1);
	ck_assert_uint_eq(sent, 0);
	there->ops->closed(there->user, "closed");
	qb_controller_restart(controller, "again");
	hears("");
	next_attempt();
	hears("up;");
	packet(4);
	hears("packet;");
}
END_TEST

/* One that comes and goes fills neither the log nor the processor; ready, its losses are news. */
START_TEST(comes_and_goes)
{
	unsigned waited[3];

	qb_controller_start(controller);
	for (int i = 0; i < 3; i++) {
		there->ops->closed(there->user, "closed");
		waited[i] = next_attempt();
	}
	ck_assert_uint_gt(waited[2], waited[0]);
	ck_assert_str_eq(said(), "qbled: controller spec: closed; trying again\n");
	said_begin();
	qb_controller_ready(controller);
	there->ops->closed(there->user, "closed");
	ck_assert_str_eq(said(), "qbled: controller spec: closed; trying again\n");
}
END_TEST

/* While a lost one is held, it would come back under another name: it is let go at once. */
START_TEST(lets_go)
{
	qb_controller_start(controller);
	for (int i = 0; i < 3; i++) {
		there->ops->closed(there->user, "unplugged");
		ck_assert_ptr_nonnull(there);
		sd_event_run(event, 1000000);
		ck_assert_ptr_null(there);
		ck_assert_uint_eq(opens, (unsigned)i + 1);
		next_attempt();
		ck_assert_ptr_nonnull(there);
	}
}
END_TEST

/* A pause outlasts the controller that it began with. */
START_TEST(pauses)
{
	qb_controller_pause(controller, true);
	qb_controller_start(controller);
	ck_assert(there->paused);
	qb_controller_pause(controller, false);
	ck_assert(!there->paused);
	qb_controller_pause(controller, true);
	there->ops->closed(there->user, "closed");
	next_attempt();
	ck_assert(there->paused);
}
END_TEST

/*
 * A capture that begins late begins with what initialised this controller, and not with what
 * initialised one before it; it shows both directions, and nothing of what is dropped.
 */
START_TEST(captures)
{
	/* The header; each record ends with its packet of one octet. */
	const size_t header = 16, record = 25;
	uint8_t file[400];
	ssize_t len;
	int fd;

	qb_controller_start(controller);
	packet(0x11);
	there->ops->closed(there->user, "closed");
	qb_controller_send(controller, (const uint8_t[]){0x12}, 1);
	/* While there is none, there is nothing to show. */
	fd = qb_capture_to_pipe(capture);
	ck_assert_int_eq(read(fd, file, sizeof(file)), (ssize_t)header);
	close(fd);
	next_attempt();
	qb_controller_send(controller, (const uint8_t[]){0x01}, 1);
	packet(0x04);
	qb_controller_ready(controller);
	packet(0x05);
	fd = qb_capture_to_pipe(capture);
	ck_assert_int_ge(fd, 0);
	qb_controller_send(controller, (const uint8_t[]){0x02}, 1);
	packet(0xee); /* it makes its owner give it up, and is captured before that */
	packet(0x06);
	len = read(fd, file, sizeof(file));
	ck_assert_int_eq(len, (ssize_t)(header + 4 * record));
	ck_assert_uint_eq(file[header + record - 1], 0x01);
	ck_assert_uint_eq(file[header + 2 * record - 1], 0x04);
	ck_assert_uint_eq(file[header + 3 * record - 1], 0x02);
	ck_assert_uint_eq(file[header + 4 * record - 1], 0xee);
	close(fd);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {there_at_once, there_later,    wrong_spec,
	                              absent,        restart_inside, comes_and_goes,
	                              lets_go,       pauses,         captures};

	return unit_run_with("controller", setup, teardown, tests, 9);
}
