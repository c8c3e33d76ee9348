/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising and scanning with the legacy commands. */
#include "bed.h"

static const uint8_t adv_data[32] = {5, 0x02, 0x01, 0x06, 0x01, 0xff};
static const uint8_t rsp_data[32] = {3, 0x02, 0x09, 'A'};

static uint8_t adv_param(struct host *host, uint8_t type, uint8_t filter)
{
	/* Directed ones go to host 0. */
	return COMMAND(host, QB_HCI_LE_SET_ADV_PARAM, 0xa0, 0, 0xa0, 0, type, 0, 0, 0x01, 0x44,
	               0x33, 0x22, 0x11, 0x00, 7, filter);
}

static void scan(struct host *host, uint8_t active, uint8_t policy, uint8_t duplicates)
{
	ck_assert_uint_eq(
	        COMMAND(host, QB_HCI_LE_SET_SCAN_PARAM, active, 0x10, 0, 0x10, 0, 0, policy), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_ENABLE, 1, duplicates), 0);
}

static void enable(struct host *host)
{
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 1), 0);
}

/* One report, whose event type, sender and data are these. */
static void report(struct host *host, uint8_t type, unsigned from, const uint8_t *data)
{
	const uint8_t *p = host_le(host, QB_HCI_LE_ADV_REPORT);
	uint8_t addr[6], len = data ? data[0] : 0;
	int8_t rssi;

	addr_of(from, addr);
	ck_assert_uint_eq(p[0], 1);
	ck_assert_uint_eq(p[1], type);
	ck_assert_uint_eq(p[2], QB_ADDR_PUBLIC);
	ck_assert_mem_eq(p + 3, addr, 6);
	ck_assert_uint_eq(p[9], len);
	if (data)
		ck_assert_mem_eq(p + 10, data + 1, len);
	rssi = (int8_t)p[10 + len];
	ck_assert_int_ge(rssi, -52);
	ck_assert_int_le(rssi, -48);
}

START_TEST(reports_are_repeated)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	ck_assert_uint_eq(adv_param(adv, QB_ADV_IND, 0), 0);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_ADV_DATA, adv_data, 32), 0);
	enable(adv);
	scan(scanner, 0, 0, 0);
	bed_run(bed, QB_SEC);
	/* 100 ms and 0 to 10 ms of advDelay. */
	ck_assert_uint_ge(scanner->count, 9);
	ck_assert_uint_le(scanner->count, 10);
	while (scanner->count)
		report(scanner, QB_ADV_IND, 1, adv_data);
	/* Nothing after both have stopped. */
	ck_assert_uint_eq(COMMAND(scanner, QB_HCI_LE_SET_SCAN_ENABLE, 0, 0), 0);
	bed_run(bed, QB_SEC);
	host_silent(scanner);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_ADV_ENABLE, 0), 0);
	host_silent(adv);
	bed_free(bed);
}
END_TEST

START_TEST(duplicates_are_filtered)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	adv_param(adv, QB_ADV_IND, 0);
	host_command(adv, QB_HCI_LE_SET_ADV_DATA, adv_data, 32);
	host_command(adv, QB_HCI_LE_SET_SCAN_RSP_DATA, rsp_data, 32);
	enable(adv);
	scan(scanner, 1, 0, 1);
	bed_run(bed, QB_SEC);
	report(scanner, QB_ADV_IND, 1, adv_data);
	report(scanner, QB_ADV_SCAN_RSP, 1, rsp_data);
	host_silent(scanner);
	/* Enabled anew, it has forgotten. */
	ck_assert_uint_eq(COMMAND(scanner, QB_HCI_LE_SET_SCAN_ENABLE, 1, 1), 0);
	bed_run(bed, QB_SEC);
	report(scanner, QB_ADV_IND, 1, adv_data);
	report(scanner, QB_ADV_SCAN_RSP, 1, rsp_data);
	host_silent(scanner);
	bed_free(bed);
}
END_TEST

