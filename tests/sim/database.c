/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of one app's services: what is staged, and the attributes that publishing makes of it,
 * by the rules of api.md, 2 and 3. Written from these, without a look at the daemon's own.
 */
#include <stdlib.h>
#include <string.h>

#include "ble/error.h"
#include "host/gatt/db.h"
#include "sim.h"
#include "util/le.h"

#define SYSTEM_LAST 15

struct model_desc {
	struct model_desc *next;
	struct qb_uuid uuid;
	uint16_t permissions, len;
	uint8_t value[QB_VALUE_MAX];
};

struct model_chara {
	struct model_chara *next;
	uint32_t id;
	struct qb_uuid uuid;
	uint8_t properties;
	uint16_t permissions, handle, len;
	bool has_value;
	struct model_desc *descs;
	uint8_t value[QB_VALUE_MAX];
};

struct sim_service {
	struct sim_service *next;
	uint32_t id;
	struct qb_uuid uuid;
	bool primary, published;
	struct model_chara *charas;
};

/* Lists keep the order of the calls. */
#define APPEND(list, elem)                               \
	do {                                             \
		__typeof__(list) *append_at = &(list);   \
		while (*append_at)                       \
			append_at = &(*append_at)->next; \
		*append_at = (elem);                     \
	} while (0)

static struct sim_service *find_service(const struct sim_db *db, uint32_t id)
{
	struct sim_service *service = db->first;

	while (service && service->id != id)
		service = service->next;
	return service;
}

static struct model_chara *find_chara(const struct sim_service *service, uint32_t id)
{
	struct model_chara *chara = service ? service->charas : NULL;

	while (chara && chara->id != id)
		chara = chara->next;
	return chara;
}

static bool is_declaration(const struct qb_uuid *uuid)
{
	return qb_uuid_is(uuid, 0x2800) || qb_uuid_is(uuid, 0x2801) || qb_uuid_is(uuid, 0x2802) ||
	       qb_uuid_is(uuid, 0x2803);
}

int sim_db_add_service(struct sim_db *db, uint32_t id, bool primary, const struct qb_uuid *uuid)
{
	struct sim_service *service;

	if (is_declaration(uuid))
		return QB_ERR_INVALID_ARGUMENT;
	if (find_service(db, id))
		return QB_ERR_ALREADY_EXISTS;
	if (db->n_services == QB_SERVICES_MAX)
		return QB_ERR_LIMIT_EXCEEDED;
	service = calloc(1, sizeof(*service));
	*service = (struct sim_service){.id = id, .primary = primary, .uuid = *uuid};
	APPEND(db->first, service);
	db->n_services++;
	return QB_OK;
}

static int staged(const struct sim_db *db, uint32_t id, struct sim_service **ret)
{
	*ret = find_service(db, id);
	if (!*ret)
		return QB_ERR_NOT_FOUND;
	return (*ret)->published ? QB_ERR_NOT_PERMITTED : QB_OK;
}

int sim_db_add_chara(struct sim_db *db, uint32_t service_id, uint32_t id, uint8_t properties,
                     const struct qb_uuid *uuid)
{
	struct sim_service *service;
	struct model_chara *chara;
	int error = staged(db, service_id, &service);

	if (is_declaration(uuid))
		return QB_ERR_INVALID_ARGUMENT;
	if (error)
		return error;
	if (find_chara(service, id))
		return QB_ERR_ALREADY_EXISTS;
	if (db->n_charas == QB_CHARAS_MAX)
		return QB_ERR_LIMIT_EXCEEDED;
	chara = calloc(1, sizeof(*chara));
	chara->id = id;
	chara->properties = properties;
	chara->uuid = *uuid;
	/* Without AddCharaValue: from the properties. */
	if (properties & QB_PROP_READ)
		chara->permissions |= QB_PERM_READ;
	if (properties & (QB_PROP_WRITE | QB_PROP_WRITE_CMD | QB_PROP_SIGNED_WRITE))
		chara->permissions |= QB_PERM_WRITE;
	APPEND(service->charas, chara);
	db->n_charas++;
	return QB_OK;
}

static int staged_chara(const struct sim_db *db, uint32_t service_id, uint32_t id,
                        struct model_chara **ret)
{
	struct sim_service *service;
	int error = staged(db, service_id, &service);

	*ret = find_chara(service, id);
	if (error)
		return error;
	return *ret ? QB_OK : QB_ERR_NOT_FOUND;
}

int sim_db_add_value(struct sim_db *db, uint32_t service, uint32_t id, uint16_t permissions,
                     const uint8_t *value, size_t len)
{
	struct model_chara *chara;
	int error = staged_chara(db, service, id, &chara);

	if (error)
		return error;
	if (chara->has_value)
		return QB_ERR_ALREADY_EXISTS;
	chara->has_value = true;
	chara->permissions = permissions;
	chara->len = (uint16_t)len;
	memcpy(chara->value, value, len);
	return QB_OK;
}

