/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the peer must answer to a client call: the model's own reading of permissions, properties
 * and the ATT errors (api.md, 5; Core 5.4, Vol 3, Part F, 3.4.1.1).
 */
#include "expect.h"

#include <string.h>

#include "host/gatt/db.h"
#include "util/le.h"

enum {
	INVALID_HANDLE = 0x01,
	READ_NOT_PERMITTED = 0x02,
	WRITE_NOT_PERMITTED = 0x03,
	INSUFFICIENT_AUTHENTICATION = 0x05,
	INVALID_OFFSET = 0x07,
	INSUFFICIENT_AUTHORIZATION = 0x08,
	NOT_FOUND = 0x0a,
	NOT_LONG = 0x0b,
	INVALID_LENGTH = 0x0d,
	CCCD_IMPROPER = 0xfd,
};

bool sim_attr_is_cccd(const struct sim_attr *attr)
{
	return attr->kind == QB_ATTR_DESCRIPTOR && qb_uuid_is(&attr->type, QB_GATT_CCCD);
}

uint16_t sim_cccd_get(const struct sim_link *link, uint16_t handle)
{
	for (unsigned i = 0; link && i < link->n_cccds; i++)
		if (link->cccds[i].handle == handle)
			return link->cccds[i].value;
	return 0;
}

size_t sim_attr_value(const struct sim_link *server, const struct sim_attr *attr,
                      const uint8_t **ret, uint8_t own[2])
{
	*ret = attr->value;
	if (!sim_attr_is_cccd(attr))
		return attr->len;
	qb_put_le16(own, sim_cccd_get(server, attr->handle));
	*ret = own;
	return 2;
}

/* No link of the simulation is encrypted, so nobody has what the security bits demand. */
static uint8_t check_security(uint16_t permissions, bool reads)
{
	uint16_t keys = reads ? QB_PERM_READ_AUTHEN | QB_PERM_READ_ENCRYPT | QB_PERM_READ_MITM
	                      : QB_PERM_WRITE_AUTHEN | QB_PERM_WRITE_ENCRYPT | QB_PERM_WRITE_MITM;

	if (permissions & keys)
		return INSUFFICIENT_AUTHENTICATION;
	if (permissions & (reads ? QB_PERM_READ_AUTHOR : QB_PERM_WRITE_AUTHOR))
		return INSUFFICIENT_AUTHORIZATION;
	return 0;
}

uint8_t sim_access(const struct sim_attr *attr, enum sim_access access)
{
	static const uint16_t any_read = QB_PERM_READ | QB_PERM_READ_AUTHEN | QB_PERM_READ_AUTHOR |
	                                 QB_PERM_READ_ENCRYPT | QB_PERM_READ_MITM;
	static const uint16_t any_write = QB_PERM_WRITE | QB_PERM_WRITE_AUTHEN |
	                                  QB_PERM_WRITE_AUTHOR | QB_PERM_WRITE_ENCRYPT |
	                                  QB_PERM_WRITE_MITM;
	bool reads = access == SIM_READ;
	uint8_t property = reads                 ? QB_PROP_READ
	                   : access == SIM_WRITE ? QB_PROP_WRITE
	                                         : QB_PROP_WRITE_CMD;
	uint8_t refusal = reads ? READ_NOT_PERMITTED : WRITE_NOT_PERMITTED;

	if (!(attr->permissions & (reads ? any_read : any_write)))
		return refusal;
	if (attr->kind == QB_ATTR_VALUE && !(attr->properties & property))
		return refusal;
	if (attr->kind != QB_ATTR_VALUE && access == SIM_WRITE_CMD)
		return refusal;
	return check_security(attr->permissions, reads);
}

static const struct sim_db *db_of(const struct sim_link *link)
{
	return &link->actor->sim->actors[link->peer].db;
}

/* Of what follows the answer depends on the MTU, which both ends must have known all the while. */
static bool mtu_settled(const struct sim_link *link, const struct sim_ask *ask)
{
	return link->mtu_at < ask->head_at && (!link->other || link->other->mtu_at < ask->head_at);
}

static bool is_fixed(const struct sim_attr *attr)
{
	return (attr->kind != QB_ATTR_VALUE && attr->kind != QB_ATTR_DESCRIPTOR) ||
	       sim_attr_is_cccd(attr);
}

