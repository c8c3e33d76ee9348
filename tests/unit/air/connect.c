/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links: made, cancelled, refused, ended, lost. */
#include "bed.h"

static void disconnected(struct host *host, uint16_t handle, uint8_t reason)
{
	const uint8_t *p = host_event(host, QB_HCI_EV_DISCONNECT_COMPLETE);

	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(qb_get_le16(p + 1), handle);
	ck_assert_uint_eq(p[3], reason);
}

/* A connection waits for its advertiser for as long as it takes. */
START_TEST(pending_until_heard)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	uint8_t addr[6], own[6];
	const uint8_t *p;

	addr_of(1, addr);
	addr_of(0, own);
	ck_assert_uint_eq(host_connect(a, 0, addr), 0);
	bed_run(bed, 60 * QB_SEC);
	host_silent(a);
	/* Only one at a time. */
	ck_assert_uint_eq(host_connect(a, 0, own), QB_HCI_E_DISALLOWED);
	host_advertise(b);
	bed_run(bed, 100 * QB_MSEC);
	p = host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(p[0], 0);
	ck_assert_uint_eq(qb_get_le16(p + 1), 0);
	ck_assert_uint_eq(p[3], QB_ROLE_CENTRAL);
	ck_assert_uint_eq(p[4], QB_ADDR_PUBLIC);
	ck_assert_mem_eq(p + 5, addr, 6);
	ck_assert_uint_eq(qb_get_le16(p + 23), 24);
	ck_assert_uint_eq(qb_get_le16(p + 25), 0);
	ck_assert_uint_eq(qb_get_le16(p + 27), 100);
	p = host_le(b, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(p[3], QB_ROLE_PERIPHERAL);
	ck_assert_mem_eq(p + 5, own, 6);
	/* Linked to it already. */
	ck_assert_uint_eq(host_connect(a, 0, addr), QB_HCI_E_ALREADY_EXISTS);
	bed_free(bed);
}
END_TEST

START_TEST(cancel)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0];
	uint8_t addr[6];
	const uint8_t *p;

	addr_of(1, addr);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CREATE_CONN_CANCEL, NULL, 0),
	                  QB_HCI_E_DISALLOWED);
	host_connect(a, 0, addr);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CREATE_CONN_CANCEL, NULL, 0), 0);
	p = host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE);
	ck_assert_uint_eq(p[0], QB_HCI_E_UNKNOWN_CONN);
	host_advertise(&bed->host[1]);
	bed_run(bed, QB_SEC);
	host_silent(a);
	/* The plain event where the enhanced one is not wanted. */
	COMMAND(a, QB_HCI_LE_SET_EVENT_MASK, 0x1f, 0, 0, 0, 0, 0, 0, 0);
	host_connect(a, 0, addr);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CREATE_CONN_CANCEL, NULL, 0), 0);
	ck_assert_uint_eq(host_le(a, QB_HCI_LE_CONN_COMPLETE)[0], QB_HCI_E_UNKNOWN_CONN);
	bed_free(bed);
}
END_TEST

START_TEST(accept_list_connects_to_any_of_it)
{
	struct bed *bed = bed_new(3, NULL);
	struct host *a = &bed->host[0];
	uint8_t p[25] = {0x10, 0, 0x10, 0, 1}, entry[7] = {0};

	p[13] = p[15] = 24;
	p[19] = 100;
	addr_of(2, entry + 1);
	host_advertise(&bed->host[1]);
	host_command(a, QB_HCI_LE_ADD_ACCEPT_LIST, entry, 7);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_CREATE_CONN, p, 25), 0);
	ck_assert_uint_eq(host_command(a, QB_HCI_LE_REMOVE_ACCEPT_LIST, entry, 7),
	                  QB_HCI_E_DISALLOWED);
	bed_run(bed, QB_SEC);
	host_silent(a);
	host_advertise(&bed->host[2]);
	bed_run(bed, QB_SEC);
	ck_assert_mem_eq(host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE) + 5, entry + 1, 6);
	bed_free(bed);
}
END_TEST

