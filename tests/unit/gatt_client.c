/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's procedures: what we ask ('>'), what a server answers ('<'), what is told. */
#include <errno.h>

#include "att_peer.h"
#include "unit.h"

static int proc(enum qb_gatt_proc_type type, uint16_t first, uint16_t last, const char *hex)
{
	return start((struct qb_gatt_proc_args){.type = type, .start = first, .end = last}, hex);
}

static int at_offset(enum qb_gatt_proc_type type, uint16_t offset, const char *hex)
{
	return start((struct qb_gatt_proc_args){.type = type, .start = 3, .offset = offset}, hex);
}

static int of_uuid(enum qb_gatt_proc_type type, const char *u)
{
	return start(
	        (struct qb_gatt_proc_args){
	                .type = type, .start = 1, .end = 0xffff, .uuid = uuid(u)},
	        NULL);
}

START_TEST(services_are_discovered_until_there_are_no_more)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_SERVICES, 0, 0, NULL), 0);
	dialog("> 10 0100 ffff 0028 < 11 06 0100 0300 0018 0400 0700 0118"
	       "> 10 0800 ffff 0028 < 11 14 1000 1500 " LONG_SERVICE
	       "> 10 1600 ffff 0028 < 01 10 1600 0a");
	told("#1 service 0001-0003 1800; #1 service 0004-0007 1801; "
	     "#1 service 0010-0015 00112233-4455-6677-8899-aabbccddeeff; #1 ends a");
	finish();
}
END_TEST

START_TEST(a_discovery_that_reaches_the_last_handle_asks_no_more)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_SERVICES, 0, 0, NULL), 0);
	dialog("> 10 0100 ffff 0028 < 11 06 0100 ffff 0018");
	told("#1 service 0001-ffff 1800; #1 ends 0");
	finish();
}
END_TEST

START_TEST(services_are_discovered_by_uuid)
{
	begin_empty();
	ck_assert_int_eq(of_uuid(QB_PROC_DISCOVER_BY_UUID, "0f18"), 0);
	dialog("> 06 0100 ffff 0028 0f18 < 07 0800 0f00 1000 1500 > 06 1600 ffff 0028 0f18"
	       "< 01 06 1600 0a");
	told("#1 service 0008-000f 180f; #1 service 0010-0015 180f; #1 ends a");
	ck_assert_int_eq(of_uuid(QB_PROC_DISCOVER_BY_UUID, LONG_SERVICE), 0);
	dialog("> 06 0100 ffff 0028 " LONG_SERVICE " < 01 06 0100 0a");
	told("#1 ends a");
	finish();
}
END_TEST

START_TEST(characteristics_are_discovered)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_CHARAS, 0x08, 0x0f, NULL), 0);
	dialog("> 08 0800 0f00 0328 < 09 07 0a00 12 0b00 192a > 08 0b00 0f00 0328"
	       "< 09 15 0d00 0a 0e00 " LONG_UUID " > 08 0e00 0f00 0328 < 01 08 0e00 0a");
	told("#1 data 070a00120b00192a; #1 data 150d000a0e00" LONG_UUID "; #1 ends a");
	finish();
}
END_TEST

START_TEST(includes_are_discovered)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_INCLUDES, 0x08, 0x0f, NULL), 0);
	dialog("> 08 0800 0f00 0228 < 09 08 0900 0100 0300 0018 > 08 0a00 0f00 0228"
	       "< 09 06 0a00 1000 1500 > 08 0b00 0f00 0228 < 09 08 0b00 0700 0700 0118"
	       "> 08 0c00 0f00 0228 < 01 08 0c00 0a");
	told("#1 data 080900010003000018; #1 data 060a0010001500; #1 data 080b00070007000118; "
	     "#1 ends a");
	finish();
}
END_TEST

START_TEST(descriptors_are_discovered)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_DESCS, 0x0c, 0x0f, NULL), 0);
	dialog("> 04 0c00 0f00 < 05 01 0c00 0229 0d00 0129 > 04 0e00 0f00"
	       "< 05 02 0f00 " LONG_UUID);
	told("#1 data 010c0002290d000129; #1 data 020f00" LONG_UUID "; #1 ends 0");
	/* A range of one handle. */
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_DESCS, 0xffff, 0xffff, NULL), 0);
	dialog("> 04 ffff ffff < 05 01 ffff 0229");
	told("#1 data 01ffff0229; #1 ends 0");
	finish();
}
END_TEST

