/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses: their two byte orders, their text, and what makes them equal. */
#include "util/addr.h"

#include "unit.h"

static const struct qb_addr addr = {QB_ADDR_RANDOM, {0x05, 0x04, 0x03, 0x02, 0x01, 0xc0}};

START_TEST(people_read_the_most_significant_octet_first)
{
	char str[QB_ADDR_STR_SIZE];

	ck_assert_str_eq(qb_addr_str(&addr, str), "c0:01:02:03:04:05");
}
END_TEST

START_TEST(display_order_and_back)
{
	static const uint8_t display[6] = {0xc0, 0x01, 0x02, 0x03, 0x04, 0x05};
	struct qb_addr back;
	uint8_t b[6];

	qb_addr_to_display(&addr, b);
	ck_assert_mem_eq(b, display, 6);
	back = qb_addr_from_display(QB_ADDR_RANDOM, display);
	ck_assert(qb_addr_equal(&back, &addr));
}
END_TEST

START_TEST(the_type_belongs_to_the_address)
{
	struct qb_addr other = addr;

	ck_assert(qb_addr_equal(&other, &addr));
	other.type = QB_ADDR_PUBLIC;
	ck_assert(!qb_addr_equal(&other, &addr));
	other = addr;
	other.b[5] ^= 1;
	ck_assert(!qb_addr_equal(&other, &addr));
}
END_TEST

UNIT_MAIN("addr", people_read_the_most_significant_octet_first, display_order_and_back,
          the_type_belongs_to_the_address)
