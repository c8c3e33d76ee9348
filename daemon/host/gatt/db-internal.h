/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the database share. */
#pragma once

#include "host/gatt/db-index.h"
#include "host/gatt/db.h"

struct qb_gatt_db {
	struct qb_attr **attrs; /* by handle; NULL where there is none */
	size_t room_attrs;
	struct qb_attr **services; /* their declarations, by handle */
	unsigned n_services, room_services;
	struct qb_db_index index;
	/* Being filled: a service, the characteristic last begun in it, and how far it may go. */
	struct qb_attr *service, *characteristic;
	uint16_t limit;
	uint64_t digest; /* the sum of the attributes' */
};

/* The first value of an attribute lies right behind it, in the same piece of memory. */
static inline uint8_t *qb_attr_inline(struct qb_attr *attr)
{
	return (uint8_t *)(attr + 1);
}

/* The position of the first service at or after a handle; n_services if there is none. */
unsigned qb_gatt_db_service_position(const struct qb_gatt_db *db, uint16_t handle);
