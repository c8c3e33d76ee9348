/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A database with one of everything: long and empty values, every permission, both kinds of UUID.
 */
#pragma once

#include "fuzz.h"
#include "host/gatt/db.h"

/* Service Changed, which tells of new services. */
#define FUZZ_SERVICE_CHANGED 5

void fuzz_database_fill(struct qb_gatt_db *db);

/* Every value as it was filled in. */
void fuzz_database_restore(struct qb_gatt_db *db);

/* A handle that is there, mostly; the input may choose any. */
uint16_t fuzz_database_handle(struct fuzz *fuzz);

/* A UUID in 2 or 16 octets, mostly one that is there; returns its length. */
size_t fuzz_database_uuid(struct fuzz *fuzz, uint8_t ret[16]);
