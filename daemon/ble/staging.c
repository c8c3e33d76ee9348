/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Staging services: addService, addChara, addCharaValue, addCharaDesc, changeCharaValue. */
#include <stdlib.h>
#include <string.h>

#include "ble/calls.h"

struct qb_service *qb_service_find(struct qb_services *services, uint32_t id)
{
	struct qb_service *service = services->first;

	while (service && service->id != id)
		service = service->next;
	return service;
}

struct qb_chara *qb_chara_find(struct qb_service *service, uint32_t id)
{
	struct qb_chara *chara = service->charas;

	while (chara && chara->id != id)
		chara = chara->next;
	return chara;
}

void qb_chara_unstage(struct qb_chara *chara)
{
	struct qb_staged_desc *desc;

	while ((desc = chara->descs)) {
		chara->descs = desc->next;
		free(desc);
	}
	free(chara->value);
	chara->value = NULL;
	chara->len = 0;
}

void qb_services_drop(struct qb_services *services)
{
	struct qb_service *service;
	struct qb_chara *chara;

	while ((service = services->first)) {
		services->first = service->next;
		while ((chara = service->charas)) {
			service->charas = chara->next;
			qb_chara_unstage(chara);
			free(chara);
		}
		free(service);
	}
	services->n_services = services->n_charas = services->n_descs = 0;
}

/* What may be read and written by default follows from the properties. */
static uint16_t default_permissions(uint8_t properties)
{
	uint16_t permissions = 0;

	if (properties & QB_PROP_READ)
		permissions |= QB_PERM_READ;
	if (properties & (QB_PROP_WRITE | QB_PROP_WRITE_CMD | QB_PROP_SIGNED_WRITE))
		permissions |= QB_PERM_WRITE;
	return permissions;
}

/*
 * The declarations' own types would make a database that no client can read (Core 5.4, Vol 3,
 * Part G, 3).
 */
static bool is_declaration(const struct qb_uuid *uuid)
{
	uint16_t u;

	return qb_uuid_to_16(uuid, &u) && u >= QB_GATT_PRIMARY_SERVICE &&
	       u <= QB_GATT_CHARACTERISTIC;
}

static bool take_uuid(struct qb_pending *pending, const struct qb_value *args, struct qb_uuid *ret)
{
	char text[QB_UUID_STR_SIZE];

	if (!qb_arg_uuid(pending, args, ret))
		return false;
	if (!is_declaration(ret))
		return true;
	qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
	             "the UUID 0x%s is that of a declaration (0x2800..0x2803)",
	             qb_uuid_str(ret, text));
	return false;
}

/* A staged service, to be added to; if there is none, ends the call. */
static struct qb_service *staged_service(struct qb_pending *pending, uint32_t id)
{
	struct qb_service *service = qb_service_find(&pending->ble->services, id);

	if (!service)
		qb_call_fail(pending, QB_ERR_NOT_FOUND,
		             "server_id %u is unknown: AddService comes first", id);
	else if (service->published)
		qb_call_fail(pending, QB_ERR_NOT_PERMITTED,
		             "server_id %u is published: AddOrClearService(0, mode) comes first",
		             id);
	else
		return service;
	return NULL;
}

static struct qb_chara *chara_of(struct qb_pending *pending, struct qb_service *service,
                                 uint32_t id)
{
	struct qb_chara *chara = qb_chara_find(service, id);

	if (!chara)
		qb_call_fail(pending, QB_ERR_NOT_FOUND,
		             "chara_id %u is unknown in server_id %u: AddChara comes first", id,
		             service->id);
	return chara;
}

static struct qb_chara *staged_chara(struct qb_pending *pending, const struct qb_value *args)
{
	struct qb_service *service = staged_service(pending, args[0].u);

	return service ? chara_of(pending, service, args[1].u) : NULL;
}

static void out_of_memory(struct qb_pending *pending)
{
	qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
}

void qb_run_add_service(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	struct qb_service *service, **link = &services->first;
	uint32_t id = args[1].u;
	struct qb_uuid uuid;

	if (!qb_ble_has_role(pending, QB_SERVER) || !take_uuid(pending, args + 2, &uuid))
		return;
	service = qb_service_find(services, id);
	if (service) {
		qb_call_fail(pending, QB_ERR_ALREADY_EXISTS, "server_id %u is %s already", id,
		             service->published ? "published" : "staged");
		return;
	}
	if (services->n_services == QB_SERVICES_MAX) {
		qb_call_fail(pending, QB_ERR_LIMIT_EXCEEDED, "there are %u services already",
		             services->n_services);
		return;
	}
	service = calloc(1, sizeof(*service));
	if (!service) {
		out_of_memory(pending);
		return;
	}
	service->id = id;
	service->primary = args[0].u == 1;
	service->uuid = uuid;
	while (*link)
		link = &(*link)->next;
	*link = service;
	services->n_services++;
	qb_call_ok(pending);
}

