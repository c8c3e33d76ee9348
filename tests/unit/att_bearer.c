/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ATT bearer: the MTU, one transaction at a time each way, the time limit, the bounds. */
#include <errno.h>

#include "att_peer.h"
#include "unit.h"

static const struct qb_gatt_proc_args read_0003 = {.type = QB_PROC_READ, .start = 3};

static int exchange(uint16_t mtu)
{
	return start((struct qb_gatt_proc_args){.type = QB_PROC_EXCHANGE_MTU, .mtu = mtu}, NULL);
}

START_TEST(the_mtu_is_23_until_it_is_exchanged)
{
	begin();
	ck_assert_uint_eq(at.att.mtu, 23);
	/* 60 octets, of which 22 fit behind the opcode. */
	dialog("< 0a 0e00 > 0b 00+22");
	forget();
	dialog("< 02 6400 > 03 6400");
	told("mtu 100");
	dialog("< 0a 0e00 > 0b 00+60");
	forget();
	finish();
}
END_TEST

START_TEST(the_server_answers_the_lesser_of_both_mtus)
{
	static const struct {
		uint16_t own;
		const char *asked, *answered;
		const char *told;
	} rows[] = {
	        {247, "02 1700", "03 1700", "mtu 23"},
	        {247, "02 1800", "03 1800", "mtu 24"},
	        {247, "02 f700", "03 f700", "mtu 247"},
	        {247, "02 f800", "03 f700", "mtu 247"},
	        {247, "02 0002", "03 f700", "mtu 247"},
	        {517, "02 0502", "03 0502", "mtu 517"},
	        {517, "02 ffff", "03 0502", "mtu 517"},
	        {23, "02 0502", "03 1700", "mtu 23"},
	        /* Less than every side must be able to take counts as that much. */
	        {247, "02 1600", "03 1700", "mtu 23"},
	        {247, "02 0100", "03 1700", "mtu 23"},
	        {247, "02 0000", "03 1700", "mtu 23"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		at.att.own_mtu = rows[i].own;
		peer_sends(rows[i].asked);
		peer_gets(rows[i].answered);
		peer_gets_nothing();
		told(rows[i].told);
		finish();
	}
}
END_TEST

START_TEST(the_client_takes_the_lesser_of_both_mtus)
{
	static const struct {
		uint16_t own;
		const char *asked, *answered;
		const char *told;
	} rows[] = {
	        {247, "02 f700", "03 f700", "mtu 247; #1 ends 0"},
	        {247, "02 f700", "03 0502", "mtu 247; #1 ends 0"},
	        {247, "02 f700", "03 ffff", "mtu 247; #1 ends 0"},
	        {247, "02 f700", "03 1900", "mtu 25; #1 ends 0"},
	        {517, "02 0502", "03 0502", "mtu 517; #1 ends 0"},
	        {23, "02 1700", "03 0502", "mtu 23; #1 ends 0"},
	        {247, "02 f700", "03 1600", "mtu 23; #1 ends 0"},
	        {247, "02 f700", "03 0000", "mtu 23; #1 ends 0"},
	        /* A server that knows no exchange leaves it at 23. */
	        {247, "02 f700", "01 02 0000 06", "#1 ends 6"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin();
		ck_assert_int_eq(exchange(rows[i].own), 0);
		peer_gets(rows[i].asked);
		ck_assert_uint_eq(at.att.mtu, 23);
		peer_sends(rows[i].answered);
		told(rows[i].told);
		finish();
	}
}
END_TEST

START_TEST(what_a_client_asked_for_is_what_the_server_offers)
{
	begin();
	ck_assert_int_eq(exchange(100), 0);
	dialog("> 02 6400 < 02 f700 > 03 6400 < 03 f700");
	told("mtu 100; mtu 100; #1 ends 0");
	finish();
}
END_TEST

START_TEST(a_second_exchange_is_answered_like_the_first)
{
	begin();
	dialog("< 02 f700 > 03 f700 < 02 6400 > 03 6400 < 02 0000 > 03 1700 < 02 f700 > 03 f700");
	told("mtu 247; mtu 100; mtu 23; mtu 247");
	finish();
}
END_TEST

START_TEST(no_mtu_is_asked_for_that_is_none)
{
	begin();
	ck_assert_int_eq(exchange(22), -EINVAL);
	ck_assert_int_eq(exchange(518), -EINVAL);
	ck_assert_int_eq(exchange(0), -EINVAL);
	peer_gets_nothing();
	finish();
}
END_TEST

static void on_reply(void *user, enum qb_att_outcome outcome, const struct qb_att_pdu *pdu)
{
	tell("outcome %d", (int)outcome);
}

START_TEST(there_is_one_request_at_a_time)
{
	const struct qb_att_pdu pdu = {.opcode = QB_ATT_READ_REQ, .attr = {.handle = 3}};

	begin();
	ck_assert_int_eq(qb_att_request(&at.att, &pdu, on_reply, NULL), 0);
	ck_assert_int_eq(qb_att_request(&at.att, &pdu, on_reply, NULL), -EBUSY);
	dialog("> 0a 0300 < 0b 41");
	told("outcome 0");
	ck_assert_int_eq(qb_att_request(&at.att, &pdu, on_reply, NULL), 0);
	dialog("> 0a 0300 < 13");
	told("outcome 1");
	ck_assert_int_eq(qb_att_request(&at.att, &pdu, on_reply, NULL), 0);
	peer_gets("0a 0300");
	passes(30000);
	told("outcome 2; timeout");
	ck_assert_int_eq(qb_att_request(&at.att, &pdu, on_reply, NULL), -ENOTCONN);
	finish();
}
END_TEST

START_TEST(a_request_has_30_seconds)
{
	begin();
	ck_assert_int_eq(start(read_0003, NULL), 0);
	ck_assert_int_eq(start(read_0003, NULL), 0);
	peer_gets("0a 0300");
	passes(29999);
	told_nothing();
	peer_sends("0b 41");
	told("#1 data 41; #1 ends 0");
	/* Its own 30 seconds, for the next one. */
	peer_gets("0a 0300");
	passes(29999);
	told_nothing();
	passes(1);
	told("#1 ends 101; timeout");
	finish();
}
END_TEST

START_TEST(after_a_timeout_nothing_is_sent_or_taken)
{
	begin();
	ck_assert_int_eq(start(read_0003, NULL), 0);
	ck_assert_int_eq(start(read_0003, NULL), 0);
	ck_assert_int_eq(indicate(0x06, "0100ffff", 7), 0);
	ck_assert_int_eq(indicate(0x06, "0200ffff", 8), 0);
	peer_gets("0a 0300");
	peer_gets("1d 0600 0100ffff");
	passes(30000);
	/* The running procedure, what waits behind it, and the indications alike. */
	told("#1 ends 101; #1 ends 101; sent 7 22; sent 8 22; timeout");
	ck_assert_int_eq(start(read_0003, NULL), -ENOTCONN);
	ck_assert_int_eq(notify(0x0b, "41", 1), -ENOTCONN);
	ck_assert_int_eq(indicate(0x06, "41", 1), -ENOTCONN);
	peer_sends("0b 41");
	peer_sends("0a 0300");
	peer_sends("0a 03");
	peer_sends("1b 0300 41");
	peer_sends("1d 0300 41");
	peer_sends("1e");
	peer_sends("3f");
	peer_gets_nothing();
	told_nothing();
	passes(60000);
	told_nothing();
	finish();
}
END_TEST

START_TEST(an_indication_has_30_seconds)
{
	begin();
	ck_assert_int_eq(indicate(0x06, "41", 1), 0);
	peer_gets("1d 0600 41");
	passes(29999);
	peer_sends("1e");
	told("sent 1 00");
	ck_assert_int_eq(indicate(0x06, "42", 2), 0);
	peer_gets("1d 0600 42");
	passes(30000);
	told("sent 2 22; timeout");
	finish();
}
END_TEST

START_TEST(notifications_are_nobodys_transaction)
{
	begin();
	ck_assert_int_eq(notify(0x0b, "41", 1), 0);
	passes(60000);
	told_nothing();
	peer_gets("1b 0b00 41");
	told("sent 1 00");
	finish();
}
END_TEST

START_TEST(indications_wait_for_one_another)
{
	begin();
	ck_assert_int_eq(indicate(0x06, "41", 1), 0);
	ck_assert_int_eq(indicate(0x06, "42", 2), 0);
	ck_assert_int_eq(notify(0x0b, "4e", 3), 0);
	ck_assert_int_eq(indicate(0x06, "43", 4), 0);
	/* A notification need not wait for a confirmation. */
	peer_gets("1d 0600 41");
	peer_gets("1b 0b00 4e");
	peer_gets_nothing();
	told("sent 3 00");
	peer_sends("1e");
	told("sent 1 00");
	dialog("> 1d 0600 42 < 1e > 1d 0600 43 < 1e");
	told("sent 2 00; sent 4 00");
	/* One confirmation more confirms nothing. */
	dialog("< 1e");
	told_nothing();
	finish();
}
END_TEST

/* The peer could not know which MTU they were made for. */
START_TEST(values_wait_for_the_answer_to_our_mtu_request)
{
	begin();
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "41", 1), 0);
	ck_assert_int_eq(indicate(0x06, "42", 2), 0);
	ck_assert_int_eq(notify(0x0b, "43", 3), 0);
	/* Answers and commands are none. */
	dialog("> 02 6400 < 0a 0300 > 0b 616263");
	peer_gets_nothing();
	told("read 0003 616263");
	dialog("< 03 6400 > 1b 0b00 41 > 1b 0b00 43 > 1d 0600 42 < 1e");
	told("mtu 100; #1 ends 0; sent 1 00; sent 3 00; sent 2 00");
	/* Before whatever is asked next. */
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "44", 7), 0);
	ck_assert_int_eq(start((struct qb_gatt_proc_args){.type = QB_PROC_READ, .start = 3}, NULL),
	                 0);
	dialog("> 02 6400 < 03 6400 > 1b 0b00 44 > 0a 0300 < 0b 61");
	told("mtu 100; #1 ends 0; sent 7 00; #1 data 61; #1 ends 0");
	/* Whatever the answer is. */
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "41", 4), 0);
	dialog("> 02 6400 < 01 02 0000 06 > 1b 0b00 41");
	told("#1 ends 6; sent 4 00");
	/* And if there is none. */
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "41", 5), 0);
	ck_assert_int_eq(indicate(0x06, "42", 6), 0);
	dialog("> 02 6400");
	passes(30000);
	told("#1 ends 101; sent 5 22; sent 6 22; timeout");
	peer_gets_nothing();
	finish();
}
END_TEST