START_TEST(reasons_cross)
{
	const uint8_t good[] = {0x05, 0x13, 0x14, 0x15, 0x1a, 0x29, 0x3b};
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	for (unsigned i = 0; i < sizeof(good); i++) {
		bool by_peripheral = i & 1;
		struct host *who = by_peripheral ? b : a, *other = by_peripheral ? a : b;

		bed_link(bed, 0, 1);
		ck_assert_uint_eq(COMMAND(who, QB_HCI_DISCONNECT, 0, 0, 0x16),
		                  QB_HCI_E_INVALID_PARAM);
		ck_assert_uint_eq(COMMAND(who, QB_HCI_DISCONNECT, 1, 0, good[i]),
		                  QB_HCI_E_UNKNOWN_CONN);
		ck_assert_uint_eq(COMMAND(who, QB_HCI_DISCONNECT, 0, 0, good[i]), 0);
		disconnected(who, 0, QB_HCI_E_LOCAL_TERMINATED);
		disconnected(other, 0, good[i]);
		ck_assert_uint_eq(COMMAND(who, QB_HCI_DISCONNECT, 0, 0, good[i]),
		                  QB_HCI_E_UNKNOWN_CONN);
	}
	bed_free(bed);
}
END_TEST

START_TEST(vanished_peers_time_out)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	/* It resets. */
	bed_link(bed, 0, 1);
	host_start(b);
	bed_run(bed, 999 * QB_MSEC);
	host_silent(a);
	bed_run(bed, QB_MSEC);
	disconnected(a, 0, QB_HCI_E_CONN_TIMEOUT);
	host_silent(b);
	/* Something comes between them: both find out. */
	bed_link(bed, 0, 1);
	qa_controller_drop(a->c);
	bed_run(bed, QB_SEC);
	disconnected(a, 0, QB_HCI_E_CONN_TIMEOUT);
	disconnected(b, 0, QB_HCI_E_CONN_TIMEOUT);
	/* One that is told to disconnect meanwhile has its own reason. */
	bed_link(bed, 0, 1);
	qa_controller_set_away(b->c, true);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_DISCONNECT, 0, 0, 0x13), 0);
	ck_assert_uint_eq(COMMAND(a, QB_HCI_DISCONNECT, 0, 0, 0x13), QB_HCI_E_DISALLOWED);
	host_silent(a);
	bed_run(bed, QB_SEC);
	disconnected(a, 0, QB_HCI_E_LOCAL_TERMINATED);
	disconnected(b, 0, QB_HCI_E_CONN_TIMEOUT);
	qa_controller_set_away(b->c, false);
	/* It is unplugged. */
	bed_link(bed, 0, 1);
	qa_controller_free(b->c);
	b->c = NULL;
	bed_run(bed, QB_SEC);
	disconnected(a, 0, QB_HCI_E_CONN_TIMEOUT);
	bed_free(bed);
}
END_TEST

START_TEST(data_into_the_void_ends_the_link)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];

	bed_link(bed, 0, 1);
	qa_air_set_weather(bed->air, &(struct qa_weather){.loss_permille = 1000});
	host_send_acl(a, 0, 0, "x", 1);
	bed_run(bed, 2 * QB_SEC);
	disconnected(a, 0, QB_HCI_E_CONN_TIMEOUT);
	disconnected(b, 0, QB_HCI_E_CONN_TIMEOUT);
	host_silent(a);
	bed_free(bed);
}
END_TEST

