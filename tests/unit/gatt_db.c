/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GATT database by itself: filling, finding, emptying, and size. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "att_peer.h"
#include "unit.h"

#define OPEN (QB_PERM_READ | QB_PERM_WRITE)

static struct qb_gatt_db *db;

static int add_service(uint16_t handle, uint16_t u)
{
	struct qb_uuid id = qb_uuid_from_16(u);

	return qb_gatt_db_add_service(db, handle, true, &id);
}

static int add_chara(uint16_t u)
{
	struct qb_uuid id = qb_uuid_from_16(u);

	return qb_gatt_db_add_characteristic(db, QB_PROP_READ | QB_PROP_NOTIFY, &id, OPEN,
	                                     (const uint8_t *)"abc", 3);
}

static int add_desc(uint16_t u)
{
	struct qb_uuid id = qb_uuid_from_16(u);

	return qb_gatt_db_add_descriptor(db, &id, OPEN, (const uint8_t *)"d", 1);
}

static uint16_t next_of_type(uint16_t u, uint16_t handle)
{
	struct qb_uuid id = qb_uuid_from_16(u);
	const struct qb_attr *attr = qb_gatt_db_next_of_type(db, &id, handle);

	return attr ? attr->handle : 0;
}

static uint16_t next_service(uint16_t u, uint16_t handle)
{
	struct qb_uuid id = qb_uuid_from_16(u);
	const struct qb_attr *attr = qb_gatt_db_next_service(db, &id, handle);

	return attr ? attr->handle : 0;
}

static uint16_t next(uint16_t handle)
{
	const struct qb_attr *attr = qb_gatt_db_next(db, handle);

	return attr ? attr->handle : 0;
}

static void begin_db(void)
{
	db = qb_gatt_db_new();
	ck_assert_ptr_nonnull(db);
}

static void end_db(void)
{
	qb_gatt_db_free(db);
}

/* Service 1..4 with a descriptor, service 16..20, service 5..7 put between them. */
static void fill(void)
{
	ck_assert_int_eq(add_service(1, 0x1800), 1);
	ck_assert_int_eq(add_chara(0x2a00), 3);
	ck_assert_int_eq(add_desc(0x2901), 4);
	ck_assert_int_eq(add_service(16, 0x180f), 16);
	ck_assert_int_eq(add_chara(0x2a19), 18);
	ck_assert_int_eq(add_chara(0x2a00), 20);
	ck_assert_int_eq(add_service(5, 0x180f), 5);
	ck_assert_int_eq(add_chara(0x2a19), 7);
}

START_TEST(an_empty_database_has_nothing)
{
	begin_db();
	ck_assert_ptr_null(qb_gatt_db_get(db, 0));
	ck_assert_ptr_null(qb_gatt_db_get(db, 1));
	ck_assert_ptr_null(qb_gatt_db_get(db, 0xffff));
	ck_assert_uint_eq(next(0), 0);
	ck_assert_uint_eq(next_of_type(0x2800, 0), 0);
	ck_assert_uint_eq(qb_gatt_db_last(db), 0);
	qb_gatt_db_clear(db, 1, 0xffff);
	end_db();
	qb_gatt_db_free(NULL);
}
END_TEST

START_TEST(attributes_know_what_they_are)
{
	const struct qb_attr *attr;

	begin_db();
	fill();
	attr = qb_gatt_db_get(db, 1);
	ck_assert_uint_eq(attr->kind, QB_ATTR_SERVICE);
	ck_assert_uint_eq(attr->end, 4);
	ck_assert_uint_eq(attr->permissions, QB_PERM_READ);
	ck_assert_mem_eq(attr->value, "\x00\x18", 2);
	attr = qb_gatt_db_get(db, 2);
	ck_assert_uint_eq(attr->kind, QB_ATTR_CHARACTERISTIC);
	ck_assert_uint_eq(attr->len, 5);
	ck_assert_mem_eq(attr->value, "\x12\x03\x00\x00\x2a", 5);
	attr = qb_gatt_db_get(db, 3);
	ck_assert_uint_eq(attr->kind, QB_ATTR_VALUE);
	ck_assert_uint_eq(attr->properties, QB_PROP_READ | QB_PROP_NOTIFY);
	ck_assert_uint_eq(attr->end, 3);
	attr = qb_gatt_db_get(db, 4);
	ck_assert_uint_eq(attr->kind, QB_ATTR_DESCRIPTOR);
	ck_assert_uint_eq(attr->properties, QB_PROP_READ | QB_PROP_NOTIFY);
	ck_assert_uint_eq(attr->end, 3);
	end_db();
}
END_TEST

