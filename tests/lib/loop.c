/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same program on each kind of loop: 100,000 notifications at full speed, the daemon killed and
 * restarted in the middle, none lost, none out of order. loop poll|sd-event|wait [NUMBER]
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "bed.h"
#include "qble-client.h"
#include "util/le.h"

#define CHUNK 1000u

static unsigned half = 50000;

static struct qble_client *client;
static const char *kind;
static uint64_t expected = 1; /* the next event's number */
static unsigned total, gone, back;
static int came_back[2]; /* tells the feeder */

static void on_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	struct qble_entries entries;
	struct qble_value value;

	switch (event->id) {
	case QBLE_DAEMON_GONE:
		ck_assert_uint_eq(expected, half + 1);
		expected = 1;
		gone++;
		return;
	case QBLE_DAEMON_BACK:
		back++;
		ck_assert_int_eq(write(came_back[1], "", 1), 1);
		return;
	}
	ck_assert_uint_eq(event->id, QBLE_GATT_RECV_NOTIFICATION_IND);
	ck_assert_uint_eq(event->seq, expected);
	ck_assert_int_eq(qble_entries_init(&entries, event), 0);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(value.len, 4);
	ck_assert_uint_eq(qb_get_le32(value.data), expected);
	ck_assert_uint_eq(event->connect_id, 1);
	if (expected % 1000 == 0) {
		int r = qble_get_status(c);

		/* While we read what it said, the daemon may have gone. */
		ck_assert_msg(r == 1 || r == -EHOSTDOWN, "%s", qble_last_error(c));
	}
	expected++;
	total++;
}

/* Another process orders the events, so that they come while we read. */
static void feed(void)
{
	char c;

	bed_connect();
	for (unsigned i = 0; i < half / CHUNK; i++)
		bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, CHUNK, FAKE_NORMAL);
	bed_kill(bed_fake);
	bed_start_fake();
	/* Nothing happens in a new daemon before a program has seen that it is there. */
	ck_assert_int_eq(read(came_back[0], &c, 1), 1);
	for (unsigned i = 0; i < half / CHUNK; i++)
		bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, CHUNK, FAKE_NORMAL);
	/* What we started ends with us. */
	pause();
}

static void step_poll(void)
{
	struct pollfd fd = {.fd = qble_get_fd(client), .events = (short)qble_get_events(client)};

	poll(&fd, 1, qble_get_timeout(client));
	ck_assert_int_ge(qble_process(client), 0);
}

START_TEST(events_by_the_hundred_thousand)
{
	sd_event *event = NULL;
	pid_t feeder;

	ck_assert_int_eq(qble_client_new(&client, on_event, NULL), 0);
	if (strcmp(kind, "sd-event") == 0) {
		ck_assert_int_ge(sd_event_new(&event), 0);
		ck_assert_int_ge(qble_attach_event(client, event, 0), 0);
	}
	ck_assert_int_eq(pipe(came_back), 0);
	feeder = fork();
	if (feeder == 0)
		feed();
	while (total < 2 * half) {
		if (event)
			ck_assert_int_ge(sd_event_run(event, UINT64_MAX), 0);
		else if (strcmp(kind, "poll") == 0)
			step_poll();
		else
			ck_assert_int_ge(qble_wait(client, -1), 0);
	}
	ck_assert_uint_eq(gone, 1);
	ck_assert_uint_eq(back, 1);
	kill(feeder, SIGKILL);
	waitpid(feeder, NULL, 0);
	if (event)
		ck_assert_int_ge(qble_detach_event(client), 0);
	sd_event_unref(event);
	qble_client_free(client);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {events_by_the_hundred_thousand};

	kind = argc > 1 ? argv[1] : "wait";
	if (argc > 2)
		half = (unsigned)strtoul(argv[2], NULL, 10) / 2;
	return bed_run(kind, bed_start, bed_stop, tests, 1);
}
