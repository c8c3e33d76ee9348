/* SPDX-License-Identifier: GPL-2.0-or-later */
/* L2CAP PDUs from fragments, whatever a peer cuts them into, and the way out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/l2cap/l2cap.h"
#include "script.h"
#include "unit.h"

/* Fragments of handle 40 hex: start and continuation. */
#define START(len)    "02 40 20 " len " 00 "
#define CONTINUE(len) "02 40 10 " len " 00 "

static struct script s;
static struct qb_l2cap *l2cap;

static unsigned sdus;
static uint16_t sdu_cid;
static size_t sdu_len;
static uint8_t sdu[1024];
static bool end_on_sdu;
static const uint8_t *sdu_at;

static void receive(void *user, uint16_t cid, const uint8_t *data, size_t len)
{
	ck_assert_ptr_eq(user, &s);
	ck_assert_uint_le(len, QB_RX_SDU_MAX);
	sdus++;
	sdu_cid = cid;
	sdu_len = len;
	sdu_at = data;
	memcpy(sdu, data, len);
	if (end_on_sdu) {
		qb_l2cap_done(l2cap, QB_HCI_E_LOCAL_TERMINATED);
		free(l2cap);
		l2cap = NULL;
	}
}

static const struct qb_l2cap_ops ops = {.receive = receive};

static void begin(void)
{
	script_init(&s);
	qb_acl_set_buffers(&s.hci, 27, 4);
	l2cap = malloc(sizeof(*l2cap));
	ck_assert_ptr_nonnull(l2cap);
	memset(l2cap, 0xee, sizeof(*l2cap));
	qb_l2cap_init(l2cap, &s.hci, 0x40, true, &ops, &s);
}

static void finish(void)
{
	if (l2cap)
		qb_l2cap_done(l2cap, QB_HCI_E_REMOTE_TERMINATED);
	free(l2cap);
	script_done(&s);
}

/* The next SDU came: octets in hexadecimal. */
static void takes(uint16_t cid, const char *hex)
{
	uint8_t want[64];
	size_t len = script_hex(hex, want, sizeof(want));

	ck_assert_uint_eq(sdus, 1);
	ck_assert_uint_eq(sdu_cid, cid);
	ck_assert_uint_eq(sdu_len, len);
	ck_assert_mem_eq(sdu, want, len);
	sdus = 0;
}

static void takes_nothing(void)
{
	ck_assert_uint_eq(sdus, 0);
}

/* The link still works. */
static void check_alive(void)
{
	takes_nothing();
	script_gives(&s, START("07") "03 00 04 00 02 17 00");
	takes(QB_L2CAP_CID_ATT, "02 17 00");
}

START_TEST(a_pdu_in_one_fragment)
{
	begin();
	script_gives(&s, START("07") "03 00 04 00 02 17 00");
	takes(QB_L2CAP_CID_ATT, "02 17 00");
	script_gives(&s, START("06") "02 00 06 00 0b 00");
	takes(QB_L2CAP_CID_SMP, "0b 00");
	script_gives(&s, START("04") "00 00 04 00");
	takes(QB_L2CAP_CID_ATT, "");
	/* Some controllers say "first, not flushable", as a host does (Vol 4, E, 5.4.2). */
	script_gives(&s, "02 40 00 07 00 03 00 04 00 02 17 00");
	takes(QB_L2CAP_CID_ATT, "02 17 00");
	finish();
}
END_TEST

START_TEST(one_fragment_is_not_copied)
{
	static const uint8_t packet[] = {2, 0x40, 0x20, 7, 0, 3, 0, 4, 0, 2, 0x17, 0};

	begin();
	qb_hci_input(&s.hci, packet, sizeof(packet));
	ck_assert_ptr_eq(sdu_at, packet + 9);
	finish();
}
END_TEST

