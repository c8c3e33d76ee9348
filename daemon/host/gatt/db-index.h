/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The database's index: for every key the handles that have it, in order. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/uuid.h"

/* What a UUID is a key for. */
enum qb_db_key {
	QB_DB_BY_TYPE,    /* attributes of this type */
	QB_DB_BY_SERVICE, /* declarations of primary services of this UUID */
};

struct qb_db_keyed; /* the handles of one key */

struct qb_db_index {
	struct qb_db_keyed **buckets;
	size_t n_buckets, n_keys;
};

/* Adds a handle that the key does not have. -ENOMEM. */
int qb_db_index_add(struct qb_db_index *index, enum qb_db_key kind, const struct qb_uuid *uuid,
                    uint16_t handle);

/* Removes the handles from..to from every key. */
void qb_db_index_remove(struct qb_db_index *index, uint16_t from, uint16_t to);

/* The key's first handle at or after the given one, or 0. */
uint16_t qb_db_index_next(const struct qb_db_index *index, enum qb_db_key kind,
                          const struct qb_uuid *uuid, uint16_t handle);

void qb_db_index_done(struct qb_db_index *index);
