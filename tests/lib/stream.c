/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events on their way to the callback: all of them, in order, complete. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "bed.h"
#include "host/limits.h"
#include "qble-client.h"
#include "util/le.h"

/* What the callback saw; the data of an event does not outlast it, so data is a copy. */
struct seen {
	struct qble_event event;
	uint8_t data[8];
	char call[32];
};

static struct qble_client *client;
static struct seen *seen;
static unsigned n_seen, room;
static void (*also)(const struct qble_event *event);

static void on_event(struct qble_client *c, const struct qble_event *event, void *user)
{
	struct seen *s;

	ck_assert_ptr_eq(c, client);
	ck_assert_ptr_eq(user, &n_seen);
	if (n_seen == room) {
		room = room ? 2 * room : 64;
		seen = realloc(seen, room * sizeof(*seen));
	}
	s = &seen[n_seen++];
	memset(s, 0, sizeof(*s));
	s->event = *event;
	if (event->id == QBLE_GATT_RECV_NOTIFICATION_IND) {
		ck_assert_uint_eq(event->u.data.len, 6);
		memcpy(s->data, event->u.data.data, 6);
	}
	if (event->call)
		strcpy(s->call, event->call);
	if (also)
		also(event);
}

static void setup(void)
{
	bed_start();
	ck_assert_int_eq(qble_client_new(&client, on_event, &n_seen), 0);
}

static void teardown(void)
{
	qble_client_free(client);
	free(seen);
	bed_stop();
}

static void until(unsigned n)
{
	for (int i = 0; n_seen < n && i < 20000; i++)
		ck_assert_int_ge(qble_wait(client, 10), 0);
	ck_assert_uint_eq(n_seen, n);
	/* Nothing more comes. */
	ck_assert_int_ge(qble_wait(client, 50), 0);
	ck_assert_uint_eq(n_seen, n);
}

static uint32_t counter(const struct seen *s)
{
	return qb_get_le32(s->data + 2);
}

START_TEST(an_event_comes_whole)
{
	bed_emit(QBLE_CONNECT_IND, 2, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_DISCOVER_SERVICE_IND, 2, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_CHARA_READ_IND, 2, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 2, 1, FAKE_NORMAL);
	bed_emit(QBLE_DISCONNECT_IND, 2, 1, FAKE_NORMAL);
	bed_emit(QBLE_STOP_STATUS_IND, QBLE_NO_CONNECTION, 1, FAKE_NORMAL);
	until(6);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_uint_eq(seen[i].event.seq, i + 1);
		ck_assert_uint_eq(seen[i].event.connect_id, 2);
	}
	ck_assert_uint_eq(seen[0].event.id, QBLE_CONNECT_IND);
	ck_assert_uint_eq(seen[0].event.u.connect.addr_type, 1);
	ck_assert_uint_eq(seen[0].event.role, QBLE_PERIPHERAL);
	ck_assert_mem_eq(seen[0].event.u.connect.addr, ((uint8_t[]){0, 0, 0, 0, 0, 1}), 6);
	ck_assert_uint_eq(seen[1].event.u.service.start_handle, 2);
	ck_assert_uint_eq(seen[1].event.u.service.end_handle, 3);
	ck_assert_uint_eq(seen[1].event.u.service.uuid[0], 0xee);
	ck_assert_uint_eq(seen[1].event.u.service.uuid[12], 0x0f);
	ck_assert_str_eq(seen[2].call, "ReadCharaByHandle");
	ck_assert_uint_eq(seen[2].event.handle, 3);
	ck_assert_uint_eq(seen[3].event.handle, 3);
	ck_assert_uint_eq(seen[4].event.u.connect.reason, 0x13);
	ck_assert_uint_eq(seen[5].event.connect_id, QBLE_NO_CONNECTION);
	ck_assert_uint_eq(seen[5].event.role, QBLE_NO_ROLE);
	ck_assert_uint_eq(seen[5].event.seq, 6);
}
END_TEST