START_TEST(every_way_to_cut_it)
{
	static const uint8_t pdu[] = {7, 0, 4, 0, 1, 2, 3, 4, 5, 6, 7};
	size_t n = sizeof(pdu);

	begin();
	for (size_t first = 1; first < n; first++) {
		for (size_t second = 0; first + second < n; second++) {
			const size_t cut[] = {0, first, first + second, n};

			for (int i = 0; i < 3; i++) {
				uint8_t packet[5 + sizeof(pdu)] = {2, 0x40, i ? 0x10 : 0x20};
				size_t len = cut[i + 1] - cut[i];

				takes_nothing();
				packet[3] = (uint8_t)len;
				memcpy(packet + 5, pdu + cut[i], len);
				script_gives_octets(&s, packet, 5 + len);
			}
			takes(QB_L2CAP_CID_ATT, "01 02 03 04 05 06 07");
		}
	}
	finish();
}
END_TEST

/* testing.md: a first ACL fragment of 1–3 bytes. */
START_TEST(a_header_octet_by_octet)
{
	begin();
	script_gives(&s, START("01") "03");
	script_gives(&s, CONTINUE("01") "00");
	script_gives(&s, CONTINUE("01") "04");
	script_gives(&s, CONTINUE("01") "00");
	script_gives(&s, CONTINUE("02") "02 17");
	takes_nothing();
	script_gives(&s, CONTINUE("01") "00");
	takes(QB_L2CAP_CID_ATT, "02 17 00");
	finish();
}
END_TEST

START_TEST(a_continuation_without_a_start)
{
	begin();
	script_gives(&s, CONTINUE("07") "03 00 04 00 02 17 00");
	script_gives(&s, START("00"));
	script_gives(&s, CONTINUE("07") "03 00 04 00 02 17 00");
	script_gives(&s, "02 40 30 07 00 03 00 04 00 02 17 00");
	check_alive();
	script_gives(&s, CONTINUE("01") "00");
	check_alive();
	finish();
}
END_TEST

START_TEST(a_start_inside_an_unfinished_pdu)
{
	begin();
	script_gives(&s, START("06") "09 00 04 00 01 02");
	script_gives(&s, START("07") "03 00 04 00 02 17 00");
	takes(QB_L2CAP_CID_ATT, "02 17 00");
	script_gives(&s, START("06") "03 00 04 00 0a 0b");
	script_gives(&s, START("05") "03 00 04 00 0c");
	script_gives(&s, CONTINUE("02") "0d 0e");
	takes(QB_L2CAP_CID_ATT, "0c 0d 0e");
	finish();
}
END_TEST

START_TEST(more_than_the_header_says)
{
	begin();
	script_gives(&s, START("08") "03 00 04 00 02 17 00 ff");
	check_alive();
	script_gives(&s, START("05") "03 00 04 00 02");
	script_gives(&s, CONTINUE("03") "17 00 ff");
	check_alive();
	/* It is over: nothing continues it. */
	script_gives(&s, CONTINUE("02") "17 00");
	check_alive();
	finish();
}
END_TEST

static void give_long(uint16_t cid, unsigned len)
{
	uint8_t packet[5 + 255] = {2, 0x40, 0x20, 255, 0};
	unsigned total = len + 4, given = 0;

	memset(packet + 5, 0xaa, 255);
	packet[5] = (uint8_t)len;
	packet[6] = (uint8_t)(len >> 8);
	packet[7] = (uint8_t)cid;
	packet[8] = (uint8_t)(cid >> 8);
	while (given < total) {
		unsigned n = total - given < 255 ? total - given : 255;

		packet[3] = (uint8_t)n;
		script_gives_octets(&s, packet, 5 + n);
		given += n;
		packet[2] = 0x10;
		memset(packet + 5, 0xaa, 4);
	}
}

