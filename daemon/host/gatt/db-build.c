/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling and emptying the GATT database (Core 5.4, Vol 3, Part G, 3.1 to 3.3). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/gatt/db-internal.h"
#include "host/gatt/db.h"
#include "util/le.h"

#define ATTRS_MIN 32

static int grow_attrs(struct qb_gatt_db *db, uint16_t handle)
{
	size_t room = db->room_attrs ? db->room_attrs : ATTRS_MIN;
	struct qb_attr **attrs;

	if (handle < db->room_attrs)
		return 0;
	while (room <= handle)
		room *= 2;
	attrs = realloc(db->attrs, room * sizeof(struct qb_attr *));
	if (!attrs)
		return -ENOMEM;
	for (size_t i = db->room_attrs; i < room; i++)
		attrs[i] = NULL;
	db->attrs = attrs;
	db->room_attrs = room;
	return 0;
}

static struct qb_attr *attr_new(uint16_t handle, enum qb_attr_kind kind, const struct qb_uuid *type,
                                uint16_t permissions, const uint8_t *value, size_t len)
{
	struct qb_attr *attr = malloc(sizeof(*attr) + len);

	if (!attr)
		return NULL;
	*attr = (struct qb_attr){
	        .handle = handle,
	        .permissions = permissions,
	        .kind = kind,
	        .type = *type,
	        .len = (uint16_t)len,
	        .room = (uint16_t)len,
	        .value = qb_attr_inline(attr),
	};
	if (len)
		memcpy(attr->value, value, len);
	return attr;
}

static void attr_free(struct qb_attr *attr)
{
	if (attr->value != qb_attr_inline(attr))
		free(attr->value);
	free(attr);
}

static uint64_t digest_of(uint64_t digest, const uint8_t *p, size_t len)
{
	/* FNV-1a. */
	for (size_t i = 0; i < len; i++)
		digest = (digest ^ p[i]) * 0x100000001b3;
	return digest;
}

/* Of what never changes in it. */
static uint64_t attr_digest(const struct qb_attr *attr)
{
	bool declares = attr->kind != QB_ATTR_VALUE && attr->kind != QB_ATTR_DESCRIPTOR;
	uint8_t handle[2];
	uint64_t digest;

	qb_put_le16(handle, attr->handle);
	digest = digest_of(0xcbf29ce484222325, handle, sizeof(handle));
	digest = digest_of(digest, attr->type.b, sizeof(attr->type.b));
	if (declares)
		digest = digest_of(digest, attr->value, attr->len);
	/* Its last octets have not reached all bits yet, and the digests are to be added up. */
	digest = (digest ^ digest >> 32) * 0x9e3779b97f4a7c15;
	return digest ^ digest >> 29;
}

/* Puts a new attribute in its place; NULL, and nothing is changed, if memory is out. */
static struct qb_attr *place(struct qb_gatt_db *db, uint16_t handle, enum qb_attr_kind kind,
                             const struct qb_uuid *type, uint16_t permissions, const uint8_t *value,
                             size_t len)
{
	struct qb_attr *attr;

	if (grow_attrs(db, handle))
		return NULL;
	attr = attr_new(handle, kind, type, permissions, value, len);
	if (!attr)
		return NULL;
	if (qb_db_index_add(&db->index, QB_DB_BY_TYPE, type, handle)) {
		attr_free(attr);
		return NULL;
	}
	db->attrs[handle] = attr;
	db->digest += attr_digest(attr);
	return attr;
}

static void take_away(struct qb_gatt_db *db, uint16_t from, uint16_t to)
{
	qb_db_index_remove(&db->index, from, to);
	for (unsigned handle = from; handle <= to; handle++) {
		if (!db->attrs[handle])
			continue;
		db->digest -= attr_digest(db->attrs[handle]);
		attr_free(db->attrs[handle]);
		db->attrs[handle] = NULL;
	}
}

void qb_gatt_db_clear(struct qb_gatt_db *db, uint16_t from, uint16_t to)
{
	unsigned first = qb_gatt_db_service_position(db, from), past;

	if (first && db->services[first - 1]->end >= from)
		first--;
	for (past = first; past < db->n_services && db->services[past]->handle <= to; past++)
		if (db->services[past] == db->service)
			db->service = db->characteristic = NULL;
	if (past == first)
		return;
	take_away(db, db->services[first]->handle, db->services[past - 1]->end);
	memmove(db->services + first, db->services + past,
	        (db->n_services - past) * sizeof(struct qb_attr *));
	db->n_services -= past - first;
	/* A service that is being filled may go on where others have made way. */
	if (db->service) {
		unsigned next = qb_gatt_db_service_position(db, db->service->handle) + 1;

		db->limit = next < db->n_services ? db->services[next]->handle - 1 : UINT16_MAX;
	}
}

static size_t put_uuid(uint8_t *p, const struct qb_uuid *uuid)
{
	uint16_t u;

	if (qb_uuid_to_16(uuid, &u)) {
		qb_put_le16(p, u);
		return 2;
	}
	memcpy(p, uuid->b, sizeof(uuid->b));
	return sizeof(uuid->b);
}

