/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACL data between two hosts: fragments, credits, back-pressure, pacing and loss. */
#include "bed.h"

static uint8_t pdu[1024];

static void fill(void)
{
	for (unsigned i = 0; i < sizeof(pdu); i++)
		pdu[i] = (uint8_t)i;
}

static unsigned completed(struct host *host, uint16_t handle)
{
	const uint8_t *p = host_event(host, QB_HCI_EV_NUM_COMPLETED);

	ck_assert_uint_eq(p[0], 1);
	ck_assert_uint_eq(qb_get_le16(p + 1), handle);
	return qb_get_le16(p + 3);
}

START_TEST(minimum_length_cuts_and_marks)
{
	struct bed *bed = bed_new(2, NULL);

	fill();
	bed_link(bed, 0, 1);
	/* 60 octets in one buffer cross in PDUs of 27: one start, the rest continues. */
	host_send_acl(&bed->host[0], 0, QB_ACL_START_NO_FLUSH, pdu, 60);
	ck_assert_mem_eq(host_acl(&bed->host[1], 0, QB_ACL_START, 27), pdu, 27);
	ck_assert_mem_eq(host_acl(&bed->host[1], 0, QB_ACL_CONTINUE, 27), pdu + 27, 27);
	ck_assert_mem_eq(host_acl(&bed->host[1], 0, QB_ACL_CONTINUE, 6), pdu + 54, 6);
	/* The next packet of the same L2CAP PDU starts nothing. */
	host_send_acl(&bed->host[0], 0, QB_ACL_CONTINUE, pdu, 5);
	host_acl(&bed->host[1], 0, QB_ACL_CONTINUE, 5);
	bed_run(bed, 0);
	ck_assert_uint_eq(completed(&bed->host[0], 0), 2);
	host_silent(&bed->host[0]);
	host_silent(&bed->host[1]);
	bed_free(bed);
}
END_TEST

START_TEST(data_length_lets_long_ones_through)
{
	struct bed *bed = bed_new(2, NULL);
	const uint8_t *p;

	fill();
	bed_link(bed, 0, 1);
	ck_assert_uint_eq(COMMAND(&bed->host[0], QB_HCI_LE_SET_DATA_LEN, 0, 0, 251, 0, 0x48, 0x08),
	                  0);
	p = host_le(&bed->host[0], QB_HCI_LE_DATA_LEN_CHANGE);
	ck_assert_uint_eq(qb_get_le16(p + 2), 251);
	ck_assert_uint_eq(qb_get_le16(p + 6), 27);
	p = host_le(&bed->host[1], QB_HCI_LE_DATA_LEN_CHANGE);
	ck_assert_uint_eq(qb_get_le16(p + 2), 27);
	ck_assert_uint_eq(qb_get_le16(p + 6), 251);
	host_send_acl(&bed->host[0], 0, 0, pdu, 251);
	host_acl(&bed->host[1], 0, QB_ACL_START, 251);
	bed_run(bed, 0);
	completed(&bed->host[0], 0);
	/* Only the direction that was asked for. */
	host_send_acl(&bed->host[1], 0, 0, pdu, 28);
	host_acl(&bed->host[0], 0, QB_ACL_START, 27);
	host_acl(&bed->host[0], 0, QB_ACL_CONTINUE, 1);
	bed_free(bed);
}
END_TEST

START_TEST(credits_come_back_in_batches)
{
	struct bed *bed = bed_new(2, NULL);
	unsigned total = 0;

	fill();
	bed_link(bed, 0, 1);
	for (unsigned i = 0; i < 8; i++)
		host_send_acl(&bed->host[0], 0, 0, pdu, 20);
	bed_run(bed, 0);
	while (bed->host[0].count)
		total += completed(&bed->host[0], 0);
	ck_assert_uint_eq(total, 8);
	ck_assert_uint_eq(bed->host[0].warnings, 0);
	bed_free(bed);
}
END_TEST

/* A host that takes nothing holds up its peer, which gets no credit, and nothing is lost. */
START_TEST(slow_host_holds_credits_back)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	struct qa_status status;
	unsigned sent = 0, credits = 8, got = 0;

	fill();
	bed_link(bed, 0, 1);
	b->full = true;
	while (credits) {
		pdu[0] = (uint8_t)sent++;
		host_send_acl(a, 0, 0, pdu, 20);
		credits--;
		bed_run(bed, 0);
		while (a->count)
			credits += completed(a, 0);
		ck_assert_uint_lt(sent, 10000);
	}
	qa_controller_status(a->c, &status);
	ck_assert_uint_eq(status.acl_used, 8);
	ck_assert(qa_controller_blocked(b->c));
	ck_assert_uint_eq(a->warnings, 0);
	b->full = false;
	qa_controller_ready(b->c);
	bed_run(bed, 0);
	while (a->count)
		credits += completed(a, 0);
	ck_assert_uint_eq(credits, 8);
	for (; b->count; got++)
		ck_assert_uint_eq(host_acl(b, 0, QB_ACL_START, 20)[0], (uint8_t)got);
	ck_assert_uint_eq(got, sent);
	bed_free(bed);
}
END_TEST