START_TEST(documented_arguments_arrive)
{
	bed_emit(QBLE_UPDATE_CONN_PARAM_IND, 0, 1, FAKE_NORMAL);
	bed_emit(QBLE_SCAN_REPORT_IND, QBLE_NO_CONNECTION, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_MTU, 3, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_RECV_WRITE_IND, 4, 1, FAKE_NORMAL);
	bed_emit(QBLE_GATT_ATT_ERROR_IND, 4, 1, FAKE_NORMAL);
	until(5);
	ck_assert_uint_eq(seen[0].event.u.conn_param.max_interval, 2);
	ck_assert_uint_eq(seen[0].event.u.conn_param.min_interval, 3);
	ck_assert_uint_eq(seen[0].event.u.conn_param.latency, 4);
	ck_assert_uint_eq(seen[0].event.u.conn_param.timeout, 5);
	ck_assert_uint_eq(seen[1].event.connect_id, QBLE_NO_CONNECTION);
	ck_assert_uint_eq(seen[1].event.u.scan.event_type, 2);
	ck_assert_uint_eq(seen[1].event.u.scan.addr_type, 3);
	ck_assert_uint_eq(seen[1].event.u.scan.addr[5], 2);
	ck_assert_int_eq(seen[1].event.u.scan.rssi, -40);
	ck_assert_uint_eq(seen[1].event.u.scan.len, 6);
	ck_assert_uint_eq(seen[2].event.connect_id, 3);
	ck_assert_uint_eq(seen[2].event.u.mtu.mtu, 4);
	ck_assert_uint_eq(seen[2].event.role, QBLE_PERIPHERAL);
	ck_assert_uint_eq(seen[3].event.connect_id, 4);
	ck_assert_uint_eq(seen[3].event.u.attr.len, 6);
	ck_assert_uint_eq(seen[3].event.u.attr.attr_handle, 4);
	ck_assert_uint_eq(seen[3].event.u.attr.short_uuid, 5);
	ck_assert_uint_eq(seen[4].event.u.att.errcode, 5);
}
END_TEST

static void call_from_inside(const struct qble_event *event)
{
	ck_assert_int_eq(qble_get_status(client), 1);
	ck_assert_int_eq(qble_process(client), -EBUSY);
	ck_assert_int_eq(qble_wait(client, 0), -EBUSY);
}

START_TEST(calls_neither_lose_nor_reorder_events)
{
	also = call_from_inside;
	for (int i = 0; i < 20; i++) {
		bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 0, 5, FAKE_NORMAL);
		bed_emit(QBLE_UPDATE_CONN_PARAM_IND, 0, 5, FAKE_NORMAL);
		ck_assert_int_eq(qble_adv_start(client), 0);
	}
	ck_assert_uint_eq(n_seen, 0);
	/* They wait inside, where poll() would not see them. */
	ck_assert_int_eq(qble_get_timeout(client), 0);
	until(200);
	for (unsigned i = 0; i < 200; i++) {
		ck_assert_uint_eq(seen[i].event.seq, i + 1);
		ck_assert_uint_eq(seen[i].event.connect_id, 0);
		ck_assert_uint_eq(seen[i].event.id, i / 5 % 2 ? QBLE_UPDATE_CONN_PARAM_IND
		                                              : QBLE_GATT_RECV_NOTIFICATION_IND);
	}
}
END_TEST

START_TEST(who_comes_later_counts_from_the_daemons_number)
{
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 0, 3000, FAKE_NORMAL);
	qble_client_free(client);
	n_seen = 0;
	ck_assert_int_eq(qble_client_new(&client, on_event, &n_seen), 0);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 7, 1, FAKE_NORMAL);
	until(1);
	ck_assert_uint_eq(seen[0].event.seq, 3001);
	ck_assert_uint_eq(seen[0].event.connect_id, 7);
}
END_TEST

/* A program that did not look for longer than the daemon's log reaches back. */
START_TEST(lagging_behind_the_log_loses_nothing)
{
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 20 * QB_EVENT_LOG_MAX, FAKE_NORMAL);
	until(20 * QB_EVENT_LOG_MAX);
	for (unsigned i = 0; i < n_seen; i++) {
		ck_assert_uint_eq(seen[i].event.seq, i + 1);
		ck_assert_uint_eq(counter(&seen[i]), i + 1);
		ck_assert_uint_eq(seen[i].event.connect_id, 1);
	}
}
END_TEST