/* Those that the controller has not taken yet were sent before. */
START_TEST(values_that_wait_end_after_those_on_their_way)
{
	begin();
	ck_assert_int_eq(notify(0x0b, "41", 1), 0);
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "42", 2), 0);
	passes(30000);
	told("#1 ends 101; timeout");
	peer_gets("1b 0b00 41");
	told("sent 1 00; sent 2 22");
	forget();
	finish();

	begin();
	ck_assert_int_eq(notify(0x0b, "41", 1), 0);
	ck_assert_int_eq(exchange(100), 0);
	ck_assert_int_eq(notify(0x0b, "42", 2), 0);
	link_ends(0x08);
	told("#1 ends 102; sent 1 08; sent 2 08");
	finish();
}
END_TEST

START_TEST(a_bad_confirmation_ends_its_indication_badly)
{
	begin();
	ck_assert_int_eq(indicate(0x06, "41", 1), 0);
	ck_assert_int_eq(indicate(0x06, "42", 2), 0);
	dialog("> 1d 0600 41 < 1e 00 > 1d 0600 42 < 1e");
	told("sent 1 1f; sent 2 00");
	finish();
}
END_TEST

START_TEST(an_indication_is_confirmed_after_it_was_told)
{
	begin();
	peer_sends("1d 0300 6162");
	told("indicated 0003 6162");
	peer_gets("1e");
	peer_sends("1b 0300 6162");
	told("notified 0003 6162");
	peer_gets_nothing();
	dialog("< 1b 0300 < 1d 0300 > 1e");
	told("notified 0003 ; indicated 0003 ");
	dialog("< 23 0300 0200 6162 0400 0000 0500 0100 63");
	told("notified 0003 6162; notified 0004 ; notified 0005 63");
	/* There is no attribute 0000 that a value could be of. */
	dialog("< 1b 0000 41 < 1d 0000 41 > 1e < 23 0300 0200 6162 0000 0000 0500 0100 63");
	told("notified 0003 6162; notified 0005 63");
	finish();
}
END_TEST