START_TEST(too_many_overflow)
{
	struct qa_config config;
	struct bed *bed;
	struct host *a;
	unsigned sent = 0;

	fill();
	qa_config_init(&config);
	config.acl_buffers = 2;
	config.acl_len = 27;
	bed = bed_new(2, &config);
	a = &bed->host[0];
	bed_link(bed, 0, 1);
	bed->host[1].full = true;
	/* Fill what waits before the host, then the two buffers, then one more. */
	while (!a->warnings && sent++ < 10000) {
		host_send_acl(a, 0, 0, pdu, 27);
		if (!a->warnings)
			host_drain(a);
	}
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_BUFFER_OVERFLOW)[0], 1);
	/* Longer than a buffer is refused too. */
	host_send_acl(a, 0, 0, pdu, 28);
	ck_assert_uint_eq(a->warnings, 2);
	bed_free(bed);
}
END_TEST

START_TEST(disconnect_takes_credits_along)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	struct qa_status status;

	fill();
	bed_link(bed, 0, 1);
	host_send_acl(a, 0, 0, pdu, 20);
	host_acl(b, 0, QB_ACL_START, 20);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_DISCONNECT, 0, 0, 0x13), 0);
	ck_assert_uint_eq(host_event(a, QB_HCI_EV_DISCONNECT_COMPLETE)[3], 0x16);
	bed_run(bed, QB_SEC);
	/* No completed packets for a handle that is gone. */
	host_silent(a);
	qa_controller_status(a->c, &status);
	ck_assert_uint_eq(status.acl_used, 0);
	/* Data that crosses with the disconnection is nobody's fault. */
	host_send_acl(a, 0, 0, pdu, 20);
	ck_assert_uint_eq(a->warnings, 0);
	bed_free(bed);
}
END_TEST

START_TEST(host_flow_control)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	fill();
	ck_assert_uint_eq(COMMAND(b, QB_HCI_HOST_BUFFER_SIZE, 27, 0, 0, 2, 0, 0, 0), 0);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_SET_HOST_FLOW_CONTROL, 1), 0);
	bed_link(bed, 0, 1);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_SET_HOST_FLOW_CONTROL, 0), QB_HCI_E_DISALLOWED);
	for (unsigned i = 0; i < 3; i++)
		host_send_acl(a, 0, 0, pdu, 20);
	host_acl(b, 0, QB_ACL_START, 20);
	host_acl(b, 0, QB_ACL_START, 20);
	host_silent(b);
	/* A report that is too high counts for what there is. */
	ck_assert_int_eq(
	        qa_controller_input(b->c, (uint8_t[]){1, 0x35, 0x0c, 5, 1, 0, 0, 99, 0}, 9), 0);
	host_acl(b, 0, QB_ACL_START, 20);
	host_silent(b);
	bed_free(bed);
}
END_TEST

/* 718 packets of 251 octets a second is what 2M and the longest PDUs allow. */
START_TEST(real_time_has_the_rate_of_the_air)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	const struct qa_weather weather = {.realtime = true};
	unsigned credits = 8, got = 0;

	fill();
	bed_link(bed, 0, 1);
	qa_air_set_weather(bed->air, &weather);
	COMMAND(a, QB_HCI_LE_SET_DATA_LEN, 0, 0, 251, 0, 0x48, 0x08);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_LE_SET_PHY, 0, 0, 0, 2, 2, 0, 0), 0);
	bed_run(bed, QB_SEC);
	host_le(a, QB_HCI_LE_DATA_LEN_CHANGE);
	ck_assert_uint_eq(host_le(a, QB_HCI_LE_PHY_UPDATE_COMPLETE)[3], QB_PHY_2M);
	host_silent(a);
	host_drain(b);
	for (unsigned ms = 0; ms < 1000; ms++) {
		while (credits) {
			host_send_acl(a, 0, 0, pdu, 251);
			credits--;
		}
		bed_run(bed, QB_MSEC);
		while (a->count)
			credits += completed(a, 0);
		for (; b->count; got++)
			host_acl(b, 0, QB_ACL_START, 251);
	}
	ck_assert_uint_ge(got, 680);
	ck_assert_uint_le(got, 718);
	bed_free(bed);
}
END_TEST

