/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client has configured and prepared, kept beside the server's own: what it reads and what
 * an execution writes are held against this. While the controller takes no answers it cannot be
 * known.
 */
#pragma once

#include <stdbool.h>

#include "host/gatt/db.h"

/* A new link. */
void fuzz_model_begin(void);

/* From here on nothing is known of the link. */
void fuzz_model_forget(void);
bool fuzz_model_is_known(void);

bool fuzz_is_cccd(const struct qb_attr *attr);

/* An attribute's value as the link has to see it. */
size_t fuzz_model_value(const struct qb_attr *attr, uint8_t ret[QB_VALUE_MAX]);

/* Octets were written over the first ones of a configuration. */
void fuzz_model_configure(uint16_t handle, const uint8_t *octets, size_t len);

/* A Prepare Write Request was answered well. */
void fuzz_model_prepare(const uint8_t *req, size_t len);

/* Before an execution: what it has to make of each attribute. */
void fuzz_model_plan(const struct qb_gatt_db *db);

/* After it: all of that was done and told, as so many writes, or nothing; the queue is empty. */
void fuzz_model_executed(const struct qb_gatt_db *db, bool done, unsigned written);
