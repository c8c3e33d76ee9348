/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bad input for ATT that is more than one row: floods, silence, the end of the link, every opcode
 * with every length. Sections are of the Core specification 5.4, Vol 3.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "att_peer.h"
#include "rows.h"

static const struct qb_gatt_proc_args read_3 = {.type = QB_PROC_READ, .start = 3};

static void check_server(void)
{
	dialog("< 0a 0300 > 0b 616263 < 18 01 > 19");
	told("read 0003 616263");
}

static void check_client(void)
{
	ck_assert_int_eq(start(read_3, NULL), 0);
	dialog("> 0a 0300 < 0b 7879");
	told("#1 data 7879; #1 ends 0");
}

/* An answer to each request, no more, no less. */
static void every_opcode(void)
{
	for (unsigned opcode = 0; opcode <= 0xff; opcode++) {
		begin();
		for (unsigned len = 0; len < QB_ATT_MTU_MIN; len++) {
			enum qb_att_kind kind = qb_att_kind((uint8_t)opcode);
			bool request = kind == QB_ATT_REQUEST ||
			               (kind == QB_ATT_UNKNOWN && !(opcode & 0x40));
			char hex[40];

			snprintf(hex, sizeof(hex), "%02x %02x+%u", opcode, len, len);
			peer_sends(hex);
			ck_assert_uint_eq(in_the_air(), request || kind == QB_ATT_INDICATION);
			if (in_the_air())
				peer_takes();
		}
		forget();
		finish();
	}
}

static void prepare_without_end(void)
{
	begin();
	for (unsigned i = 0; i < 300; i++) {
		bool full = i >= QB_PREPARE_ENTRIES_MAX;

		peer_sends("16 0300 0000 41");
		peer_gets(full ? "01 16 0300 09" : "17 0300 0000 41");
	}
	dialog("< 18 00 > 19");
	check_server();
	finish();
}

static void prepare_too_many_octets(void)
{
	unsigned n;

	begin();
	at.att.mtu = 247;
	for (n = 0; n < 300; n++) {
		peer_sends("16 0300 0000 41*242");
		if (strlen(peer_takes()) == 10)
			break;
	}
	ck_assert_uint_eq(n, QB_PREPARE_OCTETS_MAX / 242);
	dialog("< 16 0300 0000 41*242 > 01 16 0300 09 < 18 00 > 19");
	check_server();
	finish();
}

static void link_ends_while_prepared(void)
{
	begin();
	peer_sends("16 0300 0000 58");
	peer_gets("17 0300 0000 58");
	link_ends(0x08);
	ck_assert_mem_eq(qb_gatt_db_get(at.db, 3)->value, "abc", 3);
	finish();
}

/* As many as a link may have in its queue, and no memory for more. */
static void ask_and_take_nothing(void)
{
	begin();
	for (unsigned i = 0; i < 1000; i++)
		peer_sends("0a 0300");
	ck_assert_uint_eq(in_the_air(), QB_RSP_QUEUE_MAX);
	while (in_the_air())
		ck_assert_str_eq(peer_takes(), "0b616263");
	forget();
	check_server();
	finish();
}

static void protected_value_is_not_sent(void)
{
	begin();
	ck_assert_int_eq(notify(0x0014, "41", 1), -EACCES);
	ck_assert_int_eq(indicate(0x0014, "41", 2), -EACCES);
	peer_gets_nothing();
	check_server();
	finish();
}

static void indication_never_confirmed(void)
{
	begin();
	ck_assert_int_eq(indicate(0x000b, "41", 1), 0);
	peer_gets("1d 0b00 41");
	passes(29999);
	told_nothing();
	passes(1);
	told("sent 1 22; timeout");
	/* The bearer is dead: nothing is answered any more. */
	peer_sends("0a 0300");
	peer_sends("1e");
	peer_gets_nothing();
	finish();
}

static void confirmation_with_an_octet(void)
{
	begin();
	ck_assert_int_eq(indicate(0x000b, "41", 1), 0);
	ck_assert_int_eq(indicate(0x000b, "42", 2), 0);
	dialog("> 1d 0b00 41 < 1e 00 > 1d 0b00 42 < 1e");
	told("sent 1 1f; sent 2 00");
	check_server();
	finish();
}

static void confirmation_twice(void)
{
	begin();
	ck_assert_int_eq(indicate(0x000b, "41", 1), 0);
	dialog("> 1d 0b00 41 < 1e < 1e");
	told("sent 1 00");
	check_server();
	finish();
}