/* When the request to connect is lost, the central believes in a link that is none. */
START_TEST(lost_request_is_0x3e)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	unsigned lost = 0, made = 0;
	uint8_t addr[6];

	addr_of(1, addr);
	qa_air_set_weather(bed->air, &(struct qa_weather){.loss_permille = 500});
	for (unsigned i = 0; i < 40; i++) {
		host_advertise(b);
		ck_assert_uint_eq(host_connect(a, 0, addr), 0);
		bed_run(bed, 3 * QB_SEC);
		ck_assert_uint_eq(host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE)[0], 0);
		if (b->count) {
			made++;
			COMMAND(b, QB_HCI_DISCONNECT, 0, 0, 0x13);
			bed_run(bed, 3 * QB_SEC);
		} else {
			lost++;
			disconnected(a, 0, QB_HCI_E_CONN_NOT_ESTABLISHED);
			COMMAND(b, QB_HCI_LE_SET_ADV_ENABLE, 0);
		}
		host_drain(a);
		host_drain(b);
	}
	ck_assert_uint_ge(lost, 10);
	ck_assert_uint_ge(made, 10);
	bed_free(bed);
}
END_TEST

START_TEST(limits)
{
	struct qa_config config;
	struct bed *bed;
	uint8_t addr[6];

	qa_config_init(&config);
	config.max_links = 2;
	bed = bed_new(5, &config);
	bed_link(bed, 0, 1);
	bed_link(bed, 2, 0);
	addr_of(3, addr);
	ck_assert_uint_eq(host_connect(&bed->host[0], 0, addr), QB_HCI_E_CONN_LIMIT);
	ck_assert_uint_eq(COMMAND(&bed->host[0], QB_HCI_LE_SET_ADV_ENABLE, 1), QB_HCI_E_CONN_LIMIT);
	bed_free(bed);
}
END_TEST

/* Sixteen links and more, both roles, data on each of them. */
START_TEST(many_links)
{
	struct bed *bed = bed_new(8, NULL);
	struct host *hub = &bed->host[0];

	for (unsigned i = 1; i < 8; i++) {
		if (i & 1)
			bed_link(bed, 0, i);
		else
			bed_link(bed, i, 0);
	}
	for (uint8_t i = 0; i < 7; i++) {
		host_send_acl(hub, i, 0, &i, 1);
		ck_assert_uint_eq(host_acl(&bed->host[i + 1], 0, QB_ACL_START, 1)[0], i);
		bed_run(bed, 0);
		host_event(hub, QB_HCI_EV_NUM_COMPLETED);
		host_send_acl(&bed->host[i + 1], 0, 0, &i, 1);
		ck_assert_uint_eq(host_acl(hub, i, QB_ACL_START, 1)[0], i);
	}
	/* The lowest free handle is used again. */
	COMMAND(hub, QB_HCI_DISCONNECT, 3, 0, 0x13);
	host_drain(hub);
	host_drain(&bed->host[4]);
	bed_run(bed, 0);
	host_drain(&bed->host[4]);
	bed_link(bed, 0, 4);
	host_send_acl(hub, 3, 0, "y", 1);
	host_acl(&bed->host[4], 0, QB_ACL_START, 1);
	bed_free(bed);
}
END_TEST

START_TEST(masked_events_do_not_come)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	uint8_t addr[6];

	addr_of(1, addr);
	/* After a reset LE events are off, all of them. */
	host_command(b, QB_HCI_RESET, NULL, 0);
	host_advertise(b);
	host_connect(a, 0, addr);
	bed_run(bed, QB_SEC);
	host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE);
	host_silent(b);
	/* And without bit 4 nobody hears of the end. */
	COMMAND(b, QB_HCI_SET_EVENT_MASK, 0, 0, 0, 0, 0, 0, 0, 0x20);
	COMMAND(b, QB_HCI_DISCONNECT, 0, 0, 0x13);
	host_silent(b);
	bed_free(bed);
}
END_TEST

