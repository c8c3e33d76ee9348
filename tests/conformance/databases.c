/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two databases that the test purposes are run against, as tables. */
#include <string.h>

#include "att_peer.h"
#include "purposes.h"

enum kind { PRIMARY, SECONDARY, INCLUDE, VALUE, DESCRIPTOR };

struct attribute {
	enum kind kind;
	uint16_t handle; /* of a value: the value's; of an include: also the included service in end
	                  */
	const char *type;
	uint8_t properties;
	uint16_t permissions;
	const char *value;
	uint16_t service;
};

#define R  QB_PROP_READ
#define W  QB_PROP_WRITE
#define C  QB_PROP_WRITE_CMD
#define N  QB_PROP_NOTIFY
#define I  QB_PROP_INDICATE
#define X  QB_PROP_EXTENDED
#define RO QB_PERM_READ
#define WO QB_PERM_WRITE
#define RW (QB_PERM_READ | QB_PERM_WRITE)

/* What reading and writing demand. */
#define AUTHOR  (RW | QB_PERM_READ_AUTHOR | QB_PERM_WRITE_AUTHOR)
#define AUTHEN  (RW | QB_PERM_READ_AUTHEN | QB_PERM_WRITE_AUTHEN)
#define ENCRYPT (RW | QB_PERM_READ_ENCRYPT | QB_PERM_WRITE_ENCRYPT)

/* clang-format off */
static const struct attribute small[] = {
	{PRIMARY,    0x0001, "0f18"},
	{VALUE,      0x0003, "192a", R | W | C | N | I, RW, "3132333435"},
	{DESCRIPTOR, 0x0004, "0229", 0, RW, "0000"},
	{DESCRIPTOR, 0x0005, "0129", 0, RO, "6c6576656c"},
	{PRIMARY,    0xfff0, "0018"},
	{INCLUDE,    0xfff1, .service = 0x0001},
	{VALUE,      0xfff3, "002a", R, RO, "736d616c6c"},
	{VALUE,      0xfff5, LONG_UUID, R | W, RW, "09"},
	{VALUE,      0xfff7, "012a", R, RO, "0000"},
};

static const struct attribute large[] = {
	{SECONDARY,  0x0001, "0daa"},
	{VALUE,      0x0003, "07b0", R | W, RW, "41"},
	{SECONDARY,  0x0004, "0eaa"},
	{INCLUDE,    0x0005, .service = 0x0001},
	{PRIMARY,    0x0010, "0018"},
	{VALUE,      0x0012, "002a", R, RO, "6c61726765"},
	{VALUE,      0x0014, "012a", R, RO, "0000"},
	{PRIMARY,    0x0020, "0aaa"},
	{INCLUDE,    0x0021, .service = 0x0001},
	{VALUE,      0x0023, "01b0", R, RO, "41"},
	{VALUE,      0x0025, "02b0", R | W, RW, "00+51"},
	{VALUE,      0x0027, "03b0", W, WO, ""},
	{VALUE,      0x0029, "03b0", W, WO, ""},
	{PRIMARY,    0x0030, "0baa"},
	{PRIMARY,    0x0040, "0baa"},
	{VALUE,      0x0042, "04b0", R | W | N | X, RW, "44"},
	{DESCRIPTOR, 0x0043, "0029", 0, RO, "0100"},
	{DESCRIPTOR, 0x0044, "0129", 0, RW, "61*43"},
	{DESCRIPTOR, 0x0045, "0429", 0, RO, "04000127010000"},
	{DESCRIPTOR, 0x0046, LONG_UUID, 0, RW, "11*44"},
	{DESCRIPTOR, 0x0047, "d1b0", 0, WO, ""},
	{DESCRIPTOR, 0x0048, "0229", 0, RW, "0000"},
	{PRIMARY,    0x0050, "0baa"},
	{VALUE,      0x0052, "06b0", R | I, RO, "45"},
	{DESCRIPTOR, 0x0053, "0229", 0, RW, "0000"},
	{PRIMARY,    0x0060, LONG_SERVICE},
	{INCLUDE,    0x0061, .service = 0x0040},
	{VALUE,      0x0063, LONG_UUID, R | W, RW, "00+60"},
	{PRIMARY,    0x0070, "0caa"},
	{VALUE,      0x0072, "10b0", R | W, AUTHOR, "46"},
	{VALUE,      0x0074, "11b0", R | W, AUTHEN, "46"},
	{VALUE,      0x0076, "12b0", R | W, ENCRYPT, "46"},
	{DESCRIPTOR, 0x0077, "d2b0", 0, AUTHOR, "46"},
	{DESCRIPTOR, 0x0078, "d3b0", 0, AUTHEN, "46"},
	{DESCRIPTOR, 0x0079, "d4b0", 0, ENCRYPT, "46"},
	{PRIMARY,    0x0080, LONG_SERVICE},
	{PRIMARY,    0x0090, "0faa"},
	{INCLUDE,    0x0091, .service = 0x0080},
	{VALUE,      0x0093, "20b0", R, RO, "01"},
	{DESCRIPTOR, 0x0094, "0429", 0, RO, "04000127010100"},
	{VALUE,      0x0096, "21b0", R, RO, "0200"},
	{DESCRIPTOR, 0x0097, "0429", 0, RO, "06000027010200"},
	{VALUE,      0x0099, "22b0", R, RO, "010200"},
	{DESCRIPTOR, 0x009a, "0529", 0, RO, "94009700"},
	{PRIMARY,    0x00a0, "0118"},
	{VALUE,      0x00a2, "052a", I, 0, "00000000"},
	{DESCRIPTOR, 0x00a3, "0229", 0, RW, "0000"},
};
/* clang-format on */

static int add(const struct attribute *attr)
{
	uint8_t value[QB_VALUE_MAX];
	size_t len = attr->value ? octets(attr->value, value, sizeof(value)) : 0;
	struct qb_uuid type;

	if (attr->kind == INCLUDE)
		return qb_gatt_db_add_include(at.db, attr->service);
	type = uuid(attr->type);
	switch (attr->kind) {
	case PRIMARY: return qb_gatt_db_add_service(at.db, attr->handle, true, &type);
	case SECONDARY: return qb_gatt_db_add_service(at.db, attr->handle, false, &type);
	case VALUE:
		return qb_gatt_db_add_characteristic(at.db, attr->properties, &type,
		                                     attr->permissions, value, len);
	default: return qb_gatt_db_add_descriptor(at.db, &type, attr->permissions, value, len);
	}
}

void fill_database(enum database database)
{
	const struct attribute *attrs = database == SMALL ? small : large;
	size_t n = database == SMALL ? sizeof(small) / sizeof(*small)
	                             : sizeof(large) / sizeof(*large);

	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(add(&attrs[i]), attrs[i].handle);
}
