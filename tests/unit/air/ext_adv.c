/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising and scanning with the extended commands, of legacy and of extended PDUs. */
#include "bed.h"

static uint8_t data[4 + 251];

/* Extended parameters: interval 100 ms, SID = handle, 1M and then 2M. */
static uint8_t params(struct host *host, uint8_t handle, uint16_t props)
{
	return COMMAND(host, QB_HCI_LE_SET_EXT_ADV_PARAM, handle, (uint8_t)props,
	               (uint8_t)(props >> 8), 0xa0, 0, 0, 0xa0, 0, 0, 7, 0, 0, 0x01, 0x44, 0x33,
	               0x22, 0x11, 0x00, 0, 127, 1, 0, 2, handle, 1);
}

static uint8_t set_data(struct host *host, uint16_t opcode, uint8_t handle, uint8_t op, uint8_t len)
{
	data[0] = handle;
	data[1] = op;
	data[2] = 0;
	data[3] = len;
	for (unsigned i = 0; i < len; i++)
		data[4 + i] = (uint8_t)(i + op);
	return host_command(host, opcode, data, 4u + len);
}

static uint8_t enable(struct host *host, uint8_t handle, uint16_t duration, uint8_t events)
{
	return COMMAND(host, QB_HCI_LE_SET_EXT_ADV_ENABLE, 1, 1, handle, (uint8_t)duration,
	               (uint8_t)(duration >> 8), events);
}

static uint8_t scan(struct host *host, uint8_t active, uint8_t duplicates, uint16_t duration,
                    uint8_t period)
{
	COMMAND(host, QB_HCI_LE_SET_EXT_SCAN_ENABLE, 0, 0, 0, 0, 0, 0);
	ck_assert_uint_eq(
	        COMMAND(host, QB_HCI_LE_SET_EXT_SCAN_PARAM, 0, 0, 1, active, 0x10, 0, 0x10, 0), 0);
	return COMMAND(host, QB_HCI_LE_SET_EXT_SCAN_ENABLE, 1, duplicates, (uint8_t)duration,
	               (uint8_t)(duration >> 8), period, 0);
}

static const uint8_t *report(struct host *host, uint16_t type, uint8_t len)
{
	const uint8_t *p = host_le(host, QB_HCI_LE_EXT_ADV_REPORT);

	ck_assert_uint_eq(p[0], 1);
	ck_assert_uint_eq(qb_get_le16(p + 1), type);
	ck_assert_uint_eq(p[24], len);
	return p;
}

START_TEST(legacy_pdus_by_extended_commands)
{
	const struct {
		uint16_t props, type;
	} rows[] = {{0x13, 0x13}, {0x12, 0x12}, {0x10, 0x10}, {0x15, 0x15}};

	for (unsigned i = 0; i < 4; i++) {
		struct bed *bed = bed_new(2, NULL);
		struct host *scanner = &bed->host[0], *adv = &bed->host[1];
		uint8_t len = rows[i].props & 4 ? 0 : 31;
		const uint8_t *p;

		ck_assert_uint_eq(params(adv, 0, rows[i].props), 0);
		if (len)
			ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 0, 3, len), 0);
		ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 0, 3, 32),
		                  QB_HCI_E_INVALID_PARAM);
		ck_assert_uint_eq(enable(adv, 0, 0, 0), 0);
		ck_assert_uint_eq(scan(scanner, 1, 1, 0, 0), 0);
		bed_run(bed, QB_SEC);
		p = report(scanner, rows[i].type, len);
		ck_assert_uint_eq(p[10], QB_PHY_1M);
		ck_assert_uint_eq(p[11], 0);
		ck_assert_uint_eq(p[12], 0xff);
		if (rows[i].props & 2)
			report(scanner, rows[i].type | QB_EXT_ADV_SCAN_RSP, 0);
		host_silent(scanner);
		bed_free(bed);
	}
}
END_TEST