START_TEST(attributes_are_found_by_handle_and_type)
{
	begin_db();
	fill();
	ck_assert_uint_eq(next(0), 1);
	ck_assert_uint_eq(next(4), 4);
	ck_assert_uint_eq(next(8), 16);
	ck_assert_uint_eq(next(21), 0);
	ck_assert_uint_eq(next(0xffff), 0);
	/* In the order of handles, whatever the order they were added in. */
	ck_assert_uint_eq(next_of_type(0x2800, 1), 1);
	ck_assert_uint_eq(next_of_type(0x2800, 2), 5);
	ck_assert_uint_eq(next_of_type(0x2800, 6), 16);
	ck_assert_uint_eq(next_of_type(0x2800, 17), 0);
	ck_assert_uint_eq(next_of_type(0x2a19, 1), 7);
	ck_assert_uint_eq(next_of_type(0x2a19, 8), 18);
	ck_assert_uint_eq(next_of_type(0x2a00, 4), 20);
	ck_assert_uint_eq(next_of_type(0x1234, 1), 0);
	ck_assert_uint_eq(next_service(0x180f, 1), 5);
	ck_assert_uint_eq(next_service(0x180f, 6), 16);
	ck_assert_uint_eq(next_service(0x1800, 2), 0);
	ck_assert_uint_eq(qb_gatt_db_last(db), 20);
	end_db();
}
END_TEST

START_TEST(groups_end_where_the_next_begins)
{
	begin_db();
	fill();
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 1)), 4);
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 2)), 4);
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 17)), 18);
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 19)), 20);
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 3)), 3);
	end_db();
}
END_TEST

START_TEST(a_secondary_service_is_no_primary_one)
{
	struct qb_uuid id = qb_uuid_from_16(0x180a);

	begin_db();
	ck_assert_int_eq(qb_gatt_db_add_service(db, 1, false, &id), 1);
	ck_assert_uint_eq(next_of_type(0x2801, 1), 1);
	ck_assert_uint_eq(next_of_type(0x2800, 1), 0);
	ck_assert_uint_eq(next_service(0x180a, 1), 0);
	end_db();
}
END_TEST

START_TEST(includes_name_an_earlier_service)
{
	const struct qb_attr *attr;
	struct qb_uuid id = uuid(LONG_SERVICE);

	begin_db();
	ck_assert_int_eq(qb_gatt_db_add_include(db, 1), -EINVAL);
	ck_assert_int_eq(add_service(1, 0x1800), 1);
	ck_assert_int_eq(add_chara(0x2a00), 3);
	ck_assert_int_eq(qb_gatt_db_add_service(db, 4, false, &id), 4);
	ck_assert_int_eq(add_service(5, 0x180f), 5);
	ck_assert_int_eq(qb_gatt_db_add_include(db, 1), 6);
	ck_assert_int_eq(qb_gatt_db_add_include(db, 4), 7);
	attr = qb_gatt_db_get(db, 6);
	ck_assert_uint_eq(attr->kind, QB_ATTR_INCLUDE);
	ck_assert_uint_eq(attr->len, 6);
	ck_assert_mem_eq(attr->value, "\x01\x00\x03\x00\x00\x18", 6);
	/* A 128-bit UUID is left for the client to read. */
	attr = qb_gatt_db_get(db, 7);
	ck_assert_uint_eq(attr->len, 4);
	ck_assert_mem_eq(attr->value, "\x04\x00\x04\x00", 4);
	/* Neither itself, nor what is no service, nor after a characteristic. */
	ck_assert_int_eq(qb_gatt_db_add_include(db, 5), -EINVAL);
	ck_assert_int_eq(qb_gatt_db_add_include(db, 2), -EINVAL);
	ck_assert_int_eq(qb_gatt_db_add_include(db, 99), -EINVAL);
	ck_assert_int_eq(add_chara(0x2a19), 9);
	ck_assert_int_eq(qb_gatt_db_add_include(db, 1), -EINVAL);
	ck_assert_uint_eq(qb_gatt_db_last(db), 9);
	end_db();
}
END_TEST