START_TEST(a_discovery_ends_with_the_servers_error)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_DISCOVER_SERVICES, 0, 0, NULL), 0);
	dialog("> 10 0100 ffff 0028 < 01 10 0100 05");
	told("#1 ends 5");
	finish();
}
END_TEST

START_TEST(ranges_that_are_none_are_refused)
{
	static const enum qb_gatt_proc_type types[] = {
	        QB_PROC_DISCOVER_INCLUDES, QB_PROC_DISCOVER_CHARAS, QB_PROC_DISCOVER_DESCS,
	        QB_PROC_READ_BY_UUID};

	begin_empty();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		ck_assert_int_eq(proc(types[i], 0, 5, NULL), -EINVAL);
		ck_assert_int_eq(proc(types[i], 6, 5, NULL), -EINVAL);
	}
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, NULL), -EINVAL);
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "0300"), -EINVAL);
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "0300 0400 05"), -EINVAL);
	ck_assert_int_eq(proc((enum qb_gatt_proc_type)99, 1, 1, NULL), -EINVAL);
	peer_gets_nothing();
	told_nothing();
	finish();
}
END_TEST

START_TEST(values_are_read)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_READ, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 616263");
	told("#1 data 616263; #1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_READ, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b");
	told("#1 data ; #1 ends 0");
	ck_assert_int_eq(at_offset(QB_PROC_READ, 22, NULL), 0);
	dialog("> 0c 0300 1600 < 0d 646566");
	told("#1 data 646566; #1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_READ, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 01 0a 0300 02");
	told("#1 ends 2");
	finish();
}
END_TEST

START_TEST(values_are_read_by_uuid)
{
	begin_empty();
	ck_assert_int_eq(of_uuid(QB_PROC_READ_BY_UUID, "192a"), 0);
	dialog("> 08 0100 ffff 192a < 09 03 0b00 64 1100 32");
	told("#1 data 030b0064110032; #1 ends 0");
	ck_assert_int_eq(of_uuid(QB_PROC_READ_BY_UUID, LONG_UUID), 0);
	dialog("> 08 0100 ffff " LONG_UUID " < 01 08 0100 0a");
	told("#1 ends a");
	finish();
}
END_TEST

START_TEST(several_values_are_read_at_once)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "0300 0b00"), 0);
	dialog("> 0e 0300 0b00 < 0f 61626364");
	told("#1 data 61626364; #1 ends 0");
	/* Eleven handles fill the MTU of 23. */
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "03*22"), 0);
	ck_assert_int_eq(proc(QB_PROC_READ_MULTIPLE, 0, 0, "03*24"), -EMSGSIZE);
	dialog("> 0e 03*22 < 01 0e 0303 01");
	told("#1 ends 1");
	finish();
}
END_TEST

START_TEST(a_long_value_is_read_until_a_part_is_short)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 0d 42*22 > 0c 0300 2c00 < 0d 43");
	told("#1 data "
	     "41414141414141414141414141414141414141414141"
	     "42424242424242424242424242424242424242424242"
	     "43; #1 ends 0");
	/* One that is short at once, and one that ends where a part does. */
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 4142");
	told("#1 data 4142; #1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 0d");
	told("#1 data 41414141414141414141414141414141414141414141; #1 ends 0");
	/* Some servers say so with an error. */
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 01 0c 0300 07");
	told("#1 data 41414141414141414141414141414141414141414141; #1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	dialog("> 0a 0300 < 0b 41*22 > 0c 0300 1600 < 01 0c 0300 0b");
	told("#1 data 41414141414141414141414141414141414141414141; #1 ends 0");
	finish();
}
END_TEST

START_TEST(a_long_value_is_read_from_an_offset)
{
	begin_empty();
	ck_assert_int_eq(at_offset(QB_PROC_READ_LONG, 2, NULL), 0);
	dialog("> 0c 0300 0200 < 0d 41*22 > 0c 0300 1800 < 0d 42");
	told("#1 data 4141414141414141414141414141414141414141414142; #1 ends 0");
	/* Past the end at once is the server's error. */
	ck_assert_int_eq(at_offset(QB_PROC_READ_LONG, 600, NULL), 0);
	dialog("> 0c 0300 5802 < 01 0c 0300 07");
	told("#1 ends 7");
	finish();
}
END_TEST