START_TEST(extended_pdus)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1], *old = &bed->host[2];
	const uint8_t *p;

	ck_assert_uint_eq(params(adv, 3, 0x0000), 0);
	ck_assert_uint_eq(adv->ret[0], 0);
	/* 251 octets in three pieces; the set cannot be enabled before the last. */
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 0, 100),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 1, 100), 0);
	ck_assert_uint_eq(enable(adv, 3, 0, 0), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 0, 100), 0);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 2, 51), 0);
	ck_assert_uint_eq(enable(adv, 3, 0, 0), 0);
	ck_assert_uint_eq(scan(scanner, 0, 1, 0, 0), 0);
	COMMAND(old, QB_HCI_LE_SET_SCAN_ENABLE, 1, 0);
	bed_run(bed, QB_SEC);
	/* More to come, then the rest. */
	p = report(scanner, 1 << QB_EXT_ADV_STATUS_SHIFT, 229);
	ck_assert_uint_eq(p[11], QB_PHY_2M);
	ck_assert_uint_eq(p[12], 3);
	ck_assert_uint_eq(p[25], 1);
	ck_assert_uint_eq(p[25 + 100], 0);
	ck_assert_uint_eq(p[25 + 200], 2);
	report(scanner, 0, 22);
	host_silent(scanner);
	/* A legacy scanner hears nothing of it. */
	host_silent(old);
	/* Changed data is a new report, even when duplicates are filtered. */
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 1, 10), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 3, 10), 0);
	bed_run(bed, QB_SEC);
	report(scanner, 0, 10);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 3, 4, 0), 0);
	bed_run(bed, QB_SEC);
	report(scanner, 0, 10);
	host_silent(scanner);
	bed_free(bed);
}
END_TEST

START_TEST(scannable_extended)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];
	const uint8_t *p;
	uint8_t addr[6];

	ck_assert_uint_eq(params(adv, 1, 0x0002), 0);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 1, 3, 5),
	                  QB_HCI_E_INVALID_PARAM);
	/* Nothing to answer with. */
	ck_assert_uint_eq(enable(adv, 1, 0, 0), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_SCAN_RSP_DATA, 1, 3, 200), 0);
	ck_assert_uint_eq(enable(adv, 1, 0, 0), 0);
	ck_assert_uint_eq(scan(scanner, 1, 1, 0, 0), 0);
	bed_run(bed, QB_SEC);
	report(scanner, QB_EXT_ADV_SCANNABLE, 0);
	report(scanner, QB_EXT_ADV_SCANNABLE | QB_EXT_ADV_SCAN_RSP, 200);
	/* The advertiser wanted to know who asks. */
	p = host_le(adv, QB_HCI_LE_SCAN_REQUEST_RECEIVED);
	addr_of(0, addr);
	ck_assert_uint_eq(p[0], 1);
	ck_assert_mem_eq(p + 2, addr, 6);
	bed_free(bed);
}
END_TEST

START_TEST(sets_end)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *adv = &bed->host[1];
	const uint8_t *p;

	params(adv, 1, 0x0000);
	params(adv, 2, 0x0000);
	/* Two at once: one for 500 ms, one for three events. */
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_EXT_ADV_ENABLE, 1, 2, 1, 50, 0, 0, 2, 0, 0, 3),
	                  0);
	bed_run(bed, 499 * QB_MSEC);
	p = host_le(adv, QB_HCI_LE_ADV_SET_TERMINATED);
	ck_assert_uint_eq(p[0], QB_HCI_E_LIMIT_REACHED);
	ck_assert_uint_eq(p[1], 2);
	ck_assert_uint_eq(p[4], 3);
	host_silent(adv);
	bed_run(bed, QB_MSEC);
	p = host_le(adv, QB_HCI_LE_ADV_SET_TERMINATED);
	ck_assert_uint_eq(p[0], QB_HCI_E_ADV_TIMEOUT);
	ck_assert_uint_eq(p[1], 1);
	/* Not more than there are. */
	for (uint8_t handle = 3; handle < 9; handle++)
		ck_assert_uint_eq(params(adv, handle, 0), 0);
	ck_assert_uint_eq(params(adv, 9, 0), QB_HCI_E_MEMORY_EXCEEDED);
	ck_assert_uint_eq(enable(adv, 9, 0, 0), QB_HCI_E_UNKNOWN_ADV_ID);
	ck_assert_uint_eq(enable(adv, 8, 0, 0), 0);
	ck_assert_uint_eq(params(adv, 8, 0), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_REMOVE_ADV_SET, 8), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_CLEAR_ADV_SETS, NULL, 0),
	                  QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_EXT_ADV_ENABLE, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_REMOVE_ADV_SET, 8), 0);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_REMOVE_ADV_SET, 8), QB_HCI_E_UNKNOWN_ADV_ID);
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_CLEAR_ADV_SETS, NULL, 0), 0);
	ck_assert_uint_eq(enable(adv, 1, 0, 0), QB_HCI_E_UNKNOWN_ADV_ID);
	bed_free(bed);
}
END_TEST

