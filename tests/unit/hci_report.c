/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising reports of all three kinds, and those that lie about their length. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/hci/event.h"
#include "script.h"
#include "unit.h"

#define A "05 04 03 02 01 c0 "
#define B "15 14 13 12 11 d0 "

static const struct qb_addr a = {QB_ADDR_RANDOM, {0x05, 0x04, 0x03, 0x02, 0x01, 0xc0}};
static const struct qb_addr b = {QB_ADDR_PUBLIC, {0x15, 0x14, 0x13, 0x12, 0x11, 0xd0}};

static struct qb_adv_report report[8];
static uint8_t *event;

/* All the reports of an event, which stays in memory of exactly its size. */
static size_t reports(const char *hex)
{
	uint8_t octets[255];
	size_t len = script_hex(hex, octets, sizeof(octets)), n = 0;
	struct qb_adv_reports it;

	free(event);
	event = malloc(len + !len);
	ck_assert_ptr_nonnull(event);
	memcpy(event, octets, len);
	if (!qb_hci_adv_reports_init(&it, event, len))
		return 0;
	while (qb_hci_adv_reports_next(&it, &report[n])) {
		const struct qb_adv_report *r = &report[n];

		ck_assert(r->data >= event && r->data + r->len <= event + len);
		ck_assert_uint_lt(++n, 8);
	}
	ck_assert(!qb_hci_adv_reports_next(&it, &report[n]));
	return n;
}

START_TEST(two_legacy_reports)
{
	ck_assert_uint_eq(reports("02 02 00 01 " A "03 02 01 06 c4 04 00 " B "00 7f"), 2);
	ck_assert_uint_eq(report[0].event_type, QB_ADV_IND);
	ck_assert(qb_addr_equal(&report[0].addr, &a));
	ck_assert(!report[0].resolved && !report[0].extended && !report[0].directed);
	ck_assert_int_eq(report[0].rssi, -60);
	ck_assert_int_eq(report[0].tx_power, QB_RSSI_UNKNOWN);
	ck_assert_uint_eq(report[0].len, 3);
	ck_assert_mem_eq(report[0].data, "\2\1\6", 3);
	ck_assert_uint_eq(report[0].primary_phy, QB_PHY_1M);
	ck_assert_uint_eq(report[0].secondary_phy, 0);
	ck_assert_uint_eq(report[0].sid, 0xff);
	ck_assert_uint_eq(report[0].data_status, QB_ADV_DATA_COMPLETE);
	ck_assert_uint_eq(report[1].event_type, QB_ADV_SCAN_RSP);
	ck_assert(qb_addr_equal(&report[1].addr, &b));
	ck_assert_int_eq(report[1].rssi, QB_RSSI_UNKNOWN);
	ck_assert_uint_eq(report[1].len, 0);
}
END_TEST

START_TEST(an_identity_that_the_controller_resolved)
{
	ck_assert_uint_eq(reports("02 02 00 03 " A "00 c4 00 02 " B "00 c4"), 2);
	ck_assert(qb_addr_equal(&report[0].addr, &a));
	ck_assert(report[0].resolved);
	ck_assert(qb_addr_equal(&report[1].addr, &b));
	ck_assert(report[1].resolved);
}
END_TEST

START_TEST(a_directed_report)
{
	ck_assert_uint_eq(reports("0b 01 01 00 " B "01 " A "c4"), 1);
	ck_assert_uint_eq(report[0].event_type, QB_ADV_DIRECT_IND);
	ck_assert(qb_addr_equal(&report[0].addr, &b));
	ck_assert(report[0].directed);
	ck_assert(qb_addr_equal(&report[0].direct, &a));
	ck_assert_int_eq(report[0].rssi, -60);
	ck_assert_uint_eq(report[0].len, 0);
	ck_assert_uint_eq(reports("0b 01 00 00 " B "01 " A "c4"), 0);
	ck_assert_uint_eq(reports("0b 01 01 00 " B "01 " A), 0);
}
END_TEST

START_TEST(legacy_pdus_in_extended_reports)
{
	static const struct {
		const char *type;
		uint8_t event_type;
	} types[] = {
	        {"13 00", QB_ADV_IND},      {"15 00", QB_ADV_DIRECT_IND},
	        {"12 00", QB_ADV_SCAN_IND}, {"10 00", QB_ADV_NONCONN_IND},
	        {"1b 00", QB_ADV_SCAN_RSP}, {"1a 00", QB_ADV_SCAN_RSP},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char hex[200];

		snprintf(hex, sizeof(hex),
		         "0d 01 %s 01 " A "01 00 ff 7f c4 00 00 00 " B "03 02 01 06",
		         types[i].type);
		ck_assert_uint_eq(reports(hex), 1);
		ck_assert_uint_eq(report[0].event_type, types[i].event_type);
		ck_assert(!report[0].extended);
		ck_assert(qb_addr_equal(&report[0].addr, &a));
		ck_assert(report[0].directed == (types[i].event_type == QB_ADV_DIRECT_IND));
		ck_assert(!report[0].directed || qb_addr_equal(&report[0].direct, &b));
		ck_assert_int_eq(report[0].rssi, -60);
		ck_assert_uint_eq(report[0].len, 3);
		ck_assert_mem_eq(report[0].data, "\2\1\6", 3);
	}
}
END_TEST