START_TEST(what_is_out_of_order_is_refused)
{
	struct qb_uuid id = qb_uuid_from_16(0x2a00);
	uint8_t value[QB_VALUE_MAX + 1] = {0};

	begin_db();
	ck_assert_int_eq(add_chara(0x2a00), -EINVAL);
	ck_assert_int_eq(add_desc(0x2901), -EINVAL);
	ck_assert_int_eq(add_service(0, 0x1800), -EINVAL);
	ck_assert_int_eq(add_service(1, 0x1800), 1);
	ck_assert_int_eq(add_desc(0x2901), -EINVAL);
	ck_assert_int_eq(add_chara(0x2a00), 3);
	ck_assert_int_eq(add_service(1, 0x180f), -EINVAL);
	ck_assert_int_eq(add_service(3, 0x180f), -EINVAL);
	ck_assert_int_eq(qb_gatt_db_add_characteristic(db, 0, &id, 0, value, sizeof(value)),
	                 -EINVAL);
	ck_assert_int_eq(qb_gatt_db_add_descriptor(db, &id, 0, value, sizeof(value)), -EINVAL);
	/* Types that would say that something is what it is not. */
	for (uint16_t u = 0x2800; u <= 0x2803; u++) {
		ck_assert_int_eq(add_chara(u), -EINVAL);
		ck_assert_int_eq(add_desc(u), -EINVAL);
	}
	ck_assert_uint_eq(qb_gatt_db_last(db), 3);
	ck_assert_uint_eq(next(4), 0);
	end_db();
}
END_TEST

START_TEST(a_service_in_a_gap_ends_before_the_next)
{
	begin_db();
	ck_assert_int_eq(add_service(5, 0x180f), 5);
	ck_assert_int_eq(add_service(1, 0x1800), 1);
	ck_assert_int_eq(add_chara(0x2a00), 3);
	ck_assert_int_eq(add_chara(0x2a01), -ENOSPC);
	ck_assert_int_eq(add_desc(0x2901), 4);
	ck_assert_int_eq(add_desc(0x2901), -ENOSPC);
	/* And can go on when it has made way. */
	qb_gatt_db_clear(db, 5, 5);
	ck_assert_int_eq(add_desc(0x2904), 5);
	end_db();
}
END_TEST

START_TEST(the_last_handle_is_the_last)
{
	begin_db();
	ck_assert_int_eq(add_service(0xfffc, 0x180f), 0xfffc);
	ck_assert_int_eq(add_chara(0x2a00), 0xfffe);
	ck_assert_int_eq(add_chara(0x2a00), -ENOSPC);
	ck_assert_int_eq(add_desc(0x2901), 0xffff);
	ck_assert_int_eq(add_desc(0x2901), -ENOSPC);
	ck_assert_uint_eq(qb_gatt_db_last(db), 0xffff);
	ck_assert_uint_eq(next(0xffff), 0xffff);
	ck_assert_uint_eq(qb_gatt_db_group_end(db, qb_gatt_db_get(db, 0xfffd)), 0xffff);
	qb_gatt_db_clear(db, 1, 0xffff);
	ck_assert_uint_eq(qb_gatt_db_last(db), 0);
	end_db();
}
END_TEST

