/* SPDX-License-Identifier: MIT */
/* UUIDs and addresses as text, and back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "qble-event.h"
#include "util/uuid.h"

static struct qb_uuid as_uuid(const uint8_t octets[16])
{
	struct qb_uuid uuid;

	memcpy(uuid.b, octets, sizeof(uuid.b));
	return uuid;
}

uint16_t qble_uuid_short(const uint8_t uuid[16])
{
	struct qb_uuid u = as_uuid(uuid);
	uint16_t ret;

	return qb_uuid_to_16(&u, &ret) ? ret : 0;
}

void qble_uuid_from_short(uint16_t short_uuid, uint8_t ret[16])
{
	struct qb_uuid u = qb_uuid_from_16(short_uuid);

	memcpy(ret, u.b, sizeof(u.b));
}

char *qble_uuid_to_string(const uint8_t uuid[16], char str[QBLE_UUID_STRING_SIZE])
{
	struct qb_uuid u = as_uuid(uuid);

	return qb_uuid_str(&u, str);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Two digits each; separator before those octets of which `before` has the bit set. */
static int parse(const char *str, char separator, unsigned before, uint8_t *ret, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (before >> i & 1 && *str++ != separator)
			return -EINVAL;
		if (digit(str[0]) < 0 || digit(str[1]) < 0)
			return -EINVAL;
		ret[i] = (uint8_t)(digit(str[0]) << 4 | digit(str[1]));
		str += 2;
	}
	return *str ? -EINVAL : 0;
}

int qble_uuid_from_string(const char *str, uint8_t ret[16])
{
	uint8_t octets[16];

	if (strlen(str) == 4) {
		if (parse(str, 0, 0, octets, 2) < 0)
			return -EINVAL;
		qble_uuid_from_short((uint16_t)(octets[0] << 8 | octets[1]), ret);
		return 0;
	}
	if (parse(str, '-', 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10, octets, 16) < 0)
		return -EINVAL;
	for (unsigned i = 0; i < 16; i++)
		ret[i] = octets[15 - i];
	return 0;
}

char *qble_addr_to_string(const uint8_t addr[6], char str[QBLE_ADDR_STRING_SIZE])
{
	snprintf(str, QBLE_ADDR_STRING_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", addr[0], addr[1],
	         addr[2], addr[3], addr[4], addr[5]);
	return str;
}

int qble_addr_from_string(const char *str, uint8_t ret[6])
{
	uint8_t octets[6];

	if (parse(str, ':', 0x3e, octets, sizeof(octets)) < 0)
		return -EINVAL;
	memcpy(ret, octets, sizeof(octets));
	return 0;
}
