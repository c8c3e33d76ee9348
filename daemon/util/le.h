/* SPDX-License-Identifier: MIT */
/* Little-endian integers in byte strings: the byte order of HCI, L2CAP, SMP and ATT. */
#pragma once

#include <stdint.h>

static inline uint16_t qb_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t qb_get_le24(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static inline uint32_t qb_get_le32(const uint8_t *p)
{
	return qb_get_le24(p) | (uint32_t)p[3] << 24;
}

static inline uint64_t qb_get_le64(const uint8_t *p)
{
	return qb_get_le32(p) | (uint64_t)qb_get_le32(p + 4) << 32;
}

static inline void qb_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void qb_put_le24(uint8_t *p, uint32_t v)
{
	qb_put_le16(p, (uint16_t)v);
	p[2] = (uint8_t)(v >> 16);
}

static inline void qb_put_le32(uint8_t *p, uint32_t v)
{
	qb_put_le24(p, v);
	p[3] = (uint8_t)(v >> 24);
}

static inline void qb_put_le64(uint8_t *p, uint64_t v)
{
	qb_put_le32(p, (uint32_t)v);
	qb_put_le32(p + 4, (uint32_t)(v >> 32));
}
