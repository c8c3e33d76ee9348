/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parsers make of the data of events, well-formed and not; UUIDs and addresses as text. */
#include <errno.h>
#include <string.h>

#include "../unit/unit.h"
#include "qble-event.h"

static struct qble_event event(uint32_t id, const void *data, size_t len)
{
	struct qble_event ret = {.id = id};

	ret.u.data.data = data;
	ret.u.data.len = len;
	return ret;
}

#define EVENT(id, ...) event(id, (uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))

#define CHARAS  QBLE_GATT_DISCOVER_CHARACTERISTIC_DATA_IND
#define DESCS   QBLE_GATT_DISCOVER_CHARA_DESC_IND
#define BY_UUID QBLE_GATT_CHARA_READ_BY_UUID_IND

START_TEST(characteristics_with_short_uuids)
{
	struct qble_event e = EVENT(CHARAS, 7, 2, 0, 0x12, 3, 0, 0x19, 0x2a, 5, 1, 0x08, 6, 1, 0,
	                            0x2a);
	struct qble_entries entries;
	struct qble_chara chara;

	ck_assert_int_eq(qble_entries_init(&entries, &e), 0);
	ck_assert(qble_next_chara(&entries, &chara));
	ck_assert_uint_eq(chara.handle, 2);
	ck_assert_uint_eq(chara.properties, 0x12);
	ck_assert_uint_eq(chara.value_handle, 3);
	ck_assert_uint_eq(qble_uuid_short(chara.uuid), 0x2a19);
	ck_assert(qble_next_chara(&entries, &chara));
	ck_assert_uint_eq(chara.handle, 0x0105);
	ck_assert_uint_eq(chara.value_handle, 0x0106);
	ck_assert_uint_eq(qble_uuid_short(chara.uuid), 0x2a00);
	ck_assert(!qble_next_chara(&entries, &chara));
	ck_assert(!qble_next_chara(&entries, &chara));
}
END_TEST

START_TEST(a_characteristic_with_a_long_uuid)
{
	struct qble_event e = EVENT(CHARAS, 21, 2, 0, 0x12, 3, 0, 0x9e, 0xca, 0xdc, 0x24, 0x0e,
	                            0xe5, 0xa9, 0xe0, 0x93, 0xf3, 0xa3, 0xb5, 1, 0, 0x40, 0x6e);
	char str[QBLE_UUID_STRING_SIZE];
	struct qble_entries entries;
	struct qble_include include;
	struct qble_chara chara;

	ck_assert_int_eq(qble_entries_init(&entries, &e), 0);
	ck_assert(!qble_next_include(&entries, &include));
	ck_assert(qble_next_chara(&entries, &chara));
	ck_assert_str_eq(qble_uuid_to_string(chara.uuid, str),
	                 "6e400001-b5a3-f393-e0a9-e50e24dcca9e");
	ck_assert_uint_eq(qble_uuid_short(chara.uuid), 0);
	ck_assert(!qble_next_chara(&entries, &chara));
}
END_TEST

START_TEST(included_services)
{
	struct qble_event short_uuid = EVENT(CHARAS, 8, 2, 0, 0x10, 0, 0x20, 0, 0x0f, 0x18);
	struct qble_event long_uuid = EVENT(CHARAS, 6, 2, 0, 0x10, 0, 0x20, 0);
	struct qble_entries entries;
	struct qble_include include;
	struct qble_chara chara;

	ck_assert_int_eq(qble_entries_init(&entries, &short_uuid), 0);
	ck_assert(!qble_next_chara(&entries, &chara));
	ck_assert(qble_next_include(&entries, &include));
	ck_assert_uint_eq(include.handle, 2);
	ck_assert_uint_eq(include.start_handle, 0x10);
	ck_assert_uint_eq(include.end_handle, 0x20);
	ck_assert_uint_eq(include.short_uuid, 0x180f);
	ck_assert(!qble_next_include(&entries, &include));
	ck_assert_int_eq(qble_entries_init(&entries, &long_uuid), 0);
	ck_assert(qble_next_include(&entries, &include));
	ck_assert_uint_eq(include.short_uuid, 0);
}
END_TEST