static void cccd_in_part(void)
{
	begin();
	/* Without an octet nothing changes; with one the other stays. */
	dialog("< 12 0c00 > 13 < 12 0c00 01 > 13 < 0a 0c00 > 0b 0100 < 12 0c00 > 13"
	       "< 0a 0c00 > 0b 0100");
	told("written 000c 0000; written 000c 0100; read 000c 0100; written 000c 0100;"
	     " read 000c 0100");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 1);
	/* The same in the queue. */
	dialog("< 16 0c00 0000 00 > 17 0c00 0000 00 < 18 01 > 19 < 16 0c00 0100 > 17 0c00 0100"
	       "< 18 01 > 19 < 16 0c00 0000 01 > 17 0c00 0000 01 < 16 0c00 0100 00"
	       "> 17 0c00 0100 00 < 18 01 > 19");
	told("written 000c 0000; written 000c 0000; written 000c 0100");
	/* The document's client writes 1, 2: the app hears of bits that mean nothing, too. */
	dialog("< 12 0c00 01fc > 13 < 0a 0c00 > 0b 0100");
	told("written 000c 01fc; read 000c 0100");
	check_server();
	finish();
}

static void other_spelling(void)
{
	begin();
	dialog("< 08 0100 ffff fb349b5f8000008000100000002a0000 > 09 05 0300 616263"
	       "< 10 0100 ffff fb349b5f800000800010000000280000"
	       "> 11 06 0100 0300 0018 0400 0700 0118 0800 0f00 0f18"
	       "< 06 0100 ffff 0028 fb349b5f80000080001000000f180000 > 07 0800 0f00");
	told_nothing();
	check_server();
	finish();
}

static void mtu_of_nothing(void)
{
	begin();
	dialog("< 02 0000 > 03 1700 < 02 0100 > 03 1700 < 02 1600 > 03 1700");
	told("mtu 23; mtu 23; mtu 23");
	dialog("< 02 ffff > 03 f700");
	told("mtu 247");
	check_server();
	finish();
}

static void blobs_without_end(void)
{
	const struct qb_gatt_proc_args args = {.type = QB_PROC_READ_LONG, .start = 3};
	unsigned parts = 0;

	begin();
	ck_assert_int_eq(start(args, NULL), 0);
	peer_gets("0a 0300");
	peer_sends("0b 41*22");
	while (in_the_air()) {
		peer_takes();
		peer_sends("0d 41*22");
		ck_assert_uint_lt(++parts, 30);
	}
	told("#1 ends 100");
	/* 23 parts of 22 are 506; the 24th goes past 512. */
	ck_assert_uint_eq(parts, 23);
	check_client();
	finish();
}

static void exactly_512_octets(void)
{
	const struct qb_gatt_proc_args args = {.type = QB_PROC_READ_LONG, .start = 3};
	char text[1100];

	begin();
	at.att.mtu = 129; /* four parts of 128 */
	ck_assert_int_eq(start(args, NULL), 0);
	peer_gets("0a 0300");
	peer_sends("0b 41*128");
	dialog("> 0c 0300 8000 < 0d 41*128 > 0c 0300 0001 < 0d 41*128 > 0c 0300 8001 < 0d 41*128");
	strcpy(text, "#1 data ");
	for (unsigned i = 0; i < 512; i++)
		strcat(text, "41");
	strcat(text, "; #1 ends 0");
	told(text);
	finish();
}

/* The PDUs that each begins with do not matter here. */
static const struct qb_gatt_proc_args procs[] = {
        {.type = QB_PROC_EXCHANGE_MTU, .mtu = 100},
        {.type = QB_PROC_DISCOVER_SERVICES},
        {.type = QB_PROC_DISCOVER_BY_UUID},
        {.type = QB_PROC_DISCOVER_INCLUDES, .start = 0x10, .end = 0x20},
        {.type = QB_PROC_DISCOVER_CHARAS, .start = 0x10, .end = 0x20},
        {.type = QB_PROC_DISCOVER_DESCS, .start = 0x10, .end = 0x20},
        {.type = QB_PROC_READ, .start = 3},
        {.type = QB_PROC_READ, .start = 3, .offset = 5},
        {.type = QB_PROC_READ_LONG, .start = 3},
        {.type = QB_PROC_READ_BY_UUID, .start = 1, .end = 0x20},
        {.type = QB_PROC_READ_MULTIPLE},
        {.type = QB_PROC_WRITE, .start = 3},
        {.type = QB_PROC_WRITE_LONG, .start = 3},
};

#define N_PROCS (sizeof(procs) / sizeof(procs[0]))

