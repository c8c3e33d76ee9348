/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The application's services: staged by the Add… calls, then published into the host's database,
 * where only their ids and handles are kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/uuid.h"

struct qb_ble;

/* Handles of the system's own services, and the first one after them. */
#define QB_SYSTEM_LAST        15
#define QB_SYSTEM_DEVICE_NAME 3

#define QB_NAME_MAX 29

struct qb_staged_desc {
	struct qb_staged_desc *next;
	struct qb_uuid uuid;
	uint16_t permissions;
	uint16_t len;
	uint8_t value[];
};

struct qb_chara {
	struct qb_chara *next;
	uint32_t id;
	struct qb_uuid uuid;
	uint8_t properties;
	uint16_t handle; /* of its value; 0 while it is staged */
	/* Only while it is staged. */
	bool has_value; /* AddCharaValue was called */
	uint16_t permissions;
	uint16_t len;
	uint8_t *value;
	struct qb_staged_desc *descs;
	unsigned n_descs;
};

struct qb_service {
	struct qb_service *next;
	uint32_t id;
	bool primary, published;
	struct qb_uuid uuid;
	struct qb_chara *charas;
};

struct qb_services {
	struct qb_service *first; /* in the order of the calls, so the published ones first */
	unsigned n_services, n_charas, n_descs;
	bool system; /* the system's services are in the database */
	uint8_t name[QB_NAME_MAX];
	uint8_t name_len;
};

/* With the system's services in the database. 0 or -ENOMEM. */
int qb_services_init(struct qb_ble *ble);
void qb_services_free(struct qb_ble *ble);

/* Back to what it was in the beginning; the name stays. */
void qb_services_reset(struct qb_ble *ble);

/* staging.c */
struct qb_service *qb_service_find(struct qb_services *services, uint32_t id);
struct qb_chara *qb_chara_find(struct qb_service *service, uint32_t id);
void qb_chara_unstage(struct qb_chara *chara);
/* Frees every service and forgets it. */
void qb_services_drop(struct qb_services *services);