/* A peripheral with latency sleeps through the central's data, but not through its own. */
START_TEST(real_time_latency)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	const struct qa_weather weather = {.realtime = true};
	unsigned ms;

	bed_link(bed, 0, 1);
	/* 30 ms, latency 9, timeout 4 s. */
	ck_assert_uint_eq(
	        COMMAND(a, QB_HCI_LE_CONN_UPDATE, 0, 0, 24, 0, 24, 0, 9, 0, 0x90, 0x01, 0, 0, 0, 0),
	        0);
	host_le(b, QB_HCI_LE_CONN_PARAM_REQUEST);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_LE_CONN_PARAM_REPLY, 0, 0, 24, 0, 24, 0, 9, 0, 0x90,
	                          0x01, 0, 0, 0, 0),
	                  0);
	host_drain(a);
	host_drain(b);
	qa_air_set_weather(bed->air, &weather);
	bed_run(bed, 10 * QB_MSEC);
	host_send_acl(a, 0, 0, pdu, 10);
	for (ms = 0; !b->count; ms++)
		bed_run(bed, QB_MSEC);
	ck_assert_uint_ge(ms, 280);
	ck_assert_uint_le(ms, 300);
	host_drain(b);
	bed_run(bed, 10 * QB_MSEC);
	host_drain(a);
	host_send_acl(b, 0, 0, pdu, 10);
	for (ms = 0; !a->count; ms++)
		bed_run(bed, QB_MSEC);
	ck_assert_uint_le(ms, 31);
	bed_free(bed);
}
END_TEST

/* In bad weather everything comes late, and everything comes, in order. */
static void through(const struct qa_weather *weather, uint64_t at_least)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	unsigned sent = 0, credits = 8, got = 0;
	uint64_t start;

	bed_link(bed, 0, 1);
	qa_air_set_weather(bed->air, weather);
	start = bed->now;
	while (got < 200) {
		for (; credits && sent < 200; credits--) {
			pdu[0] = (uint8_t)sent++;
			host_send_acl(a, 0, 0, pdu, 20);
		}
		bed_run(bed, QB_MSEC);
		while (a->count)
			credits += completed(a, 0);
		for (; b->count; got++)
			ck_assert_uint_eq(host_acl(b, 0, QB_ACL_START, 20)[0], (uint8_t)got);
		ck_assert_uint_lt(bed->now - start, 100 * QB_SEC);
	}
	ck_assert_uint_ge(bed->now - start, at_least);
	bed_run(bed, QB_SEC);
	while (a->count)
		credits += completed(a, 0);
	ck_assert_uint_eq(credits, 8);
	bed_free(bed);
}

START_TEST(loss_costs_time_only)
{
	through(&(struct qa_weather){.loss_permille = 300}, QB_SEC);
	through(&(struct qa_weather){.loss_permille = 300, .realtime = true}, 100 * QB_MSEC);
}
END_TEST

START_TEST(delay_and_jitter_keep_a_links_order)
{
	through(&(struct qa_weather){.delay_us = 20000, .jitter_us = 30000}, 200 * QB_MSEC);
}
END_TEST

/* Links overtake one another, as they do in life. */
START_TEST(jitter_reorders_across_links)
{
	struct bed *bed = bed_new(3, NULL);
	const struct qa_weather weather = {.jitter_us = 50000};
	bool overtaken = false;

	bed_link(bed, 0, 2);
	bed_link(bed, 1, 2);
	qa_air_set_weather(bed->air, &weather);
	for (unsigned i = 0; i < 50 && !overtaken; i++) {
		host_send_acl(&bed->host[0], 0, 0, pdu, 20);
		host_send_acl(&bed->host[1], 0, 0, pdu, 20);
		bed_run(bed, 60 * QB_MSEC);
		ck_assert_uint_eq(bed->host[2].count, 2);
		overtaken = bed->host[2].queue[bed->host[2].first].data[1] == 1;
		host_drain(&bed->host[2]);
	}
	ck_assert(overtaken);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-data", minimum_length_cuts_and_marks, data_length_lets_long_ones_through,
          credits_come_back_in_batches, slow_host_holds_credits_back, too_many_overflow,
          disconnect_takes_credits_along, host_flow_control, real_time_has_the_rate_of_the_air,
          real_time_latency, loss_costs_time_only, delay_and_jitter_keep_a_links_order,
          jitter_reorders_across_links)