START_TEST(wrong_parameters)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *adv = &bed->host[0];
	/* Connectable and scannable; high duty without legacy PDUs; anonymous and connectable;
	 * legacy PDUs that do not exist; reserved. */
	const uint16_t props[] = {0x03, 0x0c, 0x21, 0x22, 0x11, 0x14, 0x18, 0x1f, 0x80, 0x100};
	uint8_t p[25] = {0, 0, 0, 0xa0, 0, 0, 0xa0, 0, 0, 7};

	for (unsigned i = 0; i < sizeof(props) / sizeof(props[0]); i++)
		ck_assert_msg(params(adv, 0, props[i]) == QB_HCI_E_INVALID_PARAM, "0x%x", props[i]);
	p[20] = 1;
	p[22] = 3;
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_EXT_ADV_PARAM, p, 25),
	                  QB_HCI_E_UNSUPPORTED);
	p[20] = 3;
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_EXT_ADV_PARAM, p, 25),
	                  QB_HCI_E_UNSUPPORTED);
	p[20] = 2;
	ck_assert_uint_eq(host_command(adv, QB_HCI_LE_SET_EXT_ADV_PARAM, p, 25),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(params(adv, 0, 0x1d), 0);
	/* High duty needs a duration, of 1.28 s at most. */
	ck_assert_uint_eq(enable(adv, 0, 0, 0), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(enable(adv, 0, 129, 0), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(enable(adv, 0, 128, 0), 0);
	bed_run(bed, 1280 * QB_MSEC);
	ck_assert_uint_eq(host_le(adv, QB_HCI_LE_ADV_SET_TERMINATED)[0], QB_HCI_E_ADV_TIMEOUT);
	host_silent(adv);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_EXT_ADV_ENABLE, 1, 0), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_EXT_ADV_ENABLE, 1, 2, 0, 9, 0, 0, 0, 9, 0, 0),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(adv, QB_HCI_LE_SET_EXT_ADV_ENABLE, 1, 2, 0, 9, 0, 0),
	                  QB_HCI_E_INVALID_PARAM);
	/* Too much connectable data for one PDU. */
	ck_assert_uint_eq(params(adv, 1, 0x01), 0);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 1, 3, 250), 0);
	ck_assert_uint_eq(enable(adv, 1, 0, 0), QB_HCI_E_PACKET_TOO_LONG);
	/* Too much of all. */
	ck_assert_uint_eq(params(adv, 2, 0x00), 0);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 2, 1, 250), 0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 2, 0, 250), 0);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 2, 2, 151),
	                  QB_HCI_E_MEMORY_EXCEEDED);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_SCAN_RSP_DATA, 2, 3, 1),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 7, 3, 1),
	                  QB_HCI_E_UNKNOWN_ADV_ID);
	bed_free(bed);
}
END_TEST

START_TEST(scan_durations)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];
	unsigned heard = 0;

	params(adv, 0, 0x0000);
	enable(adv, 0, 0, 0);
	ck_assert_uint_eq(scan(scanner, 0, 0, 50, 0), 0);
	bed_run(bed, 2 * QB_SEC);
	ck_assert_uint_ge(scanner->count, 5);
	while (scanner->count > 1)
		report(scanner, 0, 0);
	host_le(scanner, QB_HCI_LE_SCAN_TIMEOUT);
	/* 0.5 s of each 1.28 s, with a filter that forgets in between. */
	ck_assert_uint_eq(scan(scanner, 0, 2, 50, 1), 0);
	bed_run(bed, 5120 * QB_MSEC);
	for (; scanner->count; heard++)
		report(scanner, 0, 0);
	ck_assert_uint_eq(heard, 4);
	ck_assert_uint_eq(scan(scanner, 0, 0, 128, 1), QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(scan(scanner, 0, 2, 0, 0), QB_HCI_E_INVALID_PARAM);
	bed_free(bed);
}
END_TEST

