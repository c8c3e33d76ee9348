/* SPDX-License-Identifier: MIT */
/* A Bluetooth device address and its type. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	QB_ADDR_PUBLIC = 0,
	QB_ADDR_RANDOM = 1,
};

/* Six octets, least significant first, as HCI carries them. */
struct qb_addr {
	uint8_t type;
	uint8_t b[6];
};

#define QB_ADDR_STR_SIZE 18

/* "c0:01:02:03:04:05", the most significant octet first; returns str. */
char *qb_addr_str(const struct qb_addr *addr, char str[QB_ADDR_STR_SIZE]);

/* Six octets in display order (most significant first), as the API has them in most places. */
void qb_addr_to_display(const struct qb_addr *addr, uint8_t ret[6]);
struct qb_addr qb_addr_from_display(uint8_t type, const uint8_t display[6]);

static inline bool qb_addr_equal(const struct qb_addr *a, const struct qb_addr *b)
{
	return a->type == b->type && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}