START_TEST(extended_pdus)
{
	ck_assert_uint_eq(reports("0d 02 "
	                          "21 00 01 " A
	                          "03 02 05 0a c4 18 00 00 00 00 00 00 00 00 02 aa bb "
	                          "44 00 02 " B "01 01 06 f6 c5 00 00 fe " A "01 cc"),
	                  2);
	ck_assert(report[0].extended);
	ck_assert_uint_eq(report[0].event_type, QB_EXT_ADV_CONNECTABLE);
	ck_assert_uint_eq(report[0].data_status, QB_ADV_DATA_MORE);
	ck_assert_uint_eq(report[0].primary_phy, QB_PHY_CODED);
	ck_assert_uint_eq(report[0].secondary_phy, QB_PHY_2M);
	ck_assert_uint_eq(report[0].sid, 5);
	ck_assert_int_eq(report[0].tx_power, 10);
	ck_assert_int_eq(report[0].rssi, -60);
	ck_assert_uint_eq(report[0].len, 2);
	ck_assert_uint_eq(report[1].event_type, QB_EXT_ADV_DIRECTED);
	ck_assert_uint_eq(report[1].data_status, QB_ADV_DATA_TRUNCATED);
	ck_assert(qb_addr_equal(&report[1].addr, &b));
	ck_assert(report[1].resolved);
	ck_assert_int_eq(report[1].tx_power, -10);
	/* Directed to a private address of ours that the controller could not resolve. */
	ck_assert(qb_addr_equal(&report[1].direct, &a));
	ck_assert_mem_eq(report[1].data, "\xcc", 1);
}
END_TEST

START_TEST(an_advertiser_without_an_address)
{
	static const struct qb_addr none;

	ck_assert_uint_eq(reports("0d 01 00 00 ff " A "01 01 00 7f c4 00 00 00 " B "00"), 1);
	ck_assert(report[0].anonymous);
	ck_assert(qb_addr_equal(&report[0].addr, &none));
	/* A legacy PDU always has one. */
	ck_assert_uint_eq(reports("0d 01 10 00 ff " A "01 01 00 7f c4 00 00 00 " B "00"), 0);
}
END_TEST

START_TEST(values_that_do_not_exist_are_dropped_and_the_rest_is_kept)
{
	/* Event type 5; address type 4; then a good one. */
	ck_assert_uint_eq(reports("02 03 05 00 " B "00 c4 00 04 " B "01 aa c4 00 01 " A "00 c4"),
	                  1);
	ck_assert(qb_addr_equal(&report[0].addr, &a));
	ck_assert_uint_eq(reports("0d 02 "
	                          "10 00 04 " B "01 00 ff 7f c4 00 00 00 " B "01 aa "
	                          "10 00 01 " A "01 00 ff 7f c4 00 00 00 " B "00"),
	                  1);
	ck_assert(qb_addr_equal(&report[0].addr, &a));
}
END_TEST

/* testing.md: an advertising report whose data length lies. */
START_TEST(a_length_beyond_the_event_is_clamped)
{
	ck_assert_uint_eq(reports("02 01 00 01 " A "1f 02 01 06"), 1);
	ck_assert_uint_eq(report[0].len, 3);
	ck_assert_int_eq(report[0].rssi, QB_RSSI_UNKNOWN);
	/* It would have swallowed the second report. */
	ck_assert_uint_eq(reports("02 02 00 01 " A "ff 02 01 06 c4 00 00 " B "00 c4"), 1);
	ck_assert_uint_eq(report[0].len, 14);
	ck_assert_uint_eq(reports("0d 01 13 00 01 " A "01 00 ff 7f c4 00 00 00 " B "20 02 01 06"),
	                  1);
	ck_assert_uint_eq(report[0].len, 3);
	ck_assert_int_eq(report[0].rssi, -60);
}
END_TEST

START_TEST(a_legacy_pdu_has_no_more_than_31_octets)
{
	static const char more[] = "01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 "
	                           "11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 ";
	char hex[300];

	snprintf(hex, sizeof(hex), "02 02 00 01 " A "21 %s c4 00 00 " B "00 c4", more);
	ck_assert_uint_eq(reports(hex), 2);
	ck_assert_uint_eq(report[0].len, 31);
	ck_assert_int_eq(report[0].rssi, -60);
	ck_assert(qb_addr_equal(&report[1].addr, &b));
	snprintf(hex, sizeof(hex), "0d 01 13 00 01 " A "01 00 ff 7f c4 00 00 00 " B "21 %s", more);
	ck_assert_uint_eq(reports(hex), 1);
	ck_assert_uint_eq(report[0].len, 31);
	snprintf(hex, sizeof(hex), "0d 01 01 00 01 " A "01 01 00 7f c4 00 00 00 " B "21 %s", more);
	ck_assert_uint_eq(reports(hex), 1);
	ck_assert_uint_eq(report[0].len, 33);
}
END_TEST

START_TEST(fewer_reports_than_it_says)
{
	ck_assert_uint_eq(reports("02 ff 00 01 " A "00 c4"), 1);
	ck_assert_uint_eq(reports("02 ff"), 0);
	ck_assert_uint_eq(reports("02 00 00 01 " A "00 c4"), 0);
	ck_assert_uint_eq(reports("02"), 0);
	ck_assert_uint_eq(reports(""), 0);
	ck_assert_uint_eq(reports("0c 01 00 01 " A "00 c4"), 0);
	ck_assert_uint_eq(reports("02 01 00 01 05 04 03 02 01 c0"), 0);
	ck_assert_uint_eq(reports("0d 01 13 00 01 " A "01 00 ff 7f c4 00 00 00 15 14 13 12 11 d0"),
	                  0);
}
END_TEST

UNIT_MAIN("hci_report", two_legacy_reports, an_identity_that_the_controller_resolved,
          a_directed_report, legacy_pdus_in_extended_reports, extended_pdus,
          an_advertiser_without_an_address,
          values_that_do_not_exist_are_dropped_and_the_rest_is_kept,
          a_length_beyond_the_event_is_clamped, a_legacy_pdu_has_no_more_than_31_octets,
          fewer_reports_than_it_says)
