/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client finds and reads in our database. att_peer.h shows what is in it. */
#include <string.h>

#include "att_peer.h"
#include "unit.h"

#define LONG_2A00 "fb349b5f8000008000100000002a0000"

START_TEST(a_client_discovers_the_services)
{
	begin();
	/* Three 16-bit ones fill the MTU; the 128-bit one comes alone; the secondary one never. */
	dialog("< 10 0100 ffff 0028 > 11 06 0100 0300 0018 0400 0700 0118 0800 0f00 0f18"
	       "< 10 1000 ffff 0028 > 11 14 1000 1500 " LONG_SERVICE
	       "< 10 1600 ffff 0028 > 01 10 1600 0a");
	dialog("< 10 0100 ffff 0128 > 11 06 1600 1800 0a18");
	/* The group type in its long form. */
	dialog("< 10 0100 0400 fb349b5f800000800010000000280000 > 11 06 0100 0300 0018 0400 0700 "
	       "0118");
	dialog("< 10 0200 0700 0028 > 11 06 0400 0700 0118");
	dialog("< 10 0200 0300 0028 > 01 10 0200 0a");
	finish();
}
END_TEST

START_TEST(entries_of_another_length_wait_for_the_next_request)
{
	begin();
	at.att.mtu = 100;
	dialog("< 10 0800 ffff 0028 > 11 06 0800 0f00 0f18");
	dialog("< 10 0900 ffff 0028 > 11 14 1000 1500 " LONG_SERVICE);
	/* Characteristics: 16-bit, then 128-bit. */
	dialog("< 08 0a00 0f00 0328 > 09 07 0a00 12 0b00 192a");
	dialog("< 08 0b00 0f00 0328 > 09 15 0d00 0a 0e00 " LONG_UUID);
	/* Types: likewise. */
	dialog("< 04 0d00 ffff > 05 01 0d00 0328");
	dialog("< 04 0e00 ffff > 05 02 0e00 " LONG_UUID);
	finish();
}
END_TEST

START_TEST(a_client_finds_services_by_uuid)
{
	begin();
	dialog("< 06 0100 ffff 0028 0f18 > 07 0800 0f00");
	dialog("< 06 0100 ffff 0028 " LONG_SERVICE " > 07 1000 1500");
	/* A 16-bit UUID in its long form is the same. */
	dialog("< 06 0100 ffff 0028 fb349b5f8000008000100000 0f18 0000 > 07 0800 0f00");
	dialog("< 06 0900 ffff 0028 0f18 > 01 06 0900 0a");
	dialog("< 06 0100 0700 0028 0f18 > 01 06 0100 0a");
	dialog("< 06 0100 ffff 0128 0a18 > 07 1600 1800");
	dialog("< 06 0100 ffff 0128 fb349b5f8000008000100000 0a18 0000 > 07 1600 1800");
	dialog("< 06 0100 ffff 0028 0a18 > 01 06 0100 0a");
	finish();
}
END_TEST

START_TEST(a_client_finds_attributes_by_value)
{
	begin();
	dialog("< 06 0100 ffff 002a 616263 > 07 0300 0300");
	dialog("< 06 0100 ffff 002a 6162 > 01 06 0100 0a");
	dialog("< 06 0100 ffff 002a 61626364 > 01 06 0100 0a");
	/* A characteristic is a group, which ends before the next. */
	dialog("< 06 0100 ffff 0328 12 0b00 192a > 07 0a00 0c00");
	dialog("< 06 0100 ffff 0228 0100 0300 0018 > 07 0900 0900");
	/* What the link's own client configurations are. */
	dialog("< 06 0100 ffff 0229 0000 > 07 0700 0700 0c00 0c00 1500 1500");
	dialog("< 12 0c00 0100 > 13 < 06 0100 ffff 0229 0100 > 07 0c00 0c00");
	forget();
	finish();
}
END_TEST

START_TEST(as_many_services_as_fit_are_found)
{
	struct qb_uuid id = qb_uuid_from_16(0x180f);

	begin_empty();
	for (uint16_t handle = 1; handle <= 7; handle++)
		ck_assert_int_eq(qb_gatt_db_add_service(at.db, handle, true, &id), handle);
	dialog("< 06 0100 ffff 0028 0f18 > 07 0100 0100 0200 0200 0300 0300 0400 0400 0500 0500"
	       "< 06 0600 ffff 0028 0f18 > 07 0600 0600 0700 0700");
	dialog("< 06 0200 0300 0028 0f18 > 07 0200 0200 0300 0300");
	finish();
}
END_TEST