static void call_once_from_inside(const struct qble_event *event)
{
	also = NULL;
	call_from_inside(event);
}

/* More than sd-bus would keep of what comes while a call waits for its answer (65,536 messages). */
START_TEST(calls_do_not_queue_behind_events)
{
	const unsigned n = 70000;

	sd_bus_message *reply = NULL;
	int32_t status;

	bed_emit(QBLE_GATT_SEND_END, 3, n, FAKE_NORMAL);
	ck_assert_int_eq(qble_get_status(client), 1);
	ck_assert_ptr_ne(qble_get_call_bus(client), qble_get_bus(client));
	ck_assert_int_ge(sd_bus_call_method(qble_get_call_bus(client), "com.quectel.Ble1",
	                                    "/com/quectel/Ble1", "com.quectel.Ble1", "GetStatus",
	                                    NULL, &reply, ""),
	                 0);
	ck_assert_int_gt(sd_bus_message_read(reply, "i", &status), 0);
	ck_assert_int_eq(status, 1);
	sd_bus_message_unref(reply);
	ck_assert_uint_eq(n_seen, 0);
	also = call_once_from_inside;
	until(n);
	ck_assert_uint_eq(seen[n - 1].event.seq, n);
}
END_TEST

START_TEST(lost_signals_are_told_of)
{
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 3, FAKE_LOST);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 2, FAKE_NORMAL);
	bed_emit(QBLE_GATT_CHARA_WRITE_WITH_RSP_IND, 5, 3000, FAKE_LOST);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 1, FAKE_NORMAL);
	until(5);
	ck_assert_uint_eq(seen[0].event.id, QBLE_EVENTS_LOST);
	ck_assert_int_eq(seen[0].event.status, 3);
	ck_assert_uint_eq(seen[0].event.connect_id, QBLE_NO_CONNECTION);
	ck_assert_uint_eq(seen[1].event.seq, 4);
	ck_assert_uint_eq(counter(&seen[1]), 4);
	ck_assert_uint_eq(seen[2].event.seq, 5);
	ck_assert_uint_eq(seen[3].event.id, QBLE_EVENTS_LOST);
	ck_assert_int_eq(seen[3].event.status, 3000);
	ck_assert_uint_eq(seen[4].event.seq, 3006);
	ck_assert_uint_eq(seen[4].event.connect_id, 1);
}
END_TEST

/* A bus that keeps little, a reader that does not read: how many are gone is told to the event. */
START_TEST(beyond_the_limit_of_the_bus)
{
	const unsigned n = 20000;
	unsigned lost = 0;

	qble_client_free(client);
	bed_stop();
	bed_max_outgoing = 100000;
	bed_start();
	n_seen = 0;
	ck_assert_int_eq(qble_client_new(&client, on_event, &n_seen), 0);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, n, FAKE_NORMAL);
	/* What was kept; then there is room for the event that tells of the rest. */
	while (qble_wait(client, 200) > 0)
		;
	ck_assert_uint_gt(n_seen, 0);
	ck_assert_uint_lt(n_seen, n);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 1, FAKE_NORMAL);
	while (counter(&seen[n_seen - 1]) <= n)
		ck_assert_int_gt(qble_wait(client, 5000), 0);
	for (unsigned i = 0, next = 1; i < n_seen; i++) {
		if (seen[i].event.id == QBLE_EVENTS_LOST) {
			lost += (unsigned)seen[i].event.status;
			next += (unsigned)seen[i].event.status;
			continue;
		}
		ck_assert_uint_eq(counter(&seen[i]), next);
		ck_assert_uint_eq(seen[i].event.seq, next++);
	}
	ck_assert_uint_gt(lost, 0);
}
END_TEST

