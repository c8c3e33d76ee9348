/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's queue: who runs when, what may wait, and how it all ends. */
#include <errno.h>

#include "att_peer.h"
#include "unit.h"

static int proc(enum qb_gatt_proc_type type, uint16_t first, uint16_t last, const char *hex)
{
	return start((struct qb_gatt_proc_args){.type = type, .start = first, .end = last}, hex);
}

static int tagged(enum qb_gatt_proc_type type, unsigned tag, uint16_t handle, const char *hex)
{
	return start((struct qb_gatt_proc_args){.type = type, .tag = tag, .start = handle}, hex);
}

START_TEST(procedures_run_in_the_order_they_were_asked_for)
{
	begin_empty();
	ck_assert_int_eq(tagged(QB_PROC_READ, 1, 3, NULL), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE, 2, 4, "41"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 3, 5, NULL), 0);
	ck_assert_uint_eq(at.client.queued, 3);
	dialog("> 0a 0300 < 0b 61 > 12 0400 41 < 01 12 0400 03 > 0a 0500 < 0b 62");
	told("#1 data 61; #1 ends 0; #2 ends 3; #3 data 62; #3 ends 0");
	ck_assert_uint_eq(at.client.queued, 0);
	finish();
}
END_TEST

START_TEST(write_commands_keep_their_place_and_hold_up_nobody)
{
	begin_empty();
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 1, 3, "41"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 2, 3, NULL), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 3, 4, "42"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 4, 5, "43"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 5, 3, NULL), 0);
	/* The read did not wait for the controller; what comes after it waits for its answer. */
	ck_assert_uint_eq(in_the_air(), 2);
	told_nothing();
	peer_gets("52 0300 41");
	told("#1 ends 0");
	peer_gets("0a 0300");
	peer_gets_nothing();
	peer_sends("0b 61");
	told("#2 data 61; #2 ends 0");
	ck_assert_uint_eq(in_the_air(), 3);
	peer_gets("52 0400 42");
	peer_gets("52 0500 43");
	told("#3 ends 0; #4 ends 0");
	dialog("> 0a 0300 < 0b 62");
	told("#5 data 62; #5 ends 0");
	finish();
}
END_TEST

START_TEST(the_queue_is_bounded)
{
	begin_empty();
	for (unsigned i = 0; i < QB_PROC_QUEUE_MAX; i++)
		ck_assert_int_eq(tagged(i % 2 ? QB_PROC_READ : QB_PROC_WRITE_CMD, i, 3, "41"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 99, 3, NULL), -EBUSY);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 99, 3, "41"), -EBUSY);
	/* What the controller has not taken yet counts until it has. */
	peer_gets("52 0300 41");
	ck_assert_int_eq(tagged(QB_PROC_READ, 99, 3, NULL), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 98, 3, NULL), -EBUSY);
	forget();
	finish();
}
END_TEST

START_TEST(what_waits_for_an_exchange_may_need_its_mtu)
{
	begin_empty();
	ck_assert_int_eq(start((struct qb_gatt_proc_args){.type = QB_PROC_EXCHANGE_MTU,
	                                                  .tag = 1,
	                                                  .mtu = 100},
	                       NULL),
	                 0);
	/* 30 octets do not fit 23, but by then it may be 100. */
	ck_assert_int_eq(tagged(QB_PROC_WRITE, 2, 3, "41*30"), 0);
	dialog("> 02 6400 < 03 6400 > 12 0300 41*30 < 13");
	told("mtu 100; #1 ends 0; #2 ends 0");
	finish();

	begin_empty();
	ck_assert_int_eq(start((struct qb_gatt_proc_args){.type = QB_PROC_EXCHANGE_MTU,
	                                                  .tag = 1,
	                                                  .mtu = 100},
	                       NULL),
	                 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE, 2, 3, "41*30"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 3, 3, "41*30"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 4, 3, NULL), 0);
	/* It was not: those two end, the rest goes on. */
	dialog("> 02 6400 < 01 02 0000 06 > 0a 0300 < 0b 61");
	told("#1 ends 6; #2 ends d; #3 ends d; #4 data 61; #4 ends 0");
	ck_assert_int_eq(tagged(QB_PROC_WRITE, 2, 3, "41*30"), -EMSGSIZE);
	finish();
}
END_TEST

/* One that comes out too long for the MTU could be told of at once, before those on their way. */
START_TEST(write_commands_end_in_their_order)
{
	begin_empty();
	ck_assert_int_eq(start((struct qb_gatt_proc_args){.type = QB_PROC_EXCHANGE_MTU,
	                                                  .tag = 1,
	                                                  .mtu = 100},
	                       NULL),
	                 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 2, 3, "41"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 3, 3, "42*30"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 4, 3, "43"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 5, 3, "44*30"), 0);
	peer_gets("02 6400");
	peer_sends("01 02 0000 06");
	told("#1 ends 6");
	peer_gets("52 0300 41");
	told("#2 ends 0; #3 ends d");
	link_ends(0x08);
	told("#4 ends 102; #5 ends d");
	finish();
}
END_TEST

