/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may read and write what: permissions, properties and the security of the link. */
#include "host/gatt/server-internal.h"

/* A key of fewer octets than this does not protect what demands protection. */
#define KEY_SIZE_MIN 16

/* The permission bits and the refusal of one kind of access. */
static const struct rule {
	uint16_t plain, authen, author, encrypt, mitm;
	uint8_t property; /* of the characteristic, that its value needs */
	uint8_t refusal;
} rules[] = {
        [QB_GATT_READ] = {QB_PERM_READ, QB_PERM_READ_AUTHEN, QB_PERM_READ_AUTHOR,
                          QB_PERM_READ_ENCRYPT, QB_PERM_READ_MITM, QB_PROP_READ,
                          QB_ATT_E_READ_NOT_PERMITTED},
        [QB_GATT_WRITE] = {QB_PERM_WRITE, QB_PERM_WRITE_AUTHEN, QB_PERM_WRITE_AUTHOR,
                           QB_PERM_WRITE_ENCRYPT, QB_PERM_WRITE_MITM, QB_PROP_WRITE,
                           QB_ATT_E_WRITE_NOT_PERMITTED},
        [QB_GATT_WRITE_CMD] = {QB_PERM_WRITE, QB_PERM_WRITE_AUTHEN, QB_PERM_WRITE_AUTHOR,
                               QB_PERM_WRITE_ENCRYPT, QB_PERM_WRITE_MITM, QB_PROP_WRITE_CMD,
                               QB_ATT_E_WRITE_NOT_PERMITTED},
};

uint8_t qb_gatt_check_security(const struct qb_att_security *security, const struct qb_attr *attr,
                               enum qb_gatt_access access)
{
	const struct rule *rule = &rules[access];
	uint16_t demands = attr->permissions;

	if (demands & (rule->authen | rule->encrypt | rule->mitm)) {
		/*
		 * Insufficient Encryption tells a peer to encrypt with the key that both have; one
		 * without a key is told that it must pair first (Core 5.4, Vol 3, Part C, 10.3.1).
		 */
		if (!security->encrypted)
			return security->bonded ? QB_ATT_E_INSUFFICIENT_ENCRYPTION
			                        : QB_ATT_E_INSUFFICIENT_AUTHENTICATION;
		if ((demands & rule->mitm) && !security->authenticated)
			return QB_ATT_E_INSUFFICIENT_AUTHENTICATION;
		if (security->key_size < KEY_SIZE_MIN)
			return QB_ATT_E_KEY_TOO_SHORT;
	}
	/* Nobody is there to authorize anything. */
	return demands & rule->author ? QB_ATT_E_INSUFFICIENT_AUTHORIZATION : 0;
}

uint8_t qb_gatt_access(const struct qb_att_security *security, const struct qb_attr *attr,
                       enum qb_gatt_access access)
{
	const struct rule *rule = &rules[access];
	/* Whoever says what reading demands has said that it may be read. */
	uint16_t any = rule->plain | rule->authen | rule->author | rule->encrypt | rule->mitm;

	if (!(attr->permissions & any))
		return rule->refusal;
	/* Properties are about the value; a descriptor takes Write Requests only (3.3.3). */
	if (attr->kind == QB_ATTR_VALUE ? !(attr->properties & rule->property)
	                                : access == QB_GATT_WRITE_CMD)
		return rule->refusal;
	return qb_gatt_check_security(security, attr, access);
}