static int add_to_services(struct qb_gatt_db *db, unsigned pos, struct qb_attr *service)
{
	if (db->n_services == db->room_services) {
		unsigned room = db->room_services ? db->room_services * 2 : 8;
		struct qb_attr **services = realloc(db->services, room * sizeof(struct qb_attr *));

		if (!services)
			return -ENOMEM;
		db->services = services;
		db->room_services = room;
	}
	memmove(db->services + pos + 1, db->services + pos,
	        (db->n_services - pos) * sizeof(struct qb_attr *));
	db->services[pos] = service;
	db->n_services++;
	return 0;
}

int qb_gatt_db_add_service(struct qb_gatt_db *db, uint16_t handle, bool primary,
                           const struct qb_uuid *uuid)
{
	struct qb_uuid type = qb_uuid_from_16(primary ? QB_GATT_PRIMARY_SERVICE
	                                              : QB_GATT_SECONDARY_SERVICE);
	unsigned pos = qb_gatt_db_service_position(db, handle);
	struct qb_attr *service;
	uint8_t value[16];
	size_t len = put_uuid(value, uuid);

	if (!handle || (pos < db->n_services && db->services[pos]->handle == handle) ||
	    (pos && db->services[pos - 1]->end >= handle))
		return -EINVAL;
	service = place(db, handle, QB_ATTR_SERVICE, &type, QB_PERM_READ, value, len);
	if (!service)
		return -ENOMEM;
	service->end = handle;
	if ((primary && qb_db_index_add(&db->index, QB_DB_BY_SERVICE, uuid, handle)) ||
	    add_to_services(db, pos, service)) {
		take_away(db, handle, handle);
		return -ENOMEM;
	}
	db->service = service;
	db->characteristic = NULL;
	db->limit = pos + 1 < db->n_services ? db->services[pos + 1]->handle - 1 : UINT16_MAX;
	return handle;
}

/* Declarations are made by the calls for them only, so that their type says what they hold. */
static bool is_declaration(const struct qb_uuid *uuid)
{
	uint16_t u;

	return qb_uuid_to_16(uuid, &u) && u >= QB_GATT_PRIMARY_SERVICE &&
	       u <= QB_GATT_CHARACTERISTIC;
}

/* 0, or why the service that is being filled does not take n attributes more. */
static int check_room(const struct qb_gatt_db *db, unsigned n, size_t len)
{
	if (!db->service || len > QB_VALUE_MAX)
		return -EINVAL;
	return db->limit - db->service->end < (int)n ? -ENOSPC : 0;
}

int qb_gatt_db_add_include(struct qb_gatt_db *db, uint16_t service)
{
	const struct qb_attr *included = qb_gatt_db_get(db, service);
	struct qb_uuid type = qb_uuid_from_16(QB_GATT_INCLUDE);
	int r = check_room(db, 1, 0);
	uint8_t value[6];
	size_t len = 4;

	if (r < 0)
		return r;
	/* Includes come before the characteristics (3.1). */
	if (!included || included->kind != QB_ATTR_SERVICE || included == db->service ||
	    db->characteristic)
		return -EINVAL;
	qb_put_le16(value, included->handle);
	qb_put_le16(value + 2, included->end);
	/* Only a 16-bit UUID is part of the declaration (3.2). */
	if (included->len == 2) {
		memcpy(value + 4, included->value, 2);
		len += 2;
	}
	if (!place(db, (uint16_t)(db->service->end + 1), QB_ATTR_INCLUDE, &type, QB_PERM_READ,
	           value, len))
		return -ENOMEM;
	return ++db->service->end;
}

int qb_gatt_db_add_characteristic(struct qb_gatt_db *db, uint8_t properties,
                                  const struct qb_uuid *uuid, uint16_t permissions,
                                  const uint8_t *value, size_t len)
{
	struct qb_uuid type = qb_uuid_from_16(QB_GATT_CHARACTERISTIC);
	struct qb_attr *declaration, *attr;
	int r = check_room(db, 2, len);
	uint8_t decl[3 + 16];
	uint16_t handle;

	if (r < 0)
		return r;
	if (is_declaration(uuid))
		return -EINVAL;
	handle = (uint16_t)(db->service->end + 1);
	decl[0] = properties;
	qb_put_le16(decl + 1, (uint16_t)(handle + 1));
	declaration = place(db, handle, QB_ATTR_CHARACTERISTIC, &type, QB_PERM_READ, decl,
	                    3 + put_uuid(decl + 3, uuid));
	if (!declaration)
		return -ENOMEM;
	attr = place(db, (uint16_t)(handle + 1), QB_ATTR_VALUE, uuid, permissions, value, len);
	if (!attr) {
		take_away(db, handle, handle);
		return -ENOMEM;
	}
	attr->properties = properties;
	attr->end = attr->handle;
	db->characteristic = attr;
	db->service->end = attr->handle;
	return attr->handle;
}

int qb_gatt_db_add_descriptor(struct qb_gatt_db *db, const struct qb_uuid *uuid,
                              uint16_t permissions, const uint8_t *value, size_t len)
{
	int r = check_room(db, 1, len);
	struct qb_attr *attr;

	if (r < 0)
		return r;
	if (!db->characteristic || is_declaration(uuid))
		return -EINVAL;
	attr = place(db, (uint16_t)(db->service->end + 1), QB_ATTR_DESCRIPTOR, uuid, permissions,
	             value, len);
	if (!attr)
		return -ENOMEM;
	attr->properties = db->characteristic->properties;
	attr->end = db->characteristic->handle;
	db->service->end = attr->handle;
	return attr->handle;
}
