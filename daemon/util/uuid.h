/* SPDX-License-Identifier: MIT */
/* UUIDs, kept in one canonical form so that a 16-bit UUID equals its 128-bit spelling. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 128 bits, least significant octet first, as ATT carries them. */
struct qb_uuid {
	uint8_t b[16];
};

#define QB_UUID_STR_SIZE 37

/* The UUID that the Bluetooth Base UUID makes of a 16-bit one (Core 5.4, Vol 3, Part B, 2.5.1). */
struct qb_uuid qb_uuid_from_16(uint16_t u);

/* From 2 or 16 octets, least significant first; false for any other length. */
bool qb_uuid_from_le(struct qb_uuid *ret, const uint8_t *p, size_t len);

/* True, with the short form in *ret (which may be NULL), if the UUID has a 16-bit form. */
bool qb_uuid_to_16(const struct qb_uuid *uuid, uint16_t *ret);

/* "180f" for those with a 16-bit form, otherwise the 36-character form; returns str. */
char *qb_uuid_str(const struct qb_uuid *uuid, char str[QB_UUID_STR_SIZE]);

static inline bool qb_uuid_equal(const struct qb_uuid *a, const struct qb_uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

static inline bool qb_uuid_is(const struct qb_uuid *uuid, uint16_t u)
{
	uint16_t s;

	return qb_uuid_to_16(uuid, &s) && s == u;
}