static int expect_read(const struct sim_link *link, const struct sim_ask *ask)
{
	const struct sim_attr *attr = sim_db_get(db_of(link), ask->start);
	const uint8_t *value;
	uint8_t code, own[2];
	size_t len;

	if (!attr)
		return INVALID_HANDLE;
	code = sim_access(attr, SIM_READ);
	if (code || !ask->offset)
		return code;
	if (attr->changed >= ask->head_at || !link->other || !mtu_settled(link, ask))
		return SIM_UNKNOWN;
	len = sim_attr_value(link->other, attr, &value, own);
	if (is_fixed(attr) && len <= link->mtu - 1u)
		return NOT_LONG;
	return ask->offset > len ? INVALID_OFFSET : 0;
}

bool sim_expect_written(const struct sim_link *server, const struct sim_attr *attr,
                        const struct sim_ask *ask, uint8_t ret[QB_VALUE_MAX], size_t *ret_len)
{
	const uint8_t *value;
	uint8_t own[2];
	size_t len = sim_attr_value(server, attr, &value, own);

	/*
	 * From the beginning it is a new value, from further on it goes over the old one; so it
	 * does in any case where the length is fixed (Core 5.4, Vol 3, Part F, 3.4.5.1).
	 */
	if (!ask->offset && !sim_attr_is_cccd(attr))
		len = 0;
	if (ask->offset > len || ask->offset + ask->len > QB_VALUE_MAX)
		return false;
	if (len)
		memcpy(ret, value, len);
	if (ask->len)
		memcpy(ret + ask->offset, ask->data, ask->len);
	*ret_len = ask->offset + ask->len > len ? ask->offset + ask->len : len;
	return true;
}

static int expect_cccd(const struct sim_link *link, const struct sim_attr *attr,
                       const struct sim_ask *ask)
{
	const struct sim_attr *value = sim_db_get(db_of(link), attr->end);
	uint8_t wish[QB_VALUE_MAX];
	size_t len;

	if (!link->other || link->other->blind)
		return SIM_UNKNOWN;
	if (!sim_expect_written(link->other, attr, ask, wish, &len))
		return INVALID_OFFSET;
	if (len != 2)
		return INVALID_LENGTH;
	if ((wish[0] & 1 && !(attr->properties & QB_PROP_NOTIFY)) ||
	    (wish[0] & 2 && !(attr->properties & QB_PROP_INDICATE)))
		return CCCD_IMPROPER;
	return wish[0] & 3 ? check_security(value->permissions, true) : 0;
}

static int expect_write(const struct sim_link *link, const struct sim_ask *ask)
{
	const struct sim_attr *attr = sim_db_get(db_of(link), ask->start);
	uint8_t code;

	if (!attr)
		return INVALID_HANDLE;
	code = sim_access(attr, SIM_WRITE);
	if (code)
		return code;
	if (sim_attr_is_cccd(attr))
		return expect_cccd(link, attr, ask);
	if (!ask->offset)
		return 0;
	if (attr->changed >= ask->head_at)
		return SIM_UNKNOWN;
	return ask->offset > attr->len ? INVALID_OFFSET : 0;
}

static const struct sim_attr *first_of_type(const struct sim_link *link, const struct sim_ask *ask,
                                            unsigned from)
{
	const struct sim_attr *attr;

	for (attr = sim_db_next(db_of(link), from); attr && attr->handle <= ask->end;
	     attr = sim_db_next(db_of(link), attr->handle + 1u))
		if (qb_uuid_equal(&attr->type, &ask->uuid))
			return attr;
	return NULL;
}

static int expect_multi(const struct sim_link *link, const struct sim_ask *ask)
{
	for (size_t i = 0; i < ask->len; i += 2) {
		const struct sim_attr *attr = sim_db_get(db_of(link), qb_get_le16(ask->data + i));
		uint8_t code = attr ? sim_access(attr, SIM_READ) : INVALID_HANDLE;

		if (code)
			return code;
	}
	return 0;
}

int sim_expect_code(const struct sim_link *link, const struct sim_ask *ask)
{
	const struct sim_attr *attr;

	if (ask->reversed)
		return INVALID_HANDLE;
	if (ask->loose || link->peer < 0)
		return SIM_UNKNOWN;
	switch (ask->op) {
	case SIM_READ_CHARA:
	case SIM_READ_DESC: return expect_read(link, ask);
	case SIM_WRITE_CHARA:
	case SIM_WRITE_DESC: return expect_write(link, ask);
	case SIM_READ_MULTI: return expect_multi(link, ask);
	case SIM_READ_UUID:
		attr = first_of_type(link, ask, ask->start);
		return attr ? sim_access(attr, SIM_READ) : NOT_FOUND;
	case SIM_SERVICES:
	case SIM_BY_UUID:
	case SIM_INCLUDES:
	case SIM_CHARAS:
	case SIM_DESCS: return NOT_FOUND;
	default: return SIM_UNKNOWN;
	}
}

