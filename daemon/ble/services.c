/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Publishing services: addOrClearService, the system's own services, setLocalName, GetHandle. */
#include <stdlib.h>
#include <string.h>

#include "ble/calls.h"

#define HANDLE_MAX 0xffff

/* So that there is always a handle for what has been staged. */
_Static_assert(QB_SYSTEM_LAST + QB_SERVICES_MAX + 2 * QB_CHARAS_MAX + QB_DESCS_MAX <= HANDLE_MAX,
               "the limits of staging have outgrown the handles");

static void changed(struct qb_ble *ble, uint16_t from, uint16_t to)
{
	qb_list_foreach(elem, &ble->host->links)
	{
		struct qb_link *link = qb_list_entry(elem, struct qb_link, elem);

		qb_gatt_server_changed(&link->server, from, to);
	}
}

/* Takes handles out of the database, and out of what links remember of them. */
static void clear(struct qb_ble *ble, uint16_t from, uint16_t to)
{
	qb_gatt_db_clear(ble->host->db, from, to);
	qb_list_foreach(elem, &ble->host->links)
	{
		struct qb_link *link = qb_list_entry(elem, struct qb_link, elem);

		qb_gatt_server_prune(&link->server);
	}
}

/* The Generic Access and Generic Attribute services (Core 5.4, Vol 3, Part C, 12, and Part G, 7).
 */
static int add_system(struct qb_ble *ble)
{
	/* 30 to 50 ms, no latency, 4.2 s, as we ask for as central ourselves. */
	static const uint8_t preferred[8] = {24, 0, 40, 0, 0, 0, 0xa4, 0x01};
	static const uint8_t zeros[4];
	const struct qb_services *services = &ble->services;
	const struct {
		uint16_t uuid;
		uint8_t properties;
		uint16_t permissions;
		const uint8_t *value;
		size_t len;
	} charas[] = {
	        {QB_GATT_DEVICE_NAME, QB_PROP_READ, QB_PERM_READ, services->name,
	         services->name_len},
	        {QB_GATT_APPEARANCE, QB_PROP_READ, QB_PERM_READ, zeros, 2},
	        {QB_GATT_PREFERRED_PARAMS, QB_PROP_READ, QB_PERM_READ, preferred, 8},
	        {QB_GATT_CENTRAL_ADDR_RESOLUTION, QB_PROP_READ, QB_PERM_READ, zeros, 1},
	        {QB_GATT_RPA_ONLY, QB_PROP_READ, QB_PERM_READ, zeros, 1},
	        {QB_GATT_SERVICE_CHANGED, QB_PROP_INDICATE, 0, zeros, 4},
	};
	struct qb_gatt_db *db = ble->host->db;
	struct qb_uuid gap = qb_uuid_from_16(QB_GATT_SERVICE_GENERIC_ACCESS);
	struct qb_uuid gatt = qb_uuid_from_16(QB_GATT_SERVICE_GENERIC_ATTRIBUTE);
	struct qb_uuid cccd = qb_uuid_from_16(QB_GATT_CCCD);
	int r = qb_gatt_db_add_service(db, 1, true, &gap);

	for (size_t i = 0; r >= 0 && i < sizeof(charas) / sizeof(charas[0]); i++) {
		struct qb_uuid uuid = qb_uuid_from_16(charas[i].uuid);

		if (charas[i].uuid == QB_GATT_SERVICE_CHANGED)
			r = qb_gatt_db_add_service(db, (uint16_t)(r + 1), true, &gatt);
		if (r >= 0)
			r = qb_gatt_db_add_characteristic(db, charas[i].properties, &uuid,
			                                  charas[i].permissions, charas[i].value,
			                                  charas[i].len);
	}
	if (r >= 0)
		r = qb_gatt_db_add_descriptor(db, &cccd, QB_PERM_READ | QB_PERM_WRITE, zeros, 2);
	if (r < 0)
		qb_gatt_db_clear(db, 1, QB_SYSTEM_LAST);
	ble->services.system = r >= 0;
	return r < 0 ? r : 0;
}

int qb_services_init(struct qb_ble *ble)
{
	static const char name[] = "qbled";

	memcpy(ble->services.name, name, sizeof(name) - 1);
	ble->services.name_len = sizeof(name) - 1;
	return add_system(ble);
}