START_TEST(a_client_discovers_the_types)
{
	begin();
	dialog("< 04 0100 ffff > 05 01 0100 0028 0200 0328 0300 002a 0400 0028 0500 0328"
	       "< 04 0600 ffff > 05 01 0600 052a 0700 0229 0800 0028 0900 0228 0a00 0328");
	dialog("< 04 0c00 0c00 > 05 01 0c00 0229");
	dialog("< 04 1800 ffff > 05 01 1800 292a");
	finish();
}
END_TEST

START_TEST(gaps_between_services_are_stepped_over)
{
	struct qb_uuid id = qb_uuid_from_16(0x180f);

	begin();
	ck_assert_int_eq(qb_gatt_db_add_service(at.db, 0xffff, true, &id), 0xffff);
	dialog("< 04 1800 ffff > 05 01 1800 292a ffff 0028");
	dialog("< 04 1900 ffff > 05 01 ffff 0028");
	dialog("< 04 1900 feff > 01 04 1900 0a");
	dialog("< 10 1600 ffff 0028 > 11 06 ffff ffff 0f18");
	dialog("< 08 ffff ffff 0028 > 09 04 ffff 0f18");
	dialog("< 06 ffff ffff 0028 0f18 > 07 ffff ffff");
	finish();
}
END_TEST

START_TEST(a_search_ends_at_the_last_handle)
{
	struct qb_uuid id = qb_uuid_from_16(0x180f);

	begin_empty();
	ck_assert_int_eq(qb_gatt_db_add_service(at.db, 0xffff, false, &id), 0xffff);
	dialog("< 06 0100 ffff 0128 0a18 > 01 06 0100 0a");
	dialog("< 06 0100 ffff 0128 0f18 > 07 ffff ffff");
	finish();
}
END_TEST

START_TEST(a_client_discovers_characteristics_and_includes)
{
	begin();
	dialog("< 08 0100 0700 0328 > 09 07 0200 0e 0300 002a 0500 20 0600 052a");
	dialog("< 08 0800 0f00 0228 > 09 08 0900 0100 0300 0018");
	dialog("< 08 0a00 0f00 0228 > 01 08 0a00 0a");
	finish();
}
END_TEST

START_TEST(a_client_reads_by_type)
{
	begin();
	dialog("< 08 0100 ffff 002a > 09 05 0300 616263");
	dialog("< 08 0100 ffff " LONG_2A00 " > 09 05 0300 616263");
	/* Cut to what fits behind its handle. */
	dialog("< 08 0100 ffff " LONG_UUID " > 09 15 0e00 00+19");
	dialog("< 08 0100 ffff 0229 > 09 04 0700 0000 0c00 0000 1500 0000");
	/* Reading by type is not told: only Read Requests are. */
	told_nothing();
	finish();
}
END_TEST

START_TEST(values_of_another_length_or_right_wait_for_the_next_request)
{
	struct qb_uuid service = qb_uuid_from_16(0x180f), type = qb_uuid_from_16(0x2a19);
	static const struct {
		uint8_t len;
		uint8_t properties;
		uint16_t permissions;
	} values[] = {
	        {2, QB_PROP_READ, QB_PERM_READ}, {2, QB_PROP_READ, QB_PERM_READ},
	        {3, QB_PROP_READ, QB_PERM_READ}, {3, QB_PROP_WRITE, QB_PERM_READ},
	        {3, QB_PROP_READ, QB_PERM_READ},
	};

	begin_empty();
	ck_assert_int_eq(qb_gatt_db_add_service(at.db, 1, true, &service), 1);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		ck_assert_int_gt(qb_gatt_db_add_characteristic(
		                         at.db, values[i].properties, &type, values[i].permissions,
		                         (const uint8_t *)"abc", values[i].len),
		                 0);
	dialog("< 08 0100 ffff 192a > 09 04 0300 6162 0500 6162"
	       "< 08 0600 ffff 192a > 09 05 0700 616263"
	       "< 08 0800 ffff 192a > 01 08 0900 02"
	       "< 08 0a00 ffff 192a > 09 05 0b00 616263");
	finish();
}
END_TEST

START_TEST(long_values_are_cut_to_253_octets_in_a_list)
{
	uint8_t value[QB_VALUE_MAX] = {0};

	begin();
	at.att.mtu = 517;
	memset(value, 0x41, sizeof(value));
	ck_assert_int_eq(qb_gatt_db_set_value(at.db, 0x0e, value, sizeof(value)), 0);
	dialog("< 08 0100 ffff " LONG_UUID " > 09 ff 0e00 41*253");
	/* A plain read is whole. */
	dialog("< 0a 0e00 > 0b 41*512");
	forget();
	at.att.mtu = 256;
	dialog("< 08 0100 ffff " LONG_UUID " > 09 fe 0e00 41*252");
	finish();
}
END_TEST