const struct sim_attr *sim_expect_next(const struct sim_link *link, const struct sim_ask *ask)
{
	const struct sim_attr *attr;
	struct qb_uuid uuid;

	for (attr = ask->from ? sim_db_next(db_of(link), ask->from) : NULL;
	     attr && attr->handle <= ask->end; attr = sim_db_next(db_of(link), attr->handle + 1u)) {
		switch (ask->op) {
		case SIM_SERVICES:
			if (qb_uuid_is(&attr->type, QB_GATT_PRIMARY_SERVICE))
				return attr;
			break;
		case SIM_BY_UUID:
			if (qb_uuid_is(&attr->type, QB_GATT_PRIMARY_SERVICE) &&
			    qb_uuid_from_le(&uuid, attr->value, attr->len) &&
			    qb_uuid_equal(&uuid, &ask->uuid))
				return attr;
			break;
		case SIM_CHARAS:
			if (attr->kind == QB_ATTR_CHARACTERISTIC)
				return attr;
			break;
		case SIM_DESCS: return attr;
		default: return NULL; /* the API has no included services */
		}
	}
	return NULL;
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* One Read By Type Response: entries of one length, as many as fit (3.4.4.2). */
static size_t by_type(const struct sim_link *link, const struct sim_ask *ask, uint8_t *ret)
{
	size_t room = link->mtu - 2u, at = 1;

	ret[0] = 0;
	for (const struct sim_attr *attr = first_of_type(link, ask, ask->start); attr;
	     attr = first_of_type(link, ask, attr->handle + 1u)) {
		const uint8_t *value;
		uint8_t own[2];
		size_t len = min(sim_attr_value(link->other, attr, &value, own),
		                 min(room - 2, 253));

		if (sim_access(attr, SIM_READ) || (ret[0] && ret[0] != len + 2) ||
		    len + 2 > room - (at - 1))
			break;
		ret[0] = (uint8_t)(len + 2);
		qb_put_le16(ret + at, attr->handle);
		if (len)
			memcpy(ret + at + 2, value, len);
		at += len + 2;
		if (attr->handle == UINT16_MAX)
			break;
	}
	return at;
}

static bool unchanged(const struct sim_link *link, const struct sim_ask *ask, unsigned from,
                      unsigned to)
{
	for (const struct sim_attr *attr = sim_db_next(db_of(link), from);
	     attr && attr->handle <= to; attr = sim_db_next(db_of(link), attr->handle + 1u))
		if (attr->changed >= ask->head_at)
			return false;
	return true;
}

bool sim_expect_octets(const struct sim_link *link, const struct sim_ask *ask, uint8_t *ret,
                       size_t *ret_len)
{
	const struct sim_link *server = link->other;
	const struct sim_attr *attr = sim_db_get(db_of(link), ask->start);
	const uint8_t *value;
	uint8_t own[2];

	if (ask->loose || !server || server->blind || !mtu_settled(link, ask))
		return false;
	*ret_len = 0;
	switch (ask->op) {
	case SIM_READ_UUID:
		if (!unchanged(link, ask, ask->start, ask->end))
			return false;
		*ret_len = by_type(link, ask, ret);
		return true;
	case SIM_READ_MULTI:
		for (size_t i = 0; i < ask->len; i += 2) {
			size_t len;

			attr = sim_db_get(db_of(link), qb_get_le16(ask->data + i));
			if (!attr || attr->changed >= ask->head_at)
				return false;
			len = sim_attr_value(server, attr, &value, own);
			len = min(len, link->mtu - 1u - *ret_len);
			if (len)
				memcpy(ret + *ret_len, value, len);
			*ret_len += len;
		}
		return true;
	case SIM_READ_CHARA:
	case SIM_READ_DESC:
		if (!attr)
			return false;
		*ret_len = sim_attr_value(server, attr, &value, own);
		if (attr->changed >= ask->head_at || ask->offset > *ret_len)
			return false;
		*ret_len -= ask->offset;
		if (!ask->is_long)
			*ret_len = min(*ret_len, link->mtu - 1u);
		if (*ret_len)
			memcpy(ret, value + ask->offset, *ret_len);
		return true;
	default: return false;
	}
}
