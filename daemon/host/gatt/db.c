/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GATT database: a table from handle to attribute, the services in order, and an index by
 * type. Reading it is here; filling and emptying it is in db-build.c.
 */
#include "host/gatt/db.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/gatt/db-internal.h"

struct qb_gatt_db *qb_gatt_db_new(void)
{
	return calloc(1, sizeof(struct qb_gatt_db));
}

void qb_gatt_db_free(struct qb_gatt_db *db)
{
	if (!db)
		return;
	qb_gatt_db_clear(db, 1, UINT16_MAX);
	qb_db_index_done(&db->index);
	free(db->services);
	free(db->attrs);
	free(db);
}

static struct qb_attr *get(const struct qb_gatt_db *db, uint16_t handle)
{
	return handle < db->room_attrs ? db->attrs[handle] : NULL;
}

const struct qb_attr *qb_gatt_db_get(const struct qb_gatt_db *db, uint16_t handle)
{
	return get(db, handle);
}

unsigned qb_gatt_db_service_position(const struct qb_gatt_db *db, uint16_t handle)
{
	unsigned low = 0, high = db->n_services;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (db->services[mid]->handle < handle)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct qb_attr *qb_gatt_db_next(const struct qb_gatt_db *db, uint16_t handle)
{
	const struct qb_attr *attr = get(db, handle);
	unsigned pos;

	/* There are no gaps inside a service. */
	if (attr)
		return attr;
	pos = qb_gatt_db_service_position(db, handle);
	return pos < db->n_services ? db->services[pos] : NULL;
}

/* Handle 0 is no attribute's, so a search that found nothing leads to NULL. */
const struct qb_attr *qb_gatt_db_next_of_type(const struct qb_gatt_db *db,
                                              const struct qb_uuid *type, uint16_t handle)
{
	return get(db, qb_db_index_next(&db->index, QB_DB_BY_TYPE, type, handle));
}

const struct qb_attr *qb_gatt_db_next_service(const struct qb_gatt_db *db,
                                              const struct qb_uuid *service, uint16_t handle)
{
	return get(db, qb_db_index_next(&db->index, QB_DB_BY_SERVICE, service, handle));
}

/* The service that an attribute, not its declaration, lies in. */
static const struct qb_attr *service_of(const struct qb_gatt_db *db, uint16_t handle)
{
	return db->services[qb_gatt_db_service_position(db, handle) - 1];
}

uint16_t qb_gatt_db_group_end(const struct qb_gatt_db *db, const struct qb_attr *attr)
{
	const struct qb_attr *next;
	uint16_t end;

	switch (attr->kind) {
	case QB_ATTR_SERVICE: return attr->end;
	case QB_ATTR_CHARACTERISTIC:
		end = service_of(db, attr->handle)->end;
		/* Its value is there in any case, so the sum does not overflow. */
		next = qb_gatt_db_next_of_type(db, &attr->type, (uint16_t)(attr->handle + 1));
		return next && next->handle <= end ? (uint16_t)(next->handle - 1) : end;
	default: return attr->handle;
	}
}

uint16_t qb_gatt_db_last(const struct qb_gatt_db *db)
{
	return db->n_services ? db->services[db->n_services - 1]->end : 0;
}

uint64_t qb_gatt_db_digest(const struct qb_gatt_db *db)
{
	return db->digest;
}

static int reserve(struct qb_attr *attr, size_t len)
{
	bool own = attr->value != qb_attr_inline(attr);
	uint8_t *value;

	if (len <= attr->room)
		return 0;
	value = realloc(own ? attr->value : NULL, len);
	if (!value)
		return -ENOMEM;
	if (!own && attr->len)
		memcpy(value, attr->value, attr->len);
	attr->value = value;
	attr->room = (uint16_t)len;
	return 0;
}

int qb_gatt_db_reserve(struct qb_gatt_db *db, uint16_t handle, size_t len)
{
	struct qb_attr *attr = get(db, handle);

	if (!attr || (attr->kind != QB_ATTR_VALUE && attr->kind != QB_ATTR_DESCRIPTOR))
		return -ENOENT;
	if (len > QB_VALUE_MAX)
		return -EMSGSIZE;
	return reserve(attr, len);
}

int qb_gatt_db_set_value(struct qb_gatt_db *db, uint16_t handle, const uint8_t *value, size_t len)
{
	struct qb_attr *attr = get(db, handle);
	int r = qb_gatt_db_reserve(db, handle, len);

	if (r < 0)
		return r;
	if (len)
		memcpy(attr->value, value, len);
	attr->len = (uint16_t)len;
	return 0;
}
