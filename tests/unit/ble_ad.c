/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertising data, as programs give it and as the air brings it. */
#include "ble/ad.h"

#include <string.h>

#include "unit.h"

static bool valid(const char *data, size_t len)
{
	size_t at = 99;

	return qb_ad_valid((const uint8_t *)data, len, &at);
}

#define VALID(data) valid(data, sizeof(data) - 1)

START_TEST(structures_have_to_fit)
{
	size_t at = 99;

	ck_assert(VALID(""));
	ck_assert(VALID("\x02\x01\x05"));
	ck_assert(VALID("\x02\x01\x05\x03\x09xy"));
	ck_assert(VALID("\x01\x09"));
	ck_assert(!VALID("\x02\x01"));
	ck_assert(!VALID("\x01"));
	ck_assert(!VALID("\xff"
	                 "12345"));
	ck_assert(!qb_ad_valid((const uint8_t *)"\x02\x01\x05\x09\x09xy", 7, &at));
	ck_assert_uint_eq(at, 3);
}
END_TEST

START_TEST(zeros_may_fill_the_end)
{
	size_t at = 99;

	ck_assert(VALID("\x02\x01\x05\0\0\0"));
	ck_assert(VALID("\0\0\0"));
	ck_assert(!qb_ad_valid((const uint8_t *)"\x02\x01\x05\0\x02\x01\x05", 7, &at));
	ck_assert_uint_eq(at, 3);
}
END_TEST

static const char *name_of(const char *data, size_t len)
{
	static char name[QB_AD_NAME_SIZE];

	return qb_ad_name((const uint8_t *)data, len, name);
}

#define NAME(data) name_of(data, sizeof(data) - 1)

START_TEST(a_name_is_complete_or_short)
{
	ck_assert_str_eq(NAME("\x02\x01\x06\x05\x09qble"), "qble");
	ck_assert_str_eq(NAME("\x03\x08qb"), "qb");
	ck_assert_str_eq(NAME("\x03\x08qb\x05\x09qble"), "qble");
	ck_assert_str_eq(NAME("\x02\x01\x06"), "");
	ck_assert_str_eq(NAME(""), "");
	ck_assert_str_eq(NAME("\x01\x09"), "");
}
END_TEST

START_TEST(damaged_data_has_no_name)
{
	ck_assert_str_eq(NAME("\x09\x09qble"), "");
	ck_assert_str_eq(NAME("\x0f\x01\x06\x05\x09qble"), "");
	ck_assert_str_eq(NAME("\0\x05\x09qble"), "");
	ck_assert_str_eq(NAME("\x05"), "");
	ck_assert_str_eq(NAME("\x05\x09qb\0x"), "qb");
}
END_TEST

/* D-Bus would drop the whole message for one octet that is not UTF-8. */
START_TEST(a_name_is_always_utf8)
{
	ck_assert_str_eq(NAME("\x04\x09\xe7\xa7\xbb"), "\xe7\xa7\xbb");
	ck_assert_str_eq(NAME("\x05\x09\xf0\x9f\x94\x8b"), "\xf0\x9f\x94\x8b");
	ck_assert_str_eq(NAME("\x03\x09\xe7\xa7"), "\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(NAME("\x04\x09\xff"
	                      "ab"),
	                 "\xef\xbf\xbd"
	                 "ab");
	/* Overlong, a surrogate, past U+10FFFF. */
	ck_assert_str_eq(NAME("\x03\x09\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(NAME("\x04\x09\xe0\x80\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(NAME("\x04\x09\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	ck_assert_str_eq(NAME("\x05\x09\xf4\x90\x80\x80"),
	                 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

START_TEST(the_longest_name_fits)
{
	uint8_t data[255];
	char name[QB_AD_NAME_SIZE];

	memset(data, 0xff, sizeof(data));
	data[0] = 254;
	data[1] = QB_AD_COMPLETE_NAME;
	qb_ad_name(data, sizeof(data), name);
	ck_assert_uint_eq(strlen(name), 253 * 3);
}
END_TEST

UNIT_MAIN("ble_ad", structures_have_to_fit, zeros_may_fill_the_end, a_name_is_complete_or_short,
          damaged_data_has_no_name, a_name_is_always_utf8, the_longest_name_fits)
