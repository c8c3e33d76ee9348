/* SPDX-License-Identifier: MIT */
/* A Bluetooth device address and its type. */
#include "util/addr.h"

#include <stdio.h>

char *qb_addr_str(const struct qb_addr *addr, char str[QB_ADDR_STR_SIZE])
{
	const uint8_t *b = addr->b;

	snprintf(str, QB_ADDR_STR_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", b[5], b[4], b[3], b[2],
	         b[1], b[0]);
	return str;
}

void qb_addr_to_display(const struct qb_addr *addr, uint8_t ret[6])
{
	for (int i = 0; i < 6; i++)
		ret[i] = addr->b[5 - i];
}

struct qb_addr qb_addr_from_display(uint8_t type, const uint8_t display[6])
{
	struct qb_addr addr = {.type = type};

	for (int i = 0; i < 6; i++)
		addr.b[i] = display[5 - i];
	return addr;
}