START_TEST(descriptors_in_both_formats)
{
	struct qble_event short_uuids = EVENT(DESCS, 1, 4, 0, 2, 0x29, 5, 0, 1, 0x29);
	struct qble_event long_uuid = EVENT(DESCS, 2, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	                                    13, 14, 15, 16);
	struct qble_entries entries;
	struct qble_desc desc;

	ck_assert_int_eq(qble_entries_init(&entries, &short_uuids), 0);
	ck_assert(qble_next_desc(&entries, &desc));
	ck_assert_uint_eq(desc.handle, 4);
	ck_assert_uint_eq(qble_uuid_short(desc.uuid), 0x2902);
	ck_assert(qble_next_desc(&entries, &desc));
	ck_assert_uint_eq(desc.handle, 5);
	ck_assert(!qble_next_desc(&entries, &desc));
	ck_assert_int_eq(qble_entries_init(&entries, &long_uuid), 0);
	ck_assert(qble_next_desc(&entries, &desc));
	ck_assert_uint_eq(desc.handle, 9);
	ck_assert_uint_eq(desc.uuid[15], 16);
	ck_assert(!qble_next_desc(&entries, &desc));
}
END_TEST

START_TEST(values_read_by_uuid)
{
	struct qble_event e = EVENT(BY_UUID, 4, 3, 0, 'a', 'b', 5, 0, 'c', 'd');
	struct qble_entries entries;
	struct qble_value value;

	ck_assert_int_eq(qble_entries_init(&entries, &e), 0);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(value.handle, 3);
	ck_assert_uint_eq(value.len, 2);
	ck_assert_mem_eq(value.data, "ab", 2);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(value.handle, 5);
	ck_assert_mem_eq(value.data, "cd", 2);
	ck_assert(!qble_next_value(&entries, &value));
}
END_TEST

START_TEST(a_notification_and_an_empty_indication)
{
	struct qble_event e = EVENT(QBLE_GATT_RECV_NOTIFICATION_IND, 0x12, 0x01, 'h', 'i');
	struct qble_event empty = EVENT(QBLE_GATT_RECV_INDICATION_IND, 0x12, 0x01);
	struct qble_entries entries;
	struct qble_value value;

	ck_assert_int_eq(qble_entries_init(&entries, &e), 0);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(value.handle, 0x0112);
	ck_assert_uint_eq(value.len, 2);
	ck_assert_mem_eq(value.data, "hi", 2);
	ck_assert(!qble_next_value(&entries, &value));
	ck_assert_int_eq(qble_entries_init(&entries, &empty), 0);
	ck_assert(qble_next_value(&entries, &value));
	ck_assert_uint_eq(value.len, 0);
	ck_assert(!qble_next_value(&entries, &value));
}
END_TEST

static void refuses(struct qble_event e, int expected)
{
	struct qble_entries entries;
	struct qble_include include;
	struct qble_chara chara;
	struct qble_value value;
	struct qble_desc desc;

	ck_assert_int_eq(qble_entries_init(&entries, &e), expected);
	ck_assert(!qble_next_chara(&entries, &chara));
	ck_assert(!qble_next_include(&entries, &include));
	ck_assert(!qble_next_desc(&entries, &desc));
	ck_assert(!qble_next_value(&entries, &value));
}