void qb_services_free(struct qb_ble *ble)
{
	qb_services_drop(&ble->services);
}

void qb_services_reset(struct qb_ble *ble)
{
	bool any = qb_gatt_db_last(ble->host->db) > QB_SYSTEM_LAST || !ble->services.system;

	qb_services_drop(&ble->services);
	if (!any)
		return;
	if (ble->services.system) {
		clear(ble, QB_SYSTEM_LAST + 1, HANDLE_MAX);
	} else {
		clear(ble, 1, HANDLE_MAX);
		add_system(ble);
	}
	changed(ble, 1, HANDLE_MAX);
}

/* How many handles the staged services take. */
static unsigned count_staged(const struct qb_services *services)
{
	unsigned n = 0;

	for (const struct qb_service *service = services->first; service; service = service->next) {
		if (service->published)
			continue;
		n++;
		for (const struct qb_chara *chara = service->charas; chara; chara = chara->next) {
			n += 2;
			for (const struct qb_staged_desc *desc = chara->descs; desc;
			     desc = desc->next)
				n++;
		}
	}
	return n;
}

static int add_chara(struct qb_gatt_db *db, struct qb_chara *chara)
{
	int value = qb_gatt_db_add_characteristic(db, chara->properties, &chara->uuid,
	                                          chara->permissions, chara->value, chara->len);
	int r = value;

	for (struct qb_staged_desc *desc = chara->descs; r >= 0 && desc; desc = desc->next)
		r = qb_gatt_db_add_descriptor(db, &desc->uuid, desc->permissions, desc->value,
		                              desc->len);
	if (r >= 0)
		chara->handle = (uint16_t)value;
	return r;
}

/* All of the staged services, from a handle on; the last handle, or a negative errno. */
static int add_staged(struct qb_ble *ble, uint16_t handle)
{
	int r = handle - 1;

	for (struct qb_service *service = ble->services.first; r >= 0 && service;
	     service = service->next) {
		if (service->published)
			continue;
		r = qb_gatt_db_add_service(ble->host->db, (uint16_t)(r + 1), service->primary,
		                           &service->uuid);
		for (struct qb_chara *chara = service->charas; r >= 0 && chara; chara = chara->next)
			r = add_chara(ble->host->db, chara);
	}
	return r;
}

/* What was staged is published: its values live in the database from now on. */
static void commit(struct qb_services *services)
{
	for (struct qb_service *service = services->first; service; service = service->next) {
		if (service->published)
			continue;
		service->published = true;
		for (struct qb_chara *chara = service->charas; chara; chara = chara->next)
			qb_chara_unstage(chara);
	}
}

static void forget_handles(struct qb_services *services)
{
	for (struct qb_service *service = services->first; service; service = service->next)
		for (struct qb_chara *chara = service->charas; chara && !service->published;
		     chara = chara->next)
			chara->handle = 0;
}

static bool has_published(const struct qb_services *services)
{
	return services->first && services->first->published;
}

static void publish(struct qb_ble *ble, bool system, struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	struct qb_gatt_db *db = ble->host->db;
	bool had_system = services->system;
	unsigned from, last = qb_gatt_db_last(db), n = count_staged(services);
	int r = 0;

	if (system && !had_system && has_published(services)) {
		qb_call_fail(pending, QB_ERR_ALREADY_EXISTS,
		             "mode is 1, but published services hold the handles 1..%d of the "
		             "system's: AddOrClearService(0, mode) comes first",
		             QB_SYSTEM_LAST);
		return;
	}
	if (has_published(services))
		from = last + 1;
	else
		from = system ? QB_SYSTEM_LAST + 1 : 1;
	/* To be told while the client configuration of Service Changed is still there. */
	if (had_system && !system) {
		changed(ble, 1, HANDLE_MAX);
		clear(ble, 1, QB_SYSTEM_LAST);
		services->system = false;
	} else if (!had_system && system) {
		r = add_system(ble);
	}
	if (r >= 0 && n)
		r = add_staged(ble, (uint16_t)from);
	if (r < 0) {
		forget_handles(services);
		clear(ble, (uint16_t)from, HANDLE_MAX);
		if (had_system && !services->system)
			add_system(ble);
		else if (!had_system && services->system)
			clear(ble, 1, QB_SYSTEM_LAST);
		services->system = had_system;
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return;
	}
	commit(services);
	if (had_system && system && n)
		changed(ble, (uint16_t)from, (uint16_t)(from + n - 1));
	qb_call_ok(pending);
}

