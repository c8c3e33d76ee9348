/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client writes into our database. att_peer.h shows what is in it. */
#include "att_peer.h"
#include "unit.h"

START_TEST(a_write_is_stored_answered_and_told)
{
	begin();
	dialog("< 12 0300 6465 > 13");
	told("written 0003 6465");
	dialog("< 0a 0300 > 0b 6465");
	told("read 0003 6465");
	dialog("< 12 0300 > 13 < 12 0f00 41*20 > 13 < 0a 0300 > 0b");
	told("written 0003 ; written 000f 4141414141414141414141414141414141414141; read 0003 ");
	finish();
}
END_TEST

/* Looks from inside the callback at what the peer has by now. */
static void peek(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell("in the air %u, stored", in_the_air());
	tell_octets(attr->value, attr->len);
}

START_TEST(the_value_is_stored_and_the_answer_on_its_way_before_it_is_told)
{
	static const struct qb_gatt_server_ops ops = {.written = peek, .read = peek};

	begin();
	at.server.ops = &ops;
	dialog("< 12 0300 6465 > 13");
	told("in the air 1, stored 6465");
	dialog("< 16 0300 0000 66 > 17 0300 0000 66 < 18 01 > 19");
	told("in the air 1, stored 66");
	finish();
}
END_TEST

START_TEST(a_command_is_stored_and_told_but_not_answered)
{
	begin();
	dialog("< 52 0300 6465");
	told("written 0003 6465");
	dialog("< 52 1200 66");
	told("written 0012 66");
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 0x12)->len, 1);
	/* 000e takes Write Requests only. */
	dialog("< 52 0e00 66");
	told_nothing();
	finish();
}
END_TEST

START_TEST(a_value_has_512_octets_at_most)
{
	begin();
	at.att.mtu = 517;
	dialog("< 12 0300 41*512 > 13");
	forget();
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->len, 512);
	dialog("< 12 0300 42*513 > 01 12 0300 0d < 12 0300 42*514 > 01 12 0300 0d < 52 0300 "
	       "42*513");
	told_nothing();
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->len, 512);
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->value[0], 0x41);
	finish();
}
END_TEST

START_TEST(client_configurations_are_the_links_own)
{
	begin();
	dialog("< 12 0c00 0100 > 13 < 0a 0c00 > 0b 0100");
	told("written 000c 0100; read 000c 0100");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 1);
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x06), 0);
	dialog("< 12 0700 0200 > 13");
	told("written 0007 0200");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x06), 2);
	/* What is in the database is nobody's. */
	ck_assert_mem_eq(qb_gatt_db_get(at.db, 0x0c)->value, "\0\0", 2);
	dialog("< 12 0c00 0000 > 13");
	told("written 000c 0000");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 0);
	/* Neither a handle without a configuration nor one that is no value has one. */
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0e), 0);
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x03), 0);
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0xffff), 0);
	finish();
	/* Another link begins with none. */
	begin();
	dialog("< 0a 0c00 > 0b 0000");
	forget();
	finish();
}
END_TEST

START_TEST(reserved_bits_of_a_client_configuration_are_ignored)
{
	begin();
	dialog("< 12 0c00 fdff > 13 < 0a 0c00 > 0b 0100");
	forget();
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 1);
	finish();
}
END_TEST

START_TEST(a_long_write_is_told_once_and_whole)
{
	begin();
	dialog("< 16 0e00 0000 41*18 > 17 0e00 0000 41*18"
	       "< 16 0e00 1200 42*18 > 17 0e00 1200 42*18"
	       "< 16 0e00 2400 43*4 > 17 0e00 2400 43*4");
	told_nothing();
	/* Nothing is written until it is executed. */
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 0x0e)->value[0], 0);
	dialog("< 18 01 > 19");
	told("written 000e 414141414141414141414141414141414141"
	     "424242424242424242424242424242424242"
	     "43434343");
	finish();
}
END_TEST

START_TEST(a_write_from_the_beginning_makes_a_new_value)
{
	begin();
	/* 60 octets before, 4 behind: as after a Write Request. */
	dialog("< 16 0e00 0000 41424344 > 17 0e00 0000 41424344 < 18 01 > 19");
	told("written 000e 41424344");
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 0x0e)->len, 4);
	finish();
}
END_TEST

