/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as signals, as rows of GetEvents, and as what ends a WaitEvents; and the properties. */
#include <stdio.h>
#include <string.h>

#include "ble/log.h"
#include "bus_bed.h"

#define OCTETS(...) \
	.data = (const uint8_t[]){__VA_ARGS__}, .len = sizeof((const uint8_t[]){__VA_ARGS__})

#define PEER                                \
	{                                   \
		QB_ADDR_RANDOM,             \
		{                           \
			6, 5, 4, 3, 2, 0xc1 \
		}                           \
	}

#define BATTERY                                                                             \
	{                                                                                   \
		{                                                                           \
			0xfb, 0x34, 0x9b, 0x5f, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0, 0x0f, 0x18 \
		}                                                                           \
	}

#define LONG                                                                 \
	{                                                                    \
		{                                                            \
			0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 \
		}                                                            \
	}

/* Signals as they arrive: "Name(arguments)". */
static unsigned signals;
static char last_signal[8192];

static int on_signal(sd_bus_message *m, void *user, sd_bus_error *error)
{
	size_t n;

	signals++;
	n = (size_t)snprintf(last_signal, sizeof(last_signal), "%s", sd_bus_message_get_member(m));
	bed_show(m, last_signal + n, sizeof(last_signal) - n);
	return 0;
}

/* Every signal is heard from here on; bed_call() in between makes sure of that. */
static void listen(const char *interface)
{
	ck_assert_int_ge(sd_bus_match_signal_async(bed_client, NULL, QB_BUS_NAME, QB_BUS_PATH,
	                                           interface, NULL, on_signal, NULL, NULL),
	                 0);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
}