START_TEST(only_scannable_pdus_are_answered)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	host_command(adv, QB_HCI_LE_SET_SCAN_RSP_DATA, rsp_data, 32);
	adv_param(adv, QB_ADV_NONCONN_IND, 0);
	enable(adv);
	scan(scanner, 1, 0, 1);
	bed_run(bed, QB_SEC);
	report(scanner, QB_ADV_NONCONN_IND, 1, NULL);
	host_silent(scanner);

	ck_assert_uint_eq(adv_param(adv, QB_ADV_SCAN_IND, 0), QB_HCI_E_DISALLOWED);
	COMMAND(adv, QB_HCI_LE_SET_ADV_ENABLE, 0);
	adv_param(adv, QB_ADV_SCAN_IND, 0);
	enable(adv);
	bed_run(bed, QB_SEC);
	report(scanner, QB_ADV_SCAN_IND, 1, NULL);
	report(scanner, QB_ADV_SCAN_RSP, 1, rsp_data);
	host_silent(scanner);
	bed_free(bed);
}
END_TEST

START_TEST(windows_are_chance)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	adv_param(adv, QB_ADV_NONCONN_IND, 0);
	enable(adv);
	/* A tenth of the time. */
	COMMAND(scanner, QB_HCI_LE_SET_SCAN_PARAM, 0, 0xa0, 0, 0x10, 0, 0, 0);
	COMMAND(scanner, QB_HCI_LE_SET_SCAN_ENABLE, 1, 0);
	bed_run(bed, 100 * QB_SEC);
	ck_assert_uint_ge(scanner->count, 60);
	ck_assert_uint_le(scanner->count, 140);
	bed_free(bed);
}
END_TEST

START_TEST(loss_drops_advertising)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	qa_air_set_weather(bed->air, &(struct qa_weather){.loss_permille = 500});
	adv_param(adv, QB_ADV_NONCONN_IND, 0);
	enable(adv);
	scan(scanner, 0, 0, 0);
	bed_run(bed, 100 * QB_SEC);
	ck_assert_uint_ge(scanner->count, 400);
	ck_assert_uint_le(scanner->count, 550);
	bed_free(bed);
}
END_TEST

/* Filter policies 0 to 3: whom the advertiser answers, and to whom it lends its ear. */
START_TEST(advertiser_filters)
{
	for (uint8_t policy = 0; policy < 4; policy++) {
		for (unsigned listed = 0; listed < 2; listed++) {
			struct bed *bed = bed_new(2, NULL);
			struct host *scanner = &bed->host[0], *adv = &bed->host[1];
			bool answers = !(policy & 1) || listed, connects = !(policy & 2) || listed;
			uint8_t entry[7] = {QB_ADDR_PUBLIC}, addr[6];

			addr_of(listed ? 0 : 5, entry + 1);
			host_command(adv, QB_HCI_LE_ADD_ACCEPT_LIST, entry, 7);
			host_command(adv, QB_HCI_LE_SET_SCAN_RSP_DATA, rsp_data, 32);
			adv_param(adv, QB_ADV_IND, policy);
			enable(adv);
			scan(scanner, 1, 0, 1);
			bed_run(bed, QB_SEC);
			report(scanner, QB_ADV_IND, 1, NULL);
			if (answers)
				report(scanner, QB_ADV_SCAN_RSP, 1, rsp_data);
			host_silent(scanner);
			/* The list is in use, if the policy uses it. */
			ck_assert_uint_eq(host_command(adv, QB_HCI_LE_CLEAR_ACCEPT_LIST, NULL, 0),
			                  policy ? QB_HCI_E_DISALLOWED : 0);
			addr_of(1, addr);
			ck_assert_uint_eq(host_connect(scanner, 0, addr), 0);
			bed_run(bed, QB_SEC);
			ck_assert_int_eq(scanner->count > 0, connects);
			bed_free(bed);
		}
	}
}
END_TEST

START_TEST(scanner_filters)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *scanner = &bed->host[0];
	uint8_t entry[7] = {QB_ADDR_PUBLIC};

	for (unsigned i = 1; i < 3; i++) {
		adv_param(&bed->host[i], QB_ADV_NONCONN_IND, 0);
		enable(&bed->host[i]);
	}
	addr_of(2, entry + 1);
	host_command(scanner, QB_HCI_LE_ADD_ACCEPT_LIST, entry, 7);
	scan(scanner, 0, 1, 1);
	bed_run(bed, QB_SEC);
	report(scanner, QB_ADV_NONCONN_IND, 2, NULL);
	host_silent(scanner);
	ck_assert_uint_eq(host_command(scanner, QB_HCI_LE_REMOVE_ACCEPT_LIST, entry, 7),
	                  QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(host_command(scanner, QB_HCI_LE_ADD_ACCEPT_LIST, entry, 7),
	                  QB_HCI_E_DISALLOWED);
	bed_free(bed);
}
END_TEST