START_TEST(the_link_ends_procedures_in_order)
{
	begin_empty();
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 1, 3, "41"), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 2, 3, "42"), 0);
	ck_assert_int_eq(tagged(QB_PROC_READ, 3, 3, NULL), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 4, 3, "43"), 0);
	link_ends(0x08);
	told("#1 ends 102; #2 ends 102; #3 ends 102; #4 ends 102");
	ck_assert_int_eq(tagged(QB_PROC_READ, 5, 3, NULL), -ENOTCONN);
	finish();
}
END_TEST

START_TEST(the_bearer_may_end_before_the_client)
{
	begin_empty();
	ck_assert_int_eq(tagged(QB_PROC_READ, 1, 3, NULL), 0);
	ck_assert_int_eq(tagged(QB_PROC_WRITE_CMD, 2, 3, "41"), 0);
	qb_att_done(&at.att, 0x08);
	told("#1 ends 102; #2 ends 102");
	ck_assert_int_eq(tagged(QB_PROC_READ, 3, 3, NULL), -ENOTCONN);
	finish();
}
END_TEST

/* A program that asks on from within what it is told, as the document's example does. */
static void ask_on(void *user, unsigned tag, uint16_t first, uint16_t last, const struct qb_uuid *u)
{
	tell("#%u service %04x", tag, first);
	ck_assert_int_eq(start((struct qb_gatt_proc_args){.type = QB_PROC_DISCOVER_CHARAS,
	                                                  .tag = first,
	                                                  .start = first,
	                                                  .end = last},
	                       NULL),
	                 0);
}

static void note_data(void *user, unsigned tag, const uint8_t *data, size_t len)
{
	tell("#%u data", tag);
	tell_octets(data, len);
}

static void note_done(void *user, unsigned tag, unsigned end)
{
	tell("#%u ends %x", tag, end);
	if (tag == 4)
		ck_assert_int_eq(tagged(QB_PROC_READ, 5, 0x0006, NULL), 0);
}

START_TEST(procedures_can_be_started_from_what_is_told)
{
	static const struct qb_gatt_client_ops ops = {
	        .service = ask_on, .data = note_data, .done = note_done};

	begin_empty();
	at.client.ops = &ops;
	ck_assert_int_eq(tagged(QB_PROC_DISCOVER_SERVICES, 9, 0, NULL), 0);
	dialog("> 10 0100 ffff 0028 < 11 06 0100 0300 0018 0400 0700 0118 > 10 0800 ffff 0028"
	       "< 01 10 0800 0a > 08 0100 0300 0328 < 01 08 0100 0a > 08 0400 0700 0328"
	       "< 09 07 0500 20 0600 052a > 08 0600 0700 0328 < 01 08 0600 0a > 0a 0600 < 0b 41");
	told("#9 service 0001; #9 service 0004; #9 ends a; #1 ends a; #4 data 070500200600052a; "
	     "#4 ends a; #5 data 41; #5 ends 0");
	finish();
}
END_TEST

START_TEST(a_client_and_a_server_of_ours_understand_each_other)
{
	begin();
	/* What the client asks goes to the server of the same link, and its answer back. */
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_SERVICES, 0, 0, NULL), 0);
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_CHARAS, 0x01, 0x18, NULL), 0);
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 0x0e, 0, NULL), 0);
	ck_assert_int_eq(proc(QB_PROC_WRITE_LONG, 0x0e, 0, "41*100"), 0);
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "0300 0b00"), 0);
	while (in_the_air())
		peer_sends(peer_takes());
	told("#1 service 0001-0003 1800; #1 service 0004-0007 1801; #1 service 0008-000f 180f; "
	     "#1 service 0010-0015 00112233-4455-6677-8899-aabbccddeeff; #1 ends a; "
	     "#1 data 0702000e0300002a0500200600052a0a00120b00192a; "
	     "#1 data 150d000a0e00" LONG_UUID "; "
	     "#1 data 071100041200562a13003a1400572a1700021800292a; #1 ends a; "
	     "read 000e 000102030405060708090a0b0c0d0e0f101112131415; "
	     "#1 data 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
	     "1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b; #1 ends 0; "
	     "written 000e 41414141414141414141414141414141414141414141414141414141414141414141"
	     "41414141414141414141414141414141414141414141414141414141414141414141"
	     "4141414141414141414141414141414141414141414141414141414141414141; #1 ends 0; "
	     "#1 data 61626364; #1 ends 0");
	finish();
}
END_TEST

UNIT_MAIN("gatt_client_queue", procedures_run_in_the_order_they_were_asked_for,
          write_commands_keep_their_place_and_hold_up_nobody, the_queue_is_bounded,
          what_waits_for_an_exchange_may_need_its_mtu, write_commands_end_in_their_order,
          the_link_ends_procedures_in_order, the_bearer_may_end_before_the_client,
          procedures_can_be_started_from_what_is_told,
          a_client_and_a_server_of_ours_understand_each_other)