START_TEST(the_longest_sdu)
{
	begin();
	give_long(QB_L2CAP_CID_ATT, QB_RX_SDU_MAX);
	ck_assert_uint_eq(sdus, 1);
	ck_assert_uint_eq(sdu_len, QB_RX_SDU_MAX);
	for (size_t i = 0; i < sdu_len; i++)
		ck_assert_uint_eq(sdu[i], 0xaa);
	sdus = 0;
	check_alive();
	finish();
}
END_TEST

/* testing.md: an L2CAP length of FFFF. */
START_TEST(longer_ones_are_dropped_whole)
{
	begin();
	give_long(QB_L2CAP_CID_ATT, QB_RX_SDU_MAX + 1);
	check_alive();
	give_long(QB_L2CAP_CID_ATT, 0xffff);
	check_alive();
	give_long(QB_L2CAP_CID_SMP, 0xfffe);
	check_alive();
	finish();
}
END_TEST

START_TEST(a_long_one_in_a_single_fragment)
{
	static uint8_t packet[5 + 4 + QB_RX_SDU_MAX + 1];
	size_t len = sizeof(packet) - 5;

	begin();
	packet[0] = 2;
	packet[1] = 0x40;
	packet[2] = 0x20;
	packet[3] = (uint8_t)len;
	packet[4] = (uint8_t)(len >> 8);
	packet[5] = (uint8_t)(len - 4);
	packet[6] = (uint8_t)((len - 4) >> 8);
	packet[7] = QB_L2CAP_CID_ATT;
	script_gives_octets(&s, packet, sizeof(packet));
	check_alive();
	finish();
}
END_TEST

START_TEST(channels_that_we_do_not_have)
{
	static const char *const cids[] = {"00 00", "01 00", "02 00", "03 00",
	                                   "07 00", "20 00", "40 00", "ff ff"};

	begin();
	for (size_t i = 0; i < sizeof(cids) / sizeof(cids[0]); i++) {
		char hex[64];

		snprintf(hex, sizeof(hex), START("07") "03 00 %s 02 17 00", cids[i]);
		script_gives(&s, hex);
		check_alive();
	}
	finish();
}
END_TEST

START_TEST(the_link_ends_inside_an_sdu)
{
	begin();
	end_on_sdu = true;
	script_gives(&s, START("07") "03 00 04 00 02 17 00");
	ck_assert_ptr_null(l2cap);
	takes(QB_L2CAP_CID_ATT, "02 17 00");
	finish();

	begin();
	script_gives(&s, START("05") "03 00 04 00 02");
	script_gives(&s, CONTINUE("02") "17 00");
	ck_assert_ptr_null(l2cap);
	ck_assert_uint_eq(sdus, 1);
	finish();
}
END_TEST

START_TEST(the_way_out)
{
	struct qb_buf *buf;

	begin();
	buf = qb_l2cap_buf(l2cap);
	memcpy(qb_buf_sdu(buf), "\x03\x17\x00", 3);
	qb_l2cap_send(l2cap, QB_L2CAP_CID_ATT, buf, 3);
	script_takes(&s, "02 40 00 07 00 03 00 04 00 03 17 00");
	buf = qb_l2cap_buf(l2cap);
	memset(qb_buf_sdu(buf), 0x55, 24);
	qb_l2cap_send(l2cap, QB_L2CAP_CID_SMP, buf, 24);
	script_takes(&s, "02 40 00 1b 00 18 00 06 00 55 55 55 55 55 55 55 55 55 55 55 55 55 55 55 "
	                 "55 55 55 55 55 55 55 55");
	script_takes(&s, "02 40 10 01 00 55");
	finish();
}
END_TEST

UNIT_MAIN("l2cap_reassembly", a_pdu_in_one_fragment, one_fragment_is_not_copied,
          every_way_to_cut_it, a_header_octet_by_octet, a_continuation_without_a_start,
          a_start_inside_an_unfinished_pdu, more_than_the_header_says, the_longest_sdu,
          longer_ones_are_dropped_whole, a_long_one_in_a_single_fragment,
          channels_that_we_do_not_have, the_link_ends_inside_an_sdu, the_way_out)