START_TEST(a_client_reads)
{
	begin();
	dialog("< 0a 0300 > 0b 616263");
	told("read 0003 616263");
	dialog("< 0a 0f00 > 0b 74657874");
	told("read 000f 74657874");
	/* Declarations are everybody's, and reading them is not told. */
	dialog("< 0a 0100 > 0b 0018 < 0a 0900 > 0b 0100 0300 0018 < 0a 0d00 > 0b 0a "
	       "0e00 " LONG_UUID);
	told_nothing();
	/* What was returned is told, not what there is. */
	dialog("< 0a 0e00 > 0b 00+22");
	told("read 000e 000102030405060708090a0b0c0d0e0f101112131415");
	finish();
}
END_TEST

START_TEST(a_client_reads_a_long_value)
{
	begin();
	dialog("< 0c 0e00 0000 > 0d 00+22 < 0c 0e00 1600 > 0d 16+22 < 0c 0e00 2c00 > 0d 2c+16");
	/* At its end there is nothing, and behind that no value. */
	dialog("< 0c 0e00 3c00 > 0d < 0c 0e00 3d00 > 01 0c 0e00 07");
	dialog("< 0c 0300 0100 > 0d 6263 < 0c 0300 0300 > 0d < 0c 0300 0400 > 01 0c 0300 07");
	told_nothing();
	finish();
}
END_TEST

START_TEST(a_client_reads_several_values)
{
	begin();
	dialog("< 0e 0300 0b00 > 0f 616263 64");
	dialog("< 0e 0b00 0300 0b00 > 0f 64 616263 64");
	/* 22 octets in all. */
	dialog("< 0e 0300 0e00 0b00 > 0f 616263 00+19");
	dialog("< 0e 0e00 0300 > 0f 00+22");
	told_nothing();
	finish();
}
END_TEST

START_TEST(a_client_reads_several_values_with_their_lengths)
{
	begin();
	dialog("< 20 0300 0b00 > 21 0300 616263 0100 64");
	/* The length is the value's, also where that is cut. */
	dialog("< 20 0300 0e00 > 21 0300 616263 3c00 00+15");
	dialog("< 20 0e00 0300 > 21 3c00 00+20");
	/* No half of a length. */
	at.att.mtu = 24;
	ck_assert_int_eq(
	        qb_gatt_db_set_value(at.db, 0x0e, (const uint8_t *)"12345678901234567890", 20), 0);
	dialog("< 20 0e00 0300 > 21 1400 3132333435363738393031323334353637383930");
	ck_assert_int_eq(
	        qb_gatt_db_set_value(at.db, 0x0e, (const uint8_t *)"1234567890123456789", 19), 0);
	dialog("< 20 0e00 0300 0b00 > 21 1300 31323334353637383930313233343536373839 0300");
	told_nothing();
	finish();
}
END_TEST

START_TEST(every_response_keeps_to_the_mtu)
{
	static const uint16_t mtus[] = {23, 24, 25, 26, 64, 185, 247, 255, 256, 257, 258, 517};
	static const char *const requests[] = {
	        "04 0100 ffff",      "06 0100 ffff 0229 0000",
	        "08 0100 ffff 0328", "08 0100 ffff " LONG_UUID,
	        "08 0100 ffff 0229", "0a 0e00",
	        "0c 0e00 0100",      "0e 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00",
	        "10 0100 ffff 0028", "20 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00 0e00",
	};

	for (size_t i = 0; i < sizeof(mtus) / sizeof(mtus[0]); i++) {
		for (size_t j = 0; j < sizeof(requests) / sizeof(requests[0]); j++) {
			const char *got;

			begin();
			at.att.mtu = mtus[i];
			peer_sends(requests[j]);
			got = peer_takes();
			ck_assert_uint_le(strlen(got) / 2, mtus[i]);
			/* 60 octets and a handle do not fit 23, so these come cut, not refused. */
			ck_assert(strncmp(got, "01", 2));
			forget();
			finish();
		}
	}
}
END_TEST

UNIT_MAIN("gatt_server_read", a_client_discovers_the_services,
          entries_of_another_length_wait_for_the_next_request, a_client_finds_services_by_uuid,
          a_client_finds_attributes_by_value, as_many_services_as_fit_are_found,
          a_client_discovers_the_types, gaps_between_services_are_stepped_over,
          a_search_ends_at_the_last_handle, a_client_discovers_characteristics_and_includes,
          a_client_reads_by_type, values_of_another_length_or_right_wait_for_the_next_request,
          long_values_are_cut_to_253_octets_in_a_list, a_client_reads, a_client_reads_a_long_value,
          a_client_reads_several_values, a_client_reads_several_values_with_their_lengths,
          every_response_keeps_to_the_mtu)
