/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scanning: what event 19 tells of whom, and how often. */
#include <string.h>

#include "ble_example.h"
#include "host/hci/spec.h"

static struct node *scanner(struct world *world, unsigned mode, unsigned filter)
{
	struct node *node = world_node(world, 0);

	example_start_client(node);
	node_ok(node, "SetScanParam", mode, 0x100u, 0x50u, 0u, 0u);
	node_ok(node, "SetScanFilter", filter);
	node_ok(node, "ScanStart");
	return node;
}

/* A report as its controller makes it (Core 5.4, Vol 4, Part E, 7.7.65.2), from a made-up device.
 */
static void hear_from(struct node *node, uint8_t type, uint8_t addr_type, unsigned device,
                      const void *data, size_t len)
{
	uint8_t packet[64] = {0x04, 0x3e, (uint8_t)(12 + len), 0x02, 1, type, addr_type};

	packet[7] = (uint8_t)device;
	packet[8] = (uint8_t)(device >> 8);
	packet[9] = (uint8_t)(device >> 16);
	packet[12] = 0xc0;
	packet[13] = (uint8_t)len;
	if (len)
		memcpy(packet + 14, data, len);
	packet[14 + len] = 0xc8; /* -56 dBm */
	ck_assert_int_eq(qa_controller_raw(node->controller, packet, 15 + len), 0);
	world_run(node->world, 0);
}

static void hear(struct node *node, uint8_t type, unsigned device, const void *data, size_t len)
{
	hear_from(node, type, QB_ADDR_RANDOM, device, data, len);
}

#define HEAR(node, type, device, octets) hear(node, type, device, octets, sizeof(octets) - 1)

static struct qb_event expect_report(struct node *node, uint8_t type, unsigned device,
                                     const char *name)
{
	struct qb_event event = node_expect(node, QB_EV_SCAN_REPORT);

	ck_assert_int_eq(event.status, 0);
	ck_assert_uint_eq(event.u[0], type);
	ck_assert_uint_eq(event.u[1], QB_ADDR_RANDOM);
	ck_assert_uint_eq(event.addr.b[0] | (unsigned)event.addr.b[1] << 8, device);
	ck_assert_str_eq(event.name, name);
	ck_assert_int_eq(event.rssi, -56);
	return event;
}

static bool quiet(struct node *node)
{
	return qb_list_empty(&node->events);
}

START_TEST(a_pdu_with_a_name_is_told_at_once_and_once)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);
	uint64_t begin = world->now;
	struct qb_event event;

	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06\x05\x09qble");
	ck_assert(!quiet(node));
	event = expect_report(node, QB_ADV_IND, 1, "qble");
	ck_assert_uint_eq(event.len, 9);
	ck_assert_mem_eq(event.data, "\x02\x01\x06\x05\x09qble", 9);
	ck_assert_uint_eq(world->now, begin);
	HEAR(node, QB_ADV_SCAN_RSP, 1, "\x05\x09qble");
	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06\x05\x09qble");
	node_expect_nothing(node);
	/* Another scan, another report. */
	node_ok(node, "ScanStart");
	HEAR(node, QB_ADV_IND, 1, "\x05\x09qble");
	node_expect_nothing(node);
	node_ok(node, "ScanStop");
	node_ok(node, "ScanStart");
	HEAR(node, QB_ADV_IND, 1, "\x05\x09qble");
	expect_report(node, QB_ADV_IND, 1, "qble");
	world_free(world);
}
END_TEST

/* An address is its type and its octets (Core 5.4, Vol 6, Part B, 1.3). */
START_TEST(a_public_address_is_not_the_random_one_of_the_same_octets)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	expect_report(node, QB_ADV_IND, 1, "one");
	for (int i = 0; i < 2; i++)
		hear_from(node, QB_ADV_IND, QB_ADDR_PUBLIC, 1, "\x04\x09two", 5);
	ck_assert_str_eq(node_expect(node, QB_EV_SCAN_REPORT).name, "two");
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	/* Nor does the one's scan response name the other. */
	HEAR(node, QB_ADV_IND, 2, "\x02\x01\x06");
	hear_from(node, QB_ADV_SCAN_RSP, QB_ADDR_PUBLIC, 2, "\x04\x09two", 5);
	ck_assert_uint_eq(node_expect(node, QB_EV_SCAN_REPORT).u[1], QB_ADDR_PUBLIC);
	HEAR(node, QB_ADV_SCAN_RSP, 2, "\x04\x09one");
	expect_report(node, QB_ADV_SCAN_RSP, 2, "one");
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(a_pdu_without_a_name_waits_for_its_scan_response)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);
	struct qb_event event;

	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
	HEAR(node, QB_ADV_SCAN_IND, 2, "\x02\x01\x06");
	ck_assert(quiet(node));
	HEAR(node, QB_ADV_SCAN_RSP, 2, "\x04\x08two");
	event = expect_report(node, QB_ADV_SCAN_RSP, 2, "two");
	ck_assert_mem_eq(event.data, "\x04\x08two", 5);
	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
	ck_assert(quiet(node));
	/* A response without a name brings nothing: the PDU itself is told. */
	HEAR(node, QB_ADV_SCAN_RSP, 1, "\x02\x0a\x00");
	event = expect_report(node, QB_ADV_IND, 1, "");
	ck_assert_mem_eq(event.data, "\x02\x01\x06", 3);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(it_waits_for_a_tenth_of_a_second)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
	world_run(world, 60 * QB_MSEC);
	HEAR(node, QB_ADV_IND, 2, "\x02\x01\x06");
	world_run(world, 39 * QB_MSEC);
	ck_assert(quiet(node));
	world_run(world, 1 * QB_MSEC);
	ck_assert(!quiet(node));
	expect_report(node, QB_ADV_IND, 1, "");
	world_run(world, 59 * QB_MSEC);
	ck_assert(quiet(node));
	expect_report(node, QB_ADV_IND, 2, "");
	/* Too late. */
	HEAR(node, QB_ADV_SCAN_RSP, 1, "\x04\x08one");
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