static void unpublish(struct qb_ble *ble, bool system, struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	bool had_system = services->system;
	uint16_t last = qb_gatt_db_last(ble->host->db);

	qb_services_drop(services);
	if (had_system && !system)
		changed(ble, 1, HANDLE_MAX);
	clear(ble, had_system && system ? QB_SYSTEM_LAST + 1 : 1, HANDLE_MAX);
	services->system = had_system && system;
	if (!had_system && system && add_system(ble)) {
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
		return;
	}
	if (had_system && system && last > QB_SYSTEM_LAST)
		changed(ble, QB_SYSTEM_LAST + 1, last);
	qb_call_ok(pending);
}

void qb_run_add_or_clear_service(struct qb_ble *ble, const struct qb_value *args,
                                 struct qb_pending *pending)
{
	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	if (args[0].u)
		publish(ble, args[1].u, pending);
	else
		unpublish(ble, args[1].u, pending);
}

void qb_run_get_handle(struct qb_ble *ble, const struct qb_value *args, struct qb_pending *pending)
{
	struct qb_service *service;
	struct qb_chara *chara;

	if (!qb_ble_has_role(pending, QB_SERVER))
		return;
	service = qb_service_find(&ble->services, args[0].u);
	chara = service ? qb_chara_find(service, args[1].u) : NULL;
	if (!chara)
		qb_call_fail(pending, QB_ERR_NOT_FOUND, "chara_id %u of server_id %u is unknown",
		             args[1].u, args[0].u);
	else if (!chara->handle)
		qb_call_fail(pending, QB_ERR_NOT_FOUND,
		             "server_id %u has no handles before AddOrClearService(1, mode)",
		             args[0].u);
	else
		qb_call_ok_int(pending, chara->handle);
}

/* The name as octets of the wanted encoding. */
static int encode(struct qb_ble *ble, bool gbk, const struct qb_value *name,
                  uint8_t ret[QB_NAME_MAX])
{
	/* No character takes more than four octets of UTF-8 or fewer than one of GBK. */
	char text[4 * QB_NAME_MAX + 1];

	if (!gbk) {
		if (name->len <= QB_NAME_MAX)
			memcpy(ret, name->data, name->len);
		return (int)name->len;
	}
	if (name->len >= sizeof(text))
		return (int)name->len;
	memcpy(text, name->data, name->len);
	text[name->len] = '\0';
	return ble->ops->to_gbk(ble->user, text, ret, QB_NAME_MAX);
}

void qb_run_set_local_name(struct qb_ble *ble, const struct qb_value *args,
                           struct qb_pending *pending)
{
	struct qb_services *services = &ble->services;
	uint8_t name[QB_NAME_MAX];
	bool gbk = args[0].u;
	int len;

	if (!qb_ble_has_role(pending, QB_ANY_ROLE))
		return;
	len = args[1].len ? encode(ble, gbk, &args[1], name) : 0;
	if (len < 0) {
		qb_call_fail(pending, QB_ERR_INVALID_ARGUMENT,
		             "name has characters that GBK does not have");
	} else if (len < 1 || len > QB_NAME_MAX) {
		qb_call_fail(pending, len ? QB_ERR_TOO_LONG : QB_ERR_INVALID_ARGUMENT,
		             "name is %d bytes long in %s, allowed are 1..%d", len,
		             gbk ? "GBK" : "UTF-8", QB_NAME_MAX);
	} else if (services->system &&
	           qb_gatt_db_set_value(ble->host->db, QB_SYSTEM_DEVICE_NAME, name, (size_t)len)) {
		qb_call_fail(pending, QB_ERR_FAILED, "out of memory");
	} else {
		memcpy(services->name, name, (size_t)len);
		services->name_len = (uint8_t)len;
		qb_call_ok(pending);
	}
}