START_TEST(the_daemon_goes_and_comes_back)
{
	ck_assert(qble_daemon_is_present(client));
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 2, FAKE_NORMAL);
	bed_kill(bed_fake);
	until(3);
	/* What it said before it went comes before that. */
	ck_assert_uint_eq(counter(&seen[0]), 1);
	ck_assert_uint_eq(counter(&seen[1]), 2);
	ck_assert_uint_eq(seen[2].event.id, QBLE_DAEMON_GONE);
	ck_assert(!qble_daemon_is_present(client));
	ck_assert_int_eq(qble_gatt_start(client), -EHOSTDOWN);
	bed_fake = bed_start_fake();
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 5, 2, FAKE_NORMAL);
	until(6);
	ck_assert_uint_eq(seen[3].event.id, QBLE_DAEMON_BACK);
	ck_assert(qble_daemon_is_present(client));
	ck_assert_uint_eq(seen[4].event.seq, 1);
	ck_assert_uint_eq(seen[5].event.seq, 2);
	ck_assert_uint_eq(seen[5].event.connect_id, 5);
	ck_assert_int_eq(qble_gatt_start(client), 0);
}
END_TEST

/* It is there, and its events are not to be had: said when the handle is made, or when it comes. */
START_TEST(a_subscription_that_is_refused)
{
	struct qble_client *other;

	bed_fail("com.quectel.Ble1.Error.LimitExceeded", "64 callers have subscribed already");
	ck_assert_int_eq(qble_client_new(&other, on_event, NULL), -ENOSPC);
	ck_assert_str_eq(qble_last_error(NULL), "64 callers have subscribed already");
	bed_fail(SD_BUS_ERROR_ACCESS_DENIED, "no");
	ck_assert_int_eq(qble_client_new(&other, on_event, NULL), -EACCES);
	/* Who only calls needs none. */
	ck_assert_int_eq(qble_client_new(&other, NULL, NULL), 0);
	qble_client_free(other);
	bed_kill(bed_fake);
	setenv("FAKE_QBLED_FAILS", "com.quectel.Ble1.Error.LimitExceeded", 1);
	bed_fake = bed_start_fake();
	unsetenv("FAKE_QBLED_FAILS");
	until(2);
	ck_assert_uint_eq(seen[0].event.id, QBLE_DAEMON_GONE);
	ck_assert_uint_eq(seen[1].event.id, QBLE_DAEMON_BACK);
	ck_assert_int_eq(seen[1].event.status, -ENOSPC);
	ck_assert_str_eq(qble_last_error(client), "no");
	ck_assert_int_eq(qble_gatt_start(client), 0);
}
END_TEST

START_TEST(the_daemon_goes_before_it_has_answered)
{
	bed_kill(bed_fake);
	until(1);
	setenv("FAKE_QBLED_FAILS", "mute", 1);
	bed_fake = bed_start_fake();
	unsetenv("FAKE_QBLED_FAILS");
	until(1);
	bed_kill(bed_fake);
	until(1);
	bed_fake = bed_start_fake();
	until(2);
	ck_assert_uint_eq(seen[1].event.id, QBLE_DAEMON_BACK);
	ck_assert_int_eq(seen[1].event.status, 0);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 5, 1, FAKE_NORMAL);
	until(3);
	ck_assert_uint_eq(seen[2].event.seq, 1);
}
END_TEST

/* What a new daemon said before it heard from us is told, as far as its log goes back. */
START_TEST(events_of_a_new_daemon_before_we_knew_of_it)
{
	bed_kill(bed_fake);
	bed_fake = bed_start_fake();
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 5, QB_EVENT_LOG_MAX, FAKE_NORMAL);
	until(2 + QB_EVENT_LOG_MAX);
	ck_assert_uint_eq(seen[1].event.id, QBLE_DAEMON_BACK);
	for (unsigned i = 0; i < QB_EVENT_LOG_MAX; i++)
		ck_assert_uint_eq(seen[2 + i].event.seq, i + 1);
	bed_kill(bed_fake);
	n_seen = 0;
	bed_fake = bed_start_fake();
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 5, QB_EVENT_LOG_MAX + 7, FAKE_NORMAL);
	until(3 + QB_EVENT_LOG_MAX);
	ck_assert_uint_eq(seen[2].event.id, QBLE_EVENTS_LOST);
	ck_assert_int_eq(seen[2].event.status, 7);
	ck_assert_uint_eq(seen[3].event.seq, 8);
}
END_TEST