START_TEST(both_sides_ask_at_the_same_time)
{
	begin();
	ck_assert_int_eq(start(read_0003, NULL), 0);
	ck_assert_int_eq(indicate(0x06, "41", 1), 0);
	dialog("> 0a 0300 > 1d 0600 41 < 0a 0300 > 0b 616263 < 1d 0500 42 > 1e < 1e < 0b 43");
	told("read 0003 616263; indicated 0005 42; sent 1 00; #1 data 43; #1 ends 0");
	finish();
}
END_TEST

START_TEST(a_peer_that_takes_no_answers_gets_no_more)
{
	begin();
	for (unsigned i = 0; i < 1000; i++)
		peer_sends(i % 2 ? "1d 0300 41" : "0a 03");
	ck_assert_uint_eq(in_the_air(), QB_RSP_QUEUE_MAX);
	forget();
	/* A write that cannot be answered is not done. */
	peer_sends("12 0300 41");
	told_nothing();
	for (unsigned i = 0; i < QB_RSP_QUEUE_MAX; i++)
		peer_gets(i % 2 ? "1e" : "01 0a 0000 04");
	/* Now it takes them again. */
	dialog("< 12 0300 41 > 13");
	told("written 0003 41");
	finish();
}
END_TEST

START_TEST(what_may_wait_is_bounded)
{
	begin();
	for (unsigned i = 0; i < QB_TX_QUEUE_MAX; i++)
		ck_assert_int_eq(i % 2 ? notify(0x0b, "41", i) : indicate(0x06, "42", i), 0);
	ck_assert_int_eq(notify(0x0b, "41", 999), -EBUSY);
	ck_assert_int_eq(indicate(0x06, "42", 999), -EBUSY);
	told_nothing();
	/* The first indication and all the notifications are out; each makes room for one. */
	peer_gets("1d 0600 42");
	ck_assert_int_eq(notify(0x0b, "41", 999), -EBUSY);
	peer_gets("1b 0b00 41");
	told("sent 1 00");
	ck_assert_int_eq(notify(0x0b, "43", 500), 0);
	ck_assert_int_eq(notify(0x0b, "44", 999), -EBUSY);
	peer_sends("1e");
	told("sent 0 00");
	ck_assert_int_eq(indicate(0x06, "45", 501), 0);
	finish();
}
END_TEST