START_TEST(malformed_data_has_no_entries)
{
	struct qble_event failed = EVENT(CHARAS, 7, 2, 0, 0x12, 3, 0, 0x19, 0x2a);

	refuses(event(CHARAS, NULL, 0), -EBADMSG);
	refuses(EVENT(CHARAS, 0), -EBADMSG);
	refuses(EVENT(CHARAS, 7, 2, 0, 0x12, 3, 0, 0x19), -EBADMSG);
	refuses(EVENT(CHARAS, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9), -EBADMSG);
	refuses(EVENT(DESCS, 3, 1, 2, 3, 4), -EBADMSG);
	refuses(EVENT(DESCS, 1, 1, 2, 3, 4, 5), -EBADMSG);
	refuses(EVENT(BY_UUID, 1, 2), -EBADMSG);
	refuses(EVENT(BY_UUID, 4, 3, 0, 'a'), -EBADMSG);
	refuses(EVENT(QBLE_GATT_RECV_NOTIFICATION_IND, 1), -EBADMSG);
	refuses(EVENT(QBLE_GATT_CHARA_READ_IND, 7, 2, 0, 0x12, 3, 0, 0x19, 0x2a), -EINVAL);
	failed.status = 1;
	refuses(failed, -EINVAL);
}
END_TEST

START_TEST(uuids_as_text)
{
	static const char whole[] = "6E400001-b5a3-f393-e0a9-e50e24dcca9e";
	static const char *const wrong[] = {
	        "",
	        "18",
	        "180",
	        "180g",
	        "0x180f",
	        "180f0",
	        "6e400001-b5a3-f393-e0a9-e50e24dcca9",
	        "6e400001-b5a3-f393-e0a9-e50e24dcca9e0",
	        "6e400001b5a3f393e0a9e50e24dcca9e",
	        "6e400001-b5a3-f393-e0a9-e50e24dcca9-",
	};
	char str[QBLE_UUID_STRING_SIZE];
	uint8_t uuid[16], before[16];

	qble_uuid_from_short(0x180f, before);
	ck_assert_int_eq(qble_uuid_from_string("180F", uuid), 0);
	ck_assert_mem_eq(uuid, before, 16);
	ck_assert_uint_eq(uuid[12], 0x0f);
	ck_assert_uint_eq(uuid[13], 0x18);
	ck_assert_uint_eq(uuid[0], 0xfb);
	ck_assert_uint_eq(qble_uuid_short(uuid), 0x180f);
	ck_assert_str_eq(qble_uuid_to_string(uuid, str), "180f");
	ck_assert_int_eq(qble_uuid_from_string("0000180f-0000-1000-8000-00805f9b34fb", uuid), 0);
	ck_assert_uint_eq(qble_uuid_short(uuid), 0x180f);
	ck_assert_int_eq(qble_uuid_from_string(whole, uuid), 0);
	ck_assert_uint_eq(uuid[0], 0x9e);
	ck_assert_uint_eq(uuid[15], 0x6e);
	ck_assert_str_eq(qble_uuid_to_string(uuid, str), "6e400001-b5a3-f393-e0a9-e50e24dcca9e");
	memcpy(before, uuid, sizeof(before));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(qble_uuid_from_string(wrong[i], uuid), -EINVAL);
	ck_assert_mem_eq(uuid, before, sizeof(before));
}
END_TEST

START_TEST(addresses_as_text)
{
	static const char *const wrong[] = {"",
	                                    "c0:ff:ee:12:34",
	                                    "c0:ff:ee:12:34:5",
	                                    "c0ffee123456",
	                                    "c0:ff:ee:12:34:56:",
	                                    "c0:ff:ee:12:34:5g"};
	char str[QBLE_ADDR_STRING_SIZE];
	uint8_t addr[6];

	ck_assert_int_eq(qble_addr_from_string("C0:ff:EE:12:34:56", addr), 0);
	ck_assert_mem_eq(addr, ((uint8_t[]){0xc0, 0xff, 0xee, 0x12, 0x34, 0x56}), 6);
	ck_assert_str_eq(qble_addr_to_string(addr, str), "c0:ff:ee:12:34:56");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(qble_addr_from_string(wrong[i], addr), -EINVAL);
}
END_TEST

UNIT_MAIN("lib-entries", characteristics_with_short_uuids, a_characteristic_with_a_long_uuid,
          included_services, descriptors_in_both_formats, values_read_by_uuid,
          a_notification_and_an_empty_indication, malformed_data_has_no_entries, uuids_as_text,
          addresses_as_text)