START_TEST(a_write_in_the_middle_keeps_the_rest)
{
	begin();
	dialog("< 16 0f00 0100 4558 > 17 0f00 0100 4558 < 18 01 > 19");
	told("written 000f 74455874");
	/* On at the end. */
	dialog("< 16 0f00 0400 2121 > 17 0f00 0400 2121 < 18 01 > 19");
	told("written 000f 744558742121");
	/* Past the old end, from within. */
	dialog("< 16 0f00 0500 3f3f3f > 17 0f00 0500 3f3f3f < 18 01 > 19");
	told("written 000f 74455874213f3f3f");
	finish();
}
END_TEST

START_TEST(prepared_writes_are_all_done_or_none)
{
	begin();
	/* Two attributes, in turns: each is told once. */
	dialog("< 16 0300 0000 31 > 17 0300 0000 31 < 16 0f00 0000 32 > 17 0f00 0000 32"
	       "< 16 0300 0100 33 > 17 0300 0100 33 < 18 01 > 19");
	told("written 0003 3133; written 000f 32");
	/* The second one cannot be done, so the first is not. */
	dialog("< 16 0300 0000 39 > 17 0300 0000 39 < 16 0f00 0500 39 > 17 0f00 0500 39"
	       "< 18 01 > 01 18 0f00 07");
	told_nothing();
	dialog("< 0a 0300 > 0b 3133");
	forget();
	/* And the queue is empty again. */
	dialog("< 18 01 > 19");
	told_nothing();
	finish();
}
END_TEST

START_TEST(prepared_writes_can_be_cancelled)
{
	begin();
	dialog("< 18 00 > 19 < 18 01 > 19");
	dialog("< 16 0300 0000 39 > 17 0300 0000 39 < 18 00 > 19 < 18 01 > 19");
	told_nothing();
	dialog("< 0a 0300 > 0b 616263");
	forget();
	finish();
}
END_TEST

START_TEST(a_client_configuration_can_be_prepared)
{
	begin();
	dialog("< 16 0c00 0000 01 > 17 0c00 0000 01 < 16 0c00 0100 00 > 17 0c00 0100 00"
	       "< 18 01 > 19");
	told("written 000c 0100");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 1);
	/* One octet alone goes over the old value, be it the upper or the lower one. */
	dialog("< 16 0c00 0100 00 > 17 0c00 0100 00 < 18 01 > 19");
	told("written 000c 0100");
	dialog("< 16 0c00 0000 00 > 17 0c00 0000 00 < 18 01 > 19");
	told("written 000c 0000");
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x0b), 0);
	finish();
}
END_TEST

START_TEST(all_attributes_of_a_queue_are_written)
{
	begin();
	dialog("< 16 0300 0000 31 > 17 0300 0000 31 < 16 0c00 0000 0100 > 17 0c00 0000 0100"
	       "< 16 0f00 0000 33 > 17 0f00 0000 33 < 16 0700 0000 0200 > 17 0700 0000 0200"
	       "< 18 01 > 19");
	told("written 0003 31; written 000c 0100; written 000f 33; written 0007 0200");
	dialog("< 0a 0300 > 0b 31 < 0a 0c00 > 0b 0100 < 0a 0f00 > 0b 33 < 0a 0700 > 0b 0200");
	forget();
	finish();
}
END_TEST

START_TEST(a_long_write_ends_at_512_octets)
{
	begin();
	at.att.mtu = 517;
	/* What was queued before does not shine through. */
	dialog("< 16 0f00 0000 42*300 > 17 0f00 0000 42*300 < 16 0300 0000 61 > 17 0300 0000 61"
	       "< 16 0300 0100 62 > 17 0300 0100 62 < 18 01 > 19");
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 0x0f)->len, 300);
	ck_assert_mem_eq(qb_gatt_db_get(at.db, 3)->value, "ab", 2);
	forget();
	dialog("< 16 0300 0000 41*512 > 17 0300 0000 41*512 < 18 01 > 19");
	forget();
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->len, 512);
	dialog("< 16 0300 0002 42 > 17 0300 0002 42 < 18 01 > 01 18 0300 0d");
	dialog("< 16 0300 ff01 4242 > 17 0300 ff01 4242 < 18 01 > 01 18 0300 0d");
	dialog("< 16 0300 ff01 42 > 17 0300 ff01 42 < 18 01 > 19");
	forget();
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->len, 512);
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->value[510], 0x41);
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->value[511], 0x42);
	finish();
}
END_TEST

START_TEST(the_queue_takes_so_many_writes)
{
	begin();
	for (unsigned i = 0; i < 300; i++) {
		peer_sends("16 0300 0000 41");
		peer_gets(i < QB_PREPARE_ENTRIES_MAX ? "17 0300 0000 41" : "01 16 0300 09");
	}
	/* Those that were taken can still be done. */
	dialog("< 18 01 > 19");
	told("written 0003 41");
	dialog("< 16 0300 0000 42 > 17 0300 0000 42");
	finish();
}
END_TEST