START_TEST(the_end_of_the_link_ends_everything_once)
{
	begin();
	ck_assert_int_eq(start(read_0003, NULL), 0);
	ck_assert_int_eq(indicate(0x06, "41", 1), 0);
	ck_assert_int_eq(indicate(0x06, "42", 2), 0);
	ck_assert_int_eq(notify(0x0b, "43", 3), 0);
	link_ends(0x08);
	told("#1 ends 102; sent 1 08; sent 2 08; sent 3 08");
	ck_assert_int_eq(start(read_0003, NULL), -ENOTCONN);
	ck_assert_int_eq(notify(0x0b, "41", 4), -ENOTCONN);
	passes(60000);
	finish();
}
END_TEST

/* Whoever hears of the end of an indication sends the next one. */
static void again(void *user, uint8_t status)
{
	unsigned *left = user;

	tell("sent %02x", status);
	if (--*left)
		ck_assert_int_eq(qb_gatt_server_indicate(&at.server, 0x06, (const uint8_t *)"z", 1,
		                                         again, left),
		                 0);
}

START_TEST(an_indication_that_is_sent_from_the_end_of_another_queues_behind)
{
	unsigned left = 2;

	begin();
	ck_assert_int_eq(
	        qb_gatt_server_indicate(&at.server, 0x06, (const uint8_t *)"a", 1, again, &left),
	        0);
	ck_assert_int_eq(indicate(0x06, "62", 2), 0);
	dialog("> 1d 0600 61 < 1e > 1d 0600 62 < 1e > 1d 0600 7a < 1e");
	told("sent 00; sent 2 00; sent 00");
	finish();
}
END_TEST

START_TEST(steady_traffic_reuses_its_buffers)
{
	unsigned spare;

	begin();
	ck_assert_int_eq(notify(0x0b, "41", 1), 0);
	peer_takes();
	spare = at.pool.spare;
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert_int_eq(notify(0x0b, "41", 1), 0);
		peer_takes();
		dialog("< 0a 0300 > 0b 616263");
		forget();
		ck_assert_uint_eq(at.pool.spare, spare);
	}
	forget();
	finish();
}
END_TEST

UNIT_MAIN("att_bearer", the_mtu_is_23_until_it_is_exchanged,
          the_server_answers_the_lesser_of_both_mtus, the_client_takes_the_lesser_of_both_mtus,
          what_a_client_asked_for_is_what_the_server_offers,
          a_second_exchange_is_answered_like_the_first, no_mtu_is_asked_for_that_is_none,
          there_is_one_request_at_a_time, a_request_has_30_seconds,
          after_a_timeout_nothing_is_sent_or_taken, an_indication_has_30_seconds,
          notifications_are_nobodys_transaction, indications_wait_for_one_another,
          values_wait_for_the_answer_to_our_mtu_request,
          values_that_wait_end_after_those_on_their_way,
          a_bad_confirmation_ends_its_indication_badly,
          an_indication_is_confirmed_after_it_was_told, both_sides_ask_at_the_same_time,
          a_peer_that_takes_no_answers_gets_no_more, what_may_wait_is_bounded,
          the_end_of_the_link_ends_everything_once,
          an_indication_that_is_sent_from_the_end_of_another_queues_behind,
          steady_traffic_reuses_its_buffers)
