/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A GATT database (Core 5.4, Vol 3, Part G, 2.6 and 3), independent of any link. Handles lead
 * straight to their attributes and every attribute type has an index by handle, so an answer
 * costs the same in a database of ten attributes or of ten thousand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/limits.h"
#include "util/uuid.h"

/* Attribute types that the database itself knows. */
enum {
	QB_GATT_PRIMARY_SERVICE = 0x2800,
	QB_GATT_SECONDARY_SERVICE = 0x2801,
	QB_GATT_INCLUDE = 0x2802,
	QB_GATT_CHARACTERISTIC = 0x2803,
	QB_GATT_EXT_PROPERTIES = 0x2900,
	QB_GATT_CCCD = 0x2902,
	QB_GATT_SERVICE_GENERIC_ACCESS = 0x1800,
	QB_GATT_SERVICE_GENERIC_ATTRIBUTE = 0x1801,
	QB_GATT_DEVICE_NAME = 0x2a00,
	QB_GATT_APPEARANCE = 0x2a01,
	QB_GATT_PREFERRED_PARAMS = 0x2a04,
	QB_GATT_SERVICE_CHANGED = 0x2a05,
	QB_GATT_CENTRAL_ADDR_RESOLUTION = 0x2aa6,
	QB_GATT_RPA_ONLY = 0x2ac9,
};

/* Characteristic properties (3.3.1.1), the same bits as the document's chara_prop. */
enum {
	QB_PROP_BROADCAST = 0x01,
	QB_PROP_READ = 0x02,
	QB_PROP_WRITE_CMD = 0x04,
	QB_PROP_WRITE = 0x08,
	QB_PROP_NOTIFY = 0x10,
	QB_PROP_INDICATE = 0x20,
	QB_PROP_SIGNED_WRITE = 0x40,
	QB_PROP_EXTENDED = 0x80,
};

/* Permissions, the same bits as the document's permission. */
enum {
	QB_PERM_READ = 0x0001,
	QB_PERM_WRITE = 0x0002,
	QB_PERM_READ_AUTHEN = 0x0004,
	QB_PERM_READ_AUTHOR = 0x0008,
	QB_PERM_READ_ENCRYPT = 0x0010,
	QB_PERM_READ_MITM = 0x0020,
	QB_PERM_WRITE_AUTHEN = 0x0040,
	QB_PERM_WRITE_AUTHOR = 0x0080,
	QB_PERM_WRITE_ENCRYPT = 0x0100,
	QB_PERM_WRITE_MITM = 0x0200,
	QB_PERM_ALL = 0x03ff,
};

enum qb_attr_kind {
	QB_ATTR_SERVICE,
	QB_ATTR_INCLUDE,
	QB_ATTR_CHARACTERISTIC, /* the declaration */
	QB_ATTR_VALUE,
	QB_ATTR_DESCRIPTOR,
};

struct qb_attr {
	uint16_t handle;
	uint16_t permissions;
	/* Of a service its last handle; of a value or a descriptor its value's handle. */
	uint16_t end;
	uint8_t kind;
	uint8_t properties; /* of a value and its descriptors: the characteristic's */
	struct qb_uuid type;
	uint16_t len, room;
	uint8_t *value;
};

struct qb_gatt_db;

/* NULL if memory is out. */
struct qb_gatt_db *qb_gatt_db_new(void);
void qb_gatt_db_free(struct qb_gatt_db *db);

/* Removes every service that has a handle in from..to, with all that is in it. */
void qb_gatt_db_clear(struct qb_gatt_db *db, uint16_t from, uint16_t to);

/*
 * Building: a service begins at the given handle (past the last one in use, or anywhere in a
 * gap that will hold it), and the calls that follow fill it, one handle after the other, until
 * the next service begins. Each returns the new attribute's handle (a characteristic: its value's),
 * or -ENOSPC (no handle left, or the next service is in the way), -EINVAL (out of order, value too
 * long, handle in use, a declaration's UUID for a value or a descriptor), -ENOMEM. An include names
 * an earlier service by its declaration's handle.
 */
int qb_gatt_db_add_service(struct qb_gatt_db *db, uint16_t handle, bool primary,
                           const struct qb_uuid *uuid);
int qb_gatt_db_add_include(struct qb_gatt_db *db, uint16_t service);
int qb_gatt_db_add_characteristic(struct qb_gatt_db *db, uint8_t properties,
                                  const struct qb_uuid *uuid, uint16_t permissions,
                                  const uint8_t *value, size_t len);
int qb_gatt_db_add_descriptor(struct qb_gatt_db *db, const struct qb_uuid *uuid,
                              uint16_t permissions, const uint8_t *value, size_t len);

/* The attribute at a handle, or NULL. Valid until the next change of the database. */
const struct qb_attr *qb_gatt_db_get(const struct qb_gatt_db *db, uint16_t handle);

/* The first attribute at or after a handle, or NULL. */
const struct qb_attr *qb_gatt_db_next(const struct qb_gatt_db *db, uint16_t handle);

/* The first attribute of a type at or after a handle, or NULL. */
const struct qb_attr *qb_gatt_db_next_of_type(const struct qb_gatt_db *db,
                                              const struct qb_uuid *type, uint16_t handle);

/*
 * The first primary service with a service UUID whose declaration stands at or after a handle, or
 * NULL.
 */
const struct qb_attr *qb_gatt_db_next_service(const struct qb_gatt_db *db,
                                              const struct qb_uuid *service, uint16_t handle);

/*
 * The last handle of the group that an attribute begins (2.5.3): of a service its last one, of a
 * characteristic the one before the next characteristic, of any other attribute its own.
 */
uint16_t qb_gatt_db_group_end(const struct qb_gatt_db *db, const struct qb_attr *attr);

/* The highest handle in use, 0 if the database is empty. */
uint16_t qb_gatt_db_last(const struct qb_gatt_db *db);

/*
 * A number for all that a client discovers and may keep: handles, types and declarations, but no
 * values. Two databases that differ in them have different ones, as good as always.
 */
uint64_t qb_gatt_db_digest(const struct qb_gatt_db *db);

/*
 * Stores a value of up to QB_VALUE_MAX octets. -ENOENT if the handle's attribute is no value and
 * no descriptor, -EMSGSIZE, -ENOMEM.
 */
int qb_gatt_db_set_value(struct qb_gatt_db *db, uint16_t handle, const uint8_t *value, size_t len);

/* Makes room, so that storing a value of up to len octets does not fail; errors likewise. */
int qb_gatt_db_reserve(struct qb_gatt_db *db, uint16_t handle, size_t len);