START_TEST(the_queue_takes_so_many_octets)
{
	unsigned fit = QB_PREPARE_OCTETS_MAX / 500;

	begin();
	at.att.mtu = 517;
	for (unsigned i = 0; i <= fit; i++) {
		peer_sends("16 0300 0000 41*500");
		peer_gets(i < fit ? "17 0300 0000 41*500" : "01 16 0300 09");
	}
	/* A smaller one still has room. */
	dialog("< 16 0300 0000 41*96 > 17 0300 0000 41*96 < 16 0300 0000 41 > 01 16 0300 09");
	dialog("< 18 00 > 19 < 16 0300 0000 41 > 17 0300 0000 41");
	finish();
}
END_TEST

START_TEST(what_is_gone_from_the_database_is_forgotten)
{
	begin();
	dialog("< 12 0c00 0100 > 13 < 12 0700 0200 > 13");
	dialog("< 16 0300 0000 31 > 17 0300 0000 31 < 16 0f00 0000 3232 > 17 0f00 0000 3232"
	       "< 16 0300 0100 33 > 17 0300 0100 33");
	forget();
	qb_gatt_db_clear(at.db, 0x08, 0xffff);
	qb_gatt_server_prune(&at.server);
	ck_assert_uint_eq(at.server.n_cccds, 1);
	ck_assert_uint_eq(qb_gatt_server_subscribed(&at.server, 0x06), 2);
	/* The writes to 0003 are not done alone, nor is a part that comes later. */
	dialog("< 16 0300 0000 34 > 17 0300 0000 34 < 18 01 > 01 18 0f00 01");
	told_nothing();
	dialog("< 16 0300 0000 35 > 17 0300 0000 35 < 18 01 > 19");
	told("written 0003 35");
	/* Taken back, the queue is new. */
	dialog("< 16 0300 0000 36 > 17 0300 0000 36");
	qb_gatt_db_clear(at.db, 0x03, 0x03);
	qb_gatt_server_prune(&at.server);
	dialog("< 18 00 > 19 < 18 01 > 19");
	told_nothing();
	finish();
}
END_TEST

/* The program takes its services away when it hears of a write. */
static void clear_all(void *user, const struct qb_attr *attr, const uint8_t *data, size_t len)
{
	tell("written %04x", attr->handle);
	qb_gatt_db_clear(at.db, 1, 0xffff);
	qb_gatt_server_prune(&at.server);
}

START_TEST(the_database_may_change_while_writes_are_told)
{
	static const struct qb_gatt_server_ops ops = {.written = clear_all, .read = clear_all};

	begin();
	at.server.ops = &ops;
	dialog("< 16 0300 0000 31 > 17 0300 0000 31 < 16 0f00 0000 32 > 17 0f00 0000 32"
	       "< 18 01 > 19");
	told("written 0003");
	dialog("< 0a 0300 > 01 0a 0300 01");
	finish();
}
END_TEST

START_TEST(a_disconnect_in_the_middle_leaves_nothing)
{
	begin();
	dialog("< 16 0300 0000 41 > 17 0300 0000 41 < 12 0c00 0100 > 13");
	forget();
	link_ends(0x08);
	ck_assert_uint_eq(qb_gatt_db_get(at.db, 3)->len, 3);
	finish();
}
END_TEST

UNIT_MAIN("gatt_server_write", a_write_is_stored_answered_and_told,
          the_value_is_stored_and_the_answer_on_its_way_before_it_is_told,
          a_command_is_stored_and_told_but_not_answered, a_value_has_512_octets_at_most,
          client_configurations_are_the_links_own,
          reserved_bits_of_a_client_configuration_are_ignored, a_long_write_is_told_once_and_whole,
          a_write_from_the_beginning_makes_a_new_value, a_write_in_the_middle_keeps_the_rest,
          prepared_writes_are_all_done_or_none, prepared_writes_can_be_cancelled,
          a_client_configuration_can_be_prepared, all_attributes_of_a_queue_are_written,
          a_long_write_ends_at_512_octets, the_queue_takes_so_many_writes,
          the_queue_takes_so_many_octets, what_is_gone_from_the_database_is_forgotten,
          the_database_may_change_while_writes_are_told, a_disconnect_in_the_middle_leaves_nothing)
