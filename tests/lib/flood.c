/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications through everything: two daemons, an air, and this program at each end.
 *
 *	flood server COUNT	answers each subscription with COUNT notifications that count up
 *	flood client COUNT	subscribes, and checks that all come, in order; or says that the
 *				peer vanished
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qble-client.h"
#include "util/le.h"

/* Without the system's services the handles are these. */
enum {
	VALUE = 3,
	CCCD = 4,
};

static const uint8_t adv[] = {6, 0x09, 'f', 'l', 'o', 'o', 'd'}, no_cccd[2];
static uint32_t count, sent, ended, received;
static uint64_t last_seq;
static int done;

__attribute__((noreturn)) static void die(struct qble_client *c, const char *what)
{
	fprintf(stderr, "%s: %s\n", what, qble_last_error(c));
	exit(1);
}

static void check(struct qble_client *c, int r, const char *what)
{
	if (r < 0)
		die(c, what);
}

#define CHECK(call) check(c, call, #call)

static void publish(struct qble_client *c)
{
	CHECK(qble_add_service(c, 1, 1, 1, 0x180f, NULL));
	CHECK(qble_add_chara(c, 1, 1, 0x10, 1, 0x2a19, NULL));
	CHECK(qble_add_chara_value(c, 1, 1, 1, 1, 0x2a19, NULL, "", 0));
	CHECK(qble_add_chara_desc(c, 1, 1, 3, 1, 0x2902, NULL, no_cccd, sizeof(no_cccd)));
	CHECK(qble_add_or_clear_service(c, 1, 0));
	CHECK(qble_set_adv_param(c, 32, 32, 0, 0, 7, 0, 2, 1, 1));
	CHECK(qble_set_adv_data(c, adv, sizeof(adv)));
	CHECK(qble_adv_start(c));
}

/* Until the queue of the link is full; each event 25 makes room for one more. */
static void send_more(struct qble_client *c)
{
	uint8_t value[20] = {0};

	while (sent < count) {
		int r;

		qb_put_le32(value, sent + 1);
		r = qble_send_notification(c, 0, VALUE, value, sizeof(value));
		if (r == -EBUSY)
			return;
		check(c, r, "qble_send_notification()");
		sent++;
	}
}

static void on_server_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	switch (event->id) {
	case QBLE_START_STATUS_IND: publish(c); break;
	case QBLE_GATT_RECV_WRITE_IND: send_more(c); break;
	case QBLE_GATT_SEND_END:
		if (event->status)
			die(c, "event 25 with a status");
		ended++;
		send_more(c);
		break;
	case QBLE_DISCONNECT_IND:
		if (ended != count)
			die(c, "an event 25 is missing");
		done = 1;
	}
}

static void take(struct qble_client *c, const struct qble_event *event)
{
	struct qble_entries entries;
	struct qble_value value;

	if (qble_entries_init(&entries, event) < 0 || !qble_next_value(&entries, &value) ||
	    value.handle != VALUE || value.len != 20 || qb_get_le32(value.data) != received + 1)
		die(c, "not the notification that follows");
	if (event->connect_id != 0)
		die(c, "not our connection");
	if (++received == count)
		CHECK(qble_disconnect(c, 0));
}

/* The peer's end is not what it was asked for; its link is of no use any more. */
static void vanished(struct qble_client *c, const struct qble_event *event)
{
	int r = qble_read_chara_by_handle(c, event->connect_id, VALUE, 0, 0);

	printf("the peer vanished, reason 0x%02x; a read is %s: %s\n", event->u.connect.reason,
	       strerror(-r), qble_last_error(c));
}

static void on_client_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	static const uint8_t subscribe[] = {1, 0};

	if (last_seq && event->seq != last_seq + 1)
		die(c, "an event is missing");
	last_seq = event->seq;
	switch (event->id) {
	case QBLE_START_STATUS_IND:
		CHECK(qble_set_scan_param(c, 1, 64, 60, 0, 0));
		CHECK(qble_scan_start(c));
		break;
	case QBLE_SCAN_REPORT_IND:
		if (strcmp(event->u.scan.name, "flood") == 0) {
			CHECK(qble_scan_stop(c));
			CHECK(qble_connect(c, event->u.scan.addr_type, event->u.scan.addr));
		}
		break;
	case QBLE_GATT_START_DISCOVER_SERVICE_IND:
		CHECK(qble_write_chara_desc(c, 0, CCCD, subscribe, sizeof(subscribe)));
		break;
	case QBLE_GATT_RECV_NOTIFICATION_IND: take(c, event); break;
	case QBLE_GATT_ATT_ERROR_IND: die(c, "the peer refused");
	case QBLE_DISCONNECT_IND:
		done = 1;
		if (received < count)
			vanished(c, event);
	}
}

int main(int argc, char **argv)
{
	bool server = argc == 3 && strcmp(argv[1], "server") == 0;
	struct qble_client *c = NULL;

	if (argc != 3)
		return 2;
	count = (uint32_t)atoi(argv[2]);
	if (qble_client_new(&c, server ? on_server_event : on_client_event, NULL) < 0)
		die(NULL, "qble_client_new()");
	CHECK(server ? qble_server_init(c) : qble_client_init(c));
	CHECK(qble_gatt_start(c));
	while (!done && qble_wait(c, -1) >= 0)
		;
	CHECK(server ? qble_server_release(c) : qble_client_release(c));
	qble_client_free(c);
	if (!server)
		printf("%u notifications\n", received);
	return 0;
}