START_TEST(what_has_no_scan_response_does_not_wait)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	HEAR(node, QB_ADV_NONCONN_IND, 1, "\x02\x01\x06");
	HEAR(node, QB_ADV_DIRECT_IND, 2, "");
	ck_assert(!quiet(node));
	expect_report(node, QB_ADV_NONCONN_IND, 1, "");
	expect_report(node, QB_ADV_DIRECT_IND, 2, "");
	/* A response whose PDU was not heard. */
	HEAR(node, QB_ADV_SCAN_RSP, 3, "\x06\x09three");
	expect_report(node, QB_ADV_SCAN_RSP, 3, "three");
	world_free(world);
}
END_TEST

START_TEST(a_passive_scan_waits_for_nothing)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 0, 1);

	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
	ck_assert(!quiet(node));
	expect_report(node, QB_ADV_IND, 1, "");
	world_free(world);
}
END_TEST

START_TEST(without_the_filter_every_pdu_is_told)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 0);

	for (int i = 0; i < 3; i++) {
		HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
		HEAR(node, QB_ADV_SCAN_RSP, 1, "\x04\x09one");
		expect_report(node, QB_ADV_IND, 1, "");
		expect_report(node, QB_ADV_SCAN_RSP, 1, "one");
	}
	/* Switched on and off while it scans. */
	node_ok(node, "SetScanFilter", 1u);
	HEAR(node, QB_ADV_IND, 2, "\x04\x09two");
	HEAR(node, QB_ADV_IND, 2, "\x04\x09two");
	expect_report(node, QB_ADV_IND, 2, "two");
	node_expect_nothing(node);
	node_ok(node, "SetScanFilter", 0u);
	HEAR(node, QB_ADV_IND, 2, "\x04\x09two");
	expect_report(node, QB_ADV_IND, 2, "two");
	world_free(world);
}
END_TEST

START_TEST(damaged_data_is_told_without_a_name)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 0, 0);

	HEAR(node, QB_ADV_IND, 1, "\x1f\x09qb");
	expect_report(node, QB_ADV_IND, 1, "");
	HEAR(node, QB_ADV_IND, 1, "\x04\x09\xff\xfeq");
	expect_report(node, QB_ADV_IND, 1, "\xef\xbf\xbd\xef\xbf\xbdq");
	HEAR(node, QB_ADV_IND, 1, "");
	expect_report(node, QB_ADV_IND, 1, "");
	world_free(world);
}
END_TEST

START_TEST(nothing_is_told_after_a_stop)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	HEAR(node, QB_ADV_IND, 1, "\x02\x01\x06");
	node_ok(node, "ScanStop");
	HEAR(node, QB_ADV_IND, 2, "\x04\x09two");
	node_expect_nothing(node);
	node_ok(node, "ScanStop");
	world_free(world);
}
END_TEST

/* Whoever comes next has not asked for a scan. */
START_TEST(a_released_client_scans_no_more)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 0, 1);

	node_ok(node, "ServerInit");
	node_ok(node, "ClientRelease");
	node_ok(node, "ClientInit");
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	node_expect_nothing(node);
	node_ok(node, "ScanStart");
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	expect_report(node, QB_ADV_IND, 1, "one");
	world_free(world);
}
END_TEST