/* No procedure goes on for ever. */
static void whatever_comes(void)
{
	for (size_t i = 0; i < N_PROCS; i++) {
		for (unsigned n = 0; n < 0x26 * 24; n++) {
			unsigned opcode = n / 24, len = n % 24, rounds = 0;
			char hex[40];

			if (qb_att_kind((uint8_t)opcode) != QB_ATT_RESPONSE)
				continue;
			begin_empty();
			snprintf(hex, sizeof(hex), "%02x %02x+%u", opcode, n % 7, len);
			ck_assert_int_eq(start(procs[i], "0300 0400"), 0);
			while (at.client.queued && rounds++ < 64)
				peer_sends(hex);
			ck_assert_uint_lt(rounds, 64);
			forget();
			finish();
		}
	}
}

static void never_answered(void)
{
	for (size_t i = 0; i < N_PROCS; i++) {
		begin();
		ck_assert_int_eq(start(procs[i], "0300 0400"), 0);
		peer_takes();
		passes(29999);
		told_nothing();
		passes(1);
		told("#1 ends 101; timeout");
		ck_assert_int_eq(start(procs[i], "0300 0400"), -ENOTCONN);
		peer_sends("0b 41");
		told_nothing();
		finish();
	}
}

static void link_lost(void)
{
	for (size_t i = 0; i < N_PROCS; i++) {
		begin();
		ck_assert_int_eq(start(procs[i], "0300 0400"), 0);
		peer_takes();
		link_ends(0x08);
		told("#1 ends 102");
		finish();
	}
}

static void silence_behind_errors(void)
{
	begin();
	/* Each of them has 30 s of its own. */
	for (unsigned i = 0; i < 20; i++) {
		ck_assert_int_eq(start(read_3, NULL), 0);
		peer_gets("0a 0300");
		passes(29999);
		peer_sends("01 0a 0300 0a");
		told("#1 ends a");
	}
	check_client();
	finish();
}

/* clang-format off */
static const struct story server[] = {
	{"every opcode with every length up to the MTU => one answer to each request", "F 3.4.8",
	 every_opcode},
	{"300 times Prepare: 16 0300 0000 41 => 0x09 from the 129th on", "F 3.4.6.1",
	 prepare_without_end},
	{"Prepare of more octets than a link may keep => 0x09", "F 3.4.6.1",
	 prepare_too_many_octets},
	{"the link ends with writes prepared => nothing written, all freed", "F 3.4.6.1",
	 link_ends_while_prepared},
	{"1000 requests whose answers are not taken => 16 answers kept", "F 3.3.2",
	 ask_and_take_nothing},
	{"our app would notify a protected value on an open link => refused, nothing sent",
	 "C 10.3.1",
	 protected_value_is_not_sent},
	{"our indication is never confirmed => after 30 s the bearer is dead, the app told",
	 "F 3.3.3",
	 indication_never_confirmed},
	{"a Confirmation with an octet more: 1e 00 => the send failed, the next one goes",
	 "F 3.4.7.3",
	 confirmation_with_an_octet},
	{"a Confirmation twice: 1e, 1e => the second is ignored", "F 3.4.7.3", confirmation_twice},
	{"a CCCD of no octet and of one: 12 0c00, 12 0c00 01 => the rest stays as it is",
	 "F 3.4.5.1", cccd_in_part},
	{"16-bit UUIDs in their 128-bit form => are the same", "F 3.2.1", other_spelling},
	{"an MTU of 0, 1, 22, ffff => 23, 23, 23, our own", "F 3.4.2.1", mtu_of_nothing},
};

static const struct story client[] = {
	{"blobs without end: 0d 41*22 for ever => Bad Response past 512 octets", "F 3.2.9",
	 blobs_without_end},
	{"a long value of exactly 512 octets => read whole, not asked on", "G 4.8.3",
	 exactly_512_octets},
	{"every response of every length to every procedure => the procedure ends", "F 3.3.2",
	 whatever_comes},
	{"no answer to any procedure => after 30 s it ends, the bearer is dead", "F 3.3.3",
	 never_answered},
	{"the link ends in any procedure => it ends with Link Lost", "F 3.3.3", link_lost},
	{"each answer a millisecond before its time is over => no time-out", "F 3.3.3",
	 silence_behind_errors},
};
/* clang-format on */
STORY_TABLE(server);
STORY_TABLE(client);

static const struct table tables[] = {
        TABLE("To our server", server),
        TABLE("To our client", client),
};

int main(int argc, char **argv)
{
	return rows_main("bad-input att-stories", tables, sizeof(tables) / sizeof(*tables), argc,
	                 argv);
}
