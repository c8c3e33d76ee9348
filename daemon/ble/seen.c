/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table with chains over a ring of addresses; memory is touched as it is filled. */
#include "ble/seen.h"

#include <stdlib.h>

#include "host/limits.h"
#include "util/le.h"

#define NONE 0 /* in a chain; others are indices plus one */

struct entry {
	struct qb_addr addr;
	uint16_t next;
};

struct qb_seen {
	unsigned count, oldest;
	uint16_t heads[QB_SCAN_SEEN_MAX];
	struct entry ring[QB_SCAN_SEEN_MAX];
};

_Static_assert(QB_SCAN_SEEN_MAX < UINT16_MAX, "indices are 16 bits");

struct qb_seen *qb_seen_new(void)
{
	return calloc(1, sizeof(struct qb_seen));
}

void qb_seen_free(struct qb_seen *seen)
{
	free(seen);
}

static unsigned bucket(const struct qb_addr *addr)
{
	uint64_t x = qb_get_le32(addr->b) | (uint64_t)qb_get_le16(addr->b + 4) << 32;

	x = (x << 1 | (addr->type & 1)) * UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned)(x >> 40) % QB_SCAN_SEEN_MAX;
}

bool qb_seen_has(const struct qb_seen *seen, const struct qb_addr *addr)
{
	for (uint16_t i = seen->heads[bucket(addr)]; i != NONE; i = seen->ring[i - 1].next)
		if (qb_addr_equal(&seen->ring[i - 1].addr, addr))
			return true;
	return false;
}

static void forget_oldest(struct qb_seen *seen)
{
	struct entry *entry = &seen->ring[seen->oldest];
	uint16_t *link = &seen->heads[bucket(&entry->addr)];

	while (*link != seen->oldest + 1)
		link = &seen->ring[*link - 1].next;
	*link = entry->next;
	seen->oldest = (seen->oldest + 1) % QB_SCAN_SEEN_MAX;
	seen->count--;
}

void qb_seen_add(struct qb_seen *seen, const struct qb_addr *addr)
{
	uint16_t *head = &seen->heads[bucket(addr)];
	unsigned i;

	if (seen->count == QB_SCAN_SEEN_MAX)
		forget_oldest(seen);
	i = (seen->oldest + seen->count++) % QB_SCAN_SEEN_MAX;
	seen->ring[i] = (struct entry){.addr = *addr, .next = *head};
	*head = (uint16_t)(i + 1);
}