START_TEST(anonymous)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *scanner = &bed->host[0], *adv = &bed->host[1];
	const uint8_t *p;

	params(adv, 0, 0x0060);
	set_data(adv, QB_HCI_LE_SET_EXT_ADV_DATA, 0, 3, 3);
	enable(adv, 0, 0, 0);
	/* Only with the list, and only when it holds the anonymous. */
	COMMAND(scanner, QB_HCI_LE_SET_EXT_SCAN_PARAM, 0, 1, 1, 0, 0x10, 0, 0x10, 0);
	COMMAND(scanner, QB_HCI_LE_SET_EXT_SCAN_ENABLE, 1, 1, 0, 0, 0, 0);
	bed_run(bed, QB_SEC);
	host_silent(scanner);
	COMMAND(scanner, QB_HCI_LE_SET_EXT_SCAN_ENABLE, 0, 0, 0, 0, 0, 0);
	COMMAND(scanner, QB_HCI_LE_ADD_ACCEPT_LIST, 0xff, 0, 0, 0, 0, 0, 0);
	COMMAND(scanner, QB_HCI_LE_SET_EXT_SCAN_ENABLE, 1, 1, 0, 0, 0, 0);
	bed_run(bed, QB_SEC);
	p = report(scanner, 0, 3);
	ck_assert_uint_eq(p[3], 0xff);
	/* With its transmit power. */
	ck_assert_uint_eq(p[13], 0);
	host_silent(scanner);
	bed_free(bed);
}
END_TEST

START_TEST(connect_extended)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *central = &bed->host[0], *adv = &bed->host[1];
	const uint8_t *p;

	params(adv, 5, 0x0001);
	enable(adv, 5, 0, 0);
	/* 1M with 30 ms and 2M with 15 ms: the link begins on 2M, where the advertiser is. */
	ck_assert_uint_eq(COMMAND(central, QB_HCI_LE_EXT_CREATE_CONN, 0, 0, 0, 0x02, 0x44, 0x33,
	                          0x22, 0x11, 0x00, 3, 0x10, 0, 0x10, 0, 24, 0, 24, 0, 0, 0, 100, 0,
	                          0, 0, 0, 0, 0x10, 0, 0x10, 0, 12, 0, 12, 0, 0, 0, 100, 0, 0, 0, 0,
	                          0),
	                  0);
	bed_run(bed, QB_SEC);
	p = host_le(central, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(qb_get_le16(p + 23), 12);
	host_le(adv, QB_HCI_LE_ENH_CONN_COMPLETE);
	host_le(adv, QB_HCI_LE_CHANNEL_SELECTION);
	p = host_le(adv, QB_HCI_LE_ADV_SET_TERMINATED);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(p[1], 5);
	ck_assert_uint_eq(qb_get_le16(p + 2), 0);
	ck_assert_uint_eq(COMMAND(central, QB_HCI_LE_READ_PHY, 0, 0), 0);
	ck_assert_uint_eq(central->ret[2], QB_PHY_2M);
	ck_assert_uint_eq(central->ret[3], QB_PHY_2M);
	bed_free(bed);
}
END_TEST

START_TEST(families_do_not_mix)
{
	struct bed *bed = bed_new(1, NULL);
	struct host *host = &bed->host[0];

	ck_assert_uint_eq(params(host, 0, 0x13), 0);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 1), QB_HCI_E_DISALLOWED);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_SCAN_ENABLE, 1, 0), QB_HCI_E_DISALLOWED);
	host_start(host);
	ck_assert_uint_eq(COMMAND(host, QB_HCI_LE_SET_ADV_ENABLE, 0), 0);
	ck_assert_uint_eq(params(host, 0, 0x13), QB_HCI_E_DISALLOWED);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-ext-adv", legacy_pdus_by_extended_commands, extended_pdus, scannable_extended,
          sets_end, wrong_parameters, scan_durations, anonymous, connect_extended,
          families_do_not_mix)