START_TEST(a_handle_made_before_the_daemon)
{
	bed_kill(bed_fake);
	qble_client_free(client);
	n_seen = 0;
	ck_assert_int_eq(qble_client_new(&client, on_event, &n_seen), 0);
	ck_assert(!qble_daemon_is_present(client));
	until(0);
	bed_fake = bed_start_fake();
	until(1);
	ck_assert_uint_eq(seen[0].event.id, QBLE_DAEMON_BACK);
}
END_TEST

/* Anybody on the bus may send such signals straight to us. */
START_TEST(signals_of_others_are_not_events)
{
	sd_bus *other = NULL;
	sd_bus_message *m = NULL;
	const char *our_name;

	ck_assert_int_ge(sd_bus_get_unique_name(qble_get_bus(client), &our_name), 0);
	ck_assert_int_ge(sd_bus_open_system(&other), 0);
	ck_assert_int_ge(sd_bus_message_new_signal(other, &m, "/com/quectel/Ble1",
	                                           "com.quectel.Ble1", "StopStatusInd"),
	                 0);
	ck_assert_int_ge(sd_bus_message_append(m, "ui", 1, 0), 0);
	ck_assert_int_ge(sd_bus_message_set_destination(m, our_name), 0);
	ck_assert_int_ge(sd_bus_send(other, m, NULL), 0);
	ck_assert_int_ge(sd_bus_flush(other), 0);
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 1, FAKE_NORMAL);
	until(1);
	ck_assert_uint_eq(seen[0].event.seq, 1);
	ck_assert_uint_eq(seen[0].event.connect_id, 1);
	sd_bus_message_unref(m);
	sd_bus_flush_close_unref(other);
}
END_TEST

static void free_from_inside(const struct qble_event *event)
{
	if (n_seen == 3) {
		qble_client_free(client);
		client = NULL;
	}
}

START_TEST(freeing_in_a_callback)
{
	also = free_from_inside;
	bed_emit(QBLE_GATT_RECV_NOTIFICATION_IND, 1, 9, FAKE_NORMAL);
	while (client)
		qble_wait(client, 100);
	ck_assert_uint_eq(n_seen, 3);
}
END_TEST

START_TEST(freeing_in_a_callback_of_sd_event)
{
	sd_event *event = NULL;

	also = free_from_inside;
	ck_assert_int_ge(sd_event_new(&event), 0);
	ck_assert_int_ge(qble_attach_event(client, event, 0), 0);
	bed_emit(QBLE_UPDATE_CONN_PARAM_IND, 1, 9, FAKE_NORMAL);
	while (client)
		ck_assert_int_ge(sd_event_run(event, 100000), 0);
	sd_event_unref(event);
	ck_assert_uint_eq(n_seen, 3);
}
END_TEST

START_TEST(the_bus_goes)
{
	qble_client_free(client);
	n_seen = 0;
	ck_assert_int_eq(qble_client_new(&client, on_event, &n_seen), 0);
	bed_stop();
	for (int i = 0; !n_seen && i < 1000; i++)
		qble_wait(client, 10);
	ck_assert_uint_eq(n_seen, 1);
	ck_assert_uint_eq(seen[0].event.id, QBLE_DAEMON_GONE);
	ck_assert_int_eq(qble_wait(client, 1000), -ENOTCONN);
	ck_assert_int_eq(qble_process(client), -ENOTCONN);
	ck_assert_str_eq(qble_last_error(client), "the connection to the system bus is gone");
	ck_assert_int_eq(qble_gatt_start(client), -ENOTCONN);
	bed_start();
}
END_TEST

BED_MAIN("lib-stream", setup, teardown, an_event_comes_whole, documented_arguments_arrive,
         calls_neither_lose_nor_reorder_events, who_comes_later_counts_from_the_daemons_number,
         lagging_behind_the_log_loses_nothing, calls_do_not_queue_behind_events,
         lost_signals_are_told_of, beyond_the_limit_of_the_bus, the_daemon_goes_and_comes_back,
         a_subscription_that_is_refused, the_daemon_goes_before_it_has_answered,
         events_of_a_new_daemon_before_we_knew_of_it, a_handle_made_before_the_daemon,
         signals_of_others_are_not_events, freeing_in_a_callback, freeing_in_a_callback_of_sd_event,
         the_bus_goes)
