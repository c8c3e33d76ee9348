/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link Layer procedures: parameters, features, version, data length, PHY. */
#include "bed.h"

static uint8_t update(struct host *host, uint16_t opcode, uint8_t interval, uint8_t latency)
{
	/* Timeout 4 s. */
	return COMMAND(host, opcode, 0, 0, interval, 0, interval, 0, latency, 0, 0x90, 0x01, 0, 0,
	               0, 0);
}

static void updated(struct host *host, uint8_t status, uint16_t interval, uint16_t latency)
{
	const uint8_t *p = host_le(host, QB_HCI_LE_CONN_UPDATE_COMPLETE);

	ck_assert_uint_eq(p[0], status);
	ck_assert_uint_eq(qb_get_le16(p + 3), interval);
	ck_assert_uint_eq(qb_get_le16(p + 5), latency);
}

START_TEST(parameters_from_either_end)
{
	for (unsigned by = 0; by < 2; by++) {
		struct bed *bed = bed_new(2, NULL);
		struct host *who = &bed->host[by], *other = &bed->host[!by];
		const uint8_t *p;

		bed_link(bed, 0, 1);
		ck_assert_uint_eq(update(other, QB_HCI_LE_CONN_PARAM_REPLY, 40, 2),
		                  QB_HCI_E_DISALLOWED);
		ck_assert_uint_eq(update(who, QB_HCI_LE_CONN_UPDATE, 40, 2), 0);
		ck_assert_uint_eq(update(who, QB_HCI_LE_CONN_UPDATE, 40, 2), QB_HCI_E_DISALLOWED);
		p = host_le(other, QB_HCI_LE_CONN_PARAM_REQUEST);
		ck_assert_uint_eq(qb_get_le16(p + 2), 40);
		ck_assert_uint_eq(qb_get_le16(p + 6), 2);
		ck_assert_uint_eq(qb_get_le16(p + 8), 400);
		ck_assert_uint_eq(update(other, QB_HCI_LE_CONN_PARAM_REPLY, 40, 2), 0);
		updated(who, 0, 40, 2);
		updated(other, 0, 40, 2);
		/* Refused, with the other host's reason. */
		update(who, QB_HCI_LE_CONN_UPDATE, 80, 0);
		host_le(other, QB_HCI_LE_CONN_PARAM_REQUEST);
		ck_assert_uint_eq(COMMAND(other, QB_HCI_LE_CONN_PARAM_NEG_REPLY, 0, 0, 0x3b), 0);
		updated(who, 0x3b, 40, 2);
		host_silent(other);
		bed_free(bed);
	}
}
END_TEST

/* A host that does not want to be asked: a central decides, a peripheral is refused. */
START_TEST(nobody_to_ask)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	for (unsigned i = 0; i < 2; i++)
		COMMAND(&bed->host[i], QB_HCI_LE_SET_EVENT_MASK, 0xdf, 0xff, 0, 0, 0, 0, 0, 0);
	update(a, QB_HCI_LE_CONN_UPDATE, 40, 0);
	updated(a, 0, 40, 0);
	updated(b, 0, 40, 0);
	update(b, QB_HCI_LE_CONN_UPDATE, 50, 0);
	updated(b, QB_HCI_E_UNSUPPORTED_REMOTE, 40, 0);
	host_silent(a);
	/* Nothing changed: only who asked hears of it. */
	update(a, QB_HCI_LE_CONN_UPDATE, 40, 0);
	updated(a, 0, 40, 0);
	host_silent(b);
	bed_free(bed);
}
END_TEST

START_TEST(both_ask_at_once)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	update(b, QB_HCI_LE_CONN_UPDATE, 50, 0);
	host_le(a, QB_HCI_LE_CONN_PARAM_REQUEST);
	update(a, QB_HCI_LE_CONN_UPDATE, 40, 0);
	updated(b, QB_HCI_E_LL_COLLISION, 24, 0);
	host_le(b, QB_HCI_LE_CONN_PARAM_REQUEST);
	ck_assert_uint_eq(update(a, QB_HCI_LE_CONN_PARAM_REPLY, 50, 0), QB_HCI_E_DISALLOWED);
	update(b, QB_HCI_LE_CONN_UPDATE, 60, 0);
	updated(b, QB_HCI_E_LL_COLLISION, 24, 0);
	update(b, QB_HCI_LE_CONN_PARAM_REPLY, 40, 0);
	updated(a, 0, 40, 0);
	updated(b, 0, 40, 0);
	bed_free(bed);
}
END_TEST

/* The new supervision timeout is the one that counts. */
START_TEST(new_timeout_counts)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	update(a, QB_HCI_LE_CONN_UPDATE, 40, 0);
	update(b, QB_HCI_LE_CONN_PARAM_REPLY, 40, 0);
	host_drain(a);
	qa_controller_set_away(b->c, true);
	bed_run(bed, 3999 * QB_MSEC);
	host_silent(a);
	bed_run(bed, QB_MSEC);
	host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE);
	bed_free(bed);
}
END_TEST

START_TEST(features_and_version)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	const uint8_t *p;

	bed_link(bed, 0, 1);
	host_command(b, QB_HCI_LE_READ_LOCAL_FEATURES, NULL, 0);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_READ_REMOTE_FEATURES, 0, 0), 0);
	p = host_le(a, QB_HCI_LE_REMOTE_FEATURES);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_mem_eq(p + 3, b->ret, 8);
	host_silent(b);
	host_command(a, QB_HCI_READ_LOCAL_VERSION, NULL, 0);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_READ_REMOTE_VERSION, 0, 0), 0);
	p = host_event(b, QB_HCI_EV_READ_REMOTE_VERSION);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(p[3], a->ret[3]);
	ck_assert_mem_eq(p + 4, a->ret + 4, 4);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_READ_REMOTE_FEATURES, 9, 0), QB_HCI_E_UNKNOWN_CONN);
	bed_free(bed);
}
END_TEST