static const struct {
	struct qb_event event;
	const char *signal, *row;
} rows[] = {
        {{.id = 0, .status = 3, .connect_id = QB_NO_CONNECTION},
         "StartStatusInd(0, 3)",
         "0, 3, 4294967295, {}"},
        {{.id = 16, .u = {2}, .connect_id = 2, .addr = PEER},
         "ConnectInd(16, 0, 2, <c1 02 03 04 05 06>)",
         "16, 0, 2, {connect_id: 2, addr: 'c1:02:03:04:05:06', role: 'central', addr_type: 1}"},
        {{.id = 16,
          .status = 2,
          .u = {255},
          .connect_id = QB_NO_CONNECTION,
          .addr = PEER,
          .reason = 2},
         "ConnectInd(16, 2, 255, <c1 02 03 04 05 06>)",
         "16, 2, 4294967295, {connect_id: 255, addr: 'c1:02:03:04:05:06', role: 'central', "
         "addr_type: 1, "
         "reason: 2, reason_text: 'Unknown Connection Identifier (0x02)'}"},
        {{.id = 17, .u = {0}, .connect_id = 0, .addr = PEER, .reason = 0x13},
         "DisconnectInd(17, 0, 0, <c1 02 03 04 05 06>)",
         "17, 0, 0, {connect_id: 0, addr: 'c1:02:03:04:05:06', role: 'central', addr_type: 1, "
         "reason: 19, "
         "reason_text: 'Remote User Terminated Connection (0x13)'}"},
        {{.id = 18, .u = {1, 40, 24, 0, 200}, .connect_id = 1},
         "UpdateConnParamInd(18, 0, 1, 40, 24, 0, 200)",
         "18, 0, 1, {connect_id: 1, max_interval: 40, min_interval: 24, latency: 0, timeout: 200, "
         "role: 'central'}"},
        {{.id = 19,
          .u = {4, 1},
          .connect_id = QB_NO_CONNECTION,
          .name = "Quectel é",
          .addr = PEER,
          .rssi = -70,
          OCTETS(2, 1, 6)},
         "ScanReportInd(19, 0, 4, 'Quectel é', 1, <c1 02 03 04 05 06>, -70, 3, <02 01 06>)",
         "19, 0, 4294967295, {event_type: 4, name: 'Quectel é', addr_type: 1, addr: "
         "'c1:02:03:04:05:06', rssi: -70, data_len: 3, data: <02 01 06>}"},
        {{.id = 20, .u = {3, 517}, .connect_id = 3, .call = "ExchangeMtu"},
         "GattMtu(20, 0, 3, 517)",
         "20, 0, 3, {handle: 3, mtu: 517, role: 'central', call: 'ExchangeMtu'}"},
        {{.id = 21, .u = {9, 0x180f}, .uuid = BATTERY, OCTETS(1, 0), .handle = 9},
         "GattRecvWriteInd(21, 0, 2, <01 00>, 9, 6159, "
         "<00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00>)",
         "21, 0, 0, {data_len: 2, data: <01 00>, attr_handle: 9, short_uuid: 6159, uuid: '180f'}"},
        {{.id = 22, .u = {9, 0x0d0c}, .uuid = LONG},
         "GattRecvReadInd(22, 0, 0, <>, 9, 3340, <00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e "
         "0f>)",
         "22, 0, 0, {data_len: 0, data: <>, attr_handle: 9, short_uuid: 3340, uuid: "
         "'0f0e0d0c-0b0a-0908-0706-050403020100'}"},
        {{.id = 23, OCTETS(0x03, 0x01, 0xaa, 0xbb)},
         "GattRecvNotificationInd(23, 0, 4, <03 01 aa bb>)",
         "23, 0, 0, {data_len: 4, data: <03 01 aa bb>, handle: 259, value: <aa bb>}"},
        {{.id = 24, OCTETS(0x03, 0x00)},
         "GattRecvIndicationInd(24, 0, 2, <03 00>)",
         "24, 0, 0, {data_len: 2, data: <03 00>, handle: 3, value: <>}"},
        {{.id = 25, .status = 22, .call = "SendIndication", .handle = 3},
         "GattSendEnd(25, 22)",
         "25, 22, 0, {call: 'SendIndication', handle: 3}"},
        {{.id = 27, .u = {1, 65535, 0x0d0c}, .uuid = LONG},
         "GattDiscoverServiceInd(27, 0, 1, 65535, 3340)",
         "27, 0, 0, {start_handle: 1, end_handle: 65535, short_uuid: 3340, uuid: "
         "'0f0e0d0c-0b0a-0908-0706-050403020100'}"},
        /* Two characteristics with short UUIDs; one with a long one. */
        {{.id = 28, OCTETS(7, 2, 0, 0x12, 3, 0, 0x19, 0x2a, 5, 0, 2, 6, 0, 0, 0x2a)},
         "GattDiscoverCharacteristicDataInd(28, 0, 15, "
         "<07 02 00 12 03 00 19 2a 05 00 02 06 00 00 2a>)",
         "28, 0, 0, {data_len: 15, data: <07 02 00 12 03 00 19 2a 05 00 02 06 00 00 2a>, entries: "
         "[{handle: 2, properties: 18, value_handle: 3, uuid: '2a19'}, "
         "{handle: 5, properties: 2, value_handle: 6, uuid: '2a00'}]}"},
        {{.id = 28,
          OCTETS(21, 2, 0, 8, 3, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)},
         NULL,
         "28, 0, 0, {data_len: 22, data: <15 02 00 08 03 00 00 01 02 03 04 05 06 07 08 09 0a 0b "
         "0c 0d 0e 0f>, entries: [{handle: 2, properties: 8, value_handle: 3, uuid: "
         "'0f0e0d0c-0b0a-0908-0706-050403020100'}]}"},
        /* Includes, with a short UUID and without one. */
        {{.id = 28, OCTETS(8, 2, 0, 16, 0, 20, 0, 0x0f, 0x18)},
         NULL,
         "28, 0, 0, {data_len: 9, data: <08 02 00 10 00 14 00 0f 18>, entries: "
         "[{handle: 2, start_handle: 16, end_handle: 20, uuid: '180f'}]}"},
        {{.id = 28, OCTETS(6, 2, 0, 16, 0, 20, 0)},
         NULL,
         "28, 0, 0, {data_len: 7, data: <06 02 00 10 00 14 00>, entries: "
         "[{handle: 2, start_handle: 16, end_handle: 20}]}"},
        /* Nonsense has no entries, and half of one is none. */
        {{.id = 28, OCTETS(0, 2, 0)}, NULL, "28, 0, 0, {data_len: 3, data: <00 02 00>}"},
        {{.id = 28, OCTETS(7, 2, 0, 2)},
         NULL,
         "28, 0, 0, {data_len: 4, data: <07 02 00 02>, entries: []}"},
        {{.id = 28}, NULL, "28, 0, 0, {data_len: 0, data: <>}"},
        {{.id = 29, OCTETS(1, 4, 0, 2, 0x29, 5, 0, 1, 0x29)},
         "GattDiscoverCharaDescInd(29, 0, 9, <01 04 00 02 29 05 00 01 29>)",
         "29, 0, 0, {data_len: 9, data: <01 04 00 02 29 05 00 01 29>, entries: "
         "[{handle: 4, uuid: '2902'}, {handle: 5, uuid: '2901'}]}"},
        {{.id = 29, OCTETS(2, 4, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)},
         NULL,
         "29, 0, 0, {data_len: 19, data: <02 04 00 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e "
         "0f>, entries: [{handle: 4, uuid: '0f0e0d0c-0b0a-0908-0706-050403020100'}]}"},
        {{.id = 33, OCTETS(3, 9, 0, 7, 12, 0, 8)},
         "GattCharaReadByUuidInd(33, 0, 7, <03 09 00 07 0c 00 08>)",
         "33, 0, 0, {data_len: 7, data: <03 09 00 07 0c 00 08>, entries: "
         "[{handle: 9, value: <07>}, {handle: 12, value: <08>}]}"},
        {{.id = 32, OCTETS(1), .call = "ReadCharaByHandle", .handle = 9},
         "GattCharaReadInd(32, 0, 1, <01>)",
         "32, 0, 0, {data_len: 1, data: <01>, call: 'ReadCharaByHandle', handle: 9}"},
        {{.id = 37, .u = {0x0a}, .call = "ReadCharaByUUID"},
         "GattAttErrorInd(37, 0, 10)",
         "37, 0, 0, {errcode: 10, error_text: 'Attribute Not Found', call: 'ReadCharaByUUID'}"},
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

START_TEST(as_signals)
{
	listen(QB_BUS_INTERFACE);
	for (unsigned i = 0; i < N_ROWS; i++) {
		qb_bus_event(bed_bus, &rows[i].event);
		bed_until(&signals, i + 1);
		if (rows[i].signal)
			ck_assert_str_eq(last_signal, rows[i].signal);
	}
}
END_TEST

START_TEST(as_rows)
{
	for (unsigned i = 0; i < N_ROWS; i++) {
		char want[2048];

		qb_bus_event(bed_bus, &rows[i].event);
		snprintf(want, sizeof(want), "(%u, [(%u, %s)])", i + 2, i + 1, rows[i].row);
		ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "GetEvents", "tu", (uint64_t)(i + 1), 9),
		                 want);
	}
}
END_TEST