int sim_db_add_desc(struct sim_db *db, uint32_t service, uint32_t id, uint16_t permissions,
                    const struct qb_uuid *uuid, const uint8_t *value, size_t len)
{
	struct model_chara *chara;
	struct model_desc *desc;
	int error = staged_chara(db, service, id, &chara);

	if (is_declaration(uuid))
		return QB_ERR_INVALID_ARGUMENT;
	if (error)
		return error;
	/* Of 0x2900 to 0x2903 a characteristic has one at most (Core 5.4, Vol 3, Part G, 3.3.3). */
	for (desc = chara->descs; desc; desc = desc->next)
		for (uint16_t single = 0x2900; single <= 0x2903; single++)
			if (qb_uuid_is(uuid, single) && qb_uuid_is(&desc->uuid, single))
				return QB_ERR_ALREADY_EXISTS;
	if (db->n_descs == QB_DESCS_MAX)
		return QB_ERR_LIMIT_EXCEEDED;
	desc = calloc(1, sizeof(*desc));
	desc->uuid = *uuid;
	desc->permissions = permissions;
	desc->len = (uint16_t)len;
	memcpy(desc->value, value, len);
	APPEND(chara->descs, desc);
	db->n_descs++;
	return QB_OK;
}

int sim_db_change(struct sim_db *db, uint32_t service, uint32_t id, const uint8_t *value,
                  size_t len, uint64_t now)
{
	struct model_chara *chara = find_chara(find_service(db, service), id);

	if (!chara)
		return QB_ERR_NOT_FOUND;
	if (chara->handle) {
		sim_attr_set(sim_db_get(db, chara->handle), value, len, now);
	} else {
		chara->len = (uint16_t)len;
		memcpy(chara->value, value, len);
	}
	return QB_OK;
}

uint16_t sim_db_handle(const struct sim_db *db, uint32_t service, uint32_t id)
{
	const struct model_chara *chara = find_chara(find_service(db, service), id);

	return chara ? chara->handle : 0;
}

struct sim_attr *sim_db_get(const struct sim_db *db, unsigned handle)
{
	return handle <= db->last ? db->attrs[handle] : NULL;
}

struct sim_attr *sim_db_next(const struct sim_db *db, unsigned handle)
{
	for (; handle && handle <= db->last; handle++)
		if (db->attrs[handle])
			return db->attrs[handle];
	return NULL;
}

void sim_attr_set(struct sim_attr *attr, const uint8_t *value, size_t len, uint64_t now)
{
	attr->value = realloc(attr->value, len + 1);
	if (len)
		memcpy(attr->value, value, len);
	attr->len = (uint16_t)len;
	attr->changed = now;
}

static struct sim_attr *add(struct sim_db *db, unsigned handle, uint8_t kind, uint16_t type,
                            uint64_t now)
{
	struct sim_attr *attr = calloc(1, sizeof(*attr));

	if (handle >= db->room) {
		unsigned room = db->room ? db->room * 2 : 64;

		if (room <= handle)
			room = handle + 1;
		db->attrs = realloc(db->attrs, room * sizeof(struct sim_attr *));
		memset(db->attrs + db->room, 0, (room - db->room) * sizeof(struct sim_attr *));
		db->room = room;
	}
	db->attrs[handle] = attr;
	if (handle > db->last)
		db->last = handle;
	attr->handle = attr->end = (uint16_t)handle;
	attr->kind = kind;
	attr->type = qb_uuid_from_16(type);
	attr->permissions = QB_PERM_READ;
	attr->changed = now;
	attr->serial = ++db->serial;
	return attr;
}

/* A UUID in its shortest form. */
static size_t put_uuid(uint8_t *p, const struct qb_uuid *uuid)
{
	uint16_t u;

	if (!qb_uuid_to_16(uuid, &u)) {
		memcpy(p, uuid->b, 16);
		return 16;
	}
	qb_put_le16(p, u);
	return 2;
}

static unsigned add_chara(struct sim_db *db, unsigned handle, struct model_chara *chara,
                          uint64_t now)
{
	struct sim_attr *attr = add(db, handle, QB_ATTR_CHARACTERISTIC, 0x2803, now);
	uint8_t value[19];

	value[0] = chara->properties;
	qb_put_le16(value + 1, (uint16_t)(handle + 1));
	sim_attr_set(attr, value, 3 + put_uuid(value + 3, &chara->uuid), now);
	attr = add(db, ++handle, QB_ATTR_VALUE, 0, now);
	attr->type = chara->uuid;
	attr->permissions = chara->permissions;
	attr->properties = chara->properties;
	sim_attr_set(attr, chara->value, chara->len, now);
	chara->handle = (uint16_t)handle;
	for (struct model_desc *desc = chara->descs; desc; desc = desc->next) {
		attr = add(db, ++handle, QB_ATTR_DESCRIPTOR, 0, now);
		attr->type = desc->uuid;
		attr->permissions = desc->permissions;
		attr->properties = chara->properties;
		attr->end = chara->handle;
		sim_attr_set(attr, desc->value, desc->len, now);
	}
	return handle;
}