void qb_run_add_chara(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	struct qb_service *service;
	struct qb_chara *chara, **link;
	uint32_t id = args[1].u;
	struct qb_uuid uuid;

	if (!qb_ble_has_role(pending, QB_SERVER) || !take_uuid(pending, args + 3, &uuid))
		return;
	service = staged_service(pending, args[0].u);
	if (!service)
		return;
	if (qb_chara_find(service, id)) {
		qb_call_fail(pending, QB_ERR_ALREADY_EXISTS,
		             "chara_id %u is in server_id %u already", id, service->id);
		return;
	}
	if (services->n_charas == QB_CHARAS_MAX) {
		qb_call_fail(pending, QB_ERR_LIMIT_EXCEEDED, "there are %u characteristics already",
		             services->n_charas);
		return;
	}
	chara = calloc(1, sizeof(*chara));
	if (!chara) {
		out_of_memory(pending);
		return;
	}
	chara->id = id;
	chara->uuid = uuid;
	chara->properties = (uint8_t)args[2].u;
	chara->permissions = default_permissions(chara->properties);
	for (link = &service->charas; *link; link = &(*link)->next)
		;
	*link = chara;
	services->n_charas++;
	qb_call_ok(pending);
}

static bool stage_value(struct qb_chara *chara, const struct qb_value *value)
{
	uint8_t *copy = malloc(value->len + 1);

	if (!copy)
		return false;
	if (value->len)
		memcpy(copy, value->data, value->len);
	free(chara->value);
	chara->value = copy;
	chara->len = (uint16_t)value->len;
	return true;
}

void qb_run_add_chara_value(struct qb_ble *ble, const struct qb_value *args,
                            struct qb_pending *pending)
{
	struct qb_chara *chara;
	struct qb_uuid uuid; /* the characteristic's own is what counts */

	if (!qb_ble_has_role(pending, QB_SERVER) || !qb_arg_uuid(pending, args + 3, &uuid))
		return;
	chara = staged_chara(pending, args);
	if (!chara)
		return;
	if (chara->has_value) {
		qb_call_fail(pending, QB_ERR_ALREADY_EXISTS,
		             "chara_id %u has its value already: ChangeCharaValue changes it",
		             chara->id);
		return;
	}
	if (!stage_value(chara, &args[6])) {
		out_of_memory(pending);
		return;
	}
	chara->permissions = (uint16_t)args[2].u;
	chara->has_value = true;
	qb_call_ok(pending);
}

/* Descriptors of which a characteristic has one at most (Core 5.4, Vol 3, Part G, 3.3.3). */
static bool is_single(const struct qb_uuid *uuid)
{
	uint16_t u;

	return qb_uuid_to_16(uuid, &u) && u >= QB_GATT_EXT_PROPERTIES && u <= QB_GATT_CCCD + 1;
}

void qb_run_add_chara_desc(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	struct qb_staged_desc *desc, **link;
	struct qb_chara *chara;
	struct qb_uuid uuid;
	char text[QB_UUID_STR_SIZE];

	if (!qb_ble_has_role(pending, QB_SERVER) || !take_uuid(pending, args + 3, &uuid))
		return;
	chara = staged_chara(pending, args);
	if (!chara)
		return;
	for (link = &chara->descs; *link; link = &(*link)->next) {
		if (is_single(&uuid) && qb_uuid_equal(&(*link)->uuid, &uuid)) {
			qb_call_fail(pending, QB_ERR_ALREADY_EXISTS,
			             "chara_id %u has a descriptor 0x%s already", chara->id,
			             qb_uuid_str(&uuid, text));
			return;
		}
	}
	if (services->n_descs == QB_DESCS_MAX) {
		qb_call_fail(pending, QB_ERR_LIMIT_EXCEEDED, "there are %u descriptors already",
		             services->n_descs);
		return;
	}
	desc = malloc(sizeof(*desc) + args[6].len);
	if (!desc) {
		out_of_memory(pending);
		return;
	}
	*desc = (struct qb_staged_desc){
	        .uuid = uuid,
	        .permissions = (uint16_t)args[2].u,
	        .len = (uint16_t)args[6].len,
	};
	if (desc->len)
		memcpy(desc->value, args[6].data, desc->len);
	*link = desc;
	services->n_descs++;
	qb_call_ok(pending);
}

void qb_run_change_chara_value(struct qb_ble *ble, const struct qb_value *args,
                               struct qb_pending *pending)
{
	struct qb_service *service;
	struct qb_chara *chara;
	bool stored;

	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	service = qb_service_find(&ble->services, args[0].u);
	if (!service) {
		qb_call_fail(pending, QB_ERR_NOT_FOUND, "server_id %u is unknown", args[0].u);
		return;
	}
	chara = chara_of(pending, service, args[1].u);
	if (!chara)
		return;
	if (chara->handle)
		stored = !qb_gatt_db_set_value(ble->host->db, chara->handle, args[2].data,
		                               args[2].len);
	else
		stored = stage_value(chara, &args[2]);
	if (stored)
		qb_call_ok(pending);
	else
		out_of_memory(pending);
}
