/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connects and disconnects through a daemon, in real time.
 *
 *	connects ADDRESS COUNT	connects to a public address, reads the value at handle 3,
 *				disconnects, and so on
 */
#include <stdio.h>
#include <stdlib.h>

#include "qble-client.h"

static uint8_t peer[6];
static unsigned long left;
static int failed;

static int begin(struct qble_client *c)
{
	return qble_connect(c, 0, peer);
}

static int on_event_checked(struct qble_client *c, const struct qble_event *event)
{
	switch (event->id) {
	case QBLE_START_STATUS_IND: return event->status ? -1 : begin(c);
	case QBLE_CONNECT_IND: return event->status ? -1 : 0;
	case QBLE_GATT_START_DISCOVER_SERVICE_IND:
		return qble_read_chara_by_handle(c, event->connect_id, 3, 0, 0);
	case QBLE_GATT_CHARA_READ_IND:
		return event->status ? -1 : qble_disconnect(c, event->connect_id);
	case QBLE_DISCONNECT_IND: return --left ? begin(c) : 0;
	case QBLE_GATT_ATT_ERROR_IND:
	case QBLE_DAEMON_GONE: return -1;
	default: return 0;
	}
}

static void on_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	if (failed || on_event_checked(c, event) >= 0)
		return;
	fprintf(stderr, "event %u, status %d, %lu to come: %s\n", event->id, event->status, left,
	        qble_last_error(c));
	failed = 1;
}

int main(int argc, char **argv)
{
	struct qble_client *client = NULL;

	if (argc != 3 || qble_addr_from_string(argv[1], peer) < 0)
		return 2;
	left = strtoul(argv[2], NULL, 10);
	if (qble_client_new(&client, on_event, NULL) < 0 || qble_client_init(client) < 0 ||
	    qble_gatt_start(client) < 0) {
		fprintf(stderr, "%s\n", qble_last_error(client));
		return 1;
	}
	while (left && !failed && qble_wait(client, -1) >= 0)
		;
	qble_gatt_stop(client);
	qble_client_free(client);
	return failed;
}