/* Returns the service's last handle. */
static unsigned add_published(struct sim_db *db, unsigned handle, struct sim_service *service,
                              uint64_t now)
{
	struct sim_attr *attr = add(db, handle, QB_ATTR_SERVICE, service->primary ? 0x2800 : 0x2801,
	                            now);
	uint8_t value[16];

	sim_attr_set(attr, value, put_uuid(value, &service->uuid), now);
	for (struct model_chara *chara = service->charas; chara; chara = chara->next)
		handle = add_chara(db, handle + 1, chara, now);
	attr->end = (uint16_t)handle;
	return handle;
}

/* The services on handles 1 to 15, with the UUIDs that api.md, 2, gives them. */
static void add_system(struct sim_db *db, uint64_t now)
{
	static const struct {
		uint16_t uuid, len;
		uint8_t value[8];
	} gap[] = {
	        {0x2a00, 0, {0}}, {0x2a01, 2, {0}}, {0x2a04, 8, {24, 0, 40, 0, 0, 0, 0xa4, 0x01}},
	        {0x2aa6, 1, {0}}, {0x2ac9, 1, {0}},
	};
	struct model_desc cccd = {
	        .uuid = qb_uuid_from_16(QB_GATT_CCCD),
	        .permissions = QB_PERM_READ | QB_PERM_WRITE,
	        .len = 2,
	};
	struct model_chara changed = {
	        .uuid = qb_uuid_from_16(0x2a05),
	        .properties = QB_PROP_INDICATE,
	        .len = 4,
	        .descs = &cccd,
	};
	struct sim_service service = {.primary = true, .uuid = qb_uuid_from_16(0x1800)};
	struct model_chara charas[5] = {0};

	for (unsigned i = 0; i < 5; i++) {
		charas[i].uuid = qb_uuid_from_16(gap[i].uuid);
		charas[i].properties = QB_PROP_READ;
		charas[i].permissions = QB_PERM_READ;
		charas[i].len = gap[i].len;
		memcpy(charas[i].value, gap[i].value, gap[i].len);
		charas[i].next = i < 4 ? &charas[i + 1] : NULL;
	}
	charas[0].len = db->name_len;
	memcpy(charas[0].value, db->name, db->name_len);
	service.charas = charas;
	add_published(db, 1, &service, now);
	service = (struct sim_service){
	        .primary = true,
	        .uuid = qb_uuid_from_16(0x1801),
	        .charas = &changed,
	};
	add_published(db, 12, &service, now);
	db->system = true;
}

static void drop_attrs(struct sim_db *db, unsigned from, unsigned to)
{
	for (unsigned handle = from; handle <= to && handle <= db->last; handle++) {
		if (!db->attrs[handle])
			continue;
		free(db->attrs[handle]->value);
		free(db->attrs[handle]);
		db->attrs[handle] = NULL;
	}
	while (db->last && !db->attrs[db->last])
		db->last--;
}

int sim_db_publish(struct sim_db *db, bool system, uint64_t now)
{
	bool published = db->first && db->first->published;
	unsigned handle = system ? SYSTEM_LAST : 0;

	if (system && !db->system && published)
		return QB_ERR_ALREADY_EXISTS;
	if (published)
		handle = db->last;
	if (db->system && !system) {
		drop_attrs(db, 1, SYSTEM_LAST);
		db->system = false;
	} else if (!db->system && system) {
		add_system(db, now);
	}
	for (struct sim_service *service = db->first; service; service = service->next) {
		if (service->published)
			continue;
		handle = add_published(db, handle + 1, service, now);
		service->published = true;
	}
	return QB_OK;
}

static void drop_services(struct sim_db *db)
{
	struct sim_service *service;
	struct model_chara *chara;
	struct model_desc *desc;

	while ((service = db->first)) {
		db->first = service->next;
		while ((chara = service->charas)) {
			service->charas = chara->next;
			while ((desc = chara->descs)) {
				chara->descs = desc->next;
				free(desc);
			}
			free(chara);
		}
		free(service);
	}
	db->n_services = db->n_charas = db->n_descs = 0;
}

void sim_db_clear(struct sim_db *db, bool system, uint64_t now)
{
	drop_services(db);
	drop_attrs(db, db->system && system ? SYSTEM_LAST + 1 : 1, db->last);
	if (system && !db->system)
		add_system(db, now);
	db->system = system;
}

void sim_db_reset(struct sim_db *db, uint64_t now)
{
	sim_db_clear(db, true, now);
}

void sim_db_init(struct sim_db *db)
{
	memcpy(db->name, "qbled", 5);
	db->name_len = 5;
	drop_services(db);
	drop_attrs(db, 1, db->last);
	add_system(db, 0);
}

void sim_db_set_name(struct sim_db *db, const uint8_t *name, size_t len, uint64_t now)
{
	memcpy(db->name, name, len);
	db->name_len = (uint8_t)len;
	if (db->system)
		sim_attr_set(sim_db_get(db, 3), name, len, now);
}

void sim_db_free(struct sim_db *db)
{
	drop_services(db);
	drop_attrs(db, 1, db->last);
	free(db->attrs);
}
