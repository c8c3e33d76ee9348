/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A UUID is the same however long it is spelled. */
#include "util/uuid.h"

#include "unit.h"

/* 0000180f-0000-1000-8000-00805f9b34fb, as ATT carries it */
static const uint8_t battery[16] = {0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80,
                                    0x00, 0x10, 0x00, 0x00, 0x0f, 0x18, 0x00, 0x00};

START_TEST(both_spellings_are_equal)
{
	struct qb_uuid shorter, longer;
	uint16_t u = 0;

	ck_assert(qb_uuid_from_le(&shorter, battery + 12, 2));
	ck_assert(qb_uuid_from_le(&longer, battery, 16));
	ck_assert(qb_uuid_equal(&shorter, &longer));
	ck_assert(qb_uuid_is(&longer, 0x180f));
	ck_assert(!qb_uuid_is(&longer, 0x180e));
	ck_assert(qb_uuid_to_16(&longer, &u));
	ck_assert_uint_eq(u, 0x180f);
	ck_assert(qb_uuid_to_16(&longer, NULL));
}
END_TEST

START_TEST(a_32_bit_form_is_not_a_16_bit_one)
{
	struct qb_uuid uuid;
	uint8_t b[16];
	uint16_t u = 0x1234;

	memcpy(b, battery, sizeof(b));
	b[14] = 1;
	ck_assert(qb_uuid_from_le(&uuid, b, sizeof(b)));
	ck_assert(!qb_uuid_to_16(&uuid, &u));
	ck_assert_uint_eq(u, 0x1234);
	b[14] = 0;
	b[0] ^= 1;
	ck_assert(qb_uuid_from_le(&uuid, b, sizeof(b)));
	ck_assert(!qb_uuid_is(&uuid, 0x180f));
}
END_TEST

START_TEST(other_lengths_are_none)
{
	struct qb_uuid uuid = qb_uuid_from_16(0x2902), before = uuid;

	for (size_t len = 0; len < sizeof(battery); len++) {
		if (len != 2)
			ck_assert(!qb_uuid_from_le(&uuid, battery, len));
	}
	ck_assert(!qb_uuid_from_le(&uuid, battery, 17));
	ck_assert(qb_uuid_equal(&uuid, &before));
}
END_TEST

START_TEST(people_read_the_shortest_form)
{
	char str[QB_UUID_STR_SIZE];
	struct qb_uuid uuid;
	uint8_t b[16];

	ck_assert(qb_uuid_from_le(&uuid, battery, 16));
	ck_assert_str_eq(qb_uuid_str(&uuid, str), "180f");
	for (int i = 0; i < 16; i++)
		b[i] = (uint8_t)(0xf0 - 0x0f * i);
	ck_assert(qb_uuid_from_le(&uuid, b, 16));
	ck_assert_str_eq(qb_uuid_str(&uuid, str), "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
}
END_TEST

UNIT_MAIN("uuid", both_spellings_are_equal, a_32_bit_form_is_not_a_16_bit_one,
          other_lengths_are_none, people_read_the_shortest_form)