START_TEST(an_mtu_that_changes_in_between_does_not_cut_a_long_read)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_READ_LONG, 3, 0, NULL), 0);
	/* The answer was on its way, with the old MTU, before the peer had our MTU. */
	dialog("> 0a 0300 < 02 f700 > 03 f700 < 0b 41*22 > 0c 0300 1600 < 0d 42");
	told("mtu 247; #1 data 4141414141414141414141414141414141414141414142; #1 ends 0");
	finish();
}
END_TEST

START_TEST(values_are_written)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, "6162"), 0);
	dialog("> 12 0300 6162 < 13");
	told("#1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, NULL), 0);
	dialog("> 12 0300 < 01 12 0300 03");
	told("#1 ends 3");
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, "41*20"), 0);
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, "41*21"), -EMSGSIZE);
	ck_assert_int_eq(proc(QB_PROC_WRITE_CMD, 3, 0, "41*21"), -EMSGSIZE);
	dialog("> 12 0300 41*20 < 13");
	told("#1 ends 0");
	at.att.mtu = 517;
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, "41*513"), -EMSGSIZE);
	ck_assert_int_eq(proc(QB_PROC_WRITE, 3, 0, "41*512"), 0);
	dialog("> 12 0300 41*512 < 13");
	told("#1 ends 0");
	finish();
}
END_TEST

START_TEST(a_long_value_is_prepared_checked_and_executed)
{
	begin_empty();
	ck_assert_int_eq(proc(QB_PROC_WRITE_LONG, 3, 0, "00+40"), 0);
	dialog("> 16 0300 0000 00+18 < 17 0300 0000 00+18 > 16 0300 1200 12+18"
	       "< 17 0300 1200 12+18 > 16 0300 2400 24+4 < 17 0300 2400 24+4 > 18 01 < 19");
	told("#1 ends 0");
	ck_assert_int_eq(at_offset(QB_PROC_WRITE_LONG, 100, "4142"), 0);
	dialog("> 16 0300 6400 4142 < 17 0300 6400 4142 > 18 01 < 19");
	told("#1 ends 0");
	ck_assert_int_eq(proc(QB_PROC_WRITE_LONG, 3, 0, NULL), 0);
	dialog("> 16 0300 0000 < 17 0300 0000 > 18 01 < 19");
	told("#1 ends 0");
	ck_assert_int_eq(at_offset(QB_PROC_WRITE_LONG, 510, "4142"), 0);
	dialog("> 16 0300 fe01 4142 < 17 0300 fe01 4142 > 18 01 < 19");
	told("#1 ends 0");
	ck_assert_int_eq(at_offset(QB_PROC_WRITE_LONG, 511, "4142"), -EMSGSIZE);
	ck_assert_int_eq(at_offset(QB_PROC_WRITE_LONG, 513, NULL), -EMSGSIZE);
	ck_assert_int_eq(at_offset(QB_PROC_WRITE_LONG, 0, "41*513"), -EMSGSIZE);
	finish();
}
END_TEST

START_TEST(a_long_write_that_fails_leaves_nothing_prepared)
{
	begin_empty();
	/* The server took nothing, so there is nothing to take back. */
	ck_assert_int_eq(proc(QB_PROC_WRITE_LONG, 3, 0, "00+40"), 0);
	dialog("> 16 0300 0000 00+18 < 01 16 0300 03");
	told("#1 ends 3");
	ck_assert_int_eq(proc(QB_PROC_WRITE_LONG, 3, 0, "00+40"), 0);
	dialog("> 16 0300 0000 00+18 < 17 0300 0000 00+18 > 16 0300 1200 12+18"
	       "< 01 16 0300 09 > 18 00 < 19");
	told("#1 ends 9");
	finish();
}
END_TEST

UNIT_MAIN("gatt_client", services_are_discovered_until_there_are_no_more,
          a_discovery_that_reaches_the_last_handle_asks_no_more, services_are_discovered_by_uuid,
          characteristics_are_discovered, includes_are_discovered, descriptors_are_discovered,
          a_discovery_ends_with_the_servers_error, ranges_that_are_none_are_refused,
          values_are_read, values_are_read_by_uuid, several_values_are_read_at_once,
          a_long_value_is_read_until_a_part_is_short, a_long_value_is_read_from_an_offset,
          an_mtu_that_changes_in_between_does_not_cut_a_long_read, values_are_written,
          a_long_value_is_prepared_checked_and_executed,
          a_long_write_that_fails_leaves_nothing_prepared)