START_TEST(clearing_takes_whole_services_and_leaves_the_others)
{
	begin_db();
	fill();
	/* A range that begins inside of one. */
	qb_gatt_db_clear(db, 6, 10);
	ck_assert_uint_eq(next(5), 16);
	ck_assert_uint_eq(next_of_type(0x2a19, 1), 18);
	ck_assert_uint_eq(next_service(0x180f, 1), 16);
	ck_assert_uint_eq(next_of_type(0x2901, 1), 4);
	qb_gatt_db_clear(db, 8, 15);
	ck_assert_uint_eq(next(8), 16);
	/* The room can be used anew. */
	ck_assert_int_eq(add_service(8, 0x1812), 8);
	ck_assert_int_eq(add_chara(0x2a4a), 10);
	ck_assert_uint_eq(next_service(0x1812, 1), 8);
	qb_gatt_db_clear(db, 16, 0xffff);
	ck_assert_uint_eq(qb_gatt_db_last(db), 10);
	ck_assert_int_eq(add_chara(0x2a4b), 12);
	qb_gatt_db_clear(db, 1, 0xffff);
	ck_assert_uint_eq(next(0), 0);
	ck_assert_uint_eq(next_of_type(0x2800, 0), 0);
	/* What was being filled is gone, too. */
	ck_assert_int_eq(add_chara(0x2a00), -EINVAL);
	fill();
	ck_assert_uint_eq(qb_gatt_db_last(db), 20);
	end_db();
}
END_TEST

START_TEST(values_grow_and_shrink)
{
	uint8_t value[QB_VALUE_MAX + 1];
	const struct qb_attr *attr;

	begin_db();
	fill();
	memset(value, 0x5a, sizeof(value));
	attr = qb_gatt_db_get(db, 3);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 3, value, QB_VALUE_MAX), 0);
	ck_assert_uint_eq(attr->len, QB_VALUE_MAX);
	ck_assert_mem_eq(attr->value, value, QB_VALUE_MAX);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 3, value, QB_VALUE_MAX + 1), -EMSGSIZE);
	ck_assert_uint_eq(attr->len, QB_VALUE_MAX);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 3, NULL, 0), 0);
	ck_assert_uint_eq(attr->len, 0);
	/* Room is made without a change of the value. */
	ck_assert_int_eq(qb_gatt_db_set_value(db, 4, (const uint8_t *)"xy", 2), 0);
	ck_assert_int_eq(qb_gatt_db_reserve(db, 4, 100), 0);
	attr = qb_gatt_db_get(db, 4);
	ck_assert_uint_ge(attr->room, 100);
	ck_assert_uint_eq(attr->len, 2);
	ck_assert_mem_eq(attr->value, "xy", 2);
	ck_assert_int_eq(qb_gatt_db_reserve(db, 4, QB_VALUE_MAX + 1), -EMSGSIZE);
	/* Declarations are not values. */
	ck_assert_int_eq(qb_gatt_db_set_value(db, 1, value, 2), -ENOENT);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 2, value, 2), -ENOENT);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 99, value, 2), -ENOENT);
	ck_assert_int_eq(qb_gatt_db_set_value(db, 0, value, 2), -ENOENT);
	end_db();
}
END_TEST

START_TEST(a_program_that_starts_over_and_over_leaves_nothing)
{
	begin_db();
	for (unsigned i = 0; i < 2000; i++) {
		struct qb_uuid id = uuid(LONG_UUID);

		/* Other UUIDs each time. */
		id.b[0] = (uint8_t)i;
		id.b[1] = (uint8_t)(i >> 8);
		ck_assert_int_eq(qb_gatt_db_add_service(db, 16, true, &id), 16);
		id.b[2] = 0xff;
		ck_assert_int_eq(
		        qb_gatt_db_add_characteristic(db, QB_PROP_READ, &id, OPEN, NULL, 0), 18);
		ck_assert_ptr_nonnull(qb_gatt_db_next_of_type(db, &id, 1));
		qb_gatt_db_clear(db, 16, 0xffff);
		ck_assert_ptr_null(qb_gatt_db_next_of_type(db, &id, 1));
	}
	end_db();
}
END_TEST