START_TEST(default_data_length)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	const uint8_t *p;
	uint8_t addr[6];

	addr_of(1, addr);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_WRITE_DEF_DATA_LEN, 100, 0, 0x48, 0x08), 0);
	host_command(b, QB_HCI_LE_READ_DEF_DATA_LEN, NULL, 0);
	ck_assert_uint_eq(qb_get_le16(b->ret), 100);
	host_advertise(b);
	host_connect(a, 0, addr);
	bed_run(bed, QB_SEC);
	p = host_find_le(a, QB_HCI_LE_DATA_LEN_CHANGE);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(qb_get_le16(p + 2), 27);
	ck_assert_uint_eq(qb_get_le16(p + 6), 100);
	ck_assert_ptr_nonnull(host_find_le(b, QB_HCI_LE_DATA_LEN_CHANGE));
	/* Asking for what is so already changes nothing, and says nothing. */
	COMMAND(b, QB_HCI_LE_SET_DATA_LEN, 0, 0, 100, 0, 0x48, 0x08);
	host_silent(a);
	host_silent(b);
	/* Time limits octets: 1000 us are 111 octets on 1M. */
	COMMAND(b, QB_HCI_LE_SET_DATA_LEN, 0, 0, 251, 0, 0xe8, 0x03);
	p = host_le(a, QB_HCI_LE_DATA_LEN_CHANGE);
	ck_assert_uint_eq(qb_get_le16(p + 6), 111);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_SET_DATA_LEN, 0, 0, 26, 0, 0x48, 0x08),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_SET_DATA_LEN, 0, 0, 252, 0, 0x48, 0x08),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_WRITE_DEF_DATA_LEN, 251, 0, 0x47, 0x01),
	                  QB_HCI_E_INVALID_PARAM);
	bed_free(bed);
}
END_TEST

START_TEST(phys)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	const uint8_t *p;

	/* b receives on 1M only: a may send slowly or fast, and gets 1M there. */
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_SET_DEF_PHY, 1, 0, 1), 0);
	bed_link(bed, 0, 1);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_PHY, 0, 0, 0, 3, 3, 0, 0), 0);
	p = host_le(a, QB_HCI_LE_PHY_UPDATE_COMPLETE);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(p[3], QB_PHY_1M);
	ck_assert_uint_eq(p[4], QB_PHY_2M);
	p = host_le(b, QB_HCI_LE_PHY_UPDATE_COMPLETE);
	ck_assert_uint_eq(p[3], QB_PHY_2M);
	ck_assert_uint_eq(p[4], QB_PHY_1M);
	/* Nothing changes: only who asked is told. */
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_PHY, 0, 0, 0, 3, 3, 0, 0), 0);
	host_le(a, QB_HCI_LE_PHY_UPDATE_COMPLETE);
	host_silent(b);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_READ_PHY, 0, 0), 0);
	ck_assert_mem_eq(a->ret, "\0\0\1\2", 4);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_PHY, 0, 0, 0, 4, 4, 0, 0), QB_HCI_E_UNSUPPORTED);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_PHY, 0, 0, 0, 0, 1, 0, 0),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_DEF_PHY, 0, 8, 1), QB_HCI_E_UNSUPPORTED);
	bed_free(bed);
}
END_TEST

START_TEST(signal_and_map)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	qa_controller_set_rssi(b->c, -80);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_READ_RSSI, 0, 0), 0);
	ck_assert_int_le((int8_t)a->ret[2], -78);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_READ_RSSI, 7, 1), QB_HCI_E_UNKNOWN_CONN);
	/* A command that fails still names its handle. */
	ck_assert_mem_eq(a->ret, "\7\1", 2);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_CHANNEL_MAP, 0x01, 0, 0, 0, 0),
	                  QB_HCI_E_INVALID_PARAM);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_CHANNEL_MAP, 0x0f, 0, 0, 0, 0x10), 0);
	/* The central's map is the link's, whoever asks. */
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_READ_CHANNEL_MAP, 0, 0), 0);
	ck_assert_mem_eq(b->ret + 2, "\x0f\0\0\0\x10", 5);
	bed_free(bed);
}
END_TEST

/* In real time a procedure takes its connection events. */
START_TEST(real_time_takes_time)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	qa_air_set_weather(bed->air, &(struct qa_weather){.realtime = true});
	COMMAND(a, QB_HCI_LE_READ_REMOTE_FEATURES, 0, 0);
	host_silent(a);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_READ_REMOTE_FEATURES, 0, 0), QB_HCI_E_DISALLOWED);
	bed_run(bed, 60 * QB_MSEC);
	host_le(a, QB_HCI_LE_REMOTE_FEATURES);
	COMMAND(a, QB_HCI_DISCONNECT, 0, 0, 0x13);
	host_silent(a);
	bed_run(bed, 30 * QB_MSEC);
	host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE);
	host_event(b, QB_HCI_EV_DISCONNECT_COMPLETE);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-procedure", parameters_from_either_end, nobody_to_ask, both_ask_at_once,
          new_timeout_counts, features_and_version, default_data_length, phys, signal_and_map,
          real_time_takes_time)
