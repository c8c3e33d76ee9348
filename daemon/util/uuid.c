/* SPDX-License-Identifier: MIT */
/* UUIDs, kept in one canonical form so that a 16-bit UUID equals its 128-bit spelling. */
#include "util/uuid.h"

#include <stdio.h>

/* 00000000-0000-1000-8000-00805f9b34fb */
static const struct qb_uuid base = {{0xfb, 0x34, 0x9b, 0x5f, 0x80, 0x00, 0x00, 0x80, 0x00, 0x10,
                                     0x00, 0x00, 0x00, 0x00, 0x00, 0x00}};

struct qb_uuid qb_uuid_from_16(uint16_t u)
{
	struct qb_uuid uuid = base;

	uuid.b[12] = (uint8_t)u;
	uuid.b[13] = (uint8_t)(u >> 8);
	return uuid;
}

bool qb_uuid_from_le(struct qb_uuid *ret, const uint8_t *p, size_t len)
{
	if (len == 2) {
		*ret = qb_uuid_from_16((uint16_t)(p[0] | p[1] << 8));
		return true;
	}
	if (len == sizeof(ret->b)) {
		memcpy(ret->b, p, sizeof(ret->b));
		return true;
	}
	return false;
}

bool qb_uuid_to_16(const struct qb_uuid *uuid, uint16_t *ret)
{
	if (memcmp(uuid->b, base.b, 12) || uuid->b[14] || uuid->b[15])
		return false;
	if (ret)
		*ret = (uint16_t)(uuid->b[12] | uuid->b[13] << 8);
	return true;
}

char *qb_uuid_str(const struct qb_uuid *uuid, char str[QB_UUID_STR_SIZE])
{
	const uint8_t *b = uuid->b;
	uint16_t u;

	if (qb_uuid_to_16(uuid, &u))
		snprintf(str, QB_UUID_STR_SIZE, "%04x", u);
	else
		snprintf(str, QB_UUID_STR_SIZE,
		         "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		         b[15], b[14], b[13], b[12], b[11], b[10], b[9], b[8], b[7], b[6], b[5],
		         b[4], b[3], b[2], b[1], b[0]);
	return str;
}