/* Those who read events are behind: no report is better than a lost value. */
START_TEST(reports_that_nobody_takes_are_counted)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	ck_assert_uint_eq(qb_ble_reports_dropped(node->ble), 0);
	node->congested = true;
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	ck_assert_uint_eq(qb_ble_reports_dropped(node->ble), 1);
	/* One that has waited for its name is counted as well. */
	node->congested = false;
	HEAR(node, QB_ADV_IND, 2, "\x02\x01\x06");
	node->congested = true;
	HEAR(node, QB_ADV_SCAN_RSP, 2, "\x04\x09two");
	ck_assert_uint_eq(qb_ble_reports_dropped(node->ble), 2);
	node_expect_nothing(node);
	/* Once there is room, who was not told of is told of after all. */
	node->congested = false;
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	expect_report(node, QB_ADV_IND, 1, "one");
	node_ok(node, "SetScanFilter", 0u);
	node->congested = true;
	HEAR(node, QB_ADV_IND, 1, "\x04\x09one");
	ck_assert_uint_eq(qb_ble_reports_dropped(node->ble), 3);
	world_free(world);
}
END_TEST

static unsigned reports;

static void on_report(struct node *node, const struct qb_event *event)
{
	ck_assert_uint_eq(event->id, QB_EV_SCAN_REPORT);
	reports++;
}

/* Many at once, of whom each is told; more than it remembers are told again. */
START_TEST(a_crowd_is_told_one_by_one)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	node->on_event = on_report;
	reports = 0;
	for (unsigned i = 0; i < 1000; i++)
		HEAR(node, QB_ADV_IND, i, "\x02\x01\x06");
	world_run(world, QB_SEC);
	ck_assert_uint_eq(reports, 1000);
	for (unsigned i = 0; i < 2 * QB_SCAN_SEEN_MAX; i++)
		HEAR(node, QB_ADV_IND, i, "\x02\x01\x06\x02\x09x");
	ck_assert_uint_eq(reports, 2 * QB_SCAN_SEEN_MAX);
	HEAR(node, QB_ADV_IND, 0, "\x02\x01\x06\x02\x09x");
	ck_assert_uint_eq(reports, 2 * QB_SCAN_SEEN_MAX + 1);
	world_free(world);
}
END_TEST

static void on_stop_reply(void *user, const struct qb_result *result)
{
	ck_assert_int_eq(result->error, QB_OK);
}

static void stop_inside(struct node *node, const struct qb_event *event)
{
	const struct qb_call *call = qb_calls;

	reports++;
	while (strcmp(call->name, "ScanStop"))
		call++;
	qb_call_run(node->ble, call, NULL, on_stop_reply, NULL);
}

/* As the document's client does it. Those that wait for their names are not told then. */
START_TEST(a_report_may_stop_the_scan)
{
	struct world *world = world_new(1, 1, NULL, NULL);
	struct node *node = scanner(world, 1, 1);

	node->on_event = stop_inside;
	reports = 0;
	for (unsigned i = 0; i < QB_SCAN_WAIT_MAX; i++)
		HEAR(node, QB_ADV_IND, i, "\x02\x01\x06");
	ck_assert_uint_eq(reports, 0);
	/* One more than may wait: the oldest is told, and ends it. */
	HEAR(node, QB_ADV_IND, 1000, "\x02\x01\x06");
	world_run(world, QB_SEC);
	ck_assert_uint_eq(reports, 1);
	world_free(world);
}
END_TEST

/* On the air, with a name only in the scan response. */
START_TEST(an_active_scan_asks_for_the_name)
{
	struct world *world = world_new(2, 1, NULL, NULL);
	struct node *server = world_node(world, 1), *node;
	struct qb_event event;

	example_start_server(server);
	node_ok(server, "SetAdvRspData", OCTETS("\x05\x09qble"));
	node_ok(server, "AdvStart");
	node = scanner(world, 1, 1);
	event = node_expect(node, QB_EV_SCAN_REPORT);
	ck_assert_str_eq(event.name, "qble");
	ck_assert_uint_eq(event.u[0], QB_ADV_SCAN_RSP);
	ck_assert(qb_addr_equal(&event.addr, qb_ble_address(server->ble)));
	world_run(world, 10 * QB_SEC);
	node_expect_nothing(node);
	world_free(world);
}
END_TEST

UNIT_MAIN("ble_scan", a_pdu_with_a_name_is_told_at_once_and_once,
          a_public_address_is_not_the_random_one_of_the_same_octets,
          a_pdu_without_a_name_waits_for_its_scan_response, it_waits_for_a_tenth_of_a_second,
          what_has_no_scan_response_does_not_wait, a_passive_scan_waits_for_nothing,
          without_the_filter_every_pdu_is_told, damaged_data_is_told_without_a_name,
          nothing_is_told_after_a_stop, a_released_client_scans_no_more,
          reports_that_nobody_takes_are_counted, a_crowd_is_told_one_by_one,
          a_report_may_stop_the_scan, an_active_scan_asks_for_the_name)
