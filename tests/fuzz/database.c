/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database behind fuzzers. */
#include "database.h"

#include <assert.h>
#include <string.h>

#include "util/le.h"

#define HANDLES_MAX 128

static struct {
	uint16_t handle, len;
} values[HANDLES_MAX];
static unsigned n_values;

static uint16_t handles[HANDLES_MAX];
static unsigned n_handles;

static uint8_t pattern[QB_VALUE_MAX];

static const struct qb_uuid long_uuid = {{0x9e, 0xca, 0xdc, 0x24, 0x0e, 0xe5, 0xa9, 0xe0, 0x93,
                                          0xf3, 0xa3, 0xb5, 0x01, 0x00, 0x40, 0x6e}};

static void add(struct qb_gatt_db *db, int handle, size_t len)
{
	assert(handle > 0 && n_values < HANDLES_MAX);
	values[n_values].handle = (uint16_t)handle;
	values[n_values].len = (uint16_t)len;
	n_values++;
}

static void service(struct qb_gatt_db *db, uint16_t handle, bool primary, uint16_t uuid)
{
	struct qb_uuid u = uuid ? qb_uuid_from_16(uuid) : long_uuid;
	int r = qb_gatt_db_add_service(db, handle, primary, &u);

	assert(r == handle);
}

static void chara(struct qb_gatt_db *db, uint8_t properties, uint16_t uuid, uint16_t permissions,
                  size_t len)
{
	struct qb_uuid u = uuid ? qb_uuid_from_16(uuid) : long_uuid;

	add(db, qb_gatt_db_add_characteristic(db, properties, &u, permissions, pattern, len), len);
}

static void desc(struct qb_gatt_db *db, uint16_t uuid, uint16_t permissions, size_t len)
{
	struct qb_uuid u = qb_uuid_from_16(uuid);

	add(db, qb_gatt_db_add_descriptor(db, &u, permissions, pattern, len), len);
}

void fuzz_database_fill(struct qb_gatt_db *db)
{
	static const size_t lengths[] = {0, 1, 19, 20, 21, 22, 23, 243, 244, 511, 512};
	const uint16_t both = QB_PERM_READ | QB_PERM_WRITE;

	for (unsigned i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i + 1);
	service(db, 1, true, QB_GATT_SERVICE_GENERIC_ATTRIBUTE);
	chara(db, QB_PROP_READ | QB_PROP_WRITE, QB_GATT_DEVICE_NAME, both, 5);
	chara(db, QB_PROP_INDICATE, QB_GATT_SERVICE_CHANGED, 0, 4);
	desc(db, QB_GATT_CCCD, both, 2);
	/* Values of every length that an MTU makes a difference to. */
	service(db, 16, true, 0x180f);
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		chara(db, QB_PROP_READ | QB_PROP_WRITE | QB_PROP_WRITE_CMD,
		      (uint16_t)(0x2a00 + (i & 3)), both, lengths[i]);
	service(db, 64, false, 0x1811);
	chara(db, 0xff, 0x2a19, both, 3);
	desc(db, QB_GATT_EXT_PROPERTIES, QB_PERM_READ, 2);
	desc(db, 0x2901, both, 300);
	desc(db, QB_GATT_CCCD, both, 2);
	/* Long UUIDs, an include, and every permission that protects. */
	service(db, 96, true, 0);
	assert(qb_gatt_db_add_include(db, 64) > 0);
	for (unsigned bit = 0; bit < 10; bit++)
		chara(db, QB_PROP_READ | QB_PROP_WRITE | QB_PROP_WRITE_CMD | QB_PROP_NOTIFY, 0,
		      (uint16_t)(1u << bit | (bit & 1 ? both : 0)), 8);
	desc(db, QB_GATT_CCCD, both, 2);
	service(db, 0xfff8, true, 0x180f);
	chara(db, QB_PROP_READ | QB_PROP_NOTIFY | QB_PROP_INDICATE, 0x2a19, QB_PERM_READ, 1);
	desc(db, QB_GATT_CCCD, both, 2);
	desc(db, 0x2901, both, 40);
	desc(db, 0x2904, both, 7);
	desc(db, 0x2905, both, 2);
	desc(db, 0x2906, both, 2);
	assert(qb_gatt_db_last(db) == 0xffff);
	for (const struct qb_attr *attr = qb_gatt_db_next(db, 1); attr;) {
		assert(n_handles < HANDLES_MAX);
		handles[n_handles++] = attr->handle;
		attr = attr->handle < 0xffff ? qb_gatt_db_next(db, attr->handle + 1) : NULL;
	}
}

void fuzz_database_restore(struct qb_gatt_db *db)
{
	for (unsigned i = 0; i < n_values; i++) {
		const struct qb_attr *attr = qb_gatt_db_get(db, values[i].handle);

		if (attr->len != values[i].len || memcmp(attr->value, pattern, attr->len))
			assert(!qb_gatt_db_set_value(db, attr->handle, pattern, values[i].len));
	}
}

uint16_t fuzz_database_handle(struct fuzz *fuzz)
{
	uint8_t how = fuzz_octet(fuzz);

	if (how < n_handles)
		return handles[how];
	switch (how) {
	case 0xff: return 0;
	case 0xfe: return 0xffff;
	case 0xfd: return 1;
	default: return fuzz_u16(fuzz);
	}
}

size_t fuzz_database_uuid(struct fuzz *fuzz, uint8_t ret[16])
{
	static const uint16_t known[] = {0x2800, 0x2801, 0x2802, 0x2803, 0x2900, 0x2901,
	                                 0x2902, 0x2904, 0x2a00, 0x2a01, 0x2a02, 0x2a03,
	                                 0x2a05, 0x2a19, 0x180f, 0x1801, 0x1811};
	uint8_t how = fuzz_octet(fuzz);
	unsigned i = how & 0x1f;
	struct qb_uuid uuid = long_uuid;

	if (i < sizeof(known) / sizeof(known[0]))
		uuid = qb_uuid_from_16(known[i]);
	else if (i < 0x1c)
		uuid = qb_uuid_from_16(fuzz_u16(fuzz));
	if (i < 0x1c && !(how & 0x20)) {
		memcpy(ret, uuid.b + 12, 2);
		return 2;
	}
	memcpy(ret, uuid.b, 16);
	return 16;
}