/* Every event of the table gets a signal with the types that the table says. */
START_TEST(every_event)
{
	unsigned n = 0;

	listen(QB_BUS_INTERFACE);
	for (const struct qb_event_def *def = qb_events; def->signal; def++) {
		struct qb_event event = {.id = def->id};

		qb_bus_event(bed_bus, &event);
		bed_until(&signals, ++n);
		ck_assert_int_eq(strncmp(last_signal, def->signal, strlen(def->signal)), 0);
	}
	ck_assert_uint_eq(n, 24);
}
END_TEST

/* Event number n has the status n. */
static void emit(unsigned first, unsigned last)
{
	for (unsigned n = first; n <= last; n++) {
		struct qb_event event = {.id = 25, .status = (int32_t)n};

		qb_bus_event(bed_bus, &event);
	}
}

#define ROW(n) "(" #n ", 25, " #n ", 0, {})"

static const char *get(uint64_t since, uint32_t max)
{
	return bed_call(QB_BUS_EXTENDED, "GetEvents", "tu", since, max);
}

START_TEST(get_events)
{
	char want[64];

	ck_assert_str_eq(get(0, 10), "(1, [])");
	ck_assert_str_eq(get(77, 10), "(1, [])");
	emit(1, 3);
	ck_assert_str_eq(get(0, 10), "(4, [" ROW(1) ", " ROW(2) ", " ROW(3) "])");
	ck_assert_str_eq(get(1, 2), "(3, [" ROW(1) ", " ROW(2) "])");
	ck_assert_str_eq(get(3, 2), "(4, [" ROW(3) "])");
	ck_assert_str_eq(get(4, 2), "(4, [])");
	ck_assert_str_eq(get(1, 0), "(1, [])");
	ck_assert_str_eq(get(UINT64_MAX, 1), "(4, [])");
	ck_assert_str_eq(get(2, UINT32_MAX), "(4, [" ROW(2) ", " ROW(3) "])");
	/* What is older than the log begins with the oldest that is kept. */
	emit(4, QB_EVENT_LOG_MAX + 10);
	snprintf(want, sizeof(want), "(12, [" ROW(11) "])");
	ck_assert_str_eq(get(0, 1), want);
	ck_assert_str_eq(get(5, 1), want);
	snprintf(want, sizeof(want), "(%u, [(", QB_EVENT_LOG_MAX + 11);
	ck_assert_int_eq(strncmp(get(0, UINT32_MAX), want, strlen(want)), 0);
}
END_TEST