START_TEST(directed_reaches_its_target_only)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *adv = &bed->host[2];

	adv_param(adv, 4, 0);
	enable(adv);
	scan(&bed->host[0], 0, 0, 1);
	scan(&bed->host[1], 0, 0, 1);
	bed_run(bed, QB_SEC);
	report(&bed->host[0], QB_ADV_DIRECT_IND, 2, NULL);
	host_silent(&bed->host[0]);
	host_silent(&bed->host[1]);
	/* Low duty goes on and on. */
	bed_run(bed, 10 * QB_SEC);
	host_silent(adv);
	bed_free(bed);
}
END_TEST

START_TEST(high_duty_ends_after_1280_ms)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];
	const uint8_t *p;

	adv_param(adv, QB_ADV_DIRECT_IND, 0);
	enable(adv);
	scan(scanner, 0, 0, 0);
	bed_run(bed, 1279 * QB_MSEC);
	host_silent(adv);
	ck_assert_uint_ge(scanner->count, 300);
	bed_run(bed, 1 * QB_MSEC);
	p = host_le(adv, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(p[0], QB_HCI_E_ADV_TIMEOUT);
	ck_assert_uint_eq(p[3], QB_ROLE_PERIPHERAL);
	/* It is off: parameters can be set again. */
	ck_assert_uint_eq(adv_param(adv, QB_ADV_IND, 0), 0);
	bed_free(bed);
}
END_TEST

START_TEST(addresses_have_to_be_there)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *adv = &bed->host[0];
	uint8_t nothing[6] = {0}, reserved[6] = {1, 2, 3, 4, 5, 0x80};
	uint8_t fixed[6] = {1, 2, 3, 4, 5, 0xc0}, ones[6];

	memset(ones, 0xff, 6);
	/* Random, but none was set. */
	COMMAND(adv, QB_HCI_LE_SET_ADV_PARAM, 0xa0, 0, 0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_ADV_ENABLE, 1), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_RANDOM_ADDR, nothing, 6),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_RANDOM_ADDR, reserved, 6),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_RANDOM_ADDR, ones, 6),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_RANDOM_ADDR, fixed, 6), 0);
	enable(adv);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_RANDOM_ADDR, fixed, 6),
	                  QB_HCI_E_DISALLOWED);
	bed_free(bed);
}
END_TEST

/* A controller without a public address needs a random one for everything. */
START_TEST(no_public_address)
{
	struct qa_config config;
	struct bed *bed;
	struct host *host;
	uint8_t peer[6] = {9, 9, 9, 9, 9, 9};

	qa_config_init(&config);
	config.legacy = true;
	bed = bed_new(1, NULL);
	host = &bed->host[0];
	host_replace(bed, host, &config);
	ck_assert_uint_eq(host_command(host, QB_HCI_READ_BD_ADDR, NULL, 0), 0);
	ck_assert_mem_eq(host->ret, "\0\0\0\0\0\0", 6);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 1), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_ENABLE, 1, 0), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(host_connect(host, 0, peer), QB_HCI_E_INVALID_PARAM);
	bed_free(bed);
}
END_TEST

START_TEST(away_is_silence)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];

	adv_param(adv, QB_ADV_NONCONN_IND, 0);
	enable(adv);
	scan(scanner, 0, 0, 0);
	qa_controller_set_away(adv->c, true);
	bed_run(bed, QB_SEC);
	host_silent(scanner);
	qa_controller_set_away(adv->c, false);
	qa_controller_set_rssi(adv->c, -90);
	bed_run(bed, QB_SEC);
	ck_assert_uint_ge(scanner->count, 9);
	while (scanner->count)
		ck_assert_int_le((int8_t)host_le(scanner, QB_HCI_LE_ADV_REPORT)[10], -88);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-legacy-adv", reports_are_repeated, duplicates_are_filtered,
          only_scannable_pdus_are_answered, windows_are_chance, loss_drops_advertising,
          advertiser_filters, scanner_filters, directed_reaches_its_target_only,
          high_duty_ends_after_1280_ms, addresses_have_to_be_there, no_public_address,
          away_is_silence)