/* What a client does to get to know a peer, with the octets counted that it takes to answer. */
static unsigned discover_all(void)
{
	unsigned rounds = 0, handle = 1;

	while (handle <= 0xffff) {
		const char *got;
		char hex[40];
		unsigned last;

		snprintf(hex, sizeof(hex), "10 %02x%02x ffff 0028", handle & 0xff, handle >> 8);
		peer_sends(hex);
		got = peer_takes();
		rounds++;
		if (!strncmp(got, "01", 2))
			break;
		/* The end of the last entry, low octet first. */
		got += strlen(got) - 8;
		ck_assert_int_eq(sscanf(got, "%4x", &last), 1);
		handle = ((last & 0xff) << 8 | last >> 8) + 1;
	}
	return rounds;
}

/* The requests that search, in a database of n services of five attributes each. */
static void search(unsigned n)
{
	struct qb_uuid chara = qb_uuid_from_16(0x2a19), desc = qb_uuid_from_16(0x2902);
	char by_value[40], by_type[40], info[40];
	uint16_t handle = 1;
	begin_empty();
	for (unsigned i = 0; i < n; i++) {
		struct qb_uuid id = qb_uuid_from_16((uint16_t)(0x3000 + i));
		int value;

		ck_assert_int_eq(qb_gatt_db_add_service(at.db, handle, true, &id), handle);
		value = qb_gatt_db_add_characteristic(at.db, QB_PROP_READ | QB_PROP_NOTIFY, &chara,
		                                      OPEN, (const uint8_t *)"abc", 3);
		ck_assert_int_eq(qb_gatt_db_add_descriptor(at.db, &desc, OPEN, NULL, 0), value + 1);
		ck_assert_int_eq(qb_gatt_db_add_descriptor(at.db, &desc, OPEN, NULL, 0), value + 2);
		handle = (uint16_t)(value + 3);
	}
	ck_assert_uint_eq(qb_gatt_db_last(at.db), 5 * n);
	ck_assert_uint_eq(discover_all(), (n + 2) / 3 + 1);
	snprintf(by_value, sizeof(by_value), "06 0100 ffff 0028 %02x%02x", (0x3000 + n - 1) & 0xff,
	         (0x3000 + n - 1) >> 8);
	snprintf(by_type, sizeof(by_type), "08 %02x%02x ffff 192a", (5 * n - 4) & 0xff,
	         (5 * n - 4) >> 8);
	snprintf(info, sizeof(info), "04 %02x%02x ffff", (5 * n - 1) & 0xff, (5 * n - 1) >> 8);
	peer_sends(by_value);
	ck_assert(!strncmp(peer_takes(), "07", 2));
	peer_sends(by_type);
	ck_assert(!strncmp(peer_takes(), "09", 2));
	peer_sends(info);
	ck_assert(!strncmp(peer_takes(), "05", 2));
	peer_sends("08 0100 ffff 9999");
	ck_assert(!strncmp(peer_takes(), "01", 2));
	forget();
	finish();
}

START_TEST(ten_thousand_attributes_are_found_like_ten)
{
	search(2);
	search(2000);
}
END_TEST

UNIT_MAIN("gatt_db", an_empty_database_has_nothing, attributes_know_what_they_are,
          attributes_are_found_by_handle_and_type, groups_end_where_the_next_begins,
          a_secondary_service_is_no_primary_one, includes_name_an_earlier_service,
          what_is_out_of_order_is_refused, a_service_in_a_gap_ends_before_the_next,
          the_last_handle_is_the_last, clearing_takes_whole_services_and_leaves_the_others,
          values_grow_and_shrink, a_program_that_starts_over_and_over_leaves_nothing,
          ten_thousand_attributes_are_found_like_ten)