static void wait_events(sd_bus *bus, uint64_t since, uint32_t max, uint32_t msec)
{
	bed_call_async(bus, QB_BUS_EXTENDED, "WaitEvents", "tuu", since, max, msec);
}

/* The answer comes with the event, and not before. */
START_TEST(wait_for_one)
{
	/* From the start, from the next one: both wait while nothing has happened. */
	wait_events(bed_client, 0, 10, 60000);
	wait_events(bed_client, 1, 10, 60000);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(bed_answers, 1);
	emit(1, 1);
	bed_until(&bed_answers, 3);
	ck_assert_str_eq(bed_answer, "(2, [" ROW(1) "])");
	/* What is there already is not waited for. */
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(0), 10, 60000),
	                 "(2, [" ROW(1) "])");
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(1), 0, 60000),
	                 "(1, [])");
	/* A number from before a restart of the daemon: at once, so that the caller sees next fall.
	 */
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(900), 10, 60000),
	                 "(2, [])");
	wait_events(bed_client, 2, 10, 60000);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	emit(2, 3);
	bed_until(&bed_answers, 8);
	ck_assert_str_eq(bed_answer, "(3, [" ROW(2) "])");
}
END_TEST

START_TEST(wait_in_vain)
{
	uint64_t before, after;

	sd_event_now(bed_event, CLOCK_MONOTONIC, &before);
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(1), 10, 200),
	                 "(1, [])");
	sd_event_now(bed_event, CLOCK_MONOTONIC, &after);
	ck_assert_uint_ge(after - before, 200000);
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(1), 10, 0),
	                 "(1, [])");
}
END_TEST