START_TEST(wrong_parameters)
{
	/* Where the value stands in LE Create Connection, and what is wrong there. */
	const struct {
		uint8_t pos, value;
	} wrong[] = {
	        {0, 0x03},  /* scan interval below 4 */
	        {2, 0x11},  /* window longer than interval */
	        {2, 0x03},  /* window below 4 */
	        {4, 2},     /* filter policy */
	        {5, 4},     /* peer address type */
	        {12, 4},    /* own address type */
	        {13, 5},    /* interval below 6 */
	        {13, 25},   /* minimum above maximum */
	        {16, 0x0d}, /* interval above 0xc80 */
	        {18, 0x02}, /* latency above 0x1f3 */
	        {17, 50},   /* latency too long for the timeout */
	        {19, 5},    /* timeout too short for the interval */
	        {20, 0x0d}, /* timeout above 0xc80 */
	        {21, 1},    /* minimum event length above the maximum */
	};
	struct bed *bed = bed_new(1, NULL);

	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		uint8_t p[25] = {0x10, 0, 0x10, 0, 0, 0, 1, 2, 3, 4, 5, 6};

		p[13] = p[15] = 24;
		p[19] = 100;
		p[wrong[i].pos] = wrong[i].value;
		ck_assert_msg(host_command(&bed->host[0], QB_HCI_LE_CREATE_CONN, p, 25) ==
		                      QB_HCI_E_INVALID_PARAM,
		              "octet %u as %u", wrong[i].pos, wrong[i].value);
	}
	/* Extended: a PHY that is unknown, not supported, not for scanning; a length that lies. */
	ck_assert_uint_eq(COMMAND(&bed->host[0], QB_HCI_LE_SET_ADV_ENABLE, 0), QB_HCI_E_SUCCESS);
	host_start(&bed->host[0]);
	for (uint8_t phys = 0; phys < 16; phys++) {
		uint8_t p[10 + 16] = {0, 0, 0, 1, 2, 3, 4, 5, 6, phys, 0x10, 0, 0x10, 0, 24, 0, 24};
		uint8_t status;

		p[20] = 100;
		status = host_command(&bed->host[0], QB_HCI_LE_EXT_CREATE_CONN, p, sizeof(p));
		if (phys == 1)
			ck_assert_uint_eq(status, 0);
		else
			ck_assert_uint_ne(status, 0);
		host_start(&bed->host[0]);
	}
	bed_free(bed);
}
END_TEST

/* What a host sends to a link whose end it has not read must not reach the next peer. */
START_TEST(a_handle_comes_again_when_its_end_is_read)
{
	struct bed *bed = bed_new(2, NULL);
	struct host *a = &bed->host[0], *b = &bed->host[1];
	uint8_t addr[6];

	addr_of(1, addr);
	bed_link(bed, 0, 1);
	host_advertise(b);
	b->full = true;
	ck_assert_uint_eq(COMMAND(a, QB_HCI_DISCONNECT, 0, 0, 0x13), 0);
	bed_run(bed, QB_SEC);
	disconnected(a, 0, 0x16);
	ck_assert_uint_eq(host_connect(a, QB_ADDR_PUBLIC, addr), 0);
	bed_run(bed, QB_SEC);
	ck_assert_uint_eq(qb_get_le16(host_le(a, QB_HCI_LE_ENH_CONN_COMPLETE) + 1), 0);
	b->full = false;
	qa_controller_ready(b->c);
	disconnected(b, 0, 0x13);
	ck_assert_uint_eq(qb_get_le16(host_le(b, QB_HCI_LE_ENH_CONN_COMPLETE) + 1), 1);
	host_drain(a);
	host_drain(b);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_DISCONNECT, 1, 0, 0x13), 0);
	bed_run(bed, QB_SEC);
	host_drain(a);
	host_drain(b);
	bed_link(bed, 0, 1);
	ck_assert_uint_eq(COMMAND(b, QB_HCI_DISCONNECT, 0, 0, 0x13), 0);
	bed_free(bed);
}
END_TEST

UNIT_MAIN("air-connect", pending_until_heard, cancel, accept_list_connects_to_any_of_it,
          reasons_cross, vanished_peers_time_out, data_into_the_void_ends_the_link,
          lost_request_is_0x3e, limits, many_links, masked_events_do_not_come, wrong_parameters,
          a_handle_comes_again_when_its_end_is_read)