/* So many may wait; who goes away makes room. */
START_TEST(waiters)
{
	sd_bus *other = bed_client_new();
	const unsigned half = QB_WAITERS_MAX / 2;

	for (unsigned i = 0; i < half; i++) {
		wait_events(bed_client, 1, 1, 60000);
		wait_events(other, 1, 1, 60000);
	}
	/* The two are heard in no order, so both have to have been. */
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	bed_call_async(other, QB_BUS_INTERFACE, "Plain", "");
	bed_until(&bed_answers, 2);
	ck_assert_str_eq(bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(1), 1, 60000),
	                 "LimitExceeded: 64 callers wait for events already");
	sd_bus_close_unref(other);
	for (int i = 0; i < 100 && !strncmp(bed_answer, "Limit", 5); i++)
		bed_call(QB_BUS_EXTENDED, "WaitEvents", "tuu", UINT64_C(1), 1, 1);
	ck_assert_str_eq(bed_answer, "(1, [])");
	bed_answers = 0;
	emit(1, 1);
	bed_until(&bed_answers, half);
	ck_assert_str_eq(bed_answer, "(2, [" ROW(1) "])");
}
END_TEST

/* Who waits when the daemon goes is not answered, and nothing is left of it. */
START_TEST(waiters_at_the_end)
{
	wait_events(bed_client, 1, 1, 60000);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(bed_answers, 1);
}
END_TEST

static const char *property(const char *name)
{
	return bed_call("org.freedesktop.DBus.Properties", "Get", "ss", QB_BUS_EXTENDED, name);
}

#define CONNECTIONS                                                 \
	"[(0, 'central', '01:02:03:04:05:06', 0, 23, 24, 1, 200), " \
	"(5, 'peripheral', '01:02:03:04:05:06', 1, 247, 24, 1, 200)]"

START_TEST(properties)
{
	ck_assert_str_eq(property("Status"), "(1)");
	ck_assert_str_eq(property("Address"), "('c6:05:04:03:02:01')");
	ck_assert_str_eq(property("Connections"), "(" CONNECTIONS ")");
	ck_assert_str_eq(property("Activity"), "(['server', 'scanning', 'scan-filter'])");
	ck_assert_str_eq(property("ReportsDropped"), "(5000000000)");
	ck_assert_str_eq(property("Controller"), "(('h4:unix:x', false, ''))");
	qb_bus_controller(bed_bus, false, "it is gone");
	ck_assert_str_eq(property("Controller"), "(('h4:unix:x', false, 'it is gone'))");
	qb_bus_controller(bed_bus, true, NULL);
	ck_assert_str_eq(property("Controller"), "(('h4:unix:x', true, ''))");
	ck_assert_ptr_nonnull(strstr(property("Features"), "'event-log'"));
	ck_assert_int_eq(property("Version")[2], '0');
	/* Nobody writes them. */
	bed_call("org.freedesktop.DBus.Properties", "Set", "ssv", QB_BUS_EXTENDED, "Status", "i",
	         0);
	ck_assert_ptr_nonnull(strstr(bed_answer, "PropertyReadOnly"));
}
END_TEST

START_TEST(changes)
{
	listen("org.freedesktop.DBus.Properties");
	qb_bus_changed(bed_bus, QB_CHANGE_CONNECTIONS);
	bed_until(&signals, 1);
	ck_assert_str_eq(last_signal,
	                 "PropertiesChanged('com.quectel.Ble1.Extended', {Connections: " CONNECTIONS
	                 "}, [])");
	qb_bus_changed(bed_bus, QB_CHANGE_STATUS | QB_CHANGE_CONTROLLER | QB_CHANGE_ADDRESS);
	bed_until(&signals, 2);
	ck_assert_ptr_nonnull(strstr(last_signal, "Status: 1"));
	ck_assert_ptr_nonnull(strstr(last_signal, "Controller: ('h4:unix:x', false, '')"));
	ck_assert_ptr_nonnull(strstr(last_signal, "Address: 'c6:05:04:03:02:01'"));
	ck_assert_ptr_null(strstr(last_signal, "Connections"));
	qb_bus_changed(bed_bus, 0);
	bed_call(QB_BUS_INTERFACE, "Plain", "");
	ck_assert_uint_eq(signals, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {as_signals,   as_rows,      every_event, get_events,
	                              wait_for_one, wait_in_vain, waiters,     waiters_at_the_end,
	                              properties,   changes};

	return unit_run_with("bus_events", bed_setup, bed_teardown, tests, 10);
}
